"""Binary STL, alone or a ZIP of one for each tile; a part is streamed, no mesh of it is built."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from relief_widget.atomic import atomic_path
from relief_widget.export.progress import Progress, ignore, writing_behind
from relief_widget.mesh.grid import Part
from relief_widget.mesh.triangles import Mesh, check_numbers

# A facet of the binary STL format: normal, three corners, attribute.
FACET = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])

# Cells per chunk: large enough for NumPy's overhead to vanish, small enough for the cache.
_CHUNK = 8192
_HEADER = b"relief_widget, binary STL, millimetres".ljust(80)


def write_stl(mesh: Mesh, path: Path, progress: Progress = ignore) -> None:
    """Write a mesh as a binary STL.

    Parameters
    ----------
    mesh
        The part, or a mesh of it.
    path
        Where to; it gets its name only when it is complete.
    progress
        Called with facets written and facets in all; may raise to stop.

    Raises
    ------
    ReliefError
        The file cannot be written.
    """
    check_numbers(mesh)
    total = mesh.triangles
    with (
        atomic_path(path) as temporary,
        temporary.open("r+b") as file,
        writing_behind(file) as put,
    ):
        file.write(header(total))
        done = 0
        for chunk in facets(mesh):
            put(chunk.data)
            done += chunk.nbytes // FACET.itemsize
            progress(done, total)


def write_stl_zip(
    pieces: Sequence[Mesh], names: Sequence[str], path: Path, progress: Progress = ignore
) -> None:
    """Write pieces as binary STL files into one archive.

    Parameters
    ----------
    pieces
        What to write.
    names
        Of each, such as ``"row 1 column 2"``; may be empty.
    path
        Where to; its name without ``.stl.zip`` begins the names inside.
    progress
        Called with facets written and facets in all; may raise to stop.

    Raises
    ------
    ReliefError
        The file cannot be written.
    """
    stem = path.name[: -len(".stl.zip")] or "relief"
    for piece in pieces:
        check_numbers(piece)
    total = sum(piece.triangles for piece in pieces)
    done = 0
    with (
        atomic_path(path) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
    ):
        for piece, name in zip(pieces, names, strict=True):
            inside = f"{stem} {name}".strip().replace(" ", "_")
            with archive.open(f"{inside}.stl", "w", force_zip64=True) as file:
                file.write(header(piece.triangles))
                for chunk in facets(piece):
                    file.write(chunk.data)
                    done += len(chunk) // FACET.itemsize
                    progress(done, total)


def header(triangles: int) -> bytes:
    """Return what stands before the facets."""
    return _HEADER + np.uint32(triangles).tobytes()


def facets(mesh: Mesh) -> Iterator[npt.NDArray[np.uint8]]:
    """Yield the facets as bytes, in chunks that stay valid until the second next is asked for.

    The corners are the mesh's float32 vertices; the normals of a part follow from height
    differences along the cell's sides, and are as exact as those from a cross product.
    """
    if isinstance(mesh, Part):
        yield from _top(mesh)
        if mesh.solid:
            yield _shell(mesh)
        return
    for start in range(0, len(mesh.faces), _CHUNK):
        yield _records(mesh.vertices[mesh.faces[start : start + _CHUNK]])


def _top(part: Part) -> Iterator[npt.NDArray[np.uint8]]:
    rows, cols = part.shape
    across = cols - 1
    block = min(max(1, _CHUNK // across), rows - 1)
    # Two buffers in turn: one is filled while the other is being written.
    buffers = [np.zeros((block * across, 2 * FACET.itemsize), dtype=np.uint8) for _ in range(2)]
    views = [_Cells(buffer.reshape(-1), block, part.x) for buffer in buffers]
    for start in range(0, rows - 1, block):
        stop = min(start + block, rows - 1)
        views[0].fill(part.y[start : stop + 1], part.tops(start, stop + 1))
        chunk = buffers[0][: (stop - start) * across]
        buffers.reverse()
        views.reverse()
        if part.cells is not None:
            chunk = chunk[part.cells[start:stop].ravel()]
        yield chunk.reshape(-1)


class _Cells:
    """A buffer of cells, two facets (a, d, e) and (a, e, b) each, filled coordinate by coordinate.

    a is the cell's top left corner, b the top right, d the bottom left, e the bottom right one.
    Strided views write the coordinates in place, x only once; slopes are computed once per edge and
    serve both facets beside it.
    """

    def __init__(
        self, buffer: npt.NDArray[np.uint8], rows: int, x: npt.NDArray[np.float32]
    ) -> None:
        cols = len(x) - 1
        cell = 2 * FACET.itemsize

        def view(facet: int, vector: int, axis: int, kind: str = "<f4") -> npt.NDArray[Any]:
            return np.ndarray(
                (rows, cols),
                kind,
                buffer.data,
                facet * FACET.itemsize + vector * 12 + axis * 4,
                (cols * cell, cell),
            )

        self.normals = [[view(facet, 0, axis) for axis in range(3)] for facet in range(2)]
        places = ((0, 1), (1, 1)), ((1, 3),), ((0, 2),), ((0, 3), (1, 2))
        for where, values in zip(places, (x[:-1], x[1:], x[:-1], x[1:]), strict=True):
            for facet, vector in where:
                view(facet, vector, 0)[:] = values
        # y and z are neighbours in a corner, so one complex number sets both.
        self.corners = [
            [view(facet, vector, 1, "<c8") for facet, vector in where] for where in places
        ]
        self.points = np.empty((rows + 1, cols + 1), dtype=np.complex64)
        # The last column of each scratch array has no cell; whole rows keep the loops contiguous.
        self.scratch = [np.ones((rows + 1, cols + 1), dtype=np.float32) for _ in range(5)]
        self.per_x = np.append(np.float32(-1) / np.diff(x), np.float32(0))

    def fill(self, y: npt.NDArray[np.float32], z: npt.NDArray[np.float32]) -> None:
        """Set y, z and the normals of ``len(y) - 1`` rows of cells."""
        count = len(y) - 1
        points = self.points[: count + 1]
        points.real, points.imag = y[:, None], z
        a, b, d, e = points[:-1, :-1], points[:-1, 1:], points[1:, :-1], points[1:, 1:]
        for targets, values in zip(self.corners, (a, b, d, e), strict=True):
            for target in targets:
                target[:count] = values
        # Minus the slopes are the normal's x and y where its z is 1.
        nx, ny, xx, yy, scale = self.scratch
        nx, xx = nx[: count + 1], xx[: count + 1]
        ny, yy, scale = ny[:count], yy[:count], scale[:count]
        np.subtract(z[:, 1:], z[:, :-1], out=nx[:, :-1])
        nx *= self.per_x
        np.subtract(z[:-1], z[1:], out=ny)
        ny *= np.float32(1) / (y[1:, None] - y[:-1, None])
        np.multiply(nx, nx, out=xx)
        xx += np.float32(1)
        np.multiply(ny, ny, out=yy)
        for shift, (to_x, to_y, to_z) in enumerate(self.normals):
            # The first facet has the cell's lower and left edge, the second the other two.
            edges = slice(1 - shift, 1 - shift + count)
            flat = scale.ravel()[: scale.size - shift]
            np.add(xx[edges].ravel()[: flat.size], yy.ravel()[shift:], out=flat)
            np.sqrt(flat, out=flat)
            np.divide(np.float32(1), flat, out=flat)
            length = scale[:, :-1]
            to_z[:count] = length
            np.multiply(nx[edges, :-1], length, out=to_x[:count])
            np.multiply(ny[:, shift : shift + length.shape[1]], length, out=to_y[:count])


def _shell(part: Part) -> npt.NDArray[np.uint8]:
    """Return walls and bottom: a hundredth of the facets, so the plain way is good enough."""
    _, cols = part.shape
    ring, size = part.ring, part.heights.size
    tops = np.stack([part.x[ring % cols], part.y[ring // cols], part.rim])
    rim = np.concatenate([tops, tops * np.array([[1], [1], [0]], np.float32)], axis=1).T
    # The ring's vertices alone: those of the top come first, then those of the bottom.
    order = np.argsort(ring)
    faces = part.shell_faces
    above = order[np.searchsorted(ring, np.minimum(faces, size - 1), sorter=order)]
    corners = rim[np.where(faces < size, above, faces - size + len(ring))]
    return _records(corners)


def _records(corners: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """Return facets of (n, 3, 3) corners, with normals by the cross product."""
    legs = corners[:, 1:].astype(np.float64) - corners[:, :1]
    normals = np.cross(legs[:, 0], legs[:, 1])
    records = np.zeros(len(corners), dtype=FACET)
    records["normal"] = normals / np.linalg.norm(normals, axis=1, keepdims=True)
    records["corners"] = corners
    return records.view(np.uint8)
