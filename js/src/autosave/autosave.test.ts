import { afterEach, beforeEach, expect, test } from "vitest";
import { AUTOSAVE_DEFAULTS, type AutosaveWire } from "../generated/wire";
import { type Mounted, mount, until } from "../shared/fake_model";
import { forget, keep, kept } from "../shared/keepsake";
import autosave from "./autosave";

let shown: Mounted<AutosaveWire>;

function gone(): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase("relief_widget");
    request.onsuccess = () => resolve();
    request.onerror = () => reject(request.error);
  });
}

beforeEach(async () => {
  await gone();
  shown = mount(autosave.render, { ...AUTOSAVE_DEFAULTS, settings: "{}", name: "photo" });
});

afterEach(() => shown.abort());

const asked = () =>
  shown.model.sent.filter(({ content }) => content.kind === "export").map(({ content }) => content);

/** Answer the newest request as Python does. */
function answer(text: string): void {
  const { id } = asked().at(-1) as { id: string };
  const buffer = new DataView(new TextEncoder().encode(text).buffer as ArrayBuffer);
  shown.model.receive({ kind: "file", id, name: "photo.relief", part: 0, parts: 1 }, [buffer]);
}

function keeps(file: string, settings: string): Promise<void> {
  return until(async () => {
    const found = await kept();
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
  expect(await kept()).toBeNull();
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

test("a database without the store gets one", async () => {
  await new Promise<void>((resolve) => {
    const request = indexedDB.open("relief_widget", 1);
    request.onsuccess = () => {
      request.result.close();
      resolve();
    };
  });
  expect(await kept()).toBeNull();
  await keep({ name: "photo", file: new Blob(["here"]), revision: "a", settings: "{}" });
  await keeps("here", "{}");
  await forget();
  expect(await kept()).toBeNull();
});
