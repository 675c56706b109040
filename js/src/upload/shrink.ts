/** Photos far larger than can matter are made smaller before they travel. */

const HEAVY_BYTES = 24e6;
const QUALITY = 0.95;
const PROBE_SIDE = 256;

/**
 * Shrink a photo whose longer side exceeds `maxSide` or whose file is heavy.
 *
 * Everything else comes back as the same object: other formats, 16-bit PNG (eight bits would cost
 * depth maps their steps) and whatever this browser cannot decode. `maxSide` 0 shrinks nothing.
 */
export async function shrink(file: File, maxSide: number): Promise<File> {
  if (maxSide <= 0 || !isCommon(file) || (await isDeep(file))) {
    return file;
  }
  try {
    const side = await longerSide(file);
    if (side <= maxSide && file.size <= HEAVY_BYTES) {
      return file;
    }
    const blob = await redraw(file, maxSide);
    return blob.size < file.size || side > maxSide
      ? new File([blob], renamed(file.name, blob.type), { type: blob.type })
      : file;
  } catch {
    // Python's decoder reads more than the browser's, and its error says what is wrong.
    return file;
  }
}

function isCommon(file: File): boolean {
  return file.type
    ? ["image/jpeg", "image/png", "image/webp"].includes(file.type)
    : /\.(jpe?g|png|webp)$/i.test(file.name);
}

async function isDeep(file: File): Promise<boolean> {
  const head = new Uint8Array(await file.slice(0, 26).arrayBuffer());
  const isPng = head[0] === 0x89 && head[1] === 0x50 && head[2] === 0x4e && head[3] === 0x47;
  return isPng && head[24] === 16;
}

/** An image element knows its size without decoding a pixel; most photos need no more. */
async function longerSide(file: File): Promise<number> {
  const url = URL.createObjectURL(file);
  try {
    const image = new Image();
    await new Promise<void>((resolve, reject) => {
      image.onload = () => resolve();
      image.onerror = () => reject(new Error("not decodable"));
      image.src = url;
    });
    return Math.max(image.naturalWidth, image.naturalHeight);
  } finally {
    URL.revokeObjectURL(url);
  }
}

async function redraw(file: File, maxSide: number): Promise<Blob> {
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  try {
    const scale = Math.min(1, maxSide / Math.max(bitmap.width, bitmap.height));
    const canvas = new OffscreenCanvas(
      Math.max(1, Math.round(bitmap.width * scale)),
      Math.max(1, Math.round(bitmap.height * scale)),
    );
    const context = canvas.getContext("2d");
    if (!context) {
      throw new Error("no canvas of this size");
    }
    context.imageSmoothingQuality = "high";
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    const keepsAlpha = file.type !== "image/jpeg" && hasAlpha(canvas);
    return await canvas.convertToBlob(
      keepsAlpha ? { type: "image/png" } : { type: "image/jpeg", quality: QUALITY },
    );
  } finally {
    bitmap.close();
  }
}

/** A small copy is enough: averaging leaves a trace of the smallest hole that matters. */
function hasAlpha(picture: OffscreenCanvas): boolean {
  const side = Math.min(PROBE_SIDE, Math.max(picture.width, picture.height));
  const context = new OffscreenCanvas(side, side).getContext("2d", { willReadFrequently: true });
  if (!context) {
    return true;
  }
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, 0, 0, side, side);
  const { data } = context.getImageData(0, 0, side, side);
  for (let i = 3; i < data.length; i += 4) {
    if (data[i] < 255) {
      return true;
    }
  }
  return false;
}

function renamed(name: string, type: string): string {
  return `${name.replace(/\.[^.]*$/, "") || "photo"}.${type === "image/png" ? "png" : "jpg"}`;
}
