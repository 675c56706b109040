/**
 * How a finished object came from the flat part, found out from its mesh: which way it is bent, and
 * what a change of the heights is on its surface. With that the heights of the relief are laid over
 * the mesh in all their detail, whatever the mesh leaves out.
 */

import { HEIGHT_FULL } from "../generated/wire";
import type { ObjectMesh } from "./object_mesh";
import type { Heights } from "./settings";

/** So many vertices say enough. */
const ENOUGH = 3000;
/** Of the variance of the surface: where the heights explain less, it is not made of them. */
const EXPLAINED = 0.8;

export interface Shape {
  /** Radians of the bend for each mm along the flat part; 0 for a flat one. */
  bend: number;
  /** Direction, from z towards x, in which the middle of the part looks from the axis. */
  from: number;
  /** Whether the relief looks away from the axis: 1, or -1 for one inside. */
  facing: number;
  /** Slope along x and y for a slope of the heights along u and v; null where it is not known. */
  slope: [number, number] | null;
  /** Each vertex as it was before bending, in mm: for a flat object its own vertices. */
  flat: Float32Array;
}

interface Sample {
  x: number;
  y: number;
  z: number;
  u: number;
  v: number;
  /** Height of the relief there, 0 to 1. */
  g: number;
}

export function shapeOf(mesh: ObjectMesh, field: Heights | null, bent: boolean): Shape {
  const found = field ? samples(mesh, field) : [];
  const axis = bent ? axisOf(found) : null;
  if (!axis) {
    const slope = slopes(
      found.map(({ x }) => x),
      found,
      found.map(({ z }) => z),
    );
    return { bend: 0, from: 0, facing: 1, slope, flat: mesh.vertices };
  }
  const mean = { x: 0, z: 0 };
  let radius = 0;
  for (const { x, z } of found) {
    const r = Math.hypot(x - axis.x, z - axis.z);
    mean.x += (x - axis.x) / r / found.length;
    mean.z += (z - axis.z) / r / found.length;
    radius += r / found.length;
  }
  // The relief goes all the way round a tube: its middle looks along z.
  const from = Math.hypot(mean.x, mean.z) > 0.2 ? Math.atan2(mean.x, mean.z) : 0;
  const turned = (x: number, z: number) => {
    const angle = Math.atan2(x - axis.x, z - axis.z) - from;
    return angle - 2 * Math.PI * Math.round(angle / (2 * Math.PI));
  };
  const facing = facingOf(mesh, axis);
  const out = (x: number, z: number) => facing * (Math.hypot(x - axis.x, z - axis.z) - radius);
  const { vertices } = mesh;
  const flat = new Float32Array(vertices.length);
  for (let i = 0; i < vertices.length; i += 3) {
    flat[i] = turned(vertices[i], vertices[i + 2]) * radius;
    flat[i + 1] = vertices[i + 1];
    flat[i + 2] = out(vertices[i], vertices[i + 2]);
  }
  // Where a tube closes its angle jumps.
  const clear = found.filter(({ x, z }) => Math.abs(turned(x, z)) < 3);
  const slope = slopes(
    clear.map(({ x, z }) => turned(x, z) * radius),
    clear,
    clear.map(({ x, z }) => out(x, z)),
  );
  return { bend: 1 / radius, from, facing, slope, flat };
}

/** Vertices of the relief, evenly picked, each with the height that it has on the wire. */
function samples(mesh: ObjectMesh, field: Heights): Sample[] {
  const { vertices, uv, faces, relief } = mesh;
  const picked: Sample[] = [];
  const step = Math.max(1, Math.floor(relief.length / ENOUGH));
  for (let face = 0; face < relief.length; face += step) {
    if (!relief[face]) continue;
    const i = faces[3 * face];
    const [u, v] = [uv[2 * i], 1 - uv[2 * i + 1]];
    const [x, y, z] = vertices.subarray(3 * i, 3 * i + 3);
    picked.push({ x, y, z, u, v, g: heightAt(field, u, v) });
  }
  return picked;
}

function heightAt({ values, rows, cols }: Heights, u: number, v: number): number {
  const clamped = (share: number, count: number) => Math.min(1, Math.max(0, share)) * (count - 1);
  const [p, q] = [clamped(u, cols), clamped(v, rows)];
  const [col, row] = [Math.min(cols - 2, Math.floor(p)), Math.min(rows - 2, Math.floor(q))];
  const at = row * cols + col;
  const mix = (a: number, b: number, share: number) => a + (b - a) * share;
  const top = mix(values[at], values[at + 1], p - col);
  const low = mix(values[at + cols], values[at + cols + 1], p - col);
  return mix(top, low, q - row) / HEIGHT_FULL;
}

