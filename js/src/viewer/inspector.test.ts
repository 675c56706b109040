import { expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { Inspector } from "./inspector";
import type { Body } from "./settings";
import { BODY, heights, stand, TestModel } from "./testing";

/** The upper half is high, the lower half low. */
function step() {
  const field = heights(40, 50);
  field.values.forEach((_, i) => {
    field.values[i] = i < field.values.length / 2 ? 65535 : 0;
  });
  return field;
}

function inspector(inspect = true, body: Partial<Body> = {}) {
  const { place, end } = stand();
  const model = new TestModel({ inspect });
  const made = new Inspector(model, end.signal);
  const profiles: number[] = [];
  made.onprofile = (v) => profiles.push(v);
  place.className = "relief-viewer";
  place.style.width = "500px";
  place.append(made.element);
  made.update(step(), { ...BODY, ...body });
  return { model, made, place, profiles };
}

const row = () => page.getByRole("slider", { name: "Row of the cross-section" });

test("it opens and closes with its trait, and marks its row on the part meanwhile", async () => {
  const { model, profiles, place } = inspector(false);
  expect(row().elements()).toEqual([]);
  model.set("inspect", true);
  await expect.element(row()).toBeVisible();
  expect([...place.querySelectorAll("figcaption")].map((title) => title.textContent)).toEqual([
    "Heights",
    "Cross-section",
  ]);
  model.set("inspect", false);
  expect(row().elements()).toEqual([]);
  expect(profiles).toEqual([0.5, -1]);
});

test("keys move the row, and what is read is the part there", async () => {
  const { profiles, place } = inspector();
  const reading = () => place.querySelector(".relief-reading")?.textContent;
  (row().element() as HTMLElement).focus();
  await userEvent.keyboard("{Home}");
  const top = "50.0 mm from the left, 0.00 mm from the top: 15.0 mm high";
  await expect.poll(reading).toBe(top);
  await userEvent.keyboard("{End}");
  const bottom = "50.0 mm from the left, 80.0 mm from the top: 5.00 mm high";
  await expect.poll(reading).toBe(bottom);
  expect(profiles).toEqual([0, 1]);
});

test.each<[string, Partial<Body>, string]>([
  ["inverted", { invert: true }, "5.00 mm high"],
  ["a surface alone", { mode: "planar" }, "10.0 mm high"],
  ["a lithophane", { thickness_mm: [1, 4] }, "4.00 mm high"],
  ["twice the size", { size_mm: 200 }, "30.0 mm high"],
])("the reading is that of the part: %s", async (_, body, high) => {
  const { place } = inspector(true, body);
  (row().element() as HTMLElement).focus();
  await userEvent.keyboard("{Home}");
  await expect.poll(() => place.querySelector(".relief-reading")?.textContent).toContain(high);
});

test("the histogram shows what heights there are", async () => {
  const { place } = inspector();
  const chart = place.querySelector("canvas") as HTMLCanvasElement;
  const context = chart.getContext("2d") as CanvasRenderingContext2D;
  const painted = (share: number) => {
    const { data } = context.getImageData(share * (chart.width - 1), chart.height - 2, 1, 1);
    return data[3] > 0;
  };
  await expect.poll(() => painted(0)).toBe(true);
  expect([0.25, 0.5, 0.75].map(painted)).toEqual([false, false, false]);
});
