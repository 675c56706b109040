/** What the tests share: a relief to show, a view of it, and what can be seen of that view. */

import "./viewer.css";
import { expect, onTestFinished } from "vitest";
import {
  type Material,
  VIEWER_DEFAULTS,
  type ViewerTraits,
  type ViewerWire,
  type WireControl,
} from "../generated/wire";
import { element } from "../shared/dom";
import { type Part, ring, shellFaces, usedVertices } from "./grid";
import type { Body, Heights } from "./settings";
import { PageModel } from "./standalone";
import { View } from "./view";

/** Heights without any symmetry. */
export function heights(rows: number, cols: number, aspect = cols / rows): Heights {
  const values = Uint16Array.from({ length: rows * cols }, (_, i) => {
    const [y, x] = [Math.floor(i / cols) / rows, (i % cols) / cols];
    return Math.round(32767 * (1 + Math.sin(9 * x + 2 * y) * Math.cos(7 * y * y)));
  });
  return { values, rows, cols, aspect };
}

/** The whole mesh, vertex by vertex and face by face; `stl.ts` writes without it. */
export function mesh(part: Part): { vertices: Float32Array; faces: Uint32Array } {
  const { rows, cols, x, y, z, cells, solid } = part;
  const border = solid ? ring(rows, cols) : new Uint32Array();
  const used = cells ? usedVertices(rows, cols, cells) : null;
  const vertices: number[] = [];
  const number = new Uint32Array(rows * cols);
  for (let i = 0; i < rows * cols; i++) {
    if (used && !used[i]) continue;
    number[i] = vertices.length / 3;
    vertices.push(x[i % cols], y[Math.floor(i / cols)], z[i]);
  }
  for (const i of border) vertices.push(x[i % cols], y[Math.floor(i / cols)], 0);
  const faces: number[] = [];
  for (let row = 0; row < rows - 1; row++) {
    for (let col = 0; col < cols - 1; col++) {
      if (cells && !cells[row * (cols - 1) + col]) continue;
      const a = row * cols + col;
      const [b, d, e] = [a + 1, a + cols, a + cols + 1];
      for (const i of [a, d, e, a, e, b]) faces.push(number[i]);
    }
  }
  if (solid) for (const i of shellFaces(rows, cols)) faces.push(i);
  return { vertices: Float32Array.from(vertices), faces: Uint32Array.from(faces) };
}

export const BODY: Body = {
  mode: "solid",
  size_mm: 100,
  depth_intensity: 0.1,
  base_thickness: 0.05,
  depth_cutoff: 0,
  invert: false,
  mirror: "auto",
  thickness_mm: null,
};

function control(name: string, value: unknown, more: Partial<WireControl> = {}): WireControl {
  return {
    name,
    label: name,
    help: "",
    group: "Part",
    kind: "body",
    stage: null,
    low: null,
    high: null,
    step: null,
    least: null,
    most: null,
    unit: "",
    choices: [],
    labels: [],
    longest: 0,
    mode: null,
    relief_only: false,
    needs: null,
    default: value,
    ...more,
  };
}

const CONTROLS: WireControl[] = [
  control("mode", "solid", {
    choices: ["solid", "planar"],
    labels: ["Solid", "Planar"],
  }),
  control("size_mm", 100, { low: 1, high: 10000, step: 1, unit: "mm" }),
  control("depth_intensity", 0.1, { low: 0, high: 0.3, step: 0.005, relief_only: true }),
  control("base_thickness", 0.05, {
    low: 0.01,
    high: 0.5,
    step: 0.01,
    mode: "solid",
    relief_only: true,
  }),
  control("depth_cutoff", 0, { low: 0, high: 0.95, step: 0.01, mode: "planar" }),
  control("invert", false),
  control("mirror", "auto", {
    choices: ["auto", true, false],
    labels: ["Auto", "On", "Off"],
  }),
  control("show_texture", false, { kind: "display" }),
  control("material", "plain", {
    kind: "display",
    choices: ["plain", "brass"],
    labels: ["Plain", "Brass"],
  }),
];

const PLAIN: Material = {
  label: "Plain",
  colour: "#f1efe9",
  second_colour: "#d9d6ce",
  roughness: 0.6,
  metalness: 0,
  clearcoat: 0,
  clearcoat_roughness: 0.1,
  pattern: "plain",
  pattern_strength: 0,
  translucent: false,
};

