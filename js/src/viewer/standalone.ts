/** A page without a kernel: the same view on values that stand in the page itself. */

import { decodeBase64 } from "../shared/codec";
import { View } from "./view";
import type { Model, Wire } from "./wire";

/** Bytes are written as this one field. */
type Written = { base64: string };

export class PageModel implements Model {
  private readonly values: Wire;
  private readonly listeners = new Map<string, Set<(...args: never[]) => void>>();

  constructor(written: Record<string, unknown>) {
    this.values = Object.fromEntries(
      Object.entries(written).map(([name, value]) => {
        const base64 = (value as Written | null)?.base64;
        return [name, base64 === undefined ? value : decodeBase64(base64)];
      }),
    ) as unknown as Wire;
  }

  get<K extends keyof Wire>(name: K): Wire[K] {
    return this.values[name];
  }

  set<K extends keyof Wire>(name: K, value: Wire[K]): void {
    if (this.values[name] === value) return;
    this.values[name] = value;
    for (const listener of this.listeners.get(`change:${name}`) ?? []) listener();
  }

  save_changes(): void {}

  on(event: string, callback: (...args: never[]) => void): void {
    const listeners = this.listeners.get(event) ?? new Set();
    this.listeners.set(event, listeners.add(callback));
  }

  off(event: string, callback: (...args: never[]) => void): void {
    this.listeners.get(event)?.delete(callback);
  }

  send(): void {}
}

/** Show the relief of this page, if it is such a page. */
export function mountPage(): void {
  const data = document.getElementById("relief-page-data");
  const place = document.getElementById("relief-page");
  if (!data?.textContent || !place) return;
  new View(place, new PageModel(JSON.parse(data.textContent)), new AbortController().signal);
}
