"""The photo as it is sent: on a canvas of exactly the proportions of the answer."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from weakref import WeakKeyDictionary

import numpy as np
from PIL import Image

from relief_widget.arrays import ByteArray
from relief_widget.depth.gemini.models import Size, answer_size, nearest_ratio
from relief_widget.image.encoding import jpeg
from relief_widget.image.photo import Photo

# Google takes pictures of up to 7 MB within a request.
MAX_BYTES = 7_000_000
_QUALITIES = (95, 90, 85, 75, 60)
# An estimate and the request that follows it look at the same canvas.
_MADE: WeakKeyDictionary[Photo, dict[Size | None, Canvas]] = WeakKeyDictionary()
# Grey and flat, so that it can be seen in the answer whether the framing moved.
_BAR = 128


@dataclass(frozen=True, eq=False)
class Canvas:
    """A photo with bars at two of its sides.

    Attributes
    ----------
    pixels
        uint8 (H, W, 3) sRGB.
    ratio
        The aspect ratio to ask for.
    padding
        Left, top, right and bottom bars, as shares of the canvas.
    """

    pixels: ByteArray
    ratio: str
    padding: tuple[float, float, float, float]

    @property
    def padded(self) -> bool:
        """Whether there are bars."""
        return any(self.padding)

    @cached_property
    def digest(self) -> str:
        """Content hash of the pixels, hexadecimal."""
        shape = str(self.pixels.shape).encode()
        return hashlib.sha256(shape + self.pixels.tobytes()).hexdigest()

    def jpeg(self) -> bytes:
        """Return the canvas as JPEG of less than 7 MB, without subsampled colours."""
        image = Image.fromarray(self.pixels)
        for quality in _QUALITIES:
            data = jpeg(image, quality, subsampling=0)
            if len(data) < MAX_BYTES:
                break
        return data


def canvas(photo: Photo, size: Size | None) -> Canvas:
    """Lay a photo on a canvas of the answer's proportions, no larger than 2K.

    Parameters
    ----------
    photo
        Upright.
    size
        Of the answer.
    """
    made = _MADE.setdefault(photo, {})
    if size not in made:
        made[size] = _laid(photo, size)
    return made[size]


def _laid(photo: Photo, size: Size | None) -> Canvas:
    ratio = nearest_ratio(*photo.size)
    width, height = answer_size(ratio, "1K")
    if size in ("2K", "4K") and (photo.width > width or photo.height > height):
        # A whole multiple has exactly the same proportions; the service takes in no more than that.
        width, height = 2 * width, 2 * height
    fits = min(width / photo.width, height / photo.height)
    inner = max(1, round(photo.width * fits)), max(1, round(photo.height * fits))
    picture = photo.image(max(inner)).convert("RGB")
    if picture.size != inner:
        picture = picture.resize(inner, Image.Resampling.LANCZOS)
    left, top = (width - inner[0]) // 2, (height - inner[1]) // 2
    ground = Image.new("RGB", (width, height), (_BAR,) * 3)
    ground.paste(picture, (left, top))
    right, bottom = width - inner[0] - left, height - inner[1] - top
    return Canvas(
        np.asarray(ground),
        ratio,
        (left / width, top / height, right / width, bottom / height),
    )
