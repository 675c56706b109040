"""From a file to arrays, at the file's own precision."""

from __future__ import annotations

import sys
import threading
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

import numpy as np
from PIL import ExifTags, Image, ImageFile, TiffImagePlugin

from relief_widget.arrays import Array
from relief_widget.errors import ReliefError
from relief_widget.image.colour import grey_curve, is_srgb, to_srgb
from relief_widget.image.kinds import check_size, open_kind

# What is written into the PNG files of depth maps that must come back as they are.
EXACT_NOTE = ("Comment", "depth map, levels exact")

_SAVE_AGAIN = "Save it as 16-bit grey PNG or as 32-bit float TIFF."

# Pillow has no image of several bands with 16 bits, and drops the low bytes of such files. Read
# with the other byte order, it drops the high ones: two readings give all 16 bits.
_NATIVE, _OTHER = ("L", "B") if sys.byteorder == "little" else ("B", "L")
_OTHER_ENDIAN = {
    f"{bands};16{order}": f"{bands};16{other}"
    for bands in ("RGB", "RGBA", "RGBX")
    for order, other in (("L", "B"), ("B", "L"), ("N", _OTHER))
}
# Its four bytes can be read as they are.
_GREY_ALPHA_16 = "LA;16B"

_ONE_AT_A_TIME = threading.RLock()


@contextmanager
def own_warnings() -> Generator[None, None, None]:
    """Let filters of warnings be changed for a while.

    They are the whole process's, and changing them is not safe among threads: one at a time.
    """
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        yield


@dataclass(frozen=True, eq=False)
class Picture:
    """Arrays of a picture, upright.

    Attributes
    ----------
    values
        (H, W) or (H, W, 3), of the file's own precision: bool, integers or float32.
    alpha
        (H, W) of the same type as `values`, or None where the picture is opaque.
    label
        What to call it in messages.
    name
        The file's stem.
    exact
        The file says that its levels are no rounded ones.
    """

    values: Array
    alpha: Array | None
    label: str
    name: str
    exact: bool = False


def decode(stream: IO[bytes], label: str, name: str, *, managed: bool) -> Picture:
    """Read a file that is open at its beginning.

    Parameters
    ----------
    stream
        The file.
    label, name
        What to call it in messages, and its stem.
    managed
        Convert the colours to sRGB, for photos; otherwise the numbers stay as they are, for depth
        maps.

    Raises
    ------
    ReliefError
        It is no picture, too large, damaged, or would lose precision that a depth map needs.
    """
    with _guarded(label):
        image = open_kind(stream, label)
        deep = _is_deep(image)
        check_size(*image.size, label)
        profile = image.info.get("icc_profile")
        if deep and getattr(image, "_planar_configuration", 1) != 1:
            # Pillow reads separate planes of 16 bits as if they had 8.
            raise ReliefError(f"{label} has its colours in separate planes.", _SAVE_AGAIN)
        if deep and (not managed or is_srgb(profile)):
            picture = _deep(stream, image, label, name)
            if picture is not None:
                return picture
        return from_image(image, label, name, managed=managed)


def from_image(image: Image.Image, label: str, name: str, *, managed: bool) -> Picture:
    """Take the pixels of a PIL image, which stays as it is.

    Raises
    ------
    ReliefError
        It is too small or too large, or its file is damaged.
    """
    with _guarded(label):
        check_size(*image.size, label)
        if not managed:
            _refuse_loss(image, label)
        image.load()
        if image.mode.startswith(("I", "F")):
            values, alpha = _single(image, managed=managed)
        else:
            values, alpha = _bands(image, managed=managed)
        return _picture(image, values, alpha, label, name)


@contextmanager
def _guarded(label: str) -> Generator[None, None, None]:
    """Turn whatever goes wrong in a decoder into one sentence, and its warnings into nothing."""
    with own_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except ReliefError:
            raise
        except MemoryError as error:
            raise ReliefError(
                f"There is not enough memory to open {label}.", "Scale it down first."
            ) from error
        except Exception as error:  # decoders raise anything, from SyntaxError to struct.error
            raise ReliefError(
                f"{label} is damaged, incomplete or of a rare kind.",
                "Copy or download it again, or save it as PNG or JPEG with another program.",
            ) from error


def _single(image: Image.Image, *, managed: bool) -> tuple[Array, Array | None]:
    """Return a picture of one band with more than 8 bits, and its alpha."""
    values = np.asarray(image)
    values = values.astype(values.dtype.newbyteorder("="), copy=False)
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        tags = image.tag_v2
        photometric, sample_format, white_is_zero, unsigned = 262, 339, 0, 1
        if values.dtype == np.int32 and tags.get(sample_format, (unsigned,)) in ((1,), 1):
            values = values.view(np.uint32)
        if values.dtype.kind == "u" and tags.get(photometric) == white_is_zero:
            values = ~values
    key = image.info.get("transparency")
    alpha = None
    if isinstance(key, int) and values.dtype.kind in "iu":
        alpha = np.where(values == key, 0, np.iinfo(values.dtype).max).astype(values.dtype)
    if managed and values.dtype == np.uint16:
        curve = grey_curve(image.info.get("icc_profile"))
        if curve is not None:
            levels = np.interp(np.arange(65536) / 257.0, np.arange(256), curve)
            values = levels.astype(np.float32)[values]
            alpha = None if alpha is None else (alpha > 0).astype(np.float32)
    return values, alpha


