"""From a file to arrays, at the file's own precision."""

from __future__ import annotations

import sys
import threading
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
from PIL import ExifTags, Image, ImageFile, TiffImagePlugin

from relief_widget.arrays import Array
from relief_widget.errors import ReliefError
from relief_widget.image.colour import grey_curve, is_srgb, to_srgb
from relief_widget.image.kinds import MAX_PIXELS, check_bytes, check_size, open_kind
from relief_widget.image.plain import flat, reader_of
from relief_widget.image.tiff import nodata_of, read_numbers

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

# Larger photos are made smaller while they are opened: no relief can show more.
MOST_KEPT = 36_000_000
# Of 16 bits, which become floats.
MOST_DEEP = 12_000_000
# Bytes for each pixel at the peak of opening it: what the decoder holds, and all copies. Measured
# on pictures of 30 megapixels, and rounded up; more where there is an alpha.
_COSTS = {"WEBP": 18, "TIFF": 14, "HEIF": 18, "AVIF": 14}
_COST, _COST_GREY, _COST_ALPHA, _COST_DEEP, _COST_DEEP_ALPHA = 11, 8, 14, 32, 44
# Of a JPEG the coefficients of all of it may lie in memory, whatever it is shrunk to.
_COEFFICIENT = 2

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
    nodata
        What the file says stands for no data, or None.
    orientation
        EXIF's, 1 to 8, as the file said it: the arrays are upright already.
    lossless
        The file keeps its levels, as PNG does and JPEG does not.
    """

    values: Array
    alpha: Array | None
    label: str
    name: str
    exact: bool = False
    nodata: float | None = None
    orientation: int = 1
    lossless: bool = True


def decode(
    stream: IO[bytes],
    label: str,
    name: str,
    *,
    managed: bool,
    gaps: bool = False,
    most: int = MAX_PIXELS,
) -> Picture:
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
    gaps
        NaN and infinity may be among the numbers.
    most
        Pixels at most.

    Raises
    ------
    ReliefError
        It is no picture, too large, damaged, or would lose precision that a depth map needs.
    """
    with _guarded(label):
        head = stream.read(256)
        stream.seek(0)
        plain = reader_of(head)
        if plain is not None:
            values = flat(plain(stream, label), label)
            return _of_numbers(values, label, name, gaps=gaps)
        if head.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
            found = read_numbers(stream, label, most)
            stream.seek(0)
            if found is not None:
                values, tags = found
                return _of_numbers(values, label, name, tags, gaps=gaps)
        image = open_kind(stream, label)
        deep = _is_deep(image)
        check_size(*image.size, label, most)
        _bound(image, label, deep=deep)
        profile = image.info.get("icc_profile")
        if deep and getattr(image, "_planar_configuration", 1) != 1:
            # Pillow reads separate planes of 16 bits as if they had 8.
            raise ReliefError(f"{label} has its colours in separate planes.", _SAVE_AGAIN)
        if deep and (not managed or is_srgb(profile)):
            picture = _deep(stream, image, label, name, shrinks=managed)
            if picture is not None:
                return picture
        return from_image(image, label, name, managed=managed, gaps=gaps)


def from_image(
    image: Image.Image, label: str, name: str, *, managed: bool, gaps: bool = False
) -> Picture:
    """Take the pixels of a PIL image, which stays as it is.

    Raises
    ------
    ReliefError
        It is too small or too large, or its file is damaged.
    """
    with _guarded(label):
        check_size(*image.size, label)
        _bound(image, label, deep=_is_deep(image))
        if not managed:
            _refuse_loss(image, label)
        image.load()
        whole = image
        if managed:
            image = _reduced(image)
        if image.mode.startswith(("I", "F")):
            values, alpha = _single(image, managed=managed)
        else:
            values, alpha = _bands(image, managed=managed)
        return _picture(whole, values, alpha, label, name, gaps=gaps)


