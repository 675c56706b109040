/** Buttons over the view: directions to look from, comparing, inspecting. */

import { element, icon } from "../shared/dom";
import type { View } from "./orbit";
import { listen, type Model } from "./wire";

const ICONS = {
  front: "M4 5h12v10H4z",
  three_quarter: "M4 6l9-2v12l-9-2zM13 4l3 2v8l-3 2",
  start: "M4 10a6 6 0 1 0 2-4.5M6 2.5v3.2h3.2",
  inspect: "M3 16c3 0 3-9 7-9s3 5 7 5M3 18.5h14",
  compare: "M10 3v14M4 5h4M4 15h4M4 5v10M12 5h4v10h-4",
};

export class Toolbar {
  constructor(
    container: HTMLElement,
    model: Model,
    signal: AbortSignal,
    show: (view: View) => void,
  ) {
    const bar = element("div", { class: "relief-toolbar", role: "toolbar", "aria-label": "View" });
    const add = (name: keyof typeof ICONS, label: string, run: () => void) => {
      const button = element(
        "button",
        { type: "button", title: label, "aria-label": label },
        icon(ICONS[name]),
      );
      button.addEventListener("click", run, { signal });
      bar.append(button);
      return button;
    };
    add("front", "Front view", () => show("front"));
    add("three_quarter", "Three-quarter view", () => show("three_quarter"));
    add("start", "Reset view", () => show("start"));
    const inspect = add("inspect", "Histogram and cross-section", () => {
      model.set("inspect", !model.get("inspect"));
      model.save_changes();
    });
    const compare = add("compare", "Compare with the photo", () => {
      model.set("compare", model.get("compare") > 0 ? 0 : 0.5);
      model.save_changes();
    });
    const slider = element("input", {
      type: "range",
      min: 0,
      max: 1,
      step: 0.01,
      class: "relief-compare",
      "aria-label": "Share of the photo",
    });
    slider.addEventListener(
      "input",
      () => {
        // Zero would close it under the hand.
        model.set("compare", Math.max(0.001, slider.valueAsNumber));
        model.save_changes();
      },
      { signal },
    );
    const update = () => {
      inspect.setAttribute("aria-pressed", String(model.get("inspect")));
      compare.setAttribute("aria-pressed", String(model.get("compare") > 0));
      compare.hidden = model.get("texture").byteLength === 0;
      slider.hidden = compare.hidden || model.get("compare") <= 0;
      slider.value = String(model.get("compare"));
    };
    listen(model, ["change:inspect", "change:compare", "change:texture"], signal, update);
    update();
    container.append(bar, slider);
  }
}
