"""Wall thickness of any mesh, sampled with rays through a box hierarchy in NumPy.

trimesh casts rays with rtree or embree, which are no dependencies; manifold3d does through closed
meshes only.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from relief_widget.preflight.topology import normals

Points: TypeAlias = npt.NDArray[np.float64]

RAYS = 2000
_LEAF = 4
# Boxes or faces that are looked at together; meshes that lie in themselves many times would need
# more memory than there is, and get fewer rays instead.
_MOST = 800_000
# A face that a ray leaves through at more than about 41° belongs to a sharp edge, not to a wall.
_OPPOSITE = 0.75


def sampled_thickness(
    vertices: npt.NDArray[np.floating[Any]],
    faces: npt.NDArray[np.integer[Any]],
    rays: int = RAYS,
) -> tuple[Points, npt.NDArray[np.float64]]:
    """Measure how thick a mesh is below points of its surface.

    From each point a ray goes straight inwards until it leaves the mesh: the thickness of the wall
    there, as slicers' previews measure it. Half of the points are spread evenly over the area, the
    other half over the faces, so that small parts of fine mesh are not missed. Every run takes the
    same points. It is a sample: a thin place between the points goes unseen.

    Parameters
    ----------
    vertices
        (n, 3), faces outwards.
    faces
        (m, 3).
    rays
        How many points.

    Returns
    -------
    tuple[Points, npt.NDArray[np.float64]]
        Points (k, 3) and thicknesses (k,) in the unit of the vertices; points whose ray meets no
        opposite wall are left out.
    """
    points = np.asarray(vertices, dtype=np.float64)
    unit, area = normals(points, faces)
    solid = np.flatnonzero(area > 0)
    if not len(solid):
        return np.empty((0, 3)), np.empty(0)
    corners = points[faces[solid]]
    unit, area = unit[solid], area[solid]
    random = np.random.default_rng(0)
    by_area = np.searchsorted(np.cumsum(area), random.random(rays - rays // 2) * area.sum())
    chosen = np.concatenate([by_area, random.integers(0, len(solid), rays // 2)])
    chosen = random.permutation(np.minimum(chosen, len(solid) - 1))
    u, v = np.sqrt(random.random(rays)), random.random(rays)
    weights = np.stack([1 - u, u * (1 - v), u * v], axis=1)
    start = (corners[chosen] * weights[:, :, None]).sum(axis=1)
    far = _first_exit(start, -unit[chosen], corners, unit)
    hit = np.isfinite(far)
    return start[hit], far[hit]


def _first_exit(
    start: Points, along: Points, corners: npt.NDArray[np.float64], unit: Points
) -> npt.NDArray[np.float64]:
    """Return the distance at which each ray leaves through a face, infinite if through none."""
    size = float(np.ptp(corners.reshape(-1, 3), axis=0).max())
    least = 1e-6 * size
    order, levels = _tree(corners)
    corners, unit = corners[order], unit[order]
    with np.errstate(divide="ignore", over="ignore"):
        inverse = 1.0 / along
    best = np.full(len(start), np.inf)
    ray: npt.NDArray[np.int64] = np.arange(len(start))
    node = np.zeros(len(start), dtype=np.int64)
    for depth, (low, high) in enumerate(levels):
        if depth:
            ray, node = np.repeat(ray, 2), np.repeat(node * 2, 2)
            node[1::2] += 1
        with np.errstate(invalid="ignore", over="ignore"):
            near = (low[node] - start[ray]) * inverse[ray]
            far = (high[node] - start[ray]) * inverse[ray]
        # A ray within a face of its box gives 0 · ∞; such a slab does not limit it.
        enter = np.nan_to_num(np.minimum(near, far), nan=-np.inf).max(axis=1)
        leave = np.nan_to_num(np.maximum(near, far), nan=np.inf).min(axis=1)
        filled = low[node, 0] <= high[node, 0]
        meets = filled & (enter <= leave + least) & (leave >= 0)
        ray, node = _bounded(ray[meets], node[meets], _MOST // _LEAF)
    face = (node[:, None] * _LEAF + np.arange(_LEAF)).ravel()
    ray = np.repeat(ray, _LEAF)
    real = face < len(corners)
    ray, face = ray[real], face[real]
    faces_out = (along[ray] * unit[face]).sum(axis=1) >= _OPPOSITE
    ray, face = ray[faces_out], face[faces_out]
    distance = _meet(start[ray], along[ray], corners[face])
    distance[~(distance > least)] = np.inf
    np.minimum.at(best, ray, distance)
    return best


def _bounded(
    ray: npt.NDArray[np.int64], node: npt.NDArray[np.int64], most: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Drop the last rays, as many as must be."""
    if len(ray) <= most:
        return ray, node
    # The ray at which the count is reached is incomplete, and dropped too.
    kept = ray < np.sort(ray)[most]
    return ray[kept], node[kept]


def _meet(
    start: Points, along: Points, corners: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return where each ray meets its triangle, infinite if it does not (Möller, Trumbore 1997)."""
    first = corners[:, 0]
    one, two = corners[:, 1] - first, corners[:, 2] - first
    across = np.cross(along, two)
    scale = (one * across).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        apart = start - first
        u = (apart * across).sum(axis=1) / scale
        other = np.cross(apart, one)
        v = (along * other).sum(axis=1) / scale
        distance = (two * other).sum(axis=1) / scale
        slack = 1e-9
        inside = (u >= -slack) & (v >= -slack) & (u + v <= 1 + slack)
    return np.where(inside, distance, np.inf)


def _tree(
    corners: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.int64], list[tuple[Points, Points]]]:
    """Return an order of the triangles, and boxes around ever smaller runs of them.

    The order follows a Morton curve through the triangles' middles; level l has 2^l boxes.
    """
    middle = corners.mean(axis=1)
    low, high = middle.min(axis=0), middle.max(axis=0)
    cell = ((middle - low) / np.maximum(high - low, 1e-300) * 1023).astype(np.uint64)
    code = np.zeros(len(cell), dtype=np.uint64)
    for bit in range(10):
        for axis in range(3):
            code |= ((cell[:, axis] >> np.uint64(bit)) & np.uint64(1)) << np.uint64(3 * bit + axis)
    order = np.argsort(code, kind="stable")
    leaves = 1 << max(0, (-(-len(order) // _LEAF) - 1).bit_length())
    lows = np.full((leaves * _LEAF, 3), np.inf)
    highs = np.full((leaves * _LEAF, 3), -np.inf)
    lows[: len(order)] = corners[order].min(axis=1)
    highs[: len(order)] = corners[order].max(axis=1)
    lows, highs = lows.reshape(-1, _LEAF, 3).min(axis=1), highs.reshape(-1, _LEAF, 3).max(axis=1)
    levels = [(lows, highs)]
    while len(lows) > 1:
        lows, highs = lows.reshape(-1, 2, 3).min(axis=1), highs.reshape(-1, 2, 3).max(axis=1)
        levels.append((lows, highs))
    return order, levels[::-1]
