/** What the mask editor is made of; `mask_editor.ts` gives it life. */

import type { Tool } from "./state";

export interface MaskParts {
  root: HTMLElement;
  tools: HTMLElement;
  toolButtons: Record<Tool, HTMLButtonElement>;
  brush: HTMLInputElement;
  invert: HTMLButtonElement;
  undo: HTMLButtonElement;
  redo: HTMLButtonElement;
  automatic: HTMLButtonElement;
  none: HTMLButtonElement;
  cropTools: HTMLElement;
  whole: HTMLButtonElement;
  stage: HTMLElement;
  canvas: HTMLCanvasElement;
  ring: HTMLElement;
  help: HTMLElement;
  spoken: HTMLElement;
}

const ICONS = {
  brush:
    '<path d="M4 20c3 1 6 0 6-3a2.5 2.5 0 0 0-3-2.5c-2 .5-1.5 3-3 5.5Z"/><path d="M9.5 14 19 4l1.5 1.5L11.5 16"/>',
  erase: '<path d="m4 15 9-10 7 6-8 9H8z"/><path d="m8.5 10 7 6M12 20h8"/>',
  fill: '<path d="m5 12 7-7 7 7-7 7z"/><path d="M12 5 9 2M5.5 12.5h13"/><path d="M20.5 16.5c1.5 2 1.5 4 0 4s-1.5-2 0-4Z"/>',
  invert:
    '<circle cx="12" cy="12" r="8.5"/><path d="M12 3.5v17a8.5 8.5 0 0 0 0-17Z" fill="currentColor"/>',
  undo: '<path d="M8 5 4 9l4 4M4 9h10a5 5 0 0 1 0 10H9"/>',
  redo: '<path d="m16 5 4 4-4 4M20 9H10a5 5 0 0 0 0 10h5"/>',
  automatic:
    '<path d="m4 20 10-10M13 5V2M13 12l2 2M19 8h3M17 4l2-2M9 4 7 2"/><path d="m13 7 4 4"/>',
  none: '<circle cx="12" cy="12" r="8.5"/><path d="m6 6 12 12"/>',
  whole: '<path d="M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5"/>',
};

function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  parent: HTMLElement,
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  made.className = className;
  parent.append(made);
  return made;
}

function button(
  parent: HTMLElement,
  icon: keyof typeof ICONS,
  label: string,
  title = label,
): HTMLButtonElement {
  const made = element("button", "relief-mask-button", parent);
  made.type = "button";
  made.title = title;
  made.setAttribute("aria-label", label);
  made.innerHTML = `<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2"
    stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${ICONS[icon]}</svg>`;
  element("span", "relief-mask-label", made).textContent = label;
  return made;
}

function group(parent: HTMLElement, label: string): HTMLElement {
  const made = element("div", "relief-mask-group", parent);
  made.setAttribute("role", "group");
  made.setAttribute("aria-label", label);
  return made;
}

export function buildEditor(el: HTMLElement): MaskParts {
  const root = element("section", "relief-mask", el);
  // JupyterLab would take letters and arrows for commands of the notebook.
  root.setAttribute("data-lm-suppress-shortcuts", "true");

  const tools = element("div", "relief-mask-toolbar", root);
  const paint = group(tools, "Tools");
  const toolButtons = {
    brush: button(paint, "brush", "Brush", "Brush: paint the subject"),
    erase: button(paint, "erase", "Erase", "Erase: paint the ground (or hold Shift)"),
    fill: button(paint, "fill", "Fill", "Fill: close a hole or remove an island with one click"),
  };
  const size = element("label", "relief-mask-size", tools);
  element("span", "", size).textContent = "Brush size";
  const brush = element("input", "", size);
  brush.type = "range";
  brush.min = "0.01";
  brush.max = "0.3";
  brush.step = "0.005";
  brush.title = "Brush size: [ and ] change it too";
  brush.setAttribute("aria-label", "Brush size");
  const steps = group(tools, "Steps");
  const undo = button(steps, "undo", "Undo", "Undo (Ctrl+Z)");
  const redo = button(steps, "redo", "Redo", "Redo (Ctrl+Shift+Z)");
  const invert = button(steps, "invert", "Invert mask", "Swap subject and ground");
  const subject = group(tools, "Subject");
  const automatic = button(subject, "automatic", "Find automatically");
  const none = button(subject, "none", "No subject", "No subject: treat the whole photo alike");

  const cropTools = element("div", "relief-mask-toolbar", root);
  const whole = button(cropTools, "whole", "Whole photo", "Whole photo: undo the crop");

  const stage = element("div", "relief-mask-stage", root);
  const canvas = element("canvas", "relief-mask-canvas", stage);
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "img");
  const ring = element("div", "relief-mask-ring", stage);
  ring.hidden = true;
  element("div", "relief-mask-busy", stage).textContent = "Finding the subject…";
  const help = element("p", "relief-mask-help", root);
  // Each widget runs a copy of this module: a counter would begin anew in every one.
  help.id = `relief-mask-${crypto.getRandomValues(new Uint32Array(2)).join("-")}`;
  canvas.setAttribute("aria-describedby", help.id);
  const spoken = element("p", "relief-mask-spoken", root);
  // No status role: the app has one status line.
  spoken.setAttribute("aria-live", "polite");
  return {
    root,
    tools,
    toolButtons,
    brush,
    invert,
    undo,
    redo,
    automatic,
    none,
    cropTools,
    whole,
    stage,
    canvas,
    ring,
    help,
    spoken,
  };
}
