import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import type { ViewerTraits } from "../generated/wire";
import { difference, heights, Screen, sent, show, watch } from "./testing";

/** A change that an eye sees: this share of the pixels at least. */
const SEEN = 0.005;

/** Nothing here may speak to the console: a user's developer tools stay empty. */
const said: string[] = [];
beforeEach(() => {
  said.length = 0;
  for (const way of ["warn", "error"] as const) {
    vi.spyOn(console, way).mockImplementation((...words: unknown[]) => {
      said.push(words.map(String).join(" "));
    });
  }
});
afterEach(() => {
  vi.restoreAllMocks();
});

test("a relief is seen, and its label says what it is", async () => {
  const { before, place } = await watch({ name: "cat" });
  expect(difference(before, new Uint8Array(before.length))).toBeGreaterThan(0.2);
  await expect
    .element(page.getByRole("img", { name: "Relief of cat, solid, 100 × 80.0 × 15.0 mm" }))
    .toBeVisible();
  expect(place.textContent).toContain("STL 0.2 MB");
  expect(said).toEqual([]);
});

test("what is not looked at is not drawn again and again", async () => {
  const { screen } = await watch();
  const { frames } = screen;
  const start = performance.now();
  await expect.poll(() => performance.now() - start, { timeout: 4000 }).toBeGreaterThan(2000);
  expect(screen.frames).toBe(frames);
});

const CHANGES: [string, Partial<ViewerTraits>, Partial<ViewerTraits>][] = [
  ["mode", {}, { mode_index: 1 }],
  ["depth_intensity", {}, { depth_intensity: 0.3 }],
  ["base_thickness", {}, { base_thickness: 0.5 }],
  ["depth_cutoff", { mode_index: 1 }, { depth_cutoff: 0.5 }],
  ["invert", { mirror_index: 2 }, { invert: true }],
  ["mirror", {}, { mirror_index: 1 }],
  ["material", {}, { material_index: 1 }],
  ["light", {}, { light_azimuth: 120 }],
  ["thickness_mm", {}, { thickness_mm: [1, 40] }],
];

test("every setting of the body and its look changes the picture, and changes it back", async () => {
  const { model, screen, before } = await watch();
  const set = (values: Partial<ViewerTraits>) => {
    const names = Object.keys(values) as (keyof ViewerTraits)[];
    const old = Object.fromEntries(names.map((name) => [name, model.get(name)]));
    for (const name of names) model.set(name, values[name] as never);
    return old as Partial<ViewerTraits>;
  };
  for (const [name, given, change] of CHANGES) {
    const start = set(given);
    const plain = Object.keys(given).length ? await screen.settled() : before;
    const old = set(change);
    expect(difference(plain, await screen.settled()), name).toBeGreaterThan(SEEN);
    set({ ...old, ...start });
    expect(difference(before, await screen.settled()), name).toBe(0);
  }
  expect(said).toEqual([]);
}, 30_000);

test("the size in mm changes the label, not the picture", async () => {
  const { model, screen, before } = await watch();
  model.set("size_mm", 250);
  await expect.element(page.getByRole("img", { name: /250 × 200 × 37.5 mm/ })).toBeVisible();
  expect(difference(before, await screen.settled())).toBe(0);
});

test("the photo is laid over the surface, or beside it", async () => {
  const canvas = new OffscreenCanvas(8, 8);
  const context = canvas.getContext("2d") as OffscreenCanvasRenderingContext2D;
  context.fillStyle = "#f00";
  context.fillRect(0, 0, 8, 8);
  const photo = new DataView(await (await canvas.convertToBlob()).arrayBuffer());
  const { model, screen, before } = await watch({ texture: photo });
  model.set("show_texture", true);
  const textured = await screen.settled();
  expect(difference(before, textured)).toBeGreaterThan(0.2);
  model.set("show_texture", false);
  model.set("compare", 1);
  const compared = await screen.settled();
  let red = 0;
  for (let i = 0; i < compared.length; i += 4) {
    if (compared[i] > 240 && compared[i + 1] < 20 && compared[i + 2] < 20) red += 4;
  }
  // The photo as it is, without light and shade.
  expect(red / compared.length).toBeGreaterThan(0.2);
});

