import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { PART_BYTES, UPLOAD_DEFAULTS, type UploadTraits, type UploadWire } from "../generated/wire";
import { FakeKernel, type Mounted, mount, until } from "../shared/fake_model";
import { finished } from "../shared/farewell";
import { keep, list, own, photo, resumeNext } from "../shared/keepsake";
import { ACK_TIMEOUT_MS, LOST } from "./transfer";
import upload from "./upload";

const PIXEL =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/** 8 × 8 pixels of 16 bits. */
const DEEP =
  "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAIEAAAAACx9D0UAAAAGUlEQVR42mNkYGBBgYwKaAIstBBgfIAmAACImAKYo8u2LwAAAABJRU5ErkJggg==";

const TRAITS: UploadTraits = {
  ...UPLOAD_DEFAULTS,
  examples: [{ name: "cat.jpg", label: "Cat", picture: PIXEL }],
};

let shown: Mounted<UploadWire>;
let kernel: FakeKernel;

function show(traits: Partial<UploadTraits> = {}): Mounted<UploadWire> {
  kernel = new FakeKernel();
  shown = mount(upload.render, { ...TRAITS, ...traits }, kernel);
  return shown;
}

beforeEach(() => {
  show();
});

afterEach(() => {
  shown.abort();
  sessionStorage.clear();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const kinds = () => shown.model.sent.map(({ content }) => content.kind);
const last = () => shown.model.sent[shown.model.sent.length - 1];
const begin = () => shown.model.sent.find(({ content }) => content.kind === "begin")?.content;
const status = () => shown.el.querySelector("[role=alert]")?.textContent;
const input = () => shown.el.querySelector("input") as HTMLInputElement;
const progress = () => shown.el.querySelector("progress") as HTMLProgressElement;

/** Waits without timers, which some tests fake. */
async function sent(...expected: string[]): Promise<void> {
  while (kinds().join() !== expected.join()) {
    await new Promise<void>((resolve) => shown.model.on("sent", () => resolve()));
  }
}

/** Megabytes compared one by one take the test runner half a minute. */
async function digest(bytes: Uint8Array | Blob): Promise<string> {
  const buffer = await new Blob([bytes as BlobPart]).arrayBuffer();
  return new Uint8Array(await crypto.subtle.digest("SHA-256", buffer)).toString();
}

function transfer(files: File[]): DataTransfer {
  const data = new DataTransfer();
  for (const file of files) {
    data.items.add(file);
  }
  return data;
}

function choose(...files: File[]): void {
  input().files = transfer(files).files;
  input().dispatchEvent(new Event("change"));
}

function drag(type: "dragover" | "drop", target: Element, ...files: File[]): DragEvent {
  const dataTransfer = transfer(files);
  const event = new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer });
  target.dispatchEvent(event);
  return event;
}

function paste(...files: File[]): ClipboardEvent {
  const clipboardData = transfer(files);
  const init = { bubbles: true, cancelable: true, clipboardData };
  const event = new ClipboardEvent("paste", init);
  (document.activeElement ?? document.body).dispatchEvent(event);
  return event;
}

/** A file whose type no browser shrinks, so that its bytes travel as they are. */
function raw(bytes: number, name = "photo.tif"): File {
  return new File([new Uint8Array(bytes).map((_, i) => i % 251)], name, { type: "image/tiff" });
}

/** Acknowledge every part, as Python does; the bytes that arrived, when all are there. */
async function receive(): Promise<Uint8Array> {
  await until(() => expect(begin()).toBeDefined());
  const { id, size } = begin() as { id: string; size: number };
  const all = new Uint8Array(size);
  for (let index = 0, at = 0; at < size; index++) {
    await until(() => expect(last().content).toEqual({ kind: "part", id, index }));
    const part = new Uint8Array(last().buffers[0]);
    expect(part.byteLength).toBeLessThanOrEqual(PART_BYTES);
    all.set(part, at);
    at += part.byteLength;
    shown.model.receive({ kind: "ack", id, index });
  }
  return all;
}

