import { expect, test } from "vitest";
import { HEIGHT_FULL as FULL } from "../generated/wire";
import { part, ring, triangleCount } from "./grid";
import type { Body } from "./settings";
import { BODY, heights, mesh } from "./testing";

/** Three rows of four heights; 40 mm wide and 20 mm high. */
const FIELD = {
  values: Uint16Array.from([0, FULL, 0, FULL, FULL, 0, FULL, 0, 13107, 26214, 39321, 52428]),
  rows: 3,
  cols: 4,
  aspect: 1.5,
};
const SOLID: Body = { ...BODY, size_mm: 30, depth_intensity: 0.2, base_thickness: 0.1 };

const rows = (values: ArrayLike<number>, width: number) =>
  Array.from({ length: values.length / width }, (_, i) =>
    Array.from({ length: width }, (_, j) => values[i * width + j]),
  );

test("a solid of 3 x 4 vertices, written out by hand", () => {
  const made = mesh(part(FIELD, SOLID));
  const near = rows(made.vertices, 3).map((v) => v.map((c) => Math.round(c * 1000) / 1000));
  expect(near).toEqual([
    [0, 20, 3],
    [10, 20, 9],
    [20, 20, 3],
    [30, 20, 9],
    [0, 10, 9],
    [10, 10, 3],
    [20, 10, 9],
    [30, 10, 3],
    [0, 0, 4.2],
    [10, 0, 5.4],
    [20, 0, 6.6],
    [30, 0, 7.8],
    // Below the border, clockwise from the top left.
    [0, 20, 0],
    [10, 20, 0],
    [20, 20, 0],
    [30, 20, 0],
    [30, 10, 0],
    [30, 0, 0],
    [20, 0, 0],
    [10, 0, 0],
    [0, 0, 0],
    [0, 10, 0],
  ]);
  expect(rows(made.faces, 3)).toEqual([
    ...[
      [0, 4, 5],
      [0, 5, 1],
      [1, 5, 6],
      [1, 6, 2],
      [2, 6, 7],
      [2, 7, 3],
      [4, 8, 9],
      [4, 9, 5],
      [5, 9, 10],
      [5, 10, 6],
      [6, 10, 11],
      [6, 11, 7],
    ],
    ...[
      [0, 1, 12],
      [1, 13, 12],
      [1, 2, 13],
      [2, 14, 13],
      [2, 3, 14],
      [3, 15, 14],
      [3, 7, 15],
      [7, 16, 15],
      [7, 11, 16],
      [11, 17, 16],
      [11, 10, 17],
      [10, 18, 17],
      [10, 9, 18],
      [9, 19, 18],
      [9, 8, 19],
      [8, 20, 19],
      [8, 4, 20],
      [4, 21, 20],
      [4, 0, 21],
      [0, 12, 21],
    ],
    ...[
      [20, 21, 13],
      [21, 12, 13],
      [19, 20, 13],
      [14, 15, 18],
      [13, 14, 18],
      [13, 18, 19],
      [15, 16, 18],
      [16, 17, 18],
    ],
  ]);
});

test("the planar part of 3 x 4 vertices is the top alone, from zero", () => {
  const made = mesh(part(FIELD, { ...SOLID, mode: "planar" }));
  const tops = rows(made.vertices, 3).map(([, , z]) => Math.round(z * 1000) / 1000);
  expect(tops).toEqual([0, 6, 0, 6, 6, 0, 6, 0, 1.2, 2.4, 3.6, 4.8]);
  expect(made.faces.length / 3).toBe(12);
});

test("inverting turns the heights round, and mirrors unless told otherwise", () => {
  const tops = (body: Partial<Body>) =>
    rows(part(FIELD, { ...SOLID, ...body }).z, 4).map((row) => row.map((z) => +z.toFixed(3)));
  const plain = tops({});
  const mirrored = plain.map((row) => [...row].reverse());
  expect(tops({ mirror: true })).toEqual(mirrored);
  expect(tops({ invert: true, mirror: false })).toEqual(
    plain.map((row) => row.map((z) => +(12 - z).toFixed(3))),
  );
  expect(tops({ invert: true })).toEqual(tops({ invert: true, mirror: true }));
});

