/** The brush as it lies on the surface, drawn over the view; its mirror images fainter. */

import { svg } from "../shared/dom";
import type { ViewHandle } from "../viewer/handle";
import type { Ground, Place } from "./pick";

const CORNERS = 48;

export class Ring {
  private readonly svg = svg("svg", { class: "relief-shape-ring", "aria-hidden": "true" });
  private readonly dark = svg("path", { class: "relief-shape-dark" });
  private readonly light = svg("path", { class: "relief-shape-light" });
  private readonly others = svg("path", { class: "relief-shape-others" });

  constructor() {
    this.svg.append(this.others, this.dark, this.light);
  }

  attach(frame: Element): void {
    if (this.svg.parentElement !== frame) frame.append(this.svg);
  }

  remove(): void {
    this.svg.remove();
  }

  hide(): void {
    this.svg.style.display = "none";
  }

  /**
   * @param places the brush's, and those of its mirror images.
   * @param radii across and down, as shares of the picture.
   * @param cross whether the middle is marked, for the keyboard.
   */
  show(view: ViewHandle, ground: Ground, places: Place[], radii: Place, cross: boolean): void {
    this.svg.style.display = "";
    const [first, ...others] = places.map((place) => round(view, ground, place, radii));
    const middle = view.project(ground.point(places[0]));
    let path = first;
    if (cross && middle) {
      const [x, y] = middle;
      path += `M${x - 9} ${y}H${x + 9}M${x} ${y - 9}V${y + 9}`;
    } else if (middle) {
      path += `M${middle[0]} ${middle[1]}h.01`;
    }
    this.dark.setAttribute("d", path);
    this.light.setAttribute("d", path);
    this.others.setAttribute("d", others.join(""));
  }
}

function round(view: ViewHandle, ground: Ground, { u, v }: Place, radii: Place): string {
  let path = "";
  for (let i = 0; i < CORNERS; i++) {
    const angle = (2 * Math.PI * i) / CORNERS;
    const place = { u: u + radii.u * Math.cos(angle), v: v + radii.v * Math.sin(angle) };
    const point = view.project(ground.point(place));
    if (!point || point[2] >= 1) return "";
    path += `${path ? "L" : "M"}${point[0].toFixed(1)} ${point[1].toFixed(1)}`;
  }
  return `${path}Z`;
}
