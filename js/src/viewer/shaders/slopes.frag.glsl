// Once per height field: its slopes and heights, as a texture that can be filtered.
// r, g: change of height from one edge of the photo to the other; b: height.
precision highp float;
precision highp usampler2D;
uniform usampler2D uHeights;
out vec4 slopes;

float at(int col, int row) {
  return float(texelFetch(uHeights, ivec2(col, row), 0).r) / HEIGHT_FULL;
}

void main() {
  ivec2 last = textureSize(uHeights, 0) - 1;
  ivec2 p = ivec2(gl_FragCoord.xy);
  ivec2 low = max(p - 1, ivec2(0));
  ivec2 high = min(p + 1, last);
  vec2 span = max(vec2(high - low), vec2(1.0)) / vec2(last);
  float across = at(high.x, p.y) - at(low.x, p.y);
  float down = at(p.x, high.y) - at(p.x, low.y);
  slopes = vec4(vec2(across, down) / span, at(p.x, p.y), 1.0);
}
