import { expect, test } from "vitest";
import { type Crop, drag, grip, nudge, WHOLE } from "./crop";

const CROP: Crop = [0.2, 0.2, 0.8, 0.6];
const REACH = { x: 0.02, y: 0.02 };

test.each([
  { x: 0.2, y: 0.4, edges: [true, false, false, false] },
  { x: 0.5, y: 0.61, edges: [false, false, false, true] },
  { x: 0.79, y: 0.2, edges: [false, true, true, false] },
  { x: 0.5, y: 0.4, edges: [true, true, true, true] },
  { x: 0.1, y: 0.4, edges: undefined },
])("at $x, $y a drag moves $edges", ({ x, y, edges }) => {
  expect(grip(CROP, { x, y }, REACH)).toEqual(edges);
});

test("the rectangle stays on the picture and keeps its size when it is moved", () => {
  const moved = drag(CROP, [true, true, true, true], { x: 5, y: -5 });
  [0.4, 0, 1, 0.4].forEach((share, at) => {
    expect(moved[at]).toBeCloseTo(share);
  });
});

test("an edge stops before the opposite one and at the border", () => {
  expect(drag(CROP, [true, false, false, false], { x: 5, y: 0 })[0]).toBeCloseTo(0.75);
  expect(drag(CROP, [false, false, false, true], { x: 0, y: 5 })[3]).toBe(1);
});

test("arrows move, with Shift they resize", () => {
  expect(nudge([0, 0, 0.5, 0.5], { x: 1, y: 0 }, false)).toEqual([0.01, 0, 0.51, 0.5]);
  expect(nudge(WHOLE, { x: 0, y: -1 }, true)).toEqual([0, 0, 1, 0.99]);
});
