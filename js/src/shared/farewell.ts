/**
 * Before a page goes that has lost its kernel: what is under way in it ends first, as a stroke that
 * the hand is making, or a file that the browser makes by itself.
 */

import { on } from "./dom";

const EVENT = "relief-lost";

/** Have the page stay until `under` is done, if it returns something, once the kernel is lost. */
export function whenLost(signal: AbortSignal, under: () => Promise<unknown> | null): void {
  on(document, EVENT, signal, (event) => {
    const work = under();
    if (work) (event as CustomEvent<Promise<unknown>[]>).detail.push(work);
  });
}

/** Fulfilled when nothing is under way any more, or after `mostMs`. */
export async function finished(mostMs: number): Promise<void> {
  const work: Promise<unknown>[] = [];
  // Each widget runs a copy of this module: the document is what they share.
  document.dispatchEvent(new CustomEvent(EVENT, { detail: work }));
  if (work.length === 0) return;
  const enough = new Promise((resolve) => setTimeout(resolve, mostMs));
  await Promise.race([Promise.allSettled(work), enough]);
}
