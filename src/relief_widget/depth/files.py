"""Load depth maps from anything that holds one, and save them without loss."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, PngImagePlugin

from relief_widget import arguments
from relief_widget.arrays import Array, FloatArray, check_finite
from relief_widget.atomic import atomic_path
from relief_widget.depth.depth_map import DepthMap, Near, Style, check_near
from relief_widget.errors import ReliefError
from relief_widget.image.decoding import EXACT_NOTE, Picture
from relief_widget.image.photo import Photo, PhotoSource
from relief_widget.image.reading import grey, read_picture, white_of

if TYPE_CHECKING:
    from relief_widget.depth.quality.tone import Levels

# Pixels of a side that are enough to tell how finely a map is graded.
_MEASURED = 1024
_SUFFIXES = (".png", ".tif", ".tiff")


def load_depth_map(
    source: PhotoSource, *, style: Style = "detailed", near: Near = "bright"
) -> DepthMap:
    """Load a depth map; in the result, near is bright.

    uint8 is divided by 255, uint16 by 65535, and other integers by the smaller of these two that
    brings them to [0, 1]. Floats within [0, 1] stay as they are. Anything else, such as distances
    in metres, is stretched so that its least value becomes 0 and its greatest 1.

    Integers with few, evenly spaced levels (an 8-bit file, also in a 16-bit container) are
    de-banded once, by at most half a step; floats and what `save_depth_map` wrote never are.

    Gaps are closed: NaN, what stands for no data in elevation files, and a few values far outside
    all others are filled where a surface encloses them, and lie lowest where they reach the border.
    Infinity, such as the sky of a map of distances, is at the end that its sign says. Elevation in
    colours (terrain-RGB of Mapbox and Terrarium) is decoded; other colours are refused. What was
    assumed stands in ``report.lines()``.

    Parameters
    ----------
    source
        Path of a picture (best a 16-bit PNG or a 32-bit float TIFF) or of a file of numbers (PGM,
        PFM, NPY, NPZ with one array, OpenEXR), its bytes, a PIL image or an array; (H, W), or
        coloured with three equal bands.
    style
        The style that the map is for.
    near
        ``"bright"``, or ``"dark"`` where small numbers are near, as in maps of distances: the map
        is turned here, before anything else is done with it, and never mirrored.

    Returns
    -------
    DepthMap
        Of the source's own size, at most 4096 pixels on the longer side, without a mask.

    Raises
    ------
    ReliefError
        The source is no picture, damaged, too small or too large, in the colours of a heat map, or
        its file could only be read with fewer bits than it has.
    """
    return load_with_turn(source, style=style, near=near)[0]


def load_with_turn(
    source: PhotoSource, *, style: Style, near: Near = "bright"
) -> tuple[DepthMap, int]:
    """Return what `load_depth_map` does, and EXIF's orientation that the file asked for."""
    check_near(near)
    if isinstance(source, Photo):
        picture = Picture(grey(source.pixels), None, "The photo", source.name)
    else:
        picture = read_picture(source, managed=False, what="depth map", gaps=True)
    return depth_map_of(picture, style, near), picture.orientation


def depth_map_of(picture: Picture, style: Style, near: Near) -> DepthMap:
    """Return the depth map that an opened picture is.

    Raises
    ------
    ReliefError
        Its colours are those of a heat map, or it has no numbers.
    """
    # What examines depth maps is heavy, and loaded when the first one is.
    from relief_widget.depth.meaning import EVEN_ALL_OVER, meaning_of
    from relief_widget.depth.quality.report import QualityReport

    meaning = meaning_of(picture, near)
    depths, banding = _depths(meaning.values, exact=picture.exact, measured=meaning.measured)
    even = depths.min() == depths.max()
    if near == "dark" and not even:
        depths = np.asarray(np.float32(1) - depths)
    if meaning.far is not None and not even:
        depths = np.where(meaning.far, np.float32(0), depths)
    said = (*meaning.said, EVEN_ALL_OVER) if even else meaning.said
    report = QualityReport(
        received=_levels(meaning.values),
        levels=_levels(depths),
        inverted=near == "dark",
        tint=meaning.tint,
        banding=banding,
        warnings=said,
    )
    return DepthMap(depths, style=style, report=report)


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


def _depths(values: Array, *, exact: bool, measured: bool) -> tuple[FloatArray, bool]:
    """Return values in [0, 1] without the bands of coarse levels, and whether there were any."""
    if values.dtype == np.bool_:
        return values.astype(np.float32), False
    low, high = values.min(), values.max()
    if values.dtype.kind == "f":
        keep = low >= 0 and high <= 1 and not measured
        return (values if keep else _stretched(values)), False
    white = None if measured else white_of(values)
    if white is None:
        depths, white = _stretched(values), int(high) - int(low)
    else:
        depths = values.astype(np.float32) / np.float32(white)
    if exact:
        return depths, False
    from relief_widget.filters.debanding import deband, levels_step

    step = levels_step(values)
    # Finer levels than these make no bands.
    if step is None or step / white < 1 / 65536:
        return depths, False
    return deband(depths, step / white), True


def _stretched(values: Array) -> FloatArray:
    """Stretch values to [0, 1]; a constant becomes 0."""
    wide = values.astype(np.float64)
    wide -= wide.min()
    return np.asarray(wide / max(wide.max(), np.finfo(np.float64).tiny), np.float32)


def _levels(values: Array) -> Levels:
    """Measure how finely a map is graded: a giant one in its middle."""
    from relief_widget.depth.quality.tone import measure

    top, left = (max(0, (side - _MEASURED) // 2) for side in values.shape)
    middle = values[top : top + _MEASURED, left : left + _MEASURED]
    if middle.dtype == np.bool_:
        middle = middle.astype(np.uint8) * np.uint8(255)
    elif middle.dtype.kind in "iu" and middle.dtype.itemsize != 1:
        white = white_of(middle)
        middle = middle.astype(np.float64) - float(middle.min()) if white is None else middle
    elif middle.dtype.kind == "f" and not (middle.min() >= 0 and middle.max() <= 1):
        middle = _stretched(middle)
    return measure(middle)
