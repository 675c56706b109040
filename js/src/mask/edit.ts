/** Painting on a mask: bytes in rows, 255 = subject, 0 = ground; no page, no model. */

import { MASK_SUBJECT as SUBJECT } from "../generated/wire";
import { clamp, type Point } from "../shared/pointer";

export interface Mask {
  rows: number;
  cols: number;
  values: Uint8Array;
}

const HALF = (SUBJECT + 1) / 2;
/** How far the soft edge of a filled region may reach, in pixels. */
const RIM = 4;

/** Paint a line with a round brush whose edge is one pixel soft; positions in mask pixels. */
export function paint(mask: Mask, from: Point, to: Point, radius: number, erase: boolean): void {
  const { rows, cols, values } = mask;
  const reach = radius + 1;
  const left = Math.max(0, Math.floor(Math.min(from.x, to.x) - reach));
  const right = Math.min(cols - 1, Math.ceil(Math.max(from.x, to.x) + reach));
  const top = Math.max(0, Math.floor(Math.min(from.y, to.y) - reach));
  const bottom = Math.min(rows - 1, Math.ceil(Math.max(from.y, to.y) + reach));
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const length = dx * dx + dy * dy || 1;
  for (let row = top; row <= bottom; row++) {
    for (let col = left; col <= right; col++) {
      const px = col + 0.5 - from.x;
      const py = row + 0.5 - from.y;
      const along = clamp((px * dx + py * dy) / length, 0, 1);
      const distance = Math.hypot(px - along * dx, py - along * dy);
      const cover = Math.round(SUBJECT * clamp(radius + 0.5 - distance, 0, 1));
      const at = row * cols + col;
      values[at] = erase ? Math.min(values[at], SUBJECT - cover) : Math.max(values[at], cover);
    }
  }
}

/** Turn the connected region under a point into the opposite: holes close, islands go. */
export function fill(mask: Mask, point: Point): void {
  const { rows, cols, values } = mask;
  const col = clamp(Math.floor(point.x), 0, cols - 1);
  const row = clamp(Math.floor(point.y), 0, rows - 1);
  const wasSubject = values[row * cols + col] >= HALF;
  const target = wasSubject ? 0 : SUBJECT;
  const seen = new Uint8Array(values.length);
  // First the region itself, then ring by ring the soft edge that it leaves behind.
  let front = [row * cols + col];
  seen[front[0]] = 1;
  for (let next = 0; next < front.length; next++) {
    besides(front[next], mask, (other) => {
      if (!seen[other] && values[other] >= HALF === wasSubject) {
        seen[other] = 1;
        front.push(other);
      }
    });
  }
  const isSoft = (at: number) => values[at] > 0 && values[at] < SUBJECT;
  for (let ring = 0; ring < RIM && front.length > 0; ring++) {
    const rim: number[] = [];
    for (const at of front) besides(at, mask, (other) => rim.push(other));
    front = rim.filter((at) => !seen[at] && isSoft(at));
    for (const at of front) {
      seen[at] = 1;
    }
  }
  for (let at = 0; at < values.length; at++) {
    if (seen[at]) {
      values[at] = target;
    }
  }
}

/** Visit the four pixels beside one. */
function besides(at: number, { rows, cols }: Mask, visit: (other: number) => void): void {
  const col = at % cols;
  if (col > 0) visit(at - 1);
  if (col < cols - 1) visit(at + 1);
  if (at >= cols) visit(at - cols);
  if (at < (rows - 1) * cols) visit(at + cols);
}

/** What a selected region does to the mask. */
export type Selecting = "new" | "add" | "cut";

/** Make a region the subject, or add it to that, or take it away. */
export function combine(mask: Mask, region: Uint8Array, how: Selecting): void {
  const { values } = mask;
  for (let at = 0; at < values.length; at++) {
    if (how === "new") values[at] = region[at];
    else if (how === "add") values[at] = Math.max(values[at], region[at]);
    else values[at] = Math.min(values[at], SUBJECT - region[at]);
  }
}

export function hasSubject(values: Uint8Array): boolean {
  return values.some((value) => value >= HALF);
}

export function invert(mask: Mask): void {
  for (let at = 0; at < mask.values.length; at++) {
    mask.values[at] = SUBJECT - mask.values[at];
  }
}

/** Runs of equal bytes, each as length · 256 + value: a mask is a few of them per row. */
export function encode(values: Uint8Array): Uint32Array {
  const runs: number[] = [];
  for (let start = 0; start < values.length; ) {
    let end = start + 1;
    while (end < values.length && values[end] === values[start] && end - start < 0xffffff) {
      end++;
    }
    runs.push((end - start) * 256 + values[start]);
    start = end;
  }
  return Uint32Array.from(runs);
}

export function decode(runs: Uint32Array): Uint8Array {
  let length = 0;
  for (const run of runs) {
    length += run >>> 8;
  }
  const values = new Uint8Array(length);
  let at = 0;
  for (const run of runs) {
    values.fill(run & 255, at, at + (run >>> 8));
    at += run >>> 8;
  }
  return values;
}

/** A mask, and whether it is used; without bytes nothing was marked yet. */
export interface Snapshot {
  values: Uint8Array;
  active: boolean;
}

interface Packed {
  runs: Uint32Array;
  active: boolean;
}

const pack = ({ values, active }: Snapshot): Packed => ({ runs: encode(values), active });

/** What the mask was before each step. */
export class History {
  static readonly STEPS = 60;
  private past: Packed[] = [];
  private future: Packed[] = [];

  get canUndo(): boolean {
    return this.past.length > 0;
  }

  get canRedo(): boolean {
    return this.future.length > 0;
  }

  /** Call before a step, with the mask as it still is. */
  push(now: Snapshot): void {
    this.past.push(pack(now));
    this.past.splice(0, this.past.length - History.STEPS);
    this.future = [];
  }

  undo(now: Snapshot): Snapshot | undefined {
    return this.step(this.past, this.future, now);
  }

  redo(now: Snapshot): Snapshot | undefined {
    return this.step(this.future, this.past, now);
  }

  clear(): void {
    this.past = [];
    this.future = [];
  }

  private step(from: Packed[], to: Packed[], now: Snapshot): Snapshot | undefined {
    const packed = from.pop();
    if (packed) {
      to.push(pack(now));
    }
    return packed && { values: decode(packed.runs), active: packed.active };
  }
}
