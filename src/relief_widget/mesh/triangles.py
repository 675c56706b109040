"""A mesh of any shape, for what is no full grid: fewer triangles, cut outlines, added frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from relief_widget.arrays import check_finite
from relief_widget.mesh.grid import Part

if TYPE_CHECKING:
    import trimesh


@dataclass(frozen=True, eq=False)
class Triangles:
    """An indexed mesh in millimetres, in the coordinate system of `Part`.

    Attributes
    ----------
    vertices
        float32 (n, 3) in mm; every one is used by a face.
    faces
        int32 (m, 3), counter-clockwise seen from outside.
    uv
        float32 (n, 2): the photo's left and right edge at u = 0, 1; top at v = 1.
    relief
        bool (m,): the faces that are the relief's surface, not walls, back or frame.
    solid
        Whether the mesh is closed.
    """

    vertices: npt.NDArray[np.float32]
    faces: npt.NDArray[np.int32]
    uv: npt.NDArray[np.float32]
    relief: npt.NDArray[np.bool_]
    solid: bool

    @property
    def vertex_count(self) -> int:
        """How many vertices the mesh has."""
        return len(self.vertices)

    @property
    def triangles(self) -> int:
        """How many triangles the mesh has."""
        return len(self.faces)

    @property
    def extents(self) -> tuple[float, float, float]:
        """Size along x, y and z in mm."""
        x, y, z = np.ptp(self.vertices.astype(np.float64), axis=0)
        return float(x), float(y), float(z)


Mesh: TypeAlias = Part | Triangles
"""What a mesh file is made of: the full grid, or a mesh of any shape."""


def check_numbers(body: Mesh) -> None:
    """Refuse a mesh with a place that is no number; every writer asks first.

    Raises
    ------
    ReliefError
        There is one.
    """
    if isinstance(body, Part):
        check_finite("The part's heights", body.heights, body.base, body.relief)
        check_finite("The part's lengths", body.x, body.y)
    else:
        check_finite("The mesh's corners", body.vertices, body.uv)


def relief_flags(body: Mesh) -> npt.NDArray[np.bool_]:
    """Return which faces are the relief's surface, bool (m,)."""
    if isinstance(body, Triangles):
        return body.relief
    rows, cols = body.shape
    return np.arange(body.triangles) < 2 * (rows - 1) * (cols - 1)


def to_trimesh(body: Mesh) -> trimesh.Trimesh:
    """Return a ``trimesh.Trimesh`` of the same vertices and faces, with uv."""
    import trimesh

    return trimesh.Trimesh(
        vertices=body.vertices.astype(np.float64),
        faces=body.faces.astype(np.int64),
        visual=trimesh.visual.TextureVisuals(uv=body.uv),  # type: ignore[no-untyped-call]  # trimesh's own
        process=False,
    )
