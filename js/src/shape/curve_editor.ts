/** The depth curve: points to drag or to move by keys, over the histogram of the heights. */

import { SHAPE, type ShaperWire } from "../generated/wire";
import { button, element, on, svg } from "../shared/dom";
import { type Model, put } from "../shared/model";
import { arrow, clamp } from "../shared/pointer";
import { bends, type CurvePoint, evaluated, STRAIGHT } from "./curve";

/** Of the drawing, to each side. */
const SIDE = 240;
const PAD = 12;
/** A click nearer to the curve than this adds a point on it. */
const STEP = 0.01;
const LARGE_STEP = 0.05;
const HELP =
  "Left are low places, right high ones; up makes them higher. Double-click, or press Insert, to " +
  "add a point; double-click or Delete takes one away. Arrows move it, with Shift farther.";

export class CurveEditor {
  readonly element: HTMLElement;
  private readonly drawing = svg("svg", {
    class: "relief-curve",
    viewBox: `${-PAD} ${-PAD} ${SIDE + 2 * PAD} ${SIDE + 2 * PAD}`,
    role: "group",
    "aria-label": "Depth curve",
  });
  private readonly histogram = svg("path", { class: "relief-curve-histogram" });
  private readonly line = svg("path", { class: "relief-curve-line" });
  private readonly handles = svg("g");
  private readonly reset = button({ class: "relief-shape-button" }, "Straight");
  private curve: CurvePoint[];
  private held: number | null = null;

  constructor(
    private readonly model: Model<ShaperWire>,
    private readonly signal: AbortSignal,
  ) {
    this.curve = copy(model.get("curve"));
    this.reset.title = "Let the curve change nothing";
    this.drawing.append(grid(), this.histogram, this.line, this.handles);
    this.element = element(
      "figure",
      { class: "relief-shape-curve" },
      element("figcaption", { title: HELP }, "Depth curve", this.reset),
      this.drawing,
      element("p", { class: "relief-shape-help" }, HELP),
    );
    on(this.reset, "click", signal, () => this.take(copy(STRAIGHT)));
    on(this.drawing, "pointerdown", signal, (event) => this.down(event as PointerEvent));
    on(this.drawing, "pointermove", signal, (event) => this.move(event as PointerEvent));
    on(this.drawing, ["pointerup", "pointercancel"], signal, () => {
      this.held = null;
    });
    on(this.drawing, "dblclick", signal, (event) => this.toggle(event as MouseEvent));
    this.draw();
    this.count();
  }

  /** The curve has changed somewhere else. */
  load(): void {
    if (this.held !== null) return;
    this.curve = copy(this.model.get("curve"));
    this.draw();
  }

  /** Draw how often each height is. */
  count(): void {
    const bins = this.model.get("histogram");
    const wide = SIDE / Math.max(bins.length, 1);
    const steps = bins.map((tall, i) => `L${i * wide} ${SIDE * (1 - tall)}h${wide}`);
    this.histogram.setAttribute("d", bins.length ? `M0 ${SIDE}${steps.join("")}V${SIDE}Z` : "");
  }

  private take(curve: CurvePoint[]): void {
    this.curve = curve;
    this.draw();
    try {
      put(this.model, { curve: copy(curve) });
    } catch {
      // Without a kernel the view shows it all the same.
    }
  }

  private draw(): void {
    const at = evaluated(this.curve);
    let path = "";
    for (let i = 0; i <= SIDE; i += 2) path += `${i ? "L" : "M"}${i} ${SIDE * (1 - at(i / SIDE))}`;
    this.line.setAttribute("d", path);
    this.reset.disabled = !bends(this.curve);
    while (this.handles.childElementCount > this.curve.length) this.handles.lastChild?.remove();
    while (this.handles.childElementCount < this.curve.length) this.handles.append(this.handle());
    for (const [i, [x, y]] of this.curve.entries()) {
      const handle = this.handles.children[i];
      handle.setAttribute("transform", `translate(${x * SIDE} ${SIDE * (1 - y)})`);
      const percent = (share: number) => `${Math.round(share * 1000) / 10} %`;
      handle.setAttribute("aria-label", `Point ${i + 1} of ${this.curve.length}`);
      handle.setAttribute("aria-valuenow", String(Math.round(y * 1000) / 10));
      handle.setAttribute("aria-valuetext", `${percent(x)} becomes ${percent(y)}`);
    }
  }

