/** The part as it is drawn: a grid of as many segments as the machine affords, shaded in full detail. */

import {
  BufferGeometry,
  Color,
  DataTexture,
  DoubleSide,
  GLSL3,
  LinearFilter,
  LinearMipmapLinearFilter,
  MathUtils,
  Mesh,
  type PerspectiveCamera,
  RedFormat,
  ShaderMaterial,
  SRGBColorSpace,
  Texture,
  UnsignedByteType,
  Vector2,
  Vector3,
  type WebGLRenderer,
  WebGLRenderTarget,
} from "three";
import { FullScreenQuad } from "three/addons/postprocessing/Pass.js";
import { HEIGHT_FULL, type Material, PATTERNS } from "../generated/wire";
import { box } from "./box";
import type { Patch } from "./handle";
import { type Shape, shapeOf } from "./object_fit";
import { ObjectLight } from "./object_light";
import { type ObjectGeometry, type ObjectMesh, objectGeometry, unitOf } from "./object_mesh";
import { type Body, type Heights, sizes } from "./settings";
import heightsChunk from "./shaders/heights.glsl";
import occlusionShader from "./shaders/occlusion.frag.glsl";
import reliefFragment from "./shaders/relief.frag.glsl";
import reliefVertex from "./shaders/relief.vert.glsl";
import shadowShader from "./shaders/shadow.frag.glsl";
import slopesShader from "./shaders/slopes.frag.glsl";
import { heightTexture, noiseTexture, pass, target } from "./textures";

/** The numbers that shaders share with the rest, and the places of the patterns. */
const DEFINES = {
  HEIGHT_FULL: `${HEIGHT_FULL}.0`,
  ...Object.fromEntries(PATTERNS.map((name, place) => [name.toUpperCase(), place])),
};
/** Degrees from the front between which the studio turns, to light the back as it does the front. */
const BEHIND = [80, 115] as const;
/** Where nothing says how a material darkens: a relief goes down to this exponent. */
const RELIEF_ATTENUATION = 2.6;

export class Surface {
  readonly mesh: Mesh<BufferGeometry, ShaderMaterial>;
  /** Width, height and greatest z of the part, in units of its longer side. */
  readonly extent = new Vector3(1, 1, 0.15);
  /** How much of the width touches the floor. */
  foot = 1;

  private heightTexture = heightTexture({
    values: new Uint16Array(4),
    rows: 2,
    cols: 2,
    aspect: 1,
  });
  private slopes = target(2, 2, true);
  private readonly occlusion = target(256, 256, false);
  private readonly shadow: WebGLRenderTarget;
  private readonly noise = noiseTexture();
  private readonly blank = new DataTexture(new Uint8Array([255, 255, 255, 255]), 1, 1);
  private photo: Texture = this.blank;
  private readonly geometries = new Map<string, BufferGeometry>();
  private readonly screen = new FullScreenQuad();
  /** What several shaders look at. */
  private readonly shared = {
    uHeights: { value: this.heightTexture },
    uSlopes: { value: this.slopes.texture },
    uLight: { value: new Vector3(0, 0, 1) },
    uExtent: { value: new Vector2(1, 1) },
    uRelief: { value: 0.1 },
    uSign: { value: 1 },
    uMirror: { value: 1 },
  };
  private readonly passes = {
    slopes: pass(slopesShader, this.shared, DEFINES),
    occlusion: pass(occlusionShader, { ...this.shared, uLongest: { value: 2 } }),
    shadow: pass(shadowShader, { ...this.shared, uSteps: { value: 40 } }),
  };
  private heights: Heights | null = null;
  private heightsDirty = false;
  /** Where heights were changed in place; null for all of them. */
  private patched: Patch | null = null;
  private occlusionDirty = false;
  private shadowDirty = false;
  private material: Material | null = null;
  private attenuation = 0;
  private body: Body | null = null;
  private readonly ofGrid: ShaderMaterial;
  private readonly ofObject: ShaderMaterial;
  private object: (ObjectGeometry & { light: ObjectLight; shape: Shape; relief: number }) | null =
    null;
  private marks: DataTexture | null = null;

