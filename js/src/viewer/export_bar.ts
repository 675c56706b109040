/** Downloads, with what they will weigh. */

import { FORMATS, type Suffix } from "../generated/wire";
import { button, element, on, reason } from "../shared/dom";
import { LostError, NoAnswerError, request, type Saved, save } from "../shared/download";
import { whenLost } from "../shared/farewell";
import { unsaved } from "../shared/keepsake";
import { follow } from "../shared/model";
import { bounds, type Part, part, triangleCount } from "./grid";
import type { ObjectMesh } from "./object_mesh";
import { type Body, type Heights, millimetres, sizes, type ViewerModel } from "./settings";
import { objectStl, stl, stlSize } from "./stl";

/** What is made, in a maker's words. */
const MADE = { solid: "solid", planar: "surface only" };

/** Makes a file, or has it made. */
type Make = (abort: AbortSignal, progress: (share: number) => void) => Promise<Saved>;

/** Always buttons of their own, beside what is being made; other formats are in a list. */
const BUTTONS: readonly Suffix[] = [".stl", ".3mf", ".obj.zip"];

type ControlElement = HTMLButtonElement | HTMLSelectElement;

export class ExportBar {
  readonly element = element("div", {
    class: "relief-export",
    role: "group",
    "aria-label": "Export",
  });
  /** Mode and extents, for people. */
  sizeText = "";
  /** Called when the extents are known; a cut-out's differ from its whole grid's. */
  onsize: (box: [number, number][]) => void = () => {};

  private readonly facts = element("span", { class: "relief-facts" });
  private readonly progress = element("progress", { max: 1, value: 0, "aria-label": "Export" });
  private readonly cancel = button({}, "Cancel");
  private readonly failed = element("span", { class: "relief-failed", role: "alert" });
  private readonly noted = element("span", { class: "relief-facts", "aria-live": "polite" });
  private readonly files = element("span", { class: "relief-files" });
  private running: AbortController | null = null;
  /** Fulfilled when the file that was asked for last is saved, or failed. */
  private work: Promise<void> = Promise.resolve();
  private field: Heights | null = null;
  private body: Body | null = null;
  private object: ObjectMesh | null = null;
  private counting = 0;
  private box: [number, number][] = [];
  private triangles = 0;

  constructor(
    private readonly model: ViewerModel,
    private readonly signal: AbortSignal,
    picture: () => Promise<Blob>,
  ) {
    const pictured = this.button("Picture", "Save picture", "", async () => ({
      blob: await picture(),
      name: `${this.fileName}.png`,
    }));
    this.element.append(this.files, pictured);
    this.element.append(this.progress, this.cancel, this.facts, this.noted, this.failed);
    this.fill();
    follow(model, ["exports", "main", "also"], signal, () => this.fill());
    follow(model, ["weight"], signal, () => this.field && this.tell());
    follow(model, ["coarse"], signal, () => this.enable());
    on(this.cancel, "click", signal, () => this.running?.abort());
    this.progress.hidden = this.cancel.hidden = true;
    whenLost(signal, () => this.running && this.work);
    signal.addEventListener("abort", () => {
      this.running?.abort();
      clearTimeout(this.counting);
    });
  }

  /** Offer what can be made: first what is wanted most, and STL even where nobody answers. */
  private fill(): void {
    const { model } = this;
    const offered = model.get("exports").filter((suffix) => suffix in FORMATS) as Suffix[];
    const wanted = [model.get("main"), ...model.get("also"), ...BUTTONS] as Suffix[];
    const shown = [...new Set(wanted)].filter((s) => s === ".stl" || offered.includes(s));
    const buttons = shown.map((suffix, place) => {
      const label = `Download ${FORMATS[suffix]}`;
      const make = suffix === ".stl" ? this.stl.bind(this) : this.fromPython(suffix);
      const main = place === 0;
      return this.button(main ? label : FORMATS[suffix], label, main ? "primary" : "", make);
    });
    const more = offered.filter((suffix) => !shown.includes(suffix));
    this.files.replaceChildren(...buttons, ...this.more(more));
    this.enable();
  }

  private fromPython(suffix: string): Make {
    return (abort, progress) => request(this.model, suffix, abort, progress);
  }

