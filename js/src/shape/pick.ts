/** Between places of the picture and places of the part as it is shown. */

import { HEIGHT_FULL } from "../generated/wire";
import type { Triple } from "../viewer/handle";
import { type Body, type Heights, sizes } from "../viewer/settings";

export interface Place {
  u: number;
  v: number;
}

/** More steps than this are not worth their time: the ray grazes the part. */
const MOST_STEPS = 3000;

/** Where a picture's places are on the part: in units of its longer side, its middle at 0, 0. */
export class Ground {
  private readonly width: number;
  private readonly height: number;
  private readonly base: number;
  private readonly relief: number;
  private readonly side: number;

  constructor(
    private readonly heights: Heights,
    private readonly body: Body,
  ) {
    const unit = 1 / body.size_mm;
    const { mirrored, width, height, base, relief } = sizes(body, heights.aspect);
    this.width = width * unit;
    this.height = height * unit;
    this.base = base * unit;
    this.relief = relief * unit;
    this.side = mirrored ? -1 : 1;
  }

  /** The height that is seen at a place, 0 to 1. */
  seen({ u, v }: Place): number {
    const { rows, cols, values } = this.heights;
    const x = Math.min(Math.max(u, 0), 1) * (cols - 1);
    const y = Math.min(Math.max(v, 0), 1) * (rows - 1);
    const col = Math.min(Math.floor(x), cols - 2);
    const row = Math.min(Math.floor(y), rows - 2);
    const [right, down] = [x - col, y - row];
    const at = row * cols + col;
    const above = values[at] * (1 - right) + values[at + 1] * right;
    const below = values[at + cols] * (1 - right) + values[at + cols + 1] * right;
    const h = (above * (1 - down) + below * down) / HEIGHT_FULL;
    return this.body.invert ? 1 - h : h;
  }

  point(place: Place): Triple {
    return [
      (place.u - 0.5) * this.side * this.width,
      (0.5 - place.v) * this.height,
      this.base + this.relief * this.seen(place),
    ];
  }

  /** The place of the surface that a ray from outside meets first. */
  meet(origin: Triple, direction: Triple): Place | null {
    // From behind there is nothing to shape.
    if (direction[2] >= -1e-6) return null;
    const enter = (this.base + this.relief - origin[2]) / direction[2];
    const leave = (this.base - origin[2]) / direction[2];
    const at = (t: number): Place => ({
      u: ((origin[0] + t * direction[0]) / this.width) * this.side + 0.5,
      v: 0.5 - (origin[1] + t * direction[1]) / this.height,
    });
    const above = (t: number): number => {
      const z = origin[2] + t * direction[2];
      return z - (this.base + this.relief * this.seen(at(t)));
    };
    const [from, to] = [at(enter), at(leave)];
    const { rows, cols } = this.heights;
    const cells = Math.max(Math.abs(to.u - from.u) * cols, Math.abs(to.v - from.v) * rows);
    const steps = Math.min(MOST_STEPS, Math.ceil(cells) + 1);
    let before = enter;
    for (let i = 0; i <= steps; i++) {
      const t = enter + ((leave - enter) * i) / steps;
      const place = at(t);
      const inside = Math.abs(place.u - 0.5) <= 0.5 && Math.abs(place.v - 0.5) <= 0.5;
      if (inside && (i === steps || above(t) <= 0)) return at(this.between(above, before, t));
      before = t;
    }
    return null;
  }

  /** Halve the way to the surface a few times: finer than a vertex. */
  private between(above: (t: number) => number, before: number, after: number): number {
    let [low, high] = [before, after];
    for (let i = 0; i < 5; i++) {
      const middle = (low + high) / 2;
      if (above(middle) > 0) low = middle;
      else high = middle;
    }
    return high;
  }
}
