// Stands before every shader that reads the heights.
precision highp float;
precision highp usampler2D;
uniform usampler2D uHeights;

float heightAt(vec2 uv) {
  ivec2 last = textureSize(uHeights, 0) - 1;
  vec2 p = clamp(uv, 0.0, 1.0) * vec2(last);
  ivec2 a = ivec2(floor(p));
  ivec2 b = min(a + 1, last);
  vec2 f = p - vec2(a);
  float ha = float(texelFetch(uHeights, a, 0).r);
  float hb = float(texelFetch(uHeights, ivec2(b.x, a.y), 0).r);
  float hc = float(texelFetch(uHeights, ivec2(a.x, b.y), 0).r);
  float hd = float(texelFetch(uHeights, b, 0).r);
  return mix(mix(ha, hb, f.x), mix(hc, hd, f.x), f.y) / HEIGHT_FULL;
}

