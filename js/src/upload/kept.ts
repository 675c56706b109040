/** What this browser kept: opened by itself after a loss, or offered to open and to forget. */

import { button, element, icon, reason } from "../shared/dom";
import {
  forget,
  type Keepsake,
  list,
  opened,
  ownProject,
  photo,
  reopen,
  since,
  takesUp,
} from "../shared/keepsake";
import type { Kept } from "./transfer";

type Open = (file: File, kept?: Kept) => void;

const FORGET = `<path d="M6 6l12 12M18 6 6 18"/>`;
const PICTURE = `<rect x="4" y="5" width="16" height="14" rx="2"/><path d="m5 17 5-5 4 4 2-2 3 3"/>`;

/** Go on where the page before this one in the tab was stopped; with what, if there was something. */
export async function resume(
  open: Open,
  signal: AbortSignal,
): Promise<"photo" | "project" | "nothing"> {
  if (!takesUp()) return "nothing";
  const arriving = await photo();
  const own = arriving ? undefined : (await list()).find(({ id }) => id === ownProject());
  if (signal.aborted) return "nothing";
  if (arriving) open(arriving);
  else if (own) openProject(own, open);
  return arriving ? "photo" : own ? "project" : "nothing";
}

function openProject({ id, name, file, settings, steps }: Keepsake, open: Open): void {
  reopen(id);
  open(new File([file], `${name}.relief`), { settings, steps });
}

/** Offer what is kept and not open in another tab, this tab's own first. */
export async function offer(parent: HTMLElement, open: Open, signal: AbortSignal): Promise<void> {
  const [found, busy, own] = [await list(), await opened(), ownProject()];
  const free = found.filter(({ id }) => id === own || !busy.has(id));
  free.sort((one, other) => Number(other.id === own) - Number(one.id === own));
  if (signal.aborted || free.length === 0) return;
  const problem = element("p", { role: "alert" });
  const items = element("ul", {}, ...free.map((one) => card(one, open, problem, signal)));
  const title = element("h3", {}, "Go on with");
  parent.replaceChildren(title, items, problem);
  parent.hidden = false;
}

function card(kept: Keepsake, open: Open, problem: HTMLElement, signal: AbortSignal): Element {
  const { name, saved, picture } = kept;
  const when = since(saved);
  const label = { "aria-label": `Continue with ${name}, kept ${when}` };
  const go = button(
    { class: "relief-kept-open", title: name, ...label },
    shown(picture, signal),
    element("span", { class: "relief-kept-name" }, name),
    element("span", { class: "relief-kept-when" }, when),
  );
  const title = `Forget ${name}`;
  const drop = button({ class: "relief-kept-forget", title, "aria-label": title }, icon(FORGET));
  const item = element("li", {}, go, drop);
  go.addEventListener("click", () => openProject(kept, open));
  drop.addEventListener("click", async () => {
    drop.disabled = true;
    try {
      await forget(kept.id);
      gone(item);
    } catch (error) {
      drop.disabled = false;
      problem.textContent = `This browser would not forget it (${reason(error)}). Clear this page's data in its settings.`;
    }
  });
  return item;
}

/** Take an item away; the focus goes to the next one rather than to nowhere. */
function gone(item: Element): void {
  const items = item.parentElement as Element;
  const next = (item.nextElementSibling ?? item.previousElementSibling)?.querySelector("button");
  const focused = item.contains(document.activeElement);
  item.remove();
  if (focused) next?.focus();
  if (items.children.length === 0) (items.parentElement as HTMLElement).hidden = true;
}

function shown(picture: Blob | null, signal: AbortSignal): Element {
  if (!picture) return icon(PICTURE);
  const src = URL.createObjectURL(picture);
  signal.addEventListener("abort", () => URL.revokeObjectURL(src));
  return element("img", { alt: "", draggable: "false", src });
}
