"""Open any image safely, as upright sRGB pixels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

PhotoSource: TypeAlias = "str | Path | bytes | Image.Image | npt.ArrayLike | Photo"


@dataclass(frozen=True, eq=False)
class Photo:
    """A photo: upright, sRGB, without alpha.

    Attributes
    ----------
    pixels
        (H, W, 3) sRGB, read-only: uint8, or float32 in [0, 1] where the source has more than 8 bits.
    mask
        float32 (H, W) in [0, 1], the subject; None: find it; False: the photo has no subject.
    name
        The file's stem, for titles and file names.
    """

    pixels: npt.NDArray[np.uint8] | npt.NDArray[np.float32]
    mask: npt.NDArray[np.float32] | Literal[False] | None = None
    name: str = "photo"

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.pixels.shape[1], self.pixels.shape[0]

    def image(self, max_side: int | None = None) -> Image.Image:
        """Return an 8-bit RGB picture, its longer side at most `max_side` pixels."""
        pixels = self.pixels
        if pixels.dtype != np.uint8:
            pixels = np.rint(pixels * 255).astype(np.uint8)
        image = Image.fromarray(pixels)
        if max_side is not None:
            image.thumbnail((max_side, max_side), Image.Resampling.LANCZOS)
        return image

    def srgb(self, max_side: int | None = None) -> npt.NDArray[np.float32]:
        """Return float32 (H, W, 3) sRGB values in [0, 1], the longer side at most `max_side`."""
        return np.asarray(self.image(max_side), dtype=np.float32) / np.float32(255)


    def luminance(self, max_side=None):
        c = self.srgb(max_side)
        l = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
        return (l @ np.array([0.2126, 0.7152, 0.0722])).astype(np.float32)

    def subject_mask(self, shape):
        if self.mask is None or self.mask is False:
            return None
        return np.asarray(Image.fromarray(self.mask).resize(shape[::-1]))

    def with_mask(self, mask):
        import dataclasses
        if mask is not None and mask is not False:
            mask = np.asarray(mask, np.float32)
        return dataclasses.replace(self, mask=mask)


def open_photo(source, *, mask=None):
    """Open a path, bytes, PIL image or array."""
    if isinstance(source, Photo):
        return source
    image = Image.open(source) if isinstance(source, str | Path) else source
    if not isinstance(image, Image.Image):
        image = Image.fromarray(np.asarray(image))
    return Photo(np.asarray(image.convert("RGB"))).with_mask(mask)
