"""Arrays as picture files, without loss to the last bit, in formats that any program opens."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
from PIL import Image

from relief_widget.arrays import FloatArray, Pixels
from relief_widget.errors import ReliefError
from relief_widget.image.decoding import MOST_KEPT, decode
from relief_widget.image.reading import unit

# Of one picture: none that was opened here is larger.
MOST_PIXELS = MOST_KEPT + 1_000_000
# WebP's greatest side, https://developers.google.com/speed/webp/faq.
_WEBP_SIDE = 16383
# TIFF's Predictor, 3 = floating point (TIFF Technical Note 3).
_FLOAT_PREDICTOR = {317: 3}


def pack_plane(values: FloatArray) -> tuple[str, bytes]:
    """Return the suffix and the bytes of a file that holds heights, depths or a mask.

    Values that came from a file of 8 or 16 bits go back into a PNG of as many; others into a TIFF
    of 32-bit floats.

    Parameters
    ----------
    values
        float32 (rows, cols).
    """
    buffer = io.BytesIO()
    for white, kind in ((255, np.uint8), (65535, np.uint16)):
        levels = _levels(values, white)
        if levels is not None:
            Image.fromarray(levels.astype(kind)).save(buffer, "PNG", compress_level=1)
            return ".png", buffer.getvalue()
    image = Image.fromarray(values)
    image.save(buffer, "TIFF", compression="tiff_adobe_deflate", tiffinfo=_FLOAT_PREDICTOR)
    return ".tiff", buffer.getvalue()


def unpack_plane(data: bytes) -> FloatArray:
    """Return what `pack_plane` packed.

    Raises
    ------
    ReliefError
        The file is damaged or something else.
    """
    picture = decode(io.BytesIO(data), "A plane", "", managed=False, most=MOST_PIXELS)
    if picture.values.ndim != 2 or picture.alpha is not None:
        raise ReliefError("A plane of numbers is a picture of colours.")
    if picture.values.dtype == np.float32:
        return np.asarray(picture.values)
    return unit(picture.values, "A plane")


def pack_pixels(pixels: Pixels) -> list[tuple[str, bytes]]:
    """Return the suffixes and the bytes of the files that hold a photo's pixels.

    8 bits: one file, lossless WebP, which is written several times as fast as PNG and is smaller;
    PNG where a side is too long for WebP. float32: a plane for each colour.

    Parameters
    ----------
    pixels
        uint8 or float32 (rows, cols, 3).
    """
    if pixels.dtype != np.uint8:
        return [pack_plane(np.ascontiguousarray(pixels[..., band])) for band in range(3)]
    image = Image.fromarray(pixels)
    buffer = io.BytesIO()
    if max(image.size) > _WEBP_SIDE:
        image.save(buffer, "PNG", compress_level=1)
        return [(".png", buffer.getvalue())]
    image.save(buffer, "WEBP", lossless=True, quality=0, method=0)
    return [(".webp", buffer.getvalue())]


def unpack_pixels(data: bytes) -> Pixels:
    """Return what `pack_pixels` packed into one file.

    Raises
    ------
    ReliefError
        The file is damaged or something else.
    """
    picture = decode(io.BytesIO(data), "A photo", "", managed=False, most=MOST_PIXELS)
    values = picture.values
    if values.dtype != np.uint8 or values.ndim != 3 or picture.alpha is not None:
        raise ReliefError("A photo is no picture of three colours and 8 bits.")
    return values


def stack_bands(bands: list[FloatArray]) -> Pixels:
    """Return the photo whose planes `pack_pixels` packed into three files.

    Raises
    ------
    ReliefError
        They are not the bands of one photo.
    """
    if len({band.shape for band in bands}) != 1:
        raise ReliefError("A photo has bands of several sizes.")
    pixels = np.stack(bands, axis=-1)
    if pixels.min() < 0 or pixels.max() > 1:
        raise ReliefError("A photo has colours that there are not.")
    return pixels


def _levels(values: FloatArray, white: int) -> npt.NDArray[np.float64] | None:
    """Return whole levels if they give back exactly the values, else None."""
    # A few thousand values settle it for most arrays.
    for part in (values.ravel()[:: max(1, values.size // 4096)], values):
        if not (part.min() >= 0 and part.max() <= 1):
            return None
        levels = np.rint(part.astype(np.float64) * white)
        back = levels.astype(np.float32) / np.float32(white)
        # As bits: a negative zero is not a zero.
        if not np.array_equal(back.view(np.int32), np.ascontiguousarray(part).view(np.int32)):
            return None
    return levels