  /** @param software whether the processor draws: it gets a coarser shadow. */
  constructor(private readonly software: boolean) {
    const side = software ? 160 : 384;
    this.shadow = new WebGLRenderTarget(side, side, {
      format: RedFormat,
      type: UnsignedByteType,
      depthBuffer: false,
    });
    if (software) this.passes.shadow.uniforms.uSteps.value = 16;
    const shading = {
      glslVersion: GLSL3,
      vertexShader: heightsChunk + reliefVertex,
      fragmentShader: heightsChunk + reliefFragment,
      side: DoubleSide,
      uniforms: {
        ...this.shared,
        uOcclusion: { value: this.occlusion.texture },
        uShadow: { value: this.shadow.texture },
        uPhoto: { value: this.photo },
        uNoise: { value: this.noise },
        uBase: { value: 0.05 },
        uPlanar: { value: false },
        uCutoff: { value: 0 },
        uColour: { value: new Color() },
        uSecond: { value: new Color() },
        uRoughness: { value: 0.6 },
        uMetalness: { value: 0 },
        uCoat: { value: 0 },
        uCoatRoughness: { value: 0.1 },
        uPattern: { value: 0 },
        uStrength: { value: 0 },
        uTextured: { value: false },
        uAttenuation: { value: 0 },
        uThinnest: { value: 0 },
        uCompare: { value: 0 },
        uProfile: { value: -1 },
        uTurn: { value: new Vector2(1, 0) },
        uSlope: { value: new Vector2() },
        uDetailed: { value: false },
        uBend: { value: 0 },
        uBendFrom: { value: 0 },
        uFacing: { value: 1 },
        uSize: { value: new Vector3(1, 1, 1) },
        uFront: { value: this.blank },
        uBack: { value: this.blank },
        uHigh: { value: this.blank },
        uMarks: { value: this.blank },
        uMarked: { value: false },
      },
    };
    this.ofGrid = new ShaderMaterial({ ...shading, defines: DEFINES });
    // Both look at the same uniforms.
    this.ofObject = new ShaderMaterial({ ...shading, defines: { ...DEFINES, OBJECT: 1 } });
    this.mesh = new Mesh(new BufferGeometry(), this.ofGrid);
    this.mesh.frustumCulled = false;
  }

  get hasHeights(): boolean {
    return this.heights !== null;
  }

  setHeights(heights: Heights): void {
    const { rows, cols, values } = heights;
    const image = this.heightTexture.image;
    if (image.width === cols && image.height === rows) {
      this.heightTexture.image = { data: values as never, width: cols, height: rows };
    } else {
      this.heightTexture.dispose();
      this.heightTexture = heightTexture(heights);
      this.shared.uHeights.value = this.heightTexture;
      this.slopes.dispose();
      this.slopes = target(cols, rows, true);
      this.shared.uSlopes.value = this.slopes.texture;
      this.passes.occlusion.uniforms.uLongest.value = Math.max(rows, cols);
    }
    this.heightTexture.needsUpdate = true;
    this.heights = heights;
    this.heightsDirty = true;
    this.patched = null;
    if (this.body) this.setBody(this.body);
  }

  /** Heights were changed in place, in a box. */
  patch({ left, top, right, bottom }: Patch): void {
    const old = this.heightsDirty ? this.patched : { left, top, right, bottom };
    this.patched = old && {
      left: Math.min(old.left, left),
      top: Math.min(old.top, top),
      right: Math.max(old.right, right),
      bottom: Math.max(old.bottom, bottom),
    };
    this.heightTexture.needsUpdate = true;
    this.heightsDirty = true;
  }

  setBody(body: Body): void {
    this.body = body;
    const { solid, mirrored, width, height, base, relief, cutoff } = sizes(
      body,
      this.heights?.aspect ?? 1,
    );
    const unit = 1 / body.size_mm;
    const own = this.mesh.material.uniforms;
    own.uExtent.value.set(width * unit, height * unit);
    own.uRelief.value = relief * unit;
    own.uSign.value = body.invert ? -1 : 1;
    own.uMirror.value = mirrored ? -1 : 1;
    own.uBase.value = base * unit;
    own.uPlanar.value = !solid;
    own.uCutoff.value = cutoff;
    if (this.object) {
      this.setDetail();
    } else {
      this.extent.set(width * unit, height * unit, (base + relief) * unit);
      this.foot = this.extent.x;
    }
    this.shadowDirty = true;
    this.setBacklight();
  }

