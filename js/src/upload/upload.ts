/** The way in: drop, paste, choose or take a photo, or open an example. */

import type { AnyModel, RenderProps } from "@anywidget/types";
import "./upload.css";
import { forget, kept } from "../shared/keepsake";
import { build, buildExamples, type Example, type Parts } from "./dom";
import { carriesFiles, isTyping, megabytes, type Picked, pick, pickDropped } from "./files";
import { offer } from "./kept";
import { shrink } from "./shrink";
import { Transfer } from "./transfer";

export type UploadTraits = {
  label: string;
  headline: string;
  hint: string;
  compact: boolean;
  whole_page: boolean;
  examples: Example[];
  max_side: number;
  max_bytes: number;
  remember: boolean;
  status: string;
};

const PROGRESS_DELAY_MS = 300;

class Uploader {
  private transfer: Transfer | undefined;
  private shown: ReturnType<typeof setTimeout> | undefined;
  /** Counts the files taken, so that a slow decode notices that another file came since. */
  private turn = 0;

  constructor(
    private readonly model: AnyModel<UploadTraits>,
    private readonly parts: Parts,
  ) {}

  async take({ file, sentence }: Picked, settings = ""): Promise<void> {
    if (!file) {
      this.say(sentence);
      return;
    }
    this.cancel();
    const turn = this.turn;
    this.say(sentence);
    this.showProgress();
    const sent = await shrink(file, this.model.get("max_side"));
    if (turn !== this.turn) {
      return;
    }
    const limit = this.model.get("max_bytes");
    if (sent.size > limit) {
      this.hideProgress();
      const sizes = `${megabytes(sent.size)}; the limit is ${megabytes(limit)}`;
      this.say(`${file.name} has ${sizes}: save it smaller and choose it again.`);
      return;
    }
    this.transfer = new Transfer(
      sent,
      (content, buffers) => this.model.send(content, undefined, buffers ?? []),
      {
        onProgress: (share) => {
          this.parts.progress.value = share;
          this.say(sentence);
        },
        onDone: () => this.hideProgress(),
        onTrouble: (trouble, mayRecover) => {
          if (!mayRecover) {
            this.hideProgress();
          }
          this.say(trouble);
        },
      },
    );
    this.transfer.start(sent !== file, settings);
  }

  openExample(name: string): void {
    this.cancel();
    this.say("");
    this.model.send({ kind: "example", name });
  }

  onMessage(content: Record<string, unknown>): void {
    if (content.kind === "clear") {
      // Python has forgotten the file already.
      this.transfer?.end();
      this.cancel();
      this.say("");
    } else {
      this.transfer?.onMessage(content);
    }
  }

  cancel(): void {
    this.turn += 1;
    this.transfer?.cancel();
    this.transfer = undefined;
    this.hideProgress();
  }

  private say(sentence: string): void {
    this.parts.status.textContent = sentence;
    if (this.model.get("status") !== sentence) {
      this.model.set("status", sentence);
      this.model.save_changes();
    }
  }

  private showProgress(): void {
    const { progress } = this.parts;
    // Without a value the bar says "at work", which is true while the photo is decoded.
    progress.removeAttribute("value");
    // A bar that flashes by only unsettles.
    this.shown = setTimeout(() => {
      progress.hidden = false;
    }, PROGRESS_DELAY_MS);
  }

  private hideProgress(): void {
    clearTimeout(this.shown);
    this.parts.progress.hidden = true;
  }
}

