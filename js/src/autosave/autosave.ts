/** Keeps the project in this browser: its file when that changes, its settings at once. */

import "./autosave.css";
import type { AutosaveWire } from "../generated/wire";
import { STROKE_EVENT, withPending } from "../shape/pending";
import { on, reason } from "../shared/dom";
import { LostError, NoAnswerError, request } from "../shared/download";
import { type Beside, keep, keepBeside, own } from "../shared/keepsake";
import { kernelOf } from "../shared/kernel";
import { follow, type Model, type Props, put } from "../shared/model";
import { Lifeline, sayBack } from "./lifeline";

// A kernel at work answers once it is free.
const AGAIN_MS = 3000;

class Keeper {
  /** What the kept file is made of. */
  private held = "";
  private fetching: AbortController | undefined;
  /** Writes follow each other, so that the newest settings are kept last. */
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly model: Model<AutosaveWire>,
    private readonly el: HTMLElement,
    private readonly signal: AbortSignal,
  ) {}

  /** Fulfilled when all that was to be written is. */
  get written(): Promise<void> {
    return this.writing;
  }

  settled(): void {
    const revision = this.model.get("revision");
    // As they are now: when their turn comes, they may be those of the next photo.
    const project = this.model.get("project");
    const beside = this.beside();
    if (!revision || revision !== this.held) return;
    this.write(async () => {
      if (await keepBeside(project, beside)) own(project);
      // It was forgotten, or gave way to newer ones; but somebody works on it.
      else void this.fetch();
    });
  }

  async fetch(): Promise<void> {
    this.fetching?.abort();
    const revision = this.model.get("revision");
    if (!revision) return;
    this.fetching = new AbortController();
    const signal = AbortSignal.any([this.fetching.signal, this.signal]);
    try {
      const file = await this.asked(signal);
      const name = this.model.get("name") || "relief";
      const project = this.model.get("project");
      const beside = this.beside();
      this.held = revision;
      this.write(async () => {
        await keep({ id: project, name, file, ...beside });
        own(project);
      });
    } catch (error) {
      // That the kernel is lost is said elsewhere.
      if (!signal.aborted && !(error instanceof LostError)) this.say(error);
    }
  }

  private beside(): Omit<Beside, "saved"> {
    const picture = this.model.get("picture");
    return {
      revision: this.model.get("revision"),
      // As Python has them, and what it has not heard of.
      settings: withPending(this.el, this.model.get("settings")),
      steps: this.model.get("steps"),
      picture: picture.byteLength ? new Blob([picture as BlobPart], { type: "image/jpeg" }) : null,
    };
  }

  private async asked(signal: AbortSignal): Promise<Blob> {
    for (;;) {
      try {
        return (await request(this.model, ".relief", signal, () => {})).blob;
      } catch (error) {
        if (signal.aborted || !(error instanceof NoAnswerError)) throw error;
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
        signal.throwIfAborted();
      }
    }
  }

  private write(act: () => Promise<void>): void {
    this.writing = this.writing.then(act).then(
      () => this.say(undefined),
      (error) => this.say(error),
    );
  }

  private say(error: unknown): void {
    if (this.signal.aborted) return;
    const problem = error === undefined ? "" : reason(error);
    if (this.model.get("problem") !== problem) put(this.model, { problem });
  }
}

function render({ model, el, signal }: Props<AutosaveWire>): void {
  const keeper = new Keeper(model, el, signal);
  on(document, STROKE_EVENT, signal, () => keeper.settled());
  follow(model, ["settings", "steps", "picture"], signal, () => keeper.settled());
  follow(model, ["revision"], signal, () => void keeper.fetch());
  void keeper.fetch();
  sayBack();
  const kernel = kernelOf(model);
  if (!kernel) return;
  const kept = () => {
    // With as much of a stroke as there is.
    keeper.settled();
    return keeper.written;
  };
  new Lifeline(kernel, el, kept, signal);
}

export default { render };
