// Written by scripts/generate_wire.py from the Python side: change it there, and run that again.

/** No bytes. */
const EMPTY = /* @__PURE__ */ new DataView(/* @__PURE__ */ new ArrayBuffer(0));

/** Of a part of a file on its way. */
export const PART_BYTES = 4194304 as const;

/** What stands for a height of 1. */
export const HEIGHT_FULL = 65535 as const;

/** What stands for the subject in a mask. */
export const MASK_SUBJECT = 255 as const;

/** Files that Python can make, in the order of the menu. */
export const FORMATS = { ".stl": "STL", ".stl.zip": "ZIP, a file for each tile", ".3mf": "3MF", ".obj.zip": "OBJ + texture", ".glb": "GLB, mesh with photo", ".ply": "PLY, mesh with colours", ".relief": "Project, to open again", ".height.png": "Height map, 16-bit PNG", ".height.tiff": "Height map, 32-bit TIFF", ".depth.png": "Depth map, 16-bit PNG", ".depth.tiff": "Depth map, 32-bit TIFF" } as const;

export type Suffix = keyof typeof FORMATS;

/** Of pictures. */
export const PHOTO_SUFFIXES = [".avif", ".bmp", ".gif", ".heic", ".heif", ".jfif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp", ".exr", ".npy", ".npz", ".pfm", ".pgm", ".pnm", ".ppm"] as const;

/** Of projects, to open again. */
export const PROJECT_SUFFIXES = [".relief", ".3mf"] as const;

/** Of materials; the shader has places. */
export const PATTERNS = ["plain", "layers", "brushed", "aged", "patina", "marble", "clay", "wood"] as const;

/** The values of the choices; a trait has their place. */
export const CHOICES = { mode: ["solid", "planar"], mirror: ["auto", true, false], material: ["matte_white_pla", "matte_black_pla", "silk_gold_pla", "metallic_bronze", "brushed_steel", "copper_patina", "glossy_resin", "translucent_resin", "ceramic", "marble", "terracotta", "carved_walnut"] } as const;

/** Of brushes and of the depth curve. */
export const SHAPE = { raise: 0.25, blur: 0.25, gap: 0.002, points: 32, stroke: 5000 } as const;

/** Of a page without a kernel: ids, and what stands for bytes. */
export const PAGE = { place: "relief-page", data: "relief-page-data", bytes: "base64" } as const;

/** Of a finished object, after its two counts. */
export const OBJECT_ARRAYS = { vertices: { of: "vertices", width: 3, kind: "<f4" }, uv: { of: "vertices", width: 2, kind: "<f4" }, faces: { of: "faces", width: 3, kind: "<u4" }, relief: { of: "faces", width: 1, kind: "<u1" } } as const;

/** What shapes the part beside its heights. */
export interface BodySettings {
  mode: (typeof CHOICES.mode)[number];
  size_mm: number;
  depth_intensity: number;
  base_thickness: number;
  depth_cutoff: number;
  invert: boolean;
  mirror: (typeof CHOICES.mirror)[number];
}

/** Where the body settings are on the wire. */
export const BODY_TRAITS = ["mode_index", "size_mm", "depth_intensity", "base_thickness", "depth_cutoff", "invert", "mirror_index"] as const;

/** A file is wanted. */
export interface Export {
  kind: "export";
  id: string;
  suffix: string;
}

/** The part has arrived: the next may come. */
export interface DownloadAck {
  kind: "ack";
  id: string;
  part: number;
}

/** Nobody wants the upload, or the download, any more. */
export interface Cancel {
  kind: "cancel";
  id: string;
}

/** How much of the file is made. */
export interface DownloadProgress {
  kind: "progress";
  id: string;
  share: number;
}

/** The next part of the file, in the message's buffer. */
export interface DownloadFile {
  kind: "file";
  id: string;
  name: string;
  part: number;
  parts: number;
}

