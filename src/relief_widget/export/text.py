"""Numbers to text, thousands at a time: digit by digit with array arithmetic, a column per digit.

Texts of one column have one width; what a short number leaves over is NUL, and is dropped from the
finished lines in one pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Text = npt.NDArray[np.void]
Lines: TypeAlias = bytes | memoryview

# Rows at a time: large enough for NumPy's overhead to vanish, small enough for the cache.
CHUNK = 1 << 15


def whole(numbers: npt.NDArray[np.integer]) -> Text:
    """Return non-negative whole numbers as text, (n,)."""
    return _text(_digits(numbers, 1))


def decimals(values: npt.NDArray[np.floating], places: int) -> Text:
    """Return finite numbers as text with so many decimals, (n,); no negative zero.

    Parameters
    ----------
    values
        (n,).
    places
        At least 1.
    """
    scaled = np.rint(values.astype(np.float64) * 10.0**places).astype(np.int64)
    digits = _digits(np.abs(scaled), places + 1)
    point = np.full((len(digits), 1), ord("."), dtype=np.uint8)
    columns = [digits[:, :-places], point, digits[:, -places:]]
    negative = scaled < 0
    if negative.any():
        columns.insert(0, (negative * np.uint8(ord("-")))[:, None])
    return _text(np.hstack(columns))


def places(longest: float) -> int:
    """Return the decimals that give a length of at most `longest` mm seven digits, at least 4.

    float32 holds about seven digits.
    """
    return max(4, 7 - len(str(int(longest))))


def blocks(rows: npt.NDArray[Any]) -> Iterator[npt.NDArray[Any]]:
    """Yield so many rows at a time as are turned into text together."""
    for start in range(0, len(rows), CHUNK):
        yield rows[start : start + CHUNK]


def vectors(
    pieces: Sequence[bytes], values: npt.NDArray[np.floating], places: int
) -> Iterator[Lines]:
    """Yield one line per row of (n, k) numbers, thousands at a time, as `lines` makes them."""
    for block in blocks(values):
        yield lines(pieces, [decimals(column, places) for column in block.T])


def corners(
    pieces: Sequence[bytes], rows: Iterable[npt.NDArray[np.integer]], most: int
) -> Iterator[Lines]:
    """Yield one line per row of whole numbers, for each block of rows (n, k).

    Parameters
    ----------
    pieces
        As for `lines`.
    rows
        The blocks.
    most
        The greatest number that can come.
    """
    numbers = whole(np.arange(most + 1))
    exact: dict[int, Text] = {}
    for block in rows:
        shortest, longest = len(str(block.min())), len(str(block.max()))
        # The numbers of most chunks have as many digits: nothing has to be dropped from the lines.
        even = shortest == longest
        if even and longest not in exact:
            exact[longest] = _last(numbers, longest)
        digits = exact[longest] if even else numbers
        yield lines(pieces, [digits[column] for column in block.T], even=even)


def _last(column: Text, count: int) -> Text:
    """Return the last `count` characters of each text, where the others are NUL in all of them."""
    width = column.dtype.itemsize
    return (
        column.view(np.uint8).reshape(-1, width)[:, width - count :].copy().view(f"V{count}")[:, 0]
    )


def lines(pieces: Sequence[bytes], columns: Sequence[Text], *, even: bool = False) -> Lines:
    """Return one line per row: the pieces, and between each two of them a column's text.

    Parameters
    ----------
    pieces
        One more than there are columns; without NUL.
    columns
        (n,) each.
    even
        Whether it is known that no text has a NUL, which saves looking for them.
    """
    fields: list[tuple[str, str]] = []
    for index, column in enumerate(columns):
        fields += [(f"piece{index}", f"V{len(pieces[index])}"), (f"text{index}", column.dtype.str)]
    dtype = np.dtype([*fields, ("end", f"V{len(pieces[-1])}")])
    blanks = [bytes(column.dtype.itemsize) for column in columns]
    template = b"".join(piece + blank for piece, blank in zip(pieces, [*blanks, b""], strict=True))
    # As plain bytes: to copy a structured element takes ten times as long.
    table = np.tile(np.frombuffer(template, np.uint8), len(columns[0])).view(dtype)
    for index, column in enumerate(columns):
        table[f"text{index}"] = column
    if even:
        return table.view(np.uint8).data
    return table.tobytes().translate(None, b"\0")


def _digits(numbers: npt.NDArray[np.integer], least: int) -> npt.NDArray[np.uint8]:
    """Return non-negative whole numbers as digits, (n, width); NUL in front of short ones.

    The last `least` places are always digits.
    """
    most = int(numbers.max()) if len(numbers) else 0
    width = max(len(str(most)), least)
    rest: npt.NDArray[np.unsignedinteger] = numbers.astype(np.uint32 if width < 10 else np.uint64)
    digits = np.empty((width, len(numbers)), dtype=np.uint8)
    for place in range(width - 1, -1, -1):
        tens = rest // 10
        digits[place] = rest - tens * 10
        digits[place] += ord("0")
        if place < width - least:
            digits[place][rest == 0] = 0
        rest = tens
    return digits.T


def _text(characters: npt.NDArray[np.uint8]) -> Text:
    """Return rows of characters as one element each, which NumPy copies whole."""
    characters = np.ascontiguousarray(characters)
    return characters.view(f"V{characters.shape[1]}")[:, 0]
