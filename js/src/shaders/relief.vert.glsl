precision highp usampler2D;
uniform usampler2D uHeights;
uniform vec2 uExtent;
uniform float uRelief;
uniform float uBase;
uniform float uInvert;
uniform float uMirror;
// Of a wall or the back: the outward normal; of the top: zero.
in vec3 aNormal;
// Whether the vertex follows the heights.
in float aTop;
out vec2 vUv;
out vec3 vPosition;
flat out vec3 vFlat;

float heightAt(vec2 uv) {
  ivec2 last = textureSize(uHeights, 0) - 1;
  vec2 p = uv * vec2(last);
  ivec2 a = ivec2(floor(p));
  ivec2 b = min(a + 1, last);
  vec2 f = p - vec2(a);
  float ha = float(texelFetch(uHeights, a, 0).r);
  float hb = float(texelFetch(uHeights, ivec2(b.x, a.y), 0).r);
  float hc = float(texelFetch(uHeights, ivec2(a.x, b.y), 0).r);
  float hd = float(texelFetch(uHeights, b, 0).r);
  return mix(mix(ha, hb, f.x), mix(hc, hd, f.x), f.y) / 65535.0;
}

void main() {
  vec2 uv = position.xy;
  float g = heightAt(uv);
  g = mix(g, 1.0 - g, uInvert);
  vec2 plane = vec2((uv.x - 0.5) * uMirror, 0.5 - uv.y) * uExtent;
  vPosition = vec3(plane, aTop * (uBase + uRelief * g));
  vUv = uv;
  vFlat = vec3(aNormal.x * uMirror, aNormal.yz);
  gl_Position = projectionMatrix * modelViewMatrix * vec4(vPosition, 1.0);
}
