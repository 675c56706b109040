/** Shaping heights by hand: the tools, and their hold on the view that stands in the same app. */

import "./shaper.css";
import type { ShaperWire } from "../generated/wire";
import { on } from "../shared/dom";
import { whenLost } from "../shared/farewell";
import { follow, type Model, type Props, put } from "../shared/model";
import { EVENTS, type ViewHandle, viewBeside } from "../viewer/handle";
import { Bender } from "./bender";
import { CurveEditor } from "./curve_editor";
import { BRUSHES, buildShaper, type ShaperParts } from "./dom";
import { Painter } from "./painter";
import { offerPending } from "./pending";
import { Strokes } from "./strokes";

const SLIDERS = ["size", "strength", "softness", "height"] as const;
const HELP = {
  shape:
    "Draw on the part. The right button turns it, the wheel zooms. Arrow keys move the brush, Space " +
    "presses it, 1 to 5 choose it, [ and ] its size.",
  touch: "Draw on the part with a finger or a pen. The buttons over the view turn it.",
  pick: "Click the part where it has the height to set.",
};

class Shaper {
  private readonly strokes: Strokes;
  private readonly curve: CurveEditor;
  private readonly bender = new Bender();
  private view: ViewHandle | null = null;
  private painter: Painter | null = null;

  constructor(
    private readonly model: Model<ShaperWire>,
    private readonly parts: ShaperParts,
    private readonly signal: AbortSignal,
  ) {
    this.strokes = new Strokes(model, () => this.view);
    offerPending(parts.root, () => this.strokes.waiting);
    whenLost(signal, () => this.strokes.rest);
    this.curve = new CurveEditor(model, signal);
    parts.root.append(this.curve.element);
    this.listen();
    const tools = ["active", "brush", ...SLIDERS, "symmetry", "picking"] as const;
    follow(model, [...tools, "can_undo", "can_clear"], signal, () => this.update());
    follow(model, ["curve"], signal, () => {
      this.curve.load();
      this.bend();
    });
    follow(model, ["histogram"], signal, () => this.curve.count());
    this.update();
    // Tools that are put away leave the hand on the view to turning.
    const sight = new ResizeObserver(() => this.update());
    sight.observe(parts.root);
    signal.addEventListener("abort", () => sight.disconnect());
    // The view may come into the page after these tools.
    if (this.find()) return;
    const watch = new MutationObserver(() => this.find() && watch.disconnect());
    watch.observe(document.body, { childList: true, subtree: true });
    signal.addEventListener("abort", () => watch.disconnect());
  }

  private find(): boolean {
    const found = viewBeside(this.parts.root);
    if (!found) return false;
    this.view = found.view;
    const say = (text: string) => {
      this.parts.spoken.textContent = text;
    };
    const { model, strokes, signal } = this;
    this.painter = new Painter(model, strokes, found.root, found.view, say, signal);
    this.bender.reload(found.view, model.get("curve"));
    on(found.root, EVENTS.heights, signal, () => {
      this.bender.reload(found.view, model.get("curve"));
      strokes.reload();
      this.update();
    });
    this.update();
    return true;
  }

  private bend(): void {
    if (this.view && this.bender.show(this.view, this.model.get("curve"))) this.strokes.forget();
  }

  private listen(): void {
    const { parts, model, signal } = this;
    for (const brush of BRUSHES) {
      on(parts.brushes[brush], "click", signal, () => put(model, { brush, picking: false }));
    }
    for (const name of SLIDERS) {
      const { input } = parts.sliders[name];
      on(input, "input", signal, () => put(model, { [name]: input.valueAsNumber }));
    }
    on(parts.symmetry, "change", signal, () => {
      const symmetry = parts.symmetry.value as ReturnType<typeof model.get<"symmetry">>;
      put(model, { symmetry });
    });
    on(parts.pick, "click", signal, () => {
      put(model, { brush: "set", picking: !model.get("picking") });
    });
    on(parts.undo, "click", signal, () => model.send({ kind: "undo" }));
    on(parts.clear, "click", signal, () => model.send({ kind: "clear" }));
  }

  private update(): void {
    const { parts, model } = this;
    for (const brush of BRUSHES) {
      parts.brushes[brush].setAttribute("aria-pressed", String(model.get("brush") === brush));
    }
    for (const name of SLIDERS) {
      const { input, output } = parts.sliders[name];
      const value = model.get(name);
      input.value = String(value);
      const text = this.text(name, value);
      input.setAttribute("aria-valuetext", text);
      output.textContent = text;
    }
    const picking = model.get("picking");
    parts.heightRow.hidden = model.get("brush") !== "set";
    parts.pick.setAttribute("aria-pressed", String(picking));
    parts.symmetry.value = model.get("symmetry");
    parts.undo.disabled = !model.get("can_undo");
    parts.clear.disabled = !model.get("can_clear");
    const hand = matchMedia("(pointer: coarse)").matches ? HELP.touch : HELP.shape;
    parts.help.textContent = picking ? HELP.pick : hand;
    const sight = parts.root.clientWidth > 0;
    if (sight !== model.get("in_sight")) put(model, { in_sight: sight });
    this.painter?.switch(sight && model.get("active"));
    this.painter?.draw();
  }

  /** Lengths in mm where there is a part, else shares. */
  private text(name: (typeof SLIDERS)[number], value: number): string {
    const body = this.view?.body;
    if (name === "size" && body) return `${(value * body.size_mm).toPrecision(2)} mm`;
    return `${Math.round(value * 100)} %`;
  }
}

function render({ model, el, signal }: Props<ShaperWire>): void {
  new Shaper(model, buildShaper(el), signal);
}

export default { render };
