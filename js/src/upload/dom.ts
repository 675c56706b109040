/** What the widget is made of; `upload.ts` gives it life. */

import { type Example, PHOTO_SUFFIXES, PROJECT_SUFFIXES } from "../generated/wire";
import { button, element, icon, unique } from "../shared/dom";

const PICTURE = `<path d="M6 30 24 39l18-9"/><path d="M6 36.5 24 45.5l18-9" opacity=".45"/>
  <rect x="9" y="4" width="30" height="24" rx="4"/><circle cx="17.5" cy="11.5" r="2.5"/>
  <path d="m10 25 8.5-8 6 5.5L31 15l7 7.5"/>`;
const CAMERA = `<path d="M4 8h3l2-3h6l2 3h3v11H4z"/><circle cx="12" cy="13" r="3.5"/>`;
const UPLOAD = `<path d="M12 15V4M7.5 8 12 3.5 16.5 8M4 15v5h16v-5"/>`;

export type Parts = ReturnType<typeof build>;

export function build(el: HTMLElement) {
  const id = `relief-upload-${unique()}`;
  const hint = element("p", { class: "relief-upload-hint", id: `${id}-hint` });
  // Hidden from the eye only: the label beside it is its button, and tests set its files.
  const input = element("input", {
    class: "relief-upload-input",
    type: "file",
    id,
    accept: ["image/*", ...PHOTO_SUFFIXES, ...PROJECT_SUFFIXES].join(),
    "aria-describedby": hint.id,
  });
  const label = element("span");
  const choose = { class: "relief-upload-button relief-upload-choose", for: id };
  const camera = button(
    { class: "relief-upload-button relief-upload-camera" },
    icon(CAMERA),
    element("span", {}, "Take a photo"),
  );
  const headline = element("h2", { class: "relief-upload-headline" });
  const progress = element("progress", {
    class: "relief-upload-progress",
    "aria-label": "Upload",
    hidden: true,
  });
  const status = element("p", { class: "relief-upload-status", role: "alert" });
  const zone = element(
    "div",
    { class: "relief-upload-zone" },
    element("div", { class: "relief-upload-icon" }, icon(PICTURE, 48)),
    headline,
    hint,
    element(
      "div",
      { class: "relief-upload-actions" },
      element("label", choose, icon(UPLOAD), label),
      camera,
    ),
    progress,
    status,
  );
  const kept = element("section", { class: "relief-upload-kept", hidden: true });
  const examples = element("div", {
    class: "relief-upload-examples",
    role: "group",
    "aria-label": "Examples",
  });
  const curtain = element(
    "div",
    // In the top layer no notebook cell, tab or scrolled box can clip it.
    { class: "relief-upload-curtain", popover: "manual" },
    icon(PICTURE, 48),
    element("span", {}, "Drop the photo anywhere"),
  );
  const root = element(
    "section",
    { class: "relief-upload" },
    ...[input, zone, kept, examples, curtain],
  );
  el.append(root);
  return {
    root,
    input,
    label,
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
  const buttons = examples.map(({ name, label, picture }) => {
    const title = `Open example: ${label}`;
    const image = element("img", { alt: "", draggable: "false", src: dataUrl(picture) });
    return button(
      { class: "relief-upload-example", title, "aria-label": title, "data-name": name },
      element("span", { class: "relief-upload-picture" }, image),
      element("span", { class: "relief-upload-caption" }, label),
    );
  });
  const divider = element("p", { class: "relief-upload-divider" }, "or start from an example");
  parent.replaceChildren(divider, ...buttons);
  parent.hidden = buttons.length === 0;
}
