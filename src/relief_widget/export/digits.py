"""Numbers as text, built digit by digit with array arithmetic, a column per digit."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Text = npt.NDArray[np.void]
Buffers = dict[tuple[bytes, tuple[int, ...]], Text]


def join(
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


def places_for(longest: float | np.floating) -> int:
    """Return the decimals that give seven digits, as many as float32 has; at least 4."""
    return max(4, 7 - len(str(int(longest))))


def decimals(values: npt.NDArray[np.float32], places: int) -> Text:
    """Return numbers with `places` decimals as text, (n,)."""
    scaled = np.rint(values.astype(np.float64) * 10**places).astype(np.int64)
    shown = digits(np.abs(scaled), places + 1)
    point = np.full((len(shown), 1), ord("."), dtype=np.uint8)
    columns = [shown[:, :-places], point, shown[:, -places:]]
    if scaled.min() < 0:
        columns.insert(0, np.where(scaled < 0, ord("-"), 0).astype(np.uint8)[:, None])
    return text_of(np.hstack(columns))


def digits(numbers: npt.NDArray[np.integer], least: int = 1) -> Bytes:
    """Return non-negative whole numbers as digits, (n, width).

    Zeros in front are NUL but for the last `least` places.
    """
    width = max(len(str(int(numbers.max()))), least)
    rest: npt.NDArray[np.unsignedinteger] = numbers.astype(np.uint32 if width < 10 else np.uint64)
    short = int(numbers.min()) < 10 ** (width - 1)
    shown = np.empty((width, len(numbers)), dtype=np.uint8)
    for place in range(width - 1, -1, -1):
        tens = rest // 10
        shown[place] = rest - tens * 10
        shown[place] += ord("0")
        if short and place < width - least:
            shown[place][rest == 0] = 0
        rest = tens
    return shown.T


def text_of(characters: Bytes) -> Text:
    """Return rows of characters as one element each, which NumPy copies whole."""
    characters = np.ascontiguousarray(characters)
    return characters.view(f"V{characters.shape[1]}")[:, 0]
