/** What to make, to choose by its picture: a grid, or a button that opens it. */

import "./tiles.css";
import type { Tile, TilesWire } from "../generated/wire";
import { button, element, icon, on, unique } from "../shared/dom";
import { follow, type Model, type Props, put } from "../shared/model";
import { arrow } from "../shared/pointer";

const CHANGE = `<path d="m6 9 6 6 6-6"/>`;
const CLOSE = `<path d="M6 6l12 12M18 6 6 18"/>`;
/** Of the sheet from its button, and from the edges of the window. */
const GAP_PX = 6;
const EDGE_PX = 12;

class Grid {
  readonly element: HTMLElement;
  readonly reason = element("p", { class: "relief-tiles-reason", "aria-live": "polite" });
  private tiles: readonly Tile[] = [];
  private buttons: HTMLButtonElement[] = [];
  private chosen = "";

  constructor(
    labelledBy: string,
    signal: AbortSignal,
    private readonly choose: (name: string) => void,
  ) {
    this.element = element("div", {
      class: "relief-tiles-grid",
      role: "radiogroup",
      "aria-labelledby": labelledBy,
    });
    on(this.element, "click", signal, (event) => {
      const tile = this.tileAt(event.target);
      if (tile) this.choose(tile.name);
    });
    on(this.element, "keydown", signal, (event) => this.press(event));
    on(this.element, ["pointerover", "focusin"], signal, (event) => {
      this.say(this.tileAt(event.target));
    });
    on(this.element, ["pointerleave", "focusout"], signal, () => this.say());
  }

  fill(tiles: readonly Tile[]): void {
    this.tiles = tiles;
    this.buttons = tiles.map(({ name, label, reason, picture }) =>
      button(
        {
          class: "relief-tiles-tile",
          role: "radio",
          "aria-description": reason,
          "data-name": name,
        },
        pictureOf(picture),
        element("span", { class: "relief-tiles-label" }, label),
      ),
    );
    this.element.replaceChildren(...this.buttons);
    this.show(this.chosen);
  }

  show(name: string): void {
    this.chosen = name;
    for (const tile of this.buttons) {
      const checked = tile.dataset.name === name;
      tile.setAttribute("aria-checked", String(checked));
      // One stop for the tab key; arrows go on from there.
      tile.tabIndex = checked ? 0 : -1;
    }
    if (!this.buttons.some((tile) => tile.tabIndex === 0) && this.buttons[0]) {
      this.buttons[0].tabIndex = 0;
    }
    this.say();
  }

  focus(): void {
    this.buttons.find((tile) => tile.tabIndex === 0)?.focus();
  }

  private tileAt(target: EventTarget | null): Tile | undefined {
    const name = (target as Element).closest<HTMLElement>("[role=radio]")?.dataset.name;
    return this.tiles.find((tile) => tile.name === name);
  }

  /** Say what a tile is; else what the chosen one is. */
  private say(tile = this.tiles.find(({ name }) => name === this.chosen)): void {
    const text = tile?.reason ?? "";
    if (this.reason.textContent !== text) this.reason.textContent = text;
  }

  private press(event: KeyboardEvent): void {
    const at = this.buttons.indexOf(document.activeElement as HTMLButtonElement);
    const to = at < 0 ? undefined : this.target(event.key, at);
    if (!to) return;
    event.preventDefault();
    event.stopPropagation();
    to.focus();
  }

  /** Where a key leads: to the next tile, or to the one below or above. */
  private target(key: string, at: number): HTMLButtonElement | undefined {
    const last = this.buttons.length - 1;
    if (key === "Home") return this.buttons[0];
    if (key === "End") return this.buttons[last];
    const direction = arrow(key);
    if (!direction) return undefined;
    if (direction.x) return this.buttons.at((at + direction.x) % (last + 1));
    const { left, top } = this.buttons[at].getBoundingClientRect();
    const beyond = this.buttons.filter((tile) => {
      const box = tile.getBoundingClientRect();
      return Math.abs(box.left - left) < 2 && Math.sign(box.top - top) === Math.sign(direction.y);
    });
    return direction.y > 0 ? beyond[0] : beyond.at(-1);
  }
}

