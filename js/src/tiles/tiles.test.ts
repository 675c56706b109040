import { afterEach, beforeEach, expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { TILES_DEFAULTS, type TilesTraits, type TilesWire } from "../generated/wire";
import { type Mounted, mount } from "../shared/fake_model";
import tiles from "./tiles";

const TRAITS: TilesTraits = {
  ...TILES_DEFAULTS,
  tiles: ["Plain", "Coin", "Medal", "Stamp", "Mould", "Laser"].map((label) => ({
    name: label === "Plain" ? "" : label.toLowerCase(),
    label,
    reason: `Why a ${label}.`,
    picture: "",
  })),
};

let shown: Mounted<TilesWire>;

function show(traits: Partial<TilesTraits> = {}): void {
  shown = mount(tiles.render, { ...TRAITS, ...traits });
}

beforeEach(() => {
  document.body.classList.add("relief-app");
});

afterEach(() => {
  shown.abort();
  document.body.classList.remove("relief-app");
});

const tile = (name: string) => page.getByRole("radio", { name });
const group = () => page.getByRole("radiogroup", { name: "What are you making?" });
const opener = () => page.getByRole("button", { name: /^Making/ });
const focused = () => document.activeElement?.textContent;
const asked = () => shown.model.sent.map(({ content }) => content);

test("each thing to make is a radio button with what it is for", async () => {
  show();
  await expect.element(group()).toBeVisible();
  expect(group().getByRole("radio").elements()).toHaveLength(6);
  await expect.element(tile("Plain")).toBeChecked();
  await expect.element(tile("Coin")).toHaveAccessibleDescription("Why a Coin.");
  expect(opener().elements()).toEqual([]);
  await expect.element(page.getByText("Why a Plain.")).toBeVisible();
  await userEvent.hover(tile("Medal"));
  await expect.element(page.getByText("Why a Medal.")).toBeVisible();
});

test("a choice shows at once, is told, and can be made again", async () => {
  show();
  await userEvent.click(tile("Coin"));
  await expect.element(tile("Coin")).toBeChecked();
  await expect.element(tile("Plain")).not.toBeChecked();
  expect(shown.model.saved).toEqual({ chosen: "coin" });
  await userEvent.click(tile("Coin"));
  expect(asked()).toEqual([
    { kind: "make", name: "coin" },
    { kind: "make", name: "coin" },
  ]);
  // It came to nothing.
  shown.model.change({ chosen: "" });
  await expect.element(tile("Plain")).toBeChecked();
});

test("the tab key stops once, and arrows go on from there", async () => {
  show({ chosen: "medal" });
  await userEvent.tab();
  expect(focused()).toBe("Medal");
  await userEvent.keyboard("{ArrowRight}");
  expect(focused()).toBe("Stamp");
  await userEvent.keyboard("{Home}{ArrowLeft}");
  expect(focused()).toBe("Laser");
  await expect.element(page.getByText("Why a Laser.")).toBeVisible();
  // To look is not to choose.
  expect(asked()).toEqual([]);
  await userEvent.keyboard("{Enter}");
  expect(asked()).toEqual([{ kind: "make", name: "laser" }]);
  await userEvent.keyboard("{ArrowRight} ");
  expect(asked()).toHaveLength(2);
  expect(focused()).toBe("Plain");
});

test("up and down go to the rows above and below", async () => {
  await page.viewport(1280, 700);
  show();
  shown.el.style.setProperty("width", "600px");
  const grid = group().element() as HTMLElement;
  grid.style.gridTemplateColumns = "repeat(3, 1fr)";
  await userEvent.tab();
  await userEvent.keyboard("{ArrowDown}");
  expect(focused()).toBe("Stamp");
  await userEvent.keyboard("{ArrowRight}{ArrowUp}");
  expect(focused()).toBe("Coin");
  await userEvent.keyboard("{ArrowUp}");
  expect(focused()).toBe("Coin");
});

test("beside a photo a button says what is made, and opens the rest", async () => {
  show({ chosen: "coin", compact: true });
  await expect.element(opener()).toHaveAccessibleName("Making: Coin change");
  await expect.element(opener()).toHaveAttribute("aria-expanded", "false");
  expect(page.getByRole("radio").elements()).toEqual([]);
  await userEvent.click(opener());
  await expect.element(page.getByRole("dialog", { name: "What are you making?" })).toBeVisible();
  await expect.element(opener()).toHaveAttribute("aria-expanded", "true");
  expect(focused()).toBe("Coin");
  await userEvent.keyboard("{Escape}");
  await expect.element(opener()).toHaveFocus();
  expect(asked()).toEqual([]);
  await userEvent.keyboard("{Enter}");
  await userEvent.click(tile("Mould"));
  await expect.element(opener()).toHaveAccessibleName("Making: Mould change");
  await expect.element(opener()).toHaveFocus();
  expect(page.getByRole("radio").elements()).toEqual([]);
  await userEvent.click(opener());
  await userEvent.click(page.getByRole("button", { name: "Close" }));
  await expect.element(opener()).toHaveFocus();
});

test("it stays within a phone, and goes without a trace", async () => {
  await page.viewport(390, 700);
  show({ compact: true });
  await userEvent.click(opener());
  const box = page.getByRole("dialog").element().getBoundingClientRect();
  expect(box.left).toBe(0);
  expect(box.right).toBe(390);
  expect(Math.round(box.bottom)).toBe(700);
  shown.abort();
  expect(shown.model.listening).toBe(0);
  expect(document.querySelector(".relief-tiles")).toBe(null);
});
