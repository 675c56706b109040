"""Smoothing along the edges of a guide: the guided filter of He, Sun and Tang (2010)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from relief_widget.arrays import FloatArray
from relief_widget.filters.blur import box_mean


def guided(values: FloatArray, guide: FloatArray, radius: int, eps: float) -> FloatArray:
    """Smooth `values` along the edges of `guide`: the guided filter of He, Sun and Tang (2010).

    Parameters
    ----------
    values, guide
        float32 (H, W); the same array smooths itself and keeps its own edges.
    radius
        Of the window, in pixels; 0 returns `values` itself.
    eps
        Variance of the guide below which structure is smoothed away.
    """
    if radius <= 0:
        return values
    # Around its mean the guide's variance does not cancel out in float32.
    middle = guide.mean(dtype=np.float32)
    centred = np.asarray(guide - middle, dtype=np.float32)
    source = centred if values is guide else values
    mean_guide = box_mean(centred, radius)
    mean = mean_guide if values is guide else box_mean(source, radius)
    variance = np.maximum(box_mean(centred * centred, radius) - mean_guide * mean_guide, 0)
    covariance = variance
    if values is not guide:
        covariance = box_mean(centred * values, radius) - mean_guide * mean
    slope = np.asarray(covariance / (variance + np.float32(eps)), dtype=np.float32)
    offset = np.asarray(mean - slope * mean_guide, dtype=np.float32)
    smooth = box_mean(slope, radius) * centred + box_mean(offset, radius)
    return smooth + middle if values is guide else smooth


def guided_bands(values: FloatArray, guide: FloatArray, radius: int, eps: float) -> FloatArray:
    """Smooth each band of a picture as `guided` does, all along the same guide.

    Parameters
    ----------
    values
        float32 (H, W, C).
    guide
        float32 (H, W), none of the bands.
    radius, eps
        See `guided`; the radius is at least 1.
    """
    centred = np.asarray(guide - guide.mean(dtype=np.float32), dtype=np.float32)
    mean_guide = box_mean(centred, radius)
    variance = np.maximum(box_mean(centred * centred, radius) - mean_guide * mean_guide, 0)
    variance += np.float32(eps)

    def smoothed(band: int) -> FloatArray:
        plane = np.ascontiguousarray(values[..., band])
        mean = box_mean(plane, radius)
        slope = box_mean(centred * plane, radius) - mean_guide * mean
        slope /= variance
        offset = np.asarray(mean - slope * mean_guide, dtype=np.float32)
        return box_mean(slope, radius) * centred + box_mean(offset, radius)

    # NumPy lets other threads run.
    with ThreadPoolExecutor(2) as beside:
        return np.stack(list(beside.map(smoothed, range(values.shape[2]))), axis=-1)


def guided_by_colour(
    values: FloatArray, guide: FloatArray, radius: int, eps: float
) -> tuple[tuple[FloatArray, FloatArray, FloatArray], FloatArray]:
    """Fit `values` to the colours around each pixel: the guided filter with a colour guide.

    The smoothed values are ``slopes[0] * red + slopes[1] * green + slopes[2] * blue + offset`` (He,
    Sun and Tang 2010, section 3.5). Slopes and offset are smooth: enlarged, they give the values on
    a larger guide (He and Sun 2015, "Fast guided filter").

    Parameters
    ----------
    values
        float32 (H, W).
    guide
        float32 (H, W, 3) in [0, 1].
    radius
        Of the window, in pixels, at least 1.
    eps
        Variance of the guide below which structure is smoothed away.

    Returns
    -------
    tuple[tuple[FloatArray, FloatArray, FloatArray], FloatArray]
        Three slopes and the offset, float32 (H, W).
    """
    means = [guide[..., k].mean(dtype=np.float32) for k in range(3)]
    # Around its mean the guide's variance does not cancel out in float32.
    red, green, blue = (np.ascontiguousarray(guide[..., k] - means[k]) for k in range(3))
    bands = (red, green, blue)
    local = [box_mean(band, radius) for band in bands]
    mean = box_mean(values, radius)

    def shared(i: int, j: int) -> FloatArray:
        own = np.float32(eps if i == j else 0)
        return np.asarray(box_mean(bands[i] * bands[j], radius) - local[i] * local[j] + own)

    along = [
        box_mean(band * values, radius) - at * mean for band, at in zip(bands, local, strict=True)
    ]
    rr, rg, rb, gg, gb, bb = (
        shared(*pair) for pair in ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))
    )
    # The adjugate of the symmetric matrix of covariances, over its determinant.
    inverse = (
        (gg * bb - gb * gb, gb * rb - rg * bb, rg * gb - gg * rb),
        (gb * rb - rg * bb, rr * bb - rb * rb, rb * rg - rr * gb),
        (rg * gb - gg * rb, rb * rg - rr * gb, rr * gg - rg * rg),
    )
    determinant = inverse[0][0] * rr + inverse[0][1] * rg + inverse[0][2] * rb
    np.maximum(determinant, np.float32(1e-18), out=determinant)
    slopes = [
        np.asarray((row[0] * along[0] + row[1] * along[1] + row[2] * along[2]) / determinant)
        for row in inverse
    ]
    offset = mean - sum(slope * at for slope, at in zip(slopes, local, strict=True))
    smooth = [box_mean(slope, radius) for slope in slopes]
    offset = box_mean(np.asarray(offset, dtype=np.float32), radius)
    for slope, at in zip(smooth, means, strict=True):
        offset = offset - slope * at
    return (smooth[0], smooth[1], smooth[2]), offset
