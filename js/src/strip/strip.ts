/** A few small reliefs side by side: the one that is pressed is taken. */

import type { StripWire } from "../generated/wire";
import { button, element, on } from "../shared/dom";
import { follow, type Props } from "../shared/model";
import "../shared/theme.css";
import "./strip.css";

function render({ model, el, signal }: Props<StripWire>): void {
  const group = element("div", { class: "relief-strip", role: "group" });
  el.append(group);
  let buttons = new Map<string, HTMLButtonElement>();

  const made = (name: string): HTMLButtonElement => {
    const look = button(
      { class: "relief-strip-look" },
      element("span", { class: "relief-strip-picture" }, element("img", { alt: "" })),
      element("span", { class: "relief-strip-caption" }),
    );
    on(look, "click", signal, () => model.send({ kind: "choose", name }));
    return look;
  };
  const mark = () => {
    for (const [name, look] of buttons) {
      look.setAttribute("aria-pressed", String(name === model.get("chosen")));
    }
  };
  const show = () => {
    group.setAttribute("aria-label", model.get("label"));
    const before = buttons;
    buttons = new Map(model.get("looks").map(({ name }) => [name, before.get(name) ?? made(name)]));
    for (const { name, label, picture } of model.get("looks")) {
      const look = buttons.get(name) as HTMLButtonElement;
      const image = look.querySelector("img") as HTMLImageElement;
      (look.querySelector(".relief-strip-caption") as HTMLElement).textContent = label;
      // The picture before it stays until the next one is there.
      if (picture && image.src !== picture) image.src = picture;
      image.hidden = !picture;
    }
    // A button that is there already keeps the focus.
    if ([...buttons.values()].some((look, i) => group.children[i] !== look)) {
      group.replaceChildren(...buttons.values());
    }
    mark();
  };
  follow(model, ["label", "looks"], signal, show);
  follow(model, ["chosen"], signal, mark);
  show();
}

export default { render };
