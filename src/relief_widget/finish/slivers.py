"""Triangles without area, as cuts along existing edges leave them: turned into their neighbours."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from relief_widget.finish.solids import Indices, Points

# Two steps of a float32 at 100 mm: what is flatter has no direction to face.
_FLAT_MM = 1.5e-5


def heights(points: Points, faces: Indices) -> npt.NDArray[np.float64]:
    """Return the least height of each face in mm, float64 (m,): double area by longest edge."""
    corners = points[faces]
    edges = np.roll(corners, -1, axis=1) - corners
    longest = np.linalg.norm(edges, axis=2).max(axis=1)
    double = np.linalg.norm(np.cross(edges[:, 0], edges[:, 1]), axis=1)
    return np.asarray(double / np.maximum(longest, 1e-30))


def without_slivers(
    points: Points, faces: Indices, relief: npt.NDArray[np.bool_]
) -> tuple[Indices, npt.NDArray[np.bool_]]:
    """Return faces without those that have no area.

    A flat triangle has a corner on its longest edge. Turning that edge, with the neighbour behind
    it, to the corner gives two triangles that cover what the neighbour did, and keeps the mesh
    closed.

    Parameters
    ----------
    points
        (n, 3), at the precision of the file.
    faces, relief
        (m, 3) of a closed mesh, and a flag for each.
    """
    count = len(points)
    for _ in range(6):
        low = heights(points, faces)
        flat = np.flatnonzero(low < _FLAT_MM)
        if not len(flat):
            break
        faces, relief = faces.copy(), relief.copy()
        start, end = faces.reshape(-1), faces[:, [1, 2, 0]].reshape(-1)
        keys = start * count + end
        order = np.argsort(keys)
        ordered = keys[order]
        turned: set[int] = set()
        for face in flat[np.argsort(low[flat])].tolist():
            corners = faces[face]
            edges = np.linalg.norm(points[corners[[1, 2, 0]]] - points[corners], axis=1)
            a, b, c = np.roll(corners, -int(np.argmax(edges))).tolist()
            behind = int(order[np.searchsorted(ordered, b * count + a)])
            other = behind // 3
            if face in turned or other in turned:
                continue
            d = int(faces[other, (behind + 2) % 3])
            known = np.searchsorted(ordered, [c * count + d, d * count + c])
            if (ordered[np.minimum(known, len(keys) - 1)] == [c * count + d, d * count + c]).any():
                continue
            pair = np.array([[a, d, c], [d, b, c]])
            if heights(points, pair).min() <= min(low[face], low[other]):
                continue
            faces[[face, other]] = pair
            relief[face] = relief[other]
            turned |= {face, other}
        if not turned:
            break
    return faces, relief
