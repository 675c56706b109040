/** What the shaping tools are made of; `shaper.ts` gives them life. */

import { SHAPER_RANGES } from "../generated/wire";
import { button, element, icon, unique } from "../shared/dom";
import type { Tool } from "./brushes";

export type ShaperParts = ReturnType<typeof buildShaper>;

type BrushName = Tool["brush"];

/** In the order of their number keys. */
export const BRUSHES: readonly BrushName[] = ["raise", "lower", "smooth", "flatten", "set"];

const LABELS: Record<BrushName, [string, string]> = {
  raise: ["Raise", "Raise what the brush passes"],
  lower: ["Lower", "Lower what the brush passes"],
  smooth: ["Smooth", "Smooth away what is rough"],
  flatten: ["Flatten", "Flatten to the slope where the stroke begins"],
  set: ["Set height", "Bring to one height, which the slider or the surface gives"],
};

const ICONS: Record<BrushName | "pick" | "undo" | "clear", string> = {
  raise: '<path d="M3 19c5 0 5-10 9-10s4 10 9 10"/><path d="M12 6V1M9.5 3.5 12 1l2.5 2.5"/>',
  lower: '<path d="M3 8c5 0 5 11 9 11s4-11 9-11"/><path d="M12 3v8M9.5 8.5 12 11l2.5-2.5"/>',
  smooth: '<path d="M3 15c3-5 5-5 9-2s6 2 9-3"/><path d="M4 8l2-2 2 2 2-2 2 2" opacity=".6"/>',
  flatten: '<path d="M3 17 21 10"/><path d="M12 3v6M9.5 6.5 12 9l2.5-2.5"/>',
  set: '<path d="M3 18h6V9h6v9h6"/><path d="M3 5h18" stroke-dasharray="2 3"/>',
  pick: '<path d="m14 6 4 4M11 9l4 4-7 7H4v-4z"/><path d="m15 5 2-2 4 4-2 2z"/>',
  undo: '<path d="M8 5 4 9l4 4M4 9h10a5 5 0 0 1 0 10H9"/>',
  clear: '<path d="M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13"/>',
};

const SYMMETRIES: [Tool["symmetry"], string][] = [
  ["none", "None"],
  ["left_right", "Left and right"],
  ["top_bottom", "Top and bottom"],
  ["both", "Both"],
];

function tool(name: keyof typeof ICONS, label: string, title: string): HTMLButtonElement {
  return button(
    { class: "relief-shape-button", title, "aria-label": label },
    icon(ICONS[name]),
    element("span", { class: "relief-shape-label" }, label),
  );
}

function slider(name: keyof typeof SHAPER_RANGES, label: string, title: string, step: number) {
  const input = element("input", {
    type: "range",
    ...SHAPER_RANGES[name],
    step,
    title,
    "aria-label": label,
  });
  // Read out with the slider; as an output it would be a status of its own.
  const output = element("span", { class: "relief-shape-value", "aria-hidden": "true" });
  const row = element("label", { class: "relief-shape-row" }, element("span", {}, label));
  row.append(input, output);
  return { input, output, row };
}

export function buildShaper(el: HTMLElement) {
  const brushes = Object.fromEntries(
    BRUSHES.map((name, i) => {
      const [label, help] = LABELS[name];
      return [name, tool(name, label, `${help} (${i + 1})`)];
    }),
  ) as Record<BrushName, HTMLButtonElement>;
  const group = { class: "relief-shape-group", role: "group", "aria-label": "Brush" };
  const sliders = {
    size: slider("size", "Brush size", "Brush size: [ and ] change it too", 0.002),
    strength: slider("strength", "Strength", "Strength: { and } change it too", 0.01),
    softness: slider("softness", "Soft edge", "How far in from its edge the brush fades", 0.01),
    height: slider("height", "Height to set", "From the lowest to the highest place", 0.001),
  };
  const pick = tool("pick", "Pick a height", "Take the height to set from the surface (or Alt)");
  const symmetry = element(
    "select",
    { "aria-label": "Symmetry" },
    ...SYMMETRIES.map(([value, label]) => element("option", { value }, label)),
  );
  const undo = tool("undo", "Undo", "Undo the last step");
  const clear = tool("clear", "Clear", "Take away all strokes and the curve");
  const heightRow = element("div", { class: "relief-shape-pick" }, sliders.height.row, pick);
  const settings = element(
    "div",
    { class: "relief-shape-settings" },
    sliders.size.row,
    sliders.strength.row,
    sliders.softness.row,
    element("label", { class: "relief-shape-row" }, element("span", {}, "Symmetry"), symmetry),
    heightRow,
  );
  const help = element("p", { class: "relief-shape-help", id: `relief-shape-${unique()}` });
  // No status role: the app has one status line.
  const spoken = element("p", { class: "relief-shape-spoken", "aria-live": "polite" });
  const tools = element(
    "div",
    { class: "relief-shape-tools" },
    element("div", group, ...Object.values(brushes)),
    settings,
    element("div", { class: "relief-shape-steps" }, undo, clear),
    help,
    spoken,
  );
  const root = element("section", {
    class: "relief-shape",
    // JupyterLab would take letters and arrows for commands of the notebook.
    "data-lm-suppress-shortcuts": "true",
    "aria-label": "Shape by hand",
  });
  root.append(tools);
  el.append(root);
  return { root, tools, brushes, sliders, heightRow, pick, symmetry, undo, clear, help, spoken };
}
