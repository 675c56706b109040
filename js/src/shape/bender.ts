/** The depth curve on the heights that a view shows, at once: no kernel has to answer. */

import { HEIGHT_FULL } from "../generated/wire";
import type { ViewHandle } from "../viewer/handle";
import type { Heights } from "../viewer/settings";
import { bends, type CurvePoint, evaluated } from "./curve";

type Curve = readonly CurvePoint[];

/** Python bends what this side has only rounded: so far apart they may come. */
const ROUNDING = 1;

export class Bender {
  /** The heights before any curve, as far as they are known. */
  private before: Uint16Array | null = null;
  private shown: Curve = [];

  /**
   * New heights have come, with the curve that they were made with: show them with the present one,
   * which a hand may have moved on since.
   */
  reload(view: ViewHandle, curve: Curve): void {
    const { heights } = view;
    this.shown = view.curve;
    if (!heights || heights.values.length !== this.before?.length) this.before = null;
    if (heights && !same(this.shown, curve)) this.show(view, curve);
  }

  /** Show the heights with another curve than they have. */
  show(view: ViewHandle, curve: Curve): boolean {
    const { heights } = view;
    if (!heights || same(this.shown, curve)) return false;
    const before = this.unbent(heights);
    const after = table(curve);
    const { values, rows, cols } = heights;
    for (let at = 0; at < values.length; at++) values[at] = after[before[at]];
    this.shown = curve.map(([x, y]) => [x, y]);
    view.patch({ left: 0, top: 0, right: cols, bottom: rows });
    return true;
  }

  /**
   * The heights before the curve that they have. Where it is level they are lost, so that those of
   * an earlier time are kept wherever they still lead to what is shown.
   */
  private unbent({ values }: Heights): Uint16Array {
    if (!bends(this.shown)) {
      this.before = values.slice();
      return this.before;
    }
    const there = table(this.shown);
    const back = inverse(there);
    const known = this.before;
    const found = known ?? new Uint16Array(values.length);
    for (let at = 0; at < values.length; at++) {
      if (!known || !leads(there, known[at], values[at])) found[at] = back[values[at]];
    }
    this.before = found;
    return found;
  }
}

/** What each height becomes. */
function table(curve: Curve): Uint16Array {
  const bent = evaluated(curve);
  const made = new Uint16Array(HEIGHT_FULL + 1);
  for (let height = 0; height <= HEIGHT_FULL; height++) {
    made[height] = Math.floor(bent(height / HEIGHT_FULL) * HEIGHT_FULL + 0.5);
  }
  return made;
}

/** The lowest height that becomes as high as each. */
function inverse(there: Uint16Array): Uint16Array {
  const made = new Uint16Array(HEIGHT_FULL + 1).fill(HEIGHT_FULL);
  let height = 0;
  for (let after = 0; after <= HEIGHT_FULL; after++) {
    while (height < HEIGHT_FULL && there[height] < after) height++;
    made[after] = height;
  }
  return made;
}

function leads(there: Uint16Array, from: number, to: number): boolean {
  const low = there[Math.max(0, from - 1)] - ROUNDING;
  const high = there[Math.min(HEIGHT_FULL, from + 1)] + ROUNDING;
  return low <= to && to <= high;
}

function same(one: Curve, other: Curve): boolean {
  return (
    one.length === other.length && one.every(([x, y], i) => x === other[i][0] && y === other[i][1])
  );
}
