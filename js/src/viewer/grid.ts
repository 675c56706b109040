/**
 * The exact part on the full grid, in mm: vertex for vertex and face for face what `part.py` makes.
 */

import { HEIGHT_FULL } from "../generated/wire";
import { type Body, type Heights, sizes } from "./settings";

export interface Part {
  rows: number;
  cols: number;
  solid: boolean;
  /** Ascending, per column. */
  x: Float32Array;
  /** Descending, per row. */
  y: Float32Array;
  /** Tops, row by row. */
  z: Float32Array;
  /** Which cells are there, row by row; null for all. */
  cells: Uint8Array | null;
}

export function part(heights: Heights, body: Body): Part {
  const { rows, cols, values } = heights;
  const { solid, mirrored, width, height, base, relief, cutoff } = sizes(body, heights.aspect);
  const z = new Float32Array(rows * cols);
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) {
      const from = row * cols + (mirrored ? cols - 1 - col : col);
      const level = Math.fround(values[from] / HEIGHT_FULL);
      const g = body.invert ? Math.fround(1 - level) : level;
      z[row * cols + col] = g * relief + base;
    }
  }
  return {
    rows,
    cols,
    solid,
    x: Float32Array.from({ length: cols }, (_, i) => i * (width / (cols - 1))),
    y: Float32Array.from({ length: rows }, (_, i) => (rows - 1 - i) * (height / (rows - 1))),
    z,
    cells: cutoff > 0 ? keptCells(heights, cutoff, mirrored) : null,
  };
}

/** The cells that have no corner below the cutoff; null for all. */
function keptCells({ rows, cols, values }: Heights, cutoff: number, mirrored: boolean) {
  const across = cols - 1;
  const cells = new Uint8Array((rows - 1) * across);
  let all = true;
  for (let row = 0; row < rows - 1; row++) {
    for (let col = 0; col < across; col++) {
      const a = row * cols + (mirrored ? across - 1 - col : col);
      const low = Math.min(values[a], values[a + 1], values[a + cols], values[a + cols + 1]);
      const keep = low >= cutoff;
      cells[row * across + col] = keep ? 1 : 0;
      all &&= keep;
    }
  }
  return all ? null : cells;
}

export function triangleCount(part: Pick<Part, "rows" | "cols" | "solid" | "cells">): number {
  const { rows, cols, cells, solid } = part;
  if (cells) {
    return 2 * cells.reduce((sum, cell) => sum + cell, 0);
  }
  const rim = 2 * (rows + cols) - 4;
  return 2 * (rows - 1) * (cols - 1) + (solid ? 3 * rim - 2 : 0);
}

/** Least and greatest x, y and z of a cut-out in mm: of what is left of it. */
export function bounds({ rows, cols, x, y, z, cells }: Part): [number, number][] {
  const used = cells ? usedVertices(rows, cols, cells) : null;
  const box: [number, number][] = [
    [Infinity, -Infinity],
    [Infinity, -Infinity],
    [Infinity, -Infinity],
  ];
  for (let i = 0; i < rows * cols; i++) {
    if (used && !used[i]) continue;
    for (const [axis, value] of [x[i % cols], y[Math.floor(i / cols)], z[i]].entries()) {
      box[axis][0] = Math.min(box[axis][0], value);
      box[axis][1] = Math.max(box[axis][1], value);
    }
  }
  return box;
}

/** Grid indices of the border, clockwise from the top left. */
export function ring(rows: number, cols: number): Uint32Array {
  const indices: number[] = [];
  for (let col = 0; col < cols; col++) indices.push(col);
  for (let row = 1; row < rows; row++) indices.push(row * cols + cols - 1);
  for (let col = cols - 2; col >= 0; col--) indices.push((rows - 1) * cols + col);
  for (let row = rows - 2; row > 0; row--) indices.push(row * cols);
  return Uint32Array.from(indices);
}

/** The faces of a solid's bottom, clockwise seen from above, in positions along the ring. */
function bottomFaces(rows: number, cols: number): Uint32Array {
  const right = cols - 1;
  const below = right + rows - 1;
  const rim = 2 * (rows + cols) - 4;
  const faces: number[] = [];
  if (cols === 2) {
    // One column of cells: strips between the left and the right side instead.
    const left = (row: number) => (row === 0 ? 0 : rim - row);
    for (let row = 0; row < rows - 1; row++) {
      faces.push(left(row), 1 + row, 2 + row, left(row), 2 + row, left(row + 1));
    }
    return Uint32Array.from(faces);
  }
  const bottom = (col: number) => below + right - col;
  const leftUp = (i: number) => (bottom(0) + i) % rim;
  for (let i = 0; i < rows - 1; i++) faces.push(leftUp(i), leftUp(i + 1), 1);
  faces.push(bottom(1), bottom(0), 1, right - 1, right, bottom(right - 1));
  for (let col = 1; col < right - 1; col++) {
    faces.push(col, col + 1, bottom(col + 1), col, bottom(col + 1), bottom(col));
  }
  for (let i = 0; i < rows - 1; i++) faces.push(right + i, right + i + 1, bottom(right - 1));
  return Uint32Array.from(faces);
}

/** Walls and bottom of a solid, in vertex indices; the bottom's vertices follow the grid's. */
export function shellFaces(rows: number, cols: number): Uint32Array {
  const border = ring(rows, cols);
  const rim = border.length;
  const first = rows * cols;
  const faces: number[] = [];
  for (let i = 0; i < rim; i++) {
    const next = (i + 1) % rim;
    faces.push(border[i], border[next], first + i, border[next], first + next, first + i);
  }
  for (const position of bottomFaces(rows, cols)) faces.push(first + position);
  return Uint32Array.from(faces);
}

/** Which vertices of a cut-out have a cell, row by row. */
export function usedVertices(rows: number, cols: number, cells: Uint8Array): Uint8Array {
  const used = new Uint8Array(rows * cols);
  for (let i = 0; i < cells.length; i++) {
    if (!cells[i]) continue;
    const a = Math.floor(i / (cols - 1)) * cols + (i % (cols - 1));
    used[a] = used[a + 1] = used[a + cols] = used[a + cols + 1] = 1;
  }
  return used;
}
