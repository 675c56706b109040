/** The way in: drop, paste, choose or take a photo, or open an example. */

import "./upload.css";
import type { UploadWire } from "../generated/wire";
import { on } from "../shared/dom";
import { whenLost } from "../shared/farewell";
import { keepPhoto, leave } from "../shared/keepsake";
import { kernelOf, watch } from "../shared/kernel";
import { follow, hear, type Model, type Props, put } from "../shared/model";
import { build, buildExamples, type Parts } from "./dom";
import { isTyping, megabytes, type Picked, pick, pickDropped } from "./files";
import { offer, resume } from "./kept";
import { shrink } from "./shrink";
import { type Kept, Transfer } from "./transfer";

const PROGRESS_DELAY_MS = 300;

class Uploader {
  private transfer: Transfer | undefined;
  private shown: ReturnType<typeof setTimeout> | undefined;
  /** Counts the files taken, so that a slow decode notices that another file came since. */
  private turn = 0;

  constructor(
    private readonly model: Model<UploadWire>,
    private readonly parts: Parts,
  ) {}

  /** Files on their way to where they are kept, or to Python. */
  private readonly arriving = new Set<Promise<void>>();

  /** Fulfilled when what was chosen is kept in this browser; null where nothing is to be. */
  get kept(): Promise<unknown> | null {
    return this.arriving.size ? Promise.all(this.arriving) : null;
  }

  take(picked: Picked, kept?: Kept): Promise<void> {
    const work = this.bring(picked, kept).finally(() => this.arriving.delete(work));
    this.arriving.add(work);
    return work;
  }

  private async bring({ file, sentence }: Picked, kept?: Kept): Promise<void> {
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
    let stored: Promise<void> | undefined;
    if (this.model.get("remember") && !kept) {
      leave();
      stored = keepPhoto(sent);
    }
    this.transfer = new Transfer(
      sent,
      (content, buffers = []) => this.model.send(content, undefined, buffers),
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
    this.transfer.start(sent !== file, kept);
    await stored;
  }

  openExample(name: string): void {
    this.cancel();
    this.say("");
    leave();
    this.model.send({ kind: "example", name });
  }

  onMessage(message: UploadWire["receives"]): void {
    if (message.kind === "clear") {
      // Python has forgotten the file already.
      this.transfer?.end();
      this.cancel();
      this.say("");
    } else {
      this.transfer?.onMessage(message);
    }
  }

  lost(): void {
    this.transfer?.lost();
  }

  cancel(): void {
    this.turn += 1;
    this.transfer?.cancel();
    this.transfer = undefined;
    this.hideProgress();
  }

  private say(sentence: string): void {
    this.parts.status.textContent = sentence;
    if (this.model.get("status") !== sentence) put(this.model, { status: sentence });
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
  model: Model<UploadWire>,
  { root, curtain }: Parts,
  uploader: Uploader,
  signal: AbortSignal,
): void {
  const isShown = () => root.getClientRects().length > 0;
  // Where two of these widgets share a page, the first one takes the file.
  const mine = (event: DragEvent) =>
    event.dataTransfer?.types.includes("Files") &&
    !event.defaultPrevented &&
    isShown() &&
    (model.get("whole_page") || event.composedPath().includes(root))
      ? event.dataTransfer
      : null;
  const highlight = (over: boolean) => {
    root.toggleAttribute("data-over", over);
    const wanted = over && model.get("whole_page");
    if (curtain.matches(":popover-open") !== wanted) {
      curtain.togglePopover(wanted);
    }
  };
  on(document, "dragover", signal, (event) => {
    const data = mine(event);
    highlight(data !== null);
    if (data) {
      event.preventDefault();
      data.dropEffect = "copy";
    }
  });
  on(document, "dragleave", signal, (event) => {
    if (!event.relatedTarget) {
      highlight(false);
    }
  });
  // Whoever takes the drop, and whether or not it gets here, the drag is over.
  on(document, "drop", signal, () => highlight(false), { capture: true });
  on(document, "drop", signal, (event) => {
    const data = mine(event);
    if (data) {
      event.preventDefault();
      void uploader.take(pickDropped(data));
    }
  });
  on(document, "paste", signal, (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length > 0 && !event.defaultPrevented && isShown() && !isTyping()) {
      event.preventDefault();
      void uploader.take(pick(files));
    }
  });
}

function listenToControls(
  { input, camera, zone, examples }: Parts,
  uploader: Uploader,
  signal: AbortSignal,
): void {
  on(input, "change", signal, () => {
    const files = [...(input.files ?? [])];
    // The same photo can be chosen again, for example after the connection was lost.
    input.value = "";
    if (files.length > 0) {
      void uploader.take(pick(files));
    }
  });
  on(examples, "click", signal, (event) => {
    const name = (event.target as Element).closest("button")?.dataset.name;
    if (name !== undefined) {
      uploader.openExample(name);
    }
  });
  const touch = matchMedia("(pointer: coarse)");
  const showCamera = () => {
    camera.hidden = !touch.matches;
  };
  showCamera();
  on(touch, "change", signal, showCamera);
  on(camera, "click", signal, () => {
    input.setAttribute("capture", "environment");
    input.click();
    input.removeAttribute("capture");
  });
  on(zone, "click", signal, (event) => {
    if (!(event.target as Element).closest("label, button, p[role=alert]")) {
      input.click();
    }
  });
}

function render({ model, el, signal }: Props<UploadWire>): void {
  const parts = build(el);
  const uploader = new Uploader(model, parts);
  listenToFiles(model, parts, uploader, signal);
  listenToControls(parts, uploader, signal);

  const describe = () => {
    parts.label.textContent = model.get("label");
    parts.headline.textContent = model.get("headline");
    parts.hint.textContent = model.get("hint");
    parts.root.toggleAttribute("data-compact", model.get("compact"));
  };
  const showExamples = () => buildExamples(parts.examples, model.get("examples"));
  describe();
  showExamples();
  follow(model, ["label", "headline", "hint", "compact"], signal, describe);
  follow(model, ["examples"], signal, showExamples);
  if (model.get("remember")) {
    const open = (file: File, kept?: Kept) => void uploader.take({ file, sentence: "" }, kept);
    void resume(open, signal).then((resumed) => {
      // A photo that was on its way may be none: what there was before it is to be had, too.
      if (resumed !== "project") void offer(parts.kept, open, signal);
    });
  }
  whenLost(signal, () => uploader.kept);
  watch(kernelOf(model), signal, (life) => life === "lost" && uploader.lost());
  hear(model, signal, (message) => uploader.onMessage(message));
  signal.addEventListener("abort", () => uploader.cancel());
}

export default { render };
