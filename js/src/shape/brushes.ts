/**
 * A stroke on heights while it is being made, number for number what `brushes.py` makes of it: the
 * same elementary operations in the same order, in double precision, and float32 where Python has it.
 */

import { SHAPE, type StrokeEntry } from "../generated/wire";

/** Heights of 0 to 1, row by row from the top of the photo. */
export interface Field {
  values: Float32Array;
  rows: number;
  cols: number;
  /** Width of the part divided by its height. */
  aspect: number;
}

/** Vertices from left and top to before right and bottom. */
export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export type StrokePoint = [number, number, number];
/** A stroke without its points. */
export type Tool = Omit<StrokeEntry, "points">;

/** Where the vertices are, in units of the part's longer side. */
interface Grid {
  rows: number;
  cols: number;
  width: number;
  height: number;
  dx: number;
  dy: number;
}

/** At 0, and its slopes. */
type Plane = [number, number, number];

export function gridOf({ rows, cols, aspect }: Omit<Field, "values">): Grid {
  const width = Math.min(1, aspect);
  const height = Math.min(1, 1 / aspect);
  return { rows, cols, width, height, dx: width / (cols - 1), dy: height / (rows - 1) };
}

function boxOf(grid: Grid, left: number, top: number, right: number, bottom: number): Box {
  const box = {
    left: Math.max(0, Math.ceil(left / grid.dx)),
    top: Math.max(0, Math.ceil(top / grid.dy)),
    right: Math.min(grid.cols - 1, Math.floor(right / grid.dx)) + 1,
    bottom: Math.min(grid.rows - 1, Math.floor(bottom / grid.dy)) + 1,
  };
  return { ...box, right: Math.max(box.left, box.right), bottom: Math.max(box.top, box.bottom) };
}

function joined(one: Box | null, other: Box): Box | null {
  if (other.left >= other.right || other.top >= other.bottom) return one;
  if (!one) return other;
  return {
    left: Math.min(one.left, other.left),
    top: Math.min(one.top, other.top),
    right: Math.max(one.right, other.right),
    bottom: Math.max(one.bottom, other.bottom),
  };
}

/** The place, and those where mirror images of it are. */
function images(symmetry: Tool["symmetry"], [u, v, pressure]: StrokePoint): StrokePoint[] {
  const made: StrokePoint[] = [[u, v, pressure]];
  if (symmetry === "left_right" || symmetry === "both") made.push([1 - u, v, pressure]);
  if (symmetry === "top_bottom" || symmetry === "both") {
    made.push(...made.map(([x, y, p]): StrokePoint => [x, 1 - y, p]));
  }
  return made;
}

/** One stroke: each point that is added changes the heights in place, and nothing else. */
export class Painting {
  readonly points: StrokePoint[] = [];
  private readonly grid: Grid;
  private readonly before: Float32Array;
  /** How much of the brush has reached each vertex, for the stroke and each of its images. */
  private readonly covers: Float32Array[] = [];
  private readonly planes: Plane[] = [];
  private blurred: Float64Array | null = null;

  constructor(
    readonly field: Field,
    readonly tool: Tool,
  ) {
    this.grid = gridOf(field);
    this.before = field.values.slice();
  }

  /** Go on to a place; returns where heights may have changed, or null for nowhere. */
  add(point: StrokePoint): Box | null {
    const last = this.points[this.points.length - 1] ?? point;
    const from = images(this.tool.symmetry, last);
    const to = images(this.tool.symmetry, point);
    if (this.points.length === 0) this.begin(to);
    this.points.push(point);
    let touched: Box | null = null;
    const boxes = to.map((end, i) => this.cover(this.covers[i], from[i], end));
    for (const box of boxes) {
      if (box.left < box.right && box.top < box.bottom) this.mix(box);
      touched = joined(touched, box);
    }
    return touched;
  }

  private begin(places: StrokePoint[]): void {
    const { field, grid, tool, before } = this;
    for (const [u, v] of places) {
      this.covers.push(new Float32Array(before.length));
      if (tool.brush === "flatten") {
        this.planes.push(plane(before, grid, u * grid.width, v * grid.height, tool.size / 2));
      }
    }
    if (tool.brush === "smooth") {
      const reach = (tool.size / 2) * SHAPE.blur;
      const across = Math.max(1, Math.floor(reach / grid.dx + 0.5));
      const down = Math.max(1, Math.floor(reach / grid.dy + 0.5));
      this.blurred = blurred(before, field.rows, field.cols, across, down);
    }
  }

  /** Cover what the brush passes on a straight line. */
  private cover(cover: Float32Array, [u0, v0, p0]: StrokePoint, [u1, v1, p1]: StrokePoint): Box {
    const { grid } = this;
    const radius = this.tool.size / 2;
    const edge = Math.min(radius, Math.max(radius * this.tool.softness, grid.dx, grid.dy));
    const x0 = u0 * grid.width;
    const y0 = v0 * grid.height;
    const x1 = u1 * grid.width;
    const y1 = v1 * grid.height;
    const box = boxOf(
      grid,
      Math.min(x0, x1) - radius,
      Math.min(y0, y1) - radius,
      Math.max(x0, x1) + radius,
      Math.max(y0, y1) + radius,
    );
    const ex = x1 - x0;
    const ey = y1 - y0;
    const length = ex * ex + ey * ey;
    for (let row = box.top; row < box.bottom; row++) {
      const y = row * grid.dy;
      const part = (y - y0) * ey;
      for (let col = box.left; col < box.right; col++) {
        const x = col * grid.dx;
        let along = 0;
        if (length > 0) along = Math.min(Math.max(((x - x0) * ex + part) / length, 0), 1);
        const across = x - (x0 + along * ex);
        const down = y - (y0 + along * ey);
        const away = Math.sqrt(across * across + down * down);
        if (away >= radius) continue;
        const soft = Math.min(Math.max((radius - away) / edge, 0), 1);
        const much = Math.fround(soft * soft * (3 - 2 * soft) * (p0 + along * (p1 - p0)));
        const at = row * grid.cols + col;
        if (much > cover[at]) cover[at] = much;
      }
    }
    return box;
  }

