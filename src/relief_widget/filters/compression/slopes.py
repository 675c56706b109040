"""Slopes of a depth map, and those that its relief is to have.

Slopes are pairs: differences down, (rows - 1, cols), and to the right, (rows, cols - 1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from relief_widget.arrays import FloatArray
from relief_widget.filters import gaussian, resample

Slopes: TypeAlias = tuple[FloatArray, FloatArray]


@dataclass(frozen=True)
class Look:
    """What a style is like at compression 0.7.

    Attributes
    ----------
    attenuation
        Of slopes, in units of the usual slope: s becomes ln(1 + attenuation * s) / attenuation.
    boost
        Of fine slopes, beyond 1.
    slope
        What the form is to rise per pixel, as a share of the relief's height, besides the slope
        that it has: steps are lowered for it.
    band
        Half width of a silhouette's slope, in pixels.
    blur
        Sigma of the form's blur, in pixels.
    detail
        Gain of what is finer than the form.
    """

    attenuation: float
    boost: float
    slope: float
    band: float
    blur: float
    detail: float


# Pixels are those of a map 640 pixels long. A slope belongs to a silhouette if it is steeper than 6
# times the usual one and than this rise per pixel.
_SILHOUETTE = 0.012
_EDGE_BLUR = 0.9
# Sigmas of near, broad and wide surroundings. Fine is what differs from the broad mean.
_NEAR, _BROAD, _WIDE = 3.0, 10.0, 30.0
# Of wide slopes, where the subject is known, and where it is not: there they are mostly those of
# the ground.
_DAMPING, _SCENE_DAMPING = 0.5, 2.8
_BACKGROUND_SLOPES = 0.3


def slopes_of(values: FloatArray) -> Slopes:
    """Return the differences of neighbours."""
    return values[1:] - values[:-1], values[:, 1:] - values[:, :-1]


def flow(down: FloatArray, right: FloatArray) -> FloatArray:
    """Return what flows into each pixel less what flows out of it: the adjoint of `slopes_of`."""
    out = np.zeros((right.shape[0], down.shape[1]), np.float32)
    out[1:] = down
    out[:-1] -= down
    out[:, 1:] += right
    out[:, :-1] -= right
    return out


def between(values: FloatArray) -> Slopes:
    """Return the means of neighbours, where `slopes_of` has their differences."""
    half = np.float32(0.5)
    return half * (values[1:] + values[:-1]), half * (values[:, 1:] + values[:, :-1])


def _at_pixels(slope: FloatArray, axis: int) -> FloatArray:
    """Return the mean of the slopes before and behind each pixel."""
    padded = np.pad(slope, [(1, 1) if i == axis else (0, 0) for i in range(2)], mode="edge")
    return between(padded)[axis]


def steepness_of(slopes: Slopes) -> FloatArray:
    """Return the slope's magnitude at each pixel, from the differences on either side of it."""
    down, right = (_at_pixels(slope * slope, axis) for axis, slope in enumerate(slopes))
    down += right
    return np.sqrt(down, out=down)


def usual_slope(steepness: FloatArray, weight: npt.NDArray[np.float32 | np.bool_]) -> float:
    """Return half the mean slope, weighted by the slope itself.

    Half of any picture may be flat, and that is to make no difference. For exponentially
    distributed slopes it is their mean.
    """
    weighted = weight * steepness
    return max(
        0.5 * float(np.vdot(weighted, steepness)) / max(float(weighted.sum()), 1e-9),
        1e-9,
    )


def silhouettes(depth: FloatArray, width: float, pixel: float) -> FloatArray:
    """Return a band around each silhouette, in [0, 1]."""
    # Blurred, so that the measure does not depend on an edge's direction.
    slope = steepness_of(slopes_of(gaussian(depth, _EDGE_BLUR * pixel)))
    gentle = slope <= float(np.percentile(slope, 97))
    threshold = max(6.0 * usual_slope(slope, gentle), _SILHOUETTE / pixel)
    edge = np.clip(slope / np.float32(threshold) - 0.5, 0.0, 1.0)
    widened = ndimage.maximum_filter(edge, 2 * max(1, round(1.2 * width)) + 1, mode="nearest")
    return gaussian(widened, 0.6 * width)


