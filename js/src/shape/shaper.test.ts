import { afterEach, expect, test } from "vitest";
import {
  HEIGHT_FULL,
  SHAPER_DEFAULTS,
  type ShaperTraits,
  type ShaperWire,
  type StrokeEntry,
} from "../generated/wire";
import { element } from "../shared/dom";
import { type Mounted, mount, until } from "../shared/fake_model";
import { finished } from "../shared/farewell";
import { viewBeside } from "../viewer/handle";
import { type Body, type Heights, sizes } from "../viewer/settings";
import { BODY, heights, sent, TestModel } from "../viewer/testing";
import { View } from "../viewer/view";
import { paint } from "./brushes";
import { type CurvePoint, evaluated, STRAIGHT } from "./curve";
import { withPending } from "./pending";
import { Ground } from "./pick";
import shaper from "./shaper";

interface Kept {
  edits?: { strokes: StrokeEntry[] };
}

const SIDE = 65;
const level = (value: number): Heights => ({
  values: new Uint16Array(SIDE * SIDE).fill(Math.round(value * HEIGHT_FULL)),
  rows: SIDE,
  cols: SIDE,
  aspect: 1,
});

const cleanup: (() => void)[] = [];
afterEach(() => {
  for (const act of cleanup.splice(0)) act();
});

/** A view with the tools beside it, in shape mode. */
async function studio(traits: Partial<ShaperTraits> = {}, field = level(0.4), body = {}) {
  const app = element("div", { class: "relief-app" });
  app.style.cssText = "width: 420px; --relief-height: 320px";
  document.body.append(app);
  const end = new AbortController();
  const viewer = new TestModel({ ...sent(field), ...body });
  new View(app, viewer, end.signal);
  const state = { ...SHAPER_DEFAULTS, strength: 1, size: 0.3, ...traits };
  const tools: Mounted<ShaperWire> = mount<ShaperWire>((props) => {
    app.append(props.el);
    shaper.render(props);
  }, state);
  cleanup.push(() => {
    tools.abort();
    end.abort();
    app.remove();
  });
  const canvas = app.querySelector<HTMLCanvasElement>(".relief-stage > canvas");
  const view = viewBeside(tools.el)?.view;
  if (!canvas || !view) throw new Error("There is no view.");
  await until(() => expect(canvas.clientWidth).toBeGreaterThan(100));
  await until(() => expect(tools.model.get("in_sight")).toBe(true));
  const at = (u: number, v: number) => {
    const ground = new Ground(view.heights as Heights, view.body);
    const [x, y] = view.project(ground.point({ u, v })) ?? [0, 0];
    const { left, top } = canvas.getBoundingClientRect();
    return { clientX: left + x, clientY: top + y };
  };
  const fire = (type: string, u: number, v: number, more: PointerEventInit = {}) => {
    const common = { bubbles: true, pointerId: 1, isPrimary: true, pointerType: "mouse" };
    canvas.dispatchEvent(new PointerEvent(type, { ...common, ...at(u, v), ...more }));
  };
  // A pointer that no hardware has cannot be captured.
  canvas.setPointerCapture = () => {};
  const stroke = (path: [number, number][], more: PointerEventInit = {}) => {
    fire("pointerdown", ...path[0], { buttons: 1, ...more });
    for (const place of path.slice(1)) fire("pointermove", ...place, { buttons: 1, ...more });
    fire("pointerup", ...path[path.length - 1], more);
  };
  const key = (name: string, type = "keydown", more: KeyboardEventInit = {}) =>
    canvas.dispatchEvent(new KeyboardEvent(type, { key: name, bubbles: true, ...more }));
  const seen = (u: number, v: number) => {
    const { values, rows, cols } = view.heights as Heights;
    const place = Math.round(v * (rows - 1)) * cols + Math.round(u * (cols - 1));
    return values[place] / HEIGHT_FULL;
  };
  return { app, viewer, tools, view, canvas, fire, stroke, key, seen };
}

const button = (app: Element, name: string) => {
  const found = app.querySelector<HTMLButtonElement>(`.relief-shape [aria-label="${name}"]`);
  if (!found) throw new Error(`There is no ${name}.`);
  return found;
};