def _bound(image: Image.Image, label: str, *, deep: bool) -> None:
    """Refuse a picture that would take too much memory; a JPEG is shrunk while it is decoded."""
    width, height = image.size
    pixels = width * height
    if image.format == "JPEG" and isinstance(image, ImageFile.ImageFile):
        layers = [(int(layer[1]), int(layer[2])) for layer in getattr(image, "layer", ())]
        most = max((across * down for across, down in layers), default=1)
        share = sum(across * down for across, down in layers) / max(most, 1) or 3
        held = int(pixels * _COEFFICIENT * share)
        if pixels > MOST_KEPT:
            image.draft(None, (width // 2, height // 2))
        smaller = image.size[0] * image.size[1]
        check_bytes(held + smaller * (_COST_ALPHA if image.mode == "CMYK" else _COST), label)
        return
    alpha = image.has_transparency_data
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        across, down = (image.tag_v2.get(tag, 0) for tag in (322, 323))
        if isinstance(across, int) and isinstance(down, int):
            check_bytes(across * down * 8, label)
    if deep:
        cost = _COST_DEEP_ALPHA if alpha or image.mode == "RGBA" else _COST_DEEP
    else:
        grey = image.mode in ("1", "L") or image.mode.startswith("I;16")
        cost = _COSTS.get(image.format or "", _COST_GREY if grey else _COST)
        if alpha:
            cost += _COST_ALPHA
        elif image.mode in ("CMYK", "I", "F", "P"):
            cost = max(cost, _COST_ALPHA)
    check_bytes(pixels * cost, label)


def _reduced(image: Image.Image) -> Image.Image:
    """Return a giant photo at a half or a third of its size, other images as they are."""
    pixels = image.size[0] * image.size[1]
    if pixels <= MOST_KEPT or image.mode not in ("L", "RGB", "RGBA", "CMYK"):
        return image
    factor = 2
    while pixels > factor * factor * MOST_KEPT:
        factor += 1
    small = image.reduce(factor)
    small.info = image.info
    return small


def _of_numbers(
    values: Array, label: str, name: str, tags: Any = None, *, gaps: bool = False
) -> Picture:
    """Return what a file of plain numbers holds."""
    check_size(values.shape[1], values.shape[0], label)
    values = values.astype(values.dtype.newbyteorder("="), copy=False)
    if values.dtype.kind == "f":
        with np.errstate(over="ignore"):
            values = values.astype(np.float32, copy=False)
    _check_finite(values, label, gaps=gaps)
    alpha = None
    if values.ndim == 3 and values.shape[2] in (2, 4):
        values, alpha = values[..., :-1], values[..., -1]
    if values.ndim == 3 and values.shape[2] == 1:
        values = values[..., 0]
    turn, nodata = 1, None
    if tags is not None:
        turn, nodata = tags.get(274, 1), nodata_of(tags)
        turn = turn if isinstance(turn, int) else 1
        alpha = None if alpha is None else upright(alpha, turn)
        values = upright(values, turn)
    return Picture(values, alpha, label, name, nodata=nodata, orientation=turn)


def _check_finite(values: Array, label: str, *, gaps: bool) -> None:
    if values.dtype.kind == "f" and not gaps and not np.isfinite(values).all():
        raise ReliefError(
            f"{label} has values that are not numbers (NaN or infinity).",
            "Fill them in with another program, or give an array without them.",
        )


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


def _deep(
    stream: IO[bytes], image: ImageFile.ImageFile, label: str, name: str, *, shrinks: bool
) -> Picture | None:
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
        del low
    else:
        return None
    if shrinks:
        bands = _averaged(bands)
    values, alpha = bands[..., 0] if bands.shape[2] == 2 else bands[..., :3], None
    key = image.info.get("transparency")
    if bands.shape[2] in (2, 4):
        alpha = bands[..., -1]
    elif isinstance(key, tuple):
        alpha = np.where((values == np.array(key)).all(axis=-1), 0, 65535).astype(np.uint16)
    return _picture(image, values, alpha, label, name)


def _averaged(bands: Array) -> Array:
    """Return a giant picture of 16 bits at a half or a third of its size: its floats are large."""
    factor = 1
    while bands[..., 0].size > factor * factor * MOST_DEEP:
        factor += 1
    if factor == 1:
        return bands
    rows, cols = (side // factor * factor for side in bands.shape[:2])
    total = np.zeros((rows // factor, cols // factor, bands.shape[2]), np.uint32)
    for down in range(factor):
        for across in range(factor):
            total += bands[down:rows:factor, across:cols:factor]
    return (total // (factor * factor)).astype(np.uint16)


def _read_as(image: ImageFile.ImageFile, rawmode: str) -> Array:
    """Read a file's pixels as if they lay in another way."""
    image.tile = [
        tile._replace(args=(rawmode, *tile.args[1:]) if isinstance(tile.args, tuple) else rawmode)
        for tile in image.tile
    ]
    return np.asarray(image)


def _picture(
    image: Image.Image,
    values: Array,
    alpha: Array | None,
    label: str,
    name: str,
    *,
    gaps: bool = False,
) -> Picture:
    """Turn the arrays of a loaded image upright, as its metadata says."""
    _check_finite(values, label, gaps=gaps)
    turn = _orientation(image)
    exact = image.info.get(EXACT_NOTE[0]) == EXACT_NOTE[1]
    if alpha is not None:
        opaque = 1 if alpha.dtype.kind == "f" else np.iinfo(alpha.dtype).max
        alpha = None if (alpha == opaque).all() else upright(alpha, turn)
    nodata = None
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        nodata = nodata_of(image.tag_v2)
    lossy = image.format in ("JPEG", "MPO", "HEIF", "AVIF")
    return Picture(
        upright(values, turn), alpha, label, name, exact, nodata, turn, lossless=not lossy
    )


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
