"""Meshes into solids of manifold3d and back, with the relief told from the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from relief_widget.errors import ReliefError

if TYPE_CHECKING:
    from manifold3d import Manifold

Points = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


def to_manifold(
    points: Points, faces: npt.NDArray[np.integer], relief: Flags, own: int | None = None
) -> tuple[Manifold, int]:
    """Return a mesh as a solid, and the original id of its relief's faces.

    Parameters
    ----------
    points
        (n, 3), or more columns, which are interpolated where the solid is cut.
    faces, relief
        (m, 3), and which of them are the relief.
    own
        The id, if other meshes have it too; the others' faces have the next one.

    Raises
    ------
    ReliefError
        The mesh is not closed.
    """
    from manifold3d import Manifold, Mesh64

    first: int = Manifold.reserve_ids(2) if own is None else own
    order = np.concatenate([np.flatnonzero(relief), np.flatnonzero(~relief)])
    mesh = Mesh64(
        vert_properties=points,
        tri_verts=faces[order].astype(np.uint64),
        run_index=np.array([0, 3 * relief.sum(), 3 * len(faces)], dtype=np.uint64),
        run_original_id=np.array([first, first + 1], dtype=np.uint32),
    )
    return check(Manifold(mesh)), first


def arrays(solid: Manifold, relief_id: int) -> tuple[Points, Indices, Flags]:
    """Return vertices, faces and which faces are the relief of a solid."""
    mesh = solid.to_mesh64()
    faces = np.asarray(mesh.tri_verts, dtype=np.int64)
    relief = np.zeros(len(faces), dtype=bool)
    bounds = np.asarray(mesh.run_index, dtype=np.int64) // 3
    for start, stop, own in zip(bounds[:-1], bounds[1:], mesh.run_original_id, strict=True):
        relief[start:stop] = own == relief_id
    return np.asarray(mesh.vert_properties)[:, :3], faces, relief


def check(solid: Manifold) -> Manifold:
    """Return `solid`, which has to be closed and not empty.

    Raises
    ------
    ReliefError
        Nothing is left, or manifold3d reports an error.
    """
    from manifold3d import Error

    if solid.status() != Error.NoError:
        raise ReliefError(
            "The part could not be cut: its mesh is not closed.",
            "Use the solid mode, and report the settings if it is.",
        )
    if solid.is_empty():
        raise ReliefError(
            "Nothing is left of the part.", "Choose a larger size, or a smaller frame or hole."
        )
    return solid