def _bands(image: Image.Image, *, managed: bool) -> tuple[Array, Array | None]:
    """Return an 8-bit picture, (H, W) or (H, W, 3), and its alpha."""
    alpha = None
    profile = image.info.get("icc_profile")
    if image.has_transparency_data:
        if image.mode in ("La", "RGBa"):
            image = image.convert(image.mode.upper())
        rgba = image.convert("RGBA")
        alpha = np.asarray(rgba.getchannel("A"))
        image = image.getchannel("L") if image.mode == "LA" else rgba.convert("RGB")
    elif image.mode == "1":
        image = image.convert("L")
    elif image.mode == "P":
        image = image.convert("RGB")
    if managed:
        if image.mode != "L" or profile:
            image = to_srgb(image, profile)
    elif image.mode == "LAB":
        image = to_srgb(image, None)
    elif image.mode not in ("L", "RGB"):
        image = image.convert("RGB")
    return np.asarray(image), alpha


def _rawmode(image: Image.Image) -> str:
    """Return how the pixels lie in a file that was not read yet; empty where it is not known."""
    tiles = getattr(image, "tile", None)
    if not tiles:
        return ""
    args = tiles[0][3]
    rawmode = args[0] if isinstance(args, tuple) and args else args
    return rawmode if isinstance(rawmode, str) else ""


def _is_deep(image: Image.Image) -> bool:
    """Tell whether Pillow would drop bits of this file."""
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        bits = image.tag_v2.get(258, (1,))
        bits = bits if isinstance(bits, tuple) else (bits,)
        return len(bits) > 1 and max(bits) > 8
    if image.format == "HEIF":
        return int(image.info.get("bit_depth", 8)) > 8
    return ";16" in _rawmode(image) and not image.mode.startswith("I")


def _refuse_loss(image: Image.Image, label: str) -> None:
    """Refuse a depth map that Pillow would read with less precision than it may have."""
    if _is_deep(image):
        raise ReliefError(f"{label} has more than 8 bits, stored in a rare way.", _SAVE_AGAIN)
    if image.format == "AVIF":
        raise ReliefError(f"{label} is AVIF, which is no format for depth maps.", _SAVE_AGAIN)


def _deep(stream: IO[bytes], image: ImageFile.ImageFile, label: str, name: str) -> Picture | None:
    """Return all 16 bits of a picture of several bands; None where that is not known to work."""
    rawmode = _rawmode(image)
    if rawmode == _GREY_ALPHA_16:
        bands = _read_as(image, "RGBA").view(np.dtype(">u2")).astype(np.uint16)
    elif rawmode in _OTHER_ENDIAN:
        stream.seek(0)
        low = _read_as(open_kind(stream, label), _OTHER_ENDIAN[rawmode])
        bands = _read_as(image, rawmode).astype(np.uint16)
        bands <<= 8
        bands |= low
    else:
        return None
    values, alpha = bands[..., 0] if bands.shape[2] == 2 else bands[..., :3], None
    key = image.info.get("transparency")
    if bands.shape[2] in (2, 4):
        alpha = bands[..., -1]
    elif isinstance(key, tuple):
        alpha = np.where((values == np.array(key)).all(axis=-1), 0, 65535).astype(np.uint16)
    return _picture(image, values, alpha, label, name)


def _read_as(image: ImageFile.ImageFile, rawmode: str) -> Array:
    """Read a file's pixels as if they lay in another way."""
    image.tile = [
        tile._replace(args=(rawmode, *tile.args[1:]) if isinstance(tile.args, tuple) else rawmode)
        for tile in image.tile
    ]
    return np.asarray(image)


def _picture(
    image: Image.Image, values: Array, alpha: Array | None, label: str, name: str
) -> Picture:
    """Turn the arrays of a loaded image upright, as its metadata says."""
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise ReliefError(
            f"{label} has values that are not numbers (NaN or infinity).",
            "Fill them in with another program, or give an array without them.",
        )
    turn = _orientation(image)
    exact = image.info.get(EXACT_NOTE[0]) == EXACT_NOTE[1]
    if alpha is not None:
        opaque = 1 if alpha.dtype.kind == "f" else np.iinfo(alpha.dtype).max
        alpha = None if (alpha == opaque).all() else upright(alpha, turn)
    return Picture(upright(values, turn), alpha, label, name, exact)


def _orientation(image: Image.Image) -> int:
    """Return EXIF's orientation, 1 to 8; 1 where there is none or the metadata is damaged."""
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # a damaged EXIF block raises anything, and is no reason to refuse a photo
        return 1


def upright(values: Array, orientation: int) -> Array:
    """Turn and flip rows and columns as EXIF's orientation says (EXIF 2.32, tag 0x0112)."""
    if orientation in (2, 3, 7, 8):
        values = values[:, ::-1]
    if orientation in (3, 4, 6, 7):
        values = values[::-1]
    if orientation in (5, 6, 7, 8):
        values = values.swapaxes(0, 1)
    return values