/** What x and y gain for each u and v, and the surface for each height: their quotients. */
function slopes(xs: number[], found: Sample[], tops: number[]): [number, number] | null {
  const across = line(
    found.map(({ u }) => u),
    xs,
  );
  const down = line(
    found.map(({ v }) => v),
    found.map(({ y }) => y),
  );
  const up = line(
    found.map(({ g }) => g),
    tops,
  );
  if (!(up.explained > EXPLAINED) || !across.slope || !down.slope) return null;
  return [up.slope / across.slope, up.slope / down.slope];
}

/** The line of least squares, and what share of the variance lies on it. */
function line(from: number[], to: number[]): { slope: number; explained: number } {
  const count = Math.max(1, from.length);
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / count;
  const [a, b] = [mean(from), mean(to)];
  let [aa, ab, bb] = [0, 0, 0];
  for (const [i, value] of from.entries()) {
    aa += (value - a) ** 2;
    ab += (value - a) * (to[i] - b);
    bb += (to[i] - b) ** 2;
  }
  return { slope: ab / aa, explained: (ab * ab) / (aa * bb) };
}

interface Axis {
  x: number;
  z: number;
}

/**
 * The axis, parallel to y, from which the relief is as far as its heights say: Gauss and Newton's
 * way to least squares, from the circle of Kåsa 1976, "A circle fitting procedure".
 */
function axisOf(found: Sample[]): Axis | null {
  if (found.length < 12) return null;
  const circle = solve(
    found.map(({ x, z }) => [x, z, 1]),
    found.map(({ x, z }) => x * x + z * z),
  );
  if (!circle) return null;
  let [x0, z0] = [circle[0] / 2, circle[1] / 2];
  for (let round = 0; round < 8; round++) {
    const far = found.map(({ x, z }) => Math.hypot(x - x0, z - z0));
    const step = solve(
      found.map(({ x, z, g }, i) => [(x - x0) / far[i], (z - z0) / far[i], 1, g]),
      far,
    );
    if (!step) return null;
    x0 += step[0];
    z0 += step[1];
  }
  return Number.isFinite(x0 + z0) ? { x: x0, z: z0 } : null;
}

/** Whether the faces of the relief look away from the axis, or towards it. */
function facingOf({ vertices, faces, relief }: ObjectMesh, axis: Axis): number {
  let sum = 0;
  for (let face = 0; face < relief.length; face++) {
    if (!relief[face]) continue;
    const [a, b, c] = [0, 1, 2].map((corner) => 3 * faces[3 * face + corner]);
    const [ux, uy, uz] = [0, 1, 2].map((i) => vertices[b + i] - vertices[a + i]);
    const [vx, vy, vz] = [0, 1, 2].map((i) => vertices[c + i] - vertices[a + i]);
    sum +=
      (uy * vz - uz * vy) * (vertices[a] - axis.x) +
      (ux * vy - uy * vx) * (vertices[a + 2] - axis.z);
  }
  return sum < 0 ? -1 : 1;
}

/** The solution of least squares, by the normal equations; null where there is none. */
function solve(rows: number[][], right: number[]): number[] | null {
  const size = rows[0].length;
  const m = Array.from({ length: size }, () => new Array<number>(size + 1).fill(0));
  for (const [i, row] of rows.entries()) {
    for (let a = 0; a < size; a++) {
      for (let b = 0; b < size; b++) m[a][b] += row[a] * row[b];
      m[a][size] += row[a] * right[i];
    }
  }
  for (let at = 0; at < size; at++) {
    const best = m
      .slice(at)
      .reduce((k, row, i) => (Math.abs(row[at]) > Math.abs(m[k][at]) ? at + i : k), at);
    [m[at], m[best]] = [m[best], m[at]];
    if (Math.abs(m[at][at]) < 1e-12) return null;
    for (let other = 0; other < size; other++) {
      if (other === at) continue;
      const share = m[other][at] / m[at][at];
      for (let k = at; k <= size; k++) m[other][k] -= share * m[at][k];
    }
  }
  return m.map((row, at) => row[size] / row[at]);
}
