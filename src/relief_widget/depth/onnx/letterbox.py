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
class Letterbox:
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

    def seen(self, picture: FloatArray) -> FloatArray:
        """Return what the network sees of a picture.

        Parameters
        ----------
        picture
            sRGB, float32 (H, W, 3) in [0, 1].

        Returns
        -------
        FloatArray
            float32 (rows, columns, 3) in [0, 1], of the letterbox's size.
        """
        left, top, width, height = self.box
        inner = np.clip(resize(picture, (width, height), Image.Resampling.BICUBIC), 0.0, 1.0)
        right, bottom = self.size[0] - left - width, self.size[1] - top - height
        # Bars of one colour would be taken for objects; a mirrored scene goes on as it was.
        return np.pad(inner, ((top, bottom), (left, right), (0, 0)), mode="symmetric")

    def placed(self, values: FloatArray) -> FloatArray:
        """Return the part of an answer that belongs to the photo, at the answer's own resolution.

        Parameters
        ----------
        values
            float32 (rows, columns), of any size: it covers the whole letterbox.
        """
        rows, cols = values.shape
        across, down = cols / self.size[0], rows / self.size[1]
        left, top, width, height = self.box
        box = (left * across, top * down, (left + width) * across, (top + height) * down)
        size = max(2, round(width * across)), max(2, round(height * down))
        # What lies outside the box is left out before it is resized: no mirrored border comes in.
        return resize(values, size, Image.Resampling.BILINEAR, box)


def letterbox(
    size: tuple[int, int], kind: Kind, side: int, fixed: tuple[int | None, int | None]
) -> Letterbox:
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
    if kind.fit == "stretch":
        chosen = width or height or side, height or width or side
        return Letterbox(chosen, (0, 0, *chosen))
    if width is not None and height is not None:
        scale = min(width / size[0], height / size[1])
        cols = max(1, min(width, round(size[0] * scale)))
        rows = max(1, min(height, round(size[1] * scale)))
        return Letterbox((width, height), ((width - cols) // 2, (height - rows) // 2, cols, rows))
    if width is not None or height is not None:
        scale = (width or 0) / size[0] or (height or 0) / size[1]
    else:
        scale = side / (max(size) if kind.fit == "longer" else min(size))
        most = _MAX_ASPECT * side**2
        scale = min(scale, math.sqrt(most / (size[0] * size[1])))
    step = kind.multiple
    open_size = [max(step, round(length * scale / step) * step) for length in size]
    chosen = (width or open_size[0], height or open_size[1])
    return Letterbox(chosen, (0, 0, *chosen))


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
