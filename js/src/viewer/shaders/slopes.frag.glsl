// Once per height field: its slopes and heights, as a texture that can be filtered.
// r, g: change of height from one edge of the photo to the other; b: height.
precision highp float;
precision highp usampler2D;
uniform usampler2D uHeights;
out vec4 slopes;

float at(ivec2 texel, ivec2 last) {
  return float(texelFetch(uHeights, clamp(texel, ivec2(0), last), 0).r) / HEIGHT_FULL;
}

void main() {
  ivec2 size = textureSize(uHeights, 0);
  ivec2 last = size - 1;
  ivec2 p = ivec2(gl_FragCoord.xy);
  ivec2 low = max(p - 1, ivec2(0));
  ivec2 high = min(p + 1, last);
  vec2 span = max(vec2(high - low), vec2(1.0)) / vec2(last);
  float across = at(ivec2(high.x, p.y), last) - at(ivec2(low.x, p.y), last);
  float down = at(ivec2(p.x, high.y), last) - at(ivec2(p.x, low.y), last);
  slopes = vec4(vec2(across, down) / span, at(p, last), 1.0);
}
