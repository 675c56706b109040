/** The anywidget module: one view per cell, and the acknowledgement of heights. */

import "./viewer.css";
import { mountPage } from "./standalone";
import { View } from "./view";
import { listen, type Model } from "./wire";

const views = new WeakMap<Model, number>();

interface Host {
  model: unknown;
  signal: AbortSignal;
}

function initialize({ model, signal }: Host): void {
  const wire = model as Model;
  // Heights that nobody looks at are taken at once, so that Python goes on sending the newest.
  listen(wire, ["change:frame"], signal, () => {
    if (views.get(wire)) return;
    wire.set("shown", wire.get("frame"));
    wire.save_changes();
  });
}

function render({ model, el, signal }: Host & { el: HTMLElement }): void {
  const wire = model as Model;
  views.set(wire, (views.get(wire) ?? 0) + 1);
  signal.addEventListener("abort", () => views.set(wire, (views.get(wire) ?? 1) - 1));
  new View(el, wire, signal);
}

export default { initialize, render };

mountPage();
