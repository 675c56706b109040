/** A model without a kernel, for the tests: what the widgets use of anywidget's, and no more. */

import { vi } from "vitest";
import type { Kernel } from "./kernel";
import type { Model, Props, Wire } from "./model";

interface Sent {
  content: Record<string, unknown>;
  buffers: ArrayBuffer[];
}

type Handler = (...args: unknown[]) => void;

class FakeModel<T extends object> {
  readonly sent: Sent[] = [];
  /** The state as Python would see it: what was set before the last `save_changes`. */
  saved: Partial<T> = {};
  saves = 0;
  readonly widget_manager: { kernel: Kernel | null };
  private readonly handlers = new Map<string, Set<Handler>>();
  private pending: Partial<T> = {};

  constructor(
    private readonly state: T,
    kernel: Kernel | null,
  ) {
    this.widget_manager = { kernel };
  }

  get<K extends keyof T>(key: K): T[K] {
    return this.state[key];
  }

  set<K extends keyof T>(key: K, value: T[K]): void {
    this.pending[key] = value;
    this.change({ [key]: value } as unknown as Partial<T>);
  }

  save_changes(): void {
    this.saves += 1;
    this.saved = { ...this.saved, ...this.pending };
    this.pending = {};
  }

  send(
    content: Record<string, unknown>,
    _callbacks?: unknown,
    buffers: (ArrayBuffer | ArrayBufferView)[] = [],
  ): void {
    this.sent.push({ content, buffers: buffers as ArrayBuffer[] });
    this.emit("sent");
  }

  on(name: string, handler: Handler): void {
    const handlers = this.handlers.get(name) ?? new Set();
    this.handlers.set(name, handlers.add(handler));
  }

  off(name?: string | null, handler?: Handler | null): void {
    if (name && handler) {
      this.handlers.get(name)?.delete(handler);
    }
  }

  /** The number of handlers that are still registered. */
  get listening(): number {
    return [...this.handlers.values()].reduce((sum, handlers) => sum + handlers.size, 0);
  }

  /** Python sets traits: all of them are there before the first handler runs. */
  change(values: Partial<T>): void {
    const keys = Object.keys(values) as (keyof T & string)[];
    const changed = keys.filter((key) => this.state[key] !== values[key]);
    Object.assign(this.state, values);
    for (const key of changed) {
      this.emit(`change:${key}`);
    }
  }

  /** Python sends a message. */
  receive(content: Record<string, unknown>, buffers: DataView[] = []): void {
    this.emit("msg:custom", content, buffers);
  }

  private emit(name: string, ...args: unknown[]): void {
    for (const handler of [...(this.handlers.get(name) ?? [])]) {
      handler(...args);
    }
  }
}

/** What a host says of a kernel: a word each time, to whoever listens. */
class FakeSignal {
  private readonly slots = new Set<(sender: unknown, value: string) => void>();

  connect(slot: (sender: unknown, value: string) => void): void {
    this.slots.add(slot);
  }

  disconnect(slot: (sender: unknown, value: string) => void): void {
    this.slots.delete(slot);
  }

  say(value: string): void {
    for (const slot of [...this.slots]) slot(this, value);
  }
}

/** The connection to a kernel that is not there. */
export class FakeKernel implements Kernel {
  readonly id = "nobody";
  readonly statusChanged = new FakeSignal();
  readonly connectionStatusChanged = new FakeSignal();
  connectionStatus = "connected";

  /** @param baseUrl of its server; by default one where nobody answers. */
  constructor(baseUrl = "http://127.0.0.1:9/") {
    this.serverSettings = { baseUrl, token: "" };
  }

  readonly serverSettings: Kernel["serverSettings"];

  async reconnect(): Promise<void> {
    this.connect("connected");
  }

  connect(status: string): void {
    this.connectionStatus = status;
    this.connectionStatusChanged.say(status);
  }
}

export interface Mounted<W extends Wire> {
  model: FakeModel<W["traits"]>;
  el: HTMLElement;
  abort: () => void;
}

/** Show a widget in the page. */
export function mount<W extends Wire>(
  render: (props: Props<W>) => void,
  state: W["traits"],
  kernel: Kernel | null = null,
): Mounted<W> {
  const model = new FakeModel(state, kernel);
  const el = document.createElement("div");
  document.body.append(el);
  const controller = new AbortController();
  render({ model: model as unknown as Model<W>, el, signal: controller.signal });
  const abort = () => {
    controller.abort();
    el.remove();
  };
  return { model, el, abort };
}

/** Wait until a check passes; a busy machine may need longer than the second of vitest's default. */
export function until(check: () => void | Promise<void>): Promise<void> {
  return vi.waitFor(check, { timeout: 12_000 });
}
