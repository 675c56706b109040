/** The crop rectangle: shares of the picture, and what a drag or a key makes of them. */

import { MASK_EDITOR_DEFAULTS, type MaskEditorTraits } from "../generated/wire";
import { clamp, type Point } from "../shared/pointer";

export type Crop = MaskEditorTraits["crop"];
/** Which edges a drag moves; all four move the whole rectangle. */
export type Grip = [boolean, boolean, boolean, boolean];

export const WHOLE = MASK_EDITOR_DEFAULTS.crop;
const LEAST = 0.05;
const STEP = 0.01;

/** What is under the pointer; `reach` are the shares within which an edge is hit. */
export function grip(crop: Crop, { x, y }: Point, reach: Point): Grip | undefined {
  const [left, top, right, bottom] = crop;
  const nearX = x > left - reach.x && x < right + reach.x;
  const nearY = y > top - reach.y && y < bottom + reach.y;
  if (!nearX || !nearY) {
    return undefined;
  }
  const isLeft = Math.abs(x - left) < reach.x && Math.abs(x - left) <= Math.abs(x - right);
  const isTop = Math.abs(y - top) < reach.y && Math.abs(y - top) <= Math.abs(y - bottom);
  const isRight = !isLeft && Math.abs(x - right) < reach.x;
  const isBottom = !isTop && Math.abs(y - bottom) < reach.y;
  const edges: Grip = [isLeft, isTop, isRight, isBottom];
  return edges.some(Boolean) ? edges : [true, true, true, true];
}

export function drag(crop: Crop, edges: Grip, by: Point): Crop {
  const [left, top, right, bottom] = crop;
  if (edges.every(Boolean)) {
    const dx = clamp(by.x, -left, 1 - right);
    const dy = clamp(by.y, -top, 1 - bottom);
    return [left + dx, top + dy, right + dx, bottom + dy];
  }
  return [
    edges[0] ? clamp(left + by.x, 0, right - LEAST) : left,
    edges[1] ? clamp(top + by.y, 0, bottom - LEAST) : top,
    edges[2] ? clamp(right + by.x, left + LEAST, 1) : right,
    edges[3] ? clamp(bottom + by.y, top + LEAST, 1) : bottom,
  ];
}

/** Arrows move the rectangle, with Shift its lower right corner. */
export function nudge(crop: Crop, direction: Point, resize: boolean): Crop {
  const edges: Grip = resize ? [false, false, true, true] : [true, true, true, true];
  return drag(crop, edges, { x: direction.x * STEP, y: direction.y * STEP });
}

export function cursor(edges: Grip | undefined): string {
  if (!edges) {
    return "default";
  }
  const [left, top, right, bottom] = edges;
  if (edges.every(Boolean)) {
    return "move";
  }
  if ((left && top) || (right && bottom)) {
    return "nwse-resize";
  }
  if ((right && top) || (left && bottom)) {
    return "nesw-resize";
  }
  return left || right ? "ew-resize" : "ns-resize";
}

/** Draw the rectangle over the picture; `edit` adds what can be dragged. */
export function drawCrop(
  context: CanvasRenderingContext2D,
  crop: Crop,
  ratio: number,
  edit: boolean,
): void {
  const { width, height } = context.canvas;
  const [left, top, right, bottom] = crop;
  const x = left * width;
  const y = top * height;
  const w = (right - left) * width;
  const h = (bottom - top) * height;
  context.save();
  const outside = new Path2D();
  outside.rect(0, 0, width, height);
  outside.rect(x, y, w, h);
  context.fillStyle = "rgb(0 0 0 / 62%)";
  context.fill(outside, "evenodd");
  context.strokeStyle = "rgb(255 255 255 / 90%)";
  context.lineWidth = ratio;
  context.strokeRect(x, y, w, h);
  if (edit) {
    drawGuides(context, x, y, w, h, ratio);
  }
  context.restore();
}

function drawGuides(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  w: number,
  h: number,
  ratio: number,
): void {
  const thirds = new Path2D();
  for (const share of [1 / 3, 2 / 3]) {
    thirds.moveTo(x + w * share, y);
    thirds.lineTo(x + w * share, y + h);
    thirds.moveTo(x, y + h * share);
    thirds.lineTo(x + w, y + h * share);
  }
  context.strokeStyle = "rgb(255 255 255 / 40%)";
  context.stroke(thirds);
  // Brackets in the corners and bars on the edges, inside, so that none is cut off at the border.
  const arm = Math.min(22 * ratio, w / 4, h / 4);
  const inset = 2 * ratio;
  const brackets = new Path2D();
  for (const [cx, dx] of [
    [x + inset, arm],
    [x + w - inset, -arm],
  ]) {
    for (const [cy, dy] of [
      [y + inset, arm],
      [y + h - inset, -arm],
    ]) {
      brackets.moveTo(cx + dx, cy);
      brackets.lineTo(cx, cy);
      brackets.lineTo(cx, cy + dy);
    }
    brackets.moveTo(cx, y + h / 2 - arm / 2);
    brackets.lineTo(cx, y + h / 2 + arm / 2);
  }
  for (const cy of [y + inset, y + h - inset]) {
    brackets.moveTo(x + w / 2 - arm / 2, cy);
    brackets.lineTo(x + w / 2 + arm / 2, cy);
  }
  context.strokeStyle = "#fff";
  context.lineWidth = 4 * ratio;
  context.stroke(brackets);
}
