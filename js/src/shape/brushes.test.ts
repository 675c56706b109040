import { expect, test } from "vitest";
import cases from "../generated/strokes.json";
import type { StrokeEntry } from "../generated/wire";
import { type Field, Painting, paint } from "./brushes";
import { bends, type CurvePoint, evaluated, STRAIGHT } from "./curve";

function floats(base64: string): Float32Array {
  return new Float32Array(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)).buffer);
}

test.each(cases)("$name comes to the numbers of Python, bit for bit", (wanted) => {
  const { rows, cols, aspect } = wanted;
  const field: Field = { values: floats(wanted.before), rows, cols, aspect };
  const curve = wanted.curve as CurvePoint[];
  if (bends(curve)) field.values = field.values.map(evaluated(curve));
  for (const stroke of wanted.strokes as StrokeEntry[]) paint(field, stroke);
  const bits = (values: Float32Array) => [...new Uint32Array(values.buffer)];
  expect(bits(field.values)).toEqual(bits(floats(wanted.after)));
});

const TOOL = { size: 0.2, strength: 0.8, softness: 0.5, height: 0.5, symmetry: "none" } as const;

function flat(side: number): Field {
  return { values: new Float32Array(side * side).fill(0.5), rows: side, cols: side, aspect: 1 };
}

test("a point changes heights in the box that it says, and nowhere else", () => {
  const field = flat(65);
  const painting = new Painting(field, { ...TOOL, brush: "raise" });
  painting.add([0.3, 0.3, 1]);
  const between = field.values.slice();
  const box = painting.add([0.5, 0.4, 1]);
  if (!box) throw new Error("Nothing was touched.");
  for (let at = 0; at < between.length; at++) {
    const [row, col] = [Math.floor(at / 65), at % 65];
    const inside = row >= box.top && row < box.bottom && col >= box.left && col < box.right;
    if (!inside) expect(field.values[at]).toBe(between[at]);
  }
  expect(box.right - box.left).toBeLessThan(30);
  expect(painting.add([3, 3, 1])).not.toBeNull();
  expect(new Painting(flat(9), { ...TOOL, brush: "set" }).add([3, 3, 1])).toBeNull();
});

test("at 1024 × 1024 a move of the brush takes less than a frame", () => {
  const field = flat(1024);
  const painting = new Painting(field, { ...TOOL, size: 0.15, brush: "flatten" });
  painting.add([0.2, 0.2, 1]);
  const started = performance.now();
  const moves = 40;
  for (let i = 1; i <= moves; i++) painting.add([0.2 + 0.012 * i, 0.2 + 0.01 * i, 1]);
  // Half of it, on a machine that does other things beside.
  expect((performance.now() - started) / moves).toBeLessThan(16);
});

test("the curve rises, and goes through its points", () => {
  const curve: CurvePoint[] = [
    [0.1, 0.05],
    [0.4, 0.7],
    [0.6, 0.7],
    [0.9, 1],
  ];
  const at = evaluated(curve);
  for (const [x, y] of curve) expect(at(x)).toBe(y);
  let last = 0;
  for (let x = 0; x <= 1; x += 0.001) {
    expect(at(x)).toBeGreaterThanOrEqual(last);
    last = at(x);
  }
  expect(bends(STRAIGHT)).toBe(false);
});
