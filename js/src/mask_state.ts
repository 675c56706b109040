/** The mask that is edited, its history, and its way to and from Python. */

import type { AnyModel } from "@anywidget/types";
import type { Crop } from "./mask_crop";
import { fill, History, invert, type Mask, type Point, paint } from "./mask_edit";

export type Tool = "brush" | "erase" | "fill";

export type MaskTraits = {
  picture: DataView;
  shape: [number, number];
  mask: DataView;
  active: boolean;
  brush: number;
  tool: Tool;
  busy: boolean;
  crop: Crop;
  cropping: boolean;
  edits: number;
};

/** Strokes in quick succession travel as one mask. */
export const SAVE_DELAY_MS = 150;

export class MaskState {
  private values = new Uint8Array();
  private rows = 0;
  private cols = 0;
  private readonly history = new History();
  private own: DataView | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly model: AnyModel<MaskTraits>,
    private readonly onChange: () => void,
  ) {
    this.load(true);
  }

  /** What to draw: nothing where there is no mask, or where it is off. */
  get shown(): Mask | undefined {
    return this.values.length > 0 && this.model.get("active") ? this.mask : undefined;
  }

  get canPaint(): boolean {
    return this.model.get("active") && !this.model.get("busy") && this.rows * this.cols > 0;
  }

  get canUndo(): boolean {
    return this.canPaint && this.history.canUndo;
  }

  get canRedo(): boolean {
    return this.canPaint && this.history.canRedo;
  }

  /** The radius of the brush in mask pixels. */
  get radius(): number {
    return Math.max(0.5, (this.model.get("brush") * Math.max(this.rows, this.cols)) / 2);
  }

  /** Take over what Python set; a mask for the same photo can be undone like any other step. */
  load(isNew: boolean): void {
    const bytes = this.model.get("mask");
    const [rows, cols] = this.model.get("shape");
    if (!isNew && bytes === this.own) {
      return;
    }
    clearTimeout(this.timer);
    this.timer = undefined;
    if (isNew || rows !== this.rows || cols !== this.cols) {
      this.history.clear();
    } else {
      this.history.push(this.values);
    }
    [this.rows, this.cols] = [rows, cols];
    // A copy: the buffer belongs to the model, and painting would change it behind its back.
    this.values =
      bytes.byteLength === rows * cols
        ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength).slice()
        : new Uint8Array();
    this.own = bytes;
    this.onChange();
  }

  /** Begin a step that can be undone. */
  begin(): void {
    this.history.push(this.values);
    if (this.values.length === 0) {
      this.values = new Uint8Array(this.rows * this.cols);
    }
  }

  paint(from: Point, to: Point, erase: boolean): void {
    paint(this.mask, this.toMask(from), this.toMask(to), this.radius, erase);
    this.onChange();
  }

  fill(at: Point): void {
    this.begin();
    fill(this.mask, this.toMask(at));
    this.changed();
  }

  invert(): void {
    this.begin();
    invert(this.mask);
    this.changed();
  }

  undo(): void {
    this.restore(this.canUndo ? this.history.undo(this.values) : undefined);
  }

  redo(): void {
    this.restore(this.canRedo ? this.history.redo(this.values) : undefined);
  }

  /** A step is complete: Python hears of it soon. */
  changed(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), SAVE_DELAY_MS);
    this.onChange();
  }

  toggleActive(): void {
    this.model.set("active", !this.model.get("active"));
    this.countEdit();
    this.model.save_changes();
  }

  /** Send at once what still waits. */
  flush(): void {
    if (this.timer !== undefined) {
      this.save();
    }
  }

  isSubject(at: Point): boolean {
    const { x, y } = this.toMask(at);
    const col = Math.min(this.cols - 1, Math.floor(x));
    const row = Math.min(this.rows - 1, Math.floor(y));
    return this.values[row * this.cols + col] > 127;
  }

  private get mask(): Mask {
    return { rows: this.rows, cols: this.cols, values: this.values };
  }

  private toMask({ x, y }: Point): Point {
    return { x: x * this.cols, y: y * this.rows };
  }

  private restore(values: Uint8Array | undefined): void {
    if (values) {
      this.values = values as Uint8Array<ArrayBuffer>;
      this.changed();
    }
  }

  private save(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.own = new DataView(this.values.slice().buffer);
    this.model.set("mask", this.own);
    this.countEdit();
    this.model.save_changes();
  }

  private countEdit(): void {
    this.model.set("edits", this.model.get("edits") + 1);
  }
}
