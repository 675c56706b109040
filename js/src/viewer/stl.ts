/** Binary STL of the exact part, built in the browser: no server, no kernel. */

import { type Part, ring, shellFaces, triangleCount } from "./grid";
import type { ObjectMesh } from "./object_mesh";

const HEADER = 84;
const FACET = 50;
const ROWS_AT_ONCE = 64;
const FACETS_AT_ONCE = 50_000;

export function stlSize(triangles: number): number {
  return HEADER + FACET * triangles;
}

/**
 * Write the part, some rows at a time, so that the page stays alive.
 *
 * @param progress is called with the share that is done.
 * @throws the signal's reason when it is aborted.
 */
export async function stl(
  part: Part,
  signal: AbortSignal,
  progress: (share: number) => void = () => {},
): Promise<Blob> {
  const { rows, cols, solid } = part;
  const pieces: BlobPart[] = [header(triangleCount(part))];
  for (let row = 0; row < rows - 1; row += ROWS_AT_ONCE) {
    pieces.push(top(part, row, Math.min(row + ROWS_AT_ONCE, rows - 1)));
    progress(row / rows);
    await new Promise((resolve) => setTimeout(resolve));
    signal.throwIfAborted();
  }
  if (solid) pieces.push(shell(part, ring(rows, cols), shellFaces(rows, cols)));
  return new Blob(pieces, { type: "model/stl" });
}

/** Write a finished object, as `stl` does a part. */
export async function objectStl(
  { vertices, faces }: ObjectMesh,
  signal: AbortSignal,
  progress: (share: number) => void = () => {},
): Promise<Blob> {
  const pieces: BlobPart[] = [header(faces.length / 3)];
  for (let start = 0; start < faces.length; start += 3 * FACETS_AT_ONCE) {
    const stop = Math.min(faces.length, start + 3 * FACETS_AT_ONCE);
    const facets = new Facets((stop - start) / 3);
    for (let i = start; i < stop; i += 3) {
      facets.add(vertices, 3 * faces[i], 3 * faces[i + 1], 3 * faces[i + 2]);
    }
    pieces.push(facets.bytes);
    progress(stop / faces.length);
    await new Promise((resolve) => setTimeout(resolve));
    signal.throwIfAborted();
  }
  return new Blob(pieces, { type: "model/stl" });
}

function header(triangles: number): ArrayBuffer {
  const bytes = new DataView(new ArrayBuffer(HEADER));
  for (const [i, char] of [..."relief_widget, millimetres"].entries()) {
    bytes.setUint8(i, char.charCodeAt(0));
  }
  bytes.setUint32(80, triangles, true);
  return bytes.buffer as ArrayBuffer;
}

/** A buffer of facets. Its 50-byte records are not aligned, so two bytes at a time are copied. */
class Facets {
  private readonly facet = new Float32Array(12);
  private readonly words = new Uint16Array(this.facet.buffer);
  private readonly out: Uint16Array<ArrayBuffer>;
  private at = 0;

  constructor(count: number) {
    this.out = new Uint16Array((count * FACET) / 2);
  }

  /** Add the triangle a, b, c, whose coordinates stand in `p`. */
  add(p: Float32Array, a: number, b: number, c: number): void {
    const ux = p[b] - p[a];
    const uy = p[b + 1] - p[a + 1];
    const uz = p[b + 2] - p[a + 2];
    const vx = p[c] - p[a];
    const vy = p[c + 1] - p[a + 1];
    const vz = p[c + 2] - p[a + 2];
    const nx = uy * vz - uz * vy;
    const ny = uz * vx - ux * vz;
    const nz = ux * vy - uy * vx;
    const length = Math.sqrt(nx * nx + ny * ny + nz * nz) || 1;
    const f = this.facet;
    f[0] = nx / length;
    f[1] = ny / length;
    f[2] = nz / length;
    f[3] = p[a];
    f[4] = p[a + 1];
    f[5] = p[a + 2];
    f[6] = p[b];
    f[7] = p[b + 1];
    f[8] = p[b + 2];
    f[9] = p[c];
    f[10] = p[c + 1];
    f[11] = p[c + 2];
    this.out.set(this.words, this.at);
    this.at += FACET / 2;
  }

  get bytes(): ArrayBuffer {
    const length = this.at * 2;
    return length === this.out.byteLength ? this.out.buffer : this.out.buffer.slice(0, length);
  }
}

function top({ cols, x, y, z, cells }: Part, start: number, stop: number): ArrayBuffer {
  const facets = new Facets(2 * (stop - start) * (cols - 1));
  // Corners a b / d e of a cell.
  const p = new Float32Array(12);
  for (let row = start; row < stop; row++) {
    p[1] = p[4] = y[row];
    p[7] = p[10] = y[row + 1];
    for (let col = 0; col < cols - 1; col++) {
      if (cells && !cells[row * (cols - 1) + col]) continue;
      const i = row * cols + col;
      p[0] = p[6] = x[col];
      p[3] = p[9] = x[col + 1];
      p[2] = z[i];
      p[5] = z[i + 1];
      p[8] = z[i + cols];
      p[11] = z[i + cols + 1];
      facets.add(p, 0, 6, 9);
      facets.add(p, 0, 9, 3);
    }
  }
  return facets.bytes;
}

function shell({ rows, cols, x, y, z }: Part, border: Uint32Array, faces: Uint32Array) {
  const facets = new Facets(faces.length / 3);
  const p = new Float32Array(9);
  for (let i = 0; i < faces.length; i += 3) {
    for (let corner = 0; corner < 3; corner++) {
      const vertex = faces[i + corner];
      const low = vertex >= rows * cols;
      const at = low ? border[vertex - rows * cols] : vertex;
      p[3 * corner] = x[at % cols];
      p[3 * corner + 1] = y[Math.floor(at / cols)];
      p[3 * corner + 2] = low ? 0 : z[at];
    }
    facets.add(p, 0, 3, 6);
  }
  return facets.bytes;
}