test("a stroke is seen at once, goes to Python as data, and the camera stays", async () => {
  const { tools, stroke, seen, view } = await studio();
  const before = view.project([0, 0, 0]);
  stroke([
    [0.3, 0.5],
    [0.5, 0.5],
    [0.7, 0.5],
  ]);
  expect(seen(0.5, 0.5)).toBeCloseTo(0.65, 2);
  expect(seen(0.5, 0.9)).toBeCloseTo(0.4, 4);
  expect(view.project([0, 0, 0])).toEqual(before);
  const [message] = tools.model.sent.map(({ content }) => content);
  expect(message).toMatchObject({
    kind: "stroke",
    number: 1,
    stroke: { brush: "raise", size: 0.3 },
  });
  // What Python makes of the data is what is seen.
  const { stroke: made } = tools.model.get("pending")[0];
  const again = level(0.4);
  const values = Float32Array.from(again.values, (one) => one / HEIGHT_FULL);
  paint({ ...again, values }, made);
  const expected = values.map((one) => Math.floor(one * HEIGHT_FULL + 0.5));
  expect([...(view.heights as Heights).values]).toEqual([...expected]);
});

test("strokes that Python has not taken are made again on heights that come", async () => {
  const { tools, viewer, stroke, seen } = await studio();
  stroke([[0.25, 0.5]]);
  stroke([[0.75, 0.5]]);
  expect(tools.model.get("pending").length).toBe(2);
  // They were computed when Python had taken the first one, and undone it.
  const come = (painted: number) => {
    viewer.set("heights", sent(level(0.4)).heights);
    viewer.set("painted", painted);
    viewer.set("frame", viewer.get("frame") + 1);
  };
  come(1);
  expect(seen(0.25, 0.5)).toBeCloseTo(0.4, 4);
  expect(seen(0.75, 0.5)).toBeCloseTo(0.65, 2);
  expect(tools.model.get("pending").map(({ number }) => number)).toEqual([2]);
  come(2);
  expect(seen(0.75, 0.5)).toBeCloseTo(0.4, 4);
  expect(tools.model.get("pending")).toEqual([]);
});

test("a page that lost its kernel keeps the stroke under the hand, and waits for its end", async () => {
  const { app, tools, fire } = await studio();
  const lengths = () => {
    const kept = JSON.parse(withPending(tools.el, '{"smoothing":1}')) as Kept;
    return kept.edits?.strokes.map(({ points }) => points.length) ?? [];
  };
  expect(await finished(60_000)).toBeUndefined();
  fire("pointerdown", 0.3, 0.5, { buttons: 1 });
  fire("pointermove", 0.5, 0.5, { buttons: 1 });
  expect(lengths()).toEqual([2]);
  let over = false;
  const end = finished(60_000).then(() => {
    over = true;
  });
  fire("pointermove", 0.7, 0.5, { buttons: 1 });
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(over).toBe(false);
  expect(lengths()).toEqual([3]);
  fire("pointerup", 0.8, 0.5);
  await end;
  expect(lengths()).toEqual([4]);
  expect(app.isConnected).toBe(true);
});

test("a stroke under the hand outlives heights that come in its midst", async () => {
  const { viewer, fire, seen } = await studio();
  fire("pointerdown", 0.3, 0.5, { buttons: 1 });
  viewer.set("heights", sent(level(0.2)).heights);
  viewer.set("frame", viewer.get("frame") + 1);
  fire("pointermove", 0.7, 0.5, { buttons: 1 });
  fire("pointerup", 0.7, 0.5);
  expect(seen(0.5, 0.5)).toBeCloseTo(0.45, 2);
  expect(seen(0.5, 0.95)).toBeCloseTo(0.2, 4);
});

test("without a kernel strokes are made and wait", async () => {
  const { tools, stroke, seen } = await studio();
  tools.model.send = () => {
    throw new Error("Kernel is dead");
  };
  stroke([[0.4, 0.4]]);
  stroke([[0.6, 0.6]]);
  expect(seen(0.4, 0.4)).toBeGreaterThan(0.6);
  expect(tools.model.saved.pending?.map(({ number }) => number)).toEqual([1, 2]);
  // They are kept with the settings, which the next kernel opens.
  const kept = JSON.parse(withPending(tools.el, '{"smoothing":2}'));
  expect(kept).toMatchObject({ smoothing: 2, edits: { curve: STRAIGHT } });
  expect(kept.edits.strokes.map(({ points }: StrokeEntry) => points)).toEqual([
    [[expect.closeTo(0.4, 2), expect.closeTo(0.4, 2), 1]],
    [[expect.closeTo(0.6, 2), expect.closeTo(0.6, 2), 1]],
  ]);
  // What a kernel has taken is in its own settings.
  tools.model.change({ taken: 1 });
  const more = JSON.stringify({ edits: { curve: [], strokes: ["first"] } });
  expect(JSON.parse(withPending(tools.el, more)).edits.strokes).toHaveLength(2);
  tools.model.change({ taken: 2 });
  expect(withPending(tools.el, more)).toBe(more);
});

