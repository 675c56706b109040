/** Whether a turn of the wheel is meant for the view under the pointer, or for the page. */

import { on } from "../shared/dom";

/** A wheel that turns again within this time goes on scrolling the page. */
const SCROLL_MS = 400;

/**
 * Let the page scroll over a view that nobody pointed at.
 *
 * With Ctrl or Cmd (which is also how a pinch on a touchpad arrives), or where the view has the
 * focus, the wheel is the view's. Else it is if the pointer was moved over the view since the page
 * came to rest: one that a scrolling page carries under the pointer was not asked for.
 */
export function guardWheel(canvas: HTMLCanvasElement, signal: AbortSignal): void {
  let pointed = false;
  let scrolled = -Infinity;
  const scrolling = () => {
    pointed = false;
    scrolled = performance.now();
  };
  on(canvas, "pointermove", signal, ({ movementX, movementY }) => {
    // Browsers also report a pointer that rests while the page moves.
    if (movementX || movementY) pointed = true;
  });
  on(canvas, "pointerleave", signal, () => {
    pointed = false;
  });
  on(document, "scroll", signal, scrolling, { capture: true, passive: true });
  on(
    canvas,
    "wheel",
    signal,
    (event) => {
      const wanted = pointed && performance.now() - scrolled > SCROLL_MS;
      if (event.ctrlKey || event.metaKey || wanted || document.activeElement === canvas) return;
      scrolling();
      event.stopImmediatePropagation();
    },
    { capture: true, passive: true },
  );
}
