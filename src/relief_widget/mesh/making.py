"""From the part on the full grid to what a file holds: few triangles, then the finished object."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relief_widget.mesh.grid import Part
from relief_widget.mesh.objects import Finished, finish, idle, is_object, levelled, levels_of
from relief_widget.mesh.objects.levels import Levels
from relief_widget.mesh.simplify import Detail
from relief_widget.mesh.triangles import Mesh, Triangles
from relief_widget.settings import ReliefSettings, controls

# Tiles that lie side by side in one file are so far apart.
_GAP_MM = 5.0
_TRIES = 5
# Outlines are as near to those of the grid, in its cells.
_OUTLINE = 0.2
_NO_LEVELS = (
    "Crisp walls need flat levels, as those of a logo, and this relief has none: its walls are as "
    "the heights make them."
)


@dataclass(frozen=True, eq=False)
class Made:
    """What a file will hold.

    Attributes
    ----------
    mesh
        The mesh; of an object in tiles all of them, side by side.
    pieces
        The tiles of an object, or the one mesh that it is.
    error_mm
        The greatest distance along z of the surface from the full grid, measured.
    notes
        What its user should know of it, in sentences: settings that do nothing, what is lacking.
    """

    mesh: Mesh
    pieces: tuple[Mesh, ...]
    error_mm: float
    notes: tuple[str, ...] = ()


def make(
    part: Part,
    settings: ReliefSettings,
    detail: Detail,
    size: Callable[[Mesh], int],
    subject: npt.NDArray[np.float32] | None,
) -> Made:
    """Return what a file holds.

    Parameters
    ----------
    part
        The plain part on the full grid.
    settings
        Those that it was made with.
    detail
        How fine the mesh is to be.
    size
        Returns the bytes of a file of a body.
    subject
        The subject mask, for the outline of that name.

    Raises
    ------
    ReliefError
        A bound cannot be met, or settings do not go together.
    """
    levels = levels_of(part.heights) if settings.crisp_walls and part.solid else None
    if levels is not None:
        crisp = _crisp(part, settings, detail, size, subject, levels)
        if crisp is not None:
            return crisp
    found = detail.fit(part, size)
    uncut = _NO_LEVELS if settings.crisp_walls and part.solid else ""
    notes = tuple(filter(None, (found.note, _without(settings), uncut)))
    if not is_object(settings):
        return Made(found.mesh, (found.mesh,), found.error_mm, notes)
    plane = float(part.x[-1]), float(part.y[0])
    asked = detail
    for _ in range(_TRIES):
        pieces = tuple(
            finish(found.mesh, settings, subject=subject, plane_mm=plane, base_mm=part.base)
        )
        whole = _side_by_side(pieces)
        over = _over(detail, whole, size)
        if over <= 1 or found.mesh.triangles <= _TRIES:
            break
        # Frames, holes and letters need triangles too.
        fewer = max(100, int(found.mesh.triangles / over * 0.95))
        asked = Detail(max_triangles=fewer)
        found = asked.fit(part, size)
    return Made(whole, pieces, found.error_mm, notes)


def _crisp(
    part: Part,
    settings: ReliefSettings,
    detail: Detail,
    size: Callable[[Mesh], int],
    subject: npt.NDArray[np.float32] | None,
    levels: Levels,
) -> Made | None:
    """Return a part of flat levels with upright walls; a budget makes its outlines coarser."""
    plane, tolerance = (float(part.x[-1]), float(part.y[0])), _OUTLINE * part.spacing
    made = None
    for _ in range(_TRIES):
        body = levelled(part, settings, levels, tolerance)
        if body is None:
            tolerance *= 1.5
            continue
        pieces = tuple(finish(body, settings, subject=subject, plane_mm=plane, base_mm=part.base))
        made = Made(_side_by_side(pieces), pieces, 0.0)
        over = _over(detail, made.mesh, size)
        if over <= 1:
            break
        tolerance *= 2 * over
    return made


def _without(settings: ReliefSettings) -> str:
    names = ", ".join(controls()[name].label for name in idle(settings))
    return names and f"Only a solid part can have {names}: this one has not."


def _over(detail: Detail, body: Mesh, size: Callable[[Mesh], int]) -> float:
    """Return how many times larger than its budget a body is."""
    if detail.max_triangles is not None:
        return body.triangles / detail.max_triangles
    if detail.max_megabytes is not None:
        return size(body) / (detail.max_megabytes * 1e6)
    return 0.0


def _side_by_side(pieces: Sequence[Finished]) -> Triangles:
    """Return tiles in one mesh, as they lie in the whole, a little apart."""
    if len(pieces) == 1:
        return pieces[0]
    rows = max(piece.row for piece in pieces)
    moved, faces, count = [], [], 0
    for piece in pieces:
        apart = (piece.column * _GAP_MM, (rows - piece.row) * _GAP_MM)
        shift = np.add(piece.position_mm, apart)
        moved.append(piece.vertices + np.array([*shift, 0.0], np.float32))
        faces.append(piece.faces + np.int32(count))
        count += len(piece.vertices)
    return Triangles(
        vertices=np.concatenate(moved).astype(np.float32),
        faces=np.concatenate(faces).astype(np.int32),
        uv=np.concatenate([piece.uv for piece in pieces]),
        relief=np.concatenate([piece.relief for piece in pieces]),
        solid=pieces[0].solid,
    )
