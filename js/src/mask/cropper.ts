/** Dragging the crop rectangle, and moving it by keyboard. */

import type { MaskEditorWire } from "../generated/wire";
import { type Model, put } from "../shared/model";
import { arrow, type Point, place } from "../shared/pointer";
import { type Crop, cursor, drag, type Grip, grip, nudge, WHOLE } from "./crop";
import type { MaskParts } from "./dom";

/** Pixels around an edge that count as the edge; fingers are wider than mice. */
const REACH = { touch: 24, other: 12 };

export class Cropper {
  crop: Crop;
  private held: { from: Point; crop: Crop; edges: Grip } | undefined;
  private moved = false;

  constructor(
    private readonly model: Model<MaskEditorWire>,
    private readonly parts: MaskParts,
    private readonly onChange: () => void,
  ) {
    this.crop = model.get("crop");
  }

  load(): void {
    if (!this.held) {
      this.crop = this.model.get("crop");
      this.onChange();
    }
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
    this.take(drag(this.held.crop, this.held.edges, by));
  }

  /** The user lets go, of the pointer or of the key. */
  up(): void {
    this.held = undefined;
    if (this.moved) {
      this.moved = false;
      put(this.model, { crop: this.crop });
      this.model.send({ kind: "crop", crop: this.crop });
    }
  }

  reset(): void {
    this.take([...WHOLE]);
    this.up();
  }

  keyDown(event: KeyboardEvent): boolean {
    const direction = arrow(event.key);
    if (!direction) {
      return false;
    }
    this.take(nudge(this.crop, direction, event.shiftKey));
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
