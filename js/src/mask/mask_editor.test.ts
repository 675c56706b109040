import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  MASK_EDITOR_DEFAULTS,
  MASK_EDITOR_RANGES,
  type MaskEditorTraits,
  type MaskEditorWire,
} from "../generated/wire";
import { type Mounted, mount, until } from "../shared/fake_model";
import editor from "./mask_editor";
import { ground, region } from "./select";

const ROWS = 50;
const COLS = 100;
const RED = [230, 40, 40];

let shown: Mounted<MaskEditorWire>;
let canvas: HTMLCanvasElement;

async function picture(color = `rgb(${RED})`): Promise<DataView> {
  const drawn = new OffscreenCanvas(200, 100);
  const context = drawn.getContext("2d") as OffscreenCanvasRenderingContext2D;
  context.fillStyle = color;
  context.fillRect(0, 0, 200, 100);
  return new DataView(await (await drawn.convertToBlob()).arrayBuffer());
}

/** The left half is the subject. */
const half = () =>
  new DataView(
    Uint8Array.from({ length: ROWS * COLS }, (_, at) => (at % COLS < 50 ? 255 : 0)).buffer,
  );

async function show(traits: Partial<MaskEditorTraits> = {}): Promise<void> {
  shown?.abort();
  shown = mount(editor.render, {
    ...MASK_EDITOR_DEFAULTS,
    picture: await picture(),
    shape: [ROWS, COLS],
    mask: half(),
    brush: 0.1,
    ...traits,
  });
  shown.el.style.width = "400px";
  canvas = shown.el.querySelector("canvas") as HTMLCanvasElement;
  await until(() => expect(canvas.clientHeight).toBe(200));
  await until(() => expect(color(0.1, 0.5)[3]).toBe(255));
}

/** The colour that is shown at shares of the picture. */
function color(x: number, y: number): number[] {
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  return [...context.getImageData(x * canvas.width, y * canvas.height, 1, 1).data];
}

const isRed = (x: number, y: number) => color(x, y)[0] > 200 && color(x, y)[1] < 60;
const isDim = (x: number, y: number) => {
  const [red, green] = color(x, y);
  return red === green && red < 80;
};

/** The mask as Python has it, at shares of the picture. */
function saved(x: number, y: number): number | undefined {
  const mask = shown.model.saved.mask;
  return mask?.getUint8(Math.floor(y * ROWS) * COLS + Math.floor(x * COLS));
}

function pointer(type: string, x: number, y: number, init: PointerEventInit = {}): void {
  const box = canvas.getBoundingClientRect();
  canvas.dispatchEvent(
    new PointerEvent(type, {
      bubbles: true,
      isPrimary: true,
      pointerId: 1,
      clientX: box.left + x * box.width,
      clientY: box.top + y * box.height,
      ...init,
    }),
  );
}

function stroke(points: [number, number][], init: PointerEventInit = {}): void {
  pointer("pointerdown", ...points[0], init);
  for (const point of points.slice(1)) {
    pointer("pointermove", ...point, init);
  }
  pointer("pointerup", ...points[points.length - 1], init);
}

function key(name: string, init: KeyboardEventInit = {}, type = "keydown"): boolean {
  const event = new KeyboardEvent(type, { key: name, bubbles: true, cancelable: true, ...init });
  return !canvas.dispatchEvent(event);
}

const button = (label: string) =>
  shown.el.querySelector(`button[aria-label="${label}"]`) as HTMLButtonElement;

const edits = (count: number) => until(() => expect(shown.model.saved.edits).toBe(count));

beforeEach(async () => {
  // Events made by a test belong to no pointer that could be captured.
  vi.spyOn(HTMLElement.prototype, "setPointerCapture").mockImplementation(() => {});
  await show();
});

afterEach(() => {
  shown.abort();
  vi.restoreAllMocks();
});

test("the subject is shown in colour, the ground grey and dim, a light line between", () => {
  expect(isRed(0.2, 0.5)).toBe(true);
  expect(isDim(0.8, 0.5)).toBe(true);
  expect(Math.min(...color(0.4975, 0.5))).toBeGreaterThan(180);
});

test("the brush makes subject, is shown at once and sent as one edit", async () => {
  stroke([
    [0.7, 0.2],
    [0.9, 0.2],
  ]);
  await until(() => expect(isRed(0.8, 0.2)).toBe(true));
  expect(isDim(0.8, 0.6)).toBe(true);
  await edits(1);
  expect([saved(0.8, 0.2), saved(0.8, 0.6), saved(0.2, 0.6)]).toEqual([255, 0, 255]);
});

