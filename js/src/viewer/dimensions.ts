/** Width, height and thickness in mm, beside the edges that they measure. */

import { Vector3 } from "three";
import { svg } from "../shared/dom";
import { AWAY } from "./framing";
import { millimetres } from "./settings";
import type { Stage } from "./stage";

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
    const [[x0, x1], [y0, y1], [z0, z1]] = box.map(([low, high], axis) =>
      [low, high].map((mm) => mm / size - (axis < 2 ? half.getComponent(axis) : 0)),
    );
    const [width, height, thick] = box.map(([low, high]) => `${millimetres(high - low)} mm`);
    const eye = stage.camera.position;
    const front = eye.z >= 0 ? z1 : z0;
    // Beside the edges that are nearer to the eye, away from the part.
    // Straight from the front or from behind, on the right of the picture: the lamp is on the left.
    const side = Math.sign(Math.abs(eye.x) > 1e-3 ? eye.x : eye.z) || 1;
    const low = eye.y >= -0.2 ? -1 : 1;
    const across = low < 0 ? y0 : y1;
    const near = side > 0 ? x1 : x0;
    const far = side > 0 ? x0 : x1;
    // From the side the width has no length, and the height stands before or behind the part.
    const sideways = Math.abs(eye.x) > 3 * Math.abs(eye.z - (z0 + z1) / 2);
    const lines = sideways
      ? [
          { from: [near, y0, z1], to: [near, y1, z1], away: [0, 0, 1], text: height },
          { from: [near, across, z0], to: [near, across, z1], away: [0, low, 0], text: thick },
        ]
      : [
          { from: [x0, across, front], to: [x1, across, front], away: [0, low, 0], text: width },
          { from: [far, y0, front], to: [far, y1, front], away: [-side, 0, 0], text: height },
          { from: [near, across, z0], to: [near, across, z1], away: [side, 0, 0], text: thick },
        ];
    this.overlay.replaceChildren(
      ...lines.flatMap(({ text, ...line }) => {
        const [a, b, away] = [line.from, line.to, line.away].map((at) => new Vector3(...at));
        away.multiplyScalar(AWAY);
        const from = stage.project(a.clone().add(away));
        const to = stage.project(b.clone().add(away));
        // Seen from the front the thickness has no length on the screen.
        if (from.distanceTo(to) < 4) return [];
        const middle = from.clone().lerp(to, 0.5);
        const out = stage.project(a.clone().lerp(b, 0.5).addScaledVector(away, 2)).sub(middle);
        // Clear of its line, whichever way that runs.
        const half = text.length * 3.4;
        const clear = 11 + (half * Math.abs(out.x)) / Math.max(out.length(), 1e-6);
        out.setLength(clear).add(middle);
        const [[x1, y1], [x2, y2], [x, y]] = [from, to, out].map((at) =>
          at.toArray().map((value) => value.toFixed(1)),
        );
        return [svg("line", { x1, y1, x2, y2 }), svg("text", { x, y }, text)];
      }),
    );
  }
}
