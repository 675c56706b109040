"""The text of an OBJ file of the full grid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relief_widget.export.digits import Buffers, Text, decimals, digits, join, places_for, text_of
from relief_widget.export.progress import Progress
from relief_widget.mesh.grid import Part

_ROWS = 32
_SLASH = ord("/")


def grid_text(part: Part, progress: Progress) -> Iterator[bytes | memoryview]:
    """Yield the lines of the full grid, in chunks that are valid until the next is asked for."""
    rows, cols = part.shape
    total = 3 * rows
    buffers: Buffers = {}
    for start in range(0, rows, _ROWS):
        yield _vertices(buffers, part, start, min(start + _ROWS, rows))
        progress(min(start + _ROWS, rows), total)
    if part.solid:
        ring = part.ring
        x, y = part.x[ring % cols], part.y[ring // cols]
        low, places = np.zeros_like(x), places_for(max(part.x[-1], part.y[0]))
        yield join(buffers, b"v", [decimals(axis, places) for axis in (x, y, low)])
    for start in range(0, rows, _ROWS):
        yield _texture_vertices(buffers, part, start, min(start + _ROWS, rows))
    progress(2 * rows, total)
    yield b"usemtl relief\n"
    numbers = _vertex_numbers(part)
    for start in range(0, rows - 1, _ROWS):
        stop = min(start + _ROWS, rows - 1)
        yield _top_faces(buffers, part, numbers, start, stop)
        progress(2 * rows + stop, total)
    if part.solid:
        corners = numbers.text(0, len(numbers))[part.shell_faces]
        yield join(buffers, b"f", [corners[:, index] for index in range(3)])
    progress(total, total)


def _vertices(buffers: Buffers, part: Part, start: int, stop: int) -> bytes | memoryview:
    shape = (stop - start, part.shape[1])
    places = places_for(max(part.x[-1], part.y[0]))
    x, y = decimals(part.x, places), decimals(part.y[start:stop], places)
    z = decimals(part.tops(start, stop).ravel(), places).reshape(shape)
    return join(
        buffers,
        b"v",
        [np.broadcast_to(x, shape), np.broadcast_to(y[:, None], shape), z],
        _kept(part, start, stop),
    )


def _texture_vertices(buffers: Buffers, part: Part, start: int, stop: int) -> bytes | memoryview:
    shape = (stop - start, part.shape[1])
    u, v = decimals(part.u, 6), decimals(part.v[start:stop], 6)
    return join(
        buffers,
        b"vt",
        [np.broadcast_to(u, shape), np.broadcast_to(v[:, None], shape)],
        _kept(part, start, stop),
    )


def _kept(part: Part, start: int, stop: int) -> npt.NDArray[np.bool_] | None:
    return None if part.visible is None else part.visible[start:stop]


@dataclass(frozen=True)
class _Numbers:
    """The pair v/vt of every vertex: whole numbers, as text on demand."""

    own: npt.NDArray[np.integer]
    texture: npt.NDArray[np.integer]

    def __len__(self) -> int:
        return len(self.own)

    def even(self, start: int, stop: int) -> bool:
        """Whether all numbers of the grid in a range have as many digits: they ascend."""
        ends = (self.own[start], self.own[stop - 1], self.texture[start], self.texture[stop - 1])
        return len({len(str(end)) for end in ends}) == 1

    def text(self, start: int, stop: int) -> Text:
        own, texture = self.own[start:stop], self.texture[start:stop]
        slash = np.full((len(own), 1), _SLASH, dtype=np.uint8)
        return text_of(np.hstack([digits(own), slash, digits(texture)]))


def _vertex_numbers(part: Part) -> _Numbers:
    """Return the numbers of all vertices; the bottom has the texture of the rim above it."""
    if part.visible is not None:
        kept = np.cumsum(part.visible.ravel(), dtype=np.int64)
        return _Numbers(kept, kept)
    number = np.arange(1, part.heights.size + 1)
    if not part.solid:
        return _Numbers(number, number)
    bottom = np.arange(len(number) + 1, len(number) + 1 + len(part.ring))
    return _Numbers(np.append(number, bottom), np.append(number, number[part.ring]))


def _top_faces(
    buffers: Buffers, part: Part, numbers: _Numbers, start: int, stop: int
) -> bytes | memoryview:
    cols = part.shape[1]
    text = numbers.text(start * cols, (stop + 1) * cols).reshape(-1, cols)
    a, b, d, e = text[:-1, :-1], text[:-1, 1:], text[1:, :-1], text[1:, 1:]
    cells = None if part.cells is None else part.cells[start:stop]
    even = numbers.even(start * cols, (stop + 1) * cols)
    return join(buffers, b"f", [a, d, e, a, e, b], cells, per_line=3, even=even)
