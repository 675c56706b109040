/**
 * Native controls for body and display settings, from the same metadata as the notebook's sliders:
 * for a page without a kernel, and for hosts that have no ipywidgets.
 */

import type { ViewerTraits, WireControl } from "../generated/wire";
import { button, element, on } from "../shared/dom";
import { follow, put } from "../shared/model";
import { body, type ViewerModel } from "./settings";

const GROUPS: [string, WireControl["kind"]][] = [
  ["Body", "body"],
  ["Display", "display"],
];

export class Panel {
  private made: HTMLElement | null = null;

  constructor(
    private readonly root: HTMLElement,
    private readonly model: ViewerModel,
    private readonly signal: AbortSignal,
  ) {
    follow(model, ["panel"], signal, () => this.update());
    this.update();
  }

  private update(): void {
    const shown = this.model.get("panel");
    // Where the host has controls of its own there must not be a second set, not even a hidden one.
    if (shown && !this.made) {
      this.made = this.make();
      this.root.append(this.made);
    }
    if (this.made) this.made.hidden = !shown;
  }

  private make(): HTMLElement {
    const { model, signal } = this;
    const panel = element("form", { class: "relief-panel", "aria-label": "Settings" });
    on(panel, "submit", signal, (event) => event.preventDefault());
    const rows: Row[] = [];
    for (const [title, kind] of GROUPS) {
      const group = element("fieldset", {}, element("legend", {}, title));
      for (const control of model.get("controls")) {
        if (control.kind !== kind) continue;
        const row = new Row(control, model, signal);
        rows.push(row);
        group.append(row.element);
      }
      // Of a finished object without a kernel nothing can be made anew.
      if (group.querySelector("label")) panel.append(group);
    }
    const reset = button({}, "Reset all");
    on(reset, "click", signal, () => {
      for (const row of rows) row.reset();
    });
    panel.append(reset);
    return panel;
  }
}

class Row {
  readonly element: HTMLElement;
  private readonly input: HTMLInputElement | HTMLSelectElement;
  private readonly output = element("output");
  private readonly trait: keyof ViewerTraits;

  constructor(
    private readonly control: WireControl,
    private readonly model: ViewerModel,
    signal: AbortSignal,
  ) {
    const { name, label, help, choices, labels, step } = control;
    const range = { min: control.low ?? 0, max: control.high ?? 1 };
    this.trait = (choices.length ? `${name}_index` : name) as keyof ViewerTraits;
    if (choices.length) {
      this.input = element("select", {}, ...labels.map((text) => element("option", {}, text)));
    } else if (typeof control.default === "boolean") {
      this.input = element("input", { type: "checkbox" });
    } else if (control.unit === "mm") {
      // A size spans four decades: no slider can be set to it.
      this.input = element("input", { type: "number", ...range, step: "any" });
    } else {
      this.input = element("input", { type: "range", ...range, step: step ?? 1 });
    }
    this.input.title = help;
    this.element = element(
      "label",
      { class: "relief-row" },
      element("span", {}, label),
      this.input,
      this.output,
    );
    on(this.input, "input", signal, () => this.send());
    follow(model, [this.trait, "mode_index", "thickness_mm"], signal, () => this.update());
    this.update();
  }

  private get step(): string {
    return String(this.control.step ?? 1);
  }

  private marked(value: number): boolean {
    const steps = value / Number(this.step);
    return Math.abs(steps - Math.round(steps)) < 1e-6;
  }

  /** The next mark in the direction in which a hand moves a value that is on none. */
  private mark(value: number): number {
    const step = Number(this.step);
    const up = value > (this.model.get(this.trait) as number);
    const steps = up ? Math.ceil(value / step) : Math.floor(value / step);
    return Number((steps * step).toPrecision(12));
  }

  reset(): void {
    const { choices, default: value } = this.control;
    const index = choices.indexOf(value);
    put(this.model, { [this.trait]: choices.length ? index : value });
  }

  private send(): void {
    const { input, control, model } = this;
    let value: unknown;
    if (input instanceof HTMLSelectElement) value = input.selectedIndex;
    else if (input.type === "checkbox") value = input.checked;
    else {
      // A number out of range, or none yet, waits for the next key.
      if (!input.value || !input.checkValidity()) return;
      value =
        input.type === "range" && input.step === "any"
          ? this.mark(input.valueAsNumber)
          : input.valueAsNumber;
    }
    if (control.name === "size_mm" && !(value as number)) return;
    put(model, { [this.trait]: value });
  }

  private update(): void {
    const { input, control, model } = this;
    const value = model.get(this.trait);
    if (input instanceof HTMLSelectElement) input.selectedIndex = value as number;
    else if (input.type === "checkbox") input.checked = value as boolean;
    else if (document.activeElement !== input || input.type === "range") {
      // A browser rounds to the step what it is given, and says that to screen readers.
      if (input.type === "range") input.step = this.marked(value as number) ? this.step : "any";
      input.valueAsNumber = value as number;
    }
    if (input instanceof HTMLInputElement && input.type !== "checkbox") {
      // Three digits at the most; a number's own field shows all of it.
      const shown = input.type === "range" ? String(Number(Number(value).toFixed(3))) : "";
      this.output.textContent = `${shown} ${control.unit}`.trim();
    }
    const { mode, thickness_mm } = body(model);
    const wrongMode = control.mode !== null && control.mode !== mode;
    input.disabled = wrongMode || (control.relief_only && thickness_mm !== null);
    this.element.classList.toggle("is-off", input.disabled);
  }
}
