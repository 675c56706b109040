/** The line between subject and ground, by marching squares. */

import { MASK_SUBJECT } from "../generated/wire";
import type { Mask } from "./edit";

const LEVEL = MASK_SUBJECT / 2;

/**
 * The outline as a path, scaled from mask pixels.
 *
 * Corners of the cells are the centres of the pixels, so that a soft edge gives a smooth line. The
 * border of the picture is no outline.
 */
export function outline({ rows, cols, values }: Mask, scaleX: number, scaleY: number): Path2D {
  const path = new Path2D();
  const line = (x0: number, y0: number, x1: number, y1: number) => {
    path.moveTo((x0 + 0.5) * scaleX, (y0 + 0.5) * scaleY);
    path.lineTo((x1 + 0.5) * scaleX, (y1 + 0.5) * scaleY);
  };
  const cut = (a: number, b: number) => (LEVEL - a) / (b - a);
  for (let row = 0; row < rows - 1; row++) {
    for (let col = 0; col < cols - 1; col++) {
      const at = row * cols + col;
      const a = values[at];
      const b = values[at + 1];
      const c = values[at + cols + 1];
      const d = values[at + cols];
      const kind =
        (a > LEVEL ? 8 : 0) + (b > LEVEL ? 4 : 0) + (c > LEVEL ? 2 : 0) + (d > LEVEL ? 1 : 0);
      if (kind === 0 || kind === 15) {
        continue;
      }
      // The four places where the line may cross the cell's sides.
      const top = col + cut(a, b);
      const right = row + cut(b, c);
      const bottom = col + cut(d, c);
      const left = row + cut(a, d);
      const near = kind > 7 ? 15 - kind : kind;
      if (near === 1 || near === 5) line(col, left, bottom, row + 1);
      if (near === 2) line(bottom, row + 1, col + 1, right);
      if (near === 3) line(col, left, col + 1, right);
      if (near === 4 || near === 5) line(top, row, col + 1, right);
      if (near === 6) line(top, row, bottom, row + 1);
      if (near === 7) line(col, left, top, row);
    }
  }
  return path;
}
