/** Shaping on the view, by pointer and by keyboard. */

import { SHAPER_RANGES, type ShaperWire } from "../generated/wire";
import { on } from "../shared/dom";
import { type Model, put } from "../shared/model";
import { arrow, clamp } from "../shared/pointer";
import { EVENTS, type ViewHandle } from "../viewer/handle";
import { sizes } from "../viewer/settings";
import type { Tool } from "./brushes";
import { BRUSHES } from "./dom";
import { Ground, type Place } from "./pick";
import { Ring } from "./ring";
import type { Strokes } from "./strokes";

const SIZE_STEP = 0.01;
const STRENGTH_STEP = 0.05;

/** What a brush does to the heights where the part is turned inside out. */
const INVERTED: Partial<Record<Tool["brush"], Tool["brush"]>> = { raise: "lower", lower: "raise" };

export class Painter {
  private readonly ring = new Ring();
  private readonly frame: HTMLElement;
  private place: Place | null = null;
  /** Where the keyboard shapes. */
  private cross: Place = { u: 0.5, v: 0.5 };
  private byKeys = false;
  private pointer: number | null = null;
  private active = false;

  constructor(
    private readonly model: Model<ShaperWire>,
    private readonly strokes: Strokes,
    root: HTMLElement,
    private readonly view: ViewHandle,
    private readonly say: (text: string) => void,
    signal: AbortSignal,
  ) {
    const frame = root.querySelector<HTMLElement>(".relief-stage");
    if (!frame) throw new Error("A view has a stage.");
    this.frame = frame;
    // Before the view takes them for turning: on the way down.
    const capture = { capture: true };
    on(frame, "pointerdown", signal, (event) => this.down(event), capture);
    on(frame, "pointermove", signal, (event) => this.move(event), capture);
    on(frame, ["pointerup", "pointercancel"], signal, (event) => this.up(event), capture);
    on(frame, "pointerleave", signal, () => !this.strokes.held && this.leave());
    on(frame, "dblclick", signal, (event) => this.mine(event) && event.stopPropagation(), capture);
    on(frame, "keydown", signal, (event) => this.keyDown(event), capture);
    on(frame, "keyup", signal, (event) => this.keyUp(event), capture);
    on(frame, "focusout", signal, () => this.blur());
    on(root, EVENTS.frame, signal, () => this.draw());
    signal.addEventListener("abort", () => {
      this.switch(false);
      this.ring.remove();
    });
  }

  switch(active: boolean): void {
    if (active === this.active) return;
    this.active = active;
    this.view.plain = active;
    this.frame.toggleAttribute("data-shaping", active);
    if (active) {
      this.ring.attach(this.frame);
    } else {
      this.finish();
      this.leave();
    }
  }

  /** Size or symmetry have changed. */
  draw(): void {
    const { heights, body } = this.view;
    const place = this.byKeys ? this.cross : this.place;
    if (!this.active || !heights || !place) {
      this.ring.hide();
      return;
    }
    const ground = new Ground(heights, body);
    const { width, height } = sizes(body, heights.aspect);
    const radius = (this.model.get("size") / 2) * Math.max(width, height);
    const radii = { u: radius / width, v: radius / height };
    this.ring.show(this.view, ground, this.images(place), radii, this.byKeys);
  }

  private images({ u, v }: Place): Place[] {
    const symmetry = this.model.get("symmetry");
    const places = [{ u, v }];
    if (symmetry === "left_right" || symmetry === "both") places.push({ u: 1 - u, v });
    if (symmetry === "top_bottom" || symmetry === "both") {
      places.push(...places.map((place) => ({ u: place.u, v: 1 - place.v })));
    }
    return places;
  }

  /** Whether an event is for the hand that shapes: on the canvas itself, not on what lies over it. */
  private mine(event: Event): boolean {
    return this.active && event.target instanceof HTMLCanvasElement;
  }

  private down(event: PointerEvent): void {
    if (!this.mine(event)) return;
    if (this.pointer !== null) {
      // A second finger, while the first one shapes.
      event.stopPropagation();
      return;
    }
    if (event.button !== 0) return;
    const canvas = event.target as HTMLCanvasElement;
    event.stopPropagation();
    event.preventDefault();
    canvas.focus({ preventScroll: true });
    this.byKeys = false;
    this.place = this.at(event);
    if (!this.place) return;
    if (this.model.get("picking") || event.altKey) {
      this.pickHeight(this.place);
      return;
    }
    if (this.strokes.begin(this.tool(), this.place.u, this.place.v, pressure(event))) {
      this.pointer = event.pointerId;
      canvas.setPointerCapture(event.pointerId);
    }
    this.draw();
  }

