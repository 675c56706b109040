// Once per height field, light or relief height: how much of the key light reaches a place, found by
// walking over the heights towards the light. The narrowest gap on the way gives a soft edge.
precision highp float;
uniform sampler2D uSlopes;
uniform vec3 uLight;
uniform vec2 uExtent;
uniform float uRelief;
uniform float uSign;
uniform float uMirror;
uniform int uSteps;
in vec2 vUv;
out vec4 lit;

void main() {
  float lod = max(0.0, log2(float(textureSize(uSlopes, 0).x) / 256.0) - 0.5);
  float start = uSign * textureLod(uSlopes, vUv, lod).b * uRelief;
  vec2 flat_light = uLight.xy / uLight.z;
  vec2 way = vec2(uMirror * flat_light.x, -flat_light.y) / uExtent;
  float open = 1.0;
  for (int i = 1; i <= uSteps; i++) {
    float share = float(i) / float(uSteps);
    // Higher than the relief no point of it can stand in the light.
    float rise = uRelief * share * share;
    vec2 uv = vUv + way * rise;
    if (uv.x < 0.0 || uv.y < 0.0 || uv.x > 1.0 || uv.y > 1.0) break;
    float gap = start + rise - uSign * textureLod(uSlopes, uv, lod).b * uRelief;
    open = min(open, 0.5 + 5.0 * (gap + 0.0015) / (rise + 0.004));
  }
  lit = vec4(smoothstep(0.0, 1.0, open), 0.0, 0.0, 1.0);
}
