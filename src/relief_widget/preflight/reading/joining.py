"""Corners at the same place become one, and those that rounding drove apart."""

from __future__ import annotations

import itertools
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from relief_widget.preflight.reading.found import Faces, Found, Labels, Points
from relief_widget.preflight.topology import open_edges

Arrays: TypeAlias = tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]

# Corners of facets without a neighbour are one where they are nearer than this share of the size,
# or than float32 can tell apart: a hundredth of a micron in a part of 100 mm.
_SHARE = 1e-7
# Most corners are alone in a cell of so many times that distance.
_ALONE = 64
# More loose corners than a mesh of a million triangles can have are not looked at.
_MOST_LOOSE = 3_000_000


def joined(found: Found) -> Arrays:
    """Return the different points of a mesh in use, and its faces.

    Of several ways to tell bodies apart, the first without a fault is taken, or the one with the
    fewest.
    """
    given, corners = _used(found.points, found.faces)
    number, where = _numbered(given)
    points = np.asarray(given[where], dtype=np.float64)
    faces = number[corners]
    best: Arrays | None = None
    fewest = 0
    for labels in found.splits:
        made, faults = _closed_up(*_apart(points, faces, labels))
        if best is None or faults < fewest:
            best, fewest = made, faults
        if not faults:
            break
    assert best is not None
    return best


def merge(vertices: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], npt.NDArray[Any]]:
    """Return the different points among (n, 3) vertices, and where each vertex is among them."""
    number, where = _numbered(vertices)
    return vertices[where], number


def _used(points: Points, faces: Faces) -> tuple[Points, Faces]:
    """Leave out the points that no face has: a stray one would make the mesh look larger."""
    used = np.zeros(len(points), dtype=bool)
    used[faces] = True
    if used.all():
        return points, faces
    return points[used], (np.cumsum(used) - 1)[faces]


def _numbered(points: Points) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the number of each point among the different ones, and one place of each of those."""
    if points.dtype.kind != "f" or points.dtype.itemsize not in (4, 8):
        points = points.astype(np.float64)
    # Adding 0 makes the negative zero a positive one.
    plain = np.ascontiguousarray(points) + points.dtype.type(0)
    bits: npt.NDArray[np.unsignedinteger] = plain.view(
        np.uint32 if plain.dtype.itemsize == 4 else np.uint64
    )
    mixed = np.zeros(len(bits), dtype=np.uint64)
    for axis in range(3):
        # An odd factor, and the high bits brought down: Knuth's multiplicative hashing.
        mixed = (mixed ^ bits[:, axis].astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    order = np.argsort(mixed, kind="stable")
    new = np.empty(len(order), dtype=bool)
    new[:1] = True
    np.not_equal(mixed[order[1:]], mixed[order[:-1]], out=new[1:])
    differ = np.zeros(len(order), dtype=bool)
    for axis in range(3):
        column = plain[order, axis]
        differ[1:] |= column[1:] != column[:-1]
    if (differ & ~new).any():
        # Two places that share a hash.
        order = np.lexsort(plain.T)
        new[1:] = (plain[order[1:]] != plain[order[:-1]]).any(axis=1)
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.cumsum(new) - 1
    return number, order[new]


def _apart(
    points: npt.NDArray[np.float64], faces: Faces, labels: Labels | None
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64], Labels]:
    """Give each body corners of its own; return which body each is of, too."""
    if labels is None:
        return points, np.asarray(faces, dtype=np.int64), np.zeros(len(points), dtype=np.int64)
    keys = labels[:, None] * len(points) + faces
    used, corners = np.unique(keys, return_inverse=True)
    body, where = np.divmod(used, len(points))
    return points[where], corners.reshape(-1, 3), body


def _closed_up(
    points: npt.NDArray[np.float64], faces: npt.NDArray[np.int64], body: Labels
) -> tuple[Arrays, int]:
    """Join the corners of facets without a neighbour that are as good as at the same place.

    Only those are moved: what is closed already stays as it is.
    """
    edges = open_edges(faces, len(points))
    if not len(edges.ends):
        return (points, faces), edges.faults
    flags = np.zeros(len(points), dtype=bool)
    flags[edges.ends] = True
    loose = np.flatnonzero(flags)
    if len(loose) > _MOST_LOOSE:
        return (points, faces), edges.faults
    size = float(np.ptp(points, axis=0).max())
    furthest = float(np.abs(points).max())
    near = max(_SHARE * size, float(np.spacing(np.float32(min(furthest, 1e38)))))
    group = _near(points[loose], body[loose], near)
    if group.max(initial=-1) + 1 == len(loose):
        return (points, faces), edges.faults
    # The first corner of each group stands for it.
    _, first = np.unique(group, return_index=True)
    place = np.arange(len(points))
    place[loose] = loose[first[group]]
    welded = place[faces]
    after = open_edges(welded, len(points))
    if after.faults >= edges.faults:
        return (points, faces), edges.faults
    return (points, welded), after.faults


def _near(points: npt.NDArray[np.float64], body: Labels, distance: float) -> npt.NDArray[np.int64]:
    """Return groups of points of a body that are nearer than a distance along every axis.

    Two such points share a cell of twice that side in one of eight grids that are shifted by half
    a cell; so it takes as long for heaps of points as for a few.
    """
    group = np.arange(len(points))
    low = points.min(axis=0)
    # Most are alone in a far larger cell, and not at its border: no other one is near.
    wide = (points - low) / (_ALONE * distance)
    cells = np.floor(wide)
    inside = np.ones(len(points), dtype=bool)
    for axis in range(3):
        inside &= np.abs(wide[:, axis] - cells[:, axis] - 0.5) < 0.5 - 1 / _ALONE
    cell, where = _numbered(cells)
    alone = inside & (np.bincount(cell, minlength=len(where)) == 1)[cell]
    if alone.any():
        others = np.flatnonzero(~alone)
        if len(others):
            found = _near(points[others], body[others], distance)
            group[others] = others[np.unique(found, return_index=True)[1][found]]
        return np.unique(group, return_inverse=True)[1]
    places = points
    for shift in itertools.product((0.0, 0.5), repeat=3):
        cells = np.floor((places - low) / (2 * distance) + shift)
        cell, _ = _numbered(cells)
        _, where, number = np.unique(
            body * len(cell) + cell, return_index=True, return_inverse=True
        )
        group = number[group]
        places, body = places[where], body[where]
    return group
