/** Downloads, with what they will weigh. */

import { element, millimetres } from "../shared/dom";
import { NoAnswerError, request, save } from "../shared/download";
import { bounds, part, triangleCount } from "./grid";
import type { ObjectMesh } from "./object_mesh";
import { type Body, type Heights, sizes } from "./settings";
import { stl, stlSize } from "./stl";
import { listen, type Model } from "./wire";

/** Buttons of their own; other formats are in a list. */
const LABELS: Record<string, string> = {
  ".3mf": "3MF",
  ".obj.zip": "OBJ + texture",
};

const MORE: Record<string, string> = {
  ".stl.zip": "STL, a file for each tile",
  ".glb": "GLB, mesh with photo",
  ".ply": "PLY, mesh with colours",
  ".height.png": "Height map, 16-bit PNG",
  ".height.tiff": "Height map, 32-bit TIFF",
  ".depth.png": "Depth map, 16-bit PNG",
  ".depth.tiff": "Depth map, 32-bit TIFF",
  ".relief": "Project, to open again",
};

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
  private readonly cancel = element("button", { type: "button" }, "Cancel");
  private readonly failed = element("span", { class: "relief-failed", role: "alert" });
  private readonly noted = element("span", {
    class: "relief-facts",
    "aria-live": "polite",
  });
  private readonly stlButton: HTMLButtonElement;
  private readonly python = element("span", { class: "relief-python" });
  private running: AbortController | null = null;
  private field: Heights | null = null;
  private body: Body | null = null;
  private object: ObjectMesh | null = null;
  private counting = 0;
  private box: [number, number][] = [];
  private triangles = 0;

  constructor(
    private readonly model: Model,
    private readonly signal: AbortSignal,
    picture: () => Promise<Blob>,
  ) {
    this.stlButton = this.button("STL", "Download STL", "primary", (abort, progress) =>
      this.stl(abort, progress),
    );
    this.button("Picture", "Save picture", "", async () => ({
      blob: await picture(),
      name: `${this.fileName}.png`,
    }));
    const fill = () => {
      const exports = model.get("exports");
      const buttons = exports
        .filter((suffix) => suffix in LABELS)
        .map((suffix) =>
          this.button(LABELS[suffix], `Download ${LABELS[suffix]}`, "", (abort, progress) =>
            request(model, suffix, abort, progress),
          ),
        );
      this.python.replaceChildren(
        ...buttons,
        ...this.more(exports.filter((suffix) => suffix in MORE)),
      );
      this.enable();
    };
    listen(model, ["change:exports"], signal, fill);
    fill();
    listen(model, ["change:weight"], signal, () => this.field && this.tell());
    listen(model, ["change:coarse"], signal, () => this.enable());
    this.cancel.addEventListener("click", () => this.running?.abort(), { signal });
    this.progress.hidden = this.cancel.hidden = true;
    this.stlButton.after(this.python);
    this.element.append(this.progress, this.cancel, this.facts, this.noted, this.failed);
    signal.addEventListener("abort", () => {
      this.running?.abort();
      clearTimeout(this.counting);
    });
  }

  update(field: Heights | null, body: Body, object: ObjectMesh | null = null): void {
    this.field = field;
    this.body = body;
    this.object = object;
    if (!field) {
      this.facts.textContent = "";
      this.sizeText = "";
      this.enable();
      return;
    }
    const { width, height, base, relief } = sizes(body, field.aspect);
    this.box = [
      [0, width],
      [0, height],
      [0, base + relief],
    ];
    clearTimeout(this.counting);
    if (object) {
      const [x, y, z] = object.box;
      this.box = [x, y, z].map(([low, high]) => [0, high - low]);
      this.triangles = object.faces.length / 3;
      this.tell();
      return;
    }
    // Counting a cut-out looks at every cell: once the slider rests.
    if (body.mode === "planar" && body.depth_cutoff > 0) {
      this.describe();
      this.counting = window.setTimeout(() => this.count(), 120);
    } else {
      this.count();
    }
  }

  private count(): void {
    const { field, body } = this;
    if (!field || !body) return;
    if (body.mode === "planar" && body.depth_cutoff > 0) {
      const cutOut = part(field, body);
      this.triangles = triangleCount(cutOut);
      if (this.triangles) this.box = bounds(cutOut);
    } else {
      const { rows, cols } = field;
      this.triangles = triangleCount({ rows, cols, solid: body.mode === "solid", cells: null });
    }
    this.tell();
  }

  private tell(): void {
    this.describe();
    const weight = this.model.get("weight");
    if (weight && this.triangles) {
      this.facts.textContent = `${this.sizeText} · STL ${weight}`;
      this.enable();
      return;
    }
    const megabytes = stlSize(this.triangles) / 1e6;
    this.facts.textContent = this.triangles
      ? `${this.sizeText} · ${this.triangles.toLocaleString("en")} triangles · STL ${
          megabytes < 10 ? megabytes.toFixed(1) : megabytes.toFixed(0)
        } MB`
      : "The cutoff leaves nothing of the surface: choose a lower one.";
    this.enable();
  }

  private describe(): void {
    const extents = this.box.map(([low, high]) => millimetres(high - low)).join(" × ");
    this.sizeText = `${this.object ? "finished" : this.body?.mode}, ${extents} mm`;
    this.onsize(this.box);
  }

  private enable(): void {
    const ready = this.field !== null && !this.running;
    const whole = ready && this.triangles > 0 && !this.model.get("coarse");
    for (const button of this.element.querySelectorAll("button")) {
      if (button !== this.cancel) button.disabled = !whole;
    }
    const list = this.element.querySelector("select");
    if (list) list.disabled = !whole;
  }

  private get fileName(): string {
    return this.model.get("name") || "relief";
  }

  /** A list of the formats that are wanted less often. */
  private more(suffixes: string[]): Node[] {
    if (!suffixes.length) return [];
    const list = element(
      "select",
      { "aria-label": "More formats" },
      element("option", { value: "" }, "More…"),
      ...suffixes.map((suffix) => element("option", { value: suffix }, MORE[suffix])),
    );
    list.addEventListener(
      "change",
      () => {
        const suffix = list.value;
        list.value = "";
        if (suffix) {
          void this.run((abort, progress) => request(this.model, suffix, abort, progress));
        }
      },
      { signal: this.signal },
    );
    return [list];
  }

  /** As Python saves it: few triangles. Where nobody answers, the full grid, made here. */
  private async stl(abort: AbortSignal, progress: (share: number) => void) {
    if (!this.field || !this.body) throw new Error("There is no relief yet.");
    if (this.model.get("exports").includes(".stl")) {
      try {
        return await request(this.model, ".stl", abort, progress);
      } catch (error) {
        if (!(error instanceof NoAnswerError) || this.object) throw error;
        this.noted.textContent = "Python did not answer: this is the full grid, made here.";
      }
    }
    const blob = await stl(part(this.field, this.body), abort, progress);
    return { blob, name: `${this.fileName}.stl` };
  }

  private button(
    text: string,
    label: string,
    kind: string,
    make: (
      abort: AbortSignal,
      progress: (share: number) => void,
    ) => Promise<{ blob: Blob; name: string }>,
  ): HTMLButtonElement {
    const button = element("button", { type: "button", class: kind, "aria-label": label }, text);
    button.addEventListener("click", () => void this.run(make), { signal: this.signal });
    this.element.append(button);
    return button;
  }

  private async run(
    make: (
      abort: AbortSignal,
      progress: (share: number) => void,
    ) => Promise<{ blob: Blob; name: string }>,
  ): Promise<void> {
    this.running = new AbortController();
    this.failed.textContent = this.noted.textContent = "";
    this.progress.value = 0;
    this.progress.hidden = this.cancel.hidden = false;
    this.enable();
    try {
      const { blob, name } = await make(this.running.signal, (share) => {
        this.progress.value = share;
      });
      save(blob, name);
    } catch (error) {
      if (!this.running.signal.aborted) {
        this.failed.textContent = error instanceof Error ? error.message : String(error);
      }
    } finally {
      this.running = null;
      this.progress.hidden = this.cancel.hidden = true;
      this.enable();
    }
  }
}
