"""The background of a depth map: a ground, a wall, and what to take of them away."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from relief_widget.arrays import FloatArray
from relief_widget.filters import resample

# Share of the background's plane that goes; spread of the background about it, as a share of the
# depth range, at which it is no plane. Planes of four rendered scenes: 0.002 to 0.02, of pictures
# without one: from 0.05.
_PLANE = 0.95
_NO_PLANE = 0.05
# Length of the bend that stands for the horizon behind things, in pixels of a map 640 pixels long;
# and the height above ground or wall at which half of it is seen.
_BEND = 30.0
_IN_FRONT = 0.05
# The plane is fitted on a map of this length.
_COARSE = 160
# Depth below its plane that the ground may have.
_ROUGHNESS = 0.001
# Beyond this height things in the background are compressed.
_THINGS = 0.03


def compressed_beyond(values: FloatArray, knee: float, strength: float) -> FloatArray:
    """Compress beyond the knee like a logarithm, up and down; strength 0 is the identity."""
    scale = np.float32(strength / knee)
    return np.asarray(np.arcsinh(scale * values) / scale)


def without_background(
    depth: FloatArray, mask: FloatArray | None, strength: float, pixel: float
) -> FloatArray:
    """Take the plane of ground and wall away, where it is not beyond the depth itself.

    With a mask only the background is lowered, so that the subject stands out all around, and what
    stands in the background is compressed; without one the plane goes from everything.
    """
    floor, bent, certainty = _ground_and_wall(depth, mask, _BEND * pixel)
    floor *= np.float32(certainty)
    things = np.maximum(depth - floor, 0.0)
    if mask is None:
        # What stands in front of the horizon is not to show its crease.
        floor += (np.float32(certainty) * bent - floor) * things / (things + np.float32(_IN_FRONT))
    # Where a ground ends, its plane goes on into the air: all of it taken, the sky would sink.
    np.minimum(floor, depth + np.float32(_ROUGHNESS), out=floor)
    removed = np.float32(_PLANE * min(strength, 1.0)) * floor
    if mask is None:
        return depth - removed
    removed += things - compressed_beyond(things, _THINGS, strength)
    return np.asarray(depth - (1.0 - mask) * removed)


def _ground_and_wall(
    depth: FloatArray, mask: FloatArray | None, bend: float
) -> tuple[FloatArray, FloatArray, float]:
    """Fit a plane that ends in a level: a ground, and what is far behind it.

    Disparity falls linearly along any plane in space, hence the plane. Objects that are not wider
    than half the picture are removed first, by opening with long bars; the plane is then fitted by
    iterated least squares with Tukey's weights.

    Returns
    -------
    tuple[FloatArray, FloatArray, float]
        float32 (rows, cols) from 0, twice, the second with a horizon that is a bend of about `bend`
        pixels; and how much the background looks like that, in [0, 1].
    """
    scale = min(1.0, _COARSE / max(depth.shape))
    rows, cols = (max(2, round(n * scale)) for n in depth.shape)
    sparse = resample(depth, (rows, cols))
    if mask is not None:
        sparse = np.where(resample(mask, (rows, cols)) < 0.3, sparse, np.float32(np.inf))
    opened = np.minimum(_opened(sparse, 0.45, 0), _opened(sparse, 0.6, 1))
    known = np.isfinite(opened)
    if not known.any():
        return np.zeros_like(depth), np.zeros_like(depth), 0.0
    heights = opened[known].astype(np.float64)
    terms = np.ones((rows, cols, 3))
    terms[..., 1] = np.linspace(-1, 1, rows)[:, None]
    terms[..., 2] = np.linspace(-1, 1, cols)
    terms = terms[known]
    wall = lowest = float(heights.min())
    weight = (heights > np.percentile(heights, 5) + 0.02 * np.ptp(heights)) + 1e-3
    spread = 1.0
    for _ in range(10):
        weighted = terms * weight[:, None]
        plane = np.linalg.pinv(weighted.T @ terms) @ (weighted.T @ heights)
        ground = terms @ plane
        beyond = ground <= wall
        wall = float(np.median(heights[beyond])) if np.count_nonzero(beyond) > 20 else lowest
        error = heights - np.maximum(ground, wall)
        spread = 1.4826 * float(np.median(np.abs(error))) + 2e-3
        weight = np.clip(1.0 - (error / (4.0 * spread)) ** 2, 0.0, 1.0) ** 2 * (ground >= wall)
        weight += 1e-6
    down, right = (np.linspace(-1, 1, n, dtype=np.float32) for n in depth.shape)
    plane = plane.astype(np.float32)
    rise = plane[0] - np.float32(wall) + plane[1] * down[:, None] + plane[2] * right
    slope = [2.0 * float(p) / (n - 1) for p, n in zip(plane[1:], depth.shape, strict=True)]
    floors = []
    for width in (spread, spread + bend * float(np.hypot(*slope))):
        # The smooth maximum of 0 and the rise: a branch of a hyperbola.
        floor = 0.5 * (rise + np.sqrt(rise * rise + np.float32(width * width)))
        np.minimum(floor, np.float32(heights.max() - wall), out=floor)
        floor -= floor.min()
        floors.append(floor)
    return floors[0], floors[1], 1.0 / (1.0 + (spread / _NO_PLANE) ** 2)


def _opened(values: FloatArray, share: float, axis: int) -> FloatArray:
    """Open with a bar of a share of the length, which may hang over the border."""
    half = max(1, int(share * values.shape[axis]) // 2)
    along = np.moveaxis(values, axis, 0)
    padded = np.pad(along, ((2 * half, 2 * half), (0, 0)), constant_values=np.inf)
    lowest = ndimage.minimum_filter1d(padded, 2 * half + 1, axis=0, mode="nearest")
    lowest[np.isinf(lowest)] = -np.inf
    opened = ndimage.maximum_filter1d(lowest, 2 * half + 1, axis=0, mode="nearest")
    return np.moveaxis(opened[2 * half : -2 * half], 0, axis)
