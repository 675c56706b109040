/** What goes between Python and the browser: the traits of `Viewer`, by their names. */

import { decodeHeights } from "../shared/codec";
import type { Body, Control, Heights, Material } from "./settings";

export interface Wire {
  /** uint16, little-endian, row by row. */
  heights: DataView;
  shape: [number, number];
  aspect: number;
  /** Counts the height fields that were sent. */
  frame: number;
  /** The last of them that was drawn. */
  shown: number;
  /** Whether the heights are a quick preview of finer ones to come. */
  coarse: boolean;
  /** A finished object, see `decodeObject`; empty while the grid is the part. */
  object: DataView;
  /** Places that a check found, a byte each, seen as the photo is; empty for none. */
  marks: DataView;
  marks_shape: [number, number];
  /** Whether the object is bent. */
  bent: boolean;
  name: string;
  mode_index: number;
  mirror_index: number;
  material_index: number;
  size_mm: number;
  depth_intensity: number;
  base_thickness: number;
  depth_cutoff: number;
  invert: boolean;
  show_texture: boolean;
  thickness_mm: [number, number] | null;
  attenuation_per_mm: number;
  /** The photo, as JPEG; empty for none. */
  texture: DataView;
  light_azimuth: number;
  light_altitude: number;
  compare: number;
  inspect: boolean;
  panel: boolean;
  /** What Python's STL will weigh, for people; empty while it is not known. */
  weight: string;
  /** Suffixes of the files that Python can make. */
  exports: string[];
  controls: Control[];
  materials: Material[];
}

/** The part of anywidget's model that is used here; a page without a kernel brings its own. */
export interface Model {
  get<K extends keyof Wire>(name: K): Wire[K];
  set<K extends keyof Wire>(name: K, value: Wire[K]): void;
  save_changes(): void;
  on(event: string, callback: (...args: never[]) => void): void;
  off(event: string, callback: (...args: never[]) => void): void;
  send(content: unknown, callbacks?: unknown, buffers?: ArrayBuffer[]): void;
}

/** Listen until the signal is aborted. */
export function listen(
  model: Model,
  events: string[],
  signal: AbortSignal,
  callback: (...args: never[]) => void,
): void {
  for (const event of events) {
    model.on(event, callback);
    signal.addEventListener("abort", () => model.off(event, callback));
  }
}

export const BODY_TRAITS = [
  "mode_index",
  "mirror_index",
  "size_mm",
  "depth_intensity",
  "base_thickness",
  "depth_cutoff",
  "invert",
  "thickness_mm",
] as const satisfies (keyof Wire)[];

function choice(model: Model, name: string, index: number): unknown {
  const control = model.get("controls").find((item) => item.name === name);
  return control?.choices[index]?.[1];
}

export function body(model: Model): Body {
  return {
    mode: choice(model, "mode", model.get("mode_index")) as Body["mode"],
    mirror: choice(model, "mirror", model.get("mirror_index")) as Body["mirror"],
    size_mm: model.get("size_mm"),
    depth_intensity: model.get("depth_intensity"),
    base_thickness: model.get("base_thickness"),
    depth_cutoff: model.get("depth_cutoff"),
    invert: model.get("invert"),
    thickness_mm: model.get("thickness_mm"),
  };
}

/** The height field on the wire, or null while there is none. */
export function heights(model: Model): Heights | null {
  const [rows, cols] = model.get("shape");
  const values = decodeHeights(model.get("heights"));
  if (rows < 2 || cols < 2 || values.length !== rows * cols) return null;
  return { values, rows, cols, aspect: model.get("aspect") };
}
