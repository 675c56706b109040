/** What the surface is drawn from: textures, targets that are drawn once, and the passes that do. */

import {
  DataTexture,
  GLSL3,
  HalfFloatType,
  LinearFilter,
  LinearMipmapLinearFilter,
  NearestFilter,
  RedIntegerFormat,
  RepeatWrapping,
  RGBAFormat,
  ShaderMaterial,
  UnsignedByteType,
  UnsignedShortType,
  WebGLRenderTarget,
} from "three";
import { noisePixels } from "./noise";
import type { Heights } from "./settings";
import screenVertex from "./shaders/screen.vert.glsl";

export function pass(
  fragmentShader: string,
  uniforms: ShaderMaterial["uniforms"],
  defines: Record<string, unknown> = {},
): ShaderMaterial {
  return new ShaderMaterial({
    glslVersion: GLSL3,
    vertexShader: screenVertex,
    fragmentShader,
    uniforms,
    defines,
    depthTest: false,
    depthWrite: false,
  });
}

export function heightTexture({ values, rows, cols }: Heights): DataTexture {
  const texture = new DataTexture(
    values as Uint16Array<ArrayBuffer>,
    cols,
    rows,
    RedIntegerFormat,
    UnsignedShortType,
  );
  texture.internalFormat = "R16UI";
  texture.unpackAlignment = 2;
  texture.minFilter = texture.magFilter = NearestFilter;
  texture.needsUpdate = true;
  return texture;
}

export function target(width: number, height: number, mipmaps: boolean): WebGLRenderTarget {
  return new WebGLRenderTarget(width, height, {
    format: RGBAFormat,
    type: HalfFloatType,
    depthBuffer: false,
    generateMipmaps: mipmaps,
    magFilter: LinearFilter,
    minFilter: mipmaps ? LinearMipmapLinearFilter : LinearFilter,
  });
}

export function noiseTexture(): DataTexture {
  const { data, side } = noisePixels();
  const texture = new DataTexture(data, side, side, RGBAFormat, UnsignedByteType);
  texture.wrapS = texture.wrapT = RepeatWrapping;
  texture.magFilter = LinearFilter;
  texture.minFilter = LinearMipmapLinearFilter;
  texture.generateMipmaps = true;
  texture.needsUpdate = true;
  return texture;
}
