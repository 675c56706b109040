/** What the part stands on: a soft shadow, in a pool of light that only a dark page shows. */

import {
  CustomBlending,
  GLSL3,
  Mesh,
  OneFactor,
  OneMinusSrcAlphaFactor,
  PlaneGeometry,
  ShaderMaterial,
  Vector2,
  Vector3,
} from "three";
import fragment from "./shaders/floor.frag.glsl";
import vertex from "./shaders/floor.vert.glsl";

/** How far the floor reaches beyond the part, in units of its longer side. */
const REACH = 0.6;

export class Floor {
  readonly mesh: Mesh<PlaneGeometry, ShaderMaterial>;

  constructor() {
    const material = new ShaderMaterial({
      glslVersion: GLSL3,
      vertexShader: vertex,
      fragmentShader: fragment,
      uniforms: {
        uSize: { value: new Vector2(1, 1) },
        uFoot: { value: new Vector2(1, 1) },
        uReach: { value: REACH },
      },
      depthWrite: false,
      // Colours are multiplied with their opacity already.
      blending: CustomBlending,
      blendSrc: OneFactor,
      blendDst: OneMinusSrcAlphaFactor,
      transparent: true,
    });
    this.mesh = new Mesh(new PlaneGeometry(1, 1).rotateX(-Math.PI / 2), material);
    this.mesh.frustumCulled = false;
  }

  /**
   * @param extent width, height and thickness of the part.
   * @param foot how much of its width touches the floor.
   */
  fit(extent: Vector3, foot: number): void {
    const { x, y, z } = extent;
    this.mesh.position.set(0, -y / 2 - 0.001, z / 2);
    this.mesh.scale.copy(new Vector3(x + 2 * REACH, 1, z + 2 * REACH));
    this.mesh.material.uniforms.uSize.value.set(x, z);
    this.mesh.material.uniforms.uFoot.value.set(foot, z);
  }

  dispose(): void {
    this.mesh.geometry.dispose();
    this.mesh.material.dispose();
  }
}
