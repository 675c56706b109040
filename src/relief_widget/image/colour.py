"""sRGB, light and ICC profiles; shrinking pictures without aliasing or loss of depth."""

from __future__ import annotations

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from PIL import Image, ImageCms

from relief_widget.arguments import whole
from relief_widget.arrays import DoubleArray, FloatArray, Pixels

# More than any picture has pixels.
_MOST_SIDE = 10**9

# Luminance of linear sRGB: the middle row of the matrix to XYZ, IEC 61966-2-1, as in Rec. ITU-R
# BT.709-6, item 3.2.
LUMINANCE = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)

# Pictures of more numbers are worth a second thread: NumPy and Pillow let it run.
_FEW, _THREADS = 1 << 20, 2

# Two profiles that differ by less than this, in 8-bit levels, are the same one.
_SAME_PROFILE = 1


def linear_light(srgb: Pixels | DoubleArray) -> FloatArray:
    """Return float32 light in [0, 1], float64 of float64: undo the curve of IEC 61966-2-1.

    Parameters
    ----------
    srgb
        uint8, or floats in [0, 1], of any shape.
    """
    if srgb.dtype == np.uint8:
        levels = np.arange(256, dtype=np.float32) / np.float32(255)
        return linear_light(levels)[srgb]
    low, high = srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4
    return np.asarray(np.where(srgb <= 0.04045, low, high), srgb.dtype)


def encoded(light: DoubleArray) -> DoubleArray:
    """Return the sRGB values of linear light in [0, 1]: what `linear_light` undoes."""
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def luminance(srgb: Pixels) -> FloatArray:
    """Return the relative luminance Y, float32 (H, W) in [0, 1]: black is 0, white 1.

    Parameters
    ----------
    srgb
        (H, W, 3) sRGB, uint8 or float32 in [0, 1].
    """
    return np.asarray(linear_light(srgb) @ LUMINANCE).clip(0.0, 1.0)


def fit(size: tuple[int, int], max_side: int | None) -> tuple[int, int]:
    """Return (width, height) with the longer side at most `max_side`, never larger than `size`.

    Raises
    ------
    ReliefError
        `max_side` is no number of pixels.
    """
    width, height = size
    if max_side is not None:
        max_side = whole("max_side", max_side, 1, _MOST_SIDE)
    if max_side is None or max(size) <= max_side:
        return width, height
    scale = max_side / max(size)
    # A relief needs two rows and two columns, also of a panorama.
    return max(2, round(width * scale)), max(2, round(height * scale))


