"""Triangles without area, as cuts along existing edges leave them: turned into their neighbours."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from relief_widget.mesh.manifolds import Flags, Indices, Points

FLAT_MM = 1.5e-5
"""Two steps of a float32 at 100 mm: what is flatter has no direction to face."""

# How near two vertices are the same.
_SAME = 1e-6
# Each turns at most one edge of a triangle; rows of needles take several.
_ROUNDS = 12


def heights(points: Points, faces: Indices) -> npt.NDArray[np.float64]:
    """Return the least height of each face in mm, float64 (m,): double area by longest edge."""
    corners = points[faces]
    edges = np.roll(corners, -1, axis=1) - corners
    longest = np.linalg.norm(edges, axis=2).max(axis=1)
    double = np.linalg.norm(np.cross(edges[:, 0], edges[:, 1]), axis=1)
    return np.asarray(double / np.maximum(longest, 1e-30))


def without_slivers(
    points: Points, faces: Indices, relief: Flags, flat: float = FLAT_MM
) -> tuple[Indices, Flags]:
    """Return faces without those that have no area.

    A flat triangle has a corner on its longest edge. Turning that edge, with the neighbour behind
    it, to the corner gives two triangles that cover what the neighbour did, and keeps the mesh
    closed. Where there is no neighbour, at the border of a surface, the triangle goes.

    Parameters
    ----------
    points
        (n, 3), at the precision of the file.
    faces, relief
        (m, 3), and a flag for each.
    flat
        The height below which a triangle has no area, in the unit of the points.
    """
    low = heights(points, faces) < flat
    if not low.any():
        return faces, relief
    # Only what touches a flat triangle can change; of a fine mesh that is little.
    near = np.zeros(len(points), dtype=bool)
    near[faces[low]] = True
    local = np.flatnonzero(near[faces].any(axis=1))
    ends = border(faces[local], len(points))
    alone = set(map(tuple, ends[near[ends].any(axis=1)].tolist()))
    faces, relief = faces.copy(), relief.copy()
    faces[local], relief[local] = _turned(points, faces[local], relief[local], flat, alone)
    left = faces[:, 0] >= 0
    return faces[left], relief[left]


def _turned(
    points: Points, faces: Indices, relief: Flags, limit: float, alone: set[tuple[int, ...]]
) -> tuple[Indices, Flags]:
    """Turn edges as `without_slivers` says, in place, until none is left or none can be.

    Faces that go become -1; `alone` holds the edges of the border, in their faces' direction.
    """
    count = len(points)
    for _ in range(_ROUNDS):
        low = heights(points, faces)
        flat = np.flatnonzero((low < limit) & (faces[:, 0] >= 0))
        start, end = faces.reshape(-1), faces[:, [1, 2, 0]].reshape(-1)
        keys = start * count + end
        order = np.argsort(keys)
        ordered = keys[order]

        def edge(a: int, b: int, ordered: Indices = ordered) -> int:
            place = int(np.searchsorted(ordered, a * count + b))
            return place if place < len(ordered) and ordered[place] == a * count + b else -1

        done: set[int] = set()
        new: set[frozenset[int]] = set()
        for face in flat[np.argsort(low[flat])].tolist():
            corners = faces[face]
            edges = np.linalg.norm(points[corners[[1, 2, 0]]] - points[corners], axis=1)
            a, b, c = np.roll(corners, -int(np.argmax(edges))).tolist()
            if (a, b) in alone and face not in done:
                faces[face] = -1
                alone |= {(c, b), (a, c)}
                done.add(face)
                continue
            place = edge(b, a)
            behind = int(order[place])
            other, d = behind // 3, int(faces[behind // 3, (behind + 2) % 3])
            if place < 0 or face in done or other in done or max(edge(c, d), edge(d, c)) >= 0:
                continue
            if frozenset((c, d)) in new:
                continue
            pair = np.array([[a, d, c], [d, b, c]])
            if heights(points, pair).min() <= min(low[face], low[other]):
                continue
            faces[[face, other]] = pair
            relief[face] = relief[other]
            done |= {face, other}
            new.add(frozenset((c, d)))
        if not done:
            break
    return faces, relief


def seen_from_above(points: Points, faces: Indices, flat: float) -> tuple[Points, Indices]:
    """Return a cut surface with each place once, and without triangles that are lines from above.

    Where an outline passes through a vertex, a cut leaves both.

    Parameters
    ----------
    points, faces, flat
        As for `without_slivers`.
    """
    used, numbers = np.unique(faces, return_inverse=True)
    points = points[used]
    places = np.rint(points[:, :2] / _SAME)
    _, first, same = np.unique(places, axis=0, return_index=True, return_inverse=True)
    points, faces = points[first], same.reshape(-1)[numbers.reshape(-1, 3)]
    faces = faces[(faces != np.roll(faces, 1, axis=1)).all(axis=1)]
    faces, _ = without_slivers(points * (1, 1, 0), faces, np.ones(len(faces), dtype=bool), flat)
    used, numbers = np.unique(faces, return_inverse=True)
    return points[used], numbers.reshape(-1, 3)


def border(faces: Indices, count: int) -> Indices:
    """Return the edges (k, 2) that only one face has, in its direction."""
    start, end = faces.reshape(-1), faces[:, [1, 2, 0]].reshape(-1)
    alone = ~np.isin(start * count + end, end * count + start)
    return np.stack([start[alone], end[alone]], axis=-1)
