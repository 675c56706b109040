"""The true vertical error of a triangulated top at every vertex of the grid."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from relief_widget.arrays import DoubleArray, IndexArray
from relief_widget.mesh.grid import Part
from relief_widget.mesh.simplify.triangulation import Top
from relief_widget.mesh.triangles import Triangles

# Grid vertices that are looked at together: their sums stay in the processor's cache.
_BAND = 1 << 17
# Triangles that are looked at together, and how far outside of one, in grid spacings, is still in.
_FACES, _SLACK = 1 << 14, 1e-3


def max_vertical_error(part: Part, top: Top) -> float:
    """Return the greatest distance in mm, along z, of any grid vertex to the top.

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
    corners = top.row[top.faces]
    first, last = corners.min(axis=1), corners.max(axis=1)
    columns = np.arange(cols, dtype=np.float64)
    block = max(1, _BAND // cols)
    worst = 0.0
    for start in range(0, rows - 1, block):
        stop = min(start + block, rows - 1)
        mine = np.flatnonzero((first < stop) & (last > start))
        slope, level = _Edges(part, top, mine).sums(start, stop)
        slope *= columns
        slope += level
        slope -= part.tops(start, stop)
        worst = max(worst, slope.max(), -slope.min())
    # No edge crosses the last row: it is the polyline through its own vertices.
    last = np.flatnonzero(top.row == rows - 1)
    last = last[np.argsort(top.col[last])]
    border = part.tops(rows - 1, rows)
    off = np.interp(columns, top.col[last], border[0, top.col[last]]) - border
    return float(max(worst, off.max(), -off.min()))


def max_error_of_mesh(part: Part, mesh: Triangles) -> float:
    """Return the greatest distance in mm, along z, of any visible grid vertex to a mesh.

    For any triangles, such as those that an outline has cut: each is compared with the vertices in
    its bounding box. That takes some times longer than `max_vertical_error`.

    Parameters
    ----------
    part
        The part, whose float32 tops count as exact.
    mesh
        What stands for its surface; a visible vertex that no triangle covers is infinitely far.
    """
    x, y = part.x.astype(np.float64), part.y.astype(np.float64)
    seen = np.zeros(part.shape, dtype=bool)
    faces = mesh.faces[mesh.relief]
    worst = 0.0
    slack = _SLACK * part.spacing
    for start in range(0, len(faces), _FACES):
        a, b, c = mesh.vertices[faces[start : start + _FACES]].astype(np.float64).transpose(1, 2, 0)
        low, high = np.minimum(np.minimum(a, b), c), np.maximum(np.maximum(a, b), c)
        left, right = np.searchsorted(x, low[0] - slack), np.searchsorted(x, high[0] + slack)
        above = np.searchsorted(-y, -high[1] - slack)
        width, height = right - left, np.searchsorted(-y, -low[1] + slack) - above
        count = width * height
        face = np.repeat(np.arange(len(count)), count)
        place = np.arange(len(face)) - (np.cumsum(count) - count)[face]
        row = above[face] + place // width[face]
        col = left[face] + place % width[face]
        a, b, c = a[:, face], b[:, face], c[:, face]
        sides = ((b, c), (c, a), (a, b))
        shares = np.stack([_beside(*side, x[col], y[row]) for side in sides])
        lengths = np.stack([np.hypot(*(end - start)[:2]) for start, end in sides])
        # A triangle thinner than the slack leaves its vertices to those beside it.
        thick = shares.sum(axis=0) > slack * lengths.max(axis=0)
        inside = thick & (shares >= -slack * lengths).all(axis=0)
        row, col, shares = row[inside], col[inside], shares[:, inside].clip(min=0)
        z = (shares * np.stack([a[2], b[2], c[2]])[:, inside]).sum(axis=0) / shares.sum(axis=0)
        off = np.abs(z - tops_at(part, row, col))
        if part.visible is not None:
            off *= part.visible[row, col]
        worst = max(worst, float(off.max(initial=0.0)))
        seen[row, col] = True
    covered = seen if part.visible is None else seen | ~part.visible
    return worst if covered.all() else float("inf")


def _beside(a: DoubleArray, b: DoubleArray, x: DoubleArray, y: DoubleArray) -> DoubleArray:
    """Return twice the area of the triangle of a side and a point, positive on its left."""
    area: DoubleArray = (b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0])
    return area


class _Edges:
    """The sides of some triangles that run across rows, each with the plane that it begins or ends.

    Counter-clockwise triangles have their left sides running down the rows, their right ones up.
    """

    def __init__(self, part: Part, top: Top, mine: IndexArray) -> None:
        _, self.cols = part.shape
        # Near triangles have near vertices, as those are in the order of the grid.
        faces = top.faces[mine]
        start, stop = (int(faces.min()), int(faces.max()) + 1) if len(faces) else (0, 0)
        row, col = top.row[start:stop], top.col[start:stop]
        z = tops_at(part, row, col)
        a, b, c = faces.T - start
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
        upper: npt.NDArray[Any] = np.where(falls, starts, ends)
        lower: npt.NDArray[Any] = np.where(falls, ends, starts)
        self.first, self.last = row[upper], row[lower]
        triangle = used % len(a)
        self.values = np.stack(
            [
                col[upper],
                col[lower] - col[upper],
                self.last - self.first,
                sign * slope[triangle],
                sign * down[triangle],
                sign * level[triangle],
            ]
        )

    def sums(self, start: int, stop: int) -> tuple[DoubleArray, DoubleArray]:
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

    def _running_sums(self, at: IndexArray, change: DoubleArray, size: int) -> DoubleArray:
        changes: DoubleArray = np.bincount(at, change, size).reshape(-1, self.cols)  # type: ignore[assignment]  # weights make floats
        return np.cumsum(changes, axis=1, out=changes)


def tops_at(part: Part, row: npt.NDArray[np.integer], col: npt.NDArray[np.integer]) -> DoubleArray:
    """Return the part's float32 tops in mm at some vertices of the grid, as float64."""
    heights: DoubleArray = part.heights[row, col].astype(np.float64)
    return (heights * part.relief + part.base).astype(np.float32).astype(np.float64)
