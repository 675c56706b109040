/** A page without a kernel: the same view on values that stand in the page itself. */

import { PAGE, type ViewerTraits } from "../generated/wire";
import type { ViewerModel } from "./settings";
import { View } from "./view";

export class PageModel implements ViewerModel {
  private readonly values: ViewerTraits;
  private readonly listeners = new Map<string, Set<(...args: never[]) => void>>();

  constructor(written: Record<string, unknown>) {
    this.values = Object.fromEntries(
      Object.entries(written).map(([name, value]) => {
        // Bytes are written as this one field.
        const base64 = (value as { [PAGE.bytes]: string } | null)?.[PAGE.bytes];
        return [name, base64 === undefined ? value : decodeBase64(base64)];
      }),
    ) as unknown as ViewerTraits;
  }

  get<K extends keyof ViewerTraits>(name: K): ViewerTraits[K] {
    return this.values[name];
  }

  set<K extends keyof ViewerTraits>(name: K, value: ViewerTraits[K]): void {
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

/** Decode base64, as it stands in a page that has no kernel. */
export function decodeBase64(text: string): DataView {
  return new DataView(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
}

/** Show the relief of this page, if it is such a page. */
export function mountPage(): void {
  const data = document.getElementById(PAGE.data);
  const place = document.getElementById(PAGE.place);
  if (!data?.textContent || !place) return;
  new View(place, new PageModel(JSON.parse(data.textContent)), new AbortController().signal);
}
