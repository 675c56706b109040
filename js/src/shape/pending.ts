/** Strokes that no kernel has taken, for who keeps the work: the tools' root element has them. */

import type { StrokeEntry } from "../generated/wire";
import { STRAIGHT } from "./curve";

/** Of the document: a stroke was made. */
export const STROKE_EVENT = "relief-stroke";

const PENDING = "reliefPending";
type Pending = () => StrokeEntry[];

/** Let who keeps the work find the strokes at the tools' root element. */
export function offerPending(root: HTMLElement, pending: Pending): void {
  Object.assign(root, { [PENDING]: pending });
}

/** Settings as they are kept, with the strokes of the same app that are not in them. */
export function withPending(el: Element, settings: string): string {
  const root = el.closest(".relief-app")?.querySelector(".relief-shape");
  const strokes = (root as unknown as Record<string, Pending> | undefined)?.[PENDING]?.() ?? [];
  if (!strokes.length || !settings) return settings;
  const entry = JSON.parse(settings);
  const edits = entry.edits ?? { curve: STRAIGHT, strokes: [] };
  return JSON.stringify({ ...entry, edits: { ...edits, strokes: [...edits.strokes, ...strokes] } });
}
