import { expect, test } from "vitest";
import { type Crop, drag, dragLocked, fitted, grip, nudge, shareRatio, WHOLE } from "./crop";

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

test.each([
  { proportions: "free", ratio: undefined },
  { proportions: "photo", ratio: 1 },
  { proportions: "round", ratio: 0.5 },
  { proportions: "3:2", ratio: 0.75 },
] as const)("$proportions of a picture twice as wide as high", ({ proportions, ratio }) => {
  expect(shareRatio(proportions, 2)).toEqual(ratio);
});

const close = (crop: Crop, wanted: Crop) => {
  for (const [at, share] of wanted.entries()) expect(crop[at]).toBeCloseTo(share);
};

test("a crop of given proportions is as large as it can be, and on the picture", () => {
  close(fitted(WHOLE, 0.5), [0.25, 0, 0.75, 1]);
  close(fitted(WHOLE, 2), [0, 0.25, 1, 0.75]);
  close(fitted([0.8, 0.4, 1, 0.6], 4), [0.6, 0.45, 1, 0.55]);
});

test("a locked crop keeps its ratio at every grip, and stays on the picture", () => {
  const crop: Crop = [0.2, 0.2, 0.6, 0.4];
  close(dragLocked(crop, [false, false, true, true], { x: 0.2, y: 0 }, 2), [0.2, 0.2, 0.8, 0.5]);
  close(dragLocked(crop, [false, false, true, true], { x: -0.2, y: 0 }, 2), [0.2, 0.2, 0.4, 0.3]);
  close(dragLocked(crop, [true, true, false, false], { x: 0, y: -0.1 }, 2), [0, 0.1, 0.6, 0.4]);
  close(dragLocked(crop, [false, false, true, false], { x: 0.2, y: 9 }, 2), [0.2, 0.15, 0.8, 0.45]);
  close(dragLocked(crop, [false, false, true, true], { x: 9, y: 9 }, 2), [0.2, 0.2, 1, 0.6]);
  close(nudge(crop, { x: 1, y: 0 }, true, 2), [0.2, 0.2, 0.61, 0.405]);
});