test("painting leaves the bytes of Python's message alone", async () => {
  const given = new Uint8Array(shown.model.get("mask").buffer);
  stroke([[0.8, 0.5]]);
  await edits(1);
  expect(saved(0.8, 0.5)).toBe(255);
  expect(given).toEqual(new Uint8Array(half().buffer));
});

test("strokes in quick succession are sent as one mask", async () => {
  stroke([[0.7, 0.2]]);
  stroke([[0.9, 0.8]]);
  expect(shown.model.saves).toBe(0);
  await edits(1);
  expect(shown.model.saves).toBe(1);
  expect([saved(0.7, 0.2), saved(0.9, 0.8)]).toEqual([255, 255]);
});

test.each([
  { tool: "erase", shiftKey: false },
  { tool: "brush", shiftKey: true },
] as const)("$tool with Shift $shiftKey makes ground", async ({ tool, shiftKey }) => {
  button(tool === "erase" ? "Erase" : "Brush").click();
  stroke([[0.2, 0.5]], { shiftKey });
  await until(() => expect(isDim(0.2, 0.5)).toBe(true));
  await edits(1);
  expect([saved(0.2, 0.5), saved(0.2, 0.9)]).toEqual([0, 255]);
});

test("fill turns the region under the click", async () => {
  button("Fill").click();
  expect(button("Fill").getAttribute("aria-pressed")).toBe("true");
  expect(button("Brush").getAttribute("aria-pressed")).toBe("false");
  stroke([[0.9, 0.5]]);
  await edits(1);
  expect(new Uint8Array(shown.model.saved.mask?.buffer as ArrayBuffer)).toEqual(
    new Uint8Array(ROWS * COLS).fill(255),
  );
});

/** Three stripes: red, red but farther away, and blue. */
async function stripes(): Promise<Partial<MaskEditorTraits>> {
  const drawn = new OffscreenCanvas(200, 100);
  const context = drawn.getContext("2d") as OffscreenCanvasRenderingContext2D;
  for (const [at, color] of ["#d22", "#d22", "#22d"].entries()) {
    context.fillStyle = color;
    context.fillRect((200 * at) / 3, 0, 200 / 3 + 1, 100);
  }
  const bytes = Uint8Array.from({ length: ROWS * COLS }, (_, at) => (at % COLS < 33 ? 255 : 30));
  return {
    picture: new DataView(await (await drawn.convertToBlob()).arrayBuffer()),
    depth: new DataView(bytes.buffer),
    tool: "select",
  };
}

const click = (x: number, y: number, init: PointerEventInit = {}) => {
  pointer("pointerdown", x, y, { buttons: 1, ...init });
  pointer("pointerup", x, y, init);
};

test("one click selects what is alike in colour and depth, Shift adds, Alt takes away", async () => {
  await show(await stripes());
  const is = () => [0.1, 0.5, 0.9].map((x) => saved(x, 0.5));
  click(0.5, 0.5);
  await edits(1);
  expect(is()).toEqual([0, 255, 0]);
  click(0.1, 0.3, { shiftKey: true });
  await edits(2);
  expect(is()).toEqual([255, 255, 0]);
  click(0.5, 0.5, { altKey: true });
  await edits(3);
  expect(is()).toEqual([255, 0, 0]);
  button("Undo").click();
  await edits(4);
  expect(is()).toEqual([255, 255, 0]);
  // By keys: the tool, how far it reaches, the place, and the click.
  key("b");
  key("s");
  expect(shown.model.get("tool")).toBe("select");
  expect(button("Select").getAttribute("aria-pressed")).toBe("true");
  key("9");
  expect(shown.model.get("likeness")).toBe(MASK_EDITOR_RANGES.likeness.max);
  key("1");
  for (let step = 0; step < 40; step++) key("ArrowRight");
  key(" ");
  await edits(5);
  expect(is()).toEqual([0, 0, 255]);
  expect(help()).toContain("Shift adds");
});

