/**
 * What surrounds the app's widgets: the status line, names and units on ipywidgets' handles, help on
 * hover and focus. ipywidgets 8 gives the handle of a slider no accessible name.
 */

import type { ShellTraits, ShellWire } from "../generated/wire";
import { button, element, icon, on, unique } from "../shared/dom";
import { follow, type Props } from "../shared/model";
import { listenToGestures } from "./gestures";
import "./depth.css";
import "./shell.css";

const WIDGETS = ".relief-number, .widget-inline-hbox, .widget-inline-vbox, .widget-toggle-buttons";

const LABEL = ".widget-label, .widget-label-basic span";
const TITLED = "button.relief-sign[title], .relief-version button[title]";

const CLOSE = `<path d="M6 6l12 12M18 6 6 18"/>`;

const FOLDS = ".jupyter-widget-Collapse-header";

/** Between a control and its help, in pixels. */
const GAP = 6;

/** What the help describes; a slider's number is described by its label already. */
const NAMED = "[role=slider], input:not(.relief-readout), select, textarea";

function render({ model, el, signal }: Props<ShellWire>): void {
  const status = element("p", { class: "relief-status", role: "status" });
  const told = element("span");
  const close = button({ "aria-label": "Close the message", title: "Close" }, icon(CLOSE, 24));
  const error = element("div", { class: "relief-error", role: "alert" }, told, close);
  on(close, "click", signal, () => model.send({ kind: "close" }));
  el.append(error, status);
  const tell = () => {
    const busy = model.get("busy");
    status.classList.toggle("is-busy", busy);
    status.textContent = model.get("status");
    // Where it is cut off.
    status.title = model.get("status");
    told.textContent = model.get("error");
    error.hidden = !model.get("error");
  };
  follow(model, ["status", "error", "busy"], signal, tell);
  tell();
  // The app's box exists before this view is in the page.
  const watch = new MutationObserver(() => mend());
  let app: HTMLElement | null = null;
  const mend = () => {
    if (!app) {
      app = el.closest<HTMLElement>(".relief-app");
      if (!app) return;
      // A page of its own needs a landmark, and a notebook has its own around it.
      set(app, "role", "region");
      set(app, "aria-label", "Relief studio");
      watch.disconnect();
      watch.observe(app, { childList: true, subtree: true });
      new Help(app, model.get("texts"), signal);
      listenToGestures(app, model, signal);
      foldByKeys(app, signal);
    }
    nameAll(app, model.get("texts"));
  };
  watch.observe(document.body, { childList: true, subtree: true });
  signal.addEventListener("abort", () => watch.disconnect());
  mend();
}

/** Set what is missing, and only that: setting an attribute again would call the observer. */
function set(target: Element, name: string, value: string): void {
  if (target.getAttribute(name) !== value) target.setAttribute(name, value);
}

function labelOf(widget: Element): string {
  return widget.querySelector(LABEL)?.textContent?.trim() ?? "";
}

function nameAll(app: HTMLElement, texts: ShellTraits["texts"]): void {
  for (const widget of app.querySelectorAll(WIDGETS)) {
    const label = labelOf(widget);
    if (!label) continue;
    const unit = texts[label]?.unit ?? "";
    for (const box of widget.querySelectorAll("input[type=number]")) {
      set(box, "aria-label", label);
      if (box.parentElement) set(box.parentElement, "data-unit", unit);
    }
    if (widget.matches(".widget-toggle-buttons")) {
      set(widget, "role", "group");
      set(widget, "aria-label", label);
    }
  }
  for (const group of app.querySelectorAll(".widget-toggle-buttons")) {
    for (const button of group.querySelectorAll("button")) {
      set(button, "aria-pressed", String(button.classList.contains("mod-active")));
    }
  }
  for (const header of app.querySelectorAll(FOLDS)) nameFold(header);
  // Their captions stand beside them.
  for (const image of app.querySelectorAll(".relief-pictures img")) set(image, "alt", "");
  // ipywidgets writes a missing tooltip as a word.
  for (const titled of app.querySelectorAll('[title="null"]')) titled.removeAttribute("title");
  // A button that shows a sign alone is named by its tooltip, as one of many alike.
  for (const button of app.querySelectorAll<HTMLElement>(TITLED)) {
    set(button, "aria-label", button.title);
    const beside = button.parentElement?.querySelector(":scope > :first-child");
    if (button.matches(".relief-reset") && beside) describe(button, beside);
  }
}

