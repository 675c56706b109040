// A floor without edges: what keeps the light of the room from it, blurred.
precision highp float;
uniform vec2 uSize;
uniform vec2 uFoot;
uniform float uReach;
in vec2 vPlace;
out vec4 colour;

// How much of a box of this half size lies over a place, seen through a blur.
float covered(vec2 half_size, float blur) {
  vec2 share = smoothstep(vec2(-blur), vec2(blur), half_size - abs(vPlace));
  // A box narrower than the blur covers less than all.
  vec2 most = min(vec2(1.0), (half_size + 0.4 * blur) / blur);
  return share.x * share.y * most.x * most.y;
}

void main() {
  vec2 beyond = max(abs(vPlace) - 0.5 * uSize, 0.0) / uReach;
  float fade = 1.0 - smoothstep(0.15, 1.0, length(beyond));
  float pool = 0.075 * fade;
  float near = covered(0.5 * uFoot + 0.01, 0.05);
  float wide = covered(0.5 * uSize + 0.02, 0.22);
  float shadow = fade * (1.0 - (1.0 - 0.42 * near) * (1.0 - 0.3 * wide));
  // White light under black shadow.
  colour = vec4(vec3(pool * (1.0 - shadow)), pool + shadow - pool * shadow);
}
