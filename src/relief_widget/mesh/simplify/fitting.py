"""The mesh that meets an error bound or a budget of triangles, checked."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from relief_widget.errors import ReliefError
from relief_widget.mesh.grid import Part
from relief_widget.mesh.simplify.checking import max_error_of_mesh, max_vertical_error
from relief_widget.mesh.simplify.closing import closed
from relief_widget.mesh.simplify.cutting import cut, filled
from relief_widget.mesh.simplify.triangulation import Top, lacking, triangulate
from relief_widget.mesh.triangles import Mesh, Triangles

# What single precision may add to the bound.
_TOLERANCE = 1.001
# Noise costs far more time than it saves bytes: "auto" takes the full grid above this share of it.
_WORTH_IT = 0.75
# How often to try a smaller bound, and to come nearer to a budget.
_TRIES, _STEPS = 3, 6
# A cut-out may show a small part of what is triangulated, but no less than this is thought of.
_LEAST_RISE = 0.02
# A mesh that leaves less than this share of a budget unused is the finest one.
_NEAR = 0.005
# So many bytes may be in use for "auto": for a giant relief the full grid is streamed instead. Per
# vertex of the grid there are four copies of the heights (the relief's, the caller's, two in the
# triangulator); per triangle what was measured.
_MEMORY, _PER_VERTEX, _PER_TRIANGLE = 1_400_000_000, 16, 140
# The side of the samples that tell beforehand whether it is worth it.
_SAMPLE = 128


@dataclass(frozen=True, eq=False)
class Fit:
    """A body, and how far it is from the full grid.

    Attributes
    ----------
    mesh
        The mesh, or the part where that is the best mesh.
    error_mm
        The greatest distance along z of a vertex of the full grid from the mesh, measured.
    note
        What its user should know of it, in a sentence; or nothing.
    """

    mesh: Mesh
    error_mm: float
    note: str = ""


def fit(part: Part, max_error_mm: float, *, only_if_worth_it: bool = False) -> Fit:
    """Return the mesh within an error bound, and its true error.

    Parameters
    ----------
    part
        The part.
    max_error_mm
        Greatest vertical error in mm, above 0.
    only_if_worth_it
        Whether to give up, and return the full grid, where the mesh would have more than three
        quarters of its triangles, which is noise, or would need more than 1.4 GB.

    Returns
    -------
    Fit
        A mesh that is watertight for a solid; its vertices are vertices of the full grid, but for
        the centre of the bottom and the cuts of a cut-out's outline. The part itself where no mesh
        with fewer triangles is within the bound.
    """
    if part.relief <= 0 and part.cells is None:
        return _flat(part)
    lack = lacking(cut_out=part.cells is not None)
    if part.relief <= 0 or lack:
        return Fit(part, 0.0, lack)
    share = _WORTH_IT if only_if_worth_it else 1.0
    most = int(2 * part.heights.size * share)
    if only_if_worth_it:
        # Filling what is cut away takes as much again.
        per_vertex = _PER_VERTEX * (1 if part.cells is None else 2)
        most = min(most, (_MEMORY - per_vertex * part.heights.size) // _PER_TRIANGLE)
        if most < 2 or _sampled(part, max_error_mm) > most:
            return Fit(part, 0.0)
    whole = filled(part)
    bound = max_error_mm
    for _ in range(_TRIES):
        top = triangulate(whole.heights, bound / part.relief, most)
        if len(top.faces) >= most - 1:
            break
        error = max_vertical_error(whole, top) if part.cells is None else 0.0
        if error <= max_error_mm * _TOLERANCE:
            body = _mesh(part, whole, top)
            if body.triangles > part.triangles * share:
                break
            if part.cells is not None:
                error = max_error_of_mesh(part, body)
            if error <= max_error_mm * _TOLERANCE:
                return Fit(body, error)
        # A hole in the mesh would be infinitely far off; no bound mends that.
        bound *= 0.99 * max_error_mm / error
        if bound <= 0:
            break
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
    if lacking(cut_out=part.cells is not None):
        raise ReliefError(
            f"The full grid has {part.triangles:,} triangles, more than {max_triangles:,}.",
            "Install pydelatin and manifold3d for smaller meshes, or lower mesh_quality.",
        )
    if part.relief <= 0 and part.cells is None:
        return _flat(part)
    whole = filled(part)
    best = _mesh(part, whole, best_top := triangulate(whole.heights, 0.0, 2))
    if best.triangles > max_triangles:
        raise ReliefError(
            f"{max_triangles:,} triangles are too few for this outline.",
            f"The coarsest mesh has {best.triangles:,}.",
        )
    # What the walls or the outline add is known only with the top: a few steps towards it, between
    # the best pair of triangles in the top and in the mesh so far and the least that is too many.
    under, over, gentle = (2, best.triangles), (0, 0), 1.0
    wanted = max_triangles - (10 if part.solid else 0)
    for _ in range(_STEPS):
        top = triangulate(whole.heights, 0.0, wanted)
        mesh = _mesh(part, whole, top)
        found = len(top.faces), mesh.triangles
        if found[1] > max_triangles:
            over = found
        elif found[1] >= under[1]:
            exhausted = found[0] < wanted - 2
            gentle = (found[1] - under[1]) / max(found[0] - under[0], 1)
            under, best, best_top = found, mesh, top
            if exhausted or found[1] >= max_triangles * (1 - _NEAR):
                break
        rise = (over[1] - under[1]) / (over[0] - under[0]) if over[0] else max(gentle, _LEAST_RISE)
        # Aiming a little low ends on the right side.
        step = math.floor((max_triangles * (1 - _NEAR / 2) - under[1]) / rise)
        if over[0]:
            step = min(step, over[0] - under[0] - 1)
        if step < 1:
            break
        wanted = under[0] + step
    error = (
        max_vertical_error(part, best_top) if part.cells is None else max_error_of_mesh(part, best)
    )
    return Fit(best, error)


def _mesh(part: Part, whole: Part, top: Top) -> Triangles:
    return closed(part, top) if part.cells is None else cut(part, whole, top)


def _flat(part: Part) -> Fit:
    rows, cols = part.shape
    top = Top(
        row=np.array([rows - 1, rows - 1, 0, 0], np.int32),
        col=np.array([0, cols - 1, cols - 1, 0], np.int32),
        faces=np.array([[0, 1, 2], [0, 2, 3]], np.int32),
    )
    return Fit(closed(part, top), 0.0)


def _sampled(part: Part, bound: float) -> float:
    """Return about how many triangles a mesh has, from a few places of it; 0 for small parts."""
    rows, cols = part.shape
    if rows <= 4 * _SAMPLE or cols <= 4 * _SAMPLE:
        return 0.0
    count = 0
    places = ((1, 1), (1, 3), (2, 2), (3, 1), (3, 3))
    for down, right in places:
        row, col = down * rows // 4 - _SAMPLE // 2, right * cols // 4 - _SAMPLE // 2
        block = part.heights[row : row + _SAMPLE, col : col + _SAMPLE]
        count += len(triangulate(np.ascontiguousarray(block), bound / part.relief).faces)
    return count / len(places) * part.heights.size / (_SAMPLE - 1) ** 2
