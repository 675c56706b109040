uniform vec2 uExtent;
uniform float uRelief;
uniform float uBase;
uniform float uSign;
uniform float uMirror;
// Of a wall or the back: the outward normal; of the top: zero. Of an object: the normal.
in vec3 aNormal;
// Whether the vertex follows the heights; of an object, whether its face is the relief's surface.
in float aTop;
// Between the samples of a pixel at an edge, values of its middle would lie outside the surface.
centroid out vec2 vUv;
out vec3 vPosition;
#ifdef OBJECT
in vec2 aUv;
// The place before bending.
in vec3 aFlat;
out vec3 vPlace;
out vec3 vNormal;
flat out float vTop;
#else
flat out vec3 vFlat;
#endif

void main() {
#ifdef OBJECT
  vPosition = position;
  vUv = aUv;
  vPlace = aFlat;
  vNormal = aNormal;
  vTop = aTop;
#else
  vec2 uv = position.xy;
  float g = heightAt(uv);
  if (uSign < 0.0) g = 1.0 - g;
  vec2 plane = vec2((uv.x - 0.5) * uMirror, 0.5 - uv.y) * uExtent;
  vPosition = vec3(plane, aTop * (uBase + uRelief * g));
  vUv = uv;
  vFlat = vec3(aNormal.x * uMirror, aNormal.yz);
#endif
  gl_Position = projectionMatrix * modelViewMatrix * vec4(vPosition, 1.0);
}
