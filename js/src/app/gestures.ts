/** What makes one step of undo: a drag from its beginning to its end; and the keys of undo. */

import type { ShellWire } from "../generated/wire";
import { on } from "../shared/dom";
import { type Model, tell } from "../shared/model";

const TEXT = "textarea, input:not([type=range], [type=checkbox], [type=radio], [type=file])";

/** Tell Python of drags in the app, and of the keys of undo wherever no text is typed. */
export function listenToGestures(
  app: HTMLElement,
  model: Model<ShellWire>,
  signal: AbortSignal,
): void {
  let held = false;
  // First of all: what the press changes comes after it.
  const down = (event: PointerEvent) => {
    // Turning the view, or painting in it, changes no setting.
    if (held || (event.target as Element).closest("canvas")) return;
    held = true;
    tell(model, { kind: "press" });
  };
  const up = () => {
    if (!held) return;
    held = false;
    tell(model, { kind: "release" });
  };
  on(app, "pointerdown", signal, down, { capture: true });
  on(window, ["pointerup", "pointercancel", "blur"], signal, up);
  // A page of its own has nothing else to undo; in a notebook that is where the focus is.
  const isPage = document.body.dataset.voila !== undefined;
  on(isPage ? document : app, "keydown", signal, (event) => {
    const wish = wanted(event as KeyboardEvent);
    if (!wish || event.defaultPrevented || typesIn(event.target)) return;
    event.preventDefault();
    tell(model, { kind: wish });
  });
}

/** Ctrl+Z, and Ctrl+Shift+Z or Ctrl+Y; with Cmd on a Mac. */
function wanted(event: KeyboardEvent): "undo" | "redo" | null {
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return null;
  const key = event.key.toLowerCase();
  if (key === "z") return event.shiftKey ? "redo" : "undo";
  return key === "y" && !event.shiftKey ? "redo" : null;
}

function typesIn(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches(TEXT));
}
