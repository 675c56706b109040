/** A small hemisphere with the lamp on it: drag it round, or use the arrow keys. */

import { VIEWER_DEFAULTS } from "../generated/wire";
import { element, on } from "../shared/dom";
import { follow, put } from "../shared/model";
import { arrow, clamp, place } from "../shared/pointer";
import type { ViewerModel } from "./settings";

const LOWEST = 8;
const HIGHEST = 85;

export class LightPad {
  private readonly pad: HTMLElement;
  private readonly lamp = element("span", { class: "relief-lamp" });

  constructor(
    container: HTMLElement,
    private readonly model: ViewerModel,
    signal: AbortSignal,
  ) {
    this.pad = element(
      "div",
      {
        class: "relief-light",
        role: "slider",
        tabindex: 0,
        "aria-label": "Light direction",
        "aria-valuemin": 0,
        "aria-valuemax": 360,
        title: "Drag the lamp: a low, raking light shows shallow relief",
      },
      this.lamp,
    );
    container.append(this.pad);
    on(this.pad, "pointerdown", signal, (event) => {
      this.pad.setPointerCapture(event.pointerId);
      this.drag(event);
    });
    on(this.pad, "pointermove", signal, (event) => {
      if (this.pad.hasPointerCapture(event.pointerId)) this.drag(event);
    });
    on(this.pad, "keydown", signal, (event) => this.key(event));
    follow(model, ["light_azimuth", "light_altitude"], signal, () => this.update());
    this.update();
  }

  private drag(event: PointerEvent): void {
    const at = place(this.pad, event);
    const [x, y] = [2 * at.x - 1, 2 * at.y - 1];
    const altitude = (Math.acos(Math.min(1, Math.hypot(x, y))) * 180) / Math.PI;
    this.set((Math.atan2(x, -y) * 180) / Math.PI, altitude);
  }

  private key(event: KeyboardEvent): void {
    const direction = arrow(event.key);
    if (!direction && event.key !== "Home") return;
    event.preventDefault();
    event.stopPropagation();
    if (!direction) {
      this.set(VIEWER_DEFAULTS.light_azimuth, VIEWER_DEFAULTS.light_altitude);
      return;
    }
    const step = event.shiftKey ? 15 : 5;
    const [azimuth, altitude] = [this.model.get("light_azimuth"), this.model.get("light_altitude")];
    this.set(azimuth + direction.x * step, altitude - direction.y * step);
  }

  private set(azimuth: number, altitude: number): void {
    put(this.model, {
      light_azimuth: Math.round(((azimuth % 360) + 360) % 360),
      light_altitude: Math.round(clamp(altitude, LOWEST, HIGHEST)),
    });
  }

  private update(): void {
    const azimuth = this.model.get("light_azimuth");
    const altitude = this.model.get("light_altitude");
    const a = (azimuth * Math.PI) / 180;
    const r = 50 * Math.cos((altitude * Math.PI) / 180);
    this.lamp.style.left = `${50 + r * Math.sin(a)}%`;
    this.lamp.style.top = `${50 - r * Math.cos(a)}%`;
    this.pad.setAttribute("aria-valuenow", String(azimuth));
    this.pad.setAttribute(
      "aria-valuetext",
      `${Math.round(azimuth)}° clockwise from the top, ${Math.round(altitude)}° high`,
    );
  }
}