/** There is no file; the message says why. */
export interface DownloadFailed {
  kind: "failed";
  id: string;
  message: string;
}

/** A key was given. */
export interface UseKey {
  kind: "key";
  key: string;
}

/** The key that was given is to be forgotten. */
export interface ForgetKey {
  kind: "forget";
}

/** The mask is to be found automatically. */
export interface FindSubject {
  kind: "automatic";
}

/** The crop was let go: left, top, right and bottom as shares of the straightened picture. */
export interface CropLetGo {
  kind: "crop";
  crop: [number, number, number, number];
  tilt: number;
}

/** A text that is no number of the field's range: a length with its unit, or a mistake. */
export interface Typed {
  kind: "typed";
  text: string;
}

/** A stroke was made on the view, which shows it already. */
export interface MadeStroke {
  kind: "stroke";
  number: number;
  stroke: StrokeEntry;
}

/** A stroke by hand; see `relief_widget.heights.Stroke`. */
export interface StrokeEntry {
  brush: "raise" | "lower" | "smooth" | "flatten" | "set";
  points: [number, number, number][];
  size: number;
  strength: number;
  softness: number;
  height: number;
  symmetry: "none" | "left_right" | "top_bottom" | "both";
}

/** The last step is to be undone. */
export interface UndoStep {
  kind: "undo";
}

/** All strokes and the curve are to go. */
export interface ClearEdits {
  kind: "clear";
}

/** What a control says of itself. */
export interface Help {
  help: string;
  unit: string;
}

/** A pointer went down on the app's controls, or up; undo or redo; what went wrong was read. */
export interface Gesture {
  kind: "press" | "release" | "undo" | "redo" | "close";
}

/** One of the pictures; `picture` is a data: URL, empty while it is being made. */
export interface Look {
  name: string;
  label: string;
  picture: string;
}

/** One of the pictures of a strip was chosen. */
export interface ChooseLook {
  kind: "choose";
  name: string;
}

/** Something to make; `picture` is a data: URL of a picture, or empty. */
export interface Tile {
  name: string;
  label: string;
  reason: string;
  picture: string;
}

/** A tile was chosen; its name. */
export interface Make {
  kind: "make";
  name: string;
}

/** A photo to start from; `picture` is a data: URL or base64 of a picture. */
export interface Example {
  name: string;
  label: string;
  picture: string;
}

/** A file is about to come, in parts of `PART_BYTES`. */
export interface UploadBegin {
  kind: "begin";
  id: string;
  name: string;
  size: number;
  type: string;
  shrunk: boolean;
  settings: string;
  steps: string;
}

/** The next part, in the message's buffer. */
export interface UploadPart {
  kind: "part";
  id: string;
  index: number;
}

/** An example was chosen. */
export interface OpenExample {
  kind: "example";
  name: string;
}

/** The part has arrived: the next may come. */
export interface UploadAck {
  kind: "ack";
  id: string;
  index: number;
}

/** The upload is over; the message says why. */
export interface UploadRefused {
  kind: "refused";
  id: string;
  message: string;
}

/** Python has forgotten the upload under way. */
export interface UploadClear {
  kind: "clear";
}

/** What a control is, with its name and its default. */
export interface WireControl {
  label: string;
  help: string;
  group: "Size" | "Part" | "Depth" | "Clean-up" | "Quality" | "Object" | "Display";
  kind: "height" | "body" | "display" | "object";
  stage: "compress" | "denoise" | "smooth" | "enhance" | "resample" | "smooth_surface" | "balance" | "level" | null;
  low: number | null;
  high: number | null;
  step: number | null;
  least: number | null;
  most: number | null;
  unit: string;
  choices: unknown[];
  labels: string[];
  longest: number;
  mode: string | null;
  relief_only: boolean;
  needs: [string, unknown[] | null] | null;
  name: string;
  default: unknown;
}