test("a selection has a soft edge, no specks, and no small holes; large ones stay", () => {
  const side = 60;
  const rgba = new Uint8ClampedArray(4 * side * side).fill(255);
  const dark = (row: number, col: number) =>
    rgba.fill(0, 4 * (row * side + col), 4 * (row * side + col) + 3);
  for (let row = 0; row < side; row++) {
    for (let col = 0; col < side; col++) {
      const large = Math.hypot(row - 30, col - 40) < 12;
      const small = Math.hypot(row - 15, col - 12) < 4;
      const edge = col < 4;
      if (large || small || edge) dark(row, col);
    }
  }
  const found = region(ground(rgba, new Uint8Array(), side, side), { x: 10, y: 40 }, 0.24);
  const at = (row: number, col: number) => found[row * side + col];
  expect([at(40, 20), at(15, 12), at(30, 40), at(30, 1)]).toEqual([255, 255, 0, 0]);
  const soft = found.filter((value) => value > 0 && value < 255).length;
  expect(soft).toBeGreaterThan(40);
  // At the size of the studio it is there at once.
  const large = new Uint8ClampedArray(4 * 512 * 512).map((_, n) => ((n * 7919) % 251) as number);
  const started = performance.now();
  const big = ground(large, new Uint8Array(512 * 512), 512, 512);
  region(big, { x: 256, y: 256 }, 0.24);
  expect(performance.now() - started).toBeLessThan(3000);
});

test("a second button, or a second finger, paints nothing", async () => {
  stroke([[0.8, 0.5]], { button: 2 });
  stroke([[0.8, 0.5]], { isPrimary: false });
  stroke([[0.8, 0.9]]);
  await edits(1);
  expect([saved(0.8, 0.5), saved(0.8, 0.9)]).toEqual([0, 255]);
});

test("steps are undone and done again, by button and by key", async () => {
  expect(button("Undo").disabled).toBe(true);
  stroke([[0.8, 0.5]]);
  await edits(1);
  await until(() => expect(button("Undo").disabled).toBe(false));
  button("Undo").click();
  await edits(2);
  expect(saved(0.8, 0.5)).toBe(0);
  expect(key("Z", { ctrlKey: true, shiftKey: true })).toBe(true);
  await edits(3);
  expect(saved(0.8, 0.5)).toBe(255);
  key("z", { metaKey: true });
  await edits(4);
  expect(saved(0.8, 0.5)).toBe(0);
});

test("invert swaps subject and ground", async () => {
  button("Invert mask").click();
  await until(() => expect(isDim(0.2, 0.5)).toBe(true));
  await edits(1);
  expect([saved(0.2, 0.5), saved(0.8, 0.5)]).toEqual([0, 255]);
});

test("the keyboard paints", async () => {
  for (let i = 0; i < 14; i++) {
    expect(key("ArrowRight")).toBe(true);
  }
  const spoken = shown.el.querySelector("[aria-live=polite]") as HTMLElement;
  expect(spoken.textContent).toBe("85 % from the left, 50 % down: ground");
  key(" ");
  key("ArrowUp");
  key(" ", {}, "keyup");
  key("ArrowLeft");
  await edits(1);
  expect([saved(0.85, 0.5), saved(0.85, 0.43), saved(0.76, 0.45)]).toEqual([255, 255, 0]);
});

test("brackets and the slider change the brush", () => {
  key("]");
  expect(shown.model.saved.brush).toBeCloseTo(0.11);
  for (let i = 0; i < 20; i++) {
    key("[");
  }
  expect(shown.model.saved.brush).toBeCloseTo(0.01);
  const slider = shown.el.querySelector("[aria-label='Brush size']") as HTMLInputElement;
  expect(slider.valueAsNumber).toBeCloseTo(0.01);
  slider.value = "0.3";
  slider.dispatchEvent(new Event("input"));
  expect(shown.model.saved.brush).toBeCloseTo(0.3);
  pointer("pointermove", 0.5, 0.5);
  const ring = shown.el.querySelector(".relief-mask-ring") as HTMLElement;
  expect(ring.getBoundingClientRect().width).toBeCloseTo(120, 0);
});

test("keys choose the tool and the size, a pen paints as hard as it is pressed", async () => {
  key("9");
  expect(shown.model.saved.brush).toBeCloseTo(0.3);
  key("e");
  expect(shown.model.saved.tool).toBe("erase");
  key("b");
  stroke([[0.75, 0.3]], { pointerType: "pen", pressure: 0.3 });
  stroke([[0.75, 0.75]], { pointerType: "pen", pressure: 1 });
  await edits(1);
  expect([saved(0.75, 0.3), saved(0.75, 0.75)]).toEqual([255, 255]);
  expect([saved(0.87, 0.3), saved(0.87, 0.75)]).toEqual([0, 255]);
});