/** Noise does not compress: a picture of many megabytes. */
async function noise(width: number, height: number, type: string, alpha = 255): Promise<File> {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d") as OffscreenCanvasRenderingContext2D;
  const words = new Uint32Array(width * height);
  let seed = 1;
  for (let i = 0; i < words.length; i++) {
    seed = (seed * 1664525 + 1013904223) >>> 0;
    words[i] = (seed >>> 8) | (alpha << 24);
  }
  const pixels = new Uint8ClampedArray(words.buffer);
  context.putImageData(new ImageData(pixels, width, height), 0, 0);
  const blob = await canvas.convertToBlob({ type, quality: 1 });
  return new File([blob], `noise.${type.slice(6)}`, { type });
}

test("a file arrives in parts, one in flight", async () => {
  const file = raw(2 * PART_BYTES + 5);
  choose(file);
  await until(() => expect(kinds()).toEqual(["begin", "part"]));
  expect(begin()).toMatchObject({ name: "photo.tif", size: file.size, shrunk: false });
  expect(begin()).toMatchObject({ type: "image/tiff" });
  const received = await receive();
  expect(kinds()).toEqual(["begin", "part", "part", "part"]);
  expect(await digest(received)).toBe(await digest(file));
});

test("an acknowledgement of another part or upload sends nothing", async () => {
  choose(raw(2 * PART_BYTES));
  await until(() => expect(kinds()).toEqual(["begin", "part"]));
  const id = last().content.id;
  shown.model.receive({ kind: "ack", id: "other", index: 0 });
  shown.model.receive({ kind: "ack", id, index: 1 });
  shown.model.receive({ kind: "ack", id, index: 0 });
  await until(() => expect(last().content.index).toBe(1));
  expect(kinds()).toEqual(["begin", "part", "part"]);
});

test("a new file takes the place of the one under way", async () => {
  choose(raw(PART_BYTES, "first.tif"));
  await until(() => expect(kinds()).toEqual(["begin", "part"]));
  const first = last().content.id;
  choose(raw(10, "second.tif"));
  await until(() => expect(kinds()).toEqual(["begin", "part", "cancel", "begin", "part"]));
  expect(shown.model.sent[2].content.id).toBe(first);
  expect(last().content.id).not.toBe(first);
});

test("the same file can be chosen twice", async () => {
  choose(raw(10));
  await receive();
  expect(input().value).toBe("");
});

test("Python's refusal is shown and ends the upload", async () => {
  choose(raw(2 * PART_BYTES));
  await until(() => expect(kinds()).toEqual(["begin", "part"]));
  const id = last().content.id;
  shown.model.receive({ kind: "refused", id, message: "No more room." });
  shown.model.receive({ kind: "ack", id, index: 0 });
  expect(status()).toBe("No more room.");
  expect(shown.model.saved.status).toBe("No more room.");
  expect(progress().hidden).toBe(true);
  expect(kinds()).toEqual(["begin", "part"]);
});

test("a kernel that does not answer is reported, and one that answers late goes on", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  choose(raw(PART_BYTES + 1));
  await sent("begin", "part");
  vi.advanceTimersByTime(ACK_TIMEOUT_MS - 1);
  expect(status()).toBe("");
  vi.advanceTimersByTime(1);
  expect(status()).toBe(LOST);
  shown.model.receive({ kind: "ack", id: last().content.id, index: 0 });
  expect(status()).toBe("");
  await sent("begin", "part", "part");
});

test("only a slow upload shows its progress", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  choose(raw(2 * PART_BYTES));
  await sent("begin", "part");
  vi.advanceTimersByTime(299);
  expect(progress().hidden).toBe(true);
  vi.advanceTimersByTime(1);
  expect(progress().hidden).toBe(false);
  shown.model.receive({ kind: "ack", id: last().content.id, index: 0 });
  expect(progress().value).toBe(0.5);
  await sent("begin", "part", "part");
  shown.model.receive({ kind: "ack", id: last().content.id, index: 1 });
  expect(progress().hidden).toBe(true);
});

test("clear ends the upload without a word to Python, which asked for it", async () => {
  choose(raw(2 * PART_BYTES));
  await until(() => expect(kinds()).toEqual(["begin", "part"]));
  shown.model.receive({ kind: "clear" });
  shown.model.receive({ kind: "ack", id: last().content.id, index: 0 });
  expect(kinds()).toEqual(["begin", "part"]);
});

