/** Tileable noise, made on the spot: what the materials' patterns are drawn from. */

const SIDE = 256;

/** A small generator with a fixed seed (Marsaglia 2003, xorshift): the same look everywhere. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 4294967296;
  };
}

/** Smooth values between random ones on a lattice of `columns` × `rows`, repeating at the edges. */
function lattice(columns: number, rows: number, next: () => number): Float32Array {
  const values = Float32Array.from({ length: columns * rows }, next);
  const out = new Float32Array(SIDE * SIDE);
  const smooth = (t: number) => t * t * (3 - 2 * t);
  for (let y = 0; y < SIDE; y++) {
    const v = (y / SIDE) * rows;
    const top = Math.floor(v);
    const low = (top + 1) % rows;
    const fv = smooth(v - top);
    for (let x = 0; x < SIDE; x++) {
      const u = (x / SIDE) * columns;
      const left = Math.floor(u);
      const right = (left + 1) % columns;
      const fu = smooth(u - left);
      const a = values[top * columns + left] * (1 - fu) + values[top * columns + right] * fu;
      const b = values[low * columns + left] * (1 - fu) + values[low * columns + right] * fu;
      out[y * SIDE + x] = a * (1 - fv) + b * fv;
    }
  }
  return out;
}

/** A sum of lattices, each twice as fine and half as strong as the one before. */
function octaves(columns: number, rows: number, count: number, next: () => number): Float32Array {
  const sum = new Float32Array(SIDE * SIDE);
  let total = 0;
  for (let i = 0; i < count; i++) {
    const weight = 0.5 ** i;
    const layer = lattice(columns << i, rows << i, next);
    for (let j = 0; j < sum.length; j++) {
      sum[j] += weight * layer[j];
    }
    total += weight;
  }
  return sum.map((value) => value / total);
}

/** Spread values over [0, 1]. */
function stretched(values: Float32Array): Float32Array {
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  return values.map((value) => (value - low) / (high - low));
}

/** RGBA, 256 × 256, tileable: fine grain, clouds, streaks along x, veins. */
export function noisePixels(): { data: Uint8Array<ArrayBuffer>; side: number } {
  const next = random(0x2f6b1d3);
  const grain = stretched(octaves(48, 48, 2, next));
  const clouds = stretched(octaves(4, 4, 5, next));
  const streaks = stretched(octaves(3, 64, 2, next));
  const veins = stretched(octaves(3, 3, 4, next)).map((value) => 1 - Math.abs(2 * value - 1));
  const data = new Uint8Array(4 * SIDE * SIDE);
  for (let i = 0; i < SIDE * SIDE; i++) {
    data[4 * i] = 255 * grain[i];
    data[4 * i + 1] = 255 * clouds[i];
    data[4 * i + 2] = 255 * streaks[i];
    data[4 * i + 3] = 255 * veins[i];
  }
  return { data, side: SIDE };
}
