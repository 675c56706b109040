"""Meshes into solids and back, exact enough for a file of 32-bit numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from relief_widget.errors import ReliefError
from relief_widget.mesh.manifolds import Flags, Indices, Points, arrays, check, to_manifold
from relief_widget.mesh.objects.solids import DIGITS
from relief_widget.mesh.slivers import without_slivers
from relief_widget.mesh.triangles import Mesh, Triangles, relief_flags

if TYPE_CHECKING:
    from manifold3d import Manifold

# What both sides of a seam compute alike but for the last bit becomes one. A power of two, since
# halfway between two decimals of few digits is where many computed points lie; and more than 1e-4
# mm apart, so that points which differ still differ in a text file of four decimals.
_PER_MM = 2.0**13

SLIVER_MM = 1e-4
"""Edges and heights below this are cleaned away: a file's digits could not tell them apart."""


# Large odd numbers: their multiples spread over 64 bits and seldom add up to the same sum.
_ODD = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], dtype=np.uint64)


@dataclass(frozen=True, eq=False)
class Finished(Triangles):
    """A finished object, or a tile of one.

    Attributes
    ----------
    name
        ``""``, or ``"row 1 column 2"`` of a tile, counted from the top left as seen from the front.
    row, column
        Of a tile, from 0; 0 for a whole object.
    position_mm
        Where the tile's origin lies in the whole object, (x, y).
    """

    name: str = ""
    row: int = 0
    column: int = 0
    position_mm: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class PhotoPlace:
    """Where the photo lies in the plane of the part: uv is a linear function of x and y.

    Attributes
    ----------
    u, v
        Offset and slope in 1/mm of each coordinate.
    """

    u: tuple[float, float]
    v: tuple[float, float]

    def uv(self, points: Points) -> npt.NDArray[np.float32]:
        """Return the photo's coordinates at `points`, float32 (n, 2) within [0, 1]."""
        u = self.u[0] + self.u[1] * points[:, 0]
        v = self.v[0] + self.v[1] * points[:, 1]
        return np.clip(np.column_stack([u, v]), 0, 1).astype(np.float32)


def photo_place(body: Mesh, scale: float, shift: tuple[float, float]) -> PhotoPlace:
    """Return where the photo lies once the part was scaled by `scale` and moved by `shift`."""
    uv = body.uv.astype(np.float64)
    places = []
    for axis in (0, 1):
        along = body.vertices[:, axis].astype(np.float64) * scale + shift[axis]
        low, high = int(np.argmin(along)), int(np.argmax(along))
        slope = (uv[high, axis] - uv[low, axis]) / (along[high] - along[low])
        places.append((float(uv[low, axis] - slope * along[low]), float(slope)))
    return PhotoPlace(*places)


def placed(body: Mesh, scale: float, shift: tuple[float, float]) -> tuple[Manifold, int]:
    """Return a body, scaled and moved in the plane, and the original id of its relief's faces.

    Raises
    ------
    ReliefError
        The body is not closed.
    """
    points = body.vertices.astype(np.float64)
    points[:, :2] = points[:, :2] * scale + shift
    return to_manifold(np.round(points, DIGITS), body.faces, relief_flags(body))


def weld(points: Points, faces: Indices) -> tuple[Indices, Indices]:
    """Merge vertices that are the same as float32, and leave out faces that vanish.

    Parameters
    ----------
    points
        (n, 3), rounded by this to float32.
    faces
        (m, 3).

    Returns
    -------
    tuple[Indices, Indices]
        Which of `points` stay, and for each face its vertices among those; a face of which two are
        the same has vanished and keeps its place with -1.
    """
    bits = points.astype(np.float32)
    # -0 and 0 are the same place.
    words = (bits + np.float32(0)).view(np.uint32).astype(np.uint64)
    mixed = (words * _ODD).sum(axis=1, dtype=np.uint64)
    _, kept, number = np.unique(mixed, return_index=True, return_inverse=True)
    if (bits[kept[number]] != bits).any():
        _, kept, number = np.unique(bits, axis=0, return_index=True, return_inverse=True)
    faces = number.reshape(-1)[faces]
    a, b, c = faces.T
    faces[(a == b) | (b == c) | (c == a)] = -1
    return kept.astype(np.int64), faces


