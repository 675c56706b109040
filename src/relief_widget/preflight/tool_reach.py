"""What a ball-nose tool leaves standing in the hollows of a height field."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float32]

# A ball of more vertices than this is measured on every second, third, … vertex.
_WIDEST = 24


def machined(
    z: npt.NDArray[np.floating[Any]], spacing: tuple[float, float], diameter: float
) -> FloatArray:
    """Return the surface that a ball-nose tool makes of a height field, everywhere at or above it.

    The grey-scale closing of the heights with the ball (Serra 1982, Sternberg 1986): the tool goes
    as deep as it can without cutting into the surface, and what it cannot touch stays. Beyond the
    border nothing stands in its way. The shank is taken to be as thin as the ball.

    Parameters
    ----------
    z
        (rows, cols) in mm.
    spacing
        Distance of the rows and of the columns in mm.
    diameter
        Of the ball in mm, greater than 0.

    Returns
    -------
    float32 (rows, cols) in mm. For balls wider than 48 vertices the tool is led along every second,
    third, … vertex, and what it makes is interpolated: far finer than the ball, still.
    """
    heights = np.asarray(z, dtype=np.float32)
    radius = diameter / 2
    stride = max(1, math.ceil(radius / min(spacing) / _WIDEST))
    stride = min(stride, max(1, (min(heights.shape) - 1) // 2))
    if stride == 1:
        return _closing(heights, spacing, radius)
    rows, cols = (_picked(length, stride) for length in heights.shape)
    coarse = _closing(
        heights[np.ix_(rows, cols)], (spacing[0] * stride, spacing[1] * stride), radius
    )
    down = _interpolated(coarse, rows, heights.shape[0])
    both = _interpolated(down.T, cols, heights.shape[1]).T
    return np.maximum(both, heights)


def _closing(z: FloatArray, spacing: tuple[float, float], radius: float) -> FloatArray:
    margin = [int(radius / step + 1e-9) for step in spacing]
    # The tool's middle may stand beyond the border by its radius.
    wide = np.pad(z, [(side, side) for side in margin], constant_values=-np.inf)
    under = -_over(-_over(wide, spacing, radius), spacing, radius)
    inner = under[margin[0] : margin[0] + z.shape[0], margin[1] : margin[1] + z.shape[1]]
    return np.maximum(inner, z)


def _over(z: FloatArray, spacing: tuple[float, float], radius: float) -> FloatArray:
    """Return the greatest of the heights around, each less the height of the ball above its tip."""
    result = z.copy()
    rows, cols = z.shape
    reach = int(radius / spacing[0] + 1e-9)
    scratch = np.empty_like(z)
    for down in range(min(reach, rows - 1) + 1):
        left = radius**2 - (down * spacing[0]) ** 2
        for across in range(min(int(math.sqrt(max(left, 0)) / spacing[1] + 1e-9), cols - 1) + 1):
            lift = radius - math.sqrt(max(left - (across * spacing[1]) ** 2, 0))
            lifted = np.subtract(z, np.float32(lift), out=scratch)
            for dy in {down, -down}:
                for dx in {across, -across}:
                    if not (dy or dx):
                        continue
                    to = (_shifted(dy, rows), _shifted(dx, cols))
                    out_of = (_shifted(-dy, rows), _shifted(-dx, cols))
                    np.maximum(result[to], lifted[out_of], out=result[to])
    return result


def _shifted(by: int, length: int) -> slice:
    return slice(by, length) if by >= 0 else slice(0, length + by)


def _picked(length: int, stride: int) -> npt.NDArray[np.intp]:
    """Return every so manieth index, and the last."""
    return np.unique(np.append(np.arange(0, length, stride), length - 1))


def _interpolated(values: FloatArray, rows: npt.NDArray[np.intp], length: int) -> FloatArray:
    """Return `values`, given at some rows, at all of them, linear in between."""
    place = np.interp(np.arange(length), rows, np.arange(len(rows)))
    low = np.minimum(place.astype(np.intp), len(rows) - 2)
    share = (place - low).astype(np.float32)[:, None]
    return np.asarray(values[low] * (1 - share) + values[low + 1] * share, dtype=np.float32)