/** ipywidgets' accordions know the mouse alone: say what a header is, and let keys reach it. */
function nameFold(header: Element): void {
  const open = header.parentElement?.classList.contains("jupyter-widget-Collapse-open") ?? false;
  set(header, "role", "button");
  set(header, "tabindex", "0");
  set(header, "aria-expanded", String(open));
}

function foldByKeys(app: HTMLElement, signal: AbortSignal): void {
  const headerOf = (event: Event) => (event.target as Element).closest<HTMLElement>(FOLDS);
  on(app, "keydown", signal, (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    const header = headerOf(event);
    if (!header) return;
    event.preventDefault();
    header.click();
  });
  // The header's own listener comes before that of what is around it.
  on(app, "click", signal, (event) => {
    const header = headerOf(event);
    if (header) nameFold(header);
  });
}

/** Let the label of `widget` say what `part` belongs to. */
function describe(part: Element, widget: Element): void {
  const label = widget.querySelector(LABEL);
  if (!label) return;
  label.id ||= `relief-label-${unique()}`;
  set(part, "aria-describedby", label.id);
}

/**
 * One tooltip for all controls. It covers no field that comes next: it stands beside the controls
 * where there is room, and above its own where there is none.
 */
class Help {
  private readonly tip = element("div", {
    class: "relief-tip",
    role: "tooltip",
    id: `relief-tip-${unique()}`,
  });
  private shown: Element | null = null;

  constructor(
    private readonly app: HTMLElement,
    private readonly texts: ShellTraits["texts"],
    signal: AbortSignal,
  ) {
    this.tip.hidden = true;
    app.append(this.tip);
    on(app, ["pointerover", "focusin"], signal, (event) => this.show(event.target as Element));
    on(app, ["pointerdown", "focusout", "pointerleave"], signal, () => this.hide());
    // The pointer alone may have brought it, with the focus anywhere.
    on(document, "keydown", signal, (event) => event.key === "Escape" && this.hide());
    signal.addEventListener("abort", () => this.tip.remove());
  }

  private show(target: Element): void {
    const widget = target.closest(WIDGETS);
    const help = widget ? this.texts[labelOf(widget)]?.help : "";
    if (!widget || !help) {
      this.hide();
      return;
    }
    if (widget === this.shown) return;
    this.hide();
    this.shown = widget;
    this.tip.textContent = help;
    this.tip.hidden = false;
    for (const part of widget.querySelectorAll(NAMED)) {
      part.setAttribute("aria-describedby", this.tip.id);
    }
    this.place(widget.getBoundingClientRect());
  }

  private place(box: DOMRect): void {
    const { tip } = this;
    const outer = this.app.getBoundingClientRect();
    const beside = box.left - GAP - tip.offsetWidth;
    if (beside >= outer.left) {
      tip.style.left = `${beside - outer.left}px`;
      tip.style.top = `${box.top - outer.top}px`;
      return;
    }
    const left = Math.max(0, Math.min(box.left - outer.left, outer.width - tip.offsetWidth));
    tip.style.left = `${left}px`;
    tip.style.top = `${box.top - outer.top - tip.offsetHeight - GAP}px`;
  }

  private hide(): void {
    this.tip.hidden = true;
    for (const part of this.shown?.querySelectorAll(NAMED) ?? []) {
      part.removeAttribute("aria-describedby");
    }
    this.shown = null;
  }
}

export default { render };
