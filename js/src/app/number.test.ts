import { afterEach, expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { NUMBER_DEFAULTS, type NumberTraits, type NumberWire } from "../generated/wire";
import { type Mounted, mount } from "../shared/fake_model";
import number, { written } from "./number";

let shown: Mounted<NumberWire>[] = [];

function field(traits: Partial<NumberTraits>): Mounted<NumberWire>["model"] {
  const made = mount<NumberWire>(number.render, { ...NUMBER_DEFAULTS, ...traits });
  shown.push(made);
  return made.model;
}

const SHARE = { description: "Depth", max: 0.3, most: 0.3, step: 0.005, slider: true };
const LENGTH = { description: "Width", unit: "mm", value: 100, least: 1, most: 1e4, step: 0.5 };

const slider = () => page.getByRole("slider", { name: "Depth", exact: true });
const typed = () => page.getByTitle("Type a value");
const width = () => page.getByRole("spinbutton", { name: "Width", exact: true });

async function type(place: ReturnType<typeof width>, text: string): Promise<void> {
  await userEvent.fill(place, text);
  await userEvent.keyboard("{Enter}");
}

afterEach(() => {
  for (const made of shown) made.abort();
  shown = [];
});

test.each([0.033, 0.0123456789, 0.1 / 3])("%f stays what it is, whatever the step", (value) => {
  const model = field({ ...SHARE, value: 0.1 });
  model.change({ value });
  expect(model.get("value")).toBe(value);
  expect(model.saves).toBe(0);
  expect(slider().element().getAttribute("aria-valuenow")).toBe(String(value));
});

test("what is typed is kept to the last digit", async () => {
  const model = field({ ...SHARE, value: 0.1 });
  await type(typed(), "0.0333");
  expect(model.saved).toEqual({ value: 0.0333 });
  await expect.element(typed()).toHaveValue("0.0333");
  await type(typed(), "0,07");
  expect(model.saved).toEqual({ value: 0.07 });
});

test("what is computed is shown in as many digits as matter, and typed values in all", async () => {
  const model = field({ ...SHARE, value: 0.1, beside_per: 66.71875, beside_unit: "mm" });
  model.change({ value: 0.02578125 });
  await expect.element(typed()).toHaveValue("0.02578");
  expect(slider().element().getAttribute("aria-valuenow")).toBe("0.02578125");
  await expect.element(page.getByText("1.72 mm", { exact: true })).toBeVisible();
  await userEvent.click(typed());
  await userEvent.keyboard("{Enter}");
  expect(model.saves).toBe(0);
  await type(typed(), "0.0257812");
  await expect.element(typed()).toHaveValue("0.0257812");
});

test("keys go from mark to mark, without the rounding of sums", async () => {
  const model = field({ ...SHARE, value: 0.033 });
  (slider().element() as HTMLElement).focus();
  await userEvent.keyboard("{ArrowRight}");
  expect(model.get("value")).toBe(0.035);
  await userEvent.keyboard("{ArrowLeft}{ArrowLeft}{PageUp}");
  expect(model.get("value")).toBe(0.05);
  await userEvent.keyboard("{End}");
  expect(model.get("value")).toBe(0.3);
  await userEvent.keyboard("{Home}");
  expect(model.get("value")).toBe(0);
});

test("a press and a drag set marks", async () => {
  const model = field({ ...SHARE, value: 0 });
  const track = slider().element().parentElement as HTMLElement;
  const box = track.getBoundingClientRect();
  const at = (type: string, place: number) =>
    track.dispatchEvent(
      new PointerEvent(type, { pointerId: 1, clientX: box.left + place * box.width, button: 0 }),
    );
  // Events that a script makes cannot capture a pointer.
  track.setPointerCapture = () => undefined;
  track.hasPointerCapture = () => true;
  at("pointerdown", 0.5);
  expect(model.get("value")).toBe(0.15);
  at("pointermove", 0.777);
  expect(model.get("value")).toBe(0.235);
  at("pointermove", 2);
  expect(model.get("value")).toBe(0.3);
});

test("handles and fields say their true value, with its unit", () => {
  field({ ...SHARE, value: 0.16, beside_per: 100, beside_unit: "mm" });
  const handle = slider().element();
  expect(handle.getAttribute("aria-valuenow")).toBe("0.16");
  expect(handle.getAttribute("aria-valuetext")).toBe("0.16");
  expect(shown[0].el.textContent).toContain("16 mm");
  field({ ...LENGTH, value: 74.94145199063233 });
  expect(width().element().getAttribute("aria-valuenow")).toBe("74.94145199063233");
  expect(width().element().getAttribute("aria-valuetext")).toBe("74.94 mm");
  expect((width().element() as HTMLInputElement).value).toBe("74.94");
});

test("what a slider does not reach is shown at its end, and said as it is", () => {
  field({ ...SHARE, min: 0.01, least: 0.0001, value: 0.008 });
  const handle = slider().element();
  expect(handle.getAttribute("aria-valuenow")).toBe("0.008");
  expect(Number(handle.getAttribute("aria-valuemin"))).toBeLessThanOrEqual(0.008);
  expect((handle as HTMLElement).style.left).toBe("0%");
});

test.each(["-5", "10001", "wide", "1/8 in", "30 cm"])("%s is for Python to read", async (text) => {
  const model = field(LENGTH);
  await type(width(), text);
  expect(model.sent.map((sent) => sent.content)).toEqual([{ kind: "typed", text }]);
  expect(model.get("value")).toBe(100);
  await expect.element(width()).toHaveValue("100");
});

test("Escape takes back what is being typed, and Python does not write over it", async () => {
  const model = field(LENGTH);
  await userEvent.fill(width(), "12");
  model.change({ value: 80 });
  await expect.element(width()).toHaveValue("12");
  await userEvent.keyboard("{Escape}");
  await expect.element(width()).toHaveValue("80");
  expect(model.saves).toBe(0);
});

test("arrow keys step a length, to no more than can be built", async () => {
  const model = field({ ...LENGTH, value: 1.2 });
  await userEvent.click(width());
  await userEvent.keyboard("{ArrowUp}");
  expect(model.get("value")).toBe(1.5);
  await userEvent.keyboard("{ArrowDown}{ArrowDown}{ArrowDown}");
  expect(model.get("value")).toBe(1);
});

test("one that is off takes nothing", async () => {
  const model = field({ ...SHARE, value: 0.1, disabled: true });
  await expect.element(slider()).toHaveAttribute("aria-disabled", "true");
  expect((slider().element() as HTMLElement).tabIndex).toBe(-1);
  expect((typed().element() as HTMLInputElement).disabled).toBe(true);
  expect(model.saves).toBe(0);
});

test.each([
  [3.3, "3.3"],
  [(3.3 / 77.3) * 77.3, "3.3"],
  [74.94145199063233, "74.94"],
  [1000 / 3, "333.3"],
  [0.0001, "0.0001"],
  [10000, "10000"],
  [0, "0"],
])("%f is written %s", (value, text) => {
  expect(written(value)).toBe(text);
});
