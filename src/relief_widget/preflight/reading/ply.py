"""PLY, text and binary of both byte orders, with any other properties and elements in it."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relief_widget.errors import ReliefError
from relief_widget.preflight.reading import text
from relief_widget.preflight.reading.bounds import (
    MOST_STEPS,
    check_triangles,
    check_vertices,
    damaged,
    too_long,
    unreadable,
)
from relief_widget.preflight.reading.found import Found, fans, is_ours

_KINDS = {
    "char": "i1", "int8": "i1", "uchar": "u1", "uint8": "u1", "short": "i2", "int16": "i2",
    "ushort": "u2", "uint16": "u2", "int": "i4", "int32": "i4", "uint": "u4", "uint32": "u4",
    "float": "f4", "float32": "f4", "double": "f8", "float64": "f8", "int64": "i8", "uint64": "u8",
}  # fmt: skip
_FORMATS = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}
_CORNERS = ("vertex_indices", "vertex_index")
# A header beyond this is none.
_MOST_HEADER = 1_000_000
_MOST_PROPERTIES = 500


@dataclass(frozen=True)
class _Property:
    """A property of an element; `count` is the kind of a list's length."""

    name: str
    kind: str
    count: str | None = None


@dataclass(frozen=True)
class _Element:
    name: str
    rows: int
    properties: tuple[_Property, ...]

    @property
    def lists(self) -> bool:
        """Whether its rows differ in length."""
        return any(found.count for found in self.properties)


class _WrongError(ValueError):
    """The file breaks the rules of PLY."""


def read_ply(name: str, data: bytes) -> Found:
    """Read a PLY file.

    Raises
    ------
    ReliefError
        It is none, is empty, or holds more than `bounds` allows.
    """
    try:
        order, elements, start = _header(data)
        for element in elements:
            _count(name, element, len(data) - start, order)
        return _read(name, data, order, elements, start)
    except ReliefError:
        raise
    except (ValueError, OverflowError, IndexError, KeyError, TypeError):
        raise unreadable(name, "PLY") from None


def _read(name: str, data: bytes, order: str, elements: list[_Element], start: int) -> Found:
    rows: _Rows = _Words(data[start:]) if not order else _Bytes(data, start, order)
    points: npt.NDArray[np.floating] | None = None
    sizes = corners = None
    for element in elements:
        if element.name == "vertex":
            columns = rows.columns(element, ("x", "y", "z"))
            points = np.stack(columns, axis=1)
            if points.dtype.kind != "f":
                points = points.astype(np.float64)
        elif element.name in ("face", "tristrips"):
            named = [found.name for found in element.properties if found.count]
            wanted = next((found for found in named if found in _CORNERS), None)
            if wanted is None:
                if not element.rows:
                    continue
                raise _WrongError
            if element.name == "tristrips":
                raise damaged(name, "holds its triangles in strips, which are not read here")
            sizes, corners = rows.polygons(element, wanted)
        else:
            rows.skip(element)
        if points is not None and corners is not None:
            break
    if points is None or corners is None or sizes is None or not len(corners):
        raise damaged(name, "is empty: it has no triangles")
    triangles = int(np.maximum(sizes - 2, 0).sum())
    check_triangles(name, triangles)
    if not triangles:
        raise damaged(name, "is empty: it has no triangles")
    return Found(points, fans(sizes, corners), ours=is_ours(data[:300]))


def _header(data: bytes) -> tuple[str, list[_Element], int]:
    head = data[:_MOST_HEADER]
    found = re.search(rb"(?:\A|[\r\n])[ \t]*end_header[ \t]*(\r\n|\n|\r)", head)
    if not re.match(rb"ply\s", head) or not found:
        raise _WrongError
    order = None
    elements: list[_Element] = []
    for line in re.split(r"[\r\n]+", head[: found.start()].decode("latin-1")):
        match line.split():
            case ["format", kind, *_]:
                order = _FORMATS[kind]
            case ["element", name, rows]:
                elements.append(_Element(name, int(rows), ()))
            case ["property", "list", count, kind, name]:
                _add(elements, _Property(name, _KINDS[kind], _KINDS[count]))
            case ["property", kind, name]:
                _add(elements, _Property(name, _KINDS[kind]))
            case [] | ["ply"] | ["comment" | "obj_info", *_]:
                pass
            case _:
                raise _WrongError
    if order is None or any(element.rows < 0 for element in elements):
        raise _WrongError
    return order, elements, found.end()


