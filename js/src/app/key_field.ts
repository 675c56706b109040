/** A field for an API key: sent to Python as a message, emptied at once, never a trait. */

import type { AnyModel } from "@anywidget/types";
import { element } from "../shared/dom";
import "./key_field.css";

interface Wire {
  label: string;
  present: string;
  own: boolean;
  problem: string;
}

function render({
  model,
  el,
  signal,
}: {
  model: AnyModel<Wire>;
  el: HTMLElement;
  signal: AbortSignal;
}) {
  const input = element("input", {
    type: "password",
    autocomplete: "off",
    spellcheck: "false",
    "aria-label": model.get("label"),
    placeholder: "Paste it here",
  });
  const use = element("button", { type: "submit" }, "Use");
  const forget = element("button", { type: "button" }, "Forget");
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
  form.addEventListener(
    "submit",
    (event) => {
      event.preventDefault();
      const key = input.value;
      input.value = "";
      if (key.trim()) model.send({ kind: "key", key });
    },
    { signal },
  );
  forget.addEventListener("click", () => model.send({ kind: "forget" }), { signal });
  for (const name of ["present", "own", "problem"] as const) {
    model.on(`change:${name}`, show);
    signal.addEventListener("abort", () => model.off(`change:${name}`, show));
  }
  signal.addEventListener("abort", () => {
    input.value = "";
  });
  show();
}

export default { render };
