// A triangle that covers the target; uv (0, 0) is the photo's top left corner.
out vec2 vUv;

void main() {
  vUv = uv;
  gl_Position = vec4(position.xy, 0.0, 1.0);
}