test("a photo of 20 MB that is no larger than wanted travels as it is", async () => {
  const file = await noise(3400, 2000, "image/jpeg");
  expect(file.size).toBeGreaterThan(15e6);
  expect(file.size).toBeLessThan(24e6);
  choose(file);
  const received = await receive();
  expect(await digest(received)).toBe(await digest(file));
}, 60_000);

test("a larger photo is shrunk to JPEG", async () => {
  const file = await noise(5000, 2500, "image/jpeg");
  choose(file);
  const received = await receive();
  expect(begin()).toMatchObject({ name: "noise.jpg", type: "image/jpeg", shrunk: true });
  const bitmap = await createImageBitmap(new Blob([received as BlobPart]));
  expect([bitmap.width, bitmap.height]).toEqual([4096, 2048]);
}, 60_000);

test.each([
  { type: "image/png", alpha: 128, becomes: "image/png" },
  { type: "image/png", alpha: 255, becomes: "image/jpeg" },
  { type: "image/webp", alpha: 128, becomes: "image/png" },
])("a large $type of alpha $alpha becomes $becomes", async ({ type, alpha, becomes }) => {
  shown.model.change({ max_side: 64 });
  choose(await noise(128, 96, type, alpha));
  const received = await receive();
  expect(begin()).toMatchObject({ type: becomes, shrunk: true });
  const bitmap = await createImageBitmap(new Blob([received as BlobPart]));
  expect([bitmap.width, bitmap.height]).toEqual([64, 48]);
});

test("a heavy file is shrunk even where its sides are short enough", async () => {
  const photo = await noise(64, 64, "image/jpeg");
  choose(new File([photo, new Uint8Array(25e6)], "heavy.jpg", { type: "image/jpeg" }));
  await receive();
  expect(begin()).toMatchObject({ shrunk: true });
  expect(begin()?.size).toBeLessThan(1e6);
});

test("nothing is shrunk where max_side is 0", async () => {
  shown.model.change({ max_side: 0 });
  const file = await noise(5000, 10, "image/png");
  choose(file);
  await receive();
  expect(begin()).toMatchObject({ shrunk: false, size: file.size });
});

test("16-bit PNG keep their bits", async () => {
  shown.model.change({ max_side: 4 });
  const bytes = Uint8Array.from(atob(DEEP), (letter) => letter.charCodeAt(0));
  choose(new File([bytes], "depth.png", { type: "image/png" }));
  expect(await receive()).toEqual(bytes);
  expect(begin()).toMatchObject({ shrunk: false, name: "depth.png" });
});

test("what this browser cannot decode travels as it is", async () => {
  choose(new File(["not a JPEG"], "broken.jpg", { type: "image/jpeg" }));
  await receive();
  expect(begin()).toMatchObject({ shrunk: false, name: "broken.jpg", size: 10 });
});

test("a file over the limit is not sent", async () => {
  shown.model.change({ max_bytes: 1_500_000 });
  choose(raw(2_000_000));
  await until(() =>
    expect(status()).toBe(
      "photo.tif has 2.0 MB; the limit is 1.5 MB: save it smaller and choose it again.",
    ),
  );
  expect(shown.model.sent).toEqual([]);
  expect(progress().hidden).toBe(true);
});

test.each([
  { name: "notes.pdf", type: "application/pdf", says: "notes.pdf is not a picture" },
  { name: "empty.jpg", type: "image/jpeg", says: "empty.jpg is empty", bytes: 0 },
])("$name is refused", async ({ name, type, says, bytes = 3 }) => {
  choose(new File([new Uint8Array(bytes)], name, { type }));
  expect(status()).toContain(says);
  expect(shown.model.saved.status).toContain(says);
  expect(shown.model.sent).toEqual([]);
});

test.each([
  ["IMG_1.HEIC", "application/octet-stream"],
  ["photo", ""],
])("%s of type '%s' may be a picture", async (name, type) => {
  choose(new File(["abc"], name, { type }));
  await receive();
  expect(begin()).toMatchObject({ name });
});

test("a phone's HEIC can be chosen, and travels as it is: no browser need decode it", async () => {
  shown.model.change({ max_side: 4 });
  expect(input().accept.split(",")).toEqual(expect.arrayContaining([".heic", ".heif"]));
  choose(new File(["any bytes"], "IMG_2.HEIC", { type: "image/heic" }));
  expect(new TextDecoder().decode(await receive())).toBe("any bytes");
  expect(begin()).toMatchObject({ name: "IMG_2.HEIC", type: "image/heic", shrunk: false });
});

