"""Brightness as depth: no depth at all, but what engraving wants."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from relief_widget.depth.depth_map import DepthMap, Style, check_style
from relief_widget.image.photo import Photo, open_photo

MAX_SIDE = 2048


@dataclass(frozen=True)
class Luminance:
    """Provider: bright is near.

    The lightness of the photo, CIE L* over 100, so that equal steps look equal; the style makes no
    difference. For lithophanes use ``Relief.lithophane``, which knows what light does in plastic.
    """

    def __call__(self, photo: Photo, style: Style = "detailed") -> DepthMap:
        """Return the photo's lightness as a depth map of at most 2048 pixels."""
        check_style(style)
        photo = open_photo(photo)
        y = photo.luminance(MAX_SIDE).astype(np.float64)
        # CIE 15:2004, L* of Y relative to white.
        linear = y * (29 / 3) ** 3
        lightness = np.where(y > (6 / 29) ** 3, 116 * np.cbrt(y) - 16, linear) / 100
        return DepthMap(
            lightness.astype(np.float32),
            mask=photo.subject_mask((y.shape[0], y.shape[1])),
            style=style,
            size=photo.size,
        )