  /** Show a finished object instead of the grid; null goes back to the grid. */
  setObject(mesh: ObjectMesh | null, bent: boolean): void {
    this.dropObject();
    this.mesh.material = mesh ? this.ofObject : this.ofGrid;
    if (!mesh) {
      this.shadowDirty = true;
      if (this.body) this.setBody(this.body);
      return;
    }
    const shape = shapeOf(mesh, this.heights, bent);
    const made = objectGeometry(mesh, shape);
    const unit = 1 / unitOf(mesh);
    const [width, height, thick] = mesh.box.map(([low, high]) => (high - low) * unit);
    this.extent.set(width, height, thick);
    this.foot = made.foot;
    const lamp = this.shared.uLight.value;
    const light = new ObjectLight(made.geometry, made.flat, lamp, this.shadow, this.software);
    this.object = { ...made, light, shape, relief: this.signedRelief };
    const own = this.mesh.material.uniforms;
    own.uBend.value = shape.bend / unit;
    own.uBendFrom.value = shape.from;
    own.uFacing.value = shape.facing;
    own.uSize.value = made.flat;
    own.uFront.value = light.textures.front;
    own.uBack.value = light.textures.back;
    own.uHigh.value = light.textures.heights;
    this.setDetail();
  }

  /** Height of the relief as a share of the size, negative where it is inverted. */
  private get signedRelief(): number {
    return this.shared.uSign.value * this.shared.uRelief.value;
  }

  /** The slopes of the object's surface; while a new one is made they follow the settings. */
  private setDetail(): void {
    if (!this.object) return;
    const { shape, relief } = this.object;
    const own = this.mesh.material.uniforms;
    own.uDetailed.value = shape.slope !== null;
    const share = relief ? this.signedRelief / relief : 1;
    if (shape.slope) own.uSlope.value.fromArray(shape.slope).multiplyScalar(share);
  }

  private dropObject(): void {
    this.object?.geometry.dispose();
    this.object?.light.dispose();
    this.object = null;
  }

  /** Turn the studio with a camera that looks at the back, so that it is lit as the front is. */
  look(camera: PerspectiveCamera): void {
    const back = camera.getWorldDirection(new Vector3()).negate();
    const azimuth = Math.atan2(back.x, back.z);
    const [from, to] = BEHIND.map(MathUtils.degToRad);
    const turn = Math.sign(azimuth) * Math.PI * MathUtils.smoothstep(Math.abs(azimuth), from, to);
    this.mesh.material.uniforms.uTurn.value.set(Math.cos(turn), Math.sin(turn));
  }

  /** @param attenuation of the stock per mm, for a lithophane; else 0. */
  setMaterial(material: Material, attenuation: number): void {
    this.material = material;
    this.attenuation = attenuation;
    const own = this.mesh.material.uniforms;
    own.uColour.value.set(material.colour);
    own.uSecond.value.set(material.second_colour);
    own.uRoughness.value = material.roughness;
    own.uMetalness.value = material.metalness;
    own.uCoat.value = material.clearcoat;
    own.uCoatRoughness.value = material.clearcoat_roughness;
    own.uPattern.value = PATTERNS.indexOf(material.pattern);
    own.uStrength.value = material.pattern_strength;
    this.setBacklight();
  }

  private setBacklight(): void {
    if (!this.body || !this.material) return;
    const { base, relief } = sizes(this.body, this.heights?.aspect ?? 1);
    const own = this.mesh.material.uniforms;
    const perMillimetre = this.attenuation || RELIEF_ATTENUATION / Math.max(relief, 1e-6);
    own.uAttenuation.value = this.material.translucent ? perMillimetre * this.body.size_mm : 0;
    own.uThinnest.value = base / this.body.size_mm;
  }

  setPhoto(image: ImageBitmap | null): void {
    if (this.photo !== this.blank) this.photo.dispose();
    if (image) {
      this.photo = new Texture(image);
      this.photo.colorSpace = SRGBColorSpace;
      this.photo.flipY = false;
      this.photo.generateMipmaps = true;
      this.photo.minFilter = LinearMipmapLinearFilter;
      this.photo.anisotropy = 4;
      this.photo.needsUpdate = true;
    } else {
      this.photo = this.blank;
    }
    this.mesh.material.uniforms.uPhoto.value = this.photo;
  }

