/** Painting by pointer and by keyboard. */

import { MASK_EDITOR_RANGES, type MaskEditorWire } from "../generated/wire";
import { type Model, put } from "../shared/model";
import { arrow, clamp, type Point, place } from "../shared/pointer";
import type { MaskParts } from "./dom";
import type { Ground } from "./select";
import type { MaskState } from "./state";

/** How much a key changes the brush. */
const STEP = 0.01;
const LIKENESS_STEP = 0.02;

const TOOL_KEYS: Record<string, MaskEditorWire["traits"]["tool"]> = {
  b: "brush",
  e: "erase",
  f: "fill",
  s: "select",
};
/** The least share of the brush that a pen paints with. */
const LIGHTEST = 0.25;

/** The share of the brush that an event paints with: a pen's grows with its pressure. */
function weight(event: PointerEvent): number {
  return event.pointerType === "pen" ? Math.max(LIGHTEST, event.pressure) : 1;
}

export class Painter {
  private stroke: { last: Point; erase: boolean; weight: number } | undefined;
  /** Where the keyboard paints. */
  private cross: Point = { x: 0.5, y: 0.5 };

  constructor(
    private readonly model: Model<MaskEditorWire>,
    private readonly state: MaskState,
    private readonly parts: MaskParts,
    /** What a click selects in; null where there is no photo. */
    private readonly ground: () => Ground | null,
  ) {}

  down(event: PointerEvent): void {
    if (this.begin(place(this.parts.canvas, event), event, weight(event))) {
      this.parts.canvas.setPointerCapture(event.pointerId);
    }
  }

  move(event: PointerEvent): void {
    // Events between two frames come bundled; without them fast strokes have corners.
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length > 0 ? events : [event]) {
      if (this.stroke) this.stroke.weight = weight(each);
      this.strokeTo(place(this.parts.canvas, each));
    }
    this.cross = place(this.parts.canvas, event);
    this.showRing(event.pointerType !== "touch" || this.stroke !== undefined, false);
  }

  up(): void {
    if (this.stroke) {
      this.stroke = undefined;
      this.state.changed();
    }
  }

  /** Whether the key was one of the painter's. */
  keyDown(event: KeyboardEvent): boolean {
    const direction = arrow(event.key);
    if (direction) {
      this.moveCross(direction);
    } else if (event.key === " " || event.key === "Enter") {
      if (!event.repeat) {
        this.begin(this.cross, event);
        this.announce();
      }
    } else if (event.key === "[" || event.key === "]") {
      const { name, step } = this.size();
      const size = this.model.get(name) + (event.key === "]" ? step : -step);
      const { min, max } = MASK_EDITOR_RANGES[name];
      put(this.model, { [name]: clamp(Math.round(size * 1000) / 1000, min, max) });
    } else if (/^[1-9]$/.test(event.key)) {
      const { name } = this.size();
      put(this.model, { [name]: (Number(event.key) / 9) * MASK_EDITOR_RANGES[name].max });
    } else if (TOOL_KEYS[event.key]) {
      put(this.model, { tool: TOOL_KEYS[event.key] });
    } else {
      return false;
    }
    this.showRing(true, true);
    return true;
  }

  keyUp(event: KeyboardEvent): void {
    if (event.key === " " || event.key === "Enter") {
      this.up();
    }
  }

  showRing(shown: boolean, isKeyboard: boolean): void {
    const { ring, canvas } = this.parts;
    const isInside = Math.abs(this.cross.x - 0.5) <= 0.5 && Math.abs(this.cross.y - 0.5) <= 0.5;
    ring.hidden = !shown || !isInside || !this.state.canPaint;
    ring.toggleAttribute("data-keyboard", isKeyboard);
    const { clientWidth, clientHeight } = canvas;
    const isClick = ["fill", "select"].includes(this.model.get("tool"));
    const size = isClick ? 14 : this.model.get("brush") * Math.max(clientWidth, clientHeight);
    ring.style.width = ring.style.height = `${Math.max(4, size)}px`;
    ring.style.left = `${this.cross.x * clientWidth}px`;
    ring.style.top = `${this.cross.y * clientHeight}px`;
  }

  /** What the keys of the size change: of a click, how far it reaches. */
  private size(): { name: "brush" | "likeness"; step: number } {
    return this.model.get("tool") === "select"
      ? { name: "likeness", step: LIKENESS_STEP }
      : { name: "brush", step: STEP };
  }

  private begin(
    at: Point,
    { shiftKey, altKey }: Pick<MouseEvent, "shiftKey" | "altKey">,
    weight = 1,
  ): boolean {
    if (!this.state.canPaint || this.stroke) {
      return false;
    }
    const tool = this.model.get("tool");
    if (tool === "fill") {
      this.state.fill(at);
      return false;
    }
    if (tool === "select") {
      const ground = this.ground();
      if (ground) this.state.select(ground, at, altKey ? "cut" : shiftKey ? "add" : "new");
      return false;
    }
    this.state.begin();
    this.stroke = { last: at, erase: tool === "erase" || shiftKey, weight };
    this.strokeTo(at);
    return true;
  }

  private strokeTo(at: Point): void {
    if (this.stroke) {
      const { last, erase, weight } = this.stroke;
      this.state.paint(last, at, erase, weight);
      this.stroke.last = at;
    }
  }

  private moveCross(direction: Point): void {
    const { clientWidth: width, clientHeight: height } = this.parts.canvas;
    // A quarter of the brush: a stroke by keyboard has no gaps.
    const step = (this.model.get("brush") * Math.max(width, height)) / 4;
    this.cross = {
      x: clamp(this.cross.x + (direction.x * step) / width, 0, 1),
      y: clamp(this.cross.y + (direction.y * step) / height, 0, 1),
    };
    this.strokeTo(this.cross);
    this.announce();
  }

  private announce(): void {
    const percent = (share: number) => `${Math.round(share * 100)} %`;
    const what = this.state.isSubject(this.cross) ? "subject" : "ground";
    const { x, y } = this.cross;
    this.parts.spoken.textContent = `${percent(x)} from the left, ${percent(y)} down: ${what}`;
  }
}
