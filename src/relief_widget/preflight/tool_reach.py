"""What a ball-nose tool leaves standing in the hollows of a height field."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.interpolate import make_interp_spline
from scipy.ndimage import grey_dilation, grey_erosion

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
    FloatArray
        float32 (rows, cols) in mm. For balls wider than 48 vertices the tool is led along every
        second, third, … vertex, and what it makes is interpolated: far finer than the ball, still.
    """
    heights = np.asarray(z, dtype=np.float32)
    radius = diameter / 2
    stride = max(1, math.ceil(radius / min(spacing) / _WIDEST))
    stride = min(stride, max(1, (min(heights.shape) - 1) // 2))
    if stride == 1:
        return _closing(heights, spacing, radius)
    rows, cols = (np.append(np.arange(0, n - 1, stride), n - 1) for n in heights.shape)
    coarse = _closing(
        heights[np.ix_(rows, cols)], (spacing[0] * stride, spacing[1] * stride), radius
    )
    for axis, places in enumerate((rows, cols)):
        between = make_interp_spline(places, coarse, k=1, axis=axis)
        coarse = between(np.arange(heights.shape[axis])).astype(np.float32)
    return np.maximum(coarse, heights)


def _closing(z: FloatArray, spacing: tuple[float, float], radius: float) -> FloatArray:
    margin = [int(radius / step + 1e-9) for step in spacing]
    down, across = (np.arange(-n, n + 1) * step for n, step in zip(margin, spacing, strict=True))
    square = down[:, None] ** 2 + across**2
    disc = square <= radius**2 * (1 + 1e-9)
    # As Any, since the stubs of scipy know no structure of floats.
    ball: Any = np.sqrt(np.maximum(radius**2 - square, 0)) - radius
    # The tool's middle may stand beyond the border by its radius.
    wide = np.pad(z, [(side, side) for side in margin], constant_values=-np.inf)
    over = grey_dilation(wide, None, disc, ball, mode="constant", cval=-np.inf)
    under = grey_erosion(over, None, disc, ball, mode="constant", cval=np.inf)
    inner = under[margin[0] : margin[0] + z.shape[0], margin[1] : margin[1] + z.shape[1]]
    return np.asarray(np.maximum(inner, z), dtype=np.float32)
