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
    origin, along = np.asarray(start, dtype=float), np.asarray(way, dtype=float)
    a, b, c = (mesh.triangles[:, i] for i in range(3))
    p = np.cross(along, c - a)
    det = np.einsum("ij,ij->i", b - a, p)
    across = np.abs(det) > 1e-12
    a, b, c, p, det = (values[across] for values in (a, b, c, p, det))
    t = origin - a
    u = np.einsum("ij,ij->i", t, p) / det
    q = np.cross(t, b - a)
    v = q @ along / det
    far = np.einsum("ij,ij->i", c - a, q) / det
    # A ray along an edge meets both of its faces, and must not slip between them.
    slack = 1e-9
    hit = (u >= -slack) & (v >= -slack) & (u + v <= 1 + slack) & (far > 0)
    found = np.sort(far[hit])
    # An edge that two faces share is one crossing.
    return found[np.concatenate([[True], np.diff(found) > 1e-6])] if len(found) else found