  private move(event: PointerEvent): void {
    if (!this.active) return;
    if (this.pointer === null) {
      const over = this.mine(event) && !event.buttons;
      this.byKeys &&= !over;
      this.place = over ? this.at(event) : null;
      this.draw();
      return;
    }
    event.stopPropagation();
    if (event.pointerId !== this.pointer) return;
    // Events between two frames come bundled; without them fast strokes have corners.
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length > 0 ? events : [event]) {
      const place = this.at(each);
      if (place) this.strokes.go(place.u, place.v, pressure(each));
    }
    this.place = this.at(event) ?? this.place;
    this.draw();
  }

  private up(event: PointerEvent): void {
    if (event.pointerId !== this.pointer) return;
    event.stopPropagation();
    const place = this.at(event);
    if (place) this.strokes.go(place.u, place.v, pressure(event, true), true);
    if (event.pointerType === "touch") this.place = null;
    this.finish();
    this.draw();
  }

  private finish(): void {
    this.pointer = null;
    if (this.strokes.end()) this.say("Stroke made.");
  }

  private leave(): void {
    this.place = null;
    this.byKeys = false;
    this.ring.hide();
  }

  private blur(): void {
    if (this.byKeys) {
      this.finish();
      this.byKeys = false;
      this.draw();
    }
  }

  private at(event: PointerEvent): Place | null {
    const { heights, body } = this.view;
    const ray = this.view.ray(event.clientX, event.clientY);
    return ray && heights && new Ground(heights, body).meet(ray.origin, ray.direction);
  }

  /** The brush as it acts on the heights: what is seen of them may be inverted. */
  private tool(): Tool {
    const { model } = this;
    const inverted = this.view.body.invert;
    const brush = model.get("brush");
    const height = model.get("height");
    return {
      brush: (inverted && INVERTED[brush]) || brush,
      size: model.get("size"),
      strength: model.get("strength"),
      softness: model.get("softness"),
      height: inverted ? 1 - height : height,
      symmetry: model.get("symmetry"),
    };
  }

  private pickHeight(place: Place): void {
    const { heights, body } = this.view;
    if (!heights) return;
    const height = Math.round(new Ground(heights, body).seen(place) * 1000) / 1000;
    put(this.model, { brush: "set", height, picking: false });
  }

  private keyDown(event: KeyboardEvent): void {
    if (!this.mine(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    const direction = arrow(event.key);
    if (direction) this.step(direction.x, direction.y, event.shiftKey);
    else if (event.key === " " || event.key === "Enter") this.press(event);
    else if (!this.key(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    this.draw();
  }

  private keyUp(event: KeyboardEvent): void {
    if (this.byKeys && (event.key === " " || event.key === "Enter") && this.strokes.held) {
      this.finish();
      event.stopPropagation();
    }
  }

  private key(key: string): boolean {
    const { model } = this;
    const brush = BRUSHES[Number(key) - 1];
    if (brush) {
      put(model, { brush, picking: false });
    } else if (key === "[" || key === "]") {
      const { min, max } = SHAPER_RANGES.size;
      const size = model.get("size") + (key === "]" ? SIZE_STEP : -SIZE_STEP);
      put(model, { size: clamp(Math.round(size * 1000) / 1000, min, max) });
    } else if (key === "{" || key === "}") {
      const strength = model.get("strength") + (key === "}" ? STRENGTH_STEP : -STRENGTH_STEP);
      put(model, { strength: clamp(Math.round(strength * 100) / 100, 0, 1) });
    } else {
      return false;
    }
    return true;
  }

  private press(event: KeyboardEvent): void {
    if (event.repeat || this.strokes.held) return;
    this.byKeys = true;
    if (this.model.get("picking")) this.pickHeight(this.cross);
    else this.strokes.begin(this.tool(), this.cross.u, this.cross.v, 1);
    this.announce();
  }

  /** A quarter of the brush, so that a stroke by keyboard has no gaps; with Shift a fine step. */
  private step(right: number, down: number, fine: boolean): void {
    const { heights, body } = this.view;
    if (!heights) return;
    if (!this.byKeys && this.place) this.cross = this.place;
    this.byKeys = true;
    const { mirrored, width, height } = sizes(body, heights.aspect);
    const longer = Math.max(width, height);
    const step = Math.max((this.model.get("size") * longer) / (fine ? 20 : 4), longer / 500);
    this.cross = {
      u: clamp(this.cross.u + ((mirrored ? -right : right) * step) / width, 0, 1),
      v: clamp(this.cross.v + (down * step) / height, 0, 1),
    };
    this.strokes.go(this.cross.u, this.cross.v, 1, true);
    this.announce();
  }

  private announce(): void {
    const { heights, body } = this.view;
    if (!heights) return;
    const { mirrored, base, relief } = sizes(body, heights.aspect);
    const across = mirrored ? 1 - this.cross.u : this.cross.u;
    const high = base + relief * new Ground(heights, body).seen(this.cross);
    const percent = (share: number) => `${Math.round(share * 100)} %`;
    const where = `${percent(across)} from the left, ${percent(this.cross.v)} down`;
    this.say(`${where}: ${high.toFixed(2)} mm high`);
  }
}

/** Of a pen; mice and fingers press or do not. */
function pressure(event: PointerEvent, lifted = false): number {
  if (event.pointerType !== "pen") return 1;
  // A pen that was lifted presses no more: where it was is covered already.
  return lifted ? 0 : event.pressure;
}
