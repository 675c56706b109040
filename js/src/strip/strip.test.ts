import { afterEach, expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { STRIP_DEFAULTS, type StripWire } from "../generated/wire";
import { type Mounted, mount } from "../shared/fake_model";
import strip from "./strip";

const PIXEL =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const looks = (picture: string) => [
  { name: "organic", label: "Organic", picture },
  { name: "detailed", label: "Detailed", picture },
];

let shown: Mounted<StripWire>;
afterEach(() => shown.abort());

test("pictures are buttons that say which is chosen, and move nothing when they come", async () => {
  shown = mount(strip.render, { ...STRIP_DEFAULTS, looks: looks(""), chosen: "detailed" });
  const organic = page.getByRole("button", { name: "Organic" });
  await expect.element(organic).toHaveAttribute("aria-pressed", "false");
  await expect.element(page.getByRole("group", { name: "Choose by eye" })).toBeVisible();
  const before = organic.element().getBoundingClientRect().height;
  organic.element().focus();
  shown.model.change({ looks: looks(PIXEL) });
  await expect.poll(() => organic.element().querySelector("img")?.complete).toBe(true);
  expect(organic.element().getBoundingClientRect().height).toBe(before);
  await userEvent.keyboard("{Enter}");
  expect(shown.model.sent.map(({ content }) => content)).toEqual([
    { kind: "choose", name: "organic" },
  ]);
  shown.model.change({ chosen: "organic" });
  await expect.element(organic).toHaveAttribute("aria-pressed", "true");
});
