/** Looking round the part: pointer, wheel and keys. */

import { MathUtils, type PerspectiveCamera, Vector3 } from "three";
import { OrbitControls } from "three/addons/controls/OrbitControls.js";
import { on } from "../shared/dom";
import { arrow } from "../shared/pointer";

/** Degrees to the right of and above the front. */
const VIEWS = { front: [0, 0], three_quarter: [30, 20], start: [16, 10] } as const;
export type View = keyof typeof VIEWS;

const TURN = Math.PI / 36;
const PAN = 0.05;
const ZOOM = 1.15;
/** Room around the part, and for the dimensions beside it in pixels. */
const MARGIN = 1.24;
const LABEL_PX = 84;

export class Orbit {
  onchange: () => void = () => {};
  private readonly controls: OrbitControls;
  private extent = new Vector3(1, 1, 0.15);
  private aspect = 1;

  constructor(
    private readonly camera: PerspectiveCamera,
    readonly canvas: HTMLCanvasElement,
    signal: AbortSignal,
  ) {
    this.controls = new OrbitControls(camera, canvas);
    this.controls.minDistance = 0.3;
    this.controls.maxDistance = 12;
    // The page scrolls under the pointer until the view was asked for.
    this.controls.enableZoom = false;
    this.controls.addEventListener("change", () => this.onchange());
    canvas.tabIndex = 0;
    on(canvas, ["focus", "blur"], signal, ({ type }) => {
      this.controls.enableZoom = type === "focus";
    });
    on(canvas, "pointerdown", signal, () => canvas.focus({ preventScroll: true }));
    on(canvas, "dblclick", signal, () => this.show("start"));
    on(canvas, "keydown", signal, (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const act = this.action(event.key, event.shiftKey);
      if (act) {
        act();
        event.preventDefault();
        event.stopPropagation();
      }
    });
    signal.addEventListener("abort", () => this.controls.dispose());
    this.show("start");
  }

  /** What a key does, if it is one of the view's. */
  private action(key: string, shift: boolean): (() => void) | undefined {
    const direction = arrow(key);
    if (direction) {
      const [right, up] = [direction.x, -direction.y];
      return shift
        ? () => this.pan(PAN * right, PAN * up)
        : () => {
            this.controls.rotateLeft(-TURN * right);
            this.controls.rotateUp(TURN * up);
          };
    }
    // The name promises less than it does: it scales the distance.
    const nearer = () => this.controls.dollyIn(1 / ZOOM);
    const farther = () => this.controls.dollyIn(ZOOM);
    const actions: Record<string, () => void> = {
      "+": nearer,
      "=": nearer,
      "-": farther,
      _: farther,
      Home: () => this.show("start"),
    };
    return actions[key];
  }

  /** Look from one of the named directions, at all of the part. */
  show(view: View): void {
    const [right, up] = VIEWS[view].map(MathUtils.degToRad);
    this.controls.target.set(0, 0, this.extent.z / 2);
    this.camera.position
      .setFromSphericalCoords(this.distance(), Math.PI / 2 - up, right)
      .add(this.controls.target);
    this.controls.update();
    this.onchange();
  }

  /** The part changed its size. */
  fit(extent: Vector3): void {
    this.refit(() => this.extent.copy(extent));
  }

  resize(width: number, height: number, extent: Vector3): void {
    this.camera.aspect = width / height;
    this.camera.updateProjectionMatrix();
    this.refit(() => {
      // What is left of the width between the labels counts.
      this.aspect = (width - 2 * Math.min(LABEL_PX, 0.15 * width)) / height;
      this.extent.copy(extent);
    });
  }

  /** Keep the direction and how much nearer or farther than fitting somebody went. */
  private refit(change: () => void): void {
    const old = this.distance();
    change();
    const offset = this.camera.position.clone().sub(this.controls.target);
    this.controls.target.z = this.extent.z / 2;
    offset.multiplyScalar(this.distance() / old);
    this.camera.position.copy(this.controls.target).add(offset);
    this.controls.update();
  }

  private pan(right: number, up: number): void {
    const across = new Vector3().setFromMatrixColumn(this.camera.matrix, 0).multiplyScalar(right);
    across.add(new Vector3().setFromMatrixColumn(this.camera.matrix, 1).multiplyScalar(up));
    this.controls.target.add(across);
    this.camera.position.add(across);
    this.controls.update();
  }

  /** How far away all of the part is seen, whatever the direction. */
  private distance(): number {
    const tan = Math.tan((this.camera.fov * Math.PI) / 360);
    const half = Math.max(this.extent.y * MARGIN, this.extent.x / this.aspect) / 2;
    return half / tan + this.extent.z;
  }
}