/** How a material looks; plain values of the metal-roughness model of physically based shading. */
export interface Material {
  /** Text for people. */
  label: string;
  /** sRGB, ``"#rrggbb"``. The second one is what the pattern mixes in. */
  colour: string;
  second_colour: string;
  /** Of 0 to 1, as in glTF 2.0 and its KHR_materials_clearcoat. */
  roughness: number;
  metalness: number;
  clearcoat: number;
  clearcoat_roughness: number;
  /** How both colours and the surface's fine structure are laid out. */
  pattern: "plain" | "layers" | "brushed" | "aged" | "patina" | "marble" | "clay" | "wood";
  /** Of 0 to 1. */
  pattern_strength: number;
  /** Whether it is lit from behind, through its thickness. */
  translucent: boolean;
}

/** Lets the browser keep the project in its own store, and says so when the kernel is lost. */
export interface AutosaveTraits {
  /** Suffixes of the files that Python can make. */
  exports: string[];
  /** Of the photo. */
  name: string;
  /** A small picture of it, as a JPEG file. */
  picture: DataView;
  /** Why the browser could not keep it, from the browser; empty when all is well. */
  problem: string;
  /** Names the piece of work: what is kept under the same name is replaced. */
  project: string;
  /**
   * Names the photo, the depth map and the mask; another one asks the browser to fetch the file.
   * Empty while that is about to happen.
   */
  revision: string;
  /** The settings, as `dump_settings` has them. */
  settings: string;
  /** The steps of undo, as `Session.steps` has them. */
  steps: string;
}

export const AUTOSAVE_DEFAULTS: AutosaveTraits = {
  exports: [],
  name: "",
  picture: EMPTY,
  problem: "",
  project: "",
  revision: "",
  settings: "",
  steps: "",
};

export interface AutosaveWire {
  traits: AutosaveTraits;
  sends: Export | DownloadAck | Cancel;
  receives: DownloadProgress | DownloadFile | DownloadFailed;
}

/** A password field whose text is sent to Python once and kept nowhere else. */
export interface KeyFieldTraits {
  /** Of the field. */
  label: string;
  /** Whether that key came from this field, and can be forgotten. */
  own: boolean;
  /** Where the key that is in use comes from, for people; empty where there is none. */
  present: string;
  /** What is wrong with the key that was sent last. */
  problem: string;
}

export const KEY_FIELD_DEFAULTS: KeyFieldTraits = {
  label: "API key",
  own: false,
  present: "",
  problem: "",
};

export interface KeyFieldWire {
  traits: KeyFieldTraits;
  sends: UseKey | ForgetKey;
  receives: never;
}

/** The photo with its subject mask, to repaint; and the crop of the photo, to drag. */
export interface MaskEditorTraits {
  /**
   * False: the user says that there is no subject; the mask is kept but not used, and painting
   * makes it active again.
   */
  active: boolean;
  /** Diameter as a share of the longer side. */
  brush: number;
  /** While True the editor says that it is finding the subject, and cannot be painted on. */
  busy: boolean;
  /** Left, top, right and bottom as shares of the picture. */
  crop: [number, number, number, number];
  /** While True the crop is edited in place of the mask. */
  cropping: boolean;
  /**
   * Bytes in rows as those of the mask, near is 255: what a click goes by beside the colours;
   * empty where there is none.
   */
  depth: DataView;
  /** Goes up by one with each edit by hand; masks that Python sets do not count. */
  edits: number;
  /**
   * How unlike the place under a click that selects its region may be: a difference of colour and
   * depth.
   */
  likeness: number;
  /**
   * Bytes in rows, from the top: 255 is the subject, 0 the ground. Empty: nothing is marked, since
   * no subject was found; one can be painted.
   */
  mask: DataView;
  /** JPEG of the photo. */
  picture: DataView;
  /** What the crop keeps to. */
  proportions: "free" | "photo" | "round" | "1:1" | "5:4" | "4:3" | "3:2" | "16:9" | "4:5" | "3:4" | "2:3" | "9:16";
  /** Rows and columns of the mask. */
  shape: [number, number];
  /** Degrees clockwise by which the picture is straightened, where it is cropped. */
  tilt: number;
  /** `"brush"`, `"erase"`, `"fill"` or `"select"`. */
  tool: "brush" | "erase" | "fill" | "select";
}

