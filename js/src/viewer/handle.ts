/** What other widgets of a page may do with a view: its root element has it. */

import type { Body, Heights } from "./settings";

/** Vertices from left and top to before right and bottom. */
export interface Patch {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export interface ViewHandle {
  /** The heights as they are shown; whoever changes them says so with `patch`. */
  readonly heights: Heights | null;
  readonly body: Body;
  /** The number of the last stroke by hand that is in the heights as Python sent them. */
  readonly painted: number;
  /** The depth curve that is in the heights as Python sent them. */
  readonly curve: readonly [number, number][];
  /** Show again what was changed of the heights. */
  patch(box: Patch): void;
  /** Whether the plain grid stands for a finished object. */
  plain: boolean;
  /** The ray through a place of the page: from where and whereto, in units of the longer side. */
  ray(clientX: number, clientY: number): { origin: Triple; direction: Triple } | null;
  /** Where a point of the part is on the stage, in CSS pixels; its third is 1 or more behind. */
  project(point: Triple): Triple | null;
}

export type Triple = [number, number, number];

/** Of the root element: new heights have come, and a frame was drawn. */
export const EVENTS = { heights: "relief-heights", frame: "relief-frame" } as const;

const HANDLE = "reliefView";

/** Let the widgets of a page find a view at its root element. */
export function offer(root: HTMLElement, handle: ViewHandle): void {
  Object.assign(root, { [HANDLE]: handle });
}

/** The view in the same app as an element, and its root. */
export function viewBeside(el: Element): { root: HTMLElement; view: ViewHandle } | null {
  const root = el.closest(".relief-app")?.querySelector<HTMLElement>(".relief-viewer");
  const view = root && (root as unknown as Record<string, ViewHandle | undefined>)[HANDLE];
  return root && view ? { root, view } : null;
}
