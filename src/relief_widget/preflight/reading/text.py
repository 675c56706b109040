"""Text of mesh files: a piece at a time, whatever its encoding, line ends and spacing."""

from __future__ import annotations

import codecs
import itertools
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

# Large enough for the cost of a piece to vanish, small enough for its tokens to be few.
_PIECE = 4_000_000
# A line, or a facet, is never as long.
_MOST_PIECE = 8 * _PIECE
_MOST_DIGITS = 64

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def plain(data: bytes) -> bytes:
    """Return text without a byte order mark, as UTF-8 where it was UTF-16 or UTF-32."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace").encode("utf-8", "replace")
    return data


def is_text(data: bytes) -> bool:
    """Return whether bytes look like text: no NUL, and hardly another control character."""
    start = plain(data[:4096])
    odd = sum(byte < 32 and byte not in b"\t\n\r\f\v" for byte in start)
    return b"\0" not in start and odd * 50 <= len(start)


def pieces(data: bytes, end: bytes = b"\n") -> Iterator[bytes]:
    """Yield some megabytes at a time, each up to and with an `end`.

    Raises
    ------
    ValueError
        There is none for far too long.
    """
    start = 0
    while start < len(data):
        stop = start + _PIECE
        if stop < len(data):
            found = data.find(end, stop)
            stop = len(data) if found < 0 else found + len(end)
        if stop - start > _MOST_PIECE:
            raise ValueError
        yield data[start:stop]
        start = stop


def lines(data: bytes) -> Iterator[bytes]:
    """Yield pieces of whole lines that end in a line feed alone, continued lines joined."""
    # Some programs on old Macintoshes end lines in a carriage return alone.
    end = b"\n" if b"\n" in data else b"\r"
    for piece in pieces(data, end):
        yield piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\\\n", b" ")


def numbers(words: Sequence[bytes] | Sequence[tuple[bytes, ...]]) -> npt.NDArray[np.float64]:
    """Return words as numbers; those beyond float64 are infinite.

    Raises
    ------
    ValueError
        A word is none.
    """
    if not len(words):
        return np.empty(0)
    flat = words if isinstance(words[0], bytes) else itertools.chain.from_iterable(words)
    # One long word would make all take as much memory.
    if max(map(len, flat)) > _MOST_DIGITS:
        raise ValueError
    table: npt.NDArray[Any] = np.array(words)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return table.astype(np.float64)
