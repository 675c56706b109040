"""From a depth map to the height field: the filters in order, each stage cached."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from relief_widget.compression import compress
from relief_widget.depth.depth_map import DepthMap
from relief_widget.filters import denoise, enhance, laplacian, level, resample, smooth
from relief_widget.settings import ReliefSettings, Stage, controls

FloatArray: TypeAlias = npt.NDArray[np.float32]

# Maps are worked on at the grid's resolution, but at least at this one, so that a coarse grid still
# comes from filters that see the forms.
_LEAST_WORKING_SIDE = 512
# Filters' pixels are those of a map this long.
_REFERENCE_SIDE = 1024


@dataclass(frozen=True, eq=False)
class HeightField:
    """Heights over a rectangular grid.

    Attributes
    ----------
    values
        float32 (rows, cols) in [0, 1], row 0 = top of the photo, read-only.
    aspect
        Width of the part divided by its height.
    """

    values: npt.NDArray[np.float32]
    aspect: float

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        rows, cols = self.values.shape
        return rows, cols


def grid_shape(size: tuple[int, int], mesh_quality: int) -> tuple[int, int]:
    """Return rows and columns of the grid for a picture.

    Parameters
    ----------
    size
        Width and height of the picture, in any unit.
    mesh_quality
        Vertices along the longer side; the shorter side has as many as come nearest to square
        cells, at least 2.
    """
    width, height = size
    ratio = min(width, height) / max(width, height)
    shorter = max(2, math.floor((mesh_quality - 1) * ratio + 0.5) + 1)
    return (shorter, mesh_quality) if width >= height else (mesh_quality, shorter)


def heights(depth_map: DepthMap, settings: ReliefSettings) -> HeightField:
    """Filter a depth map to the heights of a relief.

    The stages are compression, noise reduction, smoothing, detail enhancement, resampling to the
    grid, surface smoothing and stretching to 0 … 1. `depth_map.stages` keeps the last result of
    each, under the settings that it depends on: what did not change is not computed again. A stage
    whose setting is neutral passes its input on.

    Parameters
    ----------
    depth_map
        The depth map. One larger than the grid, and than 512 pixels, is reduced first.
    settings
        Only the height settings are read.

    Returns
    -------
    The height field; its array is read-only, and the same one as long as no height setting changes.
    """
    work = _working_shape(depth_map.values.shape, settings.mesh_quality)
    pixel = max(work) / _REFERENCE_SIDE
    grid = grid_shape(depth_map.size, settings.mesh_quality)

    def compressed(values: FloatArray) -> FloatArray:
        small = resample(values, work)
        mask = depth_map.mask
        if mask is not None and settings.compression > 0:
            mask = np.clip(resample(mask, work), 0.0, 1.0)
        return compress(small, mask, depth_map.style, settings.compression)

    stages: dict[Stage, Callable[[FloatArray], FloatArray]] = {
        "compress": compressed,
        "denoise": lambda values: denoise(values, settings.noise_reduction, pixel),
        "smooth": lambda values: smooth(values, settings.smoothing * pixel),
        "enhance": lambda values: enhance(values, settings.enhance_details, pixel),
        "resample": lambda values: resample(values, grid),
        "smooth_surface": lambda values: laplacian(values, settings.surface_smoothing),
        "level": level,
    }
    values = depth_map.values
    key: tuple[Any, ...] = (work,)
    for name, run in stages.items():
        key += tuple(
            getattr(settings, setting)
            for setting, control in controls().items()
            if control.stage == name
        )
        # A tuple is put and taken whole, and its key says all that its array depends on: two
        # threads may compute the same thing twice, but never get each other's.
        kept = depth_map.stages.get(name)
        if kept is None or kept[0] != key:
            values = run(values)
            values.setflags(write=False)
            kept = (key, values)
            depth_map.stages[name] = kept
        values = kept[1]
    width, height = depth_map.size
    return HeightField(values, width / height)


def _working_shape(shape: tuple[int, ...], mesh_quality: int) -> tuple[int, int]:
    """Return the shape to which a map is reduced before it is filtered."""
    rows, cols = shape
    side = max(mesh_quality, _LEAST_WORKING_SIDE)
    if max(rows, cols) <= side:
        return rows, cols
    return grid_shape((cols, rows), side)
