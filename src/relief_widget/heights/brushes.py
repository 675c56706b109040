"""What a stroke makes of heights: the same numbers as in the browser, which shows it at once.

`brushes.ts` does the same in the same order. Everything is IEEE double precision in elementary
operations and square roots, which both languages round alike; sums are taken one after another. The
heights before and after a stroke, and how much of it each place is covered by, are float32.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from relief_widget.arrays import DoubleArray, FloatArray
from relief_widget.heights.edits import Stroke, StrokePoint

RAISE = 0.25
"""By how much of the relief's height a stroke at full strength raises or lowers.

Where there is less room than twice of that, it is less.
"""

BLUR = 0.25
"""Half width of the smoothing brush's window, as a share of the brush's radius."""

_Box = tuple[slice, slice]


@dataclass(frozen=True)
class _Grid:
    """Where the vertices are, in units of the part's longer side."""

    rows: int
    cols: int
    width: float
    height: float

    @property
    def dx(self) -> float:
        return self.width / (self.cols - 1)

    @property
    def dy(self) -> float:
        return self.height / (self.rows - 1)

    def box(self, left: float, top: float, right: float, bottom: float) -> _Box:
        """Return the vertices within a rectangle."""
        first_col = max(0, math.ceil(left / self.dx))
        last_col = min(self.cols - 1, math.floor(right / self.dx))
        first_row = max(0, math.ceil(top / self.dy))
        last_row = min(self.rows - 1, math.floor(bottom / self.dy))
        return (
            slice(first_row, max(first_row, last_row + 1)),
            slice(first_col, max(first_col, last_col + 1)),
        )

    def places(self, box: _Box) -> tuple[DoubleArray, DoubleArray]:
        """Return x as a row, and y as a column."""
        rows, cols = box
        x = np.arange(cols.start, cols.stop, dtype=np.float64) * np.float64(self.dx)
        y = np.arange(rows.start, rows.stop, dtype=np.float64) * np.float64(self.dy)
        return x[None, :], y[:, None]


def painted(values: FloatArray, aspect: float, stroke: Stroke) -> FloatArray:
    """Return heights after a stroke; what it does not cover stays as it is, bit for bit.

    Parameters
    ----------
    values
        float32 (rows, cols) in [0, 1], at least 2 × 2.
    aspect
        Width of the part divided by its height.
    stroke
        The stroke.

    Returns
    -------
    FloatArray
        New heights, in [0, 1].
    """
    rows, cols = values.shape
    grid = _Grid(rows, cols, min(1.0, aspect), min(1.0, 1 / aspect))
    copies = stroke.copies()
    covers = [_cover(grid, stroke, points) for points in copies]
    cover = covers[0]
    for other in covers[1:]:
        cover = np.maximum(cover, other)
    box = _bounds(cover)
    after = values.copy()
    if box is None:
        return after
    before = values[box].astype(np.float64)
    share = cover[box].astype(np.float64) * stroke.strength
    if stroke.brush == "raise":
        made = 1 - _less(1 - before, share * RAISE)
    elif stroke.brush == "lower":
        made = _less(before, share * RAISE)
    else:
        target = _target(values, grid, stroke, [one[box] for one in covers], box)
        made = np.where(share >= 1, target, before + share * (target - before))
    made = np.minimum(np.maximum(made, 0.0), 1.0)
    after[box] = np.where(cover[box] > 0, made, before)
    return after


def _less(room: DoubleArray, by: DoubleArray) -> DoubleArray:
    """Return what is left of the room up to a limit: less by less where there is little.

    So nothing is cut off to a plateau: the highest places only come closer together.
    """
    squeezed = room * room / np.where(by > 0, 4 * by, 1.0)
    return np.where(room < 2 * by, squeezed, room - by)


def _cover(grid: _Grid, stroke: Stroke, points: Sequence[StrokePoint]) -> FloatArray:
    """Return how much of the brush reaches each vertex, float32 of 0 to 1."""
    cover = np.zeros((grid.rows, grid.cols), np.float32)
    radius = stroke.size / 2
    # A wall of a cell at least, or the edge shows the grid.
    edge = min(radius, max(radius * stroke.softness, grid.dx, grid.dy))
    # The first place for itself: so a stroke goes on as it began.
    for (u0, v0, p0), (u1, v1, p1) in [(points[0], points[0]), *pairwise(points)]:
        x0, y0, x1, y1 = u0 * grid.width, v0 * grid.height, u1 * grid.width, v1 * grid.height
        box = grid.box(
            min(x0, x1) - radius, min(y0, y1) - radius, max(x0, x1) + radius, max(y0, y1) + radius
        )
        x, y = grid.places(box)
        if not x.size or not y.size:
            continue
        ex, ey = x1 - x0, y1 - y0
        length = ex * ex + ey * ey
        if length > 0:
            along = ((x - x0) * ex + (y - y0) * ey) / length
            along = np.minimum(np.maximum(along, 0.0), 1.0)
        else:
            along = np.zeros((y.shape[0], x.shape[1]))
        across, down = x - (x0 + along * ex), y - (y0 + along * ey)
        away = np.sqrt(across * across + down * down)
        soft = np.minimum(np.maximum((radius - away) / edge, 0.0), 1.0)
        soft = soft * soft * (3 - 2 * soft) * (p0 + along * (p1 - p0))
        np.maximum(cover[box], soft.astype(np.float32), out=cover[box])
    return cover