test("the cutoff removes every cell with a corner below it, mirrored too", () => {
  const field = { ...FIELD, values: Uint16Array.from([9, 9, 9, 9, 9, 9, 9, 9, 0, 9, 9, 9]) };
  // 9 is exactly at the cutoff and stays.
  const body: Body = { ...SOLID, mode: "planar", depth_cutoff: 9 / FULL };
  expect([...(part(field, body).cells ?? [])]).toEqual([1, 1, 1, 0, 1, 1]);
  expect([...(part(field, { ...body, mirror: true }).cells ?? [])]).toEqual([1, 1, 1, 1, 1, 0]);
  const made = mesh(part(field, body));
  // Only the vertex below left has no cell any more.
  expect(made.vertices.length / 3).toBe(11);
  expect(Math.max(...made.faces)).toBe(10);
  expect(triangleCount(part(field, body))).toBe(made.faces.length / 3);
});

test("nothing is left where all is below the cutoff", () => {
  const body: Body = { ...SOLID, mode: "planar", depth_cutoff: 0.9 };
  const flat = { ...FIELD, values: new Uint16Array(12) };
  expect(triangleCount(part(flat, body))).toBe(0);
});

const SHAPES = [2, 3, 4, 5, 17].flatMap((a) => [2, 3, 4, 6, 13].map((b) => [a, b] as const));

test.each(SHAPES)("a solid of %i x %i is closed, consistent and of the right volume", (r, c) => {
  const field = heights(r, c, 1.3);
  const made = part(field, { ...SOLID, invert: r % 2 === 0 });
  const { vertices, faces } = mesh(made);
  expect(faces.length / 3).toBe(triangleCount(made));
  const edges = new Map<string, number>();
  let volume = 0;
  for (const [a, b, d] of rows(faces, 3)) {
    for (const [from, to] of [
      [a, b],
      [b, d],
      [d, a],
    ]) {
      edges.set(`${from} ${to}`, (edges.get(`${from} ${to}`) ?? 0) + 1);
    }
    const [p, q, s] = [a, b, d].map((i) => [...vertices.subarray(3 * i, 3 * i + 3)]);
    const area = Math.hypot(
      ...[0, 1, 2].map((i) => {
        const [j, k] = [(i + 1) % 3, (i + 2) % 3];
        return (q[j] - p[j]) * (s[k] - p[k]) - (q[k] - p[k]) * (s[j] - p[j]);
      }),
    );
    expect(area).toBeGreaterThan(0);
    volume +=
      (p[0] * (q[1] * s[2] - q[2] * s[1]) -
        p[1] * (q[0] * s[2] - q[2] * s[0]) +
        p[2] * (q[0] * s[1] - q[1] * s[0])) /
      6;
  }
  // Every edge once in each direction: closed, and the same way round everywhere.
  for (const [edge, count] of edges) {
    expect(count).toBe(1);
    expect(edges.get(edge.split(" ").reverse().join(" "))).toBe(1);
  }
  // Per triangle of the top: its area seen from above times the mean height of its corners.
  const cell = (made.x[1] - made.x[0]) * (made.y[0] - made.y[1]);
  let expected = 0;
  for (let row = 0; row < r - 1; row++) {
    for (let col = 0; col < c - 1; col++) {
      const [a, b, d, e] = [0, 1, c, c + 1].map((step) => made.z[row * c + col + step]);
      expected += (cell / 6) * (2 * a + b + d + 2 * e);
    }
  }
  expect(volume / expected).toBeCloseTo(1, 4);
});

test("the border goes round once, clockwise from the top left", () => {
  expect([...ring(3, 4)]).toEqual([0, 1, 2, 3, 7, 11, 10, 9, 8, 4]);
  expect([...ring(2, 2)]).toEqual([0, 1, 3, 2]);
});