  /** Mark places: a byte for each of rows × cols, seen as the photo is; null for none. */
  setMarks(marks: Uint8Array | null, rows: number, cols: number): void {
    const uniforms = this.mesh.material.uniforms;
    this.marks?.dispose();
    this.marks = marks && new DataTexture(marks, cols, rows, RedFormat, UnsignedByteType);
    if (this.marks) {
      this.marks.minFilter = this.marks.magFilter = LinearFilter;
      this.marks.needsUpdate = true;
    }
    uniforms.uMarked.value = marks !== null;
    uniforms.uMarks.value = this.marks ?? this.blank;
  }

  private get hasPhoto(): boolean {
    return this.photo !== this.blank;
  }

  set textured(on: boolean) {
    this.mesh.material.uniforms.uTextured.value = on && this.hasPhoto;
  }

  /** Show the photo itself left of this share of the width. */
  set compare(share: number) {
    this.mesh.material.uniforms.uCompare.value = this.hasPhoto ? share : 0;
  }

  /** Mark the row at this share of the height; -1 for none. */
  set profile(v: number) {
    this.mesh.material.uniforms.uProfile.value = v;
  }

  /** Degrees: clockwise from the top of the photo, and above the surface. */
  setLight(azimuth: number, altitude: number): void {
    const a = (azimuth * Math.PI) / 180;
    const h = (altitude * Math.PI) / 180;
    const light = this.shared.uLight.value;
    light.set(Math.sin(a) * Math.cos(h), Math.cos(a) * Math.cos(h), Math.sin(h));
    this.shadowDirty = true;
    this.object?.light.relight();
  }

  /** Draw the grid with `segments` along its longer side from now on. */
  setSegments(segments: number): void {
    if (!this.heights) return;
    if (this.object) {
      this.mesh.geometry = this.object.geometry;
      return;
    }
    const { rows, cols } = this.heights;
    const longest = Math.max(rows, cols) - 1;
    const share = Math.min(1, segments / longest);
    const across = Math.max(1, Math.round((cols - 1) * share));
    const down = Math.max(1, Math.round((rows - 1) * share));
    const key = `${across} ${down}`;
    let geometry = this.geometries.get(key);
    if (!geometry) {
      // A draft and a full one are in use; others are of earlier shapes.
      if (this.geometries.size > 3) this.dropGeometries();
      geometry = box(across, down);
      this.geometries.set(key, geometry);
    }
    this.mesh.geometry = geometry;
    const { top, all } = geometry.userData;
    geometry.setDrawRange(0, this.body?.mode === "planar" ? top : all);
  }

  /**
   * Bring what is derived from heights and light up to date.
   *
   * @param draft leaves the occlusion of earlier heights: the next frame is close behind.
   */
  update(renderer: WebGLRenderer, draft: boolean): void {
    if (this.heightsDirty) {
      this.slopes.scissorTest = this.patched !== null;
      if (this.patched) {
        const { left, top, right, bottom } = this.patched;
        // Slopes reach one vertex to each side.
        this.slopes.scissor.set(left - 1, top - 1, right - left + 2, bottom - top + 2);
      }
      this.run(renderer, this.passes.slopes, this.slopes);
      this.heightsDirty = false;
      this.occlusionDirty = true;
      this.shadowDirty = true;
    }
    if (this.object) {
      this.object.light.update(renderer, this.screen, draft);
      return;
    }
    if (this.occlusionDirty && !draft) {
      this.run(renderer, this.passes.occlusion, this.occlusion);
      this.occlusionDirty = false;
    }
    if (this.shadowDirty) {
      this.run(renderer, this.passes.shadow, this.shadow);
      this.shadowDirty = false;
    }
  }

  private run(renderer: WebGLRenderer, material: ShaderMaterial, into: WebGLRenderTarget): void {
    this.screen.material = material;
    renderer.setRenderTarget(into);
    this.screen.render(renderer);
    renderer.setRenderTarget(null);
  }

  private dropGeometries(): void {
    for (const geometry of this.geometries.values()) geometry.dispose();
    this.geometries.clear();
  }

  dispose(): void {
    this.dropGeometries();
    this.dropObject();
    this.marks?.dispose();
    this.ofGrid.dispose();
    this.ofObject.dispose();
    this.screen.dispose();
    for (const material of Object.values(this.passes)) material.dispose();
    for (const resource of [this.heightTexture, this.slopes, this.occlusion, this.shadow]) {
      resource.dispose();
    }
    for (const texture of [this.noise, this.blank, this.photo]) texture.dispose();
  }
}
