"""The mesh that meets an error bound or a budget of triangles, checked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from relief_widget.adaptive.checking import max_vertical_error
from relief_widget.adaptive.closing import closed, shell_triangles
from relief_widget.adaptive.triangulation import Top, available, triangulate
from relief_widget.errors import ReliefError
from relief_widget.part import Part
from relief_widget.triangles import Body, Triangles

# What single precision may add to the bound.
_TOLERANCE = 1.001
# A fine mesh costs more time than it saves bytes: about here "auto" takes the full grid.
_WORTH_IT = 0.5
# The side of the samples that tell beforehand whether it is worth it.
_SAMPLE = 128


@dataclass(frozen=True, eq=False)
class Fit:
    """A body, and how far it is from the full grid.

    Attributes
    ----------
    body
        The mesh, or the part where that is the best mesh.
    error_mm
        The greatest distance along z of a vertex of the full grid from the mesh, measured.
    """

    body: Body
    error_mm: float


def adaptive(part: Part, max_error_mm: float) -> Triangles | Part:
    """Return a mesh of few triangles within `max_error_mm` of every vertex of the full grid.

    Parameters
    ----------
    part
        The part.
    max_error_mm
        Greatest vertical error in mm, above 0.

    Returns
    -------
    Watertight for a solid; its vertices are vertices of the full grid, but for the centre of the
    bottom and the cuts of a cut-out's outline. The part itself where no mesh with fewer triangles
    is within the bound.
    """
    return fit(part, max_error_mm).body


def fit(part: Part, max_error_mm: float, *, only_if_worth_it: bool = False) -> Fit:
    """Return the mesh within an error bound, and its true error.

    Parameters
    ----------
    part
        The part.
    max_error_mm
        Greatest vertical error in mm, above 0.
    only_if_worth_it
        Whether to give up, and return the full grid, where the mesh would have more than half of
        its triangles; that is noise.
    """
    if part.relief <= 0 or not available():
        return _flat(part) if part.relief <= 0 and part.cells is None else Fit(part, 0.0)
    share = _WORTH_IT if only_if_worth_it else 1.0
    limit = int(part.triangles * share)
    bound = max_error_mm
    if only_if_worth_it and _sampled(part, bound) > share:
        return Fit(part, 0.0)
    for _ in range(3):
        top = triangulate(part.heights, bound / part.relief, limit)
        error = max_vertical_error(part, top)
        if error <= max_error_mm * _TOLERANCE:
            body = closed(part, top)
            return Fit(body, error) if body.triangles < limit else Fit(part, 0.0)
        if len(top.faces) >= limit - 1:
            break
        bound *= 0.99 * max_error_mm / error
    return Fit(part, 0.0)


def within_budget(part: Part, max_triangles: int) -> Fit:
    """Return the finest mesh of at most `max_triangles` triangles, walls and bottom included.

    Parameters
    ----------
    part
        The part.
    max_triangles
        The budget.

    Raises
    ------
    ReliefError
        There is no mesh of so few triangles.
    """
    least = 12 if part.solid else 2
    if max_triangles < least:
        raise ReliefError(
            f"{max_triangles} triangles are too few for a mesh.",
            f"The simplest one has {least}.",
        )
    if part.triangles <= max_triangles:
        return Fit(part, 0.0)
    if not available():
        raise ReliefError(
            f"The full grid has {part.triangles:,} triangles, more than {max_triangles:,}.",
            "Install pydelatin for smaller meshes, or lower mesh_quality.",
        )
    best: Top | None = None
    wanted = max_triangles - (10 if part.solid else 0)
    low, high = 2, wanted
    # The walls of a mesh are known only with its top: a few steps between too many and too few.
    for _ in range(6):
        top = triangulate(part.heights, 0.0, wanted)
        spare = max_triangles - len(top.faces) - shell_triangles(part, top)
        if spare >= 0:
            best, low = top, wanted
        else:
            high = wanted - 1
        if low >= high or 0 <= spare <= max_triangles // 200:
            break
        wanted = min(max(wanted + spare, low), high)
    if best is None:
        best = triangulate(part.heights, 0.0, 2)
    return Fit(closed(part, best), max_vertical_error(part, best))


def _flat(part: Part) -> Fit:
    rows, cols = part.shape
    top = Top(
        row=np.array([rows - 1, rows - 1, 0, 0], np.int32),
        col=np.array([0, cols - 1, cols - 1, 0], np.int32),
        faces=np.array([[0, 1, 2], [0, 2, 3]], np.int32),
    )
    return Fit(closed(part, top), 0.0)


def _sampled(part: Part, bound: float) -> float:
    """Return about what share of the full grid's triangles a mesh has, from a few places of it."""
    rows, cols = part.shape
    if rows <= 4 * _SAMPLE or cols <= 4 * _SAMPLE:
        return 0.0
    count = 0
    places = ((1, 1), (1, 3), (2, 2), (3, 1), (3, 3))
    for down, right in places:
        row, col = down * rows // 4 - _SAMPLE // 2, right * cols // 4 - _SAMPLE // 2
        block = part.heights[row : row + _SAMPLE, col : col + _SAMPLE]
        count += len(triangulate(np.ascontiguousarray(block), bound / part.relief).faces)
    return count / (len(places) * 2 * (_SAMPLE - 1) ** 2)
