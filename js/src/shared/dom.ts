/** Making elements, and listening to them. */

type Attributes = Record<string, string | number | boolean>;

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  return filled(document.createElement(tag), attributes, children);
}

export function button(attributes: Attributes, ...children: (Node | string)[]): HTMLButtonElement {
  return element("button", { type: "button", ...attributes }, ...children);
}

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): SVGElementTagNameMap[K] {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  return filled(made, attributes, children);
}

function filled<E extends Element>(
  made: E,
  attributes: Attributes,
  children: (Node | string)[],
): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false) made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children);
  return made;
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
