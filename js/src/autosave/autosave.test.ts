import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { AUTOSAVE_DEFAULTS, type AutosaveWire, type StrokeEntry } from "../generated/wire";
import { offerPending } from "../shape/pending";
import { FakeKernel, type Mounted, mount, until } from "../shared/fake_model";
import { forget, keep, list } from "../shared/keepsake";
import autosave from "./autosave";

let shown: Mounted<AutosaveWire>;
let kernel: FakeKernel;

function gone(): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase("relief_widget");
    request.onsuccess = () => resolve();
    request.onerror = () => reject(request.error);
  });
}

beforeEach(async () => {
  await gone();
  kernel = new FakeKernel(location.origin);
  const traits = { ...AUTOSAVE_DEFAULTS, project: "work", settings: "{}", name: "photo" };
  shown = mount(autosave.render, traits, kernel);
});

afterEach(() => {
  shown.abort();
  sessionStorage.clear();
});

const asked = () =>
  shown.model.sent.filter(({ content }) => content.kind === "export").map(({ content }) => content);

/** Answer the newest request as Python does. */
function answer(text: string): void {
  const { id } = asked().at(-1) as { id: string };
  const buffer = new DataView(new TextEncoder().encode(text).buffer as ArrayBuffer);
  shown.model.receive({ kind: "file", id, name: "photo.relief", part: 0, parts: 1 }, [buffer]);
}

function keeps(file: string, settings: string, project = "work"): Promise<void> {
  return until(async () => {
    const found = (await list()).find(({ id }) => id === project);
    expect(await found?.file.text()).toBe(file);
    expect(found?.settings).toBe(settings);
  });
}

test("the file is fetched when what it is made of changes, and only then", async () => {
  shown.model.change({ settings: '{"smoothing":1}' });
  expect(asked()).toHaveLength(0);
  shown.model.change({ revision: "a" });
  expect(asked()).toEqual([expect.objectContaining({ suffix: ".relief" })]);
  answer("the first");
  await keeps("the first", '{"smoothing":1}');
  shown.model.change({ settings: '{"smoothing":2}' });
  await keeps("the first", '{"smoothing":2}');
  expect(asked()).toHaveLength(1);
  expect(shown.model.get("problem")).toBe("");
});

test("changes while the file is on its way are kept with it", async () => {
  shown.model.change({ revision: "a" });
  shown.model.change({ settings: '{"smoothing":3}' });
  expect(await list()).toEqual([]);
  answer("the first");
  await keeps("the first", '{"smoothing":3}');
});

test("settings of the next photo do not go with the file of the last", async () => {
  shown.model.change({ revision: "a", settings: '{"smoothing":1}' });
  answer("the first");
  await keeps("the first", '{"smoothing":1}');
  // At once: the store is still busy with the last change.
  shown.model.change({ settings: '{"smoothing":2}' });
  shown.model.change({ settings: '{"smoothing":3}' });
  shown.model.change({ settings: '{"smoothing":9}', revision: "" });
  shown.model.change({ settings: '{"smoothing":8}' });
  await keeps("the first", '{"smoothing":3}');
  await new Promise((resolve) => setTimeout(resolve, 300));
  await keeps("the first", '{"smoothing":3}');
  shown.model.change({ revision: "b" });
  answer("the second");
  await keeps("the second", '{"smoothing":8}');
});

test("of two files on their way the newer is kept", async () => {
  shown.model.change({ revision: "a" });
  const first = asked()[0];
  shown.model.change({ revision: "b" });
  expect(shown.model.sent).toContainEqual(
    expect.objectContaining({ content: { kind: "cancel", id: first?.id } }),
  );
  answer("the second");
  await keeps("the second", "{}");
});

test("a kernel that is busy is asked again", { timeout: 30_000 }, async () => {
  shown.model.change({ revision: "a" });
  await until(() => expect(asked()).toHaveLength(2));
  answer("at last");
  await keeps("at last", "{}");
  expect(shown.model.get("problem")).toBe("");
});

test("what Python cannot make is said, and the last project stays", async () => {
  shown.model.change({ revision: "a" });
  answer("the first");
  await keeps("the first", "{}");
  shown.model.change({ revision: "b" });
  shown.model.receive({ kind: "failed", id: asked()[1]?.id, message: "There is no memory." });
  await until(() => expect(shown.model.saved.problem).toBe("There is no memory."));
  await keeps("the first", "{}");
});

