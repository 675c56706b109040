// Once per height field: how far a place lies below its surroundings, near and wide, relative to
// the width of the surroundings. The blurred heights are the mipmaps of the slope texture.
precision highp float;
uniform sampler2D uSlopes;
uniform float uLongest;
in vec2 vUv;
out vec4 occlusion;

float blurred(float level) {
  vec2 reach = 0.75 * exp2(level) / vec2(textureSize(uSlopes, 0));
  float sum = 0.0;
  for (int y = -1; y <= 1; y++) {
    for (int x = -1; x <= 1; x++) {
      float weight = float((2 - abs(x)) * (2 - abs(y)));
      sum += weight * textureLod(uSlopes, vUv + vec2(x, y) * reach, level).b;
    }
  }
  return sum / 16.0;
}

void main() {
  float h = textureLod(uSlopes, vUv, 0.0).b;
  // Neighbourhoods of 1/100 and 1/24 of the longer side, whatever the resolution.
  float near = log2(uLongest / 100.0);
  float wide = log2(uLongest / 24.0);
  occlusion = vec4((blurred(near) - h) * 60.0, (blurred(wide) - h) * 16.0, 0.0, 1.0);
}