test("of several files the first picture is taken", async () => {
  const text = new File(["a"], "notes.txt", { type: "text/plain" });
  drag("drop", document.body, text, raw(3, "one.tif"), raw(3, "two.tif"));
  await receive();
  expect(begin()).toMatchObject({ name: "one.tif" });
  expect(status()).toBe("3 files were dropped: one.tif was taken.");
});

test("a folder is no photo", async () => {
  const folder = { isDirectory: true } as FileSystemEntry;
  vi.spyOn(DataTransferItem.prototype, "webkitGetAsEntry").mockReturnValue(folder);
  drag("drop", document.body, raw(3));
  expect(status()).toContain("That is a folder");
  expect(shown.model.sent).toEqual([]);
});

test("dragging over the page shows where to drop", () => {
  const curtain = shown.el.querySelector("[popover]") as HTMLElement;
  expect(drag("dragover", document.body, raw(1)).defaultPrevented).toBe(true);
  expect(curtain.matches(":popover-open")).toBe(true);
  document.dispatchEvent(new DragEvent("dragleave"));
  expect(curtain.matches(":popover-open")).toBe(false);
  expect(drag("dragover", document.body).defaultPrevented).toBe(false);
});

test("a drop that another part of the page takes ends the drag", () => {
  const curtain = shown.el.querySelector("[popover]") as HTMLElement;
  const other = document.createElement("div");
  shown.el.append(other);
  other.addEventListener("drop", (event) => event.stopPropagation());
  drag("dragover", document.body, raw(1));
  drag("drop", other, raw(1));
  expect(curtain.matches(":popover-open")).toBe(false);
  expect(shown.model.sent).toEqual([]);
});

test("a photo can be taken where there is a camera at hand", () => {
  const camera = shown.el.querySelector(".relief-upload-camera") as HTMLButtonElement;
  expect(camera.hidden).toBe(!matchMedia("(pointer: coarse)").matches);
  let capture: string | null = null;
  vi.spyOn(input(), "click").mockImplementation(() => {
    capture = input().getAttribute("capture");
  });
  camera.click();
  expect(capture).toBe("environment");
  expect(input().hasAttribute("capture")).toBe(false);
});

test("an example that is opened ends the upload under way", async () => {
  choose(raw(2 * PART_BYTES));
  await until(() => expect(kinds()).toEqual(["begin", "part"]));
  (shown.el.querySelector(".relief-upload-caption") as HTMLElement).click();
  expect(kinds()).toEqual(["begin", "part", "cancel", "example"]);
});

test("without whole_page only the widget takes a drop", async () => {
  shown.model.change({ whole_page: false });
  expect(drag("drop", document.body, raw(3)).defaultPrevented).toBe(false);
  expect(shown.model.sent).toEqual([]);
  const zone = shown.el.querySelector(".relief-upload-zone") as Element;
  expect(drag("drop", zone, raw(3)).defaultPrevented).toBe(true);
  await receive();
});

test("a drop goes to one widget of a page, and to a visible one", async () => {
  const first = shown;
  first.el.hidden = true;
  const second = show();
  const third = show();
  drag("drop", document.body, raw(3));
  await until(() => expect(second.model.sent.length).toBe(2));
  expect(first.model.sent).toEqual([]);
  expect(third.model.sent).toEqual([]);
  first.abort();
  second.abort();
});

test("a pasted picture is taken, except while typing", async () => {
  const field = document.createElement("textarea");
  shown.el.append(field);
  field.focus();
  expect(paste(raw(3, "typed.tif")).defaultPrevented).toBe(false);
  field.blur();
  expect(paste(raw(3, "meant.tif")).defaultPrevented).toBe(true);
  await receive();
  expect(kinds()).toEqual(["begin", "part"]);
  expect(begin()).toMatchObject({ name: "meant.tif" });
});

test("an example is opened by its button", () => {
  const button = shown.el.querySelector("[aria-label='Open example: Cat']") as HTMLButtonElement;
  expect(button.querySelector("img")?.src).toBe(`data:image/png;base64,${PIXEL}`);
  button.click();
  expect(last().content).toEqual({ kind: "example", name: "cat.jpg" });
});

