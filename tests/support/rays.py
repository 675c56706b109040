"""Rays through a mesh, by Möller and Trumbore's intersection (1997): what is solid, what open."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import trimesh


def crossings(
    mesh: trimesh.Trimesh, start: Sequence[float], way: Sequence[float]
) -> npt.NDArray[np.float64]:
    """Return how far along `way`, a unit vector, a ray from `start` meets the mesh, ascending."""
    a, b, c = (mesh.triangles[:, i] for i in range(3))
    origin, along = np.asarray(start, dtype=float), np.asarray(way, dtype=float)
    p = np.cross(along, c - a)
    det = np.einsum("ij,ij->i", b - a, p)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = origin - a
        u = np.einsum("ij,ij->i", t, p) / det
        q = np.cross(t, b - a)
        v = q @ along / det
        far = np.einsum("ij,ij->i", c - a, q) / det
    hit = (np.abs(det) > 1e-14) & (u >= 0) & (v >= 0) & (u + v <= 1) & (far > 0)
    found = np.sort(far[hit])
    # An edge that two faces share is one crossing.
    return found[np.concatenate([[True], np.diff(found) > 1e-6])] if len(found) else found
