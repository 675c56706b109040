/** Making elements, and listening to them. */

type Attributes = Record<string, string | number | boolean>;

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  assign(made, attributes);
  made.append(...children);
  return made;
}

export function button(attributes: Attributes, ...children: (Node | string)[]): HTMLButtonElement {
  return element("button", { type: "button", ...attributes }, ...children);
}

const SVG = "http://www.w3.org/2000/svg";

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): SVGElementTagNameMap[K] {
  const made = document.createElementNS(SVG, tag);
  assign(made, attributes);
  made.append(...children);
  return made;
}

function assign(to: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false) continue;
    to.setAttribute(name, value === true ? "" : String(value));
  }
}

/** A line drawing in a square of `side`, from the markup of its lines. */
export function icon(drawing: string, side = 24, attributes: Attributes = {}): SVGSVGElement {
  const made = svg("svg", {
    viewBox: `0 0 ${side} ${side}`,
    fill: "none",
    stroke: "currentColor",
    "stroke-width": 2,
    "stroke-linecap": "round",
    "stroke-linejoin": "round",
    "aria-hidden": "true",
    ...attributes,
  });
  made.innerHTML = drawing;
  return made;
}

type EventOf<K> = K extends keyof HTMLElementEventMap ? HTMLElementEventMap[K] : Event;

/** Listen until the signal is aborted. */
export function on<K extends string>(
  target: EventTarget,
  types: K | readonly K[],
  signal: AbortSignal,
  act: (event: EventOf<K>) => void,
  options: AddEventListenerOptions = {},
): void {
  for (const type of [types].flat()) {
    target.addEventListener(type, act as (event: Event) => void, { ...options, signal });
  }
}

/** An id of its own: each widget runs a copy of this module, so a counter would begin anew. */
export function unique(): string {
  // A random UUID would need a secure context; a page served over plain HTTP has none.
  return crypto.getRandomValues(new Uint32Array(2)).join("-");
}

/** What went wrong, for people. */
export function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
