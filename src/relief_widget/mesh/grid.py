"""The exact part on the full grid: what every mesh and every mesh file is made from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from relief_widget.arrays import FloatArray, IntArray
from relief_widget.errors import ReliefError
from relief_widget.heights import HeightField, levels
from relief_widget.settings import ReliefSettings

# Rows computed at a time: double precision for all of a giant relief would fill the memory.
_ROWS = 64


@dataclass(frozen=True, eq=False)
class Part:
    """A part in millimetres: x to the right, y up, z towards the viewer, all from 0.

    Seen from +z with y up, the photo stands upright, and unmirrored unless it was asked for.

    Vertices are the grid in row-major order, row 0 at the top (greatest y); a solid adds one bottom
    vertex at z = 0 under every vertex of the border, clockwise from the top left corner. Each grid
    cell is two triangles along the diagonal from its top left to its bottom right corner. Walls are
    two triangles per border edge. The bottom is triangulated between its top and bottom rows of
    vertices, one strip per column; the first and the last column are fans that take in the vertices
    of the sides. So no vertex lies on another's edge, and no triangle is degenerate.

    Attributes
    ----------
    heights
        float32 (rows, cols) in [0, 1] after inverting and mirroring.
    base, relief
        Height in mm of the tops where `heights` is 0, and how much 1 is above it.
    x, y
        float32 (cols,) ascending and (rows,) descending, in mm.
    solid
        Whether there are walls and a bottom.
    mirrored
        Whether left and right are exchanged.
    cells
        bool (rows - 1, cols - 1), the cells that are there, or None for all.
    fixed
        Whether `base` and `relief` are a lithophane's, in mm, which follow no share of the size.
    """

    heights: FloatArray
    base: float
    relief: float
    x: FloatArray
    y: FloatArray
    solid: bool
    mirrored: bool
    cells: npt.NDArray[np.bool_] | None = None
    fixed: bool = False

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the grid."""
        rows, cols = self.heights.shape
        return rows, cols

    @cached_property
    def z(self) -> FloatArray:
        """float32 (rows, cols), tops in mm."""
        z = np.empty(self.shape, dtype=np.float32)
        for start in range(0, len(z), _ROWS):
            z[start : start + _ROWS] = self._rows(start, start + _ROWS)
        return z

    def tops(self, start: int, stop: int) -> FloatArray:
        """Return ``z[start:stop]`` without computing, or keeping, all of it."""
        return self.z[start:stop] if "z" in self.__dict__ else self._rows(start, stop)

    def _rows(self, start: int, stop: int) -> FloatArray:
        z = self.heights[start:stop] * np.float64(self.relief)
        z += self.base
        return z.astype(np.float32)

    @property
    def spacing(self) -> float:
        """Distance of two vertices in mm, the mean of both directions."""
        rows, cols = self.shape
        return float((self.x[-1] / (cols - 1) + self.y[0] / (rows - 1)) / 2)

    @cached_property
    def visible(self) -> npt.NDArray[np.bool_] | None:
        """The vertices that a cell uses, bool (rows, cols); None for all."""
        if self.cells is None:
            return None
        used = np.zeros(self.shape, dtype=bool)
        for rows in (np.s_[:-1], np.s_[1:]):
            for cols in (np.s_[:-1], np.s_[1:]):
                used[rows, cols] |= self.cells
        return used

    @property
    def vertex_count(self) -> int:
        """How many vertices the mesh has."""
        if self.visible is not None:
            return int(self.visible.sum())
        rows, cols = self.shape
        return rows * cols + (2 * (rows + cols) - 4 if self.solid else 0)

    @property
    def triangles(self) -> int:
        """How many triangles the mesh has."""
        rows, cols = self.shape
        if self.cells is not None:
            return 2 * int(self.cells.sum())
        rim = 2 * (rows + cols) - 4
        return 2 * (rows - 1) * (cols - 1) + (3 * rim - 2 if self.solid else 0)

    @property
    def extents(self) -> tuple[float, float, float]:
        """Size along x, y and z in mm."""
        x, y, heights = self.x.astype(np.float64), self.y.astype(np.float64), self.heights
        if self.visible is not None:
            x, y = x[self.visible.any(axis=0)], y[self.visible.any(axis=1)]
            heights = heights[self.visible]
        # The tops rise with the heights, so these two need no others.
        ends = np.array([heights.min(), heights.max()], dtype=np.float32)
        low, high = (ends * np.float64(self.relief) + self.base).astype(np.float32).tolist()
        return float(np.ptp(x)), float(np.ptp(y)), high - (0.0 if self.solid else low)

    @cached_property
    def ring(self) -> IntArray:
        """int32 (P,): grid indices of the border, clockwise from the top left."""
        rows, cols = self.shape
        across, down = np.arange(cols, dtype=np.int32), np.arange(rows, dtype=np.int32) * cols
        last = np.int32(rows * cols - cols)
        return np.concatenate(
            [across, down[1:] + (cols - 1), across[-2::-1] + last, down[-2:0:-1]], dtype=np.int32
        )

    @property
    def rim(self) -> FloatArray:
        """float32 (P,): tops in mm along the ring."""
        heights = self.heights.ravel()[self.ring]
        return (heights * np.float64(self.relief) + self.base).astype(np.float32)

    @property
    def vertices(self) -> FloatArray:
        """float32 (n, 3) in mm; of a cut-out only those that a face uses, in the same order."""
        rows, cols = self.shape
        grid = np.empty((rows, cols, 3), dtype=np.float32)
        grid[..., 0], grid[..., 1], grid[..., 2] = self.x, self.y[:, None], self.z
        points = grid.reshape(-1, 3)
        if self.visible is not None:
            return points[self.visible.ravel()]
        if not self.solid:
            return points
        bottom = points[self.ring]
        bottom[:, 2] = 0
        return np.concatenate([points, bottom])

    @property
    def faces(self) -> IntArray:
        """int32 (m, 3), counter-clockwise seen from outside."""
        top = self.top_faces(0, self.shape[0] - 1)
        if self.visible is not None:
            number = np.cumsum(self.visible.ravel(), dtype=np.int32) - np.int32(1)
            return number[top]
        return np.concatenate([top, self.shell_faces]) if self.solid else top

    def top_faces(self, start: int, stop: int) -> IntArray:
        """Return the faces of the rows of cells from `start` to before `stop`, in grid indices."""
        _, cols = self.shape
        a = np.arange(start * cols, stop * cols, dtype=np.int32).reshape(-1, cols)[:, :-1]
        b, d, e = a + 1, a + cols, a + cols + 1
        faces = np.stack([a, d, e, a, e, b], axis=-1).reshape(-1, 6)
        if self.cells is not None:
            faces = faces[self.cells[start:stop].ravel()]
        return faces.reshape(-1, 3)

    @property
    def shell_faces(self) -> IntArray:
        """int32 (3P - 2, 3): walls and bottom of a solid, in vertex indices."""
        rows, cols = self.shape
        low = np.arange(len(self.ring), dtype=np.int32) + np.int32(rows * cols)
        faces: IntArray = np.concatenate([self.ring, low])[self.shell_corners]
        return faces

    @cached_property
    def shell_corners(self) -> IntArray:
        """int32 (3P - 2, 3): the same, P at the top numbered along the ring, then P below them."""
        rows, cols = self.shape
        top = np.arange(len(self.ring), dtype=np.int32)
        low = top + np.int32(len(top))
        top_next, low_next = np.roll(top, -1), np.roll(low, -1)
        walls = np.stack([top, top_next, low, top_next, low_next, low], axis=-1)
        return np.concatenate([walls.reshape(-1, 3), low[_bottom(rows, cols)]])

    @property
    def uv(self) -> FloatArray:
        """float32 (n, 2) per vertex: the photo's left and right edge at u = 0, 1; top at v = 1."""
        rows, cols = self.shape
        grid = np.empty((rows, cols, 2), dtype=np.float32)
        grid[..., 0], grid[..., 1] = self.u, self.v[:, None]
        uv = grid.reshape(-1, 2)
        if self.visible is not None:
            return uv[self.visible.ravel()]
        return np.concatenate([uv, uv[self.ring]]) if self.solid else uv

    @property
    def u(self) -> FloatArray:
        """float32 (cols,): the photo's horizontal coordinate of each column."""
        u = np.linspace(0, 1, self.shape[1], dtype=np.float32)
        return u[::-1] if self.mirrored else u

    @property
    def v(self) -> FloatArray:
        """float32 (rows,): the photo's vertical coordinate of each row, 1 = top."""
        return np.linspace(1, 0, self.shape[0], dtype=np.float32)


