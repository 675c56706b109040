"""The primitives of a glTF mesh: the relief with smooth normals, and walls and back without."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from relief_widget.mesh.grid import Part
from relief_widget.mesh.triangles import Mesh, relief_flags

FloatArray = npt.NDArray[np.float32]
Chunks = Iterator[npt.NDArray[Any]]

_CELLS = 32768


@dataclass(frozen=True)
class Surface:
    """A primitive: its vertices and triangles, their bytes, and between which corners it lies.

    A vertex is of `stride` bytes: position, then normal, then texture coordinate, as far as they
    fit. Its chunks, the vertices first, can be written once.
    """

    vertices: int
    triangles: int
    stride: int
    low: list[float]
    high: list[float]
    chunks: Chunks


def surfaces(body: Mesh, stride: int) -> tuple[Surface | None, Surface | None]:
    """Return the relief of a mesh, and the rest; None for what there is not.

    Parameters
    ----------
    body
        The mesh; of a full grid the relief is made chunk by chunk.
    stride
        Bytes of a vertex of the relief: 24, or 32 with a texture coordinate.
    """
    if isinstance(body, Part) and body.cells is None:
        return _of_grid(body, stride)
    vertices, faces, is_relief = body.vertices, body.faces, relief_flags(body)
    surface = rest = None
    if is_relief.any():
        used, corners = _compact(faces[is_relief], len(vertices))
        points = vertices[used]
        table = np.empty((len(points), stride // 4), dtype=np.float32)
        table[:, :3], table[:, 3:6] = points, _smooth(points, corners)
        if stride == 32:
            table[:, 6], table[:, 7] = body.uv[used, 0], np.float32(1) - body.uv[used, 1]
        surface = _surface(table, corners)
    if not is_relief.all():
        used, corners = _compact(faces[~is_relief], len(vertices))
        rest = _surface(vertices[used], corners)
    return surface, rest


def _surface(table: FloatArray, faces: npt.NDArray[np.uint32]) -> Surface:
    low, high = table[:, :3].min(axis=0).tolist(), table[:, :3].max(axis=0).tolist()
    return Surface(len(table), len(faces), 4 * table.shape[1], low, high, iter([table, faces]))


def _of_grid(part: Part, stride: int) -> tuple[Surface, Surface | None]:
    rows, cols = part.shape
    surface = Surface(
        part.z.size,
        2 * (rows - 1) * (cols - 1),
        stride,
        [0.0, 0.0, float(part.z.min())],
        [float(part.x[-1]), float(part.y[0]), float(part.z.max())],
        chain(_grid_vertices(part, stride), _grid_indices(part)),
    )
    if not part.solid:
        return surface, None
    points = np.empty((2, len(part.ring), 3), dtype=np.float32)
    points[..., 0] = part.x[part.ring % cols]
    points[..., 1] = part.y[part.ring // cols]
    points[0, :, 2], points[1, :, 2] = part.z.ravel()[part.ring], 0
    return surface, _surface(points.reshape(-1, 3), part.shell_corners.astype(np.uint32))


def _grid_vertices(part: Part, stride: int) -> Chunks:
    """Yield vertices with normals from central differences, one-sided at the border."""
    z, one = part.z, np.float32(1)
    rows, cols = part.shape
    (left, right), (above, below) = _beside(cols), _beside(rows)
    per_x = one / (part.x[right] - part.x[left])
    per_y = one / (part.y[above] - part.y[below])
    block = max(1, _CELLS // cols)
    for start in range(0, rows, block):
        at = slice(start, start + block)
        here = z[at]
        table = np.empty((*here.shape, stride // 4), dtype=np.float32)
        table[..., 0], table[..., 1], table[..., 2] = part.x, part.y[at, None], here
        across = (here[:, left] - here[:, right]) * per_x
        down = (z[below[at]] - z[above[at]]) * per_y[at, None]
        length = one / np.sqrt(across * across + down * down + one)
        table[..., 3], table[..., 4], table[..., 5] = across * length, down * length, length
        if stride == 32:
            table[..., 6], table[..., 7] = part.u, one - part.v[at, None]
        yield table


def _beside(count: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the numbers before and after each of `count`, within them."""
    numbers = np.arange(count)
    return np.maximum(numbers - 1, 0), np.minimum(numbers + 1, count - 1)


def _grid_indices(part: Part) -> Chunks:
    rows, cols = part.shape
    block = max(1, _CELLS // cols)
    for start in range(0, rows - 1, block):
        yield part.top_faces(start, min(start + block, rows - 1))


def _compact(
    faces: npt.NDArray[np.int32], count: int
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.uint32]]:
    """Return which of `count` vertices some faces use, and the faces in the numbers of those."""
    used = np.zeros(count, dtype=bool)
    used[faces] = True
    number = np.cumsum(used, dtype=np.uint32) - np.uint32(1)
    return used, number[faces]


def _smooth(points: FloatArray, faces: npt.NDArray[np.uint32]) -> FloatArray:
    """Return the unit normal of each vertex: the sum of those of its faces, by area."""
    corners = points[faces].astype(np.float64)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    sums = np.stack(
        [
            np.bincount(faces.ravel(), np.repeat(normals[:, axis], 3), minlength=len(points))
            for axis in range(3)
        ],
        axis=-1,
    )
    length = np.linalg.norm(sums, axis=1, keepdims=True)
    # Faces that cancel each other out leave no direction; any unit vector is valid.
    sums = np.where(length > 0, sums, [0.0, 0.0, 1.0])
    return np.asarray(sums / np.where(length > 0, length, 1), dtype=np.float32)
