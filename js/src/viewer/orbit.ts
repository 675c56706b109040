/** Looking round the part: pointer, wheel and keys, and a camera that keeps all of it in sight. */

import { MathUtils, type PerspectiveCamera, Spherical, Vector3 } from "three";
import { OrbitControls } from "three/addons/controls/OrbitControls.js";
import { on } from "../shared/dom";
import { arrow } from "../shared/pointer";
import { fitted, type Picture, room } from "./framing";
import { guardWheel } from "./wheel";

/** Degrees to the right of and above the front. */
const VIEWS = {
  front: [0, 0],
  back: [180, 0],
  side: [90, 0],
  three_quarter: [30, 20],
  start: [16, 10],
} as const;
export type View = keyof typeof VIEWS;

/** The views that have a key, in the order of the keys 1, 2, … */
export const KEYED: readonly View[] = ["front", "back", "side", "three_quarter"];

const TURN = Math.PI / 36;
const PAN = 0.05;
const ZOOM = 1.15;
const REFIT_MS = 250;
/** A part that is thinner than one of these is fitted as if it were as thick: sliders do not zoom. */
const THICK = [0.06, 0.2];
/** Outlines that differ by less, in units of the longer side, leave somebody's zoom as it is. */
const SAME = 0.02;

/** Where the camera stands: round what, from where, how far. */
interface Pose {
  target: Vector3;
  away: Spherical;
}

export class Orbit {
  onchange: () => void = () => {};
  private readonly controls: OrbitControls;
  private extent = new Vector3(1, 1, THICK[1]);
  private picture: Picture = { width: 1, height: 1, room: room(1, 1) };
  /** How far somebody, or a fit, went; turning goes farther where the part would be cut. */
  private held = 1;
  private whole = true;
  private last: Pose;
  private goal: Pose | null = null;
  private request = 0;
  private placing = false;

  constructor(
    private readonly camera: PerspectiveCamera,
    readonly canvas: HTMLCanvasElement,
    signal: AbortSignal,
  ) {
    guardWheel(canvas, signal);
    this.controls = new OrbitControls(camera, canvas);
    this.controls.minDistance = 0.3;
    this.controls.maxDistance = 12;
    this.controls.zoomToCursor = true;
    this.controls.addEventListener("start", () => this.stop());
    this.controls.addEventListener("change", () => {
      if (!this.placing) this.moved();
      this.onchange();
    });
    this.last = this.pose;
    canvas.tabIndex = 0;
    // JupyterLab would take the keys for its cells.
    canvas.dataset.lmSuppressShortcuts = "true";
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
    signal.addEventListener("abort", () => {
      this.stop();
      this.controls.dispose();
    });
    this.show("start", false);
  }

  /** What a key does, if it is one of the view's. */
  private action(key: string, shift: boolean): (() => void) | undefined {
    const direction = arrow(key);
    if (direction) {
      const [right, up] = [direction.x, -direction.y];
      return shift
        ? () => this.pan(PAN * right, PAN * up)
        : () => {
            this.arrive();
            this.controls.rotateLeft(-TURN * right);
            this.controls.rotateUp(TURN * up);
          };
    }
    const zoom = (by: number) => () => {
      this.arrive();
      // The name promises less than it does: it scales the distance.
      this.controls.dollyIn(by);
    };
    const actions: Record<string, () => void> = {
      "+": zoom(1 / ZOOM),
      "=": zoom(1 / ZOOM),
      "-": zoom(ZOOM),
      _: zoom(ZOOM),
      Home: () => this.show("start"),
    };
    for (const [i, view] of KEYED.entries()) actions[i + 1] = () => this.show(view);
    return actions[key];
  }

  /** Look from one of the named directions, at all of the part. */
  show(view: View, smooth = true): void {
    const [right, up] = VIEWS[view].map(MathUtils.degToRad);
    this.fitFrom(new Spherical(1, Math.PI / 2 - up, right), smooth);
  }

  /**
   * The part changed its shape: keep the direction, and show all of it. Where only its thickness
   * did, somebody's zoom stays as well.
   */
  fit(extent: Vector3, smooth = true): void {
    const shape = extent.clone().setZ(THICK.find((thick) => extent.z <= thick) ?? extent.z);
    const change = shape.clone().sub(this.extent);
    if (change.length() < 1e-6) return;
    const aim = this.goal ?? this.pose;
    const before = this.distance(aim.away);
    const outlined = Math.max(Math.abs(change.x), Math.abs(change.y)) > SAME;
    const offset = aim.target.clone().sub(this.centre);
    this.extent.copy(shape);
    if (outlined || this.whole) {
      this.fitFrom(aim.away, smooth && (outlined || this.distance(aim.away) / before > 1.03));
      return;
    }
    const away = aim.away.clone();
    away.radius *= this.distance(away) / before;
    this.go({ target: this.centre.add(offset), away }, false);
    this.held = away.radius;
  }

