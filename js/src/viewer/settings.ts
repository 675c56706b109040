/** The settings that the browser acts on, by the names that Python gives them. */

export type Mirror = "auto" | boolean;

/** What shapes the part beside its heights. */
export interface Body {
  mode: "solid" | "planar";
  size_mm: number;
  depth_intensity: number;
  base_thickness: number;
  depth_cutoff: number;
  invert: boolean;
  mirror: Mirror;
  /** Least and greatest thickness of a lithophane in mm, or null. */
  thickness_mm: [number, number] | null;
}

/** A height field as it comes over the wire: row 0 at the top of the photo. */
export interface Heights {
  values: Uint16Array;
  rows: number;
  cols: number;
  /** Width of the part divided by its height. */
  aspect: number;
}

export interface Material {
  label: string;
  colour: string;
  second_colour: string;
  roughness: number;
  metalness: number;
  clearcoat: number;
  clearcoat_roughness: number;
  pattern: "plain" | "layers" | "brushed" | "aged" | "patina" | "marble" | "clay" | "wood";
  pattern_strength: number;
  translucent: boolean;
}

/** What a control is, beside its value; see `Control` in settings.py. */
export interface Control {
  name: string;
  label: string;
  help: string;
  kind: "height" | "body" | "display";
  low: number | null;
  high: number | null;
  step: number | null;
  unit: string;
  choices: [string, unknown][];
  mode: string | null;
  relief_only: boolean;
  default: unknown;
}

/** Sizes in mm that follow from the settings, in double precision. */
export interface Sizes {
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
    cutoff: solid ? 0 : Math.floor(body.depth_cutoff * 65535 + 0.5),
  };
}
