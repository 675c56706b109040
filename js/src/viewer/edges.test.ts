import { expect, test } from "vitest";
import { HEIGHT_FULL } from "../generated/wire";
import { type Screen, sent, watch } from "./testing";

/** How much darker the topmost whole pixel of each column is than the plate a little below it. */
function darker({ canvas }: Screen, pixels: Uint8Array): number[] {
  const { width, height } = canvas;
  const light = (x: number, y: number) => {
    const at = 4 * (y * width + x);
    return pixels[at + 3] === 255 ? pixels[at] + pixels[at + 1] + pixels[at + 2] : -1;
  };
  const found: number[] = [];
  for (let x = 0; x < width; x++) {
    let y = height - 1;
    while (y > 8 && light(x, y) < 0) y--;
    if (y > 8 && light(x, y - 6) >= 0) found.push((light(x, y - 6) - light(x, y)) / 3);
  }
  return found;
}

test("a wall that is hardly seen draws no dashes along the edge of the part", async () => {
  const plate = { rows: 65, cols: 81, aspect: 1.25 };
  const values = new Uint16Array(plate.rows * plate.cols).fill(0.4 * HEIGHT_FULL);
  const { screen, before, canvas } = await watch(sent({ ...plate, values }));
  const seen = canvas();
  if (!seen) throw new Error("There is no canvas.");
  const worst = [Math.max(...darker(screen, before))];
  // Front, and from a little below and above it: at some of them the wall is a hair's breadth.
  for (const key of ["1", "ArrowDown", "ArrowUp", "ArrowUp"]) {
    seen.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    worst.push(Math.max(...darker(screen, await screen.settled())));
  }
  expect(Math.max(...worst)).toBeLessThan(8);
});