function pictureOf(source: string): HTMLElement {
  const image = element("img", { alt: "", draggable: "false", decoding: "async" });
  if (source) image.src = source;
  else image.hidden = true;
  return element("span", { class: "relief-tiles-picture" }, image);
}

function choose(model: Model<TilesWire>, name: string): void {
  put(model, { chosen: name });
  // Also of the one that is chosen: it is made anew.
  model.send({ kind: "make", name });
}

function render({ model, el, signal }: Props<TilesWire>): void {
  const id = `relief-tiles-${unique()}`;
  const headline = element("h2", { class: "relief-tiles-headline", id });
  const grid = new Grid(id, signal, (name) => {
    choose(model, name);
    if (sheet.matches(":popover-open")) {
      sheet.hidePopover();
      opener.focus();
    }
  });
  const close = button(
    { class: "relief-tiles-close", title: "Close", "aria-label": "Close" },
    icon(CLOSE),
  );
  const sheet = element(
    "div",
    { class: "relief-tiles-sheet", id: `${id}-sheet` },
    ...[headline, close, grid.reason, grid.element],
  );
  const opener = button({
    class: "relief-tiles-open",
    "aria-haspopup": "dialog",
    "aria-controls": sheet.id,
  });
  const root = element("section", { class: "relief-tiles", "aria-labelledby": id }, opener, sheet);
  el.append(root);

  const describe = () => {
    headline.textContent = model.get("headline");
    const chosen = model.get("tiles").find(({ name }) => name === model.get("chosen"));
    const change = element("span", { class: "relief-tiles-change" }, " change", icon(CHANGE));
    const label = element("span", { class: "relief-tiles-now" }, "Making: ");
    label.append(element("b", {}, chosen?.label ?? "…"));
    opener.replaceChildren(pictureOf(chosen?.picture ?? ""), label, change);
  };
  const arrange = () => {
    const compact = model.get("compact");
    root.toggleAttribute("data-compact", compact);
    opener.hidden = close.hidden = !compact;
    if (compact) {
      sheet.popover = "auto";
      sheet.setAttribute("role", "dialog");
      sheet.setAttribute("aria-labelledby", id);
    } else {
      for (const name of ["popover", "role", "aria-labelledby", "style"]) {
        sheet.removeAttribute(name);
      }
    }
    opener.setAttribute("aria-expanded", "false");
  };
  const place = () => {
    const { left, bottom } = opener.getBoundingClientRect();
    const right = document.documentElement.clientWidth - sheet.offsetWidth - EDGE_PX;
    const at = { left: Math.max(EDGE_PX, Math.min(left, right)), top: bottom + GAP_PX };
    sheet.style.setProperty("--left", `${at.left}px`);
    sheet.style.setProperty("--top", `${at.top}px`);
    sheet.style.setProperty("--room", `${innerHeight - at.top - EDGE_PX}px`);
  };
  on(opener, "click", signal, () => {
    sheet.showPopover();
    place();
    grid.focus();
  });
  on(close, "click", signal, () => {
    sheet.hidePopover();
    opener.focus();
  });
  on(sheet, "toggle", signal, () => {
    opener.setAttribute("aria-expanded", String(sheet.matches(":popover-open")));
  });
  on(window, "resize", signal, () => sheet.matches(":popover-open") && place());

  grid.fill(model.get("tiles"));
  grid.show(model.get("chosen"));
  describe();
  arrange();
  follow(model, ["tiles"], signal, () => grid.fill(model.get("tiles")));
  follow(model, ["chosen"], signal, () => grid.show(model.get("chosen")));
  follow(model, ["headline", "tiles", "chosen"], signal, describe);
  follow(model, ["compact"], signal, arrange);
  signal.addEventListener("abort", () => root.remove());
}

export default { render };
