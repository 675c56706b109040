/** Keeps the project in this browser: its file when that changes, its settings at once. */

import type { AnyModel } from "@anywidget/types";
import { NoAnswerError, request } from "../shared/download";
import { keep, keepSettings } from "../shared/keepsake";
import { listen, type Model } from "../viewer/wire";

export type AutosaveTraits = {
  revision: string;
  settings: string;
  name: string;
  exports: string[];
  problem: string;
};

// A kernel at work answers once it is free.
const AGAIN_MS = 3000;

class Keeper {
  /** What the kept file is made of. */
  private held = "";
  private fetching: AbortController | undefined;
  /** Writes follow each other, so that the newest settings are kept last. */
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly model: AnyModel<AutosaveTraits>,
    private readonly signal: AbortSignal,
  ) {}

  settled(): void {
    const revision = this.model.get("revision");
    // As they are now: when their turn comes, they may be those of the next photo.
    const settings = this.model.get("settings");
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
      const settings = this.model.get("settings");
      this.held = revision;
      this.write(() => keep({ name, file, revision, settings }));
    } catch (error) {
      if (!signal.aborted) this.say(error);
    }
  }

  private async asked(signal: AbortSignal): Promise<Blob> {
    for (;;) {
      try {
        const model = this.model as unknown as Model;
        return (await request(model, ".relief", signal, () => {})).blob;
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
    const problem = error === undefined ? "" : error instanceof Error ? error.message : `${error}`;
    if (this.model.get("problem") !== problem) {
      this.model.set("problem", problem);
      this.model.save_changes();
    }
  }
}

function render({ model, signal }: { model: AnyModel<AutosaveTraits>; signal: AbortSignal }) {
  const keeper = new Keeper(model, signal);
  listen(model as unknown as Model, ["change:settings"], signal, () => keeper.settled());
  listen(model as unknown as Model, ["change:revision"], signal, () => void keeper.fetch());
  void keeper.fetch();
}

export default { render };
