/** A file on its way to Python: parts with acknowledgement, one in flight. */

import { PART_BYTES, type UploadBegin, type UploadWire } from "../generated/wire";
import { unique } from "../shared/dom";

export const ACK_TIMEOUT_MS = 20_000;
export const LOST = "The connection was lost: reload the page or choose the photo again.";
const STOPPED = "The studio stopped before the photo was there: choose it again once it is back.";
const UNREADABLE = "The photo could not be read: choose it again.";

/** What was kept beside a project's file. */
export type Kept = Pick<UploadBegin, "settings" | "steps">;

const NOTHING: Kept = { settings: "", steps: "" };

type Send = (content: UploadWire["sends"], buffers?: ArrayBuffer[]) => void;

interface Outcome {
  onProgress(share: number): void;
  onDone(): void;
  /** The transfer is over unless `mayRecover`: then an acknowledgement may still come. */
  onTrouble(sentence: string, mayRecover: boolean): void;
}

export class Transfer {
  private readonly id = unique();
  private readonly parts: number;
  private awaited = -1;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private over = false;

  constructor(
    private readonly file: File,
    private readonly send: Send,
    private readonly outcome: Outcome,
  ) {
    this.parts = Math.ceil(file.size / PART_BYTES);
  }

  /** @param kept what belongs to the file, where it is a project, and is newer. */
  start(shrunk: boolean, kept: Kept = NOTHING): void {
    const { name, size, type } = this.file;
    this.send({ kind: "begin", id: this.id, name, size, type, shrunk, ...kept });
    void this.sendPart(0);
  }

  cancel(): void {
    if (!this.over) {
      this.end();
      this.send({ kind: "cancel", id: this.id });
    }
  }

  /** Forget the transfer without a word to Python. */
  end(): void {
    this.over = true;
    clearTimeout(this.timer);
  }

  /** Nobody is there any more who could answer. */
  lost(): void {
    if (this.over) return;
    this.end();
    this.outcome.onTrouble(STOPPED, false);
  }

  onMessage(message: UploadWire["receives"]): void {
    if (this.over || message.kind === "clear" || message.id !== this.id) {
      return;
    }
    if (message.kind === "refused") {
      this.end();
      this.outcome.onTrouble(message.message, false);
    } else if (message.index === this.awaited) {
      this.acknowledged();
    }
  }

  private acknowledged(): void {
    clearTimeout(this.timer);
    const next = this.awaited + 1;
    this.outcome.onProgress(next / this.parts);
    if (next < this.parts) {
      void this.sendPart(next);
    } else {
      this.end();
      this.outcome.onDone();
    }
  }

  private async sendPart(index: number): Promise<void> {
    this.awaited = index;
    let part: ArrayBuffer;
    try {
      part = await this.file.slice(index * PART_BYTES, (index + 1) * PART_BYTES).arrayBuffer();
    } catch {
      // The file was moved or changed since it was chosen, or its disk is gone.
      if (!this.over) {
        this.cancel();
        this.outcome.onTrouble(UNREADABLE, false);
      }
      return;
    }
    if (this.over) {
      return;
    }
    this.send({ kind: "part", id: this.id, index }, [part]);
    // A busy kernel answers late rather than never, so the transfer goes on when it does.
    this.timer = setTimeout(() => this.outcome.onTrouble(LOST, true), ACK_TIMEOUT_MS);
  }
}
