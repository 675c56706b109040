/** The mask that is edited, its history, and its way to and from Python. */

import { MASK_SUBJECT, type MaskEditorWire } from "../generated/wire";
import { type Model, put } from "../shared/model";
import type { Point } from "../shared/pointer";
import {
  combine,
  fill,
  History,
  hasSubject,
  invert,
  type Mask,
  paint,
  type Selecting,
  type Snapshot,
} from "./edit";
import { type Ground, region } from "./select";

/**
 * Whether a subject is marked, found or painted; nothing is, since none was found, and one can be
 * painted; or the user says that there is none.
 */
export type Subject = "marked" | "none" | "off";

/** Strokes in quick succession travel as one mask. */
const SAVE_DELAY_MS = 150;

export class MaskState {
  private values: Uint8Array = new Uint8Array();
  private active = true;
  private rows = 0;
  private cols = 0;
  /** What was there before the step that is being made. */
  private before: Snapshot | undefined;
  private readonly history = new History();
  private own: DataView | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly model: Model<MaskEditorWire>,
    private readonly onChange: () => void,
  ) {
    this.load(true);
  }

  get subject(): Subject {
    if (!this.active) {
      return "off";
    }
    return this.values.length > 0 ? "marked" : "none";
  }

  /** What to draw: nothing where nothing is marked. */
  get shown(): Mask | undefined {
    return this.subject === "marked" ? this.mask : undefined;
  }

  /** Also where nothing is marked, or where it is off: a stroke makes a mask, or switches it on. */
  get canPaint(): boolean {
    return !this.model.get("busy") && this.rows * this.cols > 0;
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
    const active = this.model.get("active");
    const [rows, cols] = this.model.get("shape");
    const isSame = !isNew && rows === this.rows && cols === this.cols;
    if (isSame && bytes === this.own && active === this.active) {
      return;
    }
    // An answer to an older step would take back the one that is being made.
    if (isSame && (this.before || this.timer !== undefined)) {
      return;
    }
    clearTimeout(this.timer);
    this.timer = undefined;
    this.before = undefined;
    if (isSame) {
      this.history.push(this.now);
    } else {
      this.history.clear();
    }
    this.active = active;
    [this.rows, this.cols] = [rows, cols];
    // A copy: the buffer belongs to the model, and painting would change it behind its back.
    this.values =
      bytes.byteLength === rows * cols
        ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength).slice()
        : new Uint8Array();
    this.own = bytes;
    this.onChange();
  }

  /** Begin a step that can be undone; what was off is on with it. */
  begin(): void {
    this.before = { values: this.values.slice(), active: this.active };
    this.active = true;
    if (this.values.length === 0) {
      this.values = new Uint8Array(this.rows * this.cols);
    }
  }

  /** Paint with a share of the brush. */
  paint(from: Point, to: Point, erase: boolean, weight = 1): void {
    if (!this.before) {
      // Another photo came in the midst of the stroke.
      this.begin();
    }
    paint(this.mask, this.toMask(from), this.toMask(to), this.radius * weight, erase);
    this.onChange();
  }

  fill(at: Point): void {
    this.begin();
    fill(this.mask, this.toMask(at));
    this.changed();
  }

  /** Select with one click. */
  select(ground: Ground, at: Point, how: Selecting): void {
    this.begin();
    combine(this.mask, region(ground, this.toMask(at), this.model.get("likeness")), how);
    this.changed();
  }

  invert(): void {
    this.begin();
    invert(this.mask);
    this.changed();
  }

  undo(): void {
    this.restore(this.canUndo ? this.history.undo(this.now) : undefined);
  }

  redo(): void {
    this.restore(this.canRedo ? this.history.redo(this.now) : undefined);
  }

  /** The step is complete: Python hears of it soon. One that changed nothing is none. */
  changed(): void {
    const { before } = this;
    this.before = undefined;
    if (before) {
      const isMarked = hasSubject(this.values);
      if (!isMarked && before.values.length === 0) {
        this.values = before.values;
        this.active = before.active;
      } else if (!isMarked) {
        // All of it is erased: that says that there is no subject.
        this.active = false;
      }
      if (this.active === before.active && isEqual(this.values, before.values)) {
        this.onChange();
        // What came from Python meanwhile waited for this step.
        this.load(false);
        return;
      }
      this.history.push(before);
    }
    this.saveSoon();
  }

  /** Say that there is no subject, or go back to what was there before. */
  toggleActive(): void {
    this.history.push(this.now);
    this.active = !this.active;
    if (this.active && !hasSubject(this.values)) {
      this.values = new Uint8Array();
    }
    this.save();
    this.onChange();
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
    return this.values[row * this.cols + col] > MASK_SUBJECT / 2;
  }

  private get now(): Snapshot {
    return { values: this.values, active: this.active };
  }

  private get mask(): Mask {
    return { rows: this.rows, cols: this.cols, values: this.values };
  }

  private toMask({ x, y }: Point): Point {
    return { x: x * this.cols, y: y * this.rows };
  }

  private restore(step: Snapshot | undefined): void {
    if (step) {
      this.values = step.values;
      this.active = step.active;
      this.saveSoon();
    }
  }

  private saveSoon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), SAVE_DELAY_MS);
    this.onChange();
  }

  private save(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.own = new DataView(this.values.slice().buffer as ArrayBuffer);
    const edits = this.model.get("edits") + 1;
    put(this.model, { mask: this.own, active: this.active, edits });
  }
}

function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((value, at) => value === other[at]);
}
