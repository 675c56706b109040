/** Strokes on the heights that a view shows: the one under the hand, and those on their way. */

import {
  HEIGHT_FULL,
  type MadeStroke,
  SHAPE,
  type ShaperWire,
  type StrokeEntry,
} from "../generated/wire";
import { type Model, put } from "../shared/model";
import type { ViewHandle } from "../viewer/handle";
import {
  type Box,
  type Field,
  gridOf,
  Painting,
  paint,
  type StrokePoint,
  type Tool,
} from "./brushes";
import { STROKE_EVENT } from "./pending";

/** Of the radius: nearer to each other points are not worth keeping. */
const SPACING = 0.15;
/** Places are kept to this share of the picture, pressure to a thousandth. */
const PLACES = 100_000;

export class Strokes {
  private field: Field | null = null;
  private painting: Painting | null = null;
  private last = 0;
  private readonly resting: (() => void)[] = [];

  constructor(
    private readonly model: Model<ShaperWire>,
    private readonly view: () => ViewHandle | null,
  ) {}

  /** Whether a stroke is being made. */
  get held(): boolean {
    return this.painting !== null;
  }

  /** What no kernel has taken, and what is being made. */
  get waiting(): StrokeEntry[] {
    const taken = this.model.get("taken");
    const made = this.model
      .get("pending")
      .filter(({ number }) => number > taken)
      .map(({ stroke }) => stroke);
    return this.painting ? [...made, entry(this.painting)] : made;
  }

  /** Fulfilled when the stroke that is being made is done; null where there is none. */
  get rest(): Promise<void> | null {
    return this.painting && new Promise((resolve) => this.resting.push(resolve));
  }

  /** New heights have come from Python: what it had not taken by then is made on them again. */
  reload(): void {
    const view = this.view();
    this.field = null;
    if (!view?.heights) {
      this.painting = null;
      return;
    }
    this.prune(view);
    const missing = this.model.get("pending");
    const held = this.painting;
    if (!missing.length && !held) return;
    const field = this.whole(view);
    if (!field) return;
    for (const { stroke } of missing) this.show(view, field, paint(field, stroke));
    if (held) {
      this.painting = new Painting(field, held.tool);
      for (const point of held.points) this.show(view, field, this.painting.add(point));
    }
  }

  /** The heights were changed in another way. */
  forget(): void {
    if (!this.painting) this.field = null;
  }

  begin(tool: Tool, u: number, v: number, pressure: number): boolean {
    const view = this.view();
    const field = view && this.whole(view);
    if (!view || !field || this.painting) return false;
    this.painting = new Painting(field, tool);
    this.show(view, field, this.painting.add(point(u, v, pressure)));
    return true;
  }

  /** @param end the hand stays here: a last point is kept, however near it is. */
  go(u: number, v: number, pressure: number, end = false): void {
    const { painting, field } = this;
    const view = this.view();
    if (!painting || !field || !view || painting.points.length >= SHAPE.stroke) return;
    const next = point(u, v, pressure);
    const [lastU, lastV] = painting.points[painting.points.length - 1];
    const { width, height, dx, dy } = gridOf(field);
    const gone = Math.hypot((next[0] - lastU) * width, (next[1] - lastV) * height);
    const least = Math.max((painting.tool.size / 2) * SPACING, Math.min(dx, dy));
    if (gone >= (end ? Math.min(dx, dy) : least)) this.show(view, field, painting.add(next));
  }

  /** The stroke is done: it goes to Python, and stays here until Python has it. */
  end(): boolean {
    const { painting, model } = this;
    this.painting = null;
    if (!painting) return false;
    const pending = model.get("pending");
    const before = [this.last, model.get("taken"), ...pending.map(({ number }) => number)];
    const number = Math.max(...before) + 1;
    this.last = number;
    const stroke = entry(painting);
    const made: MadeStroke = { kind: "stroke", number, stroke };
    // The message keeps its place among others; the trait stays where no kernel takes messages.
    attempt(() => model.send(made));
    attempt(() => put(model, { pending: [...pending, made] }));
    document.dispatchEvent(new Event(STROKE_EVENT));
    for (const tell of this.resting.splice(0)) tell();
    return true;
  }

  /** Forget the strokes that are in the heights as Python sends them. */
  private prune(view: ViewHandle): void {
    const pending = this.model.get("pending");
    const rest = pending.filter(({ number }) => number > view.painted);
    if (rest.length < pending.length) attempt(() => put(this.model, { pending: rest }));
  }

  /** The heights that are shown, with all digits that the strokes have given them. */
  private whole(view: ViewHandle): Field | null {
    const { heights } = view;
    if (!heights) return null;
    if (!this.field) {
      const { values, rows, cols, aspect } = heights;
      const shares = new Float32Array(values.length);
      for (let at = 0; at < shares.length; at++) shares[at] = values[at] / HEIGHT_FULL;
      this.field = { values: shares, rows, cols, aspect };
    }
    return this.field;
  }

  private show(view: ViewHandle, field: Field, box: Box | null): void {
    if (!box || !view.heights) return;
    const { values } = view.heights;
    for (let row = box.top; row < box.bottom; row++) {
      for (let at = row * field.cols + box.left; at < row * field.cols + box.right; at++) {
        values[at] = Math.floor(field.values[at] * HEIGHT_FULL + 0.5);
      }
    }
    view.patch(box);
  }
}

function entry({ tool, points }: Painting): StrokeEntry {
  return { ...tool, points };
}

function point(u: number, v: number, pressure: number): StrokePoint {
  return [
    Math.round(u * PLACES) / PLACES,
    Math.round(v * PLACES) / PLACES,
    Math.round(Math.min(Math.max(pressure, 0), 1) * 1000) / 1000,
  ];
}

/** A kernel that is gone is no reason to lose a stroke. */
function attempt(act: () => void): void {
  try {
    act();
  } catch {
    // It stays in the model.
  }
}
