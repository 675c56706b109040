/** The part of anywidget's model that is used here; a page without a kernel brings its own. */

/** What a widget and Python say to each other; see `generated/wire.ts`. */
export interface Wire {
  traits: object;
  sends: unknown;
  receives: unknown;
}

export interface Model<W extends Wire> {
  get<K extends keyof W["traits"]>(name: K): W["traits"][K];
  set<K extends keyof W["traits"]>(name: K, value: W["traits"][K]): void;
  save_changes(): void;
  on(event: string, callback: (...args: never[]) => void): void;
  off(event: string, callback: (...args: never[]) => void): void;
  send(content: W["sends"], callbacks?: unknown, buffers?: ArrayBuffer[]): void;
}

/** What a widget is rendered with. */
export interface Props<W extends Wire> {
  model: Model<W>;
  el: HTMLElement;
  signal: AbortSignal;
}

type Listener = Pick<Model<Wire>, "on" | "off">;

function listen(
  model: Listener,
  event: string,
  signal: AbortSignal,
  callback: (...args: never[]) => void,
): void {
  model.on(event, callback);
  signal.addEventListener("abort", () => model.off(event, callback));
}

/** Call `update` whenever one of the traits changes, until the signal is aborted. */
export function follow<W extends Wire>(
  model: Model<W>,
  names: readonly (keyof W["traits"] & string)[],
  signal: AbortSignal,
  update: () => void,
): void {
  for (const name of names) listen(model, `change:${name}`, signal, update);
}

/** Call `take` with each message of Python, until the signal is aborted. */
export function hear<W extends Wire>(
  model: Model<W>,
  signal: AbortSignal,
  take: (message: W["receives"], buffers: DataView<ArrayBuffer>[]) => void,
): void {
  listen(model, "msg:custom", signal, take);
}

/** Set traits, and let Python know. */
export function put<W extends Wire>(model: Model<W>, values: Partial<W["traits"]>): void {
  for (const name of Object.keys(values) as (keyof W["traits"])[]) {
    model.set(name, values[name] as W["traits"][typeof name]);
  }
  unlessGone(() => model.save_changes());
}

/** Send a message; whether there still is a kernel to send it to. */
export function tell<W extends Wire>(model: Model<W>, content: W["sends"]): boolean {
  return unlessGone(() => model.send(content));
}

/** What JupyterLab throws where the kernel was started anew, and so knows nothing of a widget. */
const GONE = "Cannot send";

/** Do what a view can do without: it goes on where nobody listens any more. */
function unlessGone(act: () => void): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if (error instanceof Error && error.message === GONE) return false;
    throw error;
  }
}
