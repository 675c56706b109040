/** What the widget is made of; `upload.ts` gives it life. */

export interface Example {
  name: string;
  label: string;
  picture: string;
}

export interface Parts {
  root: HTMLElement;
  input: HTMLInputElement;
  choose: HTMLLabelElement;
  camera: HTMLButtonElement;
  zone: HTMLElement;
  headline: HTMLElement;
  hint: HTMLElement;
  status: HTMLElement;
  progress: HTMLProgressElement;
  kept: HTMLElement;
  examples: HTMLElement;
  curtain: HTMLElement;
}

const PICTURE_ICON = `<svg viewBox="0 0 48 48" fill="none" stroke="currentColor" stroke-width="2"
  stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
  <path d="M6 30 24 39l18-9"/><path d="M6 36.5 24 45.5l18-9" opacity=".45"/>
  <rect x="9" y="4" width="30" height="24" rx="4"/><circle cx="17.5" cy="11.5" r="2.5"/>
  <path d="m10 25 8.5-8 6 5.5L31 15l7 7.5"/></svg>`;
const CAMERA_ICON = `<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2"
  stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
  <path d="M4 8h3l2-3h6l2 3h3v11H4z"/><circle cx="12" cy="13" r="3.5"/></svg>`;
const UPLOAD_ICON = `<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2"
  stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
  <path d="M12 15V4M7.5 8 12 3.5 16.5 8M4 15v5h16v-5"/></svg>`;

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  parent?: HTMLElement,
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  made.className = className;
  parent?.append(made);
  return made;
}

export function build(el: HTMLElement): Parts {
  const root = element("section", "relief-upload", el);
  // Hidden from the eye only: the label beside it is its button, and tests set its files.
  const input = element("input", "relief-upload-input", root);
  input.type = "file";
  input.accept = "image/*,.heic,.heif,.tif,.tiff,.avif,.relief,.3mf";
  // Each widget runs a copy of this module: a counter would begin anew in every one.
  input.id = `relief-upload-${crypto.getRandomValues(new Uint32Array(2)).join("-")}`;

  const zone = element("div", "relief-upload-zone", root);
  element("div", "relief-upload-icon", zone).innerHTML = PICTURE_ICON;
  const headline = element("h2", "relief-upload-headline", zone);
  const hint = element("p", "relief-upload-hint", zone);
  hint.id = `${input.id}-hint`;
  input.setAttribute("aria-describedby", hint.id);
  const actions = element("div", "relief-upload-actions", zone);
  const choose = element("label", "relief-upload-button relief-upload-choose", actions);
  choose.htmlFor = input.id;
  choose.innerHTML = UPLOAD_ICON;
  element("span", "", choose);
  const camera = element("button", "relief-upload-button relief-upload-camera", actions);
  camera.type = "button";
  camera.innerHTML = CAMERA_ICON;
  element("span", "", camera).textContent = "Take a photo";

  const progress = element("progress", "relief-upload-progress", zone);
  progress.setAttribute("aria-label", "Upload");
  progress.hidden = true;
  const status = element("p", "relief-upload-status", zone);
  status.setAttribute("role", "alert");

  const kept = element("p", "relief-upload-kept", root);
  kept.hidden = true;

  const examples = element("div", "relief-upload-examples", root);
  examples.setAttribute("role", "group");
  examples.setAttribute("aria-label", "Examples");

  const curtain = element("div", "relief-upload-curtain", root);
  // In the top layer no notebook cell, tab or scrolled box can clip it.
  curtain.setAttribute("popover", "manual");
  curtain.innerHTML = PICTURE_ICON;
  element("span", "", curtain).textContent = "Drop the photo anywhere";
  return {
    root,
    input,
    choose,
    camera,
    zone,
    headline,
    hint,
    status,
    progress,
    kept,
    examples,
    curtain,
  };
}

/** Python may give the bare base64; the first characters tell the format. */
function dataUrl(picture: string): string {
  if (picture.startsWith("data:")) {
    return picture;
  }
  const types: Record<string, string> = { "/": "jpeg", i: "png", U: "webp" };
  return `data:image/${types[picture[0]] ?? "png"};base64,${picture}`;
}

export function buildExamples(parent: HTMLElement, examples: readonly Example[]): void {
  const buttons = examples.map((example) => {
    const button = element("button", "relief-upload-example");
    button.type = "button";
    button.title = `Open example: ${example.label}`;
    button.setAttribute("aria-label", button.title);
    const picture = element("span", "relief-upload-picture", button);
    const image = element("img", "", picture);
    image.alt = "";
    image.draggable = false;
    image.src = dataUrl(example.picture);
    element("span", "relief-upload-caption", button).textContent = example.label;
    button.dataset.name = example.name;
    return button;
  });
  const divider = element("p", "relief-upload-divider");
  divider.textContent = "or start from an example";
  parent.replaceChildren(divider, ...buttons);
  parent.hidden = buttons.length === 0;
}