test("a mask from Python is shown, is no edit, and can be undone", async () => {
  shown.model.change({ mask: new DataView(new Uint8Array(ROWS * COLS).buffer) });
  await until(() => expect(isDim(0.2, 0.5)).toBe(true));
  expect(shown.model.saves).toBe(0);
  button("Undo").click();
  await until(() => expect(isRed(0.2, 0.5)).toBe(true));
});

test("a new photo has no steps to undo", async () => {
  const blue = await picture("rgb(20, 20, 250)");
  stroke([[0.8, 0.5]]);
  shown.model.change({ picture: blue, mask: half() });
  await until(() => expect(color(0.2, 0.5)[2]).toBeGreaterThan(200));
  expect(button("Undo").disabled).toBe(true);
  // The stroke that had not been sent belonged to the photo before.
  expect(shown.model.saves).toBe(0);
});

const NONE = () => new DataView(new ArrayBuffer(0));
const noSubject = () => button("No subject").getAttribute("aria-pressed") === "true";
const help = () => (shown.el.querySelector(".relief-mask-help") as HTMLElement).textContent ?? "";
const isSent = (length: number, active: boolean) =>
  until(() => {
    expect(shown.model.saved.mask?.byteLength).toBe(length);
    expect(shown.model.saved.active).toBe(active);
  });

test("where none was found everything can be used, and the first stroke makes a mask", async () => {
  await show({ mask: NONE() });
  await until(() => expect(isRed(0.8, 0.5)).toBe(true));
  for (const label of ["Brush", "Erase", "Fill", "Invert mask", "No subject"]) {
    expect(button(label).disabled, label).toBe(false);
  }
  expect(noSubject()).toBe(false);
  expect(help()).toContain("Nothing is marked. Paint a subject");
  expect(canvas.style.touchAction).toBe("none");
  stroke([[0.2, 0.5]]);
  await until(() => expect(isDim(0.8, 0.5)).toBe(true));
  await edits(1);
  expect([saved(0.2, 0.5), saved(0.8, 0.5)]).toEqual([255, 0]);
  expect(help()).toContain("Shift erases");
  button("Undo").click();
  await edits(2);
  await isSent(0, true);
  expect(help()).toContain("Nothing is marked");
  button("Redo").click();
  await edits(3);
  expect(saved(0.2, 0.5)).toBe(255);
});

test.each(["Fill", "Invert mask"])("%s on nothing marks all of it", async (label) => {
  await show({ mask: NONE() });
  button(label).click();
  stroke([[0.5, 0.5]]);
  await edits(1);
  expect([saved(0.1, 0.1), saved(0.5, 0.5), saved(0.9, 0.9)]).toEqual([255, 255, 255]);
});

test("the keyboard makes a mask of nothing, too", async () => {
  await show({ mask: NONE() });
  key(" ");
  key(" ", {}, "keyup");
  await edits(1);
  expect([saved(0.5, 0.5), saved(0.1, 0.5)]).toEqual([255, 0]);
});

test("erasing nothing is no step", async () => {
  await show({ mask: NONE() });
  stroke([[0.5, 0.5]], { shiftKey: true });
  await until(() => expect(isRed(0.8, 0.5)).toBe(true));
  expect(button("Undo").disabled).toBe(true);
  button("No subject").click();
  stroke([[0.5, 0.5]], { shiftKey: true });
  stroke([[0.4, 0.5]]);
  await edits(2);
  expect([saved(0.4, 0.5), saved(0.9, 0.5)]).toEqual([255, 0]);
});

test("a stroke that changes nothing is no step", async () => {
  stroke([[0.2, 0.5]]);
  await until(() => expect(isRed(0.2, 0.5)).toBe(true));
  stroke([[0.8, 0.5]]);
  await edits(1);
  button("Undo").click();
  await edits(2);
  expect(button("Undo").disabled).toBe(true);
});

