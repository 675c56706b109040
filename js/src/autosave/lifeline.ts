/**
 * What happens when the kernel is lost: a banner says so, and a page that can have another kernel
 * gets one, where the kept project is opened by itself.
 */

import { button, element, on } from "../shared/dom";
import { finished } from "../shared/farewell";
import { hasWork, resumeNext, takeUnsaved } from "../shared/keepsake";
import { ask, type Kernel, type Life, watch } from "../shared/kernel";

const POLL_MS = 1500;
/** A page that loses its kernel more often than this does so because of what is in it. */
const MOST_RESTARTS = 2;
const LATELY_MS = 120_000;
const RESTARTS = "relief_widget restarts";
/** The template of the page reads it, too. */
const BACK = "relief_widget back";
const BACK_MS = 10_000;
/** For a hand to end its stroke, or for a file that is made here. */
const FINISH_MS = 60_000;
const KEEP_MS = 3000;

const SAYS = {
  away: "The connection is lost. Your work is kept in this browser; reconnecting…",
  restarting: "The studio stopped and starts again. Your work is safe.",
  unreachable: "The studio is out of reach. Your work is kept in this browser.",
  again: "The studio stopped again. Your work is kept in this browser.",
  back: "The studio stopped and was started again. Your work is back.",
  unsaved: "The file that was being made is not saved: save it again.",
  cell: "The kernel has stopped. Your work is kept in this browser: run this cell again to go on.",
} as const;

/** A line over the top of what it is shown in, which moves nothing there. */
class Banner {
  readonly place = element("div", { class: "relief-banner-place" });

  constructor(...children: (Node | string)[]) {
    this.place.append(element("div", { class: "relief-banner", role: "alert" }, ...children));
  }

  show(over: Element): void {
    if (!this.place.isConnected) over.prepend(this.place);
  }

  remove(): void {
    this.place.remove();
  }
}

/** What says that all is well again, as long as it does. */
let welcome: Banner | null = null;

/** Whether a reload gives this page a new kernel: Voilà says so of its pages. */
function isPage(): boolean {
  return document.body.dataset.voila !== undefined;
}

export class Lifeline {
  private readonly banner: Banner;
  private readonly text = element("span");
  private readonly act = button({});
  private life: Life = "there";
  private polling = false;

  /**
   * @param kept is fulfilled when what is to be kept is.
   */
  constructor(
    private readonly kernel: Kernel,
    private readonly el: HTMLElement,
    private readonly kept: () => Promise<unknown>,
    private readonly signal: AbortSignal,
  ) {
    this.banner = new Banner(this.text, this.act);
    this.act.addEventListener("click", () => this.pressed());
    watch(kernel, signal, (life) => this.take(life));
    const look = () => void this.look();
    on(window, ["online", "offline", "pageshow"], signal, look);
    on(document, "visibilitychange", signal, () => document.hidden || look());
    signal.addEventListener("abort", () => {
      // A cell that is run again brings its own; a page has nothing else to say it with.
      if (!isPage()) this.banner.remove();
    });
  }

  private take(life: Life): void {
    if (this.life === "lost" || life === this.life) return;
    this.life = life;
    if (life === "there") {
      this.hide();
    } else if (life === "away") {
      this.show(SAYS.away, "Try now");
      void this.poll();
    } else {
      void this.lost();
    }
  }

  /** Ask once, as after a sleep, when the connection may be dead without knowing. */
  private async look(): Promise<void> {
    if (this.life === "lost") return;
    const life = await ask(this.kernel);
    if (life !== "there") this.take(life);
  }

  private async poll(): Promise<void> {
    if (this.polling) return;
    this.polling = true;
    while (this.life === "away" && !this.signal.aborted) {
      await pause(POLL_MS);
      await this.reconnect();
    }
    this.polling = false;
  }

  private async reconnect(): Promise<void> {
    const life = await ask(this.kernel);
    if (this.life !== "away") return;
    if (life === "lost") this.take(life);
    if (life !== "there") return;
    // The host gives up after some time.
    if (this.kernel.connectionStatus !== "connected") await this.kernel.reconnect().catch(() => {});
    if (this.kernel.connectionStatus === "connected") this.take("there");
  }

  private async lost(): Promise<void> {
    resumeNext();
    this.still();
    this.show(isPage() ? SAYS.restarting : SAYS.cell);
    const under = finished(FINISH_MS);
    await this.keep();
    await under;
    await this.keep();
    if (!isPage()) return;
    if (!mayRestart()) {
      this.show(SAYS.again, "Start again");
      return;
    }
    while ((await ask(this.kernel)) === "away") {
      this.show(SAYS.unreachable, "Try now");
      await pause(POLL_MS);
    }
    await shown();
    this.restart();
  }

  private async keep(): Promise<void> {
    await Promise.race([this.kept(), pause(KEEP_MS)]);
  }

  private restart(): void {
    if (hasWork()) sessionStorage.setItem(BACK, "yes");
    location.reload();
  }

  private pressed(): void {
    if (this.life === "lost") this.restart();
    else void this.reconnect();
  }

  /** Without a kernel no control does anything; the view can still be turned and saved. */
  private still(): void {
    const app = this.el.closest<HTMLElement>(".relief-app");
    if (!app) return;
    app.classList.add("is-lost");
    const view = app.querySelector(".relief-stage")?.parentElement;
    const leave = (parent: Element) => {
      for (const child of parent.children) {
        if (child === view || child === this.banner.place) continue;
        if (view && child.contains(view)) leave(child);
        else (child as HTMLElement).inert = true;
      }
    };
    leave(app);
  }

  private show(text: string, act = ""): void {
    if (this.text.textContent !== text) this.text.textContent = text;
    this.act.textContent = act;
    this.act.hidden = !act;
    // It is not true any more, and would lie under this.
    welcome?.remove();
    this.banner.show(isPage() ? document.body : (this.el.closest(".relief-app") ?? this.el));
  }

  private hide(): void {
    this.banner.remove();
  }
}

/** Say that all is well again, on a page that was loaded anew for that. */
export function sayBack(): void {
  const unmade = takeUnsaved();
  if (!sessionStorage.getItem(BACK)) return;
  sessionStorage.removeItem(BACK);
  const close = button({}, "Close");
  const text = unmade ? `${SAYS.back} ${SAYS.unsaved}` : SAYS.back;
  const said = new Banner(text, close);
  welcome = said;
  close.addEventListener("click", () => said.remove());
  said.show(document.body);
  setTimeout(() => said.remove(), BACK_MS);
}

/** Whether a page may load itself anew; each time counts. */
function mayRestart(now = Date.now()): boolean {
  const before = JSON.parse(sessionStorage.getItem(RESTARTS) ?? "[]") as number[];
  const lately = before.filter((at) => now - at < LATELY_MS);
  if (lately.length >= MOST_RESTARTS) return false;
  sessionStorage.setItem(RESTARTS, JSON.stringify([...lately, now]));
  return true;
}

/** Nobody waits for a page that nobody sees: its kernel would only be ended again. */
function shown(): Promise<void> {
  if (!document.hidden) return Promise.resolve();
  return new Promise((resolve) => {
    document.addEventListener("visibilitychange", () => resolve(), { once: true });
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
