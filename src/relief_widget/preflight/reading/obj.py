"""OBJ: corners and polygons, whatever materials, groups and objects they are sorted into."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from relief_widget.preflight.reading import text
from relief_widget.preflight.reading.bounds import (
    check_triangles,
    check_vertices,
    damaged,
    unreadable,
)
from relief_widget.preflight.reading.found import Found, Labels, fans, is_ours, of_polygons

_CORNER = re.compile(rb"^[ \t]*v[ \t]+(\S+)[ \t]+(\S+)[ \t]+(\S+)", re.M)
_FACE = re.compile(rb"^[ \t]*(f|fo|o|g)(?:[ \t]+([^\n]*))?$", re.M)
_EITHER = re.compile(rb"^[ \t]*(f|fo|o|g|v)(?:[ \t]+([^\n]*))?$", re.M)
# Texture coordinate and normal of a corner.
_MORE = re.compile(rb"/[^ \t\n]*")
_NEGATIVE = re.compile(rb"^[ \t]*fo?[ \t][^\n]*(?<=[ \t])-", re.M)


@dataclass
class _Faces:
    """Polygons so far, and of which object and group each is."""

    sizes: list[int] = field(default_factory=list)
    corners: list[npt.NDArray[np.int64]] = field(default_factory=list)
    objects: list[int] = field(default_factory=list)
    groups: list[int] = field(default_factory=list)
    object: int = 0
    group: int = 0
    triangles: int = 0


def read_obj(name: str, data: bytes) -> Found:
    """Read an OBJ file.

    Raises
    ------
    ReliefError
        It is none, is empty, or holds more than `bounds` allows.
    """
    data = text.plain(data)
    values: list[npt.NDArray[np.float64]] = []
    count = 0
    faces = _Faces()
    try:
        for piece in text.lines(data):
            corners = _CORNER.findall(piece)
            if _NEGATIVE.search(piece):
                _relative(faces, piece, count, name)
            else:
                _absolute(faces, piece, name)
            values.append(text.numbers(corners).reshape(-1, 3))
            count += len(corners)
            check_vertices(name, count)
    except (ValueError, OverflowError):
        raise unreadable(name, "OBJ") from None
    if not faces.triangles:
        raise damaged(name, "is empty: it has no triangles")
    sizes = np.array(faces.sizes, dtype=np.int64)
    corners_of = fans(sizes, np.concatenate(faces.corners) - 1)
    polygon = of_polygons(sizes)
    splits: list[Labels | None] = [None]
    for labels in (faces.objects, faces.groups):
        if labels[0] != labels[-1]:
            splits.append(np.array(labels, dtype=np.int64)[polygon])
    return Found(np.concatenate(values), corners_of, tuple(splits), ours=is_ours(data[:300]))


def _absolute(faces: _Faces, piece: bytes, name: str) -> None:
    """Add the polygons of some lines, whose corners are counted from the first of the file."""
    words: list[bytes] = []
    for kind, rest in _FACE.findall(_MORE.sub(b"", piece)):
        if kind in (b"f", b"fo"):
            found = rest.split()
            words += found
            _add(faces, len(found), name)
        else:
            _next(faces, kind)
    faces.corners.append(np.array([int(word) for word in words], dtype=np.int64))


def _relative(faces: _Faces, piece: bytes, before: int, name: str) -> None:
    """Add the polygons of some lines, where some corners are counted backwards."""
    count = before
    found: list[int] = []
    for kind, rest in _EITHER.findall(_MORE.sub(b"", piece)):
        if kind == b"v":
            count += 1
        elif kind in (b"f", b"fo"):
            numbers = [int(word) for word in rest.split()]
            if any(number < -count for number in numbers):
                raise damaged(name, "is damaged: a triangle of it names a corner that is missing")
            found += [number if number >= 0 else count + 1 + number for number in numbers]
            _add(faces, len(numbers), name)
        else:
            _next(faces, kind)
    faces.corners.append(np.array(found, dtype=np.int64))


def _add(faces: _Faces, size: int, name: str) -> None:
    faces.sizes.append(size)
    faces.objects.append(faces.object)
    faces.groups.append(faces.group)
    faces.triangles += max(size - 2, 0)
    check_triangles(name, faces.triangles)


def _next(faces: _Faces, kind: bytes) -> None:
    faces.group += 1
    if kind == b"o":
        faces.object += 1
