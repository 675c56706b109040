/** Tabs over a frame; the style sheet shows there what belongs to the one that is chosen. */

import type { ModesWire } from "../generated/wire";
import { button, element, on } from "../shared/dom";
import { follow, type Props, put } from "../shared/model";
import "./modes.css";

/** Where a key leads, from the place `at` of `count`. */
const KEYS: Record<string, (at: number, count: number) => number> = {
  ArrowRight: (at, count) => (at + 1) % count,
  ArrowLeft: (at, count) => (at + count - 1) % count,
  Home: () => 0,
  End: (_, count) => count - 1,
};

/** In one column, what is done beside the view stands below it: not where the page was scrolled to. */
function bringUp(bar: HTMLElement): void {
  const frame = bar.closest(".relief-frame");
  if (frame && getComputedStyle(frame).display === "contents") {
    frame.parentElement?.scrollIntoView({ block: "start" });
  }
}

function render({ model, el, signal }: Props<ModesWire>): void {
  const bar = element("div", {
    class: "relief-modes",
    role: "tablist",
    "aria-label": model.get("label"),
    // JupyterLab would take arrows for commands of the notebook.
    "data-lm-suppress-shortcuts": true,
  });
  const names = Object.keys(model.get("labels"));
  const tabs = names.map((mode, at) => {
    const tab = button({ role: "tab" }, model.get("labels")[mode]);
    on(tab, "click", signal, () => {
      put(model, { mode });
      if (at > 0) bringUp(bar);
    });
    return tab;
  });
  on(bar, "keydown", signal, (event) => {
    const next = KEYS[event.key]?.(names.indexOf(model.get("mode")), names.length);
    if (next === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    put(model, { mode: names[next] });
    tabs[next].focus();
  });
  const update = () => {
    const mode = model.get("mode");
    bar.dataset.mode = mode;
    for (const [at, tab] of tabs.entries()) {
      const chosen = names[at] === mode;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
    }
  };
  follow(model, ["mode"], signal, update);
  update();
  bar.append(...tabs);
  el.append(bar);
}

export default { render };
