"""The photo on a part: as a file to be laid over it, or as a colour of each vertex."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from relief_widget.image import encoding
from relief_widget.mesh.grid import Part
from relief_widget.mesh.triangles import Mesh

# More can no viewer's graphics card be asked to hold, and no part shows it.
SIDE = 4096


def jpeg(texture: Image.Image) -> bytes:
    """Return a picture as JPEG, its longer side at most 4096 pixels."""
    picture = texture.convert("RGB")
    picture.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    return encoding.jpeg(picture, 92)


def shared_uv(mesh: Mesh) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int32]]:
    """Return texture coordinates, (n, 2), and which of them each vertex has.

    The bottom's are those of the rim above it.
    """
    uv = mesh.uv
    number = np.arange(len(uv), dtype=np.int32)
    if isinstance(mesh, Part) and mesh.solid:
        top = mesh.heights.size
        return uv[:top], np.concatenate([number[:top], mesh.ring])
    return uv, number


def colours(texture: Image.Image, uv: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """Return the colour of each vertex.

    The picture is shrunk to about as many pixels as there are vertices, so that each has the mean
    colour of its surroundings, and interpolated linearly between the centres of its pixels.

    Parameters
    ----------
    texture
        RGB picture, top row first.
    uv
        float32 (n, 2): the picture's left and right edge at u = 0, 1; top at v = 1.

    Returns
    -------
    npt.NDArray[np.uint8]
        uint8 (n, 3), sRGB.
    """
    picture = texture.convert("RGB")
    width, height = picture.size
    side = max(2, round((len(uv) * max(width, height) / min(width, height)) ** 0.5))
    picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    pixels = np.asarray(picture, dtype=np.float32)
    rows, cols = pixels.shape[:2]
    x, left = _between(uv[:, 0], cols)
    y, top = _between(np.float32(1) - uv[:, 1], rows)
    right, bottom = np.minimum(left + 1, cols - 1), np.minimum(top + 1, rows - 1)
    across = pixels[top, left] * (1 - x) + pixels[top, right] * x
    below = pixels[bottom, left] * (1 - x) + pixels[bottom, right] * x
    mixed: npt.NDArray[np.uint8] = np.rint(across * (1 - y) + below * y).astype(np.uint8)
    return mixed


def _between(
    place: npt.NDArray[np.float32], count: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.intp]]:
    """Return how far places of 0 to 1 are beyond a pixel's centre, (n, 1), and which pixel."""
    position = np.clip(place * np.float32(count) - np.float32(0.5), 0, count - 1)
    first = position.astype(np.intp)
    return (position - first)[:, None], first
