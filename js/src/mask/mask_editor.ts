/** Shows the photo with its subject mask and lets people repaint it, or crop the photo. */

import "./mask_editor.css";
import { MASK_EDITOR_RANGES, type MaskEditorTraits, type MaskEditorWire } from "../generated/wire";
import { on } from "../shared/dom";
import { follow, type Model, type Props, put } from "../shared/model";
import { drawCrop } from "./crop";
import { Cropper } from "./cropper";
import { buildEditor, type MaskParts } from "./dom";
import { Painter } from "./painter";
import { type Ground, ground } from "./select";
import { MaskState } from "./state";
import { MaskView } from "./view";

const BY = "with the mouse, a finger, or the arrow keys and Space";
const HELP = {
  marked: `Paint ${BY}. Shift erases.`,
  none: `Nothing is marked. Paint a subject ${BY}, or leave the whole picture as it is.`,
  off: "No subject: the whole picture is shaped alike. Paint, or press No subject again, to have one.",
  crop: "Drag the edges or the inside. Arrow keys move the crop, with Shift they resize it.",
  empty: "No photo yet.",
};
const CLICK =
  "Click what to select, or press Space there. Shift adds to the subject, Alt takes away.";
const TOOLS = ["select", "brush", "erase", "fill"] as const;

class Editor {
  private readonly view = new MaskView();
  private readonly state: MaskState;
  private readonly painter: Painter;
  private readonly cropper: Cropper;
  private frame = 0;
  private isNew = false;
  private waiting = false;
  private loads = 0;
  /** What clicks select in, made for the first of them. */
  private clicked: Ground | null = null;

  constructor(
    private readonly model: Model<MaskEditorWire>,
    private readonly parts: MaskParts,
    private readonly signal: AbortSignal,
  ) {
    this.state = new MaskState(model, () => this.redraw());
    this.painter = new Painter(model, this.state, parts, () => this.ground());
    this.cropper = new Cropper(model, parts, () => this.redraw());
    this.listenToModel();
    this.listenToCanvas();
    this.listenToTools();
    const sizes = new ResizeObserver(() => this.resize());
    sizes.observe(parts.stage);
    signal.addEventListener("abort", () => {
      sizes.disconnect();
      cancelAnimationFrame(this.frame);
      this.state.flush();
    });
    this.update();
    void this.loadPicture();
  }

  private listenToModel(): void {
    const { model, signal } = this;
    follow(model, ["picture", "shape"], signal, () => this.reload(true));
    follow(model, ["mask", "active"], signal, () => this.reload(false));
    follow(model, ["picture"], signal, () => void this.loadPicture());
    follow(model, ["depth", "shape"], signal, () => {
      this.clicked = null;
    });
    follow(model, ["crop", "tilt", "proportions"], signal, () => this.cropper.load());
    follow(model, ["brush", "likeness", "tool", "busy", "cropping"], signal, () => this.update());
  }

  /** Traits that come together are one change: the mask of a new photo is no step to undo. */
  private reload(isNew: boolean): void {
    this.isNew ||= isNew;
    if (!this.waiting) {
      this.waiting = true;
      queueMicrotask(() => {
        this.waiting = false;
        this.state.load(this.isNew);
        this.isNew = false;
      });
    }
  }

  private async loadPicture(): Promise<void> {
    const load = ++this.loads;
    const view = this.view;
    await view.load(this.model.get("picture"));
    if (load !== this.loads || this.signal.aborted) {
      return;
    }
    this.clicked = null;
    this.parts.root.toggleAttribute("data-empty", view.aspect === 0);
    this.parts.stage.style.setProperty("--aspect", String(view.aspect || 1));
    this.update();
  }

  private ground(): Ground | null {
    const [rows, cols] = this.model.get("shape");
    const colours = this.clicked ? undefined : this.view.colours(rows, cols);
    if (colours) {
      const { buffer, byteOffset, byteLength } = this.model.get("depth");
      this.clicked = ground(colours, new Uint8Array(buffer, byteOffset, byteLength), rows, cols);
    }
    return this.clicked;
  }

  private listenToCanvas(): void {
    const { canvas, root } = this.parts;
    const { signal } = this;
    const hand = () => (this.model.get("cropping") ? this.cropper : this.painter);
    on(canvas, "pointerdown", signal, (event) => {
      if (event.button === 0 && event.isPrimary) {
        hand().down(event);
      }
    });
    on(canvas, "pointermove", signal, (event) => event.isPrimary && hand().move(event));
    on(canvas, ["pointerup", "pointercancel", "blur"], signal, () => hand().up());
    on(canvas, ["pointerleave", "blur"], signal, () => this.painter.showRing(false, false));
    on(canvas, "keydown", signal, (event) => {
      if (!event.ctrlKey && !event.metaKey && hand().keyDown(event)) {
        event.preventDefault();
      }
    });
    on(canvas, "keyup", signal, (event) => {
      this.painter.keyUp(event);
      this.cropper.up();
    });
    on(root, "keydown", signal, (event) => this.onShortcut(event));
  }

  private onShortcut(event: KeyboardEvent): void {
    const key = event.key.toLowerCase();
    const isUndo = (event.ctrlKey || event.metaKey) && (key === "z" || key === "y");
    if (isUndo && !this.model.get("cropping")) {
      event.preventDefault();
      if (event.shiftKey || key === "y") {
        this.state.redo();
      } else {
        this.state.undo();
      }
    }
  }

