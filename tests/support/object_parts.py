"""Plain parts to finish, and what every finished one has to be."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import trimesh

from relief_widget.heights import HeightField
from relief_widget.mesh.grid import part
from relief_widget.mesh.objects import Finished, finish
from relief_widget.mesh.triangles import to_trimesh
from relief_widget.settings import ReliefSettings

Mask = npt.NDArray[np.float32]


def flat(rows: int = 20, cols: int = 30) -> HeightField:
    return HeightField(np.zeros((rows, cols), dtype=np.float32), cols / rows)


def waves(rows: int = 60, cols: int = 90) -> HeightField:
    """Return a field that looks like nothing else when flipped or turned."""
    y, x = np.mgrid[:rows, :cols] / max(rows, cols)
    z = np.sin(9 * x + 2 * y) * np.cos(7 * y) + 2 * x - y
    z = (z - z.min()) / np.ptp(z)
    return HeightField(z.astype(np.float32), cols / rows)


def letter_mask(rows: int = 300, cols: int = 450) -> Mask:
    """Return a mask of an "F" with a hole that can be made and one that cannot."""
    mask = np.zeros((rows, cols), dtype=np.float32)
    mask[30:270, 120:200] = 1
    mask[30:100, 120:340] = 1
    mask[140:200, 120:290] = 1
    y, x = np.mgrid[:rows, :cols]
    mask[np.hypot(y - 65, x - 160) < 20] = 0
    mask[np.hypot(y - 240, x - 160) < 2] = 0
    return mask


def made(
    field: HeightField,
    *,
    subject: Mask | None = None,
    thickness_mm: tuple[float, float] | None = None,
    **settings: Any,
) -> list[Finished]:
    wanted = ReliefSettings(**settings)
    plain = part(field, wanted, thickness_mm)
    return finish(plain, wanted, subject=subject, base_mm=plain.base)


def one(field: HeightField, *, subject: Mask | None = None, **settings: Any) -> Finished:
    (found,) = made(field, subject=subject, **settings)
    return found


def checked(mesh: Finished, euler: int | None = None) -> trimesh.Trimesh:
    """Return the mesh for trimesh after what has to be true of all finished objects."""
    assert mesh.vertices.dtype == np.float32
    assert mesh.faces.dtype == np.int32
    assert mesh.uv.shape == (len(mesh.vertices), 2)
    assert mesh.relief.shape == (len(mesh.faces),)
    assert ((mesh.uv >= 0) & (mesh.uv <= 1)).all()
    assert mesh.solid
    known = to_trimesh(mesh)
    assert known.is_watertight
    assert known.is_winding_consistent
    assert known.volume > 0
    assert (known.area_faces > 0).all()
    assert np.array_equal(np.unique(mesh.faces), np.arange(len(mesh.vertices)))
    assert len(np.unique(mesh.vertices, axis=0)) == len(mesh.vertices)
    if euler is not None:
        assert known.euler_number == euler
    return known


def circle_area(radius: float) -> float:
    return float(np.pi * radius**2)