  private handle(): SVGElement {
    const attributes = { role: "slider", "aria-valuemin": 0, "aria-valuemax": 100, tabindex: 0 };
    const handle = svg("g", { class: "relief-curve-point", ...attributes });
    handle.append(
      svg("circle", { r: 14, class: "relief-curve-reach" }),
      svg("circle", { r: 6, class: "relief-curve-dot" }),
    );
    on(handle, "keydown", this.signal, (event) => this.key(event as KeyboardEvent, handle));
    return handle;
  }

  private key(event: KeyboardEvent, handle: SVGElement): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = [...this.handles.children].indexOf(handle);
    const direction = arrow(event.key);
    const [x, y] = this.curve[at];
    const step = event.shiftKey ? LARGE_STEP : STEP;
    if (direction) this.place(at, x + direction.x * step, y - direction.y * step);
    else if (event.key === "Delete" || event.key === "Backspace") this.remove(at);
    else if (event.key === "Insert") this.insert(at);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Put a point as near to a place as its neighbours let it. */
  private place(at: number, x: number, y: number): void {
    const before = this.curve[at - 1];
    const after = this.curve[at + 1];
    const gap = Math.max(SHAPE.gap, STEP);
    const left = before ? before[0] + gap : 0;
    const right = after ? after[0] - gap : 1;
    const made = copy(this.curve);
    made[at] = [
      rounded(clamp(x, Math.min(left, made[at][0]), Math.max(right, made[at][0]))),
      rounded(clamp(y, before ? before[1] : 0, after ? after[1] : 1)),
    ];
    this.take(made);
  }

  private remove(at: number): void {
    if (this.curve.length <= 2) return;
    this.take(this.curve.filter((_, i) => i !== at));
    (this.handles.children[Math.min(at, this.curve.length - 1)] as SVGElement).focus();
  }

  /** Add a point half way to the next one. */
  private insert(at: number): void {
    const from = Math.min(at, this.curve.length - 2);
    const x = (this.curve[from][0] + this.curve[from + 1][0]) / 2;
    if (this.add(x)) (this.handles.children[from + 1] as SVGElement).focus();
  }

  private add(x: number): boolean {
    const gap = Math.max(SHAPE.gap, STEP);
    const crowded = this.curve.some(([other]) => Math.abs(other - x) < gap);
    if (crowded || this.curve.length >= SHAPE.points) return false;
    const made: CurvePoint[] = [...this.curve, [rounded(x), rounded(evaluated(this.curve)(x))]];
    this.take(made.sort((a, b) => a[0] - b[0]));
    return true;
  }

  private shares(event: MouseEvent): [number, number] {
    const { left, top, width, height } = this.drawing.getBoundingClientRect();
    const scale = SIDE + 2 * PAD;
    const x = (((event.clientX - left) / width) * scale - PAD) / SIDE;
    const y = (((event.clientY - top) / height) * scale - PAD) / SIDE;
    return [x, 1 - y];
  }

  private pointOf(event: Event): number {
    const handle = (event.target as Element).closest(".relief-curve-point");
    return handle ? [...this.handles.children].indexOf(handle) : -1;
  }

  private down(event: PointerEvent): void {
    const at = this.pointOf(event);
    if (at < 0 || event.button !== 0) return;
    event.preventDefault();
    this.held = at;
    (this.handles.children[at] as SVGElement).focus({ preventScroll: true });
    this.drawing.setPointerCapture(event.pointerId);
  }

  private move(event: PointerEvent): void {
    if (this.held !== null) this.place(this.held, ...this.shares(event));
  }

  private toggle(event: MouseEvent): void {
    // The pointer was captured: what is under it now counts.
    const under = document.elementFromPoint(event.clientX, event.clientY);
    const handle = under?.closest(".relief-curve-point");
    const at = handle ? [...this.handles.children].indexOf(handle) : -1;
    if (at >= 0) this.remove(at);
    else {
      const [x] = this.shares(event);
      if (x > 0 && x < 1) this.add(x);
    }
  }
}

function grid(): SVGElement {
  const lines = [0.25, 0.5, 0.75].map(
    (share) => `M${share * SIDE} 0V${SIDE}M0 ${share * SIDE}H${SIDE}`,
  );
  return svg("path", {
    class: "relief-curve-grid",
    d: `M0 0H${SIDE}V${SIDE}H0ZM0 ${SIDE}L${SIDE} 0${lines.join("")}`,
  });
}

function copy(curve: readonly CurvePoint[]): CurvePoint[] {
  return curve.map(([x, y]) => [x, y]);
}

function rounded(share: number): number {
  return Math.round(share * 10_000) / 10_000;
}
