"""The text of an OBJ file of any mesh."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from relief_widget.export.digits import Buffers, decimals, digits, join, places_for, text_of
from relief_widget.export.progress import Progress
from relief_widget.mesh.triangles import Triangles

_LINES = 1 << 16
_SLASH = ord("/")


def mesh_text(mesh: Triangles, progress: Progress) -> Iterator[bytes | memoryview]:
    """Yield the lines of a mesh, in chunks that are valid until the next is asked for."""
    points, uv, faces = mesh.vertices, mesh.uv, mesh.faces
    total = 2 * len(points) + len(faces)
    buffers: Buffers = {}
    places = places_for(float(np.abs(points[:, :2]).max()))
    for start in range(0, len(points), _LINES):
        block = points[start : start + _LINES]
        yield join(buffers, b"v", [decimals(axis, places) for axis in block.T])
        progress(start + len(block), total)
    for start in range(0, len(points), _LINES):
        block = uv[start : start + _LINES]
        yield join(buffers, b"vt", [decimals(axis, 6) for axis in block.T])
        progress(len(points) + start + len(block), total)
    yield b"usemtl relief\n"
    number = digits(np.arange(1, len(points) + 1))
    slash = np.full((len(points), 1), _SLASH, dtype=np.uint8)
    text = text_of(np.hstack([number, slash, number]))
    for start in range(0, len(faces), _LINES):
        corners = text[faces[start : start + _LINES]]
        yield join(buffers, b"f", list(corners.T))
        progress(2 * len(points) + start + len(corners), total)