def form_slopes(
    depth: FloatArray,
    band: FloatArray,
    mask: FloatArray | None,
    look: Look,
    strength: float,
    pixel: float,
) -> Slopes:
    """Return the slopes of the form, between the silhouettes, attenuated, boosted and damped."""
    share = min(strength, 1.0)
    outside: FloatArray = 1.0 - band
    slopes = slopes_of(gaussian(depth, look.blur * pixel * share))
    steepness = steepness_of(slopes)
    scaled = np.float32(strength * look.attenuation / usual_slope(steepness, outside)) * steepness
    np.maximum(scaled, np.float32(1e-6), out=scaled)
    keep = outside * np.log1p(scaled) / scaled
    if mask is not None:
        keep *= 1.0 - np.float32((1.0 - _BACKGROUND_SLOPES) * share) * (1.0 - mask)
    kept = [slope * factor for slope, factor in zip(slopes, between(keep), strict=True)]

    at_pixels = [_at_pixels(slope, axis) for axis, slope in enumerate(kept)]
    near = _surroundings(at_pixels, outside, _NEAR * pixel)
    broad = _within(_surroundings(at_pixels, outside, _BROAD * pixel), near)
    wide = _within(_surroundings(at_pixels, outside, _WIDE * pixel), near)
    boost = np.float32(strength * look.boost)
    wide_damping = strength * (_SCENE_DAMPING if mask is None else _DAMPING)
    damping = np.float32(wide_damping / (1.0 + wide_damping))
    for axis, (slope, free) in enumerate(zip(kept, between(outside), strict=True)):
        # boost * (slope - broad) - damping * wide, with one mean of neighbours for both. Across a
        # silhouette the form goes on as it is beside it.
        taken = between(boost * broad[axis] + damping * wide[axis])[axis]
        beside = np.float32(share) * between(near[axis])[axis]
        slope += free * (boost * slope - taken) + (1.0 - free) * beside
    return kept[0], kept[1]


def step_slopes(lowered: FloatArray, band: FloatArray, width: float) -> Slopes:
    """Return the slopes of the steps at silhouettes, spread over their width."""
    down, right = slopes_of(gaussian(lowered, width))
    across, along = between(band)
    return across * down, along * right


def _surroundings(fields: list[FloatArray], weight: FloatArray, sigma: float) -> list[FloatArray]:
    """Return weighted means, for fields that are multiplied by the weight already.

    Wide ones are taken on a coarser grid, whose cells are a quarter of a sigma.
    """
    shape = (weight.shape[0], weight.shape[1])
    coarse = (_coarser(shape[0], sigma), _coarser(shape[1], sigma))
    scale = max(coarse) / max(shape)
    total = gaussian(resample(weight, coarse), sigma * scale) + np.float32(1e-3)
    means = [gaussian(resample(field, coarse), sigma * scale) / total for field in fields]
    return [resample(mean, shape) for mean in means]


def _coarser(length: int, sigma: float) -> int:
    return max(2, round(4.0 * length / sigma)) if sigma >= 8.0 else length


def _within(mean: list[FloatArray], near: list[FloatArray]) -> list[FloatArray]:
    """Shorten a mean slope to the part of it that is in the near one, too.

    So a steep form does not reach over its silhouette into the flat ground beside it.
    """
    square = mean[0] * mean[0] + mean[1] * mean[1] + np.float32(1e-12)
    shared: FloatArray = np.clip((mean[0] * near[0] + mean[1] * near[1]) / square, 0.0, 1.0)
    return [shared * mean[0], shared * mean[1]]
