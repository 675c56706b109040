/** The offer to go on where the visitor left off. */

import { type Keepsake, since } from "../shared/keepsake";

/**
 * @param open called with the project's file.
 * @param forget called when the visitor wants it gone; the offer stands until it is.
 */
export function offer(
  parent: HTMLElement,
  kept: Keepsake,
  open: (file: File) => void,
  forget: () => Promise<void>,
): void {
  const go = document.createElement("button");
  go.type = "button";
  go.className = "relief-upload-button";
  go.textContent = `Continue with ${kept.name}`;
  const when = document.createElement("span");
  when.textContent = `kept in this browser ${since(kept.saved)}`;
  const drop = document.createElement("button");
  drop.type = "button";
  drop.className = "relief-upload-button relief-upload-forget";
  drop.textContent = "Forget it";
  go.addEventListener("click", () => open(new File([kept.file], `${kept.name}.relief`)));
  drop.addEventListener("click", async () => {
    drop.disabled = true;
    try {
      await forget();
      parent.hidden = true;
    } catch {
      drop.disabled = false;
      when.textContent =
        "This browser would not forget it. Clear this page's data in its settings.";
    }
  });
  parent.replaceChildren(go, when, drop);
  parent.hidden = false;
}
