"""Damaged pictures, depth maps and projects, made from a few sound ones and a number."""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Callable
from functools import cache

import numpy as np
from PIL import Image

from relief_widget import Relief
from relief_widget.arrays import Array
from tests.support.depth_files import exr, netpbm, npy, npz, tiff
from tests.support.pictures import encoded, png16, scene

Rng = np.random.Generator
Change = Callable[[bytearray, Rng], bytearray]

SIDE = 24
_DOWN, _ACROSS = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : (SIDE + 6) * 1j]
HILL = np.exp(-3 * (_DOWN**2 + _ACROSS**2)).astype(np.float32)
_LEVELS = np.rint(HILL * 65535).astype(np.uint16)
_NUMBER = re.compile(rb"[-+]?\d+\.?\d*(?:[eE][-+]?\d+)?")
_EXTREMES = (b"0", b"-1", b"nan", b"1e400", b"65536", b"4294967295", b"9" * 40, b"", b"true", b"[]")
_WORDS = (0, 1, 2, 127, 255, 256, 32767, 65535, 2**24, 2**31 - 1, 2**31, 2**32 - 1)
_FLOATS = (float("nan"), float("inf"), float("-inf"), -9999.0, 3e38, 1e20, 1e-45, -3.4028235e38)


def _photos() -> tuple[bytes, ...]:
    picture = Image.fromarray(scene())
    exif = Image.Exif()
    exif[274] = 6
    cut_out = picture.convert("RGBA")
    cut_out.putalpha(picture.convert("L"))
    return (
        encoded(picture, "PNG"),
        encoded(picture, "JPEG", exif=exif),
        encoded(picture, "JPEG", progressive=True),
        encoded(picture.convert("CMYK"), "JPEG"),
        encoded(cut_out, "PNG"),
        encoded(cut_out, "WEBP", lossless=True),
        encoded(picture, "WEBP"),
        encoded(picture.convert("P"), "GIF"),
        encoded(picture, "BMP"),
        encoded(picture, "TIFF", compression="tiff_lzw"),
        png16(np.dstack([_LEVELS] * 3)),
    )


def _depth_maps() -> tuple[bytes, ...]:
    metres = (500 * HILL).astype(np.float32)
    metres[:3] = -9999
    return (
        encoded(Image.fromarray(_LEVELS), "PNG"),
        encoded(Image.fromarray(_LEVELS), "TIFF", compression="tiff_deflate"),
        tiff(metres, extratags=[(42113, "s", 0, "-9999", True)]),
        tiff(metres.astype(np.float16), byteorder=">", compression="zlib"),
        tiff(metres.astype(np.float64), tile=(16, 16)),
        tiff(np.dstack([metres] * 3), planarconfig="contig"),
    )


def _numbers() -> tuple[bytes, ...]:
    return (
        netpbm("P5", _LEVELS, 65535),
        netpbm("P2", _LEVELS >> 8),
        f"Pf\n{SIDE + 6} {SIDE}\n-1.0\n".encode() + HILL.tobytes(),
        npy(HILL),
        npy(HILL.astype(">f8")[None]),
        npz(depth=HILL, other=np.eye(2)),
        exr(HILL),
        exr(HILL, "Z", 0, half=True),
    )


def _projects() -> tuple[bytes, ...]:
    photo = np.dstack([_LEVELS >> 8] * 3).astype(np.uint8)
    flat = Relief.from_depth_map(HILL, texture=photo, mask=HILL > 0.5, mesh_quality=128)
    return flat.project(), Relief.lithophane(photo, mesh_quality=128).project()


_MAKERS = {
    "photo": _photos,
    "depth map": _depth_maps,
    "numbers": _numbers,
    "project": _projects,
}
KINDS = tuple(_MAKERS)


@cache
def _seeds(kind: str) -> tuple[bytes, ...]:
    return _MAKERS[kind]()


def _flipped(data: bytearray, rng: Rng) -> bytearray:
    for at in rng.integers(0, len(data), rng.integers(1, 6)):
        data[at] ^= 1 << int(rng.integers(8))
    return data


def _replaced(data: bytearray, rng: Rng) -> bytearray:
    for at in rng.integers(0, len(data), rng.integers(1, 4)):
        data[at] = int(rng.choice([0, 1, 127, 128, 255]))
    return data


