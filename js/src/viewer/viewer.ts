/** The anywidget module: one view per cell, and the acknowledgement of heights. */

import "./viewer.css";
import type { ViewerWire } from "../generated/wire";
import { follow, type Props, put } from "../shared/model";
import type { ViewerModel } from "./settings";
import { mountPage } from "./standalone";
import { View } from "./view";

const views = new WeakMap<ViewerModel, number>();

function initialize({ model, signal }: Omit<Props<ViewerWire>, "el">): void {
  // Heights that nobody looks at are taken at once, so that Python goes on sending the newest.
  follow(model, ["frame"], signal, () => {
    if (!views.get(model)) put(model, { shown: model.get("frame") });
  });
}

function render({ model, el, signal }: Props<ViewerWire>): void {
  views.set(model, (views.get(model) ?? 0) + 1);
  signal.addEventListener("abort", () => views.set(model, (views.get(model) ?? 1) - 1));
  new View(el, model, signal);
}

export default { initialize, render };

mountPage();
