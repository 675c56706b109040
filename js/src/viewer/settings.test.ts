import { expect, test } from "vitest";
import { HEIGHT_FULL } from "../generated/wire";
import { decodeHeights } from "./settings";
import { decodeBase64 } from "./standalone";

test("heights are read at any offset of their buffer", () => {
  const buffer = new Uint8Array([9, 1, 0, 255, 255, 7]).buffer;
  expect([...decodeHeights(new DataView(buffer, 1, 4))]).toEqual([1, HEIGHT_FULL]);
});

test("decoded heights do not change with the buffer they came in", () => {
  const bytes = new Uint8Array([5, 0]);
  const heights = decodeHeights(bytes);
  bytes[0] = 6;
  expect(heights[0]).toBe(5);
});

test("base64 gives the bytes back", () => {
  const view = decodeBase64(btoa("\x00\xff\x10"));
  expect([0, 1, 2].map((i) => view.getUint8(i))).toEqual([0, 255, 16]);
});
