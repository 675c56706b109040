/** Width, height and thickness in mm, beside the edges that they measure. */

import { Vector3 } from "three";
import { millimetres, svg } from "./dom";
import type { Body, Heights } from "./settings";
import { sizes } from "./settings";
import type { Stage } from "./stage";

const AWAY = 0.05;

export class Dimensions {
  private readonly overlay = svg("svg", { class: "relief-dimensions", "aria-hidden": "true" });

  constructor(container: HTMLElement) {
    container.append(this.overlay);
  }

  update(stage: Stage | null, field: Heights | null, body: Body): void {
    if (!stage || !field) {
      this.overlay.replaceChildren();
      return;
    }
    const { width, height, base, relief } = sizes(body, field.aspect);
    const { x, y, z } = stage.surface.extent;
    const [right, top] = [x / 2, y / 2];
    const front = Math.min(z, (base + relief) / body.size_mm);
    const eye = stage.camera.position;
    // Beside the edges that are nearer to the eye, away from the part.
    const side = eye.x >= 0 ? 1 : -1;
    const low = eye.y >= -0.2 ? -1 : 1;
    const lines: [Vector3, Vector3, Vector3, string][] = [
      [
        new Vector3(-right, low * top, front),
        new Vector3(right, low * top, front),
        new Vector3(0, low * AWAY, 0),
        `${millimetres(width)} mm`,
      ],
      [
        new Vector3(-side * right, -top, front),
        new Vector3(-side * right, top, front),
        new Vector3(-side * AWAY, 0, 0),
        `${millimetres(height)} mm`,
      ],
      [
        new Vector3(side * right, low * top, 0),
        new Vector3(side * right, low * top, front),
        new Vector3(side * AWAY, 0, 0),
        `${millimetres(base + relief)} mm`,
      ],
    ];
    this.overlay.replaceChildren(
      ...lines.flatMap(([a, b, away, text]) => {
        const from = stage.project(a.clone().add(away));
        const to = stage.project(b.clone().add(away));
        const length = from.distanceTo(to);
        const middle = from.clone().lerp(to, 0.5);
        const out = stage.project(a.clone().lerp(b, 0.5).addScaledVector(away, 2)).sub(middle);
        // Clear of its line, whichever way that runs.
        const half = text.length * 3.4;
        const clear = 11 + (half * Math.abs(out.x)) / Math.max(out.length(), 1e-6);
        out.setLength(clear).add(middle);
        const label = svg("text", { x: out.x.toFixed(1), y: out.y.toFixed(1) }, text);
        const ends = {
          x1: from.x.toFixed(1),
          y1: from.y.toFixed(1),
          x2: to.x.toFixed(1),
          y2: to.y.toFixed(1),
        };
        // Seen from the front the thickness has no length on the screen.
        if (length < 4) return [];
        return [svg("line", ends), label];
      }),
    );
  }
}
