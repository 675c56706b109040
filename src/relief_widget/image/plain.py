"""Files of plain numbers, as depth programs write them: PGM and its kin, PFM, NPY and NPZ."""

from __future__ import annotations

import math
import re
import warnings
import zipfile
from collections.abc import Callable
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy

from relief_widget.arrays import Array
from relief_widget.errors import ReliefError
from relief_widget.image.exr import read_exr
from relief_widget.image.kinds import check_bytes, check_size

# A header with comments; more is no header.
_MOST_HEADER = 4096
_AGAIN = "Save it as 16-bit grey PNG or as 32-bit float TIFF."
_DIGITS = re.compile(rb"\d+")


def reader_of(head: bytes) -> Callable[[IO[bytes], str], Array] | None:
    """Return what reads a file by its first bytes; None where it is none of these."""
    if re.match(rb"P[1-6][\s#]", head):
        return _netpbm
    if re.match(rb"P[fF]\s", head):
        return _pfm
    if head.startswith(b"P7\n"):
        return _pam
    if head.startswith(b"\x93NUMPY"):
        return _npy
    if head.startswith(b"PK\x03\x04") and re.match(rb".{26}.{4}[^/]{1,200}\.npy", head, re.DOTALL):
        return _npz
    if head.startswith(b"\x76\x2f\x31\x01"):
        return read_exr
    return None


def flat(values: Array, label: str) -> Array:
    """Return numbers as a picture: without the axes of one that networks put around theirs.

    Raises
    ------
    ReliefError
        They are no numbers, or no picture.
    """
    if values.dtype.kind not in "buif":
        raise ReliefError(
            f"{label} does not hold numbers, but {_kind(values.dtype)}.",
            "Save the depth as a plain array of numbers, rows × columns.",
        )
    while values.ndim > 2 and values.shape[0] == 1:
        values = values[0]
    if values.ndim == 3 and values.shape[2] == 1:
        values = values[..., 0]
    if values.ndim not in (2, 3) or (values.ndim == 3 and values.shape[2] not in (2, 3, 4)):
        raise ReliefError(
            f"{label} has the shape {values.shape}, which is no picture.",
            "Give rows × columns.",
        )
    return values


def _kind(dtype: np.dtype[Any]) -> str:
    if dtype.names:
        return "columns of several kinds"
    names = {"O": "objects", "c": "complex numbers", "U": "text", "S": "text", "V": "raw bytes"}
    return names.get(dtype.kind, "dates")


def _fields(stream: IO[bytes], count: int, label: str) -> list[bytes]:
    """Return the words of a header, comments left out; the stream is behind it then."""
    head = stream.read(_MOST_HEADER)
    words: list[bytes] = []
    at = 2
    while len(words) < count:
        match = re.compile(rb"(?:\s+|#[^\n\r]*[\n\r])*([^\s#]+)").match(head, at)
        if match is None or match.end() >= len(head):
            raise ReliefError(f"{label} is damaged: its header breaks off.", "Copy it again.")
        words.append(match[1])
        at = match.end()
    # One white space, and then the numbers; of two it is "\r\n".
    stream.seek(at + (2 if head[at : at + 2] == b"\r\n" else 1))
    return words


def _whole(words: list[bytes], label: str) -> list[int]:
    if not all(_DIGITS.fullmatch(word) and len(word) < 10 for word in words):
        raise ReliefError(f"{label} is damaged: its header has no size.", "Copy it again.")
    return [int(word) for word in words]


