/**
 * A number to type or to drag. What is typed, or set from Python, stays what it is: the step is for
 * hands and keys alone.
 */

import type { NumberTraits, NumberWire } from "../generated/wire";
import { element, on, unique } from "../shared/dom";
import { follow, type Props, put } from "../shared/model";
import "./number.css";

/** A number that somebody gave has no more digits; what is found from it has more than matter. */
const GIVEN_DIGITS = 9;
const FOUND_DIGITS = 4;

/** Of a double, less what multiplying and dividing loses. */
const TRUE_DIGITS = 12;

const PLAIN = /^\s*[+-]?(\d+([.,]\d*)?|[.,]\d+)\s*$/;
const LARGE_STEPS = 5;

const TRAITS = [
  "value",
  "min",
  "max",
  "step",
  "least",
  "most",
  "description",
  "unit",
  "beside_per",
  "beside_unit",
  "disabled",
] as const satisfies (keyof NumberTraits)[];

/** A number as it was given, or in as many digits as matter. */
export function written(value: number): string {
  const digits = value
    .toExponential(TRUE_DIGITS - 1)
    .split("e")[0]
    .replace(/[-.]/g, "");
  const given = digits.replace(/0+$/, "").length <= GIVEN_DIGITS;
  return plain(Number(value.toPrecision(given ? TRUE_DIGITS : FOUND_DIGITS)));
}

/** A number that follows from others, in as many digits as matter. */
export function rounded(value: number): string {
  return plain(Number(value.toPrecision(FOUND_DIGITS)));
}

function plain(value: number): string {
  return value.toFixed(TRUE_DIGITS).replace(/\.?0+$/, "");
}

/** What keys and hands can set: the multiples of the step, and both ends. */
class Scale {
  constructor(
    private readonly low: number,
    private readonly high: number,
    private readonly step: number,
  ) {}

  /** The mark that is nearest to a place, 0 at the left end and 1 at the right one. */
  at(place: number): number {
    return this.mark(Math.round((this.low + (this.high - this.low) * place) / this.step));
  }

  /** The place of a value. */
  of(value: number): number {
    const place = (value - this.low) / (this.high - this.low);
    return Math.min(1, Math.max(0, place));
  }

  /** The mark that is so many steps from a value, which may lie between two. */
  from(value: number, steps: number): number {
    const place = value / this.step;
    const nearest = Math.round(place);
    const marked = Math.abs(place - nearest) < 1e-6;
    const start = marked ? nearest : steps > 0 ? Math.floor(place) : Math.ceil(place);
    return this.mark(start + steps);
  }

  private mark(number: number): number {
    // 3 × 0.1 is not 0.3.
    const value = Number((number * this.step).toPrecision(TRUE_DIGITS));
    return Math.min(this.high, Math.max(this.low, value));
  }
}

