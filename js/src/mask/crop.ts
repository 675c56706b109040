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

/**
 * Width to height of a crop in shares of a picture of the given aspect; undefined where it is free.
 */
export function shareRatio(
  proportions: MaskEditorTraits["proportions"],
  aspect: number,
): number | undefined {
  if (proportions === "free" || !(aspect > 0)) {
    return undefined;
  }
  if (proportions === "photo") {
    return 1;
  }
  const [width, height] = proportions === "round" ? [1, 1] : proportions.split(":").map(Number);
  return width / height / aspect;
}

/** The crop of the given ratio with the same middle and about the same area. */
export function fitted(crop: Crop, ratio: number): Crop {
  const [left, top, right, bottom] = crop;
  const side = Math.sqrt(((right - left) * (bottom - top)) / ratio);
  const height = Math.min(side, 1, 1 / ratio);
  const width = height * ratio;
  const x = clamp((left + right - width) / 2, 0, 1 - width);
  const y = clamp((top + bottom - height) / 2, 0, 1 - height);
  return [x, y, x + width, y + height];
}

/** As `drag`, but the crop keeps its ratio: what is not held stays, or grows about its middle. */
export function dragLocked(crop: Crop, edges: Grip, by: Point, ratio: number): Crop {
  if (edges.every(Boolean)) {
    return drag(crop, edges, by);
  }
  const [left, top, right, bottom] = crop;
  const free = drag(crop, edges, by);
  const wide = edges[0] || edges[2];
  const high = edges[1] || edges[3];
  const [width, height] = [free[2] - free[0], free[3] - free[1]];
  // Of a corner the larger move counts; so it does when it goes inwards.
  const byWidth = wide && (!high || Math.abs(by.x) >= Math.abs(by.y * ratio));
  const room = (isHeld: boolean, first: boolean, low: number, top_: number) =>
    isHeld ? (first ? top_ : 1 - low) : 2 * Math.min((low + top_) / 2, 1 - (low + top_) / 2);
  const mostWidth = room(wide, edges[0], left, right);
  const mostHeight = room(high, edges[1], top, bottom);
  const wanted = Math.max(byWidth ? width : height * ratio, LEAST, LEAST * ratio);
  const w = Math.min(wanted, mostWidth, mostHeight * ratio);
  const h = w / ratio;
  const x = wide ? (edges[0] ? right - w : left) : (left + right - w) / 2;
  const y = high ? (edges[1] ? bottom - h : top) : (top + bottom - h) / 2;
  return [x, y, x + w, y + h];
}

/** Arrows move the rectangle, with Shift its lower right corner. */
export function nudge(crop: Crop, direction: Point, resize: boolean, ratio?: number): Crop {
  const edges: Grip = resize ? [false, false, true, true] : [true, true, true, true];
  const by = { x: direction.x * STEP, y: direction.y * STEP };
  return ratio ? dragLocked(crop, edges, by, ratio) : drag(crop, edges, by);
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

/** How a crop is drawn: whether it can be dragged, and whether only a circle of it is left. */
interface CropLook {
  edit: boolean;
  round: boolean;
}

/** Draw the rectangle over the picture. */
export function drawCrop(
  context: CanvasRenderingContext2D,
  crop: Crop,
  ratio: number,
  { edit, round }: CropLook,
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
  const kept = new Path2D();
  if (round) {
    kept.ellipse(x + w / 2, y + h / 2, w / 2, h / 2, 0, 0, 2 * Math.PI);
  } else {
    kept.rect(x, y, w, h);
  }
  outside.addPath(kept);
  context.fillStyle = "rgb(0 0 0 / 62%)";
  context.fill(outside, "evenodd");
  context.strokeStyle = "rgb(255 255 255 / 90%)";
  context.lineWidth = ratio;
  context.stroke(kept);
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
  const inset = 3.5 * ratio;
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
  context.lineCap = "square";
  // White alone is not seen on a bright sky.
  for (const [colour, size] of [
    ["rgb(0 0 0 / 60%)", 6],
    ["#fff", 3.5],
  ] as const) {
    context.strokeStyle = colour;
    context.lineWidth = size * ratio;
    context.stroke(brackets);
  }
}
