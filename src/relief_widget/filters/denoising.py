"""Speckle and grain, removed without rounding steps off."""

from __future__ import annotations

import numpy as np

from relief_widget.arrays import FloatArray
from relief_widget.filters.guided_filter import guided


def denoise(values: FloatArray, strength: float, scale: float = 1.0) -> FloatArray:
    """Remove speckle and grain, keep steps.

    Single pixels and pairs that stand out of all their neighbours are drawn in; then a self-guided
    filter takes away what is lower than a step of about ``0.0012 * strength``.

    Parameters
    ----------
    values
        float32 (H, W) in [0, 1].
    strength
        0 to 50; 0 returns `values` itself.
    scale
        Pixels of this map per pixel of a 1024-pixel map.
    """
    if strength <= 0:
        return values
    share = np.float32(min(1.0, strength / 5))
    drawn_in = values + share * (_within_neighbours(values) - values)
    radius = max(1, round((2 + strength / 10) * scale))
    return guided(drawn_in, drawn_in, radius, (0.0012 * strength) ** 2)


def grain(values: FloatArray) -> float:
    """Return the standard deviation of the grain of a picture.

    By the median of a second difference that is 0 on planes and along edges (J. Immerkaer, "Fast
    noise variance estimation", CVIU 1996, has the mean, which edges spoil).

    Parameters
    ----------
    values
        float32 (H, W), of at least 3 × 3.
    """
    across = values[:, 2:] - 2 * values[:, 1:-1] + values[:, :-2]
    both = across[2:] - 2 * across[1:-1] + across[:-2]
    return float(np.median(np.abs(both))) / (6 * 0.6745)


def _within_neighbours(values: FloatArray) -> FloatArray:
    """Clip each pixel to between the second lowest and the second highest of its 8 neighbours."""
    rows, cols = values.shape
    padded = np.pad(values, 1, mode="symmetric")
    high, second_high = (np.full(values.shape, -np.inf, np.float32) for _ in range(2))
    low, second_low = (np.full(values.shape, np.inf, np.float32) for _ in range(2))
    spare = np.empty(values.shape, np.float32)
    for y, x in ((0, 0), (0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1), (2, 2)):
        near = padded[y : y + rows, x : x + cols]
        np.minimum(high, near, out=spare)
        np.maximum(second_high, spare, out=second_high)
        np.maximum(high, near, out=high)
        np.maximum(low, near, out=spare)
        np.minimum(second_low, spare, out=second_low)
        np.minimum(low, near, out=low)
    return np.clip(values, second_low, second_high)
