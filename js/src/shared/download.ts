/** Files: saving a blob, and putting together those that Python sends in parts. */

import type { AutosaveWire } from "../generated/wire";
import { element, unique } from "./dom";
import { kernelOf, watch } from "./kernel";
import { hear, type Model, tell } from "./model";

export interface Saved {
  blob: Blob;
  name: string;
}

export function save({ blob, name }: Saved): void {
  const link = element("a", { href: URL.createObjectURL(blob), download: name });
  // Some hosts only follow links that are in the page.
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Nobody answered: the kernel is gone, or busy with something else. */
export class NoAnswerError extends Error {}

/** Whoever was to answer is gone for good. */
export class LostError extends NoAnswerError {}

const LOST = "The studio stopped before the file was made: save it again once it is back.";

const ANSWER_MS = 4000;

/** Ask Python for a file, and take it part by part, each acknowledged. */
export function request(
  model: Model<Pick<AutosaveWire, "sends" | "receives"> & { traits: object }>,
  suffix: string,
  signal: AbortSignal,
  progress: (share: number) => void,
): Promise<Saved> {
  const id = unique();
  const done = new AbortController();
  const parts: Blob[] = [];
  let heard = () => {};
  return new Promise<Saved>((resolve, reject) => {
    signal.addEventListener(
      "abort",
      () => {
        tell(model, { kind: "cancel", id });
        reject(signal.reason);
      },
      { signal: done.signal },
    );
    hear(model, done.signal, (message, buffers) => {
      if (message.id !== id) return;
      heard();
      if (message.kind === "failed") {
        reject(new Error(message.message));
      } else if (message.kind === "progress") {
        progress(message.share);
      } else {
        const { part, parts: count, name } = message;
        if (part !== parts.length) return;
        parts.push(new Blob([buffers[0]]));
        model.send({ kind: "ack", id, part });
        progress(parts.length / count);
        if (parts.length === count) resolve({ blob: new Blob(parts), name });
      }
    });
    watch(kernelOf(model), done.signal, (life) => life === "lost" && reject(new LostError(LOST)));
    if (!tell(model, { kind: "export", id, suffix })) reject(new LostError(LOST));
    const silence = setTimeout(() => {
      // Nobody waits for it any more.
      tell(model, { kind: "cancel", id });
      reject(new NoAnswerError("The studio does not answer: it is busy. Try again in a moment."));
    }, ANSWER_MS);
    heard = () => clearTimeout(silence);
  }).finally(() => {
    heard();
    done.abort();
  });
}
