import { expect, test } from "vitest";
import { difference, watch } from "./testing";

/** Left half marked. */
function marks(rows: number, cols: number): DataView {
  const bytes = Uint8Array.from({ length: rows * cols }, (_, i) => (i % cols < cols / 2 ? 255 : 0));
  return new DataView(bytes.buffer);
}

test("places that a check found are red, and only they", async () => {
  const { model, screen, before } = await watch();
  model.set("marks_shape", [40, 50]);
  model.set("marks", marks(40, 50));
  const shown = await screen.settled();
  expect(difference(before, shown)).toBeGreaterThan(0.1);
  const red = [0, 0];
  const width = screen.canvas.width;
  for (let i = 0; i < shown.length; i += 4) {
    const side = ((i / 4) % width) / width;
    if (shown[i] > shown[i + 1] + 60) red[side < 0.5 ? 0 : 1] += 1;
  }
  expect(red[0]).toBeGreaterThan(10 * red[1]);
  model.set("marks", new DataView(new ArrayBuffer(0)));
  expect(difference(before, await screen.settled())).toBeLessThan(0.002);
});
