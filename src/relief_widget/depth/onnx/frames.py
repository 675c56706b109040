"""How a photo fits into the picture that a network takes, and its answer back onto the photo."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage

from relief_widget.arrays import FloatArray
from relief_widget.depth.onnx.models import Kind
from relief_widget.image.colour import resize

# A panorama must not fill the memory: attention grows with the square of the area.
_MAX_ASPECT = 3.0


@dataclass(frozen=True)
class Frame:
    """Where a picture lies in what the network sees.

    Attributes
    ----------
    size
        (width, height) of the network's picture.
    box
        (left, top, width, height) of the photo in it; mirrored borders fill the rest.
    """

    size: tuple[int, int]
    box: tuple[int, int, int, int]


def frame(
    size: tuple[int, int], kind: Kind, side: int, fixed: tuple[int | None, int | None]
) -> Frame:
    """Choose the network's picture for a photo.

    Parameters
    ----------
    size
        (width, height) of the photo.
    kind
        What the network wants.
    side
        Of the side that ``kind.fit`` names.
    fixed
        (width, height) that the model insists on, None where it is open.
    """
    width, height = fixed
    if width is not None and height is not None:
        return _letterboxed(size, (width, height), stretch=kind.fit == "stretch")
    if kind.fit == "stretch":
        width = height = width or height or side
        return _letterboxed(size, (width, height), stretch=True)
    if width is not None or height is not None:
        scale = (width or 0) / size[0] or (height or 0) / size[1]
    else:
        scale = side / (max(size) if kind.fit == "longer" else min(size))
        most = _MAX_ASPECT * side**2
        scale = min(scale, math.sqrt(most / (size[0] * size[1])))
    step = kind.multiple
    open_size = [max(step, round(length * scale / step) * step) for length in size]
    chosen = (width or open_size[0], height or open_size[1])
    return Frame(chosen, (0, 0, *chosen))


def _letterboxed(size: tuple[int, int], whole: tuple[int, int], *, stretch: bool) -> Frame:
    if stretch:
        return Frame(whole, (0, 0, *whole))
    scale = min(whole[0] / size[0], whole[1] / size[1])
    width, height = (
        max(1, min(most, round(length * scale))) for length, most in zip(size, whole, strict=True)
    )
    return Frame(whole, ((whole[0] - width) // 2, (whole[1] - height) // 2, width, height))


def seen(picture: FloatArray, place: Frame) -> FloatArray:
    """Return what the network sees of a picture.

    Parameters
    ----------
    picture
        sRGB, float32 (H, W, 3) in [0, 1].
    place
        Its frame.

    Returns
    -------
    float32 (rows, columns, 3) in [0, 1], of the frame's size.
    """
    left, top, width, height = place.box
    inner = np.clip(resize(picture, (width, height), Image.Resampling.BICUBIC), 0.0, 1.0)
    right, bottom = place.size[0] - left - width, place.size[1] - top - height
    if left or top or right or bottom:
        # Bars of one colour would be taken for objects; a mirrored scene goes on as it was.
        return np.pad(inner, ((top, bottom), (left, right), (0, 0)), mode="symmetric")
    return inner


def placed(values: FloatArray, place: Frame) -> FloatArray:
    """Return the part of an answer that belongs to the photo, at the answer's own resolution.

    Parameters
    ----------
    values
        float32 (rows, columns), of any size: it covers the whole frame.
    place
        The frame.
    """
    rows, cols = values.shape
    across, down = cols / place.size[0], rows / place.size[1]
    left, top, width, height = place.box
    box = (left * across, top * down, (left + width) * across, (top + height) * down)
    size = max(2, round(width * across)), max(2, round(height * down))
    if (rows, cols) == size[::-1]:
        return values
    # What lies outside the box is left out before it is resized: no mirrored border comes in.
    image = Image.fromarray(np.ascontiguousarray(values))
    return np.asarray(image.resize(size, Image.Resampling.BILINEAR, box), dtype=np.float32)


def enlarged(values: FloatArray, shape: tuple[int, int]) -> FloatArray:
    """Resize a depth map so that its pixels cover the same area, without ringing at its steps.

    Bicubic, held within the least and the greatest of the nearby samples: a cubic alone overshoots
    by up to 7 % of a step, which shows as a ridge along every outline of a relief.

    Parameters
    ----------
    values
        float32 (H, W).
    shape
        Rows and columns wanted.
    """
    if values.shape == tuple(shape):
        return values
    size = shape[1], shape[0]
    smooth = resize(values, size, Image.Resampling.BICUBIC)
    low, high = (
        resize(near(values, 3, mode="nearest"), size, Image.Resampling.BILINEAR)
        for near in (ndimage.minimum_filter, ndimage.maximum_filter)
    )
    return np.clip(smooth, low, high)
