/** Renderer, camera and frames on demand: draws a surface, and nothing while nothing changes. */

import { PerspectiveCamera, Scene, Vector2, type Vector3, WebGLRenderer } from "three";
import { on } from "../shared/dom";
import { Floor } from "./floor";
import { Orbit } from "./orbit";
import { Surface } from "./surface";

/** Segments along the longer side, from what software rendering affords to what a GPU does. */
const LEVELS = [63, 127, 255, 511] as const;
const SETTLE_MS = 140;
/** Smaller triangles take the processor longer than their pixels do, and show nothing more. */
const LEAST_CELL_PX = 4;
/** Of the pixels along each side, while something moves and the processor draws. */
const DRAFT_RATIO = 0.6;
/** A frame slower than this while something moves asks for fewer segments. */
const SLOW_MS = 45;

export class Stage {
  readonly canvas = document.createElement("canvas");
  readonly camera = new PerspectiveCamera(26, 1, 0.05, 20);
  readonly surface: Surface;
  readonly orbit: Orbit;
  /** Called after each frame. */
  onframe: () => void = () => {};
  /** Called when the graphics context is lost, and when it is back. */
  oncontext: (lost: boolean) => void = () => {};
  /** How many frames were drawn. */
  frames = 0;

  private readonly renderer: WebGLRenderer;
  private readonly scene = new Scene();
  private readonly floor = new Floor();
  private readonly software: boolean;
  private level: number;
  private moving = false;
  private visible = true;
  private wanted = false;
  private request = 0;
  private settle = 0;
  private lastFrame = 0;
  private slowFrames = 0;

  /** @throws where WebGL 2 is missing. */
  constructor(
    private readonly container: HTMLElement,
    private readonly signal: AbortSignal,
  ) {
    this.renderer = new WebGLRenderer({ canvas: this.canvas, alpha: true, antialias: true });
    this.renderer.setClearColor(0, 0);
    this.software = isSoftware(this.renderer);
    this.level = this.software ? 1 : 3;
    this.surface = new Surface(this.software);
    this.scene.add(this.surface.mesh, this.floor.mesh);
    container.prepend(this.canvas);
    this.orbit = new Orbit(this.camera, this.canvas, signal);
    this.orbit.onchange = () => this.move();

    const resize = new ResizeObserver(() => this.resize());
    resize.observe(container);
    const seen = new IntersectionObserver(([entry]) => {
      this.visible = entry.isIntersecting;
      if (this.wanted) this.draw();
    });
    seen.observe(container);
    on(this.canvas, "webglcontextlost", signal, (event) => {
      event.preventDefault();
      this.oncontext(true);
    });
    on(this.canvas, "webglcontextrestored", signal, () => this.oncontext(false));
    signal.addEventListener("abort", () => {
      resize.disconnect();
      seen.disconnect();
      this.dispose();
    });
    this.resize();
  }

  /** Ask for a frame, a quick one, as more changes are likely to follow at once. */
  move(): void {
    this.moving = true;
    clearTimeout(this.settle);
    this.settle = window.setTimeout(() => {
      this.moving = false;
      this.slowFrames = 0;
      this.draw();
    }, SETTLE_MS);
    this.draw();
  }

  /** Ask for a frame: now if none was drawn lately, else with the next one of the screen. */
  draw(): void {
    this.wanted = true;
    if (this.request || !this.visible || this.signal.aborted) return;
    const idle = performance.now() - this.lastFrame > 50;
    this.request = 1;
    if (idle) queueMicrotask(() => this.frame());
    else this.request = requestAnimationFrame(() => this.frame());
  }

  private frame(): void {
    this.request = 0;
    if (
      this.signal.aborted ||
      !this.surface.hasHeights ||
      this.renderer.getContext().isContextLost()
    )
      return;
    const before = this.lastFrame;
    this.render();
    this.lastFrame = performance.now();
    this.watchSpeed(this.lastFrame - before);
    this.wanted = false;
    this.frames += 1;
    this.onframe();
  }

  private render(): void {
    const ratio = this.ratio * (this.moving && this.software ? DRAFT_RATIO : 1);
    if (this.renderer.getPixelRatio() !== ratio) this.renderer.setPixelRatio(ratio);
    this.surface.setSegments(this.segments);
    this.surface.update(this.renderer, this.moving && this.frames > 0);
    this.surface.look(this.camera);
    this.renderer.render(this.scene, this.camera);
  }

  private get segments(): number {
    const level = this.moving ? Math.max(0, this.level - 1) : this.level;
    if (!this.software) return LEVELS[level];
    const { clientWidth: width, clientHeight: height } = this.container;
    const shown = (Math.min(width, height) * this.ratio) / LEAST_CELL_PX;
    return LEVELS.findLast((segments, at) => at <= level && segments <= shown) ?? LEVELS[0];
  }

  /** Frames that follow each other slowly while something moves: the machine affords less. */
  private watchSpeed(gap: number): void {
    if (!this.moving || gap > 400) return;
    this.slowFrames = gap > SLOW_MS ? this.slowFrames + 1 : 0;
    if (this.slowFrames >= 6 && this.level > 1) {
      this.level -= 1;
      this.slowFrames = 0;
    }
  }

  private get ratio(): number {
    return Math.min(window.devicePixelRatio, 2);
  }

  private resize(): void {
    const { clientWidth: width, clientHeight: height } = this.container;
    if (width < 2 || height < 2) return;
    this.renderer.setSize(width, height, false);
    this.orbit.resize(width, height);
    // Setting the size clears the canvas: draw in the same task, or it flashes.
    if (this.surface.hasHeights && this.visible) this.frame();
  }

  /** The part may have another shape: the camera follows, where somebody can see it on the way. */
  fit(): void {
    const { extent, foot } = this.surface;
    this.floor.fit(extent, foot);
    this.orbit.fit(extent, this.visible && this.frames > 0);
  }

  /** Where a point of the part, in units of its longer side, is on the canvas, in CSS pixels. */
  project(point: Vector3): Vector2 {
    const p = point.clone().project(this.camera);
    return new Vector2(
      ((p.x + 1) / 2) * this.canvas.clientWidth,
      ((1 - p.y) / 2) * this.canvas.clientHeight,
    );
  }

  /** A picture of the part at twice the view's size: no floor, a transparent background. */
  async picture(): Promise<Blob> {
    this.renderer.setPixelRatio(2 * this.ratio);
    this.surface.setSegments(LEVELS[LEVELS.length - 1]);
    this.surface.update(this.renderer, false);
    this.surface.look(this.camera);
    this.floor.mesh.visible = false;
    this.renderer.render(this.scene, this.camera);
    this.floor.mesh.visible = true;
    // toBlob reads the canvas as it is now, before the next frame.
    const blob = new Promise<Blob | null>((resolve) => this.canvas.toBlob(resolve, "image/png"));
    this.frame();
    const png = await blob;
    if (!png) throw new Error("The browser could not save the picture.");
    return png;
  }

  private dispose(): void {
    clearTimeout(this.settle);
    cancelAnimationFrame(this.request);
    this.surface.dispose();
    this.floor.dispose();
    this.renderer.dispose();
    this.renderer.forceContextLoss();
    this.canvas.remove();
  }
}

function isSoftware(renderer: WebGLRenderer): boolean {
  const gl = renderer.getContext();
  const info = gl.getExtension("WEBGL_debug_renderer_info");
  const name = String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  return /swiftshader|llvmpipe|software|basic render/i.test(name);
}
