/** Histogram of the heights, and the cross-section under the pointer. */

import { Raycaster, Vector2, Vector3 } from "three";
import { HEIGHT_FULL } from "../generated/wire";
import { element, on } from "../shared/dom";
import { follow } from "../shared/model";
import { place } from "../shared/pointer";
import { type Body, type Heights, millimetres, sizes, type ViewerModel } from "./settings";
import type { Stage } from "./stage";

const BINS = 96;

export class Inspector {
  readonly element = element("div", { class: "relief-inspector" });
  /** Called with the row, as a share of the height, that the section goes through; -1 for none. */
  onprofile: (v: number) => void = () => {};

  private readonly histogram = canvas("Histogram of the heights");
  private readonly section = canvas("Cross-section");
  private readonly reading = element("p", { class: "relief-reading" });
  private readonly row = element("input", {
    type: "range",
    min: 0,
    max: 1,
    step: 0.005,
    "aria-label": "Row of the cross-section",
  });
  private field: Heights | null = null;
  private body: Body | null = null;
  private u = 0.5;
  private v = 0.5;
  private request = 0;

  constructor(
    model: ViewerModel,
    private readonly signal: AbortSignal,
  ) {
    this.element.append(
      figure("Heights", this.histogram),
      figure("Cross-section", this.section, this.row, this.reading),
    );
    this.row.valueAsNumber = 0.5;
    on(this.row, "input", signal, () => this.look(this.u, this.row.valueAsNumber));
    const toggle = () => {
      this.element.hidden = !model.get("inspect");
      this.onprofile(model.get("inspect") ? this.v : -1);
      this.draw();
    };
    follow(model, ["inspect"], signal, toggle);
    this.element.hidden = !model.get("inspect");
    const resize = new ResizeObserver(() => this.draw());
    resize.observe(this.element);
    signal.addEventListener("abort", () => {
      resize.disconnect();
      cancelAnimationFrame(this.request);
    });
  }

  /** Follow the pointer over a stage. */
  watch(stage: Stage, signal: AbortSignal): void {
    on(stage.canvas, "pointermove", signal, (event) => {
      if (event.buttons || this.element.hidden || !this.field || !this.body) return;
      const at = pick(stage, event, this.field, this.body);
      if (at) this.look(at.u, at.v);
    });
    if (!this.element.hidden) stage.surface.profile = this.v;
  }

  update(field: Heights | null, body: Body): void {
    this.field = field;
    this.body = body;
    this.draw();
  }

  private look(u: number, v: number): void {
    this.u = u;
    this.v = v;
    this.row.valueAsNumber = v;
    this.onprofile(v);
    this.draw();
  }

  private draw(): void {
    if (this.element.hidden || this.request || this.signal.aborted) return;
    this.request = requestAnimationFrame(() => {
      this.request = 0;
      if (!this.field || !this.body) return;
      this.drawHistogram(this.field);
      this.drawSection(this.field, this.body);
    });
  }

  private drawHistogram({ values }: Heights): void {
    const bins = new Float32Array(BINS);
    for (let i = 0; i < values.length; i++) bins[Math.min(BINS - 1, (values[i] * BINS) >> 16)] += 1;
    // A flat ground would press all else to the floor: the root shows both.
    const tops = bins.map(Math.sqrt);
    const most = Math.max(...tops);
    const paint = brush(this.histogram);
    if (!paint) return;
    const { context, width, height, accent } = paint;
    context.fillStyle = accent;
    const step = width / BINS;
    for (const [i, top] of tops.entries()) {
      const tall = (top / most) * (height - 4);
      context.fillRect(i * step, height - tall, Math.max(1, step - 1), tall);
    }
  }

  private drawSection(field: Heights, body: Body): void {
    const paint = brush(this.section);
    if (!paint) return;
    const { context, width, height, accent, ink } = paint;
    const { width: across, height: down, base, relief } = sizes(body, field.aspect);
    const z = (u: number) => topAt(field, body, u, this.v);
    const most = (base + relief) * 1.08 || 1;
    const y = (value: number) => height - 2 - (value / most) * (height - 6);
    context.beginPath();
    for (let x = 0; x <= width; x++) context.lineTo(x, y(z(x / width)));
    context.lineWidth = 1.5;
    context.strokeStyle = accent;
    context.stroke();
    context.lineTo(width, y(0));
    context.lineTo(0, y(0));
    context.globalAlpha = 0.16;
    context.fillStyle = accent;
    context.fill();
    context.globalAlpha = 0.5;
    context.fillStyle = ink;
    context.fillRect(this.u * width, 0, 1, height);
    this.reading.textContent =
      `${millimetres(this.u * across)} mm from the left, ` +
      `${millimetres(this.v * down)} mm from the top: ${millimetres(z(this.u))} mm high`;
  }
}

/** How high the part is at shares of its width and height, in mm. */
function topAt({ values, rows, cols, aspect }: Heights, body: Body, u: number, v: number): number {
  const { base, relief, mirrored } = sizes(body, aspect);
  const col = Math.round((mirrored ? 1 - u : u) * (cols - 1));
  const g = values[Math.round(v * (rows - 1)) * cols + col] / HEIGHT_FULL;
  return base + relief * (body.invert ? 1 - g : g);
}

function figure(title: string, ...children: Node[]): HTMLElement {
  return element("figure", {}, element("figcaption", {}, title), ...children);
}

function canvas(label: string): HTMLCanvasElement {
  return element("canvas", { class: "relief-chart", "aria-label": label });
}

/** A cleared canvas at the screen's resolution, and the colours of the page's theme. */
function brush(canvas: HTMLCanvasElement) {
  const context = canvas.getContext("2d");
  const { clientWidth: width, clientHeight: height } = canvas;
  if (!context || !width || !height) return null;
  const ratio = Math.min(2, window.devicePixelRatio);
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  context.scale(ratio, ratio);
  const style = getComputedStyle(canvas);
  return {
    context,
    width,
    height,
    ink: style.color,
    accent: style.accentColor === "auto" ? style.color : style.accentColor,
  };
}

/** The place of the surface under the pointer, as shares of the part's width and height. */
function pick(
  stage: Stage,
  event: PointerEvent,
  field: Heights,
  body: Body,
): { u: number; v: number } | null {
  const at = place(stage.canvas, event);
  const caster = new Raycaster();
  caster.setFromCamera(new Vector2(2 * at.x - 1, 1 - 2 * at.y), stage.camera);
  const { origin, direction } = caster.ray;
  if (direction.z >= 0) return null;
  const { x: across, y: down } = stage.surface.extent;
  const { base, relief } = sizes(body, field.aspect);
  // From a plane at half height towards the surface: it is never steep enough to need more.
  let z = (base + relief / 2) / body.size_mm;
  for (let i = 0; i < 5; i++) {
    const p = caster.ray.at((z - origin.z) / direction.z, new Vector3());
    const u = p.x / across + 0.5;
    const v = 0.5 - p.y / down;
    if (u < 0 || u > 1 || v < 0 || v > 1) return null;
    if (i === 4) return { u, v };
    z = topAt(field, body, u, v) / body.size_mm;
  }
  return null;
}