test("the file input comes first, is labelled and keeps its place when compact", () => {
  const first = shown.el.querySelector("input, button, a, select");
  expect(first).toBe(input());
  for (const compact of [false, true]) {
    shown.model.change({ compact, label: "Choose a depth map" });
    expect(input().labels?.[0].textContent?.trim()).toBe("Choose a depth map");
    expect(input().checkVisibility()).toBe(true);
    input().focus();
    expect(document.activeElement).toBe(input());
    const headline = shown.el.querySelector("h2") as HTMLElement;
    expect(headline.checkVisibility()).toBe(!compact);
  }
});

test("nothing listens after the widget is gone", async () => {
  choose(raw(2 * PART_BYTES));
  await until(() => expect(kinds()).toEqual(["begin", "part"]));
  shown.abort();
  expect(shown.model.listening).toBe(0);
  expect(kinds()).toEqual(["begin", "part", "cancel"]);
  drag("drop", document.body, raw(3));
  paste(raw(3));
  expect(kinds()).toEqual(["begin", "part", "cancel"]);
});

test("a kernel that is lost during an upload ends it with a sentence", async () => {
  choose(raw(2 * PART_BYTES));
  await until(() => expect(kinds()).toEqual(["begin", "part"]));
  kernel.statusChanged.say("dead");
  expect(status()).toContain("choose it again");
  expect(progress().checkVisibility()).toBe(false);
});

test("a page that lost its kernel waits until the photo is kept", async () => {
  shown.abort();
  show({ remember: true });
  // Shrinking takes its time.
  choose(await noise(1500, 1500, "image/png"));
  expect(begin()).toBeUndefined();
  await finished(60_000);
  expect(await photo()).not.toBeNull();
  expect((await photo())?.name).toContain("noise");
  sessionStorage.clear();
});

const project = (name: string) => ({
  ...{ id: `id of ${name}`, name, file: new Blob([name]), revision: "a", picture: null },
  ...{ settings: '{"smoothing":2}', steps: '{"past":[]}' },
});
const labelled = (label: string) =>
  shown.el.querySelector<HTMLElement>(`button[aria-label^="${label}"]`);

test("what is kept is offered, this tab's own first, until it is forgotten", async () => {
  for (const name of ["disc", "cat"]) await keep(project(name));
  own("id of disc");
  shown.abort();
  show({ remember: true });
  await until(() => expect(labelled("Continue with disc")?.checkVisibility()).toBe(true));
  const names = [...shown.el.querySelectorAll("li")].map((item) => item.textContent);
  expect(names).toEqual([expect.stringContaining("disc"), expect.stringContaining("cat")]);
  labelled("Continue with disc")?.click();
  await until(() => expect(begin()).toMatchObject({ name: "disc.relief" }));
  expect(begin()).toMatchObject({ settings: '{"smoothing":2}', steps: '{"past":[]}' });
  for (const name of ["disc", "cat"]) {
    labelled(`Forget ${name}`)?.click();
    await until(() => expect(labelled(`Continue with ${name}`)).toBeNull());
  }
  // By now it is gone for a page that is opened at once.
  expect(await list()).toEqual([]);
  expect(shown.el.querySelector(".relief-upload-kept")?.checkVisibility()).toBe(false);
});

test("after a loss the tab goes on with the photo that was on its way, else with its project", async () => {
  await keep(project("disc"));
  own("id of disc");
  resumeNext();
  shown.abort();
  show({ remember: true });
  await until(() => expect(begin()).toMatchObject({ name: "disc.relief" }));
  shown.abort();
  show({ remember: true });
  choose(raw(40));
  await until(() => expect(begin()).toBeDefined());
  const photo = begin()?.name;
  await until(() => expect(sessionStorage.getItem("relief_widget photo")).not.toBeNull());
  // Meanwhile work on the project goes on, and is kept.
  own("id of disc");
  resumeNext();
  shown.abort();
  show({ remember: true });
  await until(() => expect(begin()).toMatchObject({ name: photo, size: 40 }));
  // If it is no photo, that is still to be had.
  await until(() => expect(labelled("Continue with disc")).not.toBeNull());
  shown.abort();
  // The page after that asks again.
  show({ remember: true });
  await until(() => expect(labelled("Continue with disc")).not.toBeNull());
  expect(kinds()).toEqual([]);
});
