import { afterEach, expect, test } from "vitest";
import { userEvent } from "vitest/browser";
import type { ShellWire } from "../generated/wire";
import { element } from "../shared/dom";
import { type Mounted, mount, until } from "../shared/fake_model";
import shell from "./shell";

let made: Mounted<ShellWire> | null = null;
let app: HTMLElement | null = null;

const TEXTS = { Width: { help: "Of the part.", unit: "mm" } };

/** The shell within an app of these parts. */
function stand(...parts: HTMLElement[]): HTMLElement {
  app = element("div", { class: "relief-app" }, ...parts);
  document.body.append(app);
  made = mount<ShellWire>(shell.render, { status: "", error: "", busy: false, texts: TEXTS });
  app.prepend(made.el);
  return app;
}

/** An accordion as ipywidgets makes it: a click on the header folds it. */
function accordion(): { header: HTMLElement; box: HTMLElement } {
  const header = element("div", { class: "jupyter-widget-Collapse-header" }, "Object");
  const box = element("div", {}, header);
  header.addEventListener("click", () => box.classList.toggle("jupyter-widget-Collapse-open"));
  return { header, box };
}

function control(label: string): HTMLElement {
  const name = element("span", { class: "widget-label" }, label);
  const style = "display: flex; width: 300px; height: 28px";
  return element("div", { class: "relief-number", style }, name, element("input"));
}

afterEach(() => {
  made?.abort();
  app?.remove();
});

test.each(["{Enter}", " "])("an accordion opens and closes by %s", async (key) => {
  const { header, box } = accordion();
  stand(box);
  await until(() => expect(header.getAttribute("role")).toBe("button"));
  expect(header.getAttribute("aria-expanded")).toBe("false");
  await userEvent.keyboard("{Tab}");
  header.focus();
  expect(document.activeElement).toBe(header);
  await userEvent.keyboard(key);
  await until(() => expect(header.getAttribute("aria-expanded")).toBe("true"));
  expect(box.className).toContain("open");
  await userEvent.keyboard(key);
  await until(() => expect(header.getAttribute("aria-expanded")).toBe("false"));
});

test.each([0, 500])(
  "help %d pixels from the edge covers no field that comes next",
  async (left) => {
    const [first, next] = [control("Width"), control("Other")];
    const column = element("div", { style: `margin: 80px 0 0 ${left}px` }, first, next);
    const tip = () => app?.querySelector<HTMLElement>(".relief-tip") as HTMLElement;
    stand(column);
    await until(() => expect(tip()).not.toBeNull());
    const input = first.querySelector("input") as HTMLInputElement;
    input.focus();
    expect(tip().hidden).toBe(false);
    expect(tip().textContent).toBe("Of the part.");
    expect(input.getAttribute("aria-describedby")).toBe(tip().id);
    const [own, after] = [first, next].map((part) => part.getBoundingClientRect());
    const box = tip().getBoundingClientRect();
    expect(box.bottom <= own.top || box.right <= own.left).toBe(true);
    expect(box.bottom <= after.top || box.right <= after.left).toBe(true);
  },
);

test("Escape hides the help that the pointer brought, wherever the focus is", async () => {
  const row = control("Width");
  stand(row);
  const tip = () => app?.querySelector<HTMLElement>(".relief-tip");
  await until(() => expect(tip()).not.toBeNull());
  row.dispatchEvent(new PointerEvent("pointerover", { bubbles: true }));
  expect(tip()?.hidden).toBe(false);
  await userEvent.keyboard("{Escape}");
  expect(tip()?.hidden).toBe(true);
});