test("with its texture off no colour of the photo is seen, not even along an edge", async () => {
  const canvas = new OffscreenCanvas(8, 8);
  const context = canvas.getContext("2d") as OffscreenCanvasRenderingContext2D;
  context.fillStyle = "#f00";
  context.fillRect(0, 0, 8, 4);
  context.fillStyle = "#00f";
  context.fillRect(0, 4, 8, 4);
  const photo = new DataView(await (await canvas.convertToBlob()).arrayBuffer());
  // A ragged edge: each tooth has a side that pixels see a sliver of.
  const teeth = heights(60, 60);
  for (const i of teeth.values.keys()) teeth.values[i] = Math.floor(i / 60) % 2 ? 65535 : 0;
  const { model, screen, place } = await watch({ ...sent(teeth), depth_intensity: 0.3 });
  place.style.width = "400px";
  place.style.setProperty("--relief-height", "300px");
  model.set("texture", photo);
  await screen.settled();
  let coloured = 0;
  for (const key of ["4", "ArrowDown"]) {
    screen.canvas.focus();
    await userEvent.keyboard(key.length > 1 ? `{${key}}` : key);
    const pixels = await screen.settled();
    for (let i = 0; i < pixels.length; i += 4) {
      if (Math.abs(pixels[i] - pixels[i + 2]) > 40) coloured += 1;
    }
  }
  expect(coloured).toBe(0);
}, 30_000);

test("new heights are drawn and acknowledged, of several the newest", async () => {
  const { model, screen, before } = await watch();
  expect(model.get("shown")).toBe(1);
  const acknowledged: number[] = [];
  model.on("change:shown", () => acknowledged.push(model.get("shown")));
  const wanted = heights(30, 50, 1.25);
  for (const [i, field] of [heights(20, 20, 1), heights(50, 30, 1), wanted].entries()) {
    for (const [name, value] of Object.entries(sent(field))) {
      model.set(name as "aspect", value as never);
    }
    model.set("frame", i + 2);
  }
  const after = await screen.settled();
  expect(model.get("shown")).toBe(4);
  expect(acknowledged.at(-1)).toBe(4);
  expect(difference(before, after)).toBeGreaterThan(SEEN);
  const alone = await watch({ ...sent(wanted), frame: 4 });
  expect(difference(after, alone.before)).toBe(0);
});

test("keys on the view turn, move and zoom it, and Home undoes it all", async () => {
  const { canvas, screen, before } = await watch();
  canvas()?.focus();
  let then = before;
  for (const key of ["ArrowLeft", "ArrowUp", "+", "-", "{Shift>}{ArrowRight}{/Shift}"]) {
    await userEvent.keyboard(key.length === 1 || key[0] === "{" ? key : `{${key}}`);
    const now = await screen.settled();
    expect(difference(then, now), key).toBeGreaterThan(SEEN);
    then = now;
  }
  await userEvent.keyboard("{Home}");
  expect(difference(before, await screen.settled())).toBe(0);
});

test("keys on the lamp move the light, say so, and Home undoes it", async () => {
  const { place, screen, before } = await watch();
  const lamp = page.getByRole("slider", { name: "Light direction" });
  place.querySelector<HTMLElement>(".relief-light")?.focus();
  await userEvent.keyboard("{ArrowRight}{ArrowRight}{ArrowDown}");
  expect(difference(before, await screen.settled())).toBeGreaterThan(SEEN);
  await expect
    .element(lamp)
    .toHaveAttribute("aria-valuetext", "325° clockwise from the top, 27° high");
  await userEvent.keyboard("{Home}");
  expect(difference(before, await screen.settled())).toBe(0);
});

test("the buttons over the view look from the front and back again", async () => {
  const { screen, before } = await watch();
  await userEvent.click(page.getByRole("button", { name: "Front view" }));
  expect(difference(before, await screen.settled())).toBeGreaterThan(SEEN);
  await userEvent.click(page.getByRole("button", { name: "Reset view" }));
  expect(difference(before, await screen.settled())).toBe(0);
});

test("rows of the panel follow the mode and the kind of relief", async () => {
  const { model, place } = show();
  const disabled = () =>
    [...place.querySelectorAll("label")]
      .filter((row) => row.querySelector<HTMLInputElement>("input, select")?.disabled)
      .map((row) => row.querySelector("span")?.textContent);
  expect(disabled()).toEqual(["depth_cutoff"]);
  await userEvent.selectOptions(page.getByLabelText("mode"), "Planar");
  expect(model.get("mode_index")).toBe(1);
  expect(disabled()).toEqual(["base_thickness"]);
  model.set("mode_index", 0);
  model.set("thickness_mm", [1, 3]);
  expect(disabled()).toEqual(["depth_intensity", "base_thickness", "depth_cutoff"]);
});

