"""OpenEXR files as 3D programs and depth networks write them: flat, in rows, packed by ZIP or RLE.

After the file layout in https://openexr.com/en/latest/OpenEXRFileLayout.html.
"""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass
from typing import IO

import numpy as np

from relief_widget.arrays import Array, ByteArray
from relief_widget.errors import ReliefError
from relief_widget.image.kinds import check_bytes, check_size

_AGAIN = "Save it with ZIP compression as scan lines, or as 32-bit float TIFF."
_TYPES = ("<u4", "<f2", "<f4")
_PACKINGS = ("NONE", "RLE", "ZIPS", "ZIP", "PIZ", "PXR24", "B44", "B44A", "DWAA", "DWAB")
_LINES = {"NONE": 1, "RLE": 1, "ZIPS": 1, "ZIP": 16}
_TILED, _DEEP, _PARTS = 0x200, 0x800, 0x1000
_MOST_HEADER = 1 << 20
# What a depth is called, the best name first; else the only channel, or three equal ones.
_DEPTHS = ("Z", "depth.Z", "depth", "Depth", "D", "Y", "V")


@dataclass(frozen=True)
class _Channel:
    name: str
    dtype: np.dtype[np.generic]


def read_exr(stream: IO[bytes], label: str) -> Array:
    """Return the depth of a file, or its colours: float32 (H, W) or (H, W, 3).

    Raises
    ------
    ReliefError
        It is packed in a way that cannot be read here, too large, or damaged.
    """
    data = stream.read(_MOST_HEADER)
    (version,) = struct.unpack_from("<i", data, 4)
    if version & (_TILED | _DEEP | _PARTS):
        kind = "tiles" if version & _TILED else "several parts or deep pixels"
        raise ReliefError(f"{label} is an OpenEXR file of {kind}.", _AGAIN)
    attributes, start = _attributes(data)
    packing = attributes["compression"][0]
    name = _PACKINGS[packing] if packing < len(_PACKINGS) else f"scheme {packing}"
    if name not in _LINES:
        raise ReliefError(f"{label} is an OpenEXR file packed with {name}.", _AGAIN)
    channels = _channels(attributes["channels"], label)
    left, top, right, bottom = struct.unpack("<4i", attributes["dataWindow"][:16])
    cols, rows = right - left + 1, bottom - top + 1
    check_size(cols, rows, label)
    line = sum(channel.dtype.itemsize for channel in channels) * cols
    check_bytes(line * rows * 3, label)
    wanted = _wanted(channels, label)
    planes = {channel.name: np.zeros((rows, cols), np.float32) for channel in wanted}
    parts = -(-rows // _LINES[name])
    stream.seek(start)
    offsets = np.frombuffer(stream.read(8 * parts), "<u8")
    for offset in offsets:
        stream.seek(int(offset))
        y, size = struct.unpack("<2i", stream.read(8))
        lines = min(_LINES[name], bottom - y + 1)
        if not (top <= y <= bottom and 0 <= size <= 2 * line * lines + 64):
            raise ValueError("a part lies elsewhere")
        block = _unpacked(stream.read(size), name, line * lines)
        for row in range(lines):
            at = row * line
            for channel in channels:
                count = channel.dtype.itemsize * cols
                if channel.name in planes:
                    found = np.frombuffer(block[at : at + count], channel.dtype)
                    planes[channel.name][y - top + row] = found
                at += count
    values = list(planes.values())
    return values[0] if len(values) == 1 else np.stack(values, axis=-1)


def _attributes(data: bytes) -> tuple[dict[str, bytes], int]:
    """Return the header's attributes by name, and where it ends."""
    found: dict[str, bytes] = {}
    at = 8
    while data[at]:
        match = re.compile(rb"([^\0]{1,255})\0([^\0]{1,255})\0(.{4})", re.DOTALL).match(data, at)
        if match is None:
            raise ValueError("no attribute")
        (size,) = struct.unpack("<I", match[3])
        at = match.end() + size
        if at >= len(data):
            raise ValueError("an attribute is too long")
        found[match[1].decode("latin-1")] = data[match.end() : at]
    return found, at + 1


def _channels(data: bytes, label: str) -> list[_Channel]:
    found = []
    for match in re.finditer(rb"([^\0]{1,255})\0(.{16})", data, re.DOTALL):
        kind, _, across, down = struct.unpack("<4i", match[2])
        if (across, down) != (1, 1) or not 0 <= kind < len(_TYPES):
            raise ReliefError(f"{label} is an OpenEXR file of coarser colours.", _AGAIN)
        found.append(_Channel(match[1].decode("latin-1"), np.dtype(_TYPES[kind])))
    return found


def _wanted(channels: list[_Channel], label: str) -> list[_Channel]:
    """Return the channel with the depth, or three colours."""
    by_name = {channel.name: channel for channel in channels}
    depth = next((by_name[name] for name in _DEPTHS if name in by_name), None)
    depth = depth or next((c for c in channels if c.name.endswith((".Z", ".depth"))), None)
    if depth is None and len(channels) == 1:
        depth = channels[0]
    if depth is not None:
        return [depth]
    if all(name in by_name for name in "RGB"):
        return [by_name[name] for name in "RGB"]
    names = ", ".join(channel.name for channel in channels[:8])
    raise ReliefError(
        f"{label} has no channel that is called Z or depth, only {names or 'none'}.", _AGAIN
    )


def _unpacked(data: bytes, packing: str, size: int) -> bytes:
    """Return the bytes of some lines."""
    if packing == "NONE" or len(data) == size:
        # What packing would enlarge is left as it is.
        plain = data
    else:
        if packing == "RLE":
            packed = _run_lengths(data, size)
        else:
            packed = zlib.decompressobj().decompress(data, size)
        if len(packed) != size:
            raise ValueError("a part is too short")
        plain = _predicted(np.frombuffer(packed, np.uint8)).tobytes()
    if len(plain) < size:
        raise ValueError("a part is too short")
    return plain


def _predicted(packed: ByteArray) -> ByteArray:
    """Undo the differences, and the order of even bytes before odd ones."""
    steps = packed.copy()
    steps[1:] -= np.uint8(128)
    summed = np.cumsum(steps, dtype=np.uint8)
    half = (len(summed) + 1) // 2
    plain = np.empty_like(summed)
    plain[0::2], plain[1::2] = summed[:half], summed[half:]
    return plain


def _run_lengths(data: bytes, size: int) -> bytes:
    out = bytearray()
    at = 0
    while at < len(data) and len(out) < size:
        count = data[at] - 256 if data[at] > 127 else data[at]
        if count < 0:
            out += data[at + 1 : at + 1 - count]
            at += 1 - count
        else:
            out += data[at + 1 : at + 2] * (count + 1)
            at += 2
    return bytes(out)