def folded(faces: Indices) -> Flags:
    """Return which faces lie back to back with another one, as a flap that was folded flat."""
    corners = np.sort(faces, axis=1)
    # Sorting three corners by an even number of swaps keeps which way the face looks.
    a, b, c = faces.T
    even = ((a < b) & (b < c)) | ((b < c) & (c < a)) | ((c < a) & (a < b))
    _, number, count = np.unique(corners, axis=0, return_inverse=True, return_counts=True)
    number = number.reshape(-1)
    ups = np.bincount(number, weights=even, minlength=len(count))
    return np.asarray((count[number] == 2) & (ups[number] == 1))


def is_closed(faces: Indices, count: int) -> bool:
    """Whether every edge is used exactly once in each direction."""
    start = faces.reshape(-1)
    end = faces[:, [1, 2, 0]].reshape(-1)
    there, back = np.sort(start * count + end), np.sort(end * count + start)
    return bool((there[1:] != there[:-1]).all() and (there == back).all())


def to_grid(points: Points) -> Points:
    """Return points rounded to where `finished` puts them."""
    return np.asarray(np.rint(points * _PER_MM) / _PER_MM)


def finished(
    points: Points,
    faces: Indices,
    relief: Flags,
    uv: npt.NDArray[np.float32],
    *,
    solid: bool = True,
    **place: Any,
) -> Finished | None:
    """Return the mesh in float32 with only used vertices, or None where rounding opened a solid."""
    points = to_grid(points)
    kept, welded = weld(points, faces)
    there = welded[:, 0] >= 0
    welded, relief = welded[there], relief[there]
    if solid and not is_closed(welded, len(kept)):
        left = ~folded(welded)
        welded, relief = welded[left], relief[left]
        if not is_closed(welded, len(kept)):
            return None
    used, number = np.unique(welded, return_inverse=True)
    kept = kept[used]
    vertices = points[kept].astype(np.float32) + np.float32(0)
    corners, relief = without_slivers(
        vertices.astype(np.float64), number.reshape(-1, 3).astype(np.int64), relief
    )
    return Finished(
        vertices=vertices,
        faces=corners.astype(np.int32),
        uv=uv[kept],
        relief=relief,
        solid=solid,
        **place,
    )


def from_zero(points: Points) -> Points:
    """Return points moved so that each coordinate starts at 0."""
    return np.asarray(points - points.min(axis=0))


def closed_mesh(
    solid: Manifold,
    relief_id: int,
    place: PhotoPlace,
    move: Callable[[Points], Points] = from_zero,
    *,
    clean: bool = True,
    **tile: Any,
) -> Finished:
    """Return a solid as a mesh that is still closed in float32.

    Parameters
    ----------
    solid, relief_id
        The solid, and the original id of its relief.
    place
        Where the photo lies.
    move
        Where the points go once they know their place on the photo.
    clean
        Whether slivers are cleaned away first, or only if the mesh does not close with them.
    **tile
        Fields of `Finished`.

    Raises
    ------
    ReliefError
        No tolerance closes it.
    """
    for tolerance in (SLIVER_MM if clean else 0.0, 2 * SLIVER_MM, 20 * SLIVER_MM):
        cleaned = check(solid).simplify(tolerance) if tolerance else check(solid)
        points, faces, relief = arrays(cleaned, relief_id)
        mesh = finished(move(points), faces, relief, place.uv(points), **tile)
        if mesh is not None:
            return mesh
    raise not_closed()


def not_closed() -> ReliefError:
    """Return the error for a mesh that rounding opens."""
    return ReliefError(
        "The finished mesh does not close.",
        "Change the size or a length a little, and report the settings.",
    )


def plain(body: Mesh) -> Finished:
    """Return a body as it is, vertex by vertex and face by face."""
    if isinstance(body, Finished):
        return body
    return Finished(
        vertices=body.vertices,
        faces=body.faces,
        uv=body.uv,
        relief=relief_flags(body),
        solid=body.solid,
    )
