/** Dragging the crop rectangle, and moving it by keyboard. */

import type { MaskEditorWire } from "../generated/wire";
import { type Model, put } from "../shared/model";
import { arrow, type Point, place } from "../shared/pointer";
import {
  type Crop,
  cursor,
  drag,
  dragLocked,
  fitted,
  type Grip,
  grip,
  nudge,
  shareRatio,
  WHOLE,
} from "./crop";
import type { MaskParts } from "./dom";

/** Pixels around an edge that count as the edge; fingers are wider than mice. */
const REACH = { touch: 24, other: 12 };

export class Cropper {
  crop: Crop;
  /** Degrees clockwise. */
  tilt = 0;
  private held: { from: Point; crop: Crop; edges: Grip } | undefined;
  private moved = false;

  constructor(
    private readonly model: Model<MaskEditorWire>,
    private readonly parts: MaskParts,
    private readonly onChange: () => void,
  ) {
    this.crop = model.get("crop");
    this.tilt = model.get("tilt");
  }

  load(): void {
    if (!this.held) {
      this.crop = this.model.get("crop");
      this.tilt = this.model.get("tilt");
      this.onChange();
    }
  }

  /** Keep to other proportions from now on. */
  keepTo(proportions: MaskEditorWire["traits"]["proportions"]): void {
    put(this.model, { proportions });
    const { ratio } = this;
    if (ratio) this.take(fitted(this.crop, ratio));
    this.up();
    this.onChange();
  }

  /** Tilt the picture by so many degrees, as long as a hand is on it; `up` lets go. */
  tiltTo(degrees: number): void {
    this.tilt = degrees;
    this.moved = true;
    this.onChange();
  }

  private get ratio(): number | undefined {
    const { clientWidth, clientHeight } = this.parts.canvas;
    return shareRatio(this.model.get("proportions"), clientWidth / clientHeight);
  }

  down(event: PointerEvent): void {
    const edges = this.gripAt(event);
    if (edges) {
      this.held = { from: place(this.parts.canvas, event), crop: this.crop, edges };
      this.parts.canvas.setPointerCapture(event.pointerId);
    }
  }

  move(event: PointerEvent): void {
    const { canvas } = this.parts;
    if (!this.held) {
      canvas.style.cursor = cursor(this.gripAt(event));
      return;
    }
    const at = place(canvas, event);
    const by = { x: at.x - this.held.from.x, y: at.y - this.held.from.y };
    const { ratio } = this;
    const { crop, edges } = this.held;
    this.take(ratio ? dragLocked(crop, edges, by, ratio) : drag(crop, edges, by));
  }

  /** The user lets go, of the pointer or of the key. */
  up(): void {
    this.held = undefined;
    if (this.moved) {
      this.moved = false;
      const { crop, tilt } = this;
      put(this.model, { crop, tilt });
      this.model.send({ kind: "crop", crop, tilt });
    }
  }

  reset(): void {
    put(this.model, { proportions: "free" });
    this.tilt = 0;
    this.take([...WHOLE]);
    this.up();
  }

  keyDown(event: KeyboardEvent): boolean {
    const direction = arrow(event.key);
    if (!direction) {
      return false;
    }
    this.take(nudge(this.crop, direction, event.shiftKey, this.ratio));
    const [left, top, right, bottom] = this.crop.map((share) => `${Math.round(share * 100)} %`);
    this.parts.spoken.textContent = `From ${left}, ${top} to ${right}, ${bottom}`;
    return true;
  }

  private take(crop: Crop): void {
    this.crop = crop;
    this.moved = true;
    this.onChange();
  }

  private gripAt(event: PointerEvent): Grip | undefined {
    const reach = event.pointerType === "touch" ? REACH.touch : REACH.other;
    const { clientWidth, clientHeight } = this.parts.canvas;
    const shares = { x: reach / clientWidth, y: reach / clientHeight };
    return grip(this.crop, place(this.parts.canvas, event), shares);
  }
}
