"""TIFF files of numbers that Pillow cannot read, or reads wrongly: other widths and byte orders."""

from __future__ import annotations

import zlib
from typing import IO, Any

import numpy as np
from PIL import TiffImagePlugin

from relief_widget.arrays import Array
from relief_widget.errors import ReliefError
from relief_widget.image.kinds import MAX_PIXELS, check_bytes, check_size

_AGAIN = "Save it as 32-bit float TIFF, without compression or with Deflate."

# Tags of TIFF 6.0, and of GDAL, https://gdal.org/drivers/raster/gtiff.html.
_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC = 256, 257, 258, 259, 262
_STRIPS, _SAMPLES, _ROWS, _STRIP_BYTES, _PLANAR, _PREDICTOR = 273, 277, 278, 279, 284, 317
_TILE_WIDTH, _TILE_HEIGHT, _TILES, _TILE_BYTES, _FORMAT = 322, 323, 324, 325, 339
_EXTRA = 338
GDAL_NODATA = 42113

_PLAIN, _DEFLATE = 1, (8, 32946)
_KINDS = {1: "u", 2: "i", 3: "f"}
_NAMES = {2: "CCITT", 3: "CCITT", 4: "CCITT", 5: "LZW", 6: "JPEG", 7: "JPEG", 32773: "PackBits"}
_NAMES |= {34887: "LERC", 50000: "Zstandard", 50001: "WebP", 52546: "JPEG XL"}
# What Pillow reads, whatever the compression and the byte order.
_SAFE = ("u1", "u2")
# What it also reads where libtiff unpacks it in the processor's own byte order.
_LITTLE = ("f4", "i4", "u4", "i2")


def read_numbers(stream: IO[bytes], label: str, most: int = MAX_PIXELS) -> tuple[Array, Any] | None:
    """Return the numbers of a TIFF, and its tags; None where Pillow reads it rightly.

    Parameters
    ----------
    stream
        The file, at its beginning.
    label
        What to call it in messages.
    most
        Pixels at most.

    Returns
    -------
    tuple[Array, Any] | None
        (H, W) or (H, W, bands) of the file's type, in the processor's byte order.

    Raises
    ------
    ReliefError
        It is packed in a way that nobody can read here, too large, or has no pixels.
    """
    head = stream.read(8)
    if 43 in head[2:4]:
        # BigTIFF's header is twice as long.
        head += stream.read(8)
    tags: Any = TiffImagePlugin.ImageFileDirectory_v2(head)
    stream.seek(tags.next)
    tags.load(stream)
    bits = {*_several(tags, _BITS, 1)}
    formats = {*_several(tags, _FORMAT, 1)}
    packed = int(_one(tags, _COMPRESSION, _PLAIN))
    if len(bits) != 1 or len(formats) != 1:
        raise ReliefError(f"{label} has bands of different widths.", _AGAIN)
    width_of, kind = bits.pop() // 8, _KINDS.get(formats.pop(), "")
    name = f"{kind}{width_of}"
    little = head.startswith(b"II")
    samples = int(_one(tags, _SAMPLES, 1))
    if samples < 1:
        raise ValueError("no bands")
    # Several bands of grey are what Pillow does not know.
    grey = _one(tags, _PHOTOMETRIC, 1) in (0, 1)
    easy = name in _SAFE and not (grey and samples > 1)
    if not kind or (easy and samples <= 4):
        return None
    if packed not in (_PLAIN, *_DEFLATE):
        if samples == 1 and (name in _SAFE or (name in _LITTLE and little)):
            return None
        packing = _NAMES.get(packed, f"scheme {packed}")
        raise ReliefError(f"{label} is a TIFF of {_called(name)}, packed with {packing}.", _AGAIN)
    if name not in ("u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8"):
        raise ReliefError(f"{label} is a TIFF of {_called(name)}.", _AGAIN)
    size = int(_one(tags, _WIDTH, 0)), int(_one(tags, _HEIGHT, 0))
    check_size(*size, label, most)
    check_bytes(size[0] * size[1] * samples * 2 * width_of, label)
    if samples > 4:
        raise ReliefError(
            f"{label} has {samples} bands of numbers, and a depth map has one.",
            "Save the band with the depth for itself.",
        )
    dtype = np.dtype(("<" if little else ">") + name)
    values = _pixels(stream, tags, size, samples, dtype, packed != _PLAIN)
    values = values.astype(dtype.newbyteorder("="), copy=False)
    white_is_zero = _one(tags, _PHOTOMETRIC, 1) == 0
    if white_is_zero and kind == "u":
        values = ~values
    return _bands(values, tags, label), tags