def part(
    field: HeightField,
    settings: ReliefSettings,
    thickness_mm: tuple[float, float] | None = None,
) -> Part:
    """Return the part that a height field makes.

    The longer side is ``size_mm``, the shorter one follows the aspect. The top is at
    ``(base_thickness + depth_intensity * g) * size_mm`` for a solid, without the base for a planar
    part, where g is the height or, inverted, 1 - height; `thickness_mm` stands for both. Values are
    computed in float64 and rounded once.

    Parameters
    ----------
    field
        The height field.
    settings
        Its body settings are read.
    thickness_mm
        Thickness in mm where heights are 0 and 1, as a lithophane's source gives it; None: shares
        of the size.

    Raises
    ------
    ReliefError
        ``depth_cutoff`` leaves nothing of a planar part.
    """
    rows, cols = field.shape
    size = settings.size_mm
    width = size if field.aspect >= 1 else size * field.aspect
    height = size if field.aspect <= 1 else size / field.aspect
    solid = settings.mode == "solid"
    cells = None if solid else _cells(field.values, settings.depth_cutoff)
    g = field.values
    if settings.mirrored:
        g = g[:, ::-1]
        cells = None if cells is None else cells[:, ::-1]
    if settings.invert:
        g = np.float32(1) - g
    if thickness_mm is None:
        base, relief = settings.base_thickness * size, settings.depth_intensity * size
    else:
        base, relief = thickness_mm[0], thickness_mm[1] - thickness_mm[0]
    return Part(
        heights=np.ascontiguousarray(g),
        base=base if solid else 0.0,
        relief=relief,
        x=(np.arange(cols) * (width / (cols - 1))).astype(np.float32),
        y=(np.arange(rows)[::-1] * (height / (rows - 1))).astype(np.float32),
        solid=solid,
        mirrored=settings.mirrored,
        cells=cells,
        fixed=thickness_mm is not None,
    )


