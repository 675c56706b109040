/** Keeps the project in this browser: its file when that changes, its settings at once. */

import type { AutosaveWire } from "../generated/wire";
import { STROKE_EVENT, withPending } from "../shape/pending";
import { on, reason } from "../shared/dom";
import { NoAnswerError, request } from "../shared/download";
import { keep, keepSettings } from "../shared/keepsake";
import { follow, type Model, type Props, put } from "../shared/model";

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

  /** As Python has them, and what it has not heard of. */
  private get settings(): string {
    return withPending(this.el, this.model.get("settings"));
  }

  settled(): void {
    const revision = this.model.get("revision");
    // As they are now: when their turn comes, they may be those of the next photo.
    const { settings } = this;
    if (revision && revision === this.held) {
      this.write(() => keepSettings(revision, settings));
    }
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
      const { settings } = this;
      this.held = revision;
      this.write(() => keep({ name, file, revision, settings }));
    } catch (error) {
      if (!signal.aborted) this.say(error);
    }
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
  follow(model, ["settings"], signal, () => keeper.settled());
  follow(model, ["revision"], signal, () => void keeper.fetch());
  void keeper.fetch();
}

export default { render };