test("the keyboard moves a brush, presses it and chooses it", async () => {
  const { tools, key, seen, app } = await studio({ size: 0.2 });
  key("2");
  key("]");
  expect(tools.model.get("brush")).toBe("lower");
  expect(tools.model.get("size")).toBeCloseTo(0.21);
  for (let i = 0; i < 4; i++) key("ArrowLeft");
  key(" ");
  for (let i = 0; i < 4; i++) key("ArrowRight");
  key(" ", "keyup");
  expect(seen(0.4, 0.5)).toBeLessThan(0.25);
  expect(tools.model.get("pending").length).toBe(1);
  expect(app.querySelector(".relief-shape-spoken")?.textContent).toBe("Stroke made.");
});

test("mirror images are painted with a stroke, and pressure counts for a pen", async () => {
  const { stroke, seen } = await studio({ symmetry: "left_right", size: 0.15 });
  stroke([[0.25, 0.4]], { pointerType: "pen", pressure: 0.5 });
  expect(seen(0.25, 0.4)).toBeCloseTo(0.525, 2);
  expect(seen(0.75, 0.4)).toBeCloseTo(seen(0.25, 0.4), 4);
});

test("the height to set comes from the surface", async () => {
  const field = level(0.4);
  field.values.fill(Math.round(0.9 * HEIGHT_FULL), 0, 30 * SIDE);
  const { app, tools, stroke, seen } = await studio({ brush: "set" }, field);
  button(app, "Pick a height").click();
  stroke([[0.5, 0.2]]);
  expect(tools.model.get("height")).toBeCloseTo(0.9, 2);
  expect(tools.model.sent).toEqual([]);
  stroke([[0.5, 0.8]]);
  expect(seen(0.5, 0.8)).toBeCloseTo(0.9, 2);
});

test("what is raised is raised as it is seen, where the part is inverted and mirrored", async () => {
  const { tools, stroke, seen } = await studio({ size: 0.15 }, level(0.4), { invert: true });
  stroke([[0.2, 0.5]]);
  expect(seen(0.2, 0.5)).toBeLessThan(0.2);
  expect(seen(0.8, 0.5)).toBeCloseTo(0.4, 4);
  expect(tools.model.get("pending")[0].stroke.brush).toBe("lower");
});

test("with the tools put away the hand turns the part", async () => {
  const { tools, stroke, seen, app } = await studio({ active: false });
  stroke([
    [0.4, 0.5],
    [0.6, 0.5],
  ]);
  expect(seen(0.5, 0.5)).toBeCloseTo(0.4, 4);
  expect(tools.model.get("pending")).toEqual([]);
  tools.model.change({ active: true, can_undo: true, can_clear: true });
  expect(app.querySelector("[data-shaping]")).not.toBeNull();
  tools.el.style.display = "none";
  await until(() => expect(tools.model.get("in_sight")).toBe(false));
  expect(app.querySelector("[data-shaping]")).toBeNull();
  stroke([[0.5, 0.5]]);
  expect(tools.model.get("pending")).toEqual([]);
  tools.el.style.display = "";
  button(app, "Undo").click();
  button(app, "Clear").click();
  expect(tools.model.sent.map(({ content }) => content.kind)).toEqual(["undo", "clear"]);
});

test("a ray meets the surface where its place is, from any side", () => {
  const field = heights(60, 80);
  for (const change of [{}, { invert: true }, { mirror: true }] as Partial<Body>[]) {
    const body: Body = { ...BODY, depth_intensity: 0.2, ...change };
    const ground = new Ground(field, body);
    const { relief } = sizes(body, field.aspect);
    for (const [u, v] of [
      [0.2, 0.3],
      [0.71, 0.55],
      [0.5, 0.9],
    ]) {
      const point = ground.point({ u, v });
      for (const way of [
        [0, 0, -1],
        [0.3, 0.2, -1],
        [-0.6, 0.4, -1],
      ] as [number, number, number][]) {
        const origin = point.map((at, i) => at - 3 * way[i]) as [number, number, number];
        const met = ground.meet(origin, way);
        if (!met) throw new Error("The ray met nothing.");
        // Something may stand before it; what is met is never behind it.
        const [, , z] = ground.point(met);
        expect(z).toBeGreaterThanOrEqual(point[2] - 0.002 * relief - 1e-3);
        if (way[0] === 0) {
          expect(met.u).toBeCloseTo(u, 2);
          expect(met.v).toBeCloseTo(v, 2);
        }
      }
    }
    expect(ground.meet([0, 0, 3], [0, 0, 1])).toBeNull();
    expect(ground.meet([5, 0, 3], [0, 0, -1])).toBeNull();
  }
});

