"""Load depth maps from anything that holds one, and save them without loss."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, PngImagePlugin

from relief_widget import arguments
from relief_widget.arrays import Array, FloatArray, check_finite
from relief_widget.atomic import atomic_path
from relief_widget.depth.depth_map import DepthMap, Style
from relief_widget.errors import ReliefError
from relief_widget.image.decoding import EXACT_NOTE
from relief_widget.image.photo import PhotoSource, grey_picture
from relief_widget.image.reading import white_of

_SUFFIXES = (".png", ".tif", ".tiff")


def load_depth_map(source: PhotoSource, *, style: Style = "detailed") -> DepthMap:
    """Load a depth map, bright = near.

    uint8 is divided by 255, uint16 by 65535, and other integers by the smaller of these two that
    brings them to [0, 1]. Floats within [0, 1] stay as they are. Anything else, such as distances
    in metres, is stretched so that its least value becomes 0 and its greatest 1.

    Integers with few, evenly spaced levels (an 8-bit file, also in a 16-bit container) are
    de-banded once, by at most half a step; floats and what `save_depth_map` wrote never are.

    Parameters
    ----------
    source
        Path of a picture (best a 16-bit PNG or a 32-bit float TIFF), its bytes, a PIL image or an
        array; (H, W), or coloured with three equal bands.
    style
        The style that the map is for.

    Returns
    -------
    DepthMap
        Of the source's own size, without a mask.

    Raises
    ------
    ReliefError
        The source is no picture, damaged, too small or too large, or has values that are not
        numbers, or its file could only be read with fewer bits than it has.
    """
    picture = grey_picture(source)
    return DepthMap(_depths(picture.values, exact=picture.exact), style=style)


def save_depth_map(depth_map: DepthMap, path: str | Path) -> None:
    """Save the values of a depth map; `load_depth_map` gives them back.

    Parameters
    ----------
    depth_map
        Its values are saved, its mask is not.
    path
        ``.png``: 16-bit grey, values to the nearest 1/65535; ``.tif``, ``.tiff``: 32-bit float,
        bit for bit.

    Raises
    ------
    ReliefError
        The suffix is another one, or the file cannot be written.
    """
    arguments.instance("depth_map", depth_map, DepthMap, hint="Give a DepthMap.")
    path = arguments.path("path", path)
    suffix = path.suffix.lower()
    if suffix not in _SUFFIXES:
        raise ReliefError(
            f"A depth map cannot be saved as {path.name!r}.",
            f"Known endings are {', '.join(_SUFFIXES)}.",
        )
    check_finite("The depths", depth_map.values)
    with atomic_path(path) as temporary:
        if suffix == ".png":
            note = PngImagePlugin.PngInfo()
            note.add_text(*EXACT_NOTE)
            levels = np.rint(depth_map.values.astype(np.float64) * 65535).astype(np.uint16)
            Image.fromarray(levels).save(temporary, "PNG", pnginfo=note)
        else:
            Image.fromarray(depth_map.values).save(temporary, "TIFF")


def _depths(values: Array, *, exact: bool) -> FloatArray:
    """Return values in [0, 1], without the bands of coarse levels."""
    if values.dtype == np.bool_:
        return values.astype(np.float32)
    low, high = values.min(), values.max()
    if values.dtype.kind == "f":
        return values if low >= 0 and high <= 1 else _stretched(values)
    white = white_of(values)
    if white is None:
        depths, white = _stretched(values), int(high) - int(low)
    else:
        depths = values.astype(np.float32) / np.float32(white)
    if exact:
        return depths
    from relief_widget.filters.debanding import deband, levels_step

    step = levels_step(values)
    return depths if step is None else deband(depths, step / white)


def _stretched(values: Array) -> FloatArray:
    """Stretch values to [0, 1]; a constant becomes 0."""
    wide = values.astype(np.float64)
    wide -= wide.min()
    return np.asarray(wide / max(wide.max(), np.finfo(np.float64).tiny), np.float32)
