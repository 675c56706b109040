/** What the mask editor is made of; `mask_editor.ts` gives it life. */

import { MASK_EDITOR_RANGES, type MaskEditorTraits } from "../generated/wire";
import { button, element, icon, unique } from "../shared/dom";

export type MaskParts = ReturnType<typeof buildEditor>;

const ICONS = {
  brush:
    '<path d="M4 20c3 1 6 0 6-3a2.5 2.5 0 0 0-3-2.5c-2 .5-1.5 3-3 5.5Z"/><path d="M9.5 14 19 4l1.5 1.5L11.5 16"/>',
  erase: '<path d="m4 15 9-10 7 6-8 9H8z"/><path d="m8.5 10 7 6M12 20h8"/>',
  select:
    '<path d="m12 12 8.5 8.5"/><path d="M12 12l2.2-6M12 12l6-2.2M12 12 5 5M12 12l-2.2 6M12 12l-6 2.2"/>',
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

const PROPORTIONS: Record<MaskEditorTraits["proportions"], string> = {
  free: "Free",
  photo: "As the photo",
  round: "Round",
  "1:1": "Square",
  "5:4": "5 : 4",
  "4:3": "4 : 3",
  "3:2": "3 : 2",
  "16:9": "16 : 9",
  "4:5": "4 : 5 upright",
  "3:4": "3 : 4 upright",
  "2:3": "2 : 3 upright",
  "9:16": "9 : 16 upright",
};

function tool(name: keyof typeof ICONS, label: string, title = label): HTMLButtonElement {
  return button(
    { class: "relief-mask-button", title, "aria-label": label },
    icon(ICONS[name]),
    element("span", { class: "relief-mask-label" }, label),
  );
}

function group(label: string, ...children: Node[]): HTMLElement {
  const attributes = { class: "relief-mask-group", role: "group", "aria-label": label };
  return element("div", attributes, ...children);
}

export function buildEditor(el: HTMLElement) {
  const toolButtons = {
    select: tool("select", "Select", "Select (S): one click takes what is alike around it"),
    brush: tool("brush", "Brush", "Brush (B): paint the subject"),
    erase: tool("erase", "Erase", "Erase (E): paint the ground (or hold Shift)"),
    fill: tool("fill", "Fill", "Fill (F): close a hole or remove an island with one click"),
  };
  const brush = element("input", {
    type: "range",
    ...MASK_EDITOR_RANGES.brush,
    step: 0.005,
    title: "Brush size: keys 1 to 9, [ and ] change it too",
    "aria-label": "Brush size",
  });
  const likeness = element("input", {
    type: "range",
    ...MASK_EDITOR_RANGES.likeness,
    step: 0.01,
    title: "How unlike the place that is clicked a selection may be: keys 1 to 9, [ and ], too",
    "aria-label": "Reach of a click",
  });
  const row = (label: string, input: HTMLInputElement) =>
    element("label", { class: "relief-mask-size" }, element("span", {}, label), input);
  const [brushRow, likenessRow] = [row("Brush size", brush), row("Reach", likeness)];
  const undo = tool("undo", "Undo", "Undo (Ctrl+Z)");
  const redo = tool("redo", "Redo", "Redo (Ctrl+Shift+Z)");
  const invert = tool("invert", "Invert mask", "Swap subject and ground");
  const automatic = tool("automatic", "Find automatically");
  const none = tool("none", "No subject", "No subject: treat the whole photo alike");
  const tools = element(
    "div",
    { class: "relief-mask-toolbar" },
    group("Tools", ...Object.values(toolButtons)),
    ...[brushRow, likenessRow],
    group("Steps", undo, redo, invert),
    group("Subject", automatic, none),
  );
  const whole = tool("whole", "Whole photo", "Whole photo: undo the crop, and stand it as it was");
  const proportions = element(
    "select",
    { "aria-label": "Proportions of the crop", title: "Proportions that the crop keeps to" },
    ...Object.entries(PROPORTIONS).map(([value, label]) => element("option", { value }, label)),
  );
  const tilt = element("input", {
    type: "range",
    min: -15,
    max: 15,
    step: 0.5,
    title: "Straighten: turn the photo by a few degrees",
    "aria-label": "Straighten by dragging",
  });
  const degrees = element("input", {
    type: "number",
    ...MASK_EDITOR_RANGES.tilt,
    step: 0.1,
    "aria-label": "Straighten, in degrees",
  });
  const cropTools = element(
    "div",
    { class: "relief-mask-toolbar" },
    whole,
    proportions,
    element(
      "div",
      { class: "relief-mask-size", role: "group", "aria-label": "Straighten" },
      ...[element("span", {}, "Straighten"), tilt, degrees, "°"],
    ),
  );

  const help = element("p", { class: "relief-mask-help", id: `relief-mask-${unique()}` });
  const canvas = element("canvas", {
    class: "relief-mask-canvas",
    tabindex: 0,
    role: "img",
    "aria-describedby": help.id,
  });
  const ring = element("div", { class: "relief-mask-ring", hidden: true });
  const busy = element("div", { class: "relief-mask-busy" }, "Finding the subject…");
  const stage = element("div", { class: "relief-mask-stage" }, canvas, ring, busy);
  // No status role: the app has one status line.
  const spoken = element("p", { class: "relief-mask-spoken", "aria-live": "polite" });
  const root = element(
    "section",
    // JupyterLab would take letters and arrows for commands of the notebook.
    { class: "relief-mask", "data-lm-suppress-shortcuts": "true" },
    ...[tools, cropTools, stage, help, spoken],
  );
  el.append(root);
  return {
    ...{
      root,
      tools,
      toolButtons,
      brush,
      brushRow,
      likeness,
      likenessRow,
      invert,
      undo,
      redo,
      automatic,
      none,
    },
    ...{ cropTools, whole, proportions, tilt, degrees, stage, canvas, ring, help, spoken },
  };
}
