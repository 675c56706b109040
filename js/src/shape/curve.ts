/** The depth curve, number for number as `curve.py` has it: smooth, monotone, through its points. */

export type CurvePoint = [number, number];

export const STRAIGHT: readonly CurvePoint[] = [
  [0, 0],
  [1, 1],
];

/** Whether a curve changes anything. */
export function bends(curve: readonly CurvePoint[]): boolean {
  const [first, last] = [curve[0], curve[curve.length - 1]];
  return first[0] !== 0 || last[0] !== 1 || curve.some(([x, y]) => x !== y);
}

/** Return the curve as a function of the height before. */
export function evaluated(curve: readonly CurvePoint[]): (x: number) => number {
  const widths: number[] = [];
  const rises: number[] = [];
  for (let i = 0; i + 1 < curve.length; i++) {
    widths.push(curve[i + 1][0] - curve[i][0]);
    rises.push((curve[i + 1][1] - curve[i][1]) / widths[i]);
  }
  const slopes = slopesOf(widths, rises);
  const pieces = widths.map((width, i) => {
    const [a, b, rise] = [slopes[i], slopes[i + 1], rises[i]];
    return {
      slope: a,
      second: (3 * rise - 2 * a - b) / width,
      third: (a - 2 * rise + b) / (width * width),
    };
  });
  const last = curve.length - 1;
  return (x) => {
    if (x <= curve[0][0]) return curve[0][1];
    if (x >= curve[last][0]) return curve[last][1];
    let at = 0;
    while (at < pieces.length - 1 && curve[at + 1][0] <= x) at++;
    const { slope, second, third } = pieces[at];
    const [low, high] = [curve[at][1], curve[at + 1][1]];
    const d = x - curve[at][0];
    return Math.min(Math.max(low + d * (slope + d * (second + d * third)), low), high);
  };
}

function slopesOf(widths: number[], rises: number[]): number[] {
  const count = widths.length;
  if (count === 1) return [rises[0], rises[0]];
  const slopes = [end(widths[0], widths[1], rises[0], rises[1])];
  for (let i = 1; i < count; i++) {
    const [before, after] = [rises[i - 1], rises[i]];
    const w = 2 * widths[i] + widths[i - 1];
    const v = widths[i] + 2 * widths[i - 1];
    slopes.push(before <= 0 || after <= 0 ? 0 : (w + v) / (w / before + v / after));
  }
  slopes.push(end(widths[count - 1], widths[count - 2], rises[count - 1], rises[count - 2]));
  return slopes;
}

/** The slope at an end: that of the parabola through three points, if it is monotone. */
function end(width: number, nextWidth: number, rise: number, nextRise: number): number {
  const slope = ((2 * width + nextWidth) * rise - width * nextRise) / (width + nextWidth);
  return slope <= 0 || rise <= 0 ? 0 : Math.min(slope, 3 * rise);
}