test("the panel refuses a size out of range and resets all", async () => {
  const { model } = show();
  const size = page.getByLabelText("size_mm");
  await userEvent.fill(size, "99999");
  expect(model.get("size_mm")).toBe(100);
  await userEvent.fill(size, "42.5");
  expect(model.get("size_mm")).toBe(42.5);
  await userEvent.selectOptions(page.getByLabelText("mirror"), "Off");
  await userEvent.click(page.getByLabelText("invert"));
  expect([model.get("mirror_index"), model.get("invert")]).toEqual([2, true]);
  await userEvent.click(page.getByRole("button", { name: "Reset all" }));
  expect([model.get("size_mm"), model.get("mirror_index"), model.get("invert")]).toEqual([
    100,
    0,
    false,
  ]);
  await expect.element(size).toHaveValue(100);
});

test("the cross-section follows the pointer and reads the height there", async () => {
  // One half is high, the other low.
  const field = heights(40, 40);
  field.values.forEach((_, i) => {
    field.values[i] = i % 40 < 20 ? 0 : 65535;
  });
  const { model, place, screen, canvas } = await watch(sent(field));
  await userEvent.click(page.getByRole("button", { name: "Front view" }));
  await userEvent.click(page.getByRole("button", { name: "Histogram and cross-section" }));
  expect(model.get("inspect")).toBe(true);
  await screen.settled();
  const box = canvas() as HTMLCanvasElement;
  const { clientWidth: width, clientHeight: height } = box;
  const reading = async (x: number, y: number) => {
    await userEvent.hover(box, { position: { x: x * width, y: y * height } });
    await screen.settled();
    const text = place.querySelector(".relief-reading")?.textContent ?? "";
    const [left, top, high] = (text.match(/[\d.]+/g) ?? []).map(Number);
    return { left, top, high };
  };
  const a = await reading(0.45, 0.4);
  const b = await reading(0.57, 0.6);
  expect([a.high, b.high]).toEqual([5, 15]);
  expect(a.left).toBeLessThan(50);
  expect(b.left).toBeGreaterThan(50);
  expect(a.top).toBeLessThan(50);
  expect(b.top).toBeGreaterThan(50);
});

const context = (canvas: HTMLCanvasElement | null) => {
  const gl = canvas?.getContext("webgl2") as WebGL2RenderingContext;
  return gl.getExtension("WEBGL_lose_context") as WEBGL_lose_context;
};

test("after its context was taken the view says so and comes back when asked", async () => {
  const { canvas, place, before, model } = await watch();
  context(canvas()).loseContext();
  const again = page.getByRole("button", { name: "Show it again" });
  await expect.element(again).toBeVisible();
  model.set("light_azimuth", 120);
  await userEvent.click(again);
  expect(place.querySelectorAll(".relief-stage > canvas").length).toBe(1);
  const screen = new Screen(canvas() as HTMLCanvasElement);
  model.set("light_azimuth", 315);
  expect(difference(before, await screen.settled())).toBe(0);
  expect(place.querySelector<HTMLElement>(".relief-message")?.hidden).toBe(true);
});

test("a context that the browser gives back is used, and no other is made beside it", async () => {
  const { canvas, place, before, model } = await watch();
  const lost = context(canvas());
  lost.loseContext();
  await expect.element(page.getByRole("button", { name: "Show it again" })).toBeVisible();
  lost.restoreContext();
  await expect.poll(() => place.querySelector<HTMLElement>(".relief-message")?.hidden).toBe(true);
  expect(place.querySelectorAll(".relief-stage > canvas").length).toBe(1);
  const screen = new Screen(canvas() as HTMLCanvasElement);
  model.set("light_azimuth", 120);
  await screen.settled();
  model.set("light_azimuth", 315);
  expect(difference(before, await screen.settled())).toBe(0);
});

