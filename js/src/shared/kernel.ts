/** What the page's host says of the kernel: JupyterLab's and Voilà's connection; others say nothing. */

/** There; out of reach for now; lost for good, with all that this page shows. */
export type Life = "there" | "away" | "lost";

interface Signal<T> {
  connect(slot: (sender: unknown, value: T) => void): unknown;
  disconnect(slot: (sender: unknown, value: T) => void): unknown;
}

/** The part of JupyterLab's kernel connection that is used here. */
export interface Kernel {
  readonly id: string;
  readonly connectionStatus: string;
  readonly statusChanged: Signal<string>;
  readonly connectionStatusChanged: Signal<string>;
  readonly serverSettings: { readonly baseUrl: string; readonly token: string };
  reconnect(): Promise<void>;
}

const LOST = new Set(["restarting", "autorestarting", "terminating", "dead"]);

/** The kernel behind a widget's model; null where the host does not tell. */
export function kernelOf(model: object): Kernel | null {
  const manager = (model as { widget_manager?: { kernel?: Kernel | null } }).widget_manager;
  const kernel = manager?.kernel;
  return kernel?.statusChanged && kernel.connectionStatusChanged ? kernel : null;
}

/** Tell how the kernel is, whenever that changes; a kernel that started anew knows nothing of us. */
export function watch(
  kernel: Kernel | null,
  signal: AbortSignal,
  tell: (life: Life) => void,
): void {
  if (!kernel) return;
  let before: Life = "there";
  const next = (life: Life) => {
    if (life === before || before === "lost") return;
    before = life;
    tell(life);
  };
  const status = (_: unknown, value: string) => LOST.has(value) && next("lost");
  const connection = (_: unknown, value: string) => next(value === "connected" ? "there" : "away");
  kernel.statusChanged.connect(status);
  kernel.connectionStatusChanged.connect(connection);
  signal.addEventListener("abort", () => {
    kernel.statusChanged.disconnect(status);
    kernel.connectionStatusChanged.disconnect(connection);
  });
}

/** Ask the server: whether the kernel is there, is none, or nobody answers. */
export async function ask({ id, serverSettings }: Kernel): Promise<Life> {
  const { baseUrl, token } = serverSettings;
  const headers: HeadersInit = token ? { Authorization: `token ${token}` } : {};
  try {
    const signal = AbortSignal.timeout(5000);
    const url = new URL(`api/kernels/${id}`, new URL(baseUrl, location.href));
    const answer = await fetch(url, { headers, signal, cache: "no-store" });
    if (answer.ok) return "there";
    return answer.status === 404 ? "lost" : "away";
  } catch {
    return "away";
  }
}
