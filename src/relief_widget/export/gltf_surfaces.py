"""The primitives of a glTF mesh: the relief with smooth normals, and walls and back without."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from relief_widget.mesh.grid import Part
from relief_widget.mesh.triangles import Mesh

FloatArray = npt.NDArray[np.float32]
Chunks = Iterator[npt.NDArray[Any]]

_CELLS = 32768


@dataclass(frozen=True)
class Surface:
    """A primitive: its vertices and triangles, their bytes, and between which corners it lies.

    A vertex is of `stride` bytes: position, then normal, then texture coordinate, as far as they
    fit. It can be written once.
    """

    vertices: int
    triangles: int
    stride: int
    low: list[float]
    high: list[float]
    vertex_chunks: Chunks
    index_chunks: Chunks

    def chunks(self) -> Chunks:
        """Yield the vertices, then the triangles; a chunk is valid until the next is asked for."""
        yield from self.vertex_chunks
        yield from self.index_chunks


def grid_surfaces(part: Part, stride: int) -> tuple[Surface | None, Surface | None]:
    """Return the relief of a full grid, filled in place chunk by chunk, and walls and back.

    Parameters
    ----------
    part
        Without a cut-out.
    stride
        Bytes of a vertex of the relief: 24, or 32 with a texture coordinate.
    """
    rows, cols = part.shape
    low, high = [0.0, 0.0, float(part.z.min())], [part.x[-1], part.y[0], part.z.max()]
    surface = Surface(
        part.z.size,
        2 * (rows - 1) * (cols - 1),
        stride,
        low,
        [float(value) for value in high],
        _grid_vertices(part, stride),
        _grid_indices(rows, cols),
    )
    if not part.solid:
        return surface, None
    points = np.empty((2, len(part.ring), 3), dtype=np.float32)
    points[..., 0] = part.x[part.ring % cols]
    points[..., 1] = part.y[part.ring // cols]
    points[0, :, 2], points[1, :, 2] = part.z.ravel()[part.ring], 0
    return surface, _plain(points.reshape(-1, 3), part.shell_corners.astype(np.uint32))


def _grid_vertices(part: Part, stride: int) -> Chunks:
    rows, cols = part.shape
    block = min(max(1, _CELLS // cols), rows)
    buffer = np.empty((block, cols, stride // 4), dtype=np.float32)
    buffer[..., 0] = part.x
    if stride == 32:
        buffer[..., 6] = part.u
    v = np.float32(1) - part.v
    # Memory that is asked for anew for each chunk comes page by page, which takes longer than the
    # arithmetic.
    slopes = np.empty((4, block, cols), dtype=np.float32)
    for start in range(0, rows, block):
        stop = min(start + block, rows)
        chunk = buffer[: stop - start]
        chunk[..., 1], chunk[..., 2] = part.y[start:stop, None], part.z[start:stop]
        if stride == 32:
            chunk[..., 7] = v[start:stop, None]
        _normals(part, start, slopes[:, : stop - start], chunk[..., 3:6])
        yield chunk


def _normals(part: Part, start: int, room: FloatArray, out: FloatArray) -> None:
    """Set the normals of rows from central differences, one-sided at the border.

    Parameters
    ----------
    part
        The part.
    start
        The first row.
    room
        float32 (4, rows, cols), to compute in.
    out
        float32 (rows, cols, 3).
    """
    z, x, y = part.z, part.x, part.y
    rows, cols = z.shape
    stop = start + len(out)
    here = z[start:stop]
    across, down, length, square = room
    np.subtract(here[:, :-2], here[:, 2:], out=across[:, 1:-1])
    across[:, 0], across[:, -1] = here[:, 0] - here[:, 1], here[:, -2] - here[:, -1]
    spans = np.empty(cols, dtype=np.float32)
    spans[1:-1], spans[0], spans[-1] = x[2:] - x[:-2], x[1] - x[0], x[-1] - x[-2]
    across *= np.float32(1) / spans
    first, last = max(start, 1), min(stop, rows - 1)
    np.subtract(
        z[first + 1 : last + 1], z[first - 1 : last - 1], out=down[first - start : last - start]
    )
    if start == 0:
        down[0] = z[1] - z[0]
    if stop == rows:
        down[-1] = z[-1] - z[-2]
    at = np.arange(start, stop)
    down *= (np.float32(1) / (y[np.maximum(at - 1, 0)] - y[np.minimum(at + 1, rows - 1)]))[:, None]
    np.multiply(across, across, out=length)
    np.multiply(down, down, out=square)
    length += square
    length += np.float32(1)
    np.sqrt(length, out=length)
    np.divide(np.float32(1), length, out=length)
    np.multiply(across, length, out=out[..., 0])
    np.multiply(down, length, out=out[..., 1])
    out[..., 2] = length


def _grid_indices(rows: int, cols: int) -> Chunks:
    block = min(max(1, _CELLS // cols), rows - 1)
    a = np.arange(block * cols, dtype=np.uint32).reshape(-1, cols)[:, :-1]
    pattern = np.stack([a, a + cols, a + cols + 1, a, a + cols + 1, a + 1], axis=-1)
    buffer = np.empty_like(pattern)
    for start in range(0, rows - 1, block):
        stop = min(start + block, rows - 1)
        chunk = buffer[: stop - start]
        np.add(pattern[: stop - start], np.uint32(start * cols), out=chunk)
        yield chunk


def mesh_surfaces(body: Mesh, stride: int) -> tuple[Surface | None, Surface | None]:
    """Return the relief of any mesh, and the rest; None for what there is not.

    Parameters
    ----------
    body
        The mesh; a cut-out part is all relief.
    stride
        As for `grid_surfaces`.
    """
    vertices, faces = body.vertices, body.faces
    is_relief = np.ones(len(faces), dtype=bool) if isinstance(body, Part) else body.relief
    surface = rest = None
    if is_relief.any():
        used, corners = _compact(faces[is_relief], len(vertices))
        points = vertices[used]
        table = np.empty((len(points), stride // 4), dtype=np.float32)
        table[:, :3], table[:, 3:6] = points, _smooth(points, corners)
        if stride == 32:
            table[:, 6], table[:, 7] = body.uv[used, 0], np.float32(1) - body.uv[used, 1]
        surface = Surface(
            len(points),
            len(corners),
            stride,
            points.min(axis=0).tolist(),
            points.max(axis=0).tolist(),
            iter([table]),
            iter([corners]),
        )
    if not is_relief.all():
        used, corners = _compact(faces[~is_relief], len(vertices))
        rest = _plain(vertices[used], corners)
    return surface, rest


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


def _plain(points: FloatArray, faces: npt.NDArray[np.uint32]) -> Surface:
    return Surface(
        len(points),
        len(faces),
        12,
        points.min(axis=0).tolist(),
        points.max(axis=0).tolist(),
        iter([np.ascontiguousarray(points)]),
        iter([np.ascontiguousarray(faces)]),
    )
