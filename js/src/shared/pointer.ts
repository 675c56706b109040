/** Where a pointer or an arrow key points. */

export interface Point {
  x: number;
  y: number;
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

/** Where over an element an event is, in shares of it. */
export function place(over: Element, event: PointerEvent): Point {
  const { left, top, width, height } = over.getBoundingClientRect();
  return { x: (event.clientX - left) / width, y: (event.clientY - top) / height };
}

const ARROWS: Record<string, Point> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};

/** Where an arrow key points; undefined for other keys. */
export function arrow(key: string): Point | undefined {
  return ARROWS[key];
}