def nodata_of(tags: Any) -> float | None:
    """Return what GDAL says stands for no data; None where it does not say."""
    text = tags.get(GDAL_NODATA)
    text = text[0] if isinstance(text, tuple) and text else text
    try:
        return float(str(text).strip().strip("\0"))
    except ValueError:
        return None


def _bands(values: Array, tags: Any, label: str) -> Array:
    """Return one band, one with its alpha, or colours."""
    samples = values.shape[2]
    if samples == 1:
        return values[..., 0]
    extra = _several(tags, _EXTRA, 0)[-1]
    transparent = extra in (1, 2)
    colours = samples - transparent
    if samples == 2 and not transparent:
        if not (values[..., 0] == values[..., 1]).all():
            raise ReliefError(
                f"{label} has 2 different bands of numbers, and a depth map has one.",
                "Save the band with the depth for itself.",
            )
        return values[..., 0]
    if colours == 4:
        return values[..., :3]
    return values


def _called(name: str) -> str:
    kinds = {"u": "whole numbers", "i": "signed whole numbers", "f": "decimal numbers"}
    return f"{8 * int(name[1:])}-bit {kinds[name[0]]}"


def _several(tags: Any, tag: int, usual: int) -> tuple[Any, ...]:
    value = tags.get(tag, usual)
    return value if isinstance(value, tuple) else (value,)


def _one(tags: Any, tag: int, usual: int) -> Any:
    return (_several(tags, tag, usual) or (usual,))[0]


def _pixels(
    stream: IO[bytes],
    tags: Any,
    size: tuple[int, int],
    samples: int,
    dtype: np.dtype[Any],
    deflated: bool,
) -> Array:
    """Put strips or tiles together: (H, W, samples)."""
    cols, rows = size
    planes = samples if _one(tags, _PLANAR, 1) == 2 else 1
    bands = samples // planes
    tiled = _TILES in tags
    wide = int(_one(tags, _TILE_WIDTH, 0)) if tiled else cols
    high = int(_one(tags, _TILE_HEIGHT, 0)) if tiled else int(_one(tags, _ROWS, rows))
    high = high if tiled else min(high, rows)
    offsets = _several(tags, _TILES if tiled else _STRIPS, 0)
    counts = _several(tags, _TILE_BYTES if tiled else _STRIP_BYTES, 0)
    if wide < 1 or high < 1 or wide * high > 4 * max(cols * rows, 1 << 22):
        raise ValueError("tiles of no size")
    across, down = -(-cols // wide), -(-rows // high)
    if len(offsets) < across * down * planes or len(counts) < len(offsets):
        raise ValueError("parts are missing")
    values = np.zeros((rows, cols, samples), dtype)
    predictor = int(_one(tags, _PREDICTOR, 1)) if deflated else 1
    for index in range(across * down * planes):
        plane, place = divmod(index, across * down)
        top, left = place // across * high, place % across * wide
        lines = high if tiled else min(high, rows - top)
        wanted = lines * wide * bands * dtype.itemsize
        stream.seek(int(offsets[index]))
        data = stream.read(min(int(counts[index]), 2 * wanted + 4096))
        if deflated:
            data = zlib.decompressobj().decompress(data, wanted)
        if len(data) < wanted:
            raise ValueError("a part is too short")
        block = _predicted(data[:wanted], (lines, wide, bands), dtype, predictor)
        target = values[top : top + lines, left : left + wide]
        inner = block[: target.shape[0], : target.shape[1]]
        if planes == 1:
            target[:] = inner
        else:
            target[..., plane] = inner[..., 0]
    return values


def _predicted(
    data: bytes, shape: tuple[int, int, int], dtype: np.dtype[Any], predictor: int
) -> Array:
    """Undo the prediction along rows: TIFF 6.0, section 14, and TIFF Technical Note 3."""
    lines, wide, bands = shape
    if predictor == 3 and dtype.kind == "f":
        # The bytes of a row lie by their weight, the heaviest first, as differences.
        rows = np.frombuffer(data, np.uint8).reshape(lines, wide * bands * dtype.itemsize)
        rows = rows.reshape(lines, -1, bands).cumsum(axis=1, dtype=np.uint8)
        planes = rows.reshape(lines, dtype.itemsize, wide * bands).transpose(0, 2, 1)
        bytes_ = np.ascontiguousarray(planes)
        return bytes_.view(dtype.newbyteorder(">")).reshape(shape)
    block = np.frombuffer(data, dtype).reshape(shape)
    if predictor == 1:
        return block
    if predictor != 2:
        raise ValueError("an unknown predictor")
    whole = np.dtype(f"u{dtype.itemsize}")
    native = block.astype(dtype.newbyteorder("=")).view(whole)
    return native.cumsum(axis=1, dtype=whole).view(dtype.newbyteorder("="))
