import { afterEach, expect, test } from "vitest";
import { part } from "./grid";
import { decodeObject, objectGeometry, unitOf } from "./object_mesh";
import { BODY, difference, heights, mesh, watch } from "./testing";

afterEach(() => {
  document.body.replaceChildren();
});

interface Made {
  vertices: number[] | Float32Array;
  uv: number[] | Float32Array;
  faces: ArrayLike<number>;
  relief: number[];
}

/** As Python writes it. */
function encode({ vertices, uv, faces, relief }: Made): DataView {
  const points = vertices.length / 3;
  const triangles = faces.length / 3;
  const bytes = new DataView(new ArrayBuffer(8 + 20 * points + 13 * triangles));
  bytes.setUint32(0, points, true);
  bytes.setUint32(4, triangles, true);
  let at = 8;
  for (const value of [...vertices, ...uv]) {
    bytes.setFloat32(at, value, true);
    at += 4;
  }
  for (const value of Array.from(faces)) {
    bytes.setUint32(at, value, true);
    at += 4;
  }
  for (const value of relief) bytes.setUint8(at++, value);
  return bytes;
}

/** The whole part as an object. */
function object(rows = 40, cols = 50): DataView {
  const made = part(heights(rows, cols), BODY);
  const { vertices, faces } = mesh(made);
  const uv: number[] = [];
  for (let i = 0; i < vertices.length; i += 3) {
    uv.push(vertices[i] / 100, vertices[i + 1] / 80);
  }
  const top = 2 * (rows - 1) * (cols - 1);
  const relief = Array.from({ length: faces.length / 3 }, (_, face) => (face < top ? 1 : 0));
  return encode({ vertices, uv, faces, relief });
}

test("what Python writes is read back, and half of it is nothing", () => {
  const bytes = object();
  const read = decodeObject(bytes);
  expect(read?.box.map((span) => span.map(Math.round))).toEqual([
    [0, 100],
    [0, 80],
    [0, 15],
  ]);
  expect(read && Math.round(unitOf(read))).toBe(100);
  expect(decodeObject(new DataView(bytes.buffer, 0, bytes.byteLength - 1))).toBeNull();
  expect(decodeObject(new DataView(new ArrayBuffer(0)))).toBeNull();
});

test("normals are of unit length, flat on walls and smooth on the relief", () => {
  const read = decodeObject(object());
  if (!read) throw new Error("nothing was read");
  const normals = objectGeometry(read).getAttribute("aNormal");
  const top = objectGeometry(read).getAttribute("aTop");
  for (let corner = 0; corner < normals.count; corner++) {
    const [x, y, z] = [normals.getX(corner), normals.getY(corner), normals.getZ(corner)];
    expect(Math.hypot(x, y, z)).toBeCloseTo(1, 4);
    if (top.getX(corner)) expect(z).toBeGreaterThan(0);
    else expect(Math.max(Math.abs(x), Math.abs(y), Math.abs(z))).toBeCloseTo(1, 4);
  }
});

test("an object of the same shape looks as the grid does, and the grid comes back", async () => {
  const { model, screen, before, place } = await watch({ material_index: 1 });
  model.set("object", object());
  const shown = await screen.settled();
  expect(difference(before, shown)).toBeLessThan(0.12);
  expect(place.textContent).toContain("finished, 100 × 80.0 × 15.0 mm");
  model.set("object", new DataView(new ArrayBuffer(0)));
  expect(difference(before, await screen.settled())).toBeLessThan(0.002);
  expect(place.textContent).toContain("solid, 100 × 80.0 × 15.0 mm");
});

test("an object with a hole is seen with it", async () => {
  const { model, screen } = await watch();
  model.set("object", object());
  const whole = await screen.settled();
  const read = decodeObject(object());
  if (!read) throw new Error("nothing was read");
  const keep = Array.from(read.relief, (_, face) => {
    const vertex = read.faces[3 * face];
    return Math.hypot(read.vertices[3 * vertex] - 50, read.vertices[3 * vertex + 1] - 40) > 25;
  });
  const faces = read.faces.filter((_, i) => keep[(i / 3) | 0]);
  const relief = Array.from(read.relief).filter((_, face) => keep[face]);
  model.set("object", encode({ vertices: read.vertices, uv: read.uv, faces, relief }));
  expect(difference(whole, await screen.settled())).toBeGreaterThan(0.03);
});
