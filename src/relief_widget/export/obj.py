"""OBJ with texture coordinates, alone or zipped with its material and the photo."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from relief_widget.atomic import atomic_path
from relief_widget.export.progress import Progress, ignore
from relief_widget.part import Part

Bytes = npt.NDArray[np.uint8]
Text = npt.NDArray[np.void]
Buffers = dict[tuple[bytes, tuple[int, ...]], Text]

_ROWS = 32
_TEXTURE_SIDE = 4096
_SLASH = ord("/")


def write_obj(part: Part, path: Path, progress: Progress = ignore) -> None:
    """Write a part as OBJ text: ``v``, ``vt`` and ``f v/vt``, in mm.

    Parameters
    ----------
    part
        The part.
    path
        Where to.
    progress
        Called with steps done and steps in all; may raise to stop.

    Raises
    ------
    ReliefError
        The file cannot be written.
    """
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        for chunk in _text(part, progress):
            file.write(chunk)


def write_obj_zip(
    part: Part, path: Path, texture: Image.Image | None, progress: Progress = ignore
) -> None:
    """Write a part as a ZIP of OBJ, MTL and, with a `texture`, the photo as JPEG.

    Parameters
    ----------
    part
        The part.
    path
        Where to; its name without ``.obj.zip`` is the name of what is inside.
    texture
        RGB picture, top row first, or None.
    progress
        Called with steps done and steps in all; may raise to stop.

    Raises
    ------
    ReliefError
        The file cannot be written.
    """
    # Other programs split the names inside at spaces.
    name = (
        re.sub(r"[^\w.-]+", "_", re.sub(r"(\.obj)?\.zip$", "", path.name, flags=re.I)) or "relief"
    )
    material = "newmtl relief\nKa 1 1 1\nKd 1 1 1\nKs 0 0 0\nd 1\nillum 1\n"
    with (
        atomic_path(path) as temporary,
        # Level 1: a few per cent larger than level 6, three times as fast.
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
    ):
        if texture is not None:
            picture = texture.convert("RGB")
            picture.thumbnail((_TEXTURE_SIDE, _TEXTURE_SIDE), Image.Resampling.LANCZOS)
            buffer = io.BytesIO()
            picture.save(buffer, "JPEG", quality=92)
            archive.writestr(f"{name}.jpg", buffer.getvalue(), zipfile.ZIP_STORED)
            material += f"map_Kd {name}.jpg\n"
        archive.writestr(f"{name}.mtl", material)
        with archive.open(f"{name}.obj", "w", force_zip64=True) as file:
            file.write(f"mtllib {name}.mtl\n".encode())
            for chunk in _text(part, progress):
                file.write(chunk)


def _text(part: Part, progress: Progress) -> Iterator[bytes | memoryview]:
    """Yield the lines.

    Numbers are built digit by digit with array arithmetic, a column per digit; leading zeros become
    NUL and are dropped from the finished text in one pass.
    """
    rows, cols = part.shape
    total = 3 * rows
    buffers: Buffers = {}
    yield b"# relief_widget, millimetres\no relief\n"
    for start in range(0, rows, _ROWS):
        yield _vertices(buffers, part, start, min(start + _ROWS, rows))
        progress(min(start + _ROWS, rows), total)
    if part.solid:
        ring = part.ring
        x, y = part.x[ring % cols], part.y[ring // cols]
        low, places = np.zeros_like(x), _places(part)
        yield _join(buffers, b"v", [_decimals(axis, places) for axis in (x, y, low)])
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
        yield _join(buffers, b"f", [corners[:, index] for index in range(3)])
    progress(total, total)


def _vertices(buffers: Buffers, part: Part, start: int, stop: int) -> bytes | memoryview:
    shape = (stop - start, part.shape[1])
    places = _places(part)
    x, y = _decimals(part.x, places), _decimals(part.y[start:stop], places)
    z = _decimals(part.z[start:stop].ravel(), places).reshape(shape)
    return _join(
        buffers,
        b"v",
        [np.broadcast_to(x, shape), np.broadcast_to(y[:, None], shape), z],
        _kept(part, start, stop),
    )


def _places(part: Part) -> int:
    """Return the decimals that give seven digits, as many as float32 has; at least 4."""
    longest = max(float(part.x[-1]), float(part.y[0]))
    return max(4, 7 - len(str(int(longest))))


def _texture_vertices(buffers: Buffers, part: Part, start: int, stop: int) -> bytes | memoryview:
    shape = (stop - start, part.shape[1])
    u, v = _decimals(part.u, 6), _decimals(part.v[start:stop], 6)
    return _join(
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
        return _text_of(np.hstack([_digits(own), slash, _digits(texture)]))


def _vertex_numbers(part: Part) -> _Numbers:
    """Return the numbers of all vertices; the bottom has the texture of the rim above it."""
    if part.visible is not None:
        kept = np.cumsum(part.visible.ravel(), dtype=np.int64)
        return _Numbers(kept, kept)
    number = np.arange(1, part.z.size + 1)
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
    return _join(buffers, b"f", [a, d, e, a, e, b], cells, per_line=3, even=even)


def _join(
    buffers: Buffers,
    keyword: bytes,
    columns: list[Text],
    keep: npt.NDArray[np.bool_] | None = None,
    *,
    per_line: int | None = None,
    even: bool = False,
) -> bytes | memoryview:
    """Return lines of the keyword and the columns, without the NULs in front of short numbers.

    Parameters
    ----------
    buffers
        Lines of the same layout from before, to be filled again: what is returned is valid only
        until the next call.
    keyword
        What each line begins with.
    columns
        Texts of one shape, each of one width.
    keep
        bool of the same shape: which rows to keep.
    per_line
        How many columns make a line; all by default.
    even
        Whether it is known that no text has a NUL, which saves looking for them.
    """
    per_line = per_line or len(columns)
    fields: list[tuple[str, str]] = []
    template = b""
    for index, column in enumerate(columns):
        before = (b"\n" if index else b"") + keyword if index % per_line == 0 else b""
        before += b" "
        fields += [(f"before{index}", f"V{len(before)}"), (f"text{index}", column.dtype.str)]
        template += before + bytes(column.dtype.itemsize)
    dtype = np.dtype([*fields, ("end", "V1")])
    template += b"\n"
    key = template, columns[0].shape
    if key not in buffers:
        buffers[key] = np.empty(columns[0].shape, dtype)
        buffers[key][...] = np.frombuffer(template, dtype)[0]
    lines = buffers[key]
    for index, column in enumerate(columns):
        lines[f"text{index}"] = column
    if keep is not None:
        lines = lines[keep]
    if even:
        return lines.reshape(-1).view(np.uint8).data
    return lines.tobytes().translate(None, b"\0")


def _decimals(values: npt.NDArray[np.float32], places: int) -> Text:
    """Return non-negative numbers with `places` decimals as text, (n,)."""
    scaled = np.rint(values.astype(np.float64) * 10**places).astype(np.int64)
    digits = _digits(scaled, places + 1)
    point = np.full((len(digits), 1), ord("."), dtype=np.uint8)
    return _text_of(np.hstack([digits[:, :-places], point, digits[:, -places:]]))


def _digits(numbers: npt.NDArray[np.integer], least: int = 1) -> Bytes:
    """Return non-negative whole numbers as digits, (n, width).

    Zeros in front are NUL but for the last `least` places.
    """
    width = max(len(str(int(numbers.max()))), least)
    rest: npt.NDArray[np.unsignedinteger] = numbers.astype(np.uint32 if width < 10 else np.uint64)
    short = int(numbers.min()) < 10 ** (width - 1)
    digits = np.empty((width, len(numbers)), dtype=np.uint8)
    for place in range(width - 1, -1, -1):
        tens = rest // 10
        digits[place] = rest - tens * 10
        digits[place] += ord("0")
        if short and place < width - least:
            digits[place][rest == 0] = 0
        rest = tens
    return digits.T


def _text_of(characters: Bytes) -> Text:
    """Return rows of characters as one element each, which NumPy copies whole."""
    characters = np.ascontiguousarray(characters)
    return characters.view(f"V{characters.shape[1]}")[:, 0]