  /** The picture changed its size: keep the direction, and how much nearer somebody went. */
  resize(width: number, height: number): void {
    this.arrive();
    const { target, away } = this.pose;
    const before = this.distance(away);
    this.picture = { width, height, room: room(width, height) };
    // The middle of what is free is where the camera looks.
    const { top, right, bottom, left } = this.picture.room;
    const [aside, below] = [(right - left) / 2, (bottom - top) / 2];
    this.camera.setViewOffset(width, height, aside, below, width, height);
    const share = this.distance(away) / before;
    away.radius *= share;
    this.go({ target, away }, false);
    this.held *= share;
  }

  private get centre(): Vector3 {
    return new Vector3(0, 0, this.extent.z / 2);
  }

  private get pose(): Pose {
    const target = this.controls.target.clone();
    const offset = this.camera.position.clone().sub(target);
    return { target, away: new Spherical().setFromVector3(offset) };
  }

  /** How far away all of the part is seen from a direction. */
  private distance({ phi, theta }: Spherical): number {
    const back = new Vector3().setFromSphericalCoords(1, phi, theta);
    const tangent = Math.tan((this.camera.fov * Math.PI) / 360);
    return fitted(this.extent, back, tangent, this.picture);
  }

  private fitFrom(direction: Spherical, smooth: boolean): void {
    const away = direction.clone();
    away.radius = this.held = this.distance(away);
    this.whole = true;
    this.go({ target: this.centre, away }, smooth);
  }

  private go(goal: Pose, smooth: boolean): void {
    this.stop();
    if (!smooth || matchMedia("(prefers-reduced-motion: reduce)").matches) {
      this.place(goal);
      return;
    }
    const from = this.pose;
    // The shorter way round.
    const turn = goal.away.theta - from.away.theta;
    const way = turn - 2 * Math.PI * Math.round(turn / (2 * Math.PI));
    const start = performance.now();
    this.goal = goal;
    const step = () => {
      const share = Math.min(1, (performance.now() - start) / REFIT_MS);
      if (share === 1) {
        this.goal = null;
        this.place(goal);
        return;
      }
      const eased = share * share * (3 - 2 * share);
      const radius = MathUtils.lerp(from.away.radius, goal.away.radius, eased);
      const phi = MathUtils.lerp(from.away.phi, goal.away.phi, eased);
      const away = new Spherical(radius, phi, from.away.theta + way * eased);
      this.place({ target: from.target.clone().lerp(goal.target, eased), away });
      this.request = requestAnimationFrame(step);
    };
    this.request = requestAnimationFrame(step);
  }

  /** Stay where the way has led so far. */
  private stop(): void {
    cancelAnimationFrame(this.request);
    this.goal = null;
  }

  /** Be there already. */
  private arrive(): void {
    const { goal } = this;
    this.stop();
    if (goal) this.place(goal);
  }

  private place({ target, away }: Pose): void {
    this.placing = true;
    this.controls.target.copy(target);
    this.camera.position.setFromSpherical(away).add(target);
    this.controls.update();
    this.placing = false;
    this.last = this.pose;
  }

  /** Somebody moved the camera: turning alone must not cut what was whole. */
  private moved(): void {
    const pose = this.pose;
    const { target, away } = pose;
    const nearer = Math.abs(away.radius - this.last.away.radius) > 1e-6;
    if (nearer || target.distanceTo(this.last.target) > 1e-6) {
      this.held = away.radius;
      const centred = target.distanceTo(this.centre) < 1e-3;
      this.whole = centred && away.radius > 0.995 * this.distance(away);
    } else if (this.whole) {
      away.radius = Math.max(this.held, this.distance(away));
      this.place(pose);
    }
    this.last = this.pose;
  }

  private pan(right: number, up: number): void {
    this.arrive();
    const across = new Vector3().setFromMatrixColumn(this.camera.matrix, 0).multiplyScalar(right);
    across.add(new Vector3().setFromMatrixColumn(this.camera.matrix, 1).multiplyScalar(up));
    this.controls.target.add(across);
    this.camera.position.add(across);
    this.controls.update();
  }
}