function listenToFiles(
  model: AnyModel<UploadTraits>,
  parts: Parts,
  uploader: Uploader,
  signal: AbortSignal,
): void {
  const { root, curtain } = parts;
  const isShown = () => root.getClientRects().length > 0;
  // Where two of these widgets share a page, the first one takes the file.
  const isMine = (event: Event) =>
    !event.defaultPrevented &&
    isShown() &&
    (model.get("whole_page") || event.composedPath().includes(root));
  const highlight = (on: boolean) => {
    root.toggleAttribute("data-over", on);
    const wanted = on && model.get("whole_page");
    if (curtain.matches(":popover-open") !== wanted) {
      curtain.togglePopover(wanted);
    }
  };
  document.addEventListener(
    "dragover",
    (event) => {
      const mine = carriesFiles(event.dataTransfer) && isMine(event);
      highlight(mine);
      if (mine && event.dataTransfer) {
        event.preventDefault();
        event.dataTransfer.dropEffect = "copy";
      }
    },
    { signal },
  );
  document.addEventListener(
    "dragleave",
    (event) => {
      if (!event.relatedTarget) {
        highlight(false);
      }
    },
    { signal },
  );
  // Whoever takes the drop, and whether or not it gets here, the drag is over.
  document.addEventListener("drop", () => highlight(false), { signal, capture: true });
  document.addEventListener(
    "drop",
    (event) => {
      if (carriesFiles(event.dataTransfer) && isMine(event) && event.dataTransfer) {
        event.preventDefault();
        void uploader.take(pickDropped(event.dataTransfer));
      }
    },
    { signal },
  );
  document.addEventListener(
    "paste",
    (event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length > 0 && !event.defaultPrevented && isShown() && !isTyping()) {
        event.preventDefault();
        void uploader.take(pick(files));
      }
    },
    { signal },
  );
}

function listenToControls(parts: Parts, uploader: Uploader, signal: AbortSignal): void {
  const { input, camera, zone, examples } = parts;
  input.addEventListener(
    "change",
    () => {
      const files = [...(input.files ?? [])];
      // The same photo can be chosen again, for example after the connection was lost.
      input.value = "";
      if (files.length > 0) {
        void uploader.take(pick(files));
      }
    },
    { signal },
  );
  examples.addEventListener(
    "click",
    (event) => {
      const name = (event.target as Element).closest("button")?.dataset.name;
      if (name !== undefined) {
        uploader.openExample(name);
      }
    },
    { signal },
  );
  const touch = matchMedia("(pointer: coarse)");
  const showCamera = () => {
    camera.hidden = !touch.matches;
  };
  showCamera();
  touch.addEventListener("change", showCamera, { signal });
  camera.addEventListener(
    "click",
    () => {
      input.setAttribute("capture", "environment");
      input.click();
      input.removeAttribute("capture");
    },
    { signal },
  );
  zone.addEventListener(
    "click",
    (event) => {
      if (!(event.target as Element).closest("label, button, p[role=alert]")) {
        input.click();
      }
    },
    { signal },
  );
}

function render({ model, el, signal }: RenderProps<UploadTraits>): void {
  const parts = build(el);
  const uploader = new Uploader(model, parts);
  listenToFiles(model, parts, uploader, signal);
  listenToControls(parts, uploader, signal);

  const follow = (names: (keyof UploadTraits)[], update: () => void) => {
    update();
    for (const name of names) {
      model.on(`change:${name}`, update);
      signal.addEventListener("abort", () => model.off(`change:${name}`, update));
    }
  };
  follow(["label", "headline", "hint", "compact"], () => {
    (parts.choose.lastElementChild as HTMLElement).textContent = model.get("label");
    parts.headline.textContent = model.get("headline");
    parts.hint.textContent = model.get("hint");
    parts.root.toggleAttribute("data-compact", model.get("compact"));
  });
  follow(["examples"], () => buildExamples(parts.examples, model.get("examples")));
  if (model.get("remember")) {
    void kept().then((found) => {
      if (!found || signal.aborted) return;
      const open = (file: File) => void uploader.take({ file, sentence: "" }, found.settings);
      offer(parts.kept, found, open, forget);
    });
  }
  const onMessage = (content: Record<string, unknown>) => uploader.onMessage(content);
  model.on("msg:custom", onMessage);
  signal.addEventListener("abort", () => {
    model.off("msg:custom", onMessage);
    uploader.cancel();
  });
}

export default { render };