def _bounds(cover: FloatArray) -> _Box | None:
    rows, cols = np.flatnonzero(cover.any(axis=1)), np.flatnonzero(cover.any(axis=0))
    if not rows.size:
        return None
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(cols[0]), int(cols[-1]) + 1)


def _target(
    values: FloatArray, grid: _Grid, stroke: Stroke, covers: list[FloatArray], box: _Box
) -> DoubleArray:
    """Return what a brush of full strength brings the heights to."""
    if stroke.brush == "set":
        return np.full(covers[0].shape, stroke.height)
    if stroke.brush == "smooth":
        reach = stroke.size / 2 * BLUR
        across = max(1, math.floor(reach / grid.dx + 0.5))
        down = max(1, math.floor(reach / grid.dy + 0.5))
        return _blurred(values, across, down)[box]
    x, y = grid.places(box)
    weight = np.zeros(covers[0].shape)
    total = np.zeros(covers[0].shape)
    for points, cover in zip(stroke.copies(), covers, strict=True):
        u, v, _ = points[0]
        level, across_slope, down_slope = _plane(
            values, grid, u * grid.width, v * grid.height, stroke.size / 2
        )
        weight = weight + cover
        total = total + cover * (level + across_slope * x + down_slope * y)
    # Where nothing covers, nothing is taken of it.
    found: DoubleArray = total / np.where(weight > 0, weight, 1.0)
    return found


def _plane(
    values: FloatArray, grid: _Grid, x0: float, y0: float, radius: float
) -> tuple[float, float, float]:
    """Return the least-squares plane of the heights under a brush: at 0, and its slopes."""
    box = grid.box(x0 - radius, y0 - radius, x0 + radius, y0 + radius)
    across, down = grid.places(box)
    dx, dy = across - x0, down - y0
    inside = dx * dx + dy * dy <= radius * radius
    if not inside.any():
        col = min(grid.cols - 1, max(0, math.floor(x0 / grid.dx + 0.5)))
        row = min(grid.rows - 1, max(0, math.floor(y0 / grid.dy + 0.5)))
        return float(values[row, col]), 0.0, 0.0
    h = values[box].astype(np.float64)[inside]
    x = np.broadcast_to(across, inside.shape)[inside]
    y = np.broadcast_to(down, inside.shape)[inside]
    n = float(h.size)
    sx, sy, sh = _sum(x), _sum(y), _sum(h)
    xx = _sum(x * x) - sx * sx / n
    xy = _sum(x * y) - sx * sy / n
    yy = _sum(y * y) - sy * sy / n
    xh = _sum(x * h) - sx * sh / n
    yh = _sum(y * h) - sy * sh / n
    determinant = xx * yy - xy * xy
    if n < 3 or determinant <= 1e-9 * xx * yy:
        return sh / n, 0.0, 0.0
    a = (xh * yy - yh * xy) / determinant
    b = (yh * xx - xh * xy) / determinant
    return (sh - a * sx - b * sy) / n, a, b


def _sum(values: DoubleArray) -> float:
    # One after another: NumPy's sum takes them in pairs, which rounds otherwise.
    return float(np.cumsum(values)[-1])


def _blurred(values: FloatArray, across: int, down: int) -> DoubleArray:
    """Return the heights after two means over a window along each axis, cut off at the border."""
    made = values.astype(np.float64)
    for half, axis in ((across, 1), (across, 1), (down, 0), (down, 0)):
        count = made.shape[axis]
        sums = np.cumsum(made, axis=axis)
        sums = np.concatenate([np.zeros_like(sums.take([0], axis=axis)), sums], axis=axis)
        low = np.maximum(np.arange(count) - half, 0)
        high = np.minimum(np.arange(count) + half + 1, count)
        width = (high - low).reshape((1, -1) if axis == 1 else (-1, 1))
        made = (sums.take(high, axis=axis) - sums.take(low, axis=axis)) / width
    return made
