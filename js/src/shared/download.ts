/** Files: saving a blob, and putting together those that Python sends in parts. */

import { listen, type Model } from "../viewer/wire";

export function save(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  // Some hosts only follow links that are in the page.
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

interface FileMessage {
  kind: "progress" | "file" | "failed";
  id: string;
  share?: number;
  name?: string;
  part?: number;
  parts?: number;
  message?: string;
}

/** Nobody answered: the kernel is gone, or busy with something else. */
export class NoAnswerError extends Error {}

const ANSWER_MS = 4000;

/** Ask Python for a file, and take it part by part, each acknowledged. */
export function request(
  model: Model,
  suffix: string,
  signal: AbortSignal,
  progress: (share: number) => void,
): Promise<{ blob: Blob; name: string }> {
  const id = crypto.getRandomValues(new Uint32Array(2)).join("-");
  const done = new AbortController();
  const parts: Blob[] = [];
  let heard = () => {};
  return new Promise<{ blob: Blob; name: string }>((resolve, reject) => {
    signal.addEventListener(
      "abort",
      () => {
        model.send({ kind: "cancel", id });
        reject(signal.reason);
      },
      { signal: done.signal },
    );
    listen(model, ["msg:custom"], done.signal, (message: FileMessage, buffers: DataView[]) => {
      if (message.id !== id) return;
      heard();
      if (message.kind === "failed") {
        reject(new Error(message.message));
      } else if (message.kind === "progress") {
        progress(message.share ?? 0);
      } else if (message.kind === "file") {
        const part = message.part ?? 0;
        const count = message.parts ?? 1;
        if (part !== parts.length) return;
        parts.push(new Blob([buffers[0] as DataView<ArrayBuffer>]));
        model.send({ kind: "ack", id, part });
        progress(parts.length / count);
        if (parts.length === count) {
          resolve({ blob: new Blob(parts), name: message.name ?? `relief${suffix}` });
        }
      }
    });
    model.send({ kind: "export", id, suffix });
    const silence = setTimeout(() => {
      // Nobody waits for it any more.
      model.send({ kind: "cancel", id });
      reject(new NoAnswerError("Python does not answer: it is busy, or its kernel is gone."));
    }, ANSWER_MS);
    heard = () => clearTimeout(silence);
  }).finally(() => {
    heard();
    done.abort();
  });
}
