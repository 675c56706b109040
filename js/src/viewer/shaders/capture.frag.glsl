// How high the surface is, as the slopes of a height field have it.
precision highp float;
uniform bool uBack;
in float vHigh;
out vec4 heights;

void main() {
  heights = vec4(0.0, 0.0, uBack ? 1.0 - vHigh : vHigh, 1.0);
}
