"""STL, binary and text, as the programs that write it mean it.

A binary file may begin with "solid", carry bytes after its facets, or name a wrong count: then its
size says how many there are. Text may be in capitals, on one line, with any line ends, and have
several solids.
"""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from relief_widget.export.stl import FACET
from relief_widget.preflight.reading import text
from relief_widget.preflight.reading.bounds import check_triangles, damaged, unreadable
from relief_widget.preflight.reading.found import Found, Labels, fans, is_ours, of_polygons

_HEAD = 84
# A coordinate beyond this is none of a part, in any unit: what is read as facets is something else.
_WILD = 1e12
# No facet of a text is as long, on an average.
_MOST_FACET = 20_000
_SOLID = re.compile(rb"\b(end\s?)?solid\b[^\r\n]*?(?=\bfacet\s+normal\b|[\r\n]|\Z)")
_END = re.compile(rb"\bend\s?(?:facet\s*\Z|solid\b)")
_WORD = re.compile(rb"\bvertex\s+(\S+)\s+(\S+)\s+(\S+)|\b(?:end\s?)?(?:facet|loop)\b|(\bsolid\n)")


def read_stl(name: str, data: bytes) -> Found:
    """Read an STL file.

    Raises
    ------
    ReliefError
        It is none, is empty, or holds more than `bounds` allows.
    """
    count = int.from_bytes(data[80:84], "little")
    exact = len(data) == _HEAD + FACET.itemsize * count and len(data) >= _HEAD
    if not (exact and count) and _is_text(data):
        try:
            return _of_text(name, text.plain(data))
        except ValueError:
            raise unreadable(name, "STL") from None
    if exact:
        if not count:
            raise damaged(name, "is empty: it has no triangles")
        return _of_facets(name, data, count, ())
    if text.is_text(data):
        if data[:5].lower() == b"solid":
            raise damaged(name, "is empty: it has no triangles")
        raise damaged(name, "is no STL file, but another kind of text")
    if len(data) < _HEAD:
        raise damaged(name, "is no STL file: it is too short")
    return _miscounted(name, data, count)


def _is_text(data: bytes) -> bool:
    start = text.plain(data[:100_000]).lower()
    if not re.search(rb"\bfacet\b", start):
        return False
    return text.is_text(data) or (b"vertex" in start and b"outer" in start)


def _miscounted(name: str, data: bytes, count: int) -> Found:
    """Read a binary file whose size is not what its count of facets asks for."""
    there, spare = divmod(len(data) - _HEAD, FACET.itemsize)
    # Bytes after the last facet are notes of other programs, unless they are facets too.
    beyond = there - count
    if count and beyond >= 0 and not (beyond and _are_facets(data, count, beyond)):
        left = len(data) - _HEAD - FACET.itemsize * count
        note = f"The file has {left:,} bytes after its last triangle, which were passed over."
        check_triangles(name, count)
        if _are_facets(data, 0, count):
            return _of_facets(name, data, count, (note,))
    check_triangles(name, there)
    if not there or not _are_facets(data, 0, there):
        raise damaged(
            name, f"is damaged: it says that it has {count:,} triangles, and has {there:,} or none"
        )
    note = (
        f"The file says that it has {count:,} triangles, and has {there:,}: those were "
        "read, as its size tells."
    )
    if spare:
        note += f" Its last {spare} bytes are no whole triangle: it may be cut off."
    return _of_facets(name, data, there, (note,))


def _are_facets(data: bytes, first: int, count: int) -> bool:
    """Return whether bytes look like facets: finite places, and normals of a length of about 1."""
    count = min(count, 10_000)
    table = np.frombuffer(data, FACET, count, _HEAD + first * FACET.itemsize)
    with np.errstate(all="ignore"):
        sane = (np.abs(table["corners"]) < _WILD).all(axis=(1, 2))
        length = np.linalg.norm(table["normal"].astype(np.float64), axis=1)
        # Some programs write no normals, or do not scale them.
        sane &= np.isfinite(length)
    return bool(sane.mean() > 0.9) and bool((table["corners"] != 0).any())


def _of_facets(name: str, data: bytes, count: int, notes: tuple[str, ...]) -> Found:
    check_triangles(name, count)
    table = np.frombuffer(data, FACET, count, _HEAD)
    points = table["corners"].reshape(-1, 3)
    faces = np.arange(3 * count).reshape(-1, 3)
    return Found(points, faces, ours=is_ours(data[:80]), notes=notes)


def _of_text(name: str, data: bytes) -> Found:
    data = data.lower()
    values: list[npt.NDArray[np.float64]] = []
    sizes: list[npt.NDArray[np.int64]] = []
    solids: list[npt.NDArray[np.int64]] = []
    solid = triangles = 0
    end = b"endfacet" if b"endfacet" in data else b"end facet"
    if data.count(end) * _MOST_FACET < len(data):
        raise damaged(name, "is damaged: there is too much between its triangles")
    for piece in text.pieces(data, end):
        # The name of a solid may hold any word.
        words = _WORD.findall(_SOLID.sub(_bare, piece))
        corner = np.array([bool(word[0]) for word in words], dtype=bool)
        starts = np.array([bool(word[3]) for word in words], dtype=bool)
        try:
            values.append(text.numbers([word[:3] for word in words if word[0]]).reshape(-1, 3))
        except ValueError:
            raise damaged(name, "is damaged: a corner in it is no number") from None
        # Corners without another word between them are those of one facet.
        runs = np.flatnonzero(np.diff(np.concatenate([[False], corner, [False]]).astype(np.int8)))
        sizes.append(runs[1::2] - runs[::2])
        solids.append(solid + np.cumsum(starts)[runs[::2]])
        solid += int(starts.sum())
        triangles += int(np.maximum(sizes[-1] - 2, 0).sum())
        check_triangles(name, triangles)
    many = np.concatenate(sizes)
    if not len(many):
        raise damaged(name, "is empty: it has no triangles")
    if not _END.search(data[-100_000:]):
        raise damaged(name, "is cut off: its end is missing")
    if (many < 3).any():
        raise damaged(name, "is damaged: a triangle of it has fewer than three corners")
    notes: tuple[str, ...] = ()
    if not re.search(rb"end\s?solid", data[-100_000:]):
        notes = ("The file lacks its last line: it may be cut off.",)
    points = np.concatenate(values)
    faces = fans(many, np.arange(len(points)))
    splits: tuple[Labels | None, ...] = (None,)
    if solid > 1:
        splits = (None, np.concatenate(solids)[of_polygons(many)])
    return Found(points, faces, splits, ours=is_ours(data[:200]), notes=notes)


def _bare(found: re.Match[bytes]) -> bytes:
    return b" " if found[1] else b" solid\n"