def shrink(
    pixels: Pixels,
    size: tuple[int, int],
    convert: Callable[[Pixels], FloatArray],
    resampling: Image.Resampling,
    *,
    by_band: bool = False,
) -> FloatArray:
    """Convert a picture and shrink the result, in strips, so that a giant one needs little memory.

    Parameters
    ----------
    pixels
        (H, W, 3).
    size
        (width, height) of the result, neither larger than that of `pixels`.
    convert
        Takes a strip of rows; returns float32 (rows, W) or (rows, W, C).
    resampling
        The filter of the last halving; before it whole boxes of pixels are averaged.
    by_band
        Whether `convert` takes single bands, too, and does the same to each.
    """
    rows, cols = pixels.shape[:2]
    # The filter keeps one and a half to three pixels for each one of the result, which is enough
    # to shape the transition, and spares most of the time.
    box = max(1, int(min(cols / size[0], rows / size[1]) / 1.5))
    if by_band and box == 1:
        # Nothing is averaged: no band has to wait for the others.
        return _by_band(lambda band: resize(convert(band), size, resampling), pixels)
    step = box * max(1, (1 << 20) // (cols * box))
    tops = range(0, rows, step)
    with ThreadPoolExecutor(_THREADS) as beside:
        strips = beside.map(lambda top: _boxes(convert(pixels[top : top + step]), box), tops)
        values = np.concatenate(list(strips))
    # The last boxes may be cut by the border: the exact extent is not a whole number of boxes.
    return resize(values, size, resampling, (0.0, 0.0, cols / box, rows / box))


def resize(
    values: FloatArray,
    size: tuple[int, int],
    resampling: Image.Resampling,
    box: tuple[float, float, float, float] | None = None,
) -> FloatArray:
    """Resize float32 (H, W) or (H, W, C) to (width, height), antialiased where it shrinks."""
    if values.ndim == 3:
        return _by_band(lambda band: resize(band, size, resampling, box), values)
    if values.shape == size[::-1]:
        return values
    plane = Image.fromarray(np.ascontiguousarray(values))
    return np.asarray(plane.resize(size, resampling, box))


def _by_band(change: Callable[[Any], FloatArray], values: Pixels) -> FloatArray:
    """Return what `change` makes of each band of (H, W, C)."""
    bands = [np.ascontiguousarray(values[..., band]) for band in range(values.shape[2])]
    if values.size < _FEW:
        return np.stack([change(band) for band in bands], axis=-1)
    with ThreadPoolExecutor(_THREADS) as beside:
        return np.stack(list(beside.map(change, bands)), axis=-1)


def _boxes(values: FloatArray, box: int) -> FloatArray:
    """Return means of `box` × `box` pixels; of what there is at the borders."""
    if box == 1:
        return values
    for axis in (0, 1):
        starts = np.arange(0, values.shape[axis], box)
        counts = np.diff(np.append(starts, values.shape[axis])).astype(np.float32)
        shape = [1] * values.ndim
        shape[axis] = -1
        sums: FloatArray = np.add.reduceat(values, starts, axis=axis)
        values = np.divide(sums, counts.reshape(shape), out=sums)
    return values


def to_srgb(image: Image.Image, icc: bytes | None) -> Image.Image:
    """Convert to 8-bit sRGB, mode RGB, by the embedded profile; without one, as usual for the mode.

    Parameters
    ----------
    image
        Mode RGB, L, CMYK, LAB or another that Pillow turns into RGB; without alpha.
    icc
        The profile; one that is damaged or for another kind of picture is left out.
    """
    transform = _transform(icc, image.mode)
    if transform is None and image.mode == "L":
        # A grey picture may well carry the profile of the RGB space that it was made in.
        image = image.convert("RGB")
        transform = _transform(icc, "RGB")
    if transform is None or _is_neutral(transform, image.mode):
        return image if image.mode == "RGB" else image.convert("RGB")
    return transform.apply(image)


def is_srgb(icc: bytes | None) -> bool:
    """Tell whether a profile leaves RGB pixels as they are; so do none and a broken one."""
    transform = _transform(icc, "RGB")
    return transform is None or _is_neutral(transform, "RGB")


def grey_curve(icc: bytes | None) -> FloatArray | None:
    """Return the sRGB values of 256 even levels of a grey profile; None where they stay even."""
    transform = _transform(icc, "L")
    if transform is None or _is_neutral(transform, "L"):
        return None
    ramp = Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    curve = np.asarray(transform.apply(ramp), dtype=np.float32)[0].mean(axis=-1)
    return np.asarray(curve / np.float32(255))


def _transform(icc: bytes | None, mode: str) -> ImageCms.ImageCmsTransform | None:
    """Return the way from a profile to sRGB, None where it does not apply to the mode."""
    try:
        if mode == "LAB":
            source = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
        elif not icc:
            return None
        else:
            source = ImageCms.ImageCmsProfile(io.BytesIO(icc))
            if source.profile.xcolor_space.strip() != {"L": "GRAY"}.get(mode, mode):
                return None
        target = ImageCms.createProfile("sRGB")
        return ImageCms.buildTransform(source, target, mode, "RGB")
    except Exception:  # whatever is wrong with the profile, the picture can be shown without
        return None


def _is_neutral(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    """Tell whether a transform leaves grey or RGB pixels as they are."""
    if mode not in ("RGB", "L"):
        return False
    levels = np.linspace(0, 255, 9).round().astype(np.uint8)
    lattice = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(-1, 1, 3)
    image = Image.fromarray(lattice if mode == "RGB" else np.arange(256, dtype=np.uint8)[None])
    before = np.asarray(image.convert("RGB"), dtype=np.int16)
    after = np.asarray(transform.apply(image), dtype=np.int16)
    return bool(np.abs(after - before).max() <= _SAME_PROFILE)
