// The object seen straight from the front, or from behind, without perspective and before bending;
// the top of the part at the texture's first row, as the photo is.
precision highp float;
uniform vec3 uSize;
uniform bool uBack;
in vec3 aFlat;
out float vHigh;

void main() {
  vHigh = aFlat.z / uSize.z;
  float depth = uBack ? 2.0 * vHigh - 1.0 : 1.0 - 2.0 * vHigh;
  gl_Position = vec4(2.0 * aFlat.x / uSize.x, -2.0 * aFlat.y / uSize.y, 0.999 * depth, 1.0);
}