def _cut(data: bytearray, rng: Rng) -> bytearray:
    return data[: int(rng.integers(0, len(data)))]


def _repeated(data: bytearray, rng: Rng) -> bytearray:
    start, end = np.sort(rng.integers(0, len(data), 2))
    return data[:end] + data[start:end] * int(rng.integers(1, 4)) + data[end:]


def _word(data: bytearray, rng: Rng) -> bytearray:
    """Put an extreme whole number or float somewhere; often into the header."""
    area = len(data) if rng.random() < 0.4 else min(len(data), 200)
    if area < 8:
        return data
    at = int(rng.integers(0, area - 7))
    order = "<" if rng.random() < 0.6 else ">"
    if rng.random() < 0.5:
        data[at : at + 4] = struct.pack(f"{order}I", _WORDS[rng.integers(len(_WORDS))])
    else:
        data[at : at + 4] = struct.pack(f"{order}f", _FLOATS[rng.integers(len(_FLOATS))])
    return data


def _text(data: bytearray, rng: Rng) -> bytearray:
    """Put an extreme number where a text has one."""
    found = list(_NUMBER.finditer(bytes(data)))
    if not found:
        return data
    match = found[rng.integers(min(len(found), 400))]
    return data[: match.start()] + _EXTREMES[rng.integers(len(_EXTREMES))] + data[match.end() :]


_CHANGES: tuple[Change, ...] = (_flipped, _replaced, _cut, _repeated, _word, _word, _text)


def _mended(data: bytes) -> bytes:
    """Return a PNG, or a ZIP of stored entries, with the checksums of what is in it now."""
    if data.startswith(b"\x89PNG"):
        out, at = bytearray(data), 8
        while at + 12 <= len(out):
            (size,) = struct.unpack_from(">I", out, at)
            end = at + 8 + size
            if end + 4 > len(out):
                break
            struct.pack_into(">I", out, end, zlib.crc32(out[at + 4 : end]))
            at = end + 4
        return bytes(out)
    return data


def damaged(kind: str, number: int) -> bytes:
    """Return a damaged file: the same one for the same number."""
    rng = np.random.default_rng([KINDS.index(kind), number])
    seeds = _seeds(kind)
    data = bytearray(seeds[number % len(seeds)])
    if kind == "project" and rng.random() < 0.7:
        return _inside(bytes(data), rng)
    for _ in range(rng.integers(1, 4)):
        if data:
            data = _CHANGES[rng.integers(len(_CHANGES))](data, rng)
    return _mended(bytes(data)) if rng.random() < 0.7 else bytes(data)


def _inside(data: bytes, rng: Rng) -> bytes:
    """Damage one entry of a project, and pack it again."""
    import zipfile

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = {info.filename: archive.read(info) for info in archive.infolist()}
    name = list(entries)[rng.integers(len(entries))]
    change = _text if name.endswith(".json") else _CHANGES[rng.integers(len(_CHANGES))]
    entries[name] = _mended(bytes(change(bytearray(entries[name]), rng)))
    if rng.random() < 0.2:
        entries[name] = _seeds("photo")[rng.integers(len(_seeds("photo")))]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for entry, content in entries.items():
            archive.writestr(zipfile.ZipInfo(entry), content)
    return buffer.getvalue()


_SHAPES = ((0,), (1, 1), (2, 2), (3, 7), (9, 8, 3), (9, 8, 4), (1, 6, 5), (4, 4, 9), (5, 6, 2))
_DTYPES = ("?", "i1", "u1", "i2", ">u2", "i4", "u8", "f2", ">f4", "f8", "c8", "O", "U3", "M8[s]")


def odd_array(number: int) -> Array:
    """Return an array of any type and shape, with any numbers in it."""
    rng = np.random.default_rng([99, number])
    shape = _SHAPES[rng.integers(len(_SHAPES))]
    values = rng.random(shape) * float(rng.choice([1, 255, 1e3, 1e10, 1e-30]))
    for _ in range(rng.integers(0, 4)):
        if values.size:
            values.ravel()[rng.integers(values.size)] = _FLOATS[rng.integers(len(_FLOATS))]
    with np.errstate(all="ignore"):
        array = values.astype(_DTYPES[rng.integers(len(_DTYPES))])
    giant = rng.random() < 0.05
    return np.broadcast_to(array, (40_000, *array.shape)) if giant else array