def _add(elements: list[_Element], found: _Property) -> None:
    last = elements[-1]
    if len(last.properties) >= _MOST_PROPERTIES:
        raise _WrongError
    elements[-1] = _Element(last.name, last.rows, (*last.properties, found))


def _count(name: str, element: _Element, size: int, order: str) -> None:
    """Refuse rows that the file has no room for, before memory is taken for them."""
    if element.name == "vertex":
        check_vertices(name, element.rows)
    if element.name == "face":
        check_triangles(name, element.rows)
    if element.lists and element.rows * len(element.properties) > MOST_STEPS:
        raise too_long(name)
    least = 0
    for found in element.properties:
        least += np.dtype(found.count or found.kind).itemsize if order else 2
    # The last number of a text needs no space after it.
    if element.rows * least > size + 1:
        raise damaged(
            name, f"is cut off: it says that it has {element.rows:,} rows of {element.name}"
        )
    if element.rows and not element.properties:
        raise _WrongError


class _Rows:
    """The rows of one element after another."""

    def columns(self, element: _Element, names: tuple[str, ...]) -> list[npt.NDArray[np.floating]]:
        """Return some columns of the next element."""
        raise NotImplementedError

    def polygons(
        self, element: _Element, name: str
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return lengths and values of a list of the next element."""
        raise NotImplementedError

    def skip(self, element: _Element) -> None:
        """Pass over the next element."""
        raise NotImplementedError


class _Bytes(_Rows):
    def __init__(self, data: bytes, start: int, order: str) -> None:
        self._data, self._at, self._order = data, start, order

    def columns(self, element: _Element, names: tuple[str, ...]) -> list[npt.NDArray[np.floating]]:
        if element.lists:
            starts, _ = self._starts(element, None)
            return [self._gathered(element, starts, name) for name in names]
        table = self._table(element.properties, element.rows)
        return [table[self._field(element, name)] for name in names]

    def polygons(
        self, element: _Element, name: str
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        # Nearly all files have one list, and polygons of one size: these are read as a table.
        lists = [found for found in element.properties if found.count]
        if len(lists) == 1 and element.rows:
            even = self._even(element, lists[0])
            if even is not None:
                return even
        starts, sizes = self._starts(element, name)
        kind = next(found.kind for found in lists if found.name == name)
        size = np.dtype(kind).itemsize
        total = np.cumsum(sizes)
        places = (
            np.repeat(starts - (total - sizes) * size, sizes)
            + np.arange(int(total[-1]) if len(total) else 0) * size
        )
        return sizes, self._at_places(places, kind).astype(np.int64)

    def skip(self, element: _Element) -> None:
        if element.lists:
            self._starts(element, None)
        else:
            self._table(element.properties, element.rows)

    def _field(self, element: _Element, name: str) -> str:
        names = [found.name for found in element.properties]
        return f"f{names.index(name)}"

    def _table(self, properties: tuple[_Property, ...], rows: int) -> npt.NDArray[np.void]:
        dtype = np.dtype(
            [(f"f{index}", self._order + found.kind) for index, found in enumerate(properties)]
        )
        table = np.frombuffer(self._data, dtype, rows, self._at)
        self._at += table.nbytes
        return table

    def _even(
        self, element: _Element, wanted: _Property
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]] | None:
        assert wanted.count is not None
        fields: list[tuple[str, str] | tuple[str, str, int]] = []
        place = self._at
        for found in element.properties:
            if found is wanted:
                break
            place += np.dtype(found.kind).itemsize
        first = int(np.frombuffer(self._data, self._order + wanted.count, 1, place)[0])
        if not 0 < first < 1000:
            return None
        for index, found in enumerate(element.properties):
            if found is wanted:
                fields.append(("count", self._order + wanted.count))
                fields.append(("list", self._order + found.kind, first))
            else:
                fields.append((f"f{index}", self._order + found.kind))
        dtype = np.dtype(fields)
        if self._at + element.rows * dtype.itemsize > len(self._data):
            return None
        table = np.frombuffer(self._data, dtype, element.rows, self._at)
        if not (table["count"] == first).all():
            return None
        self._at += table.nbytes
        sizes = np.full(element.rows, first, dtype=np.int64)
        return sizes, table["list"].reshape(-1).astype(np.int64)

    def _starts(
        self, element: _Element, name: str | None
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return where each row begins, or its list of a name; and how long that list is."""
        starts = np.zeros(element.rows, dtype=np.int64)
        sizes = np.zeros(element.rows, dtype=np.int64)
        order = "little" if self._order == "<" else "big"
        steps = [
            (
                np.dtype(found.count or found.kind).itemsize,
                np.dtype(found.kind).itemsize if found.count else 0,
                found.name == name,
                (found.count or "").startswith("i"),
            )
            for found in element.properties
        ]
        at, data = self._at, self._data
        for row in range(element.rows):
            if name is None:
                starts[row] = at
            for own, each, wanted, signed in steps:
                length = (
                    int.from_bytes(data[at : at + own], order, signed=signed)  # type: ignore[arg-type]
                    if each
                    else 0
                )
                if length < 0:
                    raise _WrongError
                at += own
                if wanted:
                    starts[row], sizes[row] = at, length
                at += length * each
            if at > len(data):
                raise _WrongError
        self._at = at
        return starts, sizes

    def _gathered(
        self, element: _Element, starts: npt.NDArray[np.int64], name: str
    ) -> npt.NDArray[np.floating]:
        before = 0
        for found in element.properties:
            if found.count:
                raise _WrongError
            if found.name == name:
                return self._at_places(starts + before, found.kind).astype(np.float64)
            before += np.dtype(found.kind).itemsize
        raise _WrongError

    def _at_places(self, places: npt.NDArray[np.int64], kind: str) -> npt.NDArray[np.floating]:
        size = np.dtype(kind).itemsize
        data = np.frombuffer(self._data, np.uint8)
        raw = data[places[:, None] + np.arange(size)]
        return np.ascontiguousarray(raw).view(self._order + kind).reshape(-1)


class _Words(_Rows):
    """Text: a row need not be a line."""

    def __init__(self, data: bytes) -> None:
        blocks = [text.numbers(piece.split()) for piece in text.lines(data)]
        self._values = np.concatenate(blocks) if blocks else np.empty(0)
        self._at = 0

    def columns(self, element: _Element, names: tuple[str, ...]) -> list[npt.NDArray[np.floating]]:
        if element.lists:
            raise _WrongError
        table = self._block(element)
        known = [found.name for found in element.properties]
        return [table[:, known.index(name)] for name in names]

    def polygons(
        self, element: _Element, name: str
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        even = self._even(element)
        if even is not None:
            return even
        values, at = self._values, self._at
        starts: list[int] = []
        sizes: list[int] = []
        for _ in range(element.rows):
            for found in element.properties:
                if not found.count:
                    at += 1
                    continue
                length = int(values[at])
                if length < 0:
                    raise _WrongError
                if found.name == name:
                    starts.append(at + 1)
                    sizes.append(length)
                at += 1 + length
            if at > len(values):
                raise _WrongError
        self._at = at
        many = np.array(sizes, dtype=np.int64)
        total = np.cumsum(many)
        places = np.repeat(np.array(starts, dtype=np.int64) - (total - many), many)
        return many, _whole(values[places + np.arange(len(places))])

    def skip(self, element: _Element) -> None:
        if element.lists:
            wanted = next(found.name for found in element.properties if found.count)
            self.polygons(element, wanted)
        else:
            self._block(element)

    def _block(self, element: _Element) -> npt.NDArray[np.float64]:
        width = len(element.properties)
        stop = self._at + width * element.rows
        if stop > len(self._values):
            raise _WrongError
        table = self._values[self._at : stop].reshape(element.rows, width)
        self._at = stop
        return table

    def _even(
        self, element: _Element
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]] | None:
        if len(element.properties) != 1 or not element.rows or self._at >= len(self._values):
            return None
        first = self._values[self._at]
        if not 0 < first < 1000:
            return None
        stop = self._at + int(first + 1) * element.rows
        table = self._values[self._at : stop]
        if len(table) != stop - self._at:
            return None
        table = table.reshape(element.rows, -1)
        if not (table[:, 0] == first).all():
            return None
        self._at = stop
        return np.full(element.rows, int(first), dtype=np.int64), _whole(table[:, 1:].reshape(-1))


def _whole(values: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    if not (np.abs(values) < 1e15).all():
        raise _WrongError
    return values.astype(np.int64)
