import { expect, test } from "vitest";
import { part, triangleCount } from "./grid";
import type { Body } from "./settings";
import { objectStl, stl, stlSize } from "./stl";
import { BODY, heights, mesh } from "./testing";

const NEVER = new AbortController().signal;
const CASES: [string, [number, number], Partial<Body>][] = [
  ["solid", [70, 90], {}],
  ["inverted", [9, 14], { invert: true }],
  ["mirrored", [9, 14], { mirror: true }],
  ["of two rows", [2, 9], {}],
  ["of two columns", [9, 2], {}],
  ["planar", [70, 20], { mode: "planar" }],
  ["cut out", [70, 90], { mode: "planar", depth_cutoff: 0.4 }],
  ["cut out and mirrored", [70, 90], { mode: "planar", depth_cutoff: 0.4, invert: true }],
];

test.each(CASES)("an STL %s has the mesh's facets", async (_, [rows, cols], body) => {
  const made = part(heights(rows, cols), { ...BODY, ...body });
  const { vertices, faces } = mesh(made);
  const blob = await stl(made, NEVER);
  expect(blob.size).toBe(stlSize(triangleCount(made)));
  const file = new DataView(await blob.arrayBuffer());
  // Programs tell a text STL by this word.
  expect(new TextDecoder().decode(file.buffer.slice(0, 5))).not.toBe("solid");
  expect(file.getUint32(80, true)).toBe(faces.length / 3);
  for (let i = 0; i < faces.length / 3; i++) {
    const facet = Array.from({ length: 12 }, (_, k) => file.getFloat32(84 + 50 * i + 4 * k, true));
    const corners = [...faces.subarray(3 * i, 3 * i + 3)].map((v) => [
      ...vertices.subarray(3 * v, 3 * v + 3),
    ]);
    expect(facet.slice(3)).toEqual(corners.flat());
    expect(file.getUint16(84 + 50 * i + 48, true)).toBe(0);
    const [a, b, c] = corners;
    const normal = [0, 1, 2].map((k) => {
      const [l, m] = [(k + 1) % 3, (k + 2) % 3];
      return (b[l] - a[l]) * (c[m] - a[m]) - (b[m] - a[m]) * (c[l] - a[l]);
    });
    const length = Math.hypot(...normal);
    for (const k of [0, 1, 2]) expect(facet[k]).toBeCloseTo(normal[k] / length, 4);
  }
});

test("progress grows and stays below the whole", async () => {
  const shares: number[] = [];
  await stl(part(heights(400, 10), BODY), NEVER, (share) => shares.push(share));
  expect(shares.length).toBeGreaterThan(3);
  expect(shares).toEqual([...shares].sort((a, b) => a - b));
  expect(shares.every((share) => share >= 0 && share <= 1)).toBe(true);
});

test("the page stays alive meanwhile", async () => {
  let turns = 0;
  const timer = setInterval(() => {
    turns += 1;
  });
  await stl(part(heights(800, 200), BODY), NEVER);
  clearInterval(timer);
  expect(turns).toBeGreaterThan(0);
});

test("aborting stops it at once", async () => {
  const abort = new AbortController();
  let calls = 0;
  const made = stl(part(heights(800, 10), BODY), abort.signal, () => {
    calls += 1;
    if (calls === 2) abort.abort();
  });
  await expect(made).rejects.toMatchObject({ name: "AbortError" });
  expect(calls).toBe(2);
});

test("an object's STL has the facets of the same part's", async () => {
  const made = part(heights(70, 90), BODY);
  const { vertices, faces } = mesh(made);
  const object = { vertices, faces, uv: new Float32Array(), relief: new Uint8Array(), box: [] };
  const shares: number[] = [];
  const blob = await objectStl(object, NEVER, (share) => shares.push(share));
  expect(await blob.text()).toBe(await (await stl(made, NEVER)).text());
  expect(shares.at(-1)).toBe(1);
});