function render({ model, el, signal }: Props<NumberWire>): void {
  el.classList.add("relief-number");
  // Arrow keys are for the number, not for the notebook around it.
  el.dataset.lmSuppressShortcuts = "true";
  const id = `relief-number-${unique()}`;
  const slides = model.get("slider");
  const label = slides
    ? element("span", { class: "widget-label", id: `${id}-label` })
    : element("label", { class: "widget-label", id: `${id}-label`, for: id });
  const field = element("input", {
    id,
    class: slides ? "relief-typed relief-readout" : "relief-typed",
    type: "text",
    inputmode: "decimal",
    autocomplete: "off",
    spellcheck: "false",
  });
  const unit = element("span", { class: "relief-unit" });
  const beside = element("span", { class: "relief-beside" });
  const fill = element("div", { class: "relief-fill" });
  const handle = element("div", { class: "relief-handle", role: "slider" });
  const track = element("div", { class: "relief-track" }, fill, handle);
  el.append(label, ...(slides ? [track] : []), field, unit, beside);
  if (slides) {
    // Named apart from the handle, which is the control of this label.
    field.title = "Type a value";
    field.setAttribute("aria-label", field.title);
    field.setAttribute("aria-describedby", label.id);
  } else {
    field.setAttribute("role", "spinbutton");
  }
  const told = slides ? handle : field;

  let typing = false;
  // What was typed is shown as it was; what a slider is set to otherwise need not show every digit.
  let given = Number.NaN;
  let text = "";
  const [low, high] = slides ? (["min", "max"] as const) : (["least", "most"] as const);
  const scale = () => new Scale(model.get(low), model.get(high), model.get("step"));
  const set = (value: number) => {
    typing = false;
    if (value !== model.get("value")) put(model, { value });
    show();
  };

  const show = () => {
    const value = model.get("value");
    text = slides && value !== given ? rounded(value) : written(value);
    const disabled = model.get("disabled");
    const own = model.get("unit");
    label.textContent = model.get("description");
    if (!typing) field.value = text;
    unit.textContent = own;
    const per = model.get("beside_per");
    beside.textContent = per ? `${rounded(value * per)} ${model.get("beside_unit")}` : "";
    field.disabled = disabled;
    el.classList.toggle("is-off", disabled);
    // What is typed may lie beyond the slider's ends.
    told.setAttribute("aria-valuemin", String(Math.min(model.get(low), value)));
    told.setAttribute("aria-valuemax", String(Math.max(model.get(high), value)));
    told.setAttribute("aria-valuenow", String(value));
    told.setAttribute("aria-valuetext", `${text} ${own}`.trim());
    if (!slides) return;
    handle.setAttribute("aria-label", model.get("description"));
    handle.setAttribute("aria-disabled", String(disabled));
    handle.tabIndex = disabled ? -1 : 0;
    track.toggleAttribute("disabled", disabled);
    const place = `${100 * scale().of(value)}%`;
    handle.style.left = place;
    fill.style.width = place;
  };

  const take = () => {
    if (!typing) return;
    typing = false;
    const now = field.value;
    const value = PLAIN.test(now) ? Number(now.trim().replace(",", ".")) : Number.NaN;
    if (now.trim() === text) show();
    else if (value >= model.get("least") && value <= model.get("most")) {
      given = value;
      set(value);
    } else {
      // Python knows units, and says what the range is; until then the last good one stays.
      model.send({ kind: "typed", text: now });
      show();
    }
  };
  on(field, "input", signal, () => {
    typing = true;
  });
  on(field, ["change", "blur"], signal, take);
  on(field, "focus", signal, () => field.select());
  on(el, "keydown", signal, (event) => {
    if (model.get("disabled")) return;
    const typed = event.target === field;
    if (typed && event.key === "Enter") return take();
    if (typed && event.key === "Escape") {
      typing = false;
      return show();
    }
    const value = keyed(event.key, model.get("value"), scale(), typed);
    if (value === null) return;
    event.preventDefault();
    if (typing) take();
    set(value);
  });

  // Where on the handle it was taken; a press beside it takes it to that place first.
  let held = 0;
  const place = (event: PointerEvent) => {
    const box = track.getBoundingClientRect();
    return (event.clientX - held - box.left) / box.width;
  };
  const drag = (event: PointerEvent) => set(scale().at(Math.min(1, Math.max(0, place(event)))));
  on(track, "pointerdown", signal, (event) => {
    if (model.get("disabled") || event.button !== 0) return;
    event.preventDefault();
    track.setPointerCapture(event.pointerId);
    handle.focus();
    const box = handle.getBoundingClientRect();
    held = event.target === handle ? event.clientX - (box.left + box.width / 2) : 0;
    if (event.target !== handle) drag(event);
  });
  on(track, "pointermove", signal, (event) => {
    if (track.hasPointerCapture(event.pointerId)) drag(event);
  });
  follow(model, TRAITS, signal, show);
  show();
}

/** The value that a key leads to; null for other keys. In a field the ends are for the caret. */
function keyed(key: string, value: number, scale: Scale, typed: boolean): number | null {
  switch (key) {
    case "ArrowUp":
      return scale.from(value, 1);
    case "ArrowDown":
      return scale.from(value, -1);
    case "PageUp":
      return scale.from(value, LARGE_STEPS);
    case "PageDown":
      return scale.from(value, -LARGE_STEPS);
  }
  if (typed) return null;
  switch (key) {
    case "ArrowRight":
      return scale.from(value, 1);
    case "ArrowLeft":
      return scale.from(value, -1);
    case "Home":
      return scale.at(0);
    case "End":
      return scale.at(1);
  }
  return null;
}

export default { render };
