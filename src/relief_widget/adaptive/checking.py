"""The true vertical error of a triangulated top at every vertex of the grid."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from relief_widget.adaptive.triangulation import Top
from relief_widget.part import Part

FloatArray = npt.NDArray[np.float64]

# Grid vertices that are looked at together: their sums stay in the processor's cache.
_BAND = 1 << 18


def max_vertical_error(part: Part, top: Top) -> float:
    """Return the greatest distance in mm, along z, of any visible grid vertex to the top.

    Along a row of the grid the triangulated surface is piecewise linear: crossing an edge, its
    slope and its intercept change by the difference of the two triangles' planes. Which crossings
    lie left of a vertex follows from whole numbers, so running sums of these changes give the
    surface at every vertex, without a search and without a tolerance.

    Parameters
    ----------
    part
        The part, whose float32 tops count as exact.
    top
        What stands for them; it covers the rectangle.
    """
    rows, cols = part.shape
    edges = _Edges(part, top)
    columns = np.arange(cols, dtype=np.float64)
    block = max(1, _BAND // cols)
    worst = 0.0
    for start in range(0, rows - 1, block):
        stop = min(start + block, rows - 1)
        slope, level = edges.sums(start, stop)
        slope *= columns
        slope += level
        slope -= part.tops(start, stop)
        worst = max(worst, _greatest(slope, part, start, stop))
    # No edge crosses the last row: it is the polyline through its own vertices.
    last = np.flatnonzero(top.row == rows - 1)
    last = last[np.argsort(top.col[last])]
    border = part.tops(rows - 1, rows)
    off = np.interp(columns, top.col[last], border[0, top.col[last]]) - border
    return max(worst, _greatest(off, part, rows - 1, rows))


def _greatest(error: FloatArray, part: Part, start: int, stop: int) -> float:
    if part.visible is not None:
        error *= part.visible[start:stop]
    return float(max(error.max(), -error.min()))


class _Edges:
    """The sides of all triangles that run across rows, each with the plane that it begins or ends.

    Counter-clockwise triangles have their left sides running down the rows, their right ones up.
    """

    def __init__(self, part: Part, top: Top) -> None:
        _, self.cols = part.shape
        row, col = top.row, top.col
        z = tops_at(part, row, col)
        a, b, c = top.faces.T
        ux, uy = col[b] - col[a], row[b] - row[a]
        vx, vy = col[c] - col[a], row[c] - row[a]
        du, dv = z[b] - z[a], z[c] - z[a]
        area = (ux.astype(np.int64) * vy - uy.astype(np.int64) * vx).astype(np.float64)
        slope = (du * vy - dv * uy) / area
        down = (dv * ux - du * vx) / area
        level = z[a] - slope * col[a] - down * row[a]
        starts, ends = np.concatenate([a, b, c]), np.concatenate([b, c, a])
        sign = np.sign(row[ends] - row[starts])
        # A side at the right border ends the row, not the surface.
        right = (sign < 0) & (col[starts] == self.cols - 1) & (col[ends] == self.cols - 1)
        used = np.flatnonzero((sign != 0) & ~right)
        starts, ends, sign = starts[used], ends[used], sign[used]
        falls = sign > 0
        high, low = np.where(falls, starts, ends), np.where(falls, ends, starts)
        self.first, self.last = row[high], row[low]
        triangle = used % len(a)
        self.values = np.stack(
            [
                col[high],
                col[low] - col[high],
                self.last - self.first,
                sign * slope[triangle],
                sign * down[triangle],
                sign * level[triangle],
            ]
        )

    def sums(self, start: int, stop: int) -> tuple[FloatArray, FloatArray]:
        """Return slope along the row, and intercept, of the surface at some rows' vertices."""
        mine = np.flatnonzero((self.first < stop) & (self.last > start))
        first = np.maximum(self.first[mine], start)
        count = np.minimum(self.last[mine], stop) - first
        values = self.values[:, mine]
        above = (first - self.first[mine]).astype(np.float64)
        # Most sides of a fine mesh cross one row; they need no copies.
        if count.size and count.max() > 1:
            side = np.repeat(np.arange(len(count)), count)
            below = np.arange(len(side)) - (np.cumsum(count) - count)[side]
            values = values.take(side, axis=1)
            above = above[side] + below
            first = first[side] + below
        column, run, span, slope, down, level = values
        # The first vertex on or right of the crossing. The quotient of whole numbers below 2**53
        # is exact where it is whole, and else much farther from a whole number than it is rounded.
        run *= above
        run /= span
        np.ceil(run, out=run)
        run += column
        at = run.astype(np.intp)
        at += (first - start) * self.cols
        down *= first
        level += down
        size = (stop - start) * self.cols
        return self._running_sums(at, slope, size), self._running_sums(at, level, size)

    def _running_sums(self, at: npt.NDArray[np.intp], change: FloatArray, size: int) -> FloatArray:
        changes: FloatArray = np.bincount(at, change, size).reshape(-1, self.cols)  # type: ignore[assignment]  # weights make floats
        return np.cumsum(changes, axis=1, out=changes)


def tops_at(part: Part, row: npt.NDArray[np.integer], col: npt.NDArray[np.integer]) -> FloatArray:
    """Return the part's float32 tops in mm at some vertices of the grid, as float64."""
    heights: FloatArray = part.heights[row, col].astype(np.float64)
    return (heights * part.relief + part.base).astype(np.float32).astype(np.float64)
