/**
 * One click selects: the connected region that is like the place under it, in colour and in depth.
 * No page, no model.
 */

import { MASK_SUBJECT as SUBJECT } from "../generated/wire";
import type { Point } from "../shared/pointer";

/** How much a difference of lightness, of colour and of depth counts. */
const WEIGHTS = { lightness: 0.6, colour: 1, depth: 1.2 };
/** Half the side of the square around the click whose mean the region is like, in pixels. */
const SEED = 4;
/** Half the side of the square that a pixel's colour is averaged over, and its edge decided by. */
const CALM = 2;
/** A hole smaller than this share of the region belongs to it. */
const HOLE = 0.02;

/** A picture, ready to select in. */
export interface Ground {
  rows: number;
  cols: number;
  /** One after the other: lightness, two of colour, and depth, each weighed. */
  planes: Float32Array[];
}

/** Prepare a picture of rows × cols pixels, RGBA bytes; depth: bytes of as many pixels, or none. */
export function ground(
  rgba: Uint8ClampedArray,
  depth: Uint8Array,
  rows: number,
  cols: number,
): Ground {
  const count = rows * cols;
  const [light, red, yellow] = [0, 1, 2].map(() => new Float32Array(count));
  for (let at = 0; at < count; at++) {
    // CIE L*a*b* in hundredths, from sRGB by the matrix of IEC 61966-2-1, white D65.
    const [r, g, b] = [0, 1, 2].map((band) => LINEAR[rgba[4 * at + band]]);
    const x = Math.cbrt((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505);
    const y = Math.cbrt(0.2126 * r + 0.7152 * g + 0.0722 * b);
    const z = Math.cbrt((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089);
    light[at] = WEIGHTS.lightness * (1.16 * y - 0.16);
    red[at] = WEIGHTS.colour * 5 * (x - y);
    yellow[at] = WEIGHTS.colour * 2 * (y - z);
  }
  const planes = [light, red, yellow].map((plane) => averaged(plane, rows, cols));
  if (depth.length === count) {
    planes.push(Float32Array.from(depth, (value) => (WEIGHTS.depth * value) / 255));
  }
  return { rows, cols, planes };
}

const LINEAR = Float32Array.from({ length: 256 }, (_, byte) => {
  const value = byte / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
});

/** The region around a place, as a mask with a soft edge; `reach`: what still is alike. */
export function region({ rows, cols, planes }: Ground, at: Point, reach: number): Uint8Array {
  const col = Math.min(cols - 1, Math.max(0, Math.floor(at.x)));
  const row = Math.min(rows - 1, Math.max(0, Math.floor(at.y)));
  const seeds = planes.map((plane) => meanAround(plane, rows, cols, row, col));
  const alike = (place: number) => {
    let sum = 0;
    for (let n = 0; n < planes.length; n++) sum += (planes[n][place] - seeds[n]) ** 2;
    return sum < reach * reach;
  };
  const start = row * cols + col;
  const found = new Uint8Array(rows * cols);
  flood({ rows, cols }, start, (place) => place === start || alike(place), found);
  // Each pixel goes with most of those around it: no frays, no needles.
  const calm = averaged(Float32Array.from(found), rows, cols);
  const solid = Uint8Array.from(calm, (share) => (share >= 0.5 ? 1 : 0));
  solid[start] = 1;
  closeHoles(solid, rows, cols);
  const soft = averaged(Float32Array.from(solid), rows, cols, 1);
  return Uint8Array.from(soft, (share) => Math.round(SUBJECT * share));
}

function meanAround(plane: Float32Array, rows: number, cols: number, row: number, col: number) {
  let [sum, count] = [0, 0];
  for (let y = Math.max(0, row - SEED); y <= Math.min(rows - 1, row + SEED); y++) {
    for (let x = Math.max(0, col - SEED); x <= Math.min(cols - 1, col + SEED); x++) {
      sum += plane[y * cols + x];
      count += 1;
    }
  }
  return sum / count;
}

/**
 * What can be reached from a place, each step to one of the four pixels beside; `seen` is 1 there.
 *
 * @param front room for all places, of which those that are reached come first.
 */
function flood(
  { rows, cols }: Pick<Ground, "rows" | "cols">,
  start: number,
  open: (place: number) => boolean,
  seen: Uint8Array,
  front = new Int32Array(rows * cols),
): Int32Array {
  let [next, end] = [0, 0];
  const visit = (place: number) => {
    if (seen[place] || !open(place)) return;
    seen[place] = 1;
    front[end++] = place;
  };
  visit(start);
  while (next < end) {
    const place = front[next++];
    const col = place % cols;
    if (col > 0) visit(place - 1);
    if (col < cols - 1) visit(place + 1);
    if (place >= cols) visit(place - cols);
    if (place < (rows - 1) * cols) visit(place + cols);
  }
  return front.subarray(0, end);
}

/** Fill what is small and wholly surrounded. */
function closeHoles(solid: Uint8Array, rows: number, cols: number): void {
  const most = HOLE * solid.reduce((sum, one) => sum + one, 0);
  const seen = solid.slice();
  const front = new Int32Array(solid.length);
  const isEdge = (place: number) => {
    const [row, col] = [Math.floor(place / cols), place % cols];
    return row === 0 || col === 0 || row === rows - 1 || col === cols - 1;
  };
  for (let place = 0; place < solid.length; place++) {
    if (seen[place]) continue;
    const hole = flood({ rows, cols }, place, (other) => !solid[other], seen, front);
    if (hole.length < most && !hole.some(isEdge)) for (const other of hole) solid[other] = 1;
  }
}

/** Each value as the mean of the square around it; at the edges of what there is of that. */
function averaged(values: Float32Array, rows: number, cols: number, half = CALM): Float32Array {
  const across = new Float32Array(values.length);
  const made = new Float32Array(values.length);
  slide(values, across, rows, cols, cols, 1, half);
  slide(across, made, cols, rows, 1, cols, half);
  return made;
}

/** The running mean along `length` values a `step` apart, of `lines` that are `gap` apart. */
function slide(
  from: Float32Array,
  to: Float32Array,
  lines: number,
  length: number,
  gap: number,
  step: number,
  half: number,
): void {
  for (let line = 0; line < lines; line++) {
    const first = line * gap;
    let sum = 0;
    let count = 0;
    for (let at = -half; at < length; at++) {
      if (at + half < length) {
        sum += from[first + (at + half) * step];
        count += 1;
      }
      if (at - half - 1 >= 0) {
        sum -= from[first + (at - half - 1) * step];
        count -= 1;
      }
      if (at >= 0) to[first + at * step] = sum / count;
    }
  }
}
