uniform vec2 uSize;
uniform float uReach;
// On the floor, from the middle of the part.
out vec2 vPlace;

void main() {
  vPlace = position.xz * (uSize + 2.0 * uReach);
  gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0);
}
