"""Depth maps in files: 16-bit PNG and 32-bit TIFF, without loss."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from relief_widget.atomic import atomic_path
from relief_widget.debanding import deband, levels_step
from relief_widget.depth.depth_map import DepthMap, Style
from relief_widget.errors import DepthError, ReliefError
from relief_widget.image_files import check_size, opened
from relief_widget.photo import PhotoSource, checked_array

_SUFFIXES = {".png": "PNG", ".tiff": "TIFF", ".tif": "TIFF"}


def load_depth_map(source: PhotoSource | DepthMap, *, style: Style = "detailed") -> DepthMap:
    """Load a depth map, near = bright.

    16-bit integers are divided by 65535 and floats within [0, 1] taken as they are, both without
    loss; floats beyond are stretched from their least to their greatest. Integers of few, evenly
    spaced levels (an 8-bit map, whatever its container) are de-banded, within half a step.

    Parameters
    ----------
    source
        Path, bytes, PIL image, 2-D array, or a `DepthMap`, which is returned in the given style.
    style
        Style of the map.

    Raises
    ------
    ReliefError
        It cannot be read, is not grey, or has values that are not numbers.
    """
    if isinstance(source, DepthMap):
        return dataclasses.replace(source, style=style, stages={})
    if isinstance(source, str | Path):
        path = Path(source)
        with opened(path, path.name or str(path)) as image:
            values = _grey(image, path.name)
    elif isinstance(source, bytes | bytearray | memoryview):
        with opened(bytes(source), "The depth map") as image:
            values = _grey(image, "The depth map")
    elif isinstance(source, Image.Image):
        check_size(source.size, "The depth map")
        values = _grey(source, "The depth map")
    else:
        values = _plane(checked_array(source))
    return DepthMap(_normalised(values), style=style)


def save_depth_map(depth_map: DepthMap, path: str | Path) -> Path:
    """Save a depth map as 16-bit PNG or 32-bit float TIFF, by suffix.

    Parameters
    ----------
    depth_map
        The map; a TIFF loads as exactly the same values, a PNG within 1 / 131070.
    path
        Where to.

    Raises
    ------
    ReliefError
        The suffix is neither, or the file cannot be written.
    """
    target = Path(path)
    kind = _SUFFIXES.get(target.suffix.lower())
    if kind is None:
        raise ReliefError(
            f"{target.name} is no file that a depth map is saved to.",
            "Use .png for 16 bits or .tiff for 32-bit floats.",
        )
    values: npt.NDArray[np.generic] = depth_map.values
    if kind == "PNG":
        values = np.rint(depth_map.values.astype(np.float64) * 65535).astype(np.uint16)
    with atomic_path(target) as temporary:
        Image.fromarray(values).save(temporary, kind)
    return target


def _grey(image: Image.Image, name: str) -> npt.NDArray[np.generic]:
    """Return the upright image at its own precision, (H, W)."""
    # Only images from files have tiles, which name the layout of the pixels in the file.
    tiles = getattr(image, "tile", None)
    raw = str(tiles[0].args) if tiles else ""
    if ";16" in raw and image.mode in ("RGB", "RGBA", "LA"):
        raise DepthError(
            f"{name} has 16 bits per colour, which would be cut to 8.",
            "Save the depth map as 16-bit grey, or as 32-bit TIFF.",
        )
    image = ImageOps.exif_transpose(image)
    if image.mode in ("P", "PA", "CMYK", "YCbCr", "HSV", "LAB"):
        image = image.convert("RGB")
    elif image.mode == "1":
        image = image.convert("L")
    return _plane(np.asarray(image))


def _plane(array: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
    """Return the grey of an array: one of equal channels, else their luma."""
    if array.ndim == 3 and array.shape[2] in (2, 4):
        array = array[..., :-1]
    if array.ndim == 3 and array.shape[2] == 1:
        return array[..., 0]
    if array.ndim == 3 and array.shape[2] == 3:
        if (array[..., :1] == array).all():
            return array[..., 0]
        # Colours may still mean grey that a codec has tinted; Rec. 601 luma, as codecs have it.
        luma = array.astype(np.float64) @ [0.299, 0.587, 0.114]
        if np.issubdtype(array.dtype, np.integer):
            return np.rint(luma).astype(array.dtype)
        return luma
    return array


def _normalised(values: npt.NDArray[np.generic]) -> npt.NDArray[np.float32]:
    if values.ndim != 2:
        raise DepthError(
            f"An array of shape {values.shape} is no depth map.", "Give a 2-D array, near = bright."
        )
    if values.dtype == bool:
        return values.astype(np.float32)
    if np.issubdtype(values.dtype, np.integer):
        low, high = int(values.min()), int(values.max())
        if low >= 0 and high <= 65535:
            small = values.dtype.itemsize == 1
            full = 255 if small else 65535
            integers = values.astype(np.uint8 if small else np.uint16)
            result = (integers.astype(np.float64) / full).astype(np.float32)
            step = levels_step(integers)
            return result if step is None else deband(result, step / full)
    floats = values.astype(np.float64)
    low_, high_ = float(floats.min()), float(floats.max())
    if not np.isfinite(low_) or not np.isfinite(high_):
        raise DepthError(
            "The depth map has values that are not numbers (NaN or infinity).",
            "Replace them first, for example with numpy.nan_to_num.",
        )
    if low_ >= 0 and high_ <= 1:
        return values.astype(np.float32)
    return ((floats - low_) / max(high_ - low_, 1e-300)).astype(np.float32)
