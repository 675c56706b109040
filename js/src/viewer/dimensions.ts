/** Width, height and thickness in mm, beside the edges that they measure. */

import { Vector3 } from "three";
import { svg } from "../shared/dom";
import { millimetres } from "./settings";
import type { Stage } from "./stage";

const AWAY = 0.05;

export class Dimensions {
  private readonly overlay = svg("svg", { class: "relief-dimensions", "aria-hidden": "true" });

  constructor(container: HTMLElement) {
    container.append(this.overlay);
  }

  /**
   * @param box least and greatest x, y and z in mm, from the corner of the whole grid.
   * @param size of the longer side of the grid in mm.
   */
  update(stage: Stage | null, box: [number, number][], size: number): void {
    if (!stage || !box.length) {
      this.overlay.replaceChildren();
      return;
    }
    const half = stage.surface.extent.clone().multiplyScalar(0.5);
    const [[x0, x1], [y0, y1], [z0, front]] = box.map(([low, high], axis) =>
      [low, high].map((mm) => mm / size - (axis < 2 ? half.getComponent(axis) : 0)),
    );
    const [width, height, thick] = box.map(([low, high]) => `${millimetres(high - low)} mm`);
    const eye = stage.camera.position;
    // Beside the edges that are nearer to the eye, away from the part.
    const side = eye.x >= 0 ? 1 : -1;
    const low = eye.y >= -0.2 ? -1 : 1;
    const across = low < 0 ? y0 : y1;
    const near = side > 0 ? x1 : x0;
    const far = side > 0 ? x0 : x1;
    const lines: [Vector3, Vector3, Vector3, string][] = [
      [
        new Vector3(x0, across, front),
        new Vector3(x1, across, front),
        new Vector3(0, low * AWAY, 0),
        width,
      ],
      [
        new Vector3(far, y0, front),
        new Vector3(far, y1, front),
        new Vector3(-side * AWAY, 0, 0),
        height,
      ],
      [
        new Vector3(near, across, z0),
        new Vector3(near, across, front),
        new Vector3(side * AWAY, 0, 0),
        thick,
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
