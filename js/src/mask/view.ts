/** Draws the photo with its mask: the subject in colour, the ground grey and dim. */

import type { Mask } from "./edit";
import { outline } from "./outline";

/** How much of its light the ground keeps. */
const DIM = 0.42;

export class MaskView {
  private photo: HTMLCanvasElement | undefined;
  private ground: HTMLCanvasElement | undefined;
  private readonly matte = document.createElement("canvas");
  private readonly layer = document.createElement("canvas");

  /** Width by height of the photo, or 0 where there is none. */
  get aspect(): number {
    return this.photo ? this.photo.width / this.photo.height : 0;
  }

  /** Take the bytes of a picture; nothing to show where they are none. */
  async load(bytes: DataView): Promise<void> {
    const bitmap = await createImageBitmap(new Blob([bytes as DataView<ArrayBuffer>])).catch(
      () => undefined,
    );
    this.photo = bitmap && copy(bitmap);
    this.ground = bitmap && greyed(copy(bitmap));
    bitmap?.close();
  }

  /** The colours of the photo at a size, RGBA; undefined where there is none. */
  colours(rows: number, cols: number): Uint8ClampedArray | undefined {
    if (!this.photo) return undefined;
    const small = document.createElement("canvas");
    [small.width, small.height] = [cols, rows];
    const context = context2d(small);
    context.imageSmoothingQuality = "high";
    context.drawImage(this.photo, 0, 0, cols, rows);
    return context.getImageData(0, 0, cols, rows).data;
  }

  /** Draw the photo, where there is a mask with it, or else tilted clockwise by some degrees. */
  draw(
    context: CanvasRenderingContext2D,
    mask: Mask | undefined,
    ratio: number,
    degrees = 0,
  ): void {
    const { width, height } = context.canvas;
    context.clearRect(0, 0, width, height);
    if (!this.photo || !this.ground) {
      return;
    }
    context.imageSmoothingQuality = "high";
    if (!mask) {
      context.save();
      context.translate(width / 2, height / 2);
      tilt(context, degrees);
      context.drawImage(this.photo, -width / 2, -height / 2, width, height);
      context.restore();
      return;
    }
    context.drawImage(this.ground, 0, 0, width, height);
    context.drawImage(this.subject(mask, width, height), 0, 0);
    const path = outline(mask, width / mask.cols, height / mask.rows);
    context.lineCap = "round";
    // Light on dark can be seen on every photo.
    for (const [color, size] of [
      ["rgb(0 0 0 / 65%)", 3.5],
      ["#fff", 1.5],
    ] as const) {
      context.strokeStyle = color;
      context.lineWidth = size * ratio;
      context.stroke(path);
    }
  }

  private subject(mask: Mask, width: number, height: number): HTMLCanvasElement {
    this.matte.width = mask.cols;
    this.matte.height = mask.rows;
    const pixels = new Uint32Array(mask.values.length);
    for (let at = 0; at < pixels.length; at++) {
      pixels[at] = mask.values[at] << 24;
    }
    const image = new ImageData(new Uint8ClampedArray(pixels.buffer), mask.cols, mask.rows);
    context2d(this.matte).putImageData(image, 0, 0);
    this.layer.width = width;
    this.layer.height = height;
    const layer = context2d(this.layer);
    layer.imageSmoothingQuality = "high";
    layer.drawImage(this.matte, 0, 0, width, height);
    layer.globalCompositeOperation = "source-in";
    layer.drawImage(this.photo as HTMLCanvasElement, 0, 0, width, height);
    return this.layer;
  }
}

/** Tilt what is drawn next, and enlarge it until its corners lie outside: as Python cuts it. */
function tilt(context: CanvasRenderingContext2D, degrees: number): void {
  const { width, height } = context.canvas;
  const angle = (degrees * Math.PI) / 180;
  const across = Math.max(width / height, height / width);
  const scale = Math.cos(angle) + Math.abs(Math.sin(angle)) * across;
  context.rotate(angle);
  context.scale(scale, scale);
}

function context2d(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  return canvas.getContext("2d") as CanvasRenderingContext2D;
}

function copy(bitmap: ImageBitmap): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  context2d(canvas).drawImage(bitmap, 0, 0);
  return canvas;
}

/** By hand, because not every browser has filters on its canvas. */
function greyed(canvas: HTMLCanvasElement): HTMLCanvasElement {
  const context = context2d(canvas);
  const image = context.getImageData(0, 0, canvas.width, canvas.height);
  const { data } = image;
  for (let at = 0; at < data.length; at += 4) {
    const grey = DIM * (0.3 * data[at] + 0.59 * data[at + 1] + 0.11 * data[at + 2]);
    data[at] = data[at + 1] = data[at + 2] = grey;
  }
  context.putImageData(image, 0, 0);
  return canvas;
}
