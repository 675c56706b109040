/**
 * What an object keeps from its own light: the heights of its front and of its back, drawn once per
 * object, and from them the same occlusion and shadow as a relief's grid has. It is this that shows
 * where a frame meets the relief, and lettering and pockets in the back.
 */

import {
  type BufferGeometry,
  Color,
  DoubleSide,
  GLSL3,
  HalfFloatType,
  LinearFilter,
  LinearMipmapLinearFilter,
  Mesh,
  OrthographicCamera,
  RGBAFormat,
  ShaderMaterial,
  type Texture,
  Vector2,
  type Vector3,
  type WebGLRenderer,
  WebGLRenderTarget,
} from "three";
import type { FullScreenQuad } from "three/addons/postprocessing/Pass.js";
import captureFragment from "./shaders/capture.frag.glsl";
import captureVertex from "./shaders/capture.vert.glsl";
import occlusionShader from "./shaders/occlusion.frag.glsl";
import shadowShader from "./shaders/shadow.frag.glsl";
import { pass, target } from "./textures";

class Side {
  readonly heights: WebGLRenderTarget;
  readonly occlusion: WebGLRenderTarget;
  private readonly find: ShaderMaterial;

  constructor(
    private readonly back: boolean,
    size: number,
  ) {
    this.heights = new WebGLRenderTarget(size, size, {
      format: RGBAFormat,
      type: HalfFloatType,
      generateMipmaps: true,
      magFilter: LinearFilter,
      minFilter: LinearMipmapLinearFilter,
    });
    this.occlusion = target(size, size, false);
    this.find = pass(occlusionShader, {
      uSlopes: { value: this.heights.texture },
      uLongest: { value: size },
    });
  }

  draw(
    renderer: WebGLRenderer,
    mesh: Mesh<BufferGeometry, ShaderMaterial>,
    screen: FullScreenQuad,
  ) {
    mesh.material.uniforms.uBack.value = this.back;
    const colour = renderer.getClearColor(new Color());
    const opacity = renderer.getClearAlpha();
    // Beside the part there is nothing: the floor in front, and behind it no recess.
    renderer.setClearColor(new Color(0, 0, this.back ? 1 : 0), 1);
    renderer.setRenderTarget(this.heights);
    renderer.render(mesh, new OrthographicCamera());
    renderer.setClearColor(colour, opacity);
    screen.material = this.find;
    renderer.setRenderTarget(this.occlusion);
    screen.render(renderer);
    renderer.setRenderTarget(null);
  }

  dispose(): void {
    this.heights.dispose();
    this.occlusion.dispose();
    this.find.dispose();
  }
}

export class ObjectLight {
  private readonly front: Side;
  private readonly back: Side;
  private readonly shade: ShaderMaterial;
  private readonly mesh: Mesh<BufferGeometry, ShaderMaterial>;
  private dirty = true;
  private shadowDirty = true;

  /** @param light where the lamp is; @param software whether the processor draws. */
  constructor(
    geometry: BufferGeometry,
    private readonly size: Vector3,
    light: Vector3,
    private readonly shadow: WebGLRenderTarget,
    software: boolean,
  ) {
    const side = software ? 256 : 512;
    this.front = new Side(false, side);
    this.back = new Side(true, side);
    const uSize = { value: size };
    this.mesh = new Mesh(
      geometry,
      new ShaderMaterial({
        glslVersion: GLSL3,
        vertexShader: captureVertex,
        fragmentShader: captureFragment,
        uniforms: { uSize, uBack: { value: false } },
        side: DoubleSide,
      }),
    );
    this.mesh.frustumCulled = false;
    this.shade = pass(shadowShader, {
      uSlopes: { value: this.front.heights.texture },
      uLight: { value: light },
      uExtent: { value: new Vector2(size.x, size.y) },
      uRelief: { value: size.z },
      uSign: { value: 1 },
      uMirror: { value: 1 },
      uSteps: { value: software ? 16 : 40 },
    });
  }

  /** What the shader of the object looks at. */
  get textures(): { front: Texture; back: Texture; heights: Texture; size: Vector3 } {
    return {
      front: this.front.occlusion.texture,
      back: this.back.occlusion.texture,
      heights: this.front.heights.texture,
      size: this.size,
    };
  }

  /** The lamp was moved. */
  relight(): void {
    this.shadowDirty = true;
  }

  /** @param draft leaves a new object without: the next frame is close behind. */
  update(renderer: WebGLRenderer, screen: FullScreenQuad, draft: boolean): void {
    if (this.dirty && draft) return;
    if (this.dirty) {
      this.front.draw(renderer, this.mesh, screen);
      this.back.draw(renderer, this.mesh, screen);
      this.dirty = false;
    }
    if (this.shadowDirty) {
      screen.material = this.shade;
      renderer.setRenderTarget(this.shadow);
      screen.render(renderer);
      renderer.setRenderTarget(null);
      this.shadowDirty = false;
    }
  }

  dispose(): void {
    this.front.dispose();
    this.back.dispose();
    this.shade.dispose();
    this.mesh.material.dispose();
  }
}
