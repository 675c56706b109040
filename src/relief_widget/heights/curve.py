"""The depth curve: smooth and monotone through its points, and the same number in the browser.

Piecewise cubic Hermite interpolation (Fritsch and Carlson 1980, "Monotone piecewise cubic
interpolation") with the slopes of Fritsch and Butland 1984: it never overshoots. `curve.ts` does
the same in the same order, in double precision, so that both come to the same bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from relief_widget.arrays import FloatArray
from relief_widget.heights.edits import Curve


@dataclass(frozen=True)
class _Piece:
    """Between two points: y = low + d (slope + d (second + d third)) at d beyond the first."""

    low: float
    high: float
    slope: float
    second: float
    third: float


def bent(values: FloatArray, curve: Curve) -> FloatArray:
    """Return heights after a curve.

    Parameters
    ----------
    values
        Heights in [0, 1].
    curve
        As `relief_widget.heights.edits.Edits` has it.
    """
    xs = np.array([x for x, _ in curve])
    pieces = _pieces(curve)
    x = values.astype(np.float64)
    at = np.clip(np.searchsorted(xs, x, side="right") - 1, 0, len(pieces) - 1)
    low, high, slope, second, third = (
        np.array([getattr(piece, name) for piece in pieces])[at]
        for name in ("low", "high", "slope", "second", "third")
    )
    d = x - xs[at]
    y = low + d * (slope + d * (second + d * third))
    y = np.minimum(np.maximum(y, low), high)
    y = np.where(x <= curve[0][0], curve[0][1], np.where(x >= curve[-1][0], curve[-1][1], y))
    return y.astype(np.float32)


def _pieces(curve: Curve) -> list[_Piece]:
    widths = [b[0] - a[0] for a, b in pairwise(curve)]
    rises = [(b[1] - a[1]) / w for (a, b), w in zip(pairwise(curve), widths, strict=True)]
    slopes = _slopes(widths, rises)
    pieces = []
    for i, (width, rise) in enumerate(zip(widths, rises, strict=True)):
        a, b = slopes[i], slopes[i + 1]
        second = (3 * rise - 2 * a - b) / width
        third = (a - 2 * rise + b) / (width * width)
        pieces.append(_Piece(curve[i][1], curve[i + 1][1], a, second, third))
    return pieces


def _slopes(widths: list[float], rises: list[float]) -> list[float]:
    if len(widths) == 1:
        return [rises[0], rises[0]]
    inner = []
    for i in range(1, len(widths)):
        before, after = rises[i - 1], rises[i]
        if before <= 0 or after <= 0:
            inner.append(0.0)
            continue
        w, v = 2 * widths[i] + widths[i - 1], widths[i] + 2 * widths[i - 1]
        inner.append((w + v) / (w / before + v / after))
    first = _end(widths[0], widths[1], rises[0], rises[1])
    last = _end(widths[-1], widths[-2], rises[-1], rises[-2])
    return [first, *inner, last]


def _end(width: float, next_width: float, rise: float, next_rise: float) -> float:
    """Return the slope at an end: that of the parabola through three points, if it is monotone."""
    slope = ((2 * width + next_width) * rise - width * next_rise) / (width + next_width)
    if slope <= 0 or rise <= 0:
        return 0.0
    return min(slope, 3 * rise)
