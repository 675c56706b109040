"""Take triangles without area out of a cut surface, and leave no gap."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]
Faces = npt.NDArray[np.int32]

# Twice the area below which rounding may have turned a triangle over, and how near two vertices are
# the same.
_FLAT, _SAME = 1e-7, 1e-6
# Flips per flat triangle; a few are enough, and it must end.
_PATIENCE = 20


def without_slivers(points: Points, faces: Faces) -> tuple[Points, Faces]:
    """Return the surface with each place once, and without triangles that are lines.

    Where an outline passes through a vertex, a cut leaves vertices in the same place and triangles
    whose three corners are in one line. The former are joined. Of the latter the longest side is
    flipped: its middle vertex is joined to the far corner of the triangle beyond.

    Parameters
    ----------
    points
        float64 (n, 3), x and y in spacings of the grid; places are told apart by them.
    faces
        int32 (m, 3), counter-clockwise seen from above.
    """
    places = np.rint(points[:, :2] / _SAME)
    _, first, same = np.unique(places, axis=0, return_index=True, return_inverse=True)
    points, faces = points[first], same.reshape(-1)[faces].astype(np.int32)
    apart = (faces != np.roll(faces, 1, axis=1)).all(axis=1)
    faces = _flipped(points[:, :2], faces[apart], _FLAT)
    used, numbers = np.unique(faces, return_inverse=True)
    return points[used], numbers.reshape(-1, 3).astype(np.int32)


def _flipped(places: npt.NDArray[np.float64], faces: Faces, least: float) -> Faces:
    flat = np.asarray(_areas(places, faces) <= least)
    if not flat.any():
        return faces
    near = flat
    for _ in range(3):
        near = np.asarray(np.isin(faces, faces[near]).any(axis=1))
    triangles = dict(enumerate(map(tuple, faces[near].tolist())))
    beside = {
        (face[i - 1], face[i]): number for number, face in triangles.items() for i in range(3)
    }
    waiting = [number for number, bad in enumerate(flat[near].tolist()) if bad]
    following = len(triangles)
    for _ in range(_PATIENCE * len(waiting)):
        if not waiting:
            break
        number = waiting.pop()
        if number not in triangles:
            continue
        corners = triangles.pop(number)
        i = max(range(3), key=lambda i: _length(places, corners[i], corners[(i + 1) % 3]))
        a, b, middle = corners[i], corners[(i + 1) % 3], corners[(i + 2) % 3]
        other = beside.get((b, a))
        if other not in triangles:
            continue
        (far,) = set(triangles.pop(other)) - {a, b}
        for face in ((a, far, middle), (far, b, middle)):
            triangles[following] = face
            beside.update({(face[i - 1], face[i]): following for i in range(3)})
            if _areas(places, np.array([face], dtype=np.int32))[0] <= least:
                waiting.append(following)
            following += 1
    changed = np.array(list(triangles.values()), dtype=np.int32).reshape(-1, 3)
    return np.concatenate([faces[~near], changed])


def _areas(places: npt.NDArray[np.float64], faces: Faces) -> npt.NDArray[np.float64]:
    a, b, c = places[faces].transpose(1, 2, 0)
    areas: npt.NDArray[np.float64] = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return areas


def _length(places: npt.NDArray[np.float64], a: int, b: int) -> float:
    return float(np.hypot(*(places[a] - places[b])))