test("No subject goes, and brings back what was there", async () => {
  button("No subject").click();
  await isSent(ROWS * COLS, false);
  expect(shown.model.saved.edits).toBe(1);
  await until(() => expect(isRed(0.8, 0.5)).toBe(true));
  expect(noSubject()).toBe(true);
  expect(help()).toContain("No subject");
  button("No subject").click();
  await isSent(ROWS * COLS, true);
  expect(shown.model.saved.edits).toBe(2);
  await until(() => expect(isDim(0.8, 0.5)).toBe(true));
  expect(noSubject()).toBe(false);
  expect([saved(0.2, 0.5), saved(0.8, 0.5)]).toEqual([255, 0]);
});

test("No subject where none was found leads back to a mask to paint on", async () => {
  await show({ mask: NONE() });
  button("No subject").click();
  await isSent(0, false);
  await until(() => expect(noSubject()).toBe(true));
  button("No subject").click();
  await isSent(0, true);
  await until(() => expect(help()).toContain("Nothing is marked"));
});

test("a project that is off from the start can be switched on", async () => {
  await show({ mask: NONE(), active: false });
  await until(() => expect(noSubject()).toBe(true));
  expect(button("Brush").disabled).toBe(false);
  button("No subject").click();
  await isSent(0, true);
});

test("painting switches a mask on again, and undoing that off", async () => {
  button("No subject").click();
  stroke([[0.8, 0.5]]);
  await until(() => expect(isDim(0.8, 0.1)).toBe(true));
  expect(noSubject()).toBe(false);
  await edits(2);
  await isSent(ROWS * COLS, true);
  expect([saved(0.2, 0.5), saved(0.8, 0.5), saved(0.8, 0.1)]).toEqual([255, 255, 0]);
  button("Undo").click();
  await edits(3);
  expect(shown.model.saved.active).toBe(false);
  await until(() => expect(noSubject()).toBe(true));
  button("Undo").click();
  await edits(4);
  expect(shown.model.saved.active).toBe(true);
  expect([saved(0.2, 0.5), saved(0.8, 0.5)]).toEqual([255, 0]);
});

test("erasing all of it says that there is no subject", async () => {
  shown.model.change({ brush: 0.3 });
  const rows = [0.05, 0.3, 0.55, 0.8, 0.95];
  button("Erase").click();
  stroke(rows.flatMap((y): [number, number][] => [[0, y], [1, y], [0, y]])); // biome-ignore format: pairs
  await edits(1);
  expect(shown.model.saved.active).toBe(false);
  await until(() => expect(isRed(0.8, 0.5)).toBe(true));
  expect(noSubject()).toBe(true);
  button("No subject").click();
  // Nothing is left to go back to: the subject is looked for again.
  await isSent(0, true);
});

test("Python switches it off and on", async () => {
  shown.model.change({ active: false });
  await until(() => expect(noSubject()).toBe(true));
  await until(() => expect(isRed(0.8, 0.5)).toBe(true));
  shown.model.change({ active: true, mask: NONE() });
  await until(() => expect(help()).toContain("Nothing is marked"));
  expect(shown.model.saves).toBe(0);
});

test("an answer to an older stroke does not take back the one that is being made", async () => {
  pointer("pointerdown", 0.8, 0.5);
  shown.model.change({ mask: NONE() });
  await new Promise((done) => setTimeout(done));
  pointer("pointerup", 0.8, 0.5);
  await edits(1);
  expect([saved(0.2, 0.5), saved(0.8, 0.5)]).toEqual([255, 255]);
});

test("what came during a stroke that changed nothing is shown after it", async () => {
  pointer("pointerdown", 0.2, 0.5);
  shown.model.change({ mask: NONE() });
  await new Promise((done) => setTimeout(done));
  expect(isDim(0.8, 0.5)).toBe(true);
  pointer("pointerup", 0.2, 0.5);
  await until(() => expect(isRed(0.8, 0.5)).toBe(true));
});

test("a stroke that waits is sent before the wish for an automatic mask", () => {
  stroke([[0.8, 0.5]]);
  button("Find automatically").click();
  expect(saved(0.8, 0.5)).toBe(255);
  expect(shown.model.sent.length).toBe(1);
});

test("Find automatically asks Python, and waits while it works", async () => {
  button("Find automatically").click();
  expect(shown.model.sent[0].content).toEqual({ kind: "automatic" });
  shown.model.change({ busy: true });
  expect(button("Find automatically").disabled).toBe(true);
  await until(() => expect(button("Brush").disabled).toBe(true));
  expect(shown.el.querySelector("[aria-busy=true]")).not.toBeNull();
});