def _cells(values: FloatArray, cutoff: float) -> npt.NDArray[np.bool_] | None:
    """Return which cells stay: those with no corner below the cutoff, compared as 16-bit integers.

    The browser cuts the integers that it is sent; comparing the same ones here makes both agree.
    """
    if cutoff <= 0:
        return None
    keep = levels(values) >= levels(cutoff)
    cells = keep[:-1, :-1] & keep[:-1, 1:] & keep[1:, :-1] & keep[1:, 1:]
    if not cells.any():
        raise ReliefError(
            f"depth_cutoff {cutoff:g} leaves nothing of the surface.", "Choose a lower cutoff."
        )
    return None if cells.all() else cells


def _bottom(rows: int, cols: int) -> IntArray:
    """Return the faces of the bottom, clockwise seen from above, in positions along the ring."""
    right = cols - 1
    below = right + rows - 1
    rim = 2 * (rows + cols) - 4
    top = np.arange(cols)
    bottom = below + right - top
    if cols == 2:
        # One column of cells: strips between the left and the right side instead.
        a, b = np.concatenate([[0], np.arange(rim - 1, below, -1)]), np.arange(1, rows + 1)
        faces = np.stack([a[:-1], b[:-1], b[1:], a[:-1], b[1:], a[1:]], axis=-1)
        return faces.reshape(-1, 3).astype(np.int32)
    left_up = np.concatenate([np.arange(bottom[0], rim), [0]])
    right_down = np.arange(right, below + 1)
    first = np.stack([left_up[:-1], left_up[1:], np.full(rows - 1, top[1])], axis=-1)
    last = np.stack([right_down[:-1], right_down[1:], np.full(rows - 1, bottom[-2])], axis=-1)
    caps = [[bottom[1], bottom[0], top[1]], [top[-2], top[-1], bottom[-2]]]
    t, b = top[1:-1], bottom[1:-1]
    strips = np.stack([t[:-1], t[1:], b[1:], t[:-1], b[1:], b[:-1]], axis=-1).reshape(-1, 3)
    return np.concatenate([first, caps, strips, last]).astype(np.int32)