  /** Bring the heights in a box up to what covers them. */
  private mix(box: Box): void {
    const { before, covers, planes, grid } = this;
    const { values } = this.field;
    const { brush, strength, height } = this.tool;
    for (let row = box.top; row < box.bottom; row++) {
      for (let col = box.left; col < box.right; col++) {
        const at = row * grid.cols + col;
        let cover = covers[0][at];
        for (let i = 1; i < covers.length; i++) cover = Math.max(cover, covers[i][at]);
        if (cover <= 0) continue;
        const old = before[at];
        const share = cover * strength;
        let made = old;
        if (brush === "raise") made = 1 - less(1 - old, share * SHAPE.raise);
        else if (brush === "lower") made = less(old, share * SHAPE.raise);
        else {
          let target = height;
          if (this.blurred) target = this.blurred[at];
          else if (brush === "flatten") {
            let weight = 0;
            let total = 0;
            for (let i = 0; i < covers.length; i++) {
              const [level, across, down] = planes[i];
              const z = level + across * (col * grid.dx) + down * (row * grid.dy);
              weight += covers[i][at];
              total += covers[i][at] * z;
            }
            target = total / weight;
          }
          made = share >= 1 ? target : old + share * (target - old);
        }
        values[at] = Math.min(Math.max(made, 0), 1);
      }
    }
  }
}

/** What is left of the room up to a limit: less by less where there is little. */
function less(room: number, by: number): number {
  return room < 2 * by ? (room * room) / (4 * by) : room - by;
}

/** Make a whole stroke on heights. */
export function paint(field: Field, stroke: StrokeEntry): Box | null {
  const { points, ...tool } = stroke;
  const painting = new Painting(field, tool);
  let touched: Box | null = null;
  for (const point of points) {
    const box = painting.add(point);
    if (box) touched = joined(touched, box);
  }
  return touched;
}

/** The least-squares plane of the heights under a brush. */
function plane(values: Float32Array, grid: Grid, x0: number, y0: number, radius: number): Plane {
  const box = boxOf(grid, x0 - radius, y0 - radius, x0 + radius, y0 + radius);
  let [n, sx, sy, sh, sxx, sxy, syy, sxh, syh] = [0, 0, 0, 0, 0, 0, 0, 0, 0];
  for (let row = box.top; row < box.bottom; row++) {
    const y = row * grid.dy;
    for (let col = box.left; col < box.right; col++) {
      const x = col * grid.dx;
      if ((x - x0) * (x - x0) + (y - y0) * (y - y0) > radius * radius) continue;
      const h = values[row * grid.cols + col];
      n += 1;
      sx += x;
      sy += y;
      sh += h;
      sxx += x * x;
      sxy += x * y;
      syy += y * y;
      sxh += x * h;
      syh += y * h;
    }
  }
  if (n === 0) {
    const col = Math.min(grid.cols - 1, Math.max(0, Math.floor(x0 / grid.dx + 0.5)));
    const row = Math.min(grid.rows - 1, Math.max(0, Math.floor(y0 / grid.dy + 0.5)));
    return [values[row * grid.cols + col], 0, 0];
  }
  const xx = sxx - (sx * sx) / n;
  const xy = sxy - (sx * sy) / n;
  const yy = syy - (sy * sy) / n;
  const xh = sxh - (sx * sh) / n;
  const yh = syh - (sy * sh) / n;
  const determinant = xx * yy - xy * xy;
  if (n < 3 || determinant <= 1e-9 * xx * yy) return [sh / n, 0, 0];
  const a = (xh * yy - yh * xy) / determinant;
  const b = (yh * xx - xh * xy) / determinant;
  return [(sh - a * sx - b * sy) / n, a, b];
}

/** Two means over a window along each axis, cut off at the border. */
function blurred(
  values: Float32Array,
  rows: number,
  cols: number,
  across: number,
  down: number,
): Float64Array {
  const made = Float64Array.from(values);
  const sums = new Float64Array(Math.max(rows, cols) + 1);
  for (let row = 0; row < rows; row++) {
    for (let pass = 0; pass < 2; pass++) mean(made, sums, row * cols, 1, cols, across);
  }
  for (let col = 0; col < cols; col++) {
    for (let pass = 0; pass < 2; pass++) mean(made, sums, col, cols, rows, down);
  }
  return made;
}

function mean(
  values: Float64Array,
  sums: Float64Array,
  first: number,
  step: number,
  count: number,
  half: number,
): void {
  for (let i = 0; i < count; i++) sums[i + 1] = sums[i] + values[first + i * step];
  for (let i = 0; i < count; i++) {
    const low = Math.max(i - half, 0);
    const high = Math.min(i + half + 1, count);
    values[first + i * step] = (sums[high] - sums[low]) / (high - low);
  }
}