def _netpbm(stream: IO[bytes], label: str) -> Array:
    """Read PBM, PGM and PPM; see https://netpbm.sourceforge.net/doc/pgm.html."""
    kind = int(stream.read(2)[1:])
    stream.seek(0)
    bitmap = kind in (1, 4)
    words = _whole(_fields(stream, 2 if bitmap else 3, label), label)
    cols, rows, white = (*words, 1)[:3] if bitmap else words
    check_size(cols, rows, label)
    if not 1 <= white <= 65535:
        raise ReliefError(f"{label} is damaged: its white is {white}.", "Copy it again.")
    bands = 3 if kind in (3, 6) else 1
    check_bytes(cols * rows * bands * (10 if kind <= 3 else 4), label)
    count = rows * cols * bands
    values: Array
    if kind <= 3:
        # A bitmap's digits need nothing between them.
        text = stream.read(12 * count + _MOST_HEADER)
        digits = re.sub(rb"#[^\n]*", b"", text)
        if bitmap:
            digits = b" ".join(re.findall(rb"[01]", digits))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = np.fromstring(digits, np.int64, count, sep=" ")
        values = found.clip(0, white).astype(np.uint16)
    elif bitmap:
        wide = -(-cols // 8)
        packed = np.frombuffer(stream.read(wide * rows), np.uint8)
        _enough(len(packed), wide * rows, label)
        values = np.unpackbits(packed.reshape(rows, wide), axis=1)[:, :cols].ravel()
    else:
        dtype = np.dtype(np.uint8 if white < 256 else ">u2")
        data = stream.read(count * dtype.itemsize)
        values = np.frombuffer(data[: len(data) // dtype.itemsize * dtype.itemsize], dtype)
    _enough(len(values), count, label)
    values = values.reshape((rows, cols, 3) if bands == 3 else (rows, cols))
    if bitmap:
        # One is black there.
        return np.asarray(values == 0)
    if white == 255:
        return values.astype(np.uint8)
    if white != 65535:
        share = np.minimum(values, white) * np.float64(65535 / white)
        return np.rint(share).astype(np.uint16)
    return values.astype(np.uint16)


def _pfm(stream: IO[bytes], label: str) -> Array:
    """Read PFM, whose rows begin at the bottom; see https://www.pauldebevec.com/Research/HDR/PFM/."""
    colours = stream.read(2) == b"PF"
    stream.seek(0)
    *size, scale_text = _fields(stream, 3, label)
    cols, rows = _whole(size, label)
    try:
        scale = float(scale_text)
    except ValueError:
        scale = 0.0
    if not scale or not math.isfinite(scale):
        raise ReliefError(f"{label} is damaged: it has no scale.", "Copy it again.")
    check_size(cols, rows, label)
    bands = 3 if colours else 1
    check_bytes(cols * rows * bands * 8, label)
    data = stream.read(rows * cols * bands * 4)
    _enough(len(data), rows * cols * bands * 4, label)
    values = np.frombuffer(data, "<f4" if scale < 0 else ">f4").astype(np.float32)
    shaped = values.reshape((rows, cols, 3) if colours else (rows, cols))
    return shaped[::-1]


def _pam(stream: IO[bytes], label: str) -> Array:
    del stream
    raise ReliefError(f"{label} is a PAM picture, which cannot be read.", _AGAIN)


def _enough(found: int, wanted: int, label: str) -> None:
    if found < wanted:
        raise ReliefError(
            f"{label} is damaged or incomplete: numbers are missing.", "Copy or download it again."
        )


def _npy(stream: IO[bytes], label: str) -> Array:
    """Read one array, whose size is looked at before anything is allocated."""
    version = npy.read_magic(stream)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, _, dtype = read(stream)
    if dtype.hasobject:
        raise ReliefError(
            f"{label} holds Python objects, which are never loaded here.",
            "Save the depth as a plain array of numbers, rows × columns.",
        )
    count = math.prod(shape)
    check_bytes(count * dtype.itemsize * 2, label)
    if dtype.kind not in "buif" or count == 0:
        return flat(np.empty(shape if count == 0 else (2, 2), dtype), label)
    longest = sorted(shape)[-2:]
    if len(longest) == 2:
        check_size(longest[1], longest[0], label)
    stream.seek(0)
    return flat(npy.read_array(stream, allow_pickle=False), label)


def _npz(stream: IO[bytes], label: str) -> Array:
    """Read the one array of an archive, or the one that is called depth."""
    with zipfile.ZipFile(stream) as archive:
        names = [name for name in archive.namelist() if name.endswith(".npy")]
        chosen = names
        if len(names) > 1:
            chosen = [name for name in names if re.search("depth|disp", name, re.IGNORECASE)]
        if len(chosen) != 1:
            listed = ", ".join(name.removesuffix(".npy")[:40] for name in names[:6]) or "none"
            raise ReliefError(
                f"{label} holds {len(names)} arrays ({listed}), and a depth map is one.",
                "Save the one with the depth for itself, as NPY.",
            )
        info = archive.getinfo(chosen[0])
        check_bytes(2 * info.file_size, label)
        with archive.open(info) as entry:
            return _npy(entry, label)
