"""Depth maps as depth programs write them, made by writers of our own."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
import tifffile

from relief_widget.arrays import Array, FloatArray


def tiff(values: Array, **options: Any) -> bytes:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, values, photometric="minisblack", **options)
    return buffer.getvalue()


def netpbm(kind: str, values: Array, white: int = 255) -> bytes:
    rows, cols = values.shape[:2]
    head = f"{kind}\n# made by a test\n{cols} {rows}\n{white}\n".encode()
    if kind in ("P2", "P3"):
        return head + " ".join(map(str, values.ravel())).encode()
    return head + values.astype(">u2" if white > 255 else np.uint8).tobytes()


def exr(values: FloatArray, channel: str = "Y", packing: int = 3, half: bool = False) -> bytes:
    rows, cols = values.shape
    kind = "<f2" if half else "<f4"

    def attribute(name: str, type_: str, data: bytes) -> bytes:
        return f"{name}\0{type_}\0".encode() + struct.pack("<I", len(data)) + data

    channels = f"{channel}\0".encode() + struct.pack("<4i", 1 if half else 2, 0, 1, 1) + b"\0"
    box = struct.pack("<4i", 0, 0, cols - 1, rows - 1)
    head = b"\x76\x2f\x31\x01" + struct.pack("<i", 2)
    head += attribute("channels", "chlist", channels)
    head += attribute("compression", "compression", bytes([packing]))
    head += attribute("dataWindow", "box2i", box) + attribute("displayWindow", "box2i", box)
    head += attribute("lineOrder", "lineOrder", b"\0") + b"\0"
    lines = 16 if packing == 3 else 1
    parts = []
    for top in range(0, rows, lines):
        plain = np.frombuffer(values[top : top + lines].astype(kind).tobytes(), np.uint8)
        if packing in (2, 3):
            parted = np.concatenate([plain[0::2], plain[1::2]]).astype(int)
            steps = np.diff(parted, prepend=parted[:1] * 0)
            steps[1:] += 128
            data = zlib.compress((steps % 256).astype(np.uint8).tobytes())
            data = data if len(data) < len(plain) else plain.tobytes()
        else:
            data = plain.tobytes()
        parts.append(struct.pack("<2i", top, len(data)) + data)
    at = len(head) + 8 * len(parts)
    offsets = b""
    for part in parts:
        offsets += struct.pack("<Q", at)
        at += len(part)
    return head + offsets + b"".join(parts)


def npy(values: Any) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, values, allow_pickle=True)
    return buffer.getvalue()


def npz(**arrays: Any) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()
