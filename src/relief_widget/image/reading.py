"""Open pictures from anywhere as arrays; whatever is wrong with them is one sentence."""

from __future__ import annotations

import errno
import io
import re
import stat
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from relief_widget.arrays import Array, FloatArray, Pixels
from relief_widget.errors import ReliefError
from relief_widget.image.colour import LUMINANCE
from relief_widget.image.decoding import Picture, decode, from_image
from relief_widget.image.kinds import check_bytes, check_size

# What shows where a picture is transparent: middle grey, which is neither near nor far, and not
# what a program happened to leave there.
GREY_GROUND = 128

# Rounding in somebody's resampling; more is another scale.
_SLACK = 1e-3


def read_picture(source: Any, *, managed: bool, what: str = "", gaps: bool = False) -> Picture:
    """Open a path, bytes, PIL image or array, upright, at its own precision.

    Only float64 becomes float32.

    Parameters
    ----------
    source
        Path of a JPEG, PNG, WebP, TIFF, BMP, GIF (first frame), HEIC or AVIF file, of one of plain
        numbers (PGM and its kin, PFM, NPY, NPZ with one array, OpenEXR), its bytes, a PIL image, or
        an array: (H, W), (H, W, 1), (H, W, 2) with alpha, (H, W, 3) or (H, W, 4).
    managed
        Convert colours to sRGB, as photos need; depth maps keep their numbers.
    what
        What it is given as, such as "depth map", for messages about what has no name of its own.
    gaps
        NaN and infinity may be among the numbers.

    Raises
    ------
    ReliefError
        It cannot be used: the message says what it is and why, the hint what to do.
    """
    try:
        if isinstance(source, bytes | bytearray | memoryview):
            label = f"The {what or 'data'}"
            return decode(io.BytesIO(source), label, "photo", managed=managed, gaps=gaps)
        if isinstance(source, str | Path):
            return _from_path(source, what or "photo", managed=managed, gaps=gaps)
        if isinstance(source, Image.Image):
            path = Path(str(getattr(source, "filename", "") or "photo"))
            label = repr(path.name) if path.suffix else f"The {what or 'image'}"
            return from_image(source, label, path.stem, managed=managed, gaps=gaps)
        return _from_array(source, what, gaps=gaps)
    except MemoryError as error:
        raise ReliefError(
            f"There is not enough memory to open the {what or 'picture'}.", "Scale it down first."
        ) from error


def unit(values: Array, label: str) -> FloatArray:
    """Bring the values of a photo or a mask to [0, 1].

    Parameters
    ----------
    values
        bool, any integers, or floats in [0, 1]. Integers other than uint8 and uint16 count as 8-bit
        if none is above 255, as 16-bit if none is above 65535.

    Raises
    ------
    ReliefError
        The values have another range.
    """
    low, high = values.min(), values.max()
    if values.dtype.kind == "f":
        if low < -_SLACK or high > 1 + _SLACK:
            raise ReliefError(
                f"{label} has values from {low:g} to {high:g}, not within 0 and 1.",
                "Divide them by 255 if that is white, or convert them to uint8.",
            )
        return np.clip(values, 0.0, 1.0)
    if values.dtype == np.bool_:
        return values.astype(np.float32)
    white = white_of(values)
    if white is None:
        raise ReliefError(
            f"{label} has whole numbers from {low} to {high}, not within 0 and 65535.",
            "Scale them to 0 to 1 as floats.",
        )
    return values.astype(np.float32) / np.float32(white)


def white_of(values: Array) -> int | None:
    """Return what stands for 1 among integers, as `unit` says; None where they have more range."""
    if values.min() < 0 or values.max() > 65535:
        return None
    is_8_bit = values.dtype == np.uint8 or (values.dtype != np.uint16 and values.max() <= 255)
    return 255 if is_8_bit else 65535


def grey(values: Array) -> Array:
    """Return one band (H, W): any if all are equal, otherwise the luma (Rec. ITU-R BT.709-6)."""
    if values.ndim == 2:
        return values
    if (values[..., :1] == values[..., 1:]).all():
        return values[..., 0]
    luma = values.astype(np.float64) @ LUMINANCE.astype(np.float64)
    return (luma if values.dtype.kind == "f" else np.rint(luma)).astype(values.dtype)


