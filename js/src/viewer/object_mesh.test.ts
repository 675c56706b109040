import { afterEach, expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { part } from "./grid";
import { shapeOf } from "./object_fit";
import { decodeObject, objectGeometry, unitOf } from "./object_mesh";
import type { Heights } from "./settings";
import { BODY, difference, heights, mesh, type Screen, sent, watch } from "./testing";

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

/** The whole part as an object, its vertices moved. */
function object(
  field = heights(40, 50),
  move: (x: number, y: number, z: number) => number[] = (...at) => at,
  relieved = true,
): DataView {
  const { rows, cols } = field;
  const made = part(field, BODY);
  const { vertices, faces } = mesh(made);
  const uv: number[] = [];
  for (let i = 0; i < vertices.length; i += 3) {
    uv.push(vertices[i] / 100, vertices[i + 1] / 80);
    const [x, y, z] = vertices.subarray(i, i + 3);
    vertices.set(move(x, y, z), i);
  }
  const top = 2 * (rows - 1) * (cols - 1);
  const relief = Array.from({ length: faces.length / 3 }, (_, face) =>
    relieved && face < top ? 1 : 0,
  );
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
  const { geometry } = objectGeometry(read, shapeOf(read, null, false));
  const normals = geometry.getAttribute("aNormal");
  const top = geometry.getAttribute("aTop");
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
  expect(difference(before, shown)).toBeLessThan(0.06);
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

/** Heights with waves much finer than the meshes here, and every eighth of them. */
function waves(): { fine: Heights; coarse: Heights } {
  const make = (rows: number, cols: number, step: number): Heights => ({
    values: Uint16Array.from({ length: rows * cols }, (_, i) => {
      const [y, x] = [step * Math.floor(i / cols), step * (i % cols)];
      const slow = Math.sin(x * 0.03 + y * 0.01);
      return Math.round(32767 + 24000 * slow + 6000 * Math.sin(x * 0.5) * Math.cos(y * 0.5));
    }),
    rows,
    cols,
    aspect: 1.25,
  });
  return { fine: make(161, 201, 1), coarse: make(21, 26, 8) };
}

/** Bend about an axis behind the part, by 100 degrees. */
function bend(x: number, y: number, z: number): number[] {
  const outside = 100 / 1.75;
  const [angle, radius] = [(x - 50) / outside, outside - 15 + z];
  return [radius * Math.sin(angle), y, radius * Math.cos(angle)];
}

/** Light of the pixels of a picture along its middle row, where the part is. */
function middle({ canvas }: Screen, pixels: Uint8Array, row = 0.5): number[] {
  const at = 4 * canvas.width * Math.floor(row * canvas.height);
  return Array.from({ length: canvas.width }, (_, i) => at + 4 * i)
    .filter((i) => pixels[i + 3] === 255)
    .map((i) => (pixels[i] + pixels[i + 1] + pixels[i + 2]) / 3);
}

/** How much neighbouring pixels differ, over the middle of the picture. */
function contrast(screen: Screen, pixels: Uint8Array): number {
  const rows = Array.from({ length: 30 }, (_, i) => middle(screen, pixels, 0.35 + 0.01 * i));
  const steps = rows.flatMap((row) => {
    const [from, to] = [row.length * 0.2, row.length * 0.8].map(Math.floor);
    return row.slice(from, to).map((value, i) => Math.abs(value - row[from + i + 1]));
  });
  return steps.reduce((sum, step) => sum + step, 0) / steps.length;
}

async function large(values = {}) {
  const shown = await watch(values);
  shown.place.style.width = "560px";
  shown.place.style.setProperty("--relief-height", "420px");
  await shown.screen.settled();
  await userEvent.click(page.getByRole("button", { name: "Front view" }));
  return { ...shown, front: await shown.screen.settled() };
}

test("an object shows what its mesh leaves out of the heights, flat or bent", async () => {
  const { fine, coarse } = waves();
  const { model, screen, front } = await large({ ...sent(fine), object: object(coarse) });
  const flat = contrast(screen, front);
  model.set("object", new DataView(new ArrayBuffer(0)));
  const plain = contrast(screen, await screen.settled());
  expect(plain).toBeGreaterThan(2);
  expect(flat / plain).toBeGreaterThan(0.9);
  expect(flat / plain).toBeLessThan(1.1);
  model.set("bent", true);
  model.set("object", object(coarse, bend));
  const bent = contrast(screen, await screen.settled());
  expect(bent / plain).toBeGreaterThan(0.7);
  expect(bent / plain).toBeLessThan(1.4);
}, 30_000);

test("one colour shows a rim from the front, and a pocket from behind in full light", async () => {
  const tray = heights(40, 50);
  for (const i of tray.values.keys()) {
    const [y, x] = [Math.floor(i / 50), i % 50];
    tray.values[i] = Math.min(x, 49 - x, y, 39 - y) < 8 ? 65535 : 60000;
  }
  const { model, screen } = await large();
  model.set("object", object(tray, undefined, false));
  const parts = (row: number[]) => {
    const at = (share: number) => row[Math.floor(share * row.length)];
    const foot = Math.min(...row.slice(row.length * 0.08, row.length * 0.4));
    return { rim: at(0.08), foot, ground: at(0.5) };
  };
  const front = parts(middle(screen, await screen.settled()));
  expect(front.foot / front.ground).toBeLessThan(0.97);
  model.set(
    "object",
    object(tray, (x, y, z) => [100 - x, y, 15 - z], false),
  );
  await screen.settled();
  await userEvent.click(page.getByRole("button", { name: "Back view" }));
  const back = parts(middle(screen, await screen.settled()));
  expect(back.ground / back.rim).toBeLessThan(0.95);
  expect(back.rim / front.rim).toBeGreaterThan(0.9);
}, 30_000);
