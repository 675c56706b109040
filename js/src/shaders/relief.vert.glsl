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