export const MASK_EDITOR_DEFAULTS: MaskEditorTraits = {
  active: true,
  brush: 0.06,
  busy: false,
  crop: [0, 0, 1, 1],
  cropping: false,
  depth: EMPTY,
  edits: 0,
  likeness: 0.24,
  mask: EMPTY,
  picture: EMPTY,
  proportions: "free",
  shape: [0, 0],
  tilt: 0,
  tool: "brush",
};

export const MASK_EDITOR_RANGES = {
  brush: { min: 0.01, max: 0.3 },
  likeness: { min: 0.04, max: 0.8 },
  tilt: { min: -45, max: 45 },
} as const;

export interface MaskEditorWire {
  traits: MaskEditorTraits;
  sends: FindSubject | CropLetGo;
  receives: never;
}

/** Tabs over a frame, of which one is chosen; the style sheet shows what belongs to it. */
export interface ModesTraits {
  /** What the tabs are for. */
  label: string;
  /** What can be chosen: labels by name, in this order. */
  labels: Record<string, string>;
  /** The name of what is chosen. */
  mode: string;
}

export const MODES_DEFAULTS: ModesTraits = {
  label: "",
  labels: {},
  mode: "",
};

export interface ModesWire {
  traits: ModesTraits;
  sends: never;
  receives: never;
}

/** A field for a number, with a slider beside it where there is one for the feel. */
export interface NumberTraits {
  /** What stands beside the number: that many units of something else for each 1; 0: nothing. */
  beside_per: number;
  beside_unit: string;
  /** The label. */
  description: string;
  /** Whether it can be changed. */
  disabled: boolean;
  /** What can be typed. */
  least: number;
  max: number;
  /** Range and steps of the slider, and of the keys. */
  min: number;
  most: number;
  /** Whether there is one. */
  slider: boolean;
  step: number;
  /** Of the number, if it has one. */
  unit: string;
  /** The number, as it was given. */
  value: number;
}

export const NUMBER_DEFAULTS: NumberTraits = {
  beside_per: 0,
  beside_unit: "",
  description: "",
  disabled: false,
  least: 0,
  max: 1,
  min: 0,
  most: 1,
  slider: false,
  step: 0.1,
  unit: "",
  value: 0,
};

export interface NumberWire {
  traits: NumberTraits;
  sends: Typed;
  receives: never;
}

/** Brushes for the view that stands in the same app, and the depth curve. */
export interface ShaperTraits {
  /** Whether a hand on the view shapes instead of turning it, while the tools are in sight. */
  active: boolean;
  /** Of the next stroke, see `Stroke`. */
  brush: "raise" | "lower" | "smooth" | "flatten" | "set";
  can_clear: boolean;
  /** Whether there is anything to go back to, and anything that was made by hand. */
  can_undo: boolean;
  /** Points of the depth curve: height before and height after. */
  curve: [number, number][];
  height: number;
  /**
   * How often each height is, before curve and strokes: shares of the most frequent, from the
   * lowest.
   */
  histogram: number[];
  /** Whether the tools are in sight, from the browser: it needs no kernel to open them. */
  in_sight: boolean;
  /** Strokes that Python has not taken, oldest first. */
  pending: MadeStroke[];
  /** Whether the next click takes the height to set from the surface. */
  picking: boolean;
  size: number;
  softness: number;
  strength: number;
  symmetry: "none" | "left_right" | "top_bottom" | "both";
  /** The number of the last stroke that Python took. */
  taken: number;
}

