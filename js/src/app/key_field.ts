/** A field for an API key: sent to Python as a message, emptied at once, never a trait. */

import type { KeyFieldWire } from "../generated/wire";
import { button, element, on } from "../shared/dom";
import { follow, type Props } from "../shared/model";
import "./key_field.css";

function render({ model, el, signal }: Props<KeyFieldWire>): void {
  const input = element("input", {
    type: "password",
    autocomplete: "off",
    spellcheck: "false",
    "aria-label": model.get("label"),
    placeholder: "Paste it here",
  });
  const use = button({ type: "submit" }, "Use");
  const forget = button({}, "Forget");
  const present = element("span", { class: "relief-key-present" });
  const problem = element("p", { class: "relief-key-problem", role: "alert" });
  const label = element("span", { class: "relief-key-label" }, model.get("label"));
  const form = element("form", { class: "relief-key" }, label, input, use, present, forget);
  el.append(form, problem);

  const show = () => {
    const source = model.get("present");
    present.textContent = source;
    present.hidden = !source;
    forget.hidden = !model.get("own");
    input.hidden = use.hidden = model.get("own");
    problem.textContent = model.get("problem");
    problem.hidden = !model.get("problem");
  };
  on(form, "submit", signal, (event) => {
    event.preventDefault();
    const key = input.value;
    input.value = "";
    if (key.trim()) model.send({ kind: "key", key });
  });
  on(forget, "click", signal, () => model.send({ kind: "forget" }));
  follow(model, ["present", "own", "problem"], signal, show);
  signal.addEventListener("abort", () => {
    input.value = "";
  });
  show();
}

export default { render };