test("a curve is seen at once, whatever heights come from Python meanwhile", async () => {
  const ramp = level(0);
  for (let at = 0; at < ramp.values.length; at++) {
    ramp.values[at] = Math.round(((at % SIDE) / (SIDE - 1)) * HEIGHT_FULL);
  }
  const { tools, viewer, seen, stroke } = await studio({}, ramp);
  const bend = (...curve: CurvePoint[]) => tools.model.set("curve", curve);
  const come = (field: Heights, curve: CurvePoint[]) => {
    viewer.set("heights", sent(field).heights);
    viewer.set("curve", curve);
    viewer.set("frame", viewer.get("frame") + 1);
  };
  const steep: CurvePoint[] = [
    [0, 0.1],
    [0.5, 0.8],
    [1, 1],
  ];
  bend(...steep);
  const expected = evaluated(steep);
  for (const u of [0, 0.25, 0.5, 0.75, 1]) expect(seen(u, 0.5)).toBeCloseTo(expected(u), 4);
  // Python has not heard of it yet; then it has.
  come(ramp, [...STRAIGHT]);
  expect(seen(0.25, 0.5)).toBeCloseTo(expected(0.25), 4);
  const made = {
    ...ramp,
    values: ramp.values.map((one) => expected(one / HEIGHT_FULL) * HEIGHT_FULL),
  };
  come(made, steep);
  expect(seen(0.25, 0.5)).toBeCloseTo(expected(0.25), 4);
  // What a level curve takes away comes back.
  bend([0, 0.3], [1, 0.3]);
  expect(seen(0.9, 0.5)).toBeCloseTo(0.3, 4);
  bend(...STRAIGHT);
  for (const u of [0, 0.25, 0.75, 1]) expect(seen(u, 0.5)).toBeCloseTo(u, 2);
  // A stroke goes on from what is seen.
  bend([0, 0.2], [1, 0.2]);
  stroke([[0.5, 0.5]]);
  expect(seen(0.5, 0.5)).toBeGreaterThan(0.3);
});

test("the curve is bent by hand and by keys, and never falls", async () => {
  const { app, tools } = await studio();
  const drawing = app.querySelector<SVGSVGElement>(".relief-curve");
  if (!drawing) throw new Error("There is no curve.");
  drawing.setPointerCapture = () => {};
  const points = () => [...app.querySelectorAll<SVGElement>(".relief-curve-point")];
  const place = (x: number, y: number) => {
    const { left, top, width, height } = drawing.getBoundingClientRect();
    const scale = (share: number) => (12 + share * 240) / 264;
    return { clientX: left + scale(x) * width, clientY: top + scale(1 - y) * height };
  };
  const fire = (target: Element, type: string, x: number, y: number) =>
    target.dispatchEvent(
      new PointerEvent(type, { bubbles: true, pointerId: 1, button: 0, ...place(x, y) }),
    );
  drawing.scrollIntoView();
  fire(drawing, "dblclick", 0.5, 0.1);
  expect(tools.model.get("curve")).toEqual([
    [0, 0],
    [0.5, 0.5],
    [1, 1],
  ]);
  fire(points()[1], "pointerdown", 0.5, 0.5);
  fire(drawing, "pointermove", 0.4, 0.8);
  fire(drawing, "pointermove", 0.4, 1.7);
  fire(drawing, "pointerup", 0.4, 1.7);
  const [, [x, y]] = tools.model.get("curve");
  expect([x, y]).toEqual([expect.closeTo(0.4, 2), 1]);
  const press = (at: number, key: string) =>
    points()[at].dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  for (let i = 0; i < 3; i++) press(1, "ArrowDown");
  expect(tools.model.get("curve")[1][1]).toBeCloseTo(0.97);
  expect(points()[1].getAttribute("aria-valuetext")).toMatch(/^40(\.\d)? % becomes 97 %$/);
  press(1, "Insert");
  expect(points().length).toBe(4);
  press(2, "Delete");
  press(1, "Delete");
  expect(tools.model.get("curve")).toEqual([
    [0, 0],
    [1, 1],
  ]);
  press(0, "ArrowUp");
  press(0, "Delete");
  expect(tools.model.get("curve").length).toBe(2);
  // Python takes it back.
  tools.model.change({ curve: [[0, 0.25] as [number, number], [1, 1] as [number, number]] });
  expect(points()[0].getAttribute("aria-valuenow")).toBe("25");
  app.querySelector<HTMLButtonElement>(".relief-shape-curve button")?.click();
  expect(tools.model.get("curve")[0]).toEqual([0, 0]);
});
