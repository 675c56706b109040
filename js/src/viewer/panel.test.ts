import { expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import type { ViewerTraits } from "../generated/wire";
import { Panel } from "./panel";
import { stand, TestModel } from "./testing";

function panel(values: Partial<ViewerTraits> = {}) {
  const { place, end } = stand();
  const model = new TestModel(values);
  place.className = "relief-viewer";
  new Panel(place, model, end.signal);
  return { place, model, end };
}

const form = () => page.getByRole("form", { name: "Settings" });

test("its controls have the names and the values of the settings", async () => {
  const { place } = panel({ size_mm: 42.5, depth_intensity: 0.125, invert: true, mirror_index: 2 });
  await expect.element(page.getByLabelText("size_mm")).toHaveValue(42.5);
  await expect.element(page.getByLabelText("depth_intensity")).toHaveValue("0.125");
  await expect.element(page.getByLabelText("invert")).toBeChecked();
  await expect.element(page.getByLabelText("mirror")).toHaveDisplayValue("Off");
  const outputs = [...place.querySelectorAll("output")].map((output) => output.textContent);
  expect(outputs.filter(Boolean)).toEqual(["mm", "0.125", "0.05", "0"]);
});

test("keys on a slider set its trait, and Python hears of it", async () => {
  const { model, place } = panel();
  const slider = page.getByLabelText("depth_intensity");
  (slider.element() as HTMLElement).focus();
  await userEvent.keyboard("{ArrowRight}{ArrowRight}");
  expect(model.get("depth_intensity")).toBeCloseTo(0.11);
  expect(model.saves).toBe(2);
  expect(place.querySelectorAll("output")[2].textContent).toBe("0.11");
});

test("a value between two marks is said as it is, and keys go on to the next mark", async () => {
  const { model } = panel({ depth_intensity: 0.033 });
  const slider = page.getByLabelText("depth_intensity");
  await expect.element(slider).toHaveValue("0.033");
  expect(model.get("depth_intensity")).toBe(0.033);
  (slider.element() as HTMLElement).focus();
  await userEvent.keyboard("{ArrowLeft}");
  expect(model.get("depth_intensity")).toBe(0.03);
  await userEvent.keyboard("{ArrowRight}");
  expect(model.get("depth_intensity")).toBeCloseTo(0.035);
});

test("a value from elsewhere shows at once, but not under the hand that types one", async () => {
  const { model } = panel();
  const size = page.getByLabelText("size_mm");
  model.set("size_mm", 70);
  await expect.element(size).toHaveValue(70);
  await userEvent.fill(size, "8");
  model.set("size_mm", 90);
  await expect.element(size).toHaveValue(8);
});

test("where the host has controls of its own there is none until it is wanted", async () => {
  const { model } = panel({ panel: false });
  expect(form().elements()).toEqual([]);
  model.set("panel", true);
  await expect.element(form()).toBeVisible();
  model.set("panel", false);
  expect(form().elements()).toEqual([]);
});

test("it listens no longer than its view", () => {
  const { model, end } = panel();
  expect(model.attachedEvents).toContain("change:size_mm");
  end.abort();
  expect(model.attachedEvents).toEqual([]);
});