  update(field: Heights | null, body: Body, object: ObjectMesh | null = null): void {
    this.field = field;
    this.body = body;
    this.object = object;
    clearTimeout(this.counting);
    if (!field) {
      this.facts.textContent = "";
      this.sizeText = "";
      this.enable();
      return;
    }
    const { solid, width, height, base, relief, cutoff } = sizes(body, field.aspect);
    this.box = [
      [0, width],
      [0, height],
      [0, base + relief],
    ];
    if (object) {
      this.box = object.box.map(([low, high]) => [0, high - low]);
      this.triangles = object.faces.length / 3;
    } else if (cutoff > 0) {
      // Counting a cut-out looks at every cell: once the slider rests.
      this.describe();
      this.counting = window.setTimeout(() => this.count(part(field, body)), 120);
      return;
    } else {
      this.triangles = triangleCount({ ...field, solid, cells: null });
    }
    this.tell();
  }

  private count(cutOut: Part): void {
    this.triangles = triangleCount(cutOut);
    if (this.triangles) this.box = bounds(cutOut);
    this.tell();
  }

  private tell(): void {
    this.describe();
    const megabytes = stlSize(this.triangles) / 1e6;
    const here =
      `${this.triangles.toLocaleString("en")} triangles · ` +
      `STL ${megabytes.toFixed(megabytes < 10 ? 1 : 0)} MB`;
    const weight = this.model.get("weight");
    this.facts.textContent = this.triangles
      ? `${this.sizeText} · ${weight ? `STL ${weight}` : here}`
      : "The cutoff leaves nothing of the surface: choose a lower one.";
    this.enable();
  }

  private describe(): void {
    const extents = this.box.map(([low, high]) => millimetres(high - low)).join(" × ");
    this.sizeText = `${this.object ? "finished" : MADE[this.body?.mode ?? "solid"]}, ${extents} mm`;
    this.onsize(this.box);
  }

  private enable(): void {
    const ready = this.field !== null && !this.running;
    const whole = ready && this.triangles > 0 && !this.model.get("coarse");
    for (const control of this.element.querySelectorAll<ControlElement>("button, select")) {
      if (control !== this.cancel) control.disabled = !whole;
    }
  }

  private get fileName(): string {
    return this.model.get("name") || "relief";
  }

  /** A list of the formats that are wanted less often. */
  private more(suffixes: Suffix[]): Node[] {
    if (!suffixes.length) return [];
    const list = element(
      "select",
      { "aria-label": "More formats" },
      element("option", { value: "" }, "More…"),
      ...suffixes.map((suffix) => element("option", { value: suffix }, FORMATS[suffix])),
    );
    on(list, "change", this.signal, () => {
      const suffix = list.value;
      list.value = "";
      if (suffix) this.start(this.fromPython(suffix));
    });
    return [list];
  }

  /** As Python saves it: few triangles. Where nobody answers, the full grid, made here. */
  private async stl(...[abort, progress]: Parameters<Make>): Promise<Saved> {
    if (!this.field || !this.body) throw new Error("There is no relief yet.");
    if (this.model.get("exports").includes(".stl")) {
      try {
        return await request(this.model, ".stl", abort, progress);
      } catch (error) {
        if (!(error instanceof NoAnswerError) || this.object) throw error;
        this.noted.textContent =
          "The studio did not answer, so this file was made in your browser: all of its triangles.";
      }
    }
    const blob = await (this.object
      ? objectStl(this.object, abort, progress)
      : stl(part(this.field, this.body), abort, progress));
    return { blob, name: `${this.fileName}.stl` };
  }

  private button(text: string, label: string, kind: string, make: Make): HTMLButtonElement {
    const made = button({ class: kind, "aria-label": label }, text);
    on(made, "click", this.signal, () => this.start(make));
    return made;
  }

  private start(make: Make): void {
    this.work = this.run(make);
  }

  private async run(make: Make): Promise<void> {
    this.running = new AbortController();
    this.failed.textContent = this.noted.textContent = "";
    this.progress.value = 0;
    this.progress.hidden = this.cancel.hidden = false;
    this.enable();
    try {
      save(
        await make(this.running.signal, (share) => {
          this.progress.value = share;
        }),
      );
    } catch (error) {
      if (!this.running.signal.aborted) this.failed.textContent = reason(error);
      if (error instanceof LostError) unsaved();
    } finally {
      this.running = null;
      this.progress.hidden = this.cancel.hidden = true;
      this.enable();
    }
  }
}
