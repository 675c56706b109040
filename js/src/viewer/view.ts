/** A relief on the page: the stage with what lies over it, and what stands below it. */

import { Raycaster, Vector2, Vector3 } from "three";
import { BODY_TRAITS, type ViewerTraits } from "../generated/wire";
import { button, element } from "../shared/dom";
import { follow, put } from "../shared/model";
import { Dimensions } from "./dimensions";
import { ExportBar } from "./export_bar";
import { EVENTS, offer, type ViewHandle } from "./handle";
import { Inspector } from "./inspector";
import { LightPad } from "./light_pad";
import { decodeObject, type ObjectMesh, unitOf } from "./object_mesh";
import { Panel } from "./panel";
import { body, type Heights, heights, type ViewerModel } from "./settings";
import { Stage } from "./stage";
import { Toolbar } from "./toolbar";

const NO_WEBGL =
  "This browser shows no 3D: WebGL 2 is missing or switched off. The relief is complete all the " +
  "same and can be downloaded; to see it, switch hardware acceleration on or use another browser.";

const HELP =
  "Drag to turn. The wheel zooms once the pointer was moved over the view, with Ctrl or ⌘ always; " +
  "two fingers on a touch screen. Keys: arrows turn, with Shift they move; + and −; " +
  "1 to 4 for front, back, side and three-quarter; Home";

export class View {
  private readonly frame = element("div", { class: "relief-stage" });
  private readonly message = element("div", { class: "relief-message", role: "alert" });
  private readonly dimensions: Dimensions;
  private readonly inspector: Inspector;
  private readonly bar: ExportBar;
  private stage: Stage | null = null;
  private running = new AbortController();
  private field: Heights | null;
  private object: ObjectMesh | null = null;
  private drawn = -1;
  private coarse = false;
  private box: [number, number][] = [];
  private plain = false;
  private readonly root = element("div", { class: "relief-viewer" });

  constructor(
    el: HTMLElement,
    private readonly model: ViewerModel,
    private readonly signal: AbortSignal,
  ) {
    this.field = heights(model);
    const { root } = this;
    offer(root, this.handle());
    this.message.hidden = true;
    this.dimensions = new Dimensions(this.frame);
    this.inspector = new Inspector(model, signal);
    this.bar = new ExportBar(model, signal, () => this.picture());
    this.bar.onsize = (box) => {
      this.box = box;
      this.measure();
      this.label();
    };
    new Toolbar(this.frame, model, signal, (view) => this.stage?.orbit.show(view));
    new LightPad(this.frame, model, signal);
    this.frame.append(this.message);
    root.append(this.frame, this.inspector.element, this.bar.element);
    new Panel(root, model, signal);
    el.append(root);
    signal.addEventListener("abort", () => {
      this.running.abort();
      root.remove();
    });

    follow(model, ["frame"], signal, () => this.showHeights());
    follow(model, [...BODY_TRAITS, "thickness_mm"], signal, () => this.showBody());
    const redraw = (names: (keyof ViewerTraits)[], show: () => void) =>
      follow(model, names, signal, () => {
        show();
        this.stage?.move();
      });
    redraw(["material_index", "attenuation_per_mm"], () => this.showMaterial());
    redraw(["show_texture", "compare"], () => this.showDisplay());
    redraw(["light_azimuth", "light_altitude"], () => this.showLight());
    redraw(["marks"], () => this.showMarks());
    follow(model, ["object"], signal, () => this.showObject());
    follow(model, ["texture"], signal, () => void this.showPhoto());
    follow(model, ["name"], signal, () => this.label());
    this.inspector.onprofile = (v) => {
      if (!this.stage) return;
      this.stage.surface.profile = v;
      this.stage.move();
    };
    this.start();
  }

  /** Make the stage, also anew after its graphics context was taken away. */
  private start(): void {
    this.running.abort();
    this.running = new AbortController();
    const signal = AbortSignal.any([this.signal, this.running.signal]);
    try {
      this.stage = new Stage(this.frame, signal);
    } catch {
      this.stage = null;
      this.say(NO_WEBGL);
      this.showHeights();
      return;
    }
    this.message.hidden = true;
    this.stage.canvas.setAttribute("role", "img");
    this.stage.canvas.title = HELP;
    this.stage.onframe = () => this.acknowledge();
    this.stage.oncontext = (lost) => (lost ? this.asleep() : this.start());
    this.inspector.watch(this.stage, signal);
    this.showMaterial();
    this.showLight();
    this.showMarks();
    this.showHeights();
    // After the heights, which are laid over it.
    this.showObject();
    void this.showPhoto();
  }