test("the crop is dragged and sent when it is let go", () => {
  shown.model.change({ cropping: true, crop: [0.2, 0.2, 0.8, 0.8] });
  pointer("pointerdown", 0.2, 0.5);
  pointer("pointermove", 0.4, 0.5);
  expect(shown.model.sent).toEqual([]);
  pointer("pointerup", 0.4, 0.5);
  const { content } = shown.model.sent[0];
  expect(content.kind).toBe("crop");
  const crop = content.crop as number[];
  [0.4, 0.2, 0.8, 0.8].forEach((share, at) => {
    expect(crop[at]).toBeCloseTo(share);
  });
  expect(shown.model.saved.crop).toEqual(crop);
  pointer("pointerdown", 0.6, 0.5);
  pointer("pointerup", 0.6, 0.5);
  expect(shown.model.sent.length).toBe(1);
});

test("the crop follows the keys, and the whole photo comes back", async () => {
  shown.model.change({ cropping: true, crop: [0.2, 0.2, 0.8, 0.8] });
  await until(() => expect(color(0.1, 0.5)[0]).toBeLessThan(120));
  expect(isRed(0.3, 0.3)).toBe(true);
  expect(button("Brush").checkVisibility()).toBe(false);
  key("ArrowRight", { shiftKey: true });
  key("ArrowRight", { shiftKey: true }, "keyup");
  expect((shown.model.saved.crop as number[])[2]).toBeCloseTo(0.81);
  button("Whole photo").click();
  expect(shown.model.saved.crop).toEqual([0, 0, 1, 1]);
  await until(() => expect(isRed(0.1, 0.5)).toBe(true));
});

const field = (label: string) =>
  shown.el.querySelector(`[aria-label="${label}"]`) as HTMLInputElement & HTMLSelectElement;

function enter(label: string, value: string, ...types: string[]): void {
  field(label).value = value;
  for (const type of types) field(label).dispatchEvent(new Event(type, { bubbles: true }));
}

test("a crop keeps to its proportions, and a round one shows what is left", async () => {
  shown.model.change({ cropping: true });
  enter("Proportions of the crop", "round", "change");
  const [left, top, right, bottom] = shown.model.saved.crop as number[];
  expect(((right - left) * COLS) / ((bottom - top) * ROWS)).toBeCloseTo(1);
  expect(shown.model.saved.proportions).toBe("round");
  // Its corners are outside of the circle.
  await until(() => expect(color(left + 0.02, top + 0.02)[0]).toBeLessThan(120));
  pointer("pointerdown", right, bottom);
  pointer("pointermove", right - 0.2, bottom);
  pointer("pointerup", right - 0.2, bottom);
  const crop = shown.model.saved.crop as number[];
  expect(((crop[2] - crop[0]) * COLS) / ((crop[3] - crop[1]) * ROWS)).toBeCloseTo(1);
  expect(crop[2]).toBeLessThan(right);
  button("Whole photo").click();
  expect(shown.model.saved.proportions).toBe("free");
});

test("a photo is straightened by a slider or by a number, and told when it is let go", async () => {
  shown.model.change({ cropping: true });
  enter("Straighten by dragging", "10", "input");
  expect(shown.model.sent).toEqual([]);
  await until(() => expect(field("Straighten, in degrees").value).toBe("10"));
  enter("Straighten by dragging", "10", "change");
  expect(shown.model.sent[0].content).toEqual({ kind: "crop", crop: [0, 0, 1, 1], tilt: 10 });
  enter("Straighten, in degrees", "-2.35", "input", "change");
  expect(shown.model.saved.tilt).toBe(-2.35);
  enter("Straighten, in degrees", "90", "input", "change");
  expect(shown.model.saved.tilt).toBe(-2.35);
});

test("every control has a name, the canvas can be focused and explains itself", () => {
  for (const control of shown.el.querySelectorAll("button, input, canvas")) {
    expect(control.getAttribute("aria-label"), control.outerHTML).toBeTruthy();
  }
  canvas.focus();
  expect(document.activeElement).toBe(canvas);
  const help = document.getElementById(canvas.getAttribute("aria-describedby") ?? "");
  expect(help?.textContent).toContain("arrow keys");
});

test("a stroke that waits is sent when the widget goes, and nothing listens then", () => {
  stroke([[0.8, 0.5]]);
  shown.abort();
  expect(saved(0.8, 0.5)).toBe(255);
  expect(shown.model.listening).toBe(0);
});
