"""What shapes a surface: finer, smoother, levelled."""

from __future__ import annotations

import numpy as np

from relief_widget.arrays import FloatArray
from relief_widget.filters.blur import gaussian


def enhance(values: FloatArray, amount: float, scale: float = 1.0) -> FloatArray:
    """Amplify fine structure at two scales, with a ceiling, so that steps get no halo.

    The result may leave [0, 1].

    Parameters
    ----------
    values
        float32 (H, W) in [0, 1].
    amount
        0 to 1; 0 returns `values` itself.
    scale
        Pixels of this map per pixel of a 1024-pixel map.
    """
    if amount <= 0:
        return values
    result = values.copy()
    for sigma, gain, ceiling in ((1.6, 2.5, 0.02), (6.0, 1.6, 0.03)):
        detail = values - gaussian(values, sigma * scale)
        detail /= np.float32(ceiling)
        np.tanh(detail, out=detail)
        detail *= np.float32(amount * gain * ceiling)
        result += detail
    return result


def laplacian(values: FloatArray, passes: int) -> FloatArray:
    """Smooth a surface by Laplacian passes: each vertex goes half way to its neighbours' mean.

    Border vertices follow their neighbours along the border, corners stay: a plane stays a plane,
    and the rim does not shrink.

    Parameters
    ----------
    values
        float32 (H, W).
    passes
        How often; 0 returns `values` itself.
    """
    if passes <= 0:
        return values
    old, new = values.copy(), values.copy()
    half, quarter, eighth = np.float32(0.5), np.float32(0.25), np.float32(0.125)
    for _ in range(passes):
        inner = new[1:-1, 1:-1]
        np.add(old[:-2, 1:-1], old[2:, 1:-1], out=inner)
        inner += old[1:-1, :-2]
        inner += old[1:-1, 2:]
        inner *= eighth
        inner += half * old[1:-1, 1:-1]
        for edge in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
            line = old[edge]
            new[edge][1:-1] = half * line[1:-1] + quarter * (line[:-2] + line[2:])
        old, new = new, old
    return old


def laplacian_between(values: FloatArray, passes: int, wall: float) -> FloatArray:
    """Smooth a surface as `laplacian` does, but not across walls.

    Parameters
    ----------
    values
        float32 (H, W).
    passes
        How often; 0 returns `values` itself.
    wall
        Neighbours that differ by more have no part in each other.
    """
    for _ in range(passes):
        moved = np.zeros_like(values)
        for axis in (0, 1):
            step = np.diff(values, axis=axis)
            step[np.abs(step) > wall] = 0
            step *= np.float32(0.125)
            goal, step = (np.moveaxis(array, axis, 0) for array in (moved, step))
            goal[:-1] += step
            goal[1:] -= step
        values = values + moved
    return values


def level(values: FloatArray) -> FloatArray:
    """Stretch to exactly 0 … 1; a constant becomes 0.

    Parameters
    ----------
    values
        float32 (H, W), finite.
    """
    low, high = values.min(), values.max()
    if high <= low:
        return np.zeros_like(values)
    if low == 0 and high == 1:
        return values
    return np.asarray((values - low) / (high - low), dtype=np.float32)