  private listenToTools(): void {
    const { parts, state, model, signal } = this;
    const onClick = (button: HTMLElement, act: () => void) => on(button, "click", signal, act);
    for (const tool of TOOLS) {
      onClick(parts.toolButtons[tool], () => put(model, { tool }));
    }
    on(parts.brush, "input", signal, () => put(model, { brush: parts.brush.valueAsNumber }));
    on(parts.likeness, "input", signal, () => {
      put(model, { likeness: parts.likeness.valueAsNumber });
    });
    onClick(parts.invert, () => state.invert());
    onClick(parts.undo, () => state.undo());
    onClick(parts.redo, () => state.redo());
    onClick(parts.none, () => state.toggleActive());
    onClick(parts.automatic, () => {
      // A stroke that came later than the wish would take its place.
      state.flush();
      model.send({ kind: "automatic" });
    });
    onClick(parts.whole, () => this.cropper.reset());
    const { cropper } = this;
    on(parts.proportions, "change", signal, () => {
      cropper.keepTo(parts.proportions.value as MaskEditorTraits["proportions"]);
    });
    for (const field of [parts.tilt, parts.degrees]) {
      on(field, "input", signal, () => {
        const { min, max } = MASK_EDITOR_RANGES.tilt;
        const degrees = field.valueAsNumber;
        if (degrees >= min && degrees <= max) cropper.tiltTo(degrees);
      });
      on(field, "change", signal, () => cropper.up());
    }
  }

  /** The traits have changed: everything but the pixels follows here. */
  private update(): void {
    const { parts, model, view } = this;
    const cropping = model.get("cropping");
    const busy = model.get("busy");
    parts.root.setAttribute("aria-busy", String(busy));
    parts.root.toggleAttribute("data-cropping", cropping);
    parts.tools.hidden = cropping;
    parts.cropTools.hidden = !cropping;
    for (const tool of TOOLS) {
      parts.toolButtons[tool].setAttribute("aria-pressed", String(model.get("tool") === tool));
    }
    parts.brush.value = String(model.get("brush"));
    parts.brush.setAttribute("aria-valuetext", `${Math.round(model.get("brush") * 100)} %`);
    const clicks = model.get("tool") === "select";
    parts.brushRow.hidden = clicks;
    parts.likenessRow.hidden = !clicks;
    parts.likeness.value = String(model.get("likeness"));
    const reach = model.get("likeness") / MASK_EDITOR_RANGES.likeness.max;
    parts.likeness.setAttribute("aria-valuetext", `${Math.round(reach * 100)} %`);
    parts.none.disabled = busy;
    parts.automatic.disabled = busy || view.aspect === 0;
    parts.canvas.setAttribute(
      "aria-label",
      cropping ? "Crop of the photo" : "Subject of the photo",
    );
    this.painter.showRing(
      !parts.ring.hidden && !cropping,
      parts.ring.hasAttribute("data-keyboard"),
    );
    this.redraw();
  }

  /** What depends on the mask; kept cheap, a stroke comes through here at every event. */
  private redraw(): void {
    if (!this.frame) {
      this.frame = requestAnimationFrame(() => {
        this.frame = 0;
        this.draw();
      });
    }
  }

  private resize(): void {
    const { stage, canvas } = this.parts;
    const ratio = window.devicePixelRatio;
    const width = Math.max(1, Math.round(stage.clientWidth * ratio));
    const height = Math.max(1, Math.round(stage.clientHeight * ratio));
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
      // A new size clears the canvas: waiting for the next frame would flicker.
      this.draw();
    }
  }

  private showCrop(): void {
    const { parts, cropper } = this;
    parts.proportions.value = this.model.get("proportions");
    parts.tilt.value = String(cropper.tilt);
    // Not under the hand that types.
    if (parts.degrees.valueAsNumber !== cropper.tilt && document.activeElement !== parts.degrees) {
      parts.degrees.value = String(cropper.tilt);
    }
  }

  private draw(): void {
    const { parts, state, model } = this;
    const can = state.canPaint;
    for (const control of [
      ...Object.values(parts.toolButtons),
      parts.brush,
      parts.likeness,
      parts.invert,
    ]) {
      control.disabled = !can;
    }
    parts.undo.disabled = !state.canUndo;
    parts.redo.disabled = !state.canRedo;
    parts.none.setAttribute("aria-pressed", String(state.subject === "off"));
    const cropping = model.get("cropping");
    if (cropping) this.showCrop();
    const about = this.view.aspect === 0 ? "empty" : cropping ? "crop" : state.subject;
    const clicks = model.get("tool") === "select" && about === "marked";
    const help = clicks ? CLICK : HELP[about];
    if (parts.help.textContent !== help) {
      parts.help.textContent = help;
    }
    // Only a canvas that takes strokes may keep a finger from scrolling the page.
    parts.canvas.style.touchAction = cropping || can ? "none" : "auto";
    if (!cropping) {
      parts.canvas.style.cursor = can ? "none" : "default";
    }
    const context = parts.canvas.getContext("2d");
    if (!context) {
      return;
    }
    const ratio = window.devicePixelRatio;
    const { crop, tilt } = this.cropper;
    this.view.draw(context, cropping ? undefined : state.shown, ratio, cropping ? tilt : 0);
    const isCropped = crop[0] > 0 || crop[1] > 0 || crop[2] < 1 || crop[3] < 1;
    if (this.view.aspect > 0 && (cropping || isCropped)) {
      const round = model.get("proportions") === "round";
      drawCrop(context, crop, ratio, { edit: cropping, round });
    }
  }
}

function render({ model, el, signal }: Props<MaskEditorWire>): void {
  new Editor(model, buildEditor(el), signal);
}

export default { render };
