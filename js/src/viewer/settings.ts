/** What the traits of a view say: the heights, the settings that shape the part, sizes in mm. */

import {
  type BodySettings,
  CHOICES,
  HEIGHT_FULL,
  type ViewerTraits,
  type ViewerWire,
} from "../generated/wire";
import type { Model } from "../shared/model";

export type ViewerModel = Model<ViewerWire>;

/** What shapes the part beside its heights; of a lithophane its least and greatest thickness. */
export type Body = BodySettings & Pick<ViewerTraits, "thickness_mm">;

/** A height field as it comes over the wire: row 0 at the top of the photo. */
export interface Heights {
  values: Uint16Array;
  rows: number;
  cols: number;
  /** Width of the part divided by its height. */
  aspect: number;
}

export function body(model: ViewerModel): Body {
  return {
    mode: CHOICES.mode[model.get("mode_index")],
    mirror: CHOICES.mirror[model.get("mirror_index")],
    size_mm: model.get("size_mm"),
    depth_intensity: model.get("depth_intensity"),
    base_thickness: model.get("base_thickness"),
    depth_cutoff: model.get("depth_cutoff"),
    invert: model.get("invert"),
    thickness_mm: model.get("thickness_mm"),
  };
}

/** The height field on the wire, or null while there is none. */
export function heights(model: ViewerModel): Heights | null {
  const [rows, cols] = model.get("shape");
  const values = decodeHeights(model.get("heights"));
  if (rows < 2 || cols < 2 || values.length !== rows * cols) return null;
  return { values, rows, cols, aspect: model.get("aspect") };
}

/**
 * View bytes as 16-bit heights.
 *
 * The bytes are copied: a buffer of the websocket may start at an odd offset, where a
 * `Uint16Array` cannot, and is reused by some hosts.
 */
export function decodeHeights(bytes: DataView | ArrayBufferView): Uint16Array {
  const length = bytes.byteLength - (bytes.byteLength % 2);
  return new Uint16Array(
    bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + length) as ArrayBuffer,
  );
}

/** Sizes in mm that follow from the settings, in double precision. */
interface Sizes {
  solid: boolean;
  mirrored: boolean;
  width: number;
  height: number;
  /** Thickness of the plate under the relief; 0 for a surface alone. */
  base: number;
  /** From the lowest to the highest place of a full relief. */
  relief: number;
  /** Heights below this integer are cut out. */
  cutoff: number;
}

export function sizes(body: Body, aspect: number): Sizes {
  const solid = body.mode === "solid";
  const [low, high] = body.thickness_mm ?? [
    body.base_thickness * body.size_mm,
    body.base_thickness * body.size_mm + body.depth_intensity * body.size_mm,
  ];
  return {
    solid,
    mirrored: body.mirror === "auto" ? body.invert : body.mirror,
    width: aspect >= 1 ? body.size_mm : body.size_mm * aspect,
    height: aspect <= 1 ? body.size_mm : body.size_mm / aspect,
    base: solid ? low : 0,
    relief: body.thickness_mm ? high - low : body.depth_intensity * body.size_mm,
    // Rounds halves up, as Python does here.
    cutoff: solid ? 0 : Math.floor(body.depth_cutoff * HEIGHT_FULL + 0.5),
  };
}

/** A length in mm for people: no more digits than matter. */
export function millimetres(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