test("without WebGL a sentence says so, heights are acknowledged, and the STL is there", async () => {
  const getContext = HTMLCanvasElement.prototype.getContext;
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockImplementation(function (
    this: HTMLCanvasElement,
    ...args: unknown[]
  ) {
    return String(args[0]).startsWith("webgl")
      ? null
      : getContext.apply(this, args as Parameters<typeof getContext>);
  } as typeof getContext);
  const links: HTMLAnchorElement[] = [];
  vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (
    this: HTMLAnchorElement,
  ) {
    links.push(this);
  });
  const { model } = show({ name: "cat" });
  await expect.element(page.getByRole("alert").first()).toHaveTextContent(/WebGL 2 is missing/);
  expect(model.get("shown")).toBe(1);
  await userEvent.click(page.getByRole("button", { name: "Download STL" }));
  await expect.poll(() => links.length).toBe(1);
  expect(links[0].download).toBe("cat.stl");
  const file = await (await fetch(links[0].href)).arrayBuffer();
  expect(new DataView(file).getUint32(80, true)).toBe(2 * 39 * 49 + 3 * 176 - 2);
});

test("thirty views come and go, and leave nothing behind", async () => {
  const live = await watch();
  let lost = 0;
  live.canvas()?.addEventListener("webglcontextlost", () => {
    lost += 1;
  });
  for (let i = 0; i < 30; i++) {
    const { model, place, end, canvas } = show({ inspect: i % 2 === 0 });
    const gl = canvas()?.getContext("webgl2");
    expect(gl?.isContextLost()).toBe(false);
    if (i % 10 === 0) await expect.poll(() => model.get("shown")).toBe(1);
    expect(model.attachedEvents.length).toBeGreaterThan(10);
    end.abort();
    expect(place.childElementCount).toBe(0);
    expect(model.attachedEvents).toEqual([]);
    // Only then does the browser give the memory of the GPU to others.
    await expect.poll(() => gl?.isContextLost()).toBe(true);
  }
  // Browsers keep 16 contexts, and take the oldest away for a new one.
  expect(lost).toBe(0);
  live.model.set("depth_intensity", 0.3);
  expect(difference(live.before, await live.screen.settled())).toBeGreaterThan(SEEN);
  expect(said).toEqual([]);
});

test("the STL comes from Python, and is made here where nobody answers", async () => {
  const { model, place } = show({ exports: [".stl", ".3mf", ".glb", ".relief"], name: "cat" });
  const asked = model.sent;
  const saved: string[] = [];
  vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (
    this: HTMLAnchorElement,
  ) {
    saved.push(this.download);
  });
  await userEvent.selectOptions(page.getByRole("combobox", { name: "More formats" }), ".glb");
  expect(asked[0]).toMatchObject({ kind: "export", suffix: ".glb" });
  await expect.element(page.getByText(/does not answer/), { timeout: 8000 }).toBeVisible();
  expect(saved).toEqual([]);
  await page.getByRole("button", { name: "Download STL" }).click();
  expect(asked.at(-1)).toMatchObject({ kind: "export", suffix: ".stl" });
  await expect.poll(() => saved, { timeout: 8000 }).toEqual(["cat.stl"]);
  expect(place.textContent).toContain("made in your browser");
});

test("the first download is what is being made, with STL beside it", async () => {
  const traits = { exports: [".stl", ".stl.zip", ".3mf", ".height.png"], main: ".3mf" };
  const { model, place } = show(traits);
  const names = () =>
    [...place.querySelectorAll("[role=group][aria-label=Export] button:not([hidden])")].map(
      (button) => button.getAttribute("aria-label"),
    );
  expect(names()).toEqual(["Download 3MF", "Download STL", "Save picture"]);
  model.set("also", [".height.png"]);
  model.set("main", ".stl");
  const map = "Download Height map, 16-bit PNG";
  expect(names()).toEqual(["Download STL", map, "Download 3MF", "Save picture"]);
  model.set("main", ".stl.zip");
  // The first button that names STL is for one.
  expect(names()[0]).toBe("Download ZIP, a file for each tile");
  await userEvent.click(page.getByRole("button", { name: /Download ZIP/ }));
  expect(model.sent.at(-1)).toMatchObject({ kind: "export", suffix: ".stl.zip" });
  await userEvent.click(page.getByRole("button", { name: "Cancel" }));
  // Where nobody can make it.
  model.set("exports", []);
  expect(names()).toEqual(["Download STL", "Save picture"]);
});