def flattened(picture: Picture) -> tuple[Pixels, FloatArray | None]:
    """Lay a picture on neutral ground.

    Returns
    -------
    pixels
        (H, W, 3), uint8, or float32 in [0, 1] where the picture has more than 8 bits.
    mask
        float32 (H, W) in [0, 1], the alpha; None where the picture is opaque.

    Raises
    ------
    ReliefError
        The values are out of range, or the picture is transparent all over.
    """
    values, alpha = picture.values, picture.alpha
    pixels: Array
    if values.dtype == np.uint8:
        pixels = values
    elif values.dtype == np.bool_:
        pixels = values.astype(np.uint8) * np.uint8(255)
    else:
        pixels = unit(values, picture.label)
    if pixels.ndim == 2:
        pixels = np.broadcast_to(pixels[..., None], (*pixels.shape, 3))
    if alpha is None:
        return pixels, None
    mask = unit(alpha, picture.label)
    if mask.min() == 1:
        return pixels, None
    if mask.max() == 0:
        raise ReliefError(
            f"{picture.label} is transparent all over: there is nothing to see.",
            "Save it without transparency.",
        )
    if pixels.dtype == np.uint8:
        ground = Image.new("RGB", (pixels.shape[1], pixels.shape[0]), (GREY_GROUND,) * 3)
        opacity = Image.fromarray(np.rint(mask * np.float32(255)).astype(np.uint8))
        return np.asarray(Image.composite(Image.fromarray(pixels), ground, opacity)), mask
    ground_value = np.float32(GREY_GROUND / 255)
    return ground_value + (pixels - ground_value) * mask[..., None], mask


def _from_path(source: str | Path, what: str, *, managed: bool, gaps: bool) -> Picture:
    text = str(source)
    # Path("https://…") has lost a slash already.
    if re.match(r"(https?|ftp|s3|gs|file):/|www\.|data:", text, re.IGNORECASE):
        raise ReliefError(
            f"The {what} is given as a web address, and nothing is downloaded here.",
            "Download it first, and give the file's name.",
        )
    path = Path(text)
    label = repr(path.name or text)
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise ReliefError(f"{label} is a folder, not a picture.", "Name a file in it.")
        if not stat.S_ISREG(mode):
            # Reading from a pipe or a device may never end.
            raise ReliefError(f"{label} is not a regular file.", "Save the picture as a file.")
        with path.open("rb") as stream:
            return decode(stream, label, path.stem, managed=managed, gaps=gaps)
    except (OSError, ValueError) as error:
        raise _unreadable(error, label) from error


def _unreadable(error: OSError | ValueError, label: str) -> ReliefError:
    code = error.errno if isinstance(error, OSError) else None
    if code in (errno.ENOENT, errno.ENOTDIR):
        return ReliefError(f"There is no file {label}.", "Check its name and its folder.")
    if code in (errno.EACCES, errno.EPERM):
        return ReliefError(
            f"There is no permission to read {label}.", "Copy it to your own folder."
        )
    label = label if len(label) < 100 else f"{label[:100]}…'"
    return ReliefError(f"{label} cannot be opened as a file.", "Check its name and its folder.")


def _from_array(source: Any, what: str = "", *, gaps: bool = False) -> Picture:
    label = f"The {what or 'array'}"
    try:
        values = np.asarray(source)
    except Exception as error:  # whatever an object's __array__ raises
        raise _no_picture(source, what) from error
    if values.ndim > 0 and values.dtype.kind not in "buif":
        given = isinstance(source, np.ndarray | list | tuple)
        if not given:
            raise _no_picture(source, what)
        raise ReliefError(
            f"{label} is an array of {_KINDS.get(values.dtype.kind, 'something else')}: "
            "nothing that holds a picture.",
            "Give rows × columns of whole or decimal numbers, for example with "
            "numpy.asarray(array, dtype=float).",
        )
    if values.ndim == 0:
        raise _no_picture(source, what)
    if gaps and values.ndim > 2:
        # As networks answer: a batch of one.
        while values.ndim > 2 and values.shape[0] == 1:
            values = values[0]
    if values.ndim not in (2, 3) or (values.ndim == 3 and values.shape[2] not in (1, 2, 3, 4)):
        first = values.ndim == 3 and values.shape[0] in (1, 3, 4)
        raise ReliefError(
            f"{label} has the shape {values.shape}, which is no picture.",
            "Move the colours to the end: numpy.moveaxis(array, 0, -1)."
            if first
            else "Give rows × columns, or rows × columns × colours.",
        )
    check_size(values.shape[1], values.shape[0], label)
    check_bytes(values.size * 8, label)
    with np.errstate(over="ignore"):
        # A copy of its own, so that a photo does not change with its array.
        dtype = np.float32 if values.dtype.kind == "f" else values.dtype.newbyteorder("=")
        values = np.array(values, dtype=dtype, order="C")
    values.setflags(write=False)
    if values.dtype.kind == "f" and not gaps and not np.isfinite(values).all():
        raise ReliefError(
            f"{label} has values that are not numbers (NaN or infinity).",
            "Replace them first, for example with numpy.nan_to_num.",
        )
    alpha = None
    if values.ndim == 3:
        if values.shape[2] in (2, 4):
            values, alpha = values[..., :-1], values[..., -1]
        if values.shape[2] == 1:
            values = values[..., 0]
    return Picture(values, alpha, label, "photo")


_KINDS = {"O": "objects", "c": "complex numbers", "U": "text", "S": "text", "M": "dates"}


def _no_picture(source: object, what: str) -> ReliefError:
    kind = repr(type(source).__name__)
    return ReliefError(
        f"The {what} is a {kind}, which holds no picture."
        if what
        else f"{kind} is nothing that holds a picture.",
        "Give a file's name, its bytes, a PIL image or an array of numbers.",
    )
