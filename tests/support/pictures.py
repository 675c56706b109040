"""Pictures and profiles made without the package, byte by byte where Pillow cannot write them."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

Array = npt.NDArray[Any]


def scene(rows: int = 30, cols: int = 40) -> npt.NDArray[np.uint8]:
    """Return a picture without any symmetry, smooth enough for lossy formats."""
    y, x = np.mgrid[0:rows, 0:cols]
    red = 40 + 180 * x / cols
    green = 30 + 200 * y / rows
    blue = 128 + 90 * np.sin(x / 9) * np.cos(y / 7)
    values: npt.NDArray[np.uint8] = np.rint(np.stack([red, green, blue], -1)).astype(np.uint8)
    return values


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_header(
    width: int, height: int, depth: int = 8, colour: int = 2, interlace: int = 0
) -> bytes:
    data = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", data)


def png16(values: Array, *extra: bytes) -> bytes:
    """Write uint16 (H, W, 2 to 4) as PNG, each row with the next of the five filters."""
    rows, cols, bands = values.shape
    raw = values.astype(">u2").view(np.uint8).reshape(rows, cols * bands * 2).astype(int)
    step = bands * 2
    left = np.pad(raw, ((0, 0), (step, 0)))[:, : raw.shape[1]]
    up = np.pad(raw, ((1, 0), (0, 0)))[:rows]
    corner = np.pad(left, ((1, 0), (0, 0)))[:rows]
    guess = left + up - corner
    far = [np.abs(guess - near) for near in (left, up, corner)]
    paeth = np.where(
        (far[0] <= far[1]) & (far[0] <= far[2]), left, np.where(far[1] <= far[2], up, corner)
    )
    predictions = [np.zeros_like(raw), left, up, (left + up) // 2, paeth]
    lines = [
        bytes([row % 5]) + ((raw[row] - predictions[row % 5][row]) % 256).astype(np.uint8).tobytes()
        for row in range(rows)
    ]
    colour = {2: 4, 3: 2, 4: 6}[bands]
    body = b"".join(extra) + chunk(b"IDAT", zlib.compress(b"".join(lines))) + chunk(b"IEND", b"")
    return png_header(cols, rows, 16, colour) + body


def swapped_profile() -> bytes:
    """Return sRGB with red and green exchanged: pure red shows as pure green."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = struct.unpack_from(">I", profile, 128)[0]
    entries = {bytes(profile[p : p + 4]): p for p in range(132, 132 + 12 * count, 12)}
    red, green = entries[b"rXYZ"], entries[b"gXYZ"]
    places = profile[red + 4 : red + 12], profile[green + 4 : green + 12]
    profile[red + 4 : red + 12], profile[green + 4 : green + 12] = places[1], places[0]
    return bytes(profile)


def _profile(space: bytes, connection: bytes, kind: bytes, tags: dict[bytes, bytes]) -> bytes:
    """Return an ICC profile, version 2.4 (ICC.1:2001-04, section 6)."""
    tags = {b"wtpt": b"XYZ \0\0\0\0" + struct.pack(">3i", 63190, 65536, 54061), **tags}
    offset = 132 + 12 * len(tags)
    table, body = b"", b""
    for name, data in tags.items():
        data += bytes(-len(data) % 4)
        table += name + struct.pack(">II", offset + len(body), len(data))
        body += data
    header = bytearray(128)
    header[8:12] = b"\x02\x40\0\0"
    header[12:24] = kind + space + connection
    header[36:40] = b"acsp"
    header[68:80] = struct.pack(">3i", 63190, 65536, 54061)
    header[0:4] = struct.pack(">I", offset + len(body))
    return bytes(header) + struct.pack(">I", len(tags)) + table + body


def linear_grey_profile() -> bytes:
    """Return a grey profile whose levels are proportional to light."""
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, 256)
    return _profile(b"GRAY", b"XYZ ", b"mntr", {b"kTRC": curve})


def grey_ink_profile() -> bytes:
    """Return a CMYK profile in which paper is L* 100, any ink alone L* 50, and all are L* 0."""
    inks = np.stack(np.meshgrid(*[[0, 1]] * 4, indexing="ij"), axis=-1).reshape(-1, 4).sum(axis=1)
    lightness = np.interp(inks, [0, 1, 4], [255, 127.5, 0])
    lattice = np.stack([lightness, np.full(16, 128), np.full(16, 128)], axis=-1)
    identity = np.arange(256, dtype=np.uint8).tobytes()
    lut = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0])
    lut += struct.pack(">9i", *(np.eye(3, dtype=int) * 65536).ravel())
    lut += identity * 4 + np.rint(lattice).astype(np.uint8).tobytes() + identity * 3
    return _profile(b"CMYK", b"Lab ", b"prtr", {b"A2B0": lut})