  private showHeights(): void {
    const { model } = this;
    this.field = heights(model);
    if (this.stage && this.field) {
      this.stage.surface.setHeights(this.field);
      this.drawn = model.get("frame");
    }
    const follows = this.coarse && !model.get("coarse");
    this.coarse = model.get("coarse");
    // Before they are measured and drawn: who shapes them by hand has more to add.
    this.root.dispatchEvent(new Event(EVENTS.heights));
    // What a preview is followed by is the last for now: no quick frame has to come first.
    this.showBody(follows);
    if (!this.stage) this.acknowledge();
  }

  /** What other widgets may do with this view. */
  private handle(): ViewHandle {
    const view = this;
    return {
      get heights() {
        return view.field;
      },
      get body() {
        return body(view.model);
      },
      get painted() {
        return view.model.get("painted");
      },
      get curve() {
        return view.model.get("curve");
      },
      get plain() {
        return view.plain;
      },
      set plain(on) {
        if (on === view.plain) return;
        view.plain = on;
        view.showObject();
      },
      patch(box) {
        view.stage?.surface.patch(box);
        view.stage?.move();
      },
      ray(clientX, clientY) {
        if (!view.stage) return null;
        const { left, top, width, height } = view.stage.canvas.getBoundingClientRect();
        const place = new Vector2(
          (2 * (clientX - left)) / width - 1,
          1 - (2 * (clientY - top)) / height,
        );
        const caster = new Raycaster();
        caster.setFromCamera(place, view.stage.camera);
        const { origin, direction } = caster.ray;
        return { origin: origin.toArray(), direction: direction.toArray() };
      },
      project(point) {
        if (!view.stage) return null;
        const { x, y } = view.stage.project(new Vector3(...point));
        return [x, y, new Vector3(...point).project(view.stage.camera).z];
      },
    };
  }

  private showObject(): void {
    this.object = this.plain ? null : decodeObject(this.model.get("object"));
    this.stage?.surface.setObject(this.object, this.model.get("bent"));
    if (!this.field) return;
    this.showBody();
  }

  private showMarks(): void {
    const { buffer, byteOffset, byteLength } = this.model.get("marks");
    const [rows, cols] = this.model.get("marks_shape");
    const whole = byteLength > 0 && byteLength === rows * cols;
    const marks = whole ? new Uint8Array(buffer.slice(byteOffset, byteOffset + byteLength)) : null;
    this.stage?.surface.setMarks(marks as Uint8Array<ArrayBuffer> | null, rows, cols);
  }

  private showBody(settled = false): void {
    const shaping = body(this.model);
    this.bar.update(this.field, shaping, this.object);
    this.inspector.update(this.field, shaping);
    this.label();
    if (!this.stage) return;
    this.stage.surface.setBody(shaping);
    this.stage.fit();
    if (settled) this.stage.draw();
    else this.stage.move();
  }

  private showMaterial(): void {
    const material = this.model.get("materials")[this.model.get("material_index")];
    this.stage?.surface.setMaterial(material, this.model.get("attenuation_per_mm"));
  }

  private showLight(): void {
    this.stage?.surface.setLight(this.model.get("light_azimuth"), this.model.get("light_altitude"));
  }

  private showDisplay(): void {
    if (!this.stage) return;
    this.stage.surface.textured = this.model.get("show_texture");
    this.stage.surface.compare = this.model.get("compare");
  }

  private async showPhoto(): Promise<void> {
    const bytes = this.model.get("texture");
    const stage = this.stage;
    if (!stage) return;
    // Without its photo the relief is still a relief.
    const blob = new Blob([bytes as DataView<ArrayBuffer>]);
    const image = await createImageBitmap(blob).catch(() => null);
    if (stage !== this.stage || bytes !== this.model.get("texture")) {
      image?.close();
      return;
    }
    stage.surface.setPhoto(image);
    this.showDisplay();
    if (this.model.get("show_texture") || this.model.get("compare") > 0) stage.draw();
  }

  private measure(): void {
    const size = this.object ? unitOf(this.object) : this.model.get("size_mm");
    this.dimensions.update(this.stage, this.box, size);
  }

  private acknowledge(): void {
    this.measure();
    this.root.dispatchEvent(new Event(EVENTS.frame));
    const frame = this.stage ? this.drawn : this.model.get("frame");
    if (frame !== this.model.get("frame") || frame === this.model.get("shown")) return;
    put(this.model, { shown: frame });
  }

  private label(): void {
    const text = this.bar.sizeText;
    const name = this.model.get("name");
    const label = `Relief${name ? ` of ${name}` : ""}${text ? `, ${text}` : ""}`;
    this.stage?.canvas.setAttribute("aria-label", label);
  }

  private asleep(): void {
    const again = button({}, "Show it again");
    again.addEventListener("click", () => this.start());
    this.say("The browser paused this 3D view to make room for others.", again);
  }

  private say(...what: (string | Node)[]): void {
    this.message.replaceChildren(...what);
    this.message.hidden = false;
  }

  private picture(): Promise<Blob> {
    if (!this.stage) throw new Error("There is no picture without WebGL.");
    return this.stage.picture();
  }
}
