"""A shaded picture of a surface: thumbnails, notebook pictures, documentation."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from relief_widget.filters import gaussian

_KEY = (315.0, 28.0, 0.78)
_FILL = (80.0, 60.0, 0.22)
# sRGB of the part's material.
_COLOUR = 236, 233, 226
# Share of the light that a groove as deep as it is wide loses.
_OCCLUSION = 0.9


def _light(azimuth: float, altitude: float) -> npt.NDArray[np.float32]:
    a, h = np.radians(azimuth), np.radians(altitude)
    # Azimuth as on a map: clockwise from the top of the picture; y points down the rows.
    return np.array([np.sin(a) * np.cos(h), -np.cos(a) * np.cos(h), np.sin(h)], dtype=np.float32)


def hillshade(
    z: npt.NDArray[np.float32], spacing: float, *, azimuth: float = _KEY[0]
) -> npt.NDArray[np.float32]:
    """Shade a surface as a matte part under a lamp, with a weak fill light and soft occlusion.

    Lambert's law for each light (Horn 1981, "Hill shading and the reflectance map"); a flat,
    horizontal surface comes out at the same middle grey whatever the light's altitude. The
    occlusion is the height below the neighbourhood's mean, relative to the neighbourhood's width.

    Parameters
    ----------
    z
        float32 (rows, cols), heights in mm, row 0 at the top.
    spacing
        Distance of two vertices in mm.
    azimuth
        Direction of the key light in degrees, clockwise from the top.

    Returns
    -------
    npt.NDArray[np.float32]
        float32 (rows, cols) in [0, 1]: linear reflected light, before any tone curve.
    """
    dy, dx = np.gradient(z, np.float32(spacing))
    norm = 1.0 / np.sqrt(dx * dx + dy * dy + 1.0)
    shade = np.zeros_like(z)
    for light, share in (
        (_light(azimuth, _KEY[1]), _KEY[2]),
        (_light(azimuth + _FILL[0] - _KEY[0] + 360.0, _FILL[1]), _FILL[2]),
    ):
        lambert = (light[2] - light[0] * dx - light[1] * dy) * norm
        shade += share * np.maximum(lambert, 0.0) / light[2]
    reach = max(z.shape) / 64
    hollow = (gaussian(z, reach) - z) / np.float32(reach * spacing)
    shade *= np.clip(1.0 - _OCCLUSION * np.clip(hollow, -0.1, 0.7), 0.0, 1.1)
    return np.asarray(np.clip(shade * np.float32(0.5), 0.0, 1.0), dtype=np.float32)


def picture(
    z: npt.NDArray[np.float32],
    spacing: float,
    *,
    visible: npt.NDArray[np.bool_] | None = None,
    max_side: int | None = 1024,
) -> Image.Image:
    """Return the hillshade as a picture.

    Parameters
    ----------
    z, spacing
        As for `hillshade`.
    visible
        bool (rows, cols): where there is a surface; the rest is transparent.
    max_side
        Greatest length of the longer side in pixels.

    Returns
    -------
    Image.Image
        PIL image, ``"RGB"``, or ``"RGBA"`` where parts are transparent.
    """
    # 2.0 brings the flat surface (0.5) back to the material's own colour; the power stands for the
    # sRGB curve.
    tone = np.clip(hillshade(z, spacing) * np.float32(1.75), 0.0, 1.0) ** np.float32(1 / 2.2)
    channels = [np.rint(tone * np.float32(c)).astype(np.uint8) for c in _COLOUR]
    if visible is not None and not visible.all():
        channels.append(visible.astype(np.uint8) * np.uint8(255))
    image = Image.fromarray(np.dstack(channels))
    if max_side is not None and max(image.size) > max_side:
        image.thumbnail((max_side, max_side), Image.Resampling.LANCZOS)
    return image