export const SHAPER_DEFAULTS: ShaperTraits = {
  active: true,
  brush: "raise",
  can_clear: false,
  can_undo: false,
  curve: [[0, 0], [1, 1]],
  height: 0.5,
  histogram: [],
  in_sight: false,
  pending: [],
  picking: false,
  size: 0.1,
  softness: 0.7,
  strength: 0.5,
  symmetry: "none",
  taken: 0,
};

export const SHAPER_RANGES = {
  height: { min: 0, max: 1 },
  size: { min: 0.002, max: 0.5 },
  softness: { min: 0, max: 1 },
  strength: { min: 0, max: 1 },
} as const;

export interface ShaperWire {
  traits: ShaperTraits;
  sends: MadeStroke | UndoStep | ClearEdits;
  receives: never;
}

/** The status line of the app, and what ipywidgets leaves out: names on handles, help on focus. */
export interface ShellTraits {
  /** Whether something is running. */
  busy: boolean;
  /** What went wrong and what to do about it; empty when nothing did. */
  error: string;
  /** What is going on, or was done last. */
  status: string;
  /** Help and unit of each control by its label. */
  texts: Record<string, Help>;
}

export const SHELL_DEFAULTS: ShellTraits = {
  busy: false,
  error: "",
  status: "ready",
  texts: {},
};

export interface ShellWire {
  traits: ShellTraits;
  sends: Gesture;
  receives: never;
}

/** Pictures as buttons, each as large before it is there as afterwards. */
export interface StripTraits {
  /** The name of the present one; empty where it is none of them. */
  chosen: string;
  /** Of all of them together. */
  label: string;
  /** The pictures, each a `Look`. */
  looks: Look[];
}

export const STRIP_DEFAULTS: StripTraits = {
  chosen: "",
  label: "Choose by eye",
  looks: [],
};

export interface StripWire {
  traits: StripTraits;
  sends: ChooseLook;
  receives: never;
}

/** What to make, each with a picture: a grid of its own, or behind a button. */
export interface TilesTraits {
  /** The name of the one that is made. */
  chosen: string;
  /** False: the grid. True: a button that names what is chosen and opens the grid. */
  compact: boolean;
  /** The question. */
  headline: string;
  /** What there is, each a `Tile`. */
  tiles: Tile[];
}

export const TILES_DEFAULTS: TilesTraits = {
  chosen: "",
  compact: false,
  headline: "What are you making?",
  tiles: [],
};

export interface TilesWire {
  traits: TilesTraits;
  sends: Make;
  receives: never;
}

/** A photo from the browser, of any size up to `max_bytes`, through the default websocket. */
export interface UploadTraits {
  /** False: the landing page. True: a slim row. */
  compact: boolean;
  /** What is offered to start from, each an `Example`. */
  examples: Example[];
  /** The two lines of the landing page. */
  headline: string;
  hint: string;
  /** Text of the button and accessible name of the file input. */
  label: string;
  /** The largest file that is taken. */
  max_bytes: number;
  /**
   * The browser shrinks larger photos to this longer side in pixels; 0 leaves every file as it is,
   * which depth maps need.
   */
  max_side: number;
  /** Offer the project that `Autosave` kept in this browser, as a file named ``….relief``. */
  remember: boolean;
  /** The sentence that the widget shows, from the browser; empty when all is well. */
  status: string;
  /** Take what is dropped anywhere on the page, not only on the widget. */
  whole_page: boolean;
}

export const UPLOAD_DEFAULTS: UploadTraits = {
  compact: false,
  examples: [],
  headline: "Turn a photo into a relief",
  hint: "Drop a photo here, paste it, or choose one. It stays on this machine.",
  label: "Choose a photo",
  max_bytes: 60000000,
  max_side: 4096,
  remember: false,
  status: "",
  whole_page: true,
};

export const UPLOAD_RANGES = {
  max_bytes: { min: 1 },
  max_side: { min: 0 },
} as const;

