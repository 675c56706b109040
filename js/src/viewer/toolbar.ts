/** Buttons over the view: directions to look from, comparing, inspecting. */

import { VIEWER_RANGES } from "../generated/wire";
import { button, element, icon, on } from "../shared/dom";
import { follow, put } from "../shared/model";
import { KEYED, type View } from "./orbit";
import type { ViewerModel } from "./settings";

const ICONS = {
  front: "M4 5h12v10H4z",
  back: "M4 5h12v10H4zM12 8l-4 2 4 2",
  side: "M9 4h3c2 3 2 9 0 12H9z",
  three_quarter: "M4 6l9-2v12l-9-2zM13 4l3 2v8l-3 2",
  start: "M4 10a6 6 0 1 0 2-4.5M6 2.5v3.2h3.2",
  inspect: "M3 16c3 0 3-9 7-9s3 5 7 5M3 18.5h14",
  compare: "M10 3v14M4 5h4M4 15h4M4 5v10M12 5h4v10h-4",
};

const LABELS: Record<View, string> = {
  front: "Front view",
  back: "Back view",
  side: "Side view",
  three_quarter: "Three-quarter view",
  start: "Reset view",
};

const LINES = { width: 18, height: 18, "stroke-width": 1.5 };

export class Toolbar {
  constructor(
    container: HTMLElement,
    model: ViewerModel,
    signal: AbortSignal,
    show: (view: View) => void,
  ) {
    const bar = element("div", { class: "relief-toolbar", role: "toolbar", "aria-label": "View" });
    const add = (name: keyof typeof ICONS, label: string, run: () => void) => {
      const drawing = icon(`<path d="${ICONS[name]}"/>`, 20, LINES);
      const made = button({ title: label, "aria-label": label }, drawing);
      on(made, "click", signal, run);
      bar.append(made);
      return made;
    };
    for (const [i, view] of KEYED.entries()) {
      const made = add(view, LABELS[view], () => show(view));
      made.title = `${LABELS[view]} (${i + 1})`;
      made.setAttribute("aria-keyshortcuts", String(i + 1));
    }
    add("start", LABELS.start, () => show("start"));
    const inspect = add("inspect", "Histogram and cross-section", () => {
      put(model, { inspect: !model.get("inspect") });
    });
    const compare = add("compare", "Compare with the photo", () => {
      put(model, { compare: model.get("compare") > 0 ? 0 : 0.5 });
    });
    const slider = element("input", {
      type: "range",
      ...VIEWER_RANGES.compare,
      step: 0.01,
      class: "relief-compare",
      "aria-label": "Share of the photo",
    });
    // Zero would close it under the hand.
    on(slider, "input", signal, () => {
      put(model, { compare: Math.max(0.001, slider.valueAsNumber) });
    });
    const update = () => {
      inspect.setAttribute("aria-pressed", String(model.get("inspect")));
      compare.setAttribute("aria-pressed", String(model.get("compare") > 0));
      compare.hidden = model.get("texture").byteLength === 0;
      slider.hidden = compare.hidden || model.get("compare") <= 0;
      slider.value = String(model.get("compare"));
    };
    follow(model, ["inspect", "compare", "texture"], signal, update);
    update();
    container.append(bar, slider);
  }
}