const project = (id: string, size = 0) => ({
  ...{ id, name: id, file: new Blob([id, new Uint8Array(size)]), revision: "a", picture: null },
  ...{ settings: "{}", steps: "" },
});

test("another piece of work does not take the place of the last", async () => {
  shown.model.change({ revision: "a" });
  answer("the first");
  await keeps("the first", "{}");
  shown.model.change({ revision: "b", project: "other" });
  answer("the second");
  await keeps("the second", "{}", "other");
  await keeps("the first", "{}");
});

test("a project that was forgotten elsewhere is kept again when work on it goes on", async () => {
  shown.model.change({ revision: "a" });
  answer("the first");
  await keeps("the first", "{}");
  await forget("work");
  shown.model.change({ settings: '{"smoothing":2}' });
  await until(() => expect(asked()).toHaveLength(2));
  answer("again");
  await keeps("again", '{"smoothing":2}');
});

test("ten are kept, and the newest of them where there is little room", async () => {
  for (let at = 0; at < 12; at++) await keep(project(`work ${at}`));
  const names = (await list()).map(({ id }) => id);
  expect(names.sort()).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((at) => `work ${at}`).sort());
  // No browser lets a test fill its store: the room for it is on the disk.
  const full = () => {
    throw new DOMException("", "QuotaExceededError");
  };
  const put = vi.spyOn(IDBObjectStore.prototype, "put");
  try {
    put.mockImplementationOnce(full).mockImplementationOnce(full);
    await keep(project("new"));
    const left = (await list()).map(({ id }) => id);
    expect(left).toHaveLength(8);
    expect(left).toEqual(expect.arrayContaining(["new", "work 11", "work 5"]));
    put.mockImplementation(full);
    await expect(keep(project("huge"))).rejects.toThrow("used up");
  } finally {
    put.mockRestore();
  }
});

const banner = () => document.querySelector<HTMLElement>(".relief-banner");

test("a connection that is gone and comes back is said, and taken up", async () => {
  kernel.connect("connecting");
  expect(banner()?.textContent).toContain("kept in this browser");
  expect(banner()?.querySelector("button")?.checkVisibility()).toBe(true);
  kernel.connect("connected");
  expect(banner()).toBeNull();
});

test("a lost kernel of a notebook is said with what to do, and nothing dead can be pressed", () => {
  const app = document.createElement("div");
  app.className = "relief-app";
  app.innerHTML =
    '<p><button>Dead</button></p><div><div><p class="relief-stage"></p></div><input></div>';
  document.body.append(app);
  app.append(shown.el);
  kernel.statusChanged.say("restarting");
  expect(banner()?.textContent).toContain("run this cell again");
  // Once lost it stays so: the kernel that comes knows nothing of this view.
  kernel.connect("connected");
  expect(banner()?.checkVisibility()).toBe(true);
  expect(banner()?.closest("[inert]")).toBeNull();
  const still = (name: string) => app.querySelector(name)?.closest("[inert]") !== null;
  expect([still("p button"), still("input"), still(".relief-stage")]).toEqual([true, true, false]);
  shown.abort();
  expect(banner()).toBeNull();
  app.remove();
});

test("what no kernel has heard of when it is lost is kept at once", async () => {
  shown.model.change({ revision: "a" });
  answer("the first");
  await keeps("the first", "{}");
  const app = document.createElement("div");
  app.className = "relief-app";
  const tools = document.createElement("div");
  tools.className = "relief-shape";
  const stroke = { ...{ brush: "raise", size: 0.1, strength: 1, softness: 0.5 }, height: 0.5 };
  offerPending(tools, () => [
    { ...stroke, symmetry: "none", points: [[0.5, 0.5, 1]] } as StrokeEntry,
  ]);
  app.append(tools, shown.el);
  document.body.append(app);
  kernel.statusChanged.say("dead");
  await until(async () => expect((await list())[0].settings).toContain('"brush":"raise"'));
  app.remove();
});

test("a database without the store gets one", async () => {
  await new Promise<void>((resolve) => {
    const request = indexedDB.open("relief_widget", 1);
    request.onsuccess = () => {
      request.result.close();
      resolve();
    };
  });
  expect(await list()).toEqual([]);
  await keep(project("work"));
  await keeps("work", "{}");
  await forget("work");
  expect(await list()).toEqual([]);
});