export interface UploadWire {
  traits: UploadTraits;
  sends: UploadBegin | UploadPart | Cancel | OpenExample;
  receives: UploadAck | UploadRefused | UploadClear;
}

/** A relief in the notebook: turns, follows its settings at once, and saves STL files. */
export interface ViewerTraits {
  /** Suffixes of files that have a button beside it. */
  also: string[];
  /** Width of the part divided by its height. */
  aspect: number;
  /** How the stock of a lithophane darkens; 0 for a relief. */
  attenuation_per_mm: number;
  base_thickness: number;
  /** Whether the object is bent. */
  bent: boolean;
  /** Whether the heights are a quick preview of finer ones to come. */
  coarse: boolean;
  /** Share of the width, from the left, that shows the photo itself. */
  compare: number;
  /** What the settings and the materials are, in the order of the places of choices. */
  controls: WireControl[];
  /** The depth curve that is in the heights; see `Edits`. */
  curve: [number, number][];
  depth_cutoff: number;
  depth_intensity: number;
  /** Suffixes of the files that Python can make. */
  exports: string[];
  /** Counts the height fields that were sent, and the last of them that was drawn. */
  frame: number;
  /** uint16, little-endian, row by row, and how many rows and columns there are. */
  heights: DataView;
  /** Whether the histogram and the cross-section are shown. */
  inspect: boolean;
  invert: boolean;
  light_altitude: number;
  /** Direction of the lamp in degrees: clockwise from the top of the photo, and above it. */
  light_azimuth: number;
  /** Suffix of the file that the first download button is for; STL where Python cannot make it. */
  main: string;
  /** Places that a check found: a byte each, row by row, seen as the photo is; empty for none. */
  marks: DataView;
  marks_shape: [number, number];
  material_index: number;
  materials: Material[];
  mirror_index: number;
  /** The places of the choices. */
  mode_index: number;
  /** Name of the photo: for the view's label and the names of saved files. */
  name: string;
  /** A finished object that stands for the grid, as `object_bytes` writes it; empty for none. */
  object: DataView;
  /** The number of the last stroke by hand that is in the heights, or was undone since. */
  painted: number;
  /** Whether the view brings controls of its own. */
  panel: boolean;
  shape: [number, number];
  show_texture: boolean;
  shown: number;
  size_mm: number;
  /** The photo, as JPEG; empty for none. */
  texture: DataView;
  thickness_mm: [number, number] | null;
  /** What the STL file of Python will weigh, for people; empty while it is not known. */
  weight: string;
}

export const VIEWER_DEFAULTS: Omit<ViewerTraits, "controls" | "materials"> = {
  also: [],
  aspect: 1,
  attenuation_per_mm: 0,
  base_thickness: 0.05,
  bent: false,
  coarse: false,
  compare: 0,
  curve: [[0, 0], [1, 1]],
  depth_cutoff: 0,
  depth_intensity: 0.1,
  exports: [],
  frame: 0,
  heights: EMPTY,
  inspect: false,
  invert: false,
  light_altitude: 32,
  light_azimuth: 315,
  main: ".stl",
  marks: EMPTY,
  marks_shape: [0, 0],
  material_index: 0,
  mirror_index: 0,
  mode_index: 0,
  name: "",
  object: EMPTY,
  painted: 0,
  panel: true,
  shape: [0, 0],
  show_texture: false,
  shown: 0,
  size_mm: 100,
  texture: EMPTY,
  thickness_mm: null,
  weight: "",
};

export const VIEWER_RANGES = {
  attenuation_per_mm: { min: 0 },
  compare: { min: 0, max: 1 },
  light_altitude: { min: 1, max: 90 },
} as const;

export interface ViewerWire {
  traits: ViewerTraits;
  sends: Export | DownloadAck | Cancel;
  receives: DownloadProgress | DownloadFile | DownloadFailed;
}