/** The fields of the wire that hold a height field. */
export function sent(field: Heights): Pick<ViewerTraits, "heights" | "shape" | "aspect"> {
  return {
    heights: new DataView(field.values.buffer),
    shape: [field.rows, field.cols],
    aspect: field.aspect,
  };
}

/** A model with a life of its own, that counts who listens to it. */
export class TestModel extends PageModel {
  private readonly attached: [string, (...args: never[]) => void][] = [];
  /** What Python was told, and how often it was sent traits. */
  readonly sent: ViewerWire["sends"][] = [];
  saves = 0;

  constructor(values: Partial<ViewerTraits> = {}) {
    const wire: ViewerTraits = {
      ...VIEWER_DEFAULTS,
      ...sent(heights(40, 50)),
      frame: 1,
      controls: CONTROLS,
      materials: [PLAIN, { ...PLAIN, label: "Brass", colour: "#a08030", metalness: 1 }],
      ...values,
    };
    super(wire as unknown as Record<string, unknown>);
  }

  override send(content?: ViewerWire["sends"]): void {
    if (content) this.sent.push(content);
  }

  override save_changes(): void {
    this.saves += 1;
  }

  /** Python sends a message. */
  receive(content: ViewerWire["receives"]): void {
    for (const [event, callback] of [...this.attached]) {
      if (event === "msg:custom") callback(...([content, []] as never[]));
    }
  }

  /** The events that are listened to. */
  get attachedEvents(): string[] {
    return this.attached.map(([event]) => event);
  }

  override on(event: string, callback: (...args: never[]) => void): void {
    this.attached.push([event, callback]);
    super.on(event, callback);
  }

  override off(event: string, callback: (...args: never[]) => void): void {
    const at = this.attached.findIndex(([e, c]) => e === event && c === callback);
    if (at >= 0) this.attached.splice(at, 1);
    super.off(event, callback);
  }
}

/** Watches what is drawn on a canvas. */
export class Screen {
  frames = 0;
  private lastFrame = 0;
  private settledAt = 0;
  private latest: Uint8Array = new Uint8Array();

  constructor(readonly canvas: HTMLCanvasElement) {
    const gl = canvas.getContext("webgl2") as WebGL2RenderingContext;
    const drawGrid = gl.drawElements.bind(gl);
    const drawObject = gl.drawArrays.bind(gl);
    const look = () => {
      if (gl.getParameter(gl.FRAMEBUFFER_BINDING)) return;
      // In the same task: afterwards the buffer has gone to the screen.
      const { drawingBufferWidth: width, drawingBufferHeight: height } = gl;
      const pixels = new Uint8Array(4 * width * height);
      gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
      this.latest = pixels;
      this.frames += 1;
      this.lastFrame = performance.now();
    };
    gl.drawElements = (...args) => {
      drawGrid(...args);
      look();
    };
    gl.drawArrays = (...args) => {
      drawObject(...args);
      look();
    };
  }

  /** The pixels, once something was drawn since the last call and nothing moves any more. */
  async settled(): Promise<Uint8Array> {
    await expect
      .poll(() => this.frames > this.settledAt && performance.now() - this.lastFrame > 200, {
        timeout: 8000,
      })
      .toBe(true);
    this.settledAt = this.frames;
    return this.latest;
  }
}

/** How far apart two pictures are: the share of pixels that differ for an eye. */
export function difference(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) return 1;
  let count = 0;
  for (let i = 0; i < a.length; i += 4) {
    const far = [0, 1, 2, 3].some((band) => Math.abs(a[i + band] - b[i + band]) > 3);
    if (far) count += 1;
  }
  return count / (a.length / 4);
}

/** A place in the page, and a signal, until the test ends. */
export function stand() {
  const place = element("div");
  place.style.setProperty("--relief-height", "130px");
  place.style.width = "220px";
  document.body.append(place);
  const end = new AbortController();
  onTestFinished(() => {
    end.abort();
    place.remove();
  });
  return { place, end };
}

/** Show a relief until the test ends. */
export function show(values: Partial<ViewerTraits> = {}) {
  const model = new TestModel(values);
  const { place, end } = stand();
  new View(place, model, end.signal);
  const canvas = () => place.querySelector<HTMLCanvasElement>(".relief-stage > canvas");
  return { model, place, end, canvas };
}

/** Show a relief, and watch its pixels. */
export async function watch(values: Partial<ViewerTraits> = {}) {
  const shown = show(values);
  const canvas = shown.canvas();
  if (!canvas) throw new Error("There is no canvas.");
  const screen = new Screen(canvas);
  return { ...shown, screen, before: await screen.settled() };
}
