import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import { AUTOSAVE_DEFAULTS, type AutosaveWire } from "../generated/wire";
import { show } from "../viewer/testing";
import { LostError, NoAnswerError, request, save } from "./download";
import { FakeKernel, type Mounted, mount } from "./fake_model";
import { type Model, put } from "./model";

let shown: Mounted<AutosaveWire>;
let model: Model<AutosaveWire>;
let kernel: FakeKernel;
let abort: AbortController;
let shares: number[];

beforeEach(() => {
  const render = (props: { model: Model<AutosaveWire> }) => {
    model = props.model;
  };
  kernel = new FakeKernel();
  shown = mount<AutosaveWire>(render, { ...AUTOSAVE_DEFAULTS, name: "cat" }, kernel);
  abort = new AbortController();
  shares = [];
});

afterEach(() => {
  shown.abort();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const ask = (suffix = ".relief") =>
  request(model, suffix, abort.signal, (share) => shares.push(share));
const said = () => shown.model.sent.map(({ content }) => content);
const id = () => said()[0].id as string;
const bytes = (text: string) => [
  new DataView(new TextEncoder().encode(text).buffer as ArrayBuffer),
];
const part = (at: number, text: string, of = 2) =>
  shown.model.receive(
    { kind: "file", id: id(), name: "cat.relief", part: at, parts: of },
    bytes(text),
  );

test("parts are acknowledged one by one and put together under Python's name", async () => {
  const asked = ask();
  shown.model.receive({ kind: "progress", id: id(), share: 0.25 });
  part(0, "one ");
  part(1, "two");
  const { blob, name } = await asked;
  expect(await blob.text()).toBe("one two");
  expect(name).toBe("cat.relief");
  expect(said()).toEqual([
    { kind: "export", id: id(), suffix: ".relief" },
    { kind: "ack", id: id(), part: 0 },
    { kind: "ack", id: id(), part: 1 },
  ]);
  expect(shares).toEqual([0.25, 0.5, 1]);
  expect(shown.model.listening).toBe(0);
});

test("parts of another file, and one that came twice, change nothing", async () => {
  const asked = ask();
  part(0, "a");
  part(0, "again");
  shown.model.receive({ kind: "file", id: "other", name: "b", part: 1, parts: 2 }, bytes("b"));
  part(1, "c");
  expect(await (await asked).blob.text()).toBe("ac");
});

test("what Python says went wrong is the error", async () => {
  const asked = ask(".glb");
  shown.model.receive({ kind: "failed", id: id(), message: "The disk is full." });
  await expect(asked).rejects.toThrow("The disk is full.");
  expect(shown.model.listening).toBe(0);
});

test("who cancels tells Python, and hears no more", async () => {
  const asked = ask();
  part(0, "one");
  abort.abort();
  await expect(asked).rejects.toThrow();
  expect(said().at(-1)).toEqual({ kind: "cancel", id: id() });
  part(1, "two");
  expect(said().at(-1)).toEqual({ kind: "cancel", id: id() });
  expect(shown.model.listening).toBe(0);
});

test("a kernel that says nothing is given up, one that is at work is not", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const silent = ask();
  const given = expect(silent).rejects.toThrow(NoAnswerError);
  vi.advanceTimersByTime(60_000);
  await given;
  expect(said().at(-1)).toEqual({ kind: "cancel", id: id() });

  shown.model.sent.length = 0;
  const slow = ask();
  shown.model.receive({ kind: "progress", id: id(), share: 0 });
  vi.advanceTimersByTime(60_000);
  part(0, "late", 1);
  expect(await (await slow).blob.text()).toBe("late");
});

test("a file is saved under its name", async () => {
  const saved: [string, string][] = [];
  vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (
    this: HTMLAnchorElement,
  ) {
    saved.push([this.download, this.href]);
  });
  save({ blob: new Blob(["solid"]), name: "cat.stl" });
  expect(saved.map(([name]) => name)).toEqual(["cat.stl"]);
  expect(await (await fetch(saved[0][1])).text()).toBe("solid");
});

test("while a file is made its progress shows and it can be cancelled", async () => {
  const view = show({ exports: [".stl", ".3mf"], name: "cat" });
  const bar = page.getByRole("progressbar", { name: "Export" });
  const button = page.getByRole("button", { name: "Download 3MF" });
  expect(bar.elements()).toEqual([]);
  await userEvent.click(button);
  const [asked] = view.model.sent;
  expect(asked).toMatchObject({ kind: "export", suffix: ".3mf" });
  view.model.receive({ kind: "progress", id: (asked as { id: string }).id, share: 0.4 });
  await expect.element(bar).toHaveValue(0.4);
  await expect.element(button).toBeDisabled();
  await userEvent.click(page.getByRole("button", { name: "Cancel" }));
  expect(view.model.sent.at(-1)).toMatchObject({ kind: "cancel" });
  expect(bar.elements()).toEqual([]);
  await expect.element(button).toBeEnabled();
  // Nothing went wrong: it was asked for.
  expect(view.place.querySelector("[role=alert].relief-failed")?.textContent).toBe("");
});

test("a kernel that is lost while it makes a file ends the wait at once", async () => {
  const asked = ask();
  shown.model.receive({ kind: "progress", id: id(), share: 0.5 });
  // For a moment out of reach is not lost.
  kernel.connect("connecting");
  kernel.connect("connected");
  kernel.statusChanged.say("autorestarting");
  await expect(asked).rejects.toThrow(LostError);
  await expect(asked).rejects.toThrow("save it again");
  expect(shown.model.listening).toBe(0);
});

test("a kernel that was started anew, and knows nothing of this view, is lost, too", async () => {
  const send = shown.model.send;
  shown.model.send = () => {
    // As JupyterLab's comm does then.
    throw new Error("Cannot send");
  };
  await expect(ask()).rejects.toThrow(LostError);
  // The view sets its own values all the same.
  shown.model.save_changes = () => shown.model.send({});
  put(model, { problem: "none" });
  expect(shown.model.get("problem")).toBe("none");
  shown.model.save_changes = () => {
    throw new Error("Something else");
  };
  expect(() => put(model, { problem: "" })).toThrow("Something else");
  shown.model.send = send;
});
