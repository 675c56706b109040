"""How the faces of a mesh hang together: edges paired with NumPy, no mesh object is built.

For 725,000 faces it takes 1.0 s, and the volume 0.3; a ``trimesh.Trimesh`` of them tells less (not
how many edges are open, crowded or reversed) in 2.3, and its volume takes 1.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Edges: TypeAlias = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Topology:
    """What the edges of a mesh say.

    Attributes
    ----------
    open_edges
        Edges that one face has alone.
    crowded_edges
        Edges that three or more faces share (non-manifold).
    reversed_edges
        Edges that two faces run through in the same direction: one of them is flipped.
    euler
        Vertices in use - edges + faces; 2 for each closed shell without tunnels.
    shells
        Pieces that share no vertex.
    flat_faces
        Faces with a corner used twice.
    """

    open_edges: int
    crowded_edges: int
    reversed_edges: int
    euler: int
    shells: int
    flat_faces: int

    @property
    def closed(self) -> bool:
        """Whether every edge joins two faces."""
        return not self.open_edges and not self.crowded_edges


def topology(faces: npt.NDArray[np.integer[Any]], count: int) -> Topology:
    """Pair the edges of a mesh.

    Parameters
    ----------
    faces
        (m, 3), m ≥ 1, indices below `count`.
    count
        How many vertices there are.
    """
    edge, keys, starts, sides = _paired(faces, count)
    ends = np.divmod(edge[starts], count)
    used = np.zeros(count, dtype=bool)
    for corners in ends:
        used[corners] = True
    pairs = starts[sides == 2]
    whole = len(edge) // 3
    reversed_edges = int(((keys[pairs] & 1) == (keys[pairs + 1] & 1)).sum())
    return Topology(
        open_edges=int((sides == 1).sum()),
        crowded_edges=int((sides > 2).sum()),
        reversed_edges=reversed_edges,
        euler=int(used.sum()) - len(starts) + whole,
        shells=_joined(ends, count)[0] - int((~used).sum()),
        flat_faces=len(faces) - whole,
    )


@dataclass(frozen=True)
class OpenEdges:
    """The edges that a mesh lacks faces at.

    Attributes
    ----------
    ends
        (k,): the vertices at both ends of the edges that one face has alone.
    faults
        How many edges are open, crowded or reversed.
    """

    ends: npt.NDArray[np.int64]
    faults: int


def open_edges(faces: npt.NDArray[np.integer[Any]], count: int) -> OpenEdges:
    """Find the open edges of a mesh of `count` vertices, without what else `topology` tells."""
    edge, keys, starts, sides = _paired(faces, count)
    alone = edge[starts[sides == 1]]
    pairs = starts[sides == 2]
    turned = int(((keys[pairs] & 1) == (keys[pairs + 1] & 1)).sum())
    ends = np.concatenate(np.divmod(alone, count))
    return OpenEdges(ends, len(alone) + int((sides > 2).sum()) + turned)


def _paired(faces: npt.NDArray[np.integer[Any]], count: int) -> tuple[Edges, Edges, Edges, Edges]:
    """Return the sorted edges, their keys, where each begins, and how many faces each has."""
    a, b, c = (faces[:, corner].astype(np.int64) for corner in range(3))
    flat = (a == b) | (b == c) | (c == a)
    if flat.any():
        a, b, c = a[~flat], b[~flat], c[~flat]
    # An edge and its direction in one number, so that one sort brings both sides together.
    keys = np.concatenate([_keys(*pair, count) for pair in ((a, b), (b, c), (c, a))])
    keys.sort()
    edge = keys >> 1
    starts = np.flatnonzero(np.diff(edge, prepend=-1))
    return edge, keys, starts, np.diff(starts, append=len(edge))


def _keys(
    start: npt.NDArray[np.int64], end: npt.NDArray[np.int64], count: int
) -> npt.NDArray[np.int64]:
    forward = start < end
    low, high = np.where(forward, start, end), np.where(forward, end, start)
    return (low * count + high) * 2 + forward


def pieces(faces: npt.NDArray[np.integer[Any]], count: int) -> npt.NDArray[np.int64]:
    """Return which piece each of `count` vertices is of, (count,)."""
    ends = np.concatenate([faces[:, :2], faces[:, 1:]]).T
    return _joined(np.asarray(ends, dtype=np.int64), count)[1]


def _joined(
    ends: tuple[Edges, Edges] | npt.NDArray[np.int64], count: int
) -> tuple[int, npt.NDArray[np.int64]]:
    """Return how many pieces the vertices fall into, and which each is of."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ones = np.ones(len(ends[0]), dtype=np.int8)
    graph = coo_array((ones, (ends[0], ends[1])), shape=(count, count))
    found, label = connected_components(graph, directed=False)
    return int(found), np.asarray(label, dtype=np.int64)


def volume(vertices: npt.NDArray[np.floating[Any]], faces: npt.NDArray[np.integer[Any]]) -> float:
    """Return the volume that the faces enclose, in cubes of the unit; negative if inside out.

    The sum of the tetrahedra that each face makes with the middle of the part (the divergence
    theorem); only a closed mesh has one.
    """
    points = np.asarray(vertices, dtype=np.float64)
    points = points - (points.min(axis=0) + points.max(axis=0)) / 2
    total = 0.0
    for start in range(0, len(faces), 1 << 17):
        a, b, c = (points[faces[start : start + (1 << 17), corner]].T for corner in range(3))
        total += float(
            (a[0] * (b[1] * c[2] - b[2] * c[1])).sum()
            + (a[1] * (b[2] * c[0] - b[0] * c[2])).sum()
            + (a[2] * (b[0] * c[1] - b[1] * c[0])).sum()
        )
    return total / 6


def normals(
    vertices: npt.NDArray[np.floating[Any]], faces: npt.NDArray[np.integer[Any]]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return unit normals (m, 3), zero for faces without area, and areas (m,)."""
    points = np.asarray(vertices, dtype=np.float64)
    first = points[faces[:, 0]]
    across = np.cross(points[faces[:, 1]] - first, points[faces[:, 2]] - first)
    length = np.linalg.norm(across, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        unit = np.where(length[:, None] > 0, across / length[:, None], 0.0)
    return unit, length / 2
