import { afterEach, beforeEach, expect, test } from "vitest";
import { userEvent } from "vitest/browser";
import { SHELL_DEFAULTS, type ShellWire } from "../generated/wire";
import { type Mounted, mount } from "../shared/fake_model";
import shell from "./shell";

let shown: Mounted<ShellWire>;
let app: HTMLElement;

beforeEach(() => {
  document.body.dataset.voila = "voila";
  app = document.createElement("div");
  app.className = "relief-app";
  app.innerHTML = `<button>Plain</button><input type="range"><input type="text" value="12">
    <p contenteditable="true">12</p><canvas></canvas>`;
  document.body.append(app);
  shown = mount(shell.render, { ...SHELL_DEFAULTS });
  app.append(shown.el);
  // It finds the app once something happens in the page.
  return new Promise((resolve) => setTimeout(resolve));
});

afterEach(() => {
  shown.abort();
  app.remove();
  delete document.body.dataset.voila;
});

const kinds = () => shown.model.sent.map(({ content }) => content.kind);
const at = (name: string) => app.querySelector(name) as HTMLElement;

test("a drag begins before what it changes, and ends wherever the pointer is", () => {
  at("button").dispatchEvent(new PointerEvent("pointerdown", { bubbles: true }));
  expect(kinds()).toEqual(["press"]);
  window.dispatchEvent(new PointerEvent("pointerup"));
  expect(kinds()).toEqual(["press", "release"]);
  // The view is turned without Python.
  at("canvas").dispatchEvent(new PointerEvent("pointerdown", { bubbles: true }));
  window.dispatchEvent(new PointerEvent("pointerup"));
  expect(kinds()).toHaveLength(2);
});

test("the keys of undo work everywhere but where text is typed", async () => {
  for (const name of ["button", "[type=range]"]) {
    at(name).focus();
    await userEvent.keyboard("{Control>}z{/Control}{Control>}{Shift>}z{/Shift}{/Control}");
    await userEvent.keyboard("{Control>}y{/Control}{Meta>}z{/Meta}");
    expect(kinds().splice(0)).toEqual(["undo", "redo", "redo", "undo"]);
    shown.model.sent.length = 0;
  }
  for (const name of ["[type=text]", "[contenteditable]"]) {
    at(name).focus();
    await userEvent.keyboard("{Control>}z{/Control}");
    expect(kinds()).toEqual([]);
  }
  (document.activeElement as HTMLElement).blur();
  await userEvent.keyboard("{Control>}z{/Control}");
  expect(kinds()).toEqual(["undo"]);
});
