import { expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import type { ViewerTraits } from "../generated/wire";
import { stand, TestModel } from "./testing";
import { Toolbar } from "./toolbar";

const PHOTO = new DataView(new ArrayBuffer(1));

function toolbar(values: Partial<ViewerTraits> = {}) {
  const { place, end } = stand();
  const model = new TestModel(values);
  const views: string[] = [];
  place.className = "relief-viewer";
  const stage = document.createElement("div");
  stage.className = "relief-stage";
  place.append(stage);
  new Toolbar(stage, model, end.signal, (view) => views.push(view));
  return { model, views };
}

const named = (name: string) => page.getByRole("button", { name });
const share = () => page.getByRole("slider", { name: "Share of the photo" });

test("each button looks from where it says", async () => {
  const { views } = toolbar();
  for (const name of ["Front view", "Back view", "Side view", "Three-quarter view", "Reset view"]) {
    await userEvent.click(named(name));
  }
  expect(views).toEqual(["front", "back", "side", "three_quarter", "start"]);
});

test("the inspector's button says whether it is open, whoever opened it", async () => {
  const { model } = toolbar();
  const inspect = named("Histogram and cross-section");
  await expect.element(inspect).toHaveAttribute("aria-pressed", "false");
  await userEvent.click(inspect);
  expect(model.get("inspect")).toBe(true);
  await expect.element(inspect).toHaveAttribute("aria-pressed", "true");
  model.set("inspect", false);
  await expect.element(inspect).toHaveAttribute("aria-pressed", "false");
});

test("without a photo there is nothing to compare with", async () => {
  const { model } = toolbar();
  expect(named("Compare with the photo").elements()).toEqual([]);
  expect(share().elements()).toEqual([]);
  model.set("texture", PHOTO);
  await expect.element(named("Compare with the photo")).toBeVisible();
});

test("the photo's share is set by keys, and its end does not close it under the hand", async () => {
  const { model } = toolbar({ texture: PHOTO });
  await userEvent.click(named("Compare with the photo"));
  expect(model.get("compare")).toBe(0.5);
  (share().element() as HTMLElement).focus();
  await userEvent.keyboard("{ArrowRight}");
  expect(model.get("compare")).toBeCloseTo(0.51);
  await userEvent.keyboard("{Home}");
  expect(model.get("compare")).toBeGreaterThan(0);
  await expect.element(share()).toBeVisible();
  await userEvent.click(named("Compare with the photo"));
  expect(model.get("compare")).toBe(0);
  expect(share().elements()).toEqual([]);
});
