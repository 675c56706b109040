"""Filters: float32 arrays in, float32 arrays out.

Every filter takes any shape of at least 2 × 2 and goes on beyond the border with the mirrored
picture (each border sample repeated once), so that nothing darkens, rings or wraps.

Blurs are banded matrix products in many small pieces: 3 to 10 times as fast as
``scipy.ndimage.gaussian_filter`` on 512² to 1024² (``benchmarks/bench_heights.py``), equal to it
within 1e-6.
"""

from __future__ import annotations

import functools
import math
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

FloatArray: TypeAlias = npt.NDArray[np.float32]

# OpenBLAS runs a product of at most this many multiplications on the calling thread (GEMM_MULTI-
# THREAD_THRESHOLD 4 × 65536, interface/gemm.c). Above it, its threads spin: on two busy cores a
# blur took 190 ms instead of 1.5 ms.
_SINGLE_THREAD = 262_144


def gaussian(values: FloatArray, sigma: float) -> FloatArray:
    """Blur with a Gaussian.

    Parameters
    ----------
    values
        float32 (H, W).
    sigma
        Standard deviation in pixels; 0 returns `values` itself. The kernel ends at 4 sigma.

    Returns
    -------
    float32 (H, W).
    """
    if sigma <= 0:
        return values
    return _convolve(values, _gaussian_kernel(float(sigma)))


def box_mean(values: FloatArray, radius: int) -> FloatArray:
    """Return the mean over squares of ``2 * radius + 1`` pixels; float32 (H, W)."""
    if radius <= 0:
        return values
    return _convolve(values, (1.0 / (2 * radius + 1),) * (2 * radius + 1))


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

    Returns
    -------
    float32 (H, W).
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


def resample(values: FloatArray, shape: tuple[int, int]) -> FloatArray:
    """Resample with aligned corners: the first and the last sample of both grids coincide.

    Bicubic, with the kernel widened for shrinking, so that nothing aliases; the result stays within
    the range of `values`.

    Parameters
    ----------
    values
        float32 (H, W).
    shape
        Rows and columns wanted; the same shape returns `values` itself.

    Returns
    -------
    float32 of `shape`.
    """
    rows, cols = values.shape
    if (rows, cols) == tuple(shape):
        return values
    steps = [(size - 1) / (wanted - 1) for size, wanted in zip((rows, cols), shape, strict=True)]
    # The kernel reaches two steps beyond the border; the mirrored picture goes on there.
    pads = [math.ceil(2.5 * max(step, 1.0)) + 2 for step in steps]
    padded = np.pad(values, [(pad, pad) for pad in pads], mode="symmetric")
    top, left = (pad + 0.5 - 0.5 * step for pad, step in zip(pads, steps, strict=True))
    frame = (left, top, left + shape[1] * steps[1], top + shape[0] * steps[0])
    image = Image.fromarray(padded).resize(
        (shape[1], shape[0]), Image.Resampling.BICUBIC, box=frame
    )
    return np.clip(np.asarray(image, dtype=np.float32), values.min(), values.max())


def resample_steps(values: FloatArray, shape: tuple[int, int]) -> FloatArray:
    """Resample levels with aligned corners, so that a wall between two stays a wall.

    Each sample is the mean over its own cell, or the nearest value where the grid is finer than
    `values`: a wall takes one cell or two, nothing overshoots, and the one sample on it says where
    within the cell it stands.

    Parameters
    ----------
    values
        float32 (H, W).
    shape
        Rows and columns wanted; the same shape returns `values` itself.

    Returns
    -------
    float32 of `shape`.
    """
    if values.shape == tuple(shape):
        return values
    means = values
    for axis, wanted in enumerate(shape):
        means = _cell_means(means, wanted, axis)
    # What is level stays so to the last bit: sums of equal values are rounded.
    rows, cols = (
        np.rint(np.linspace(0, size - 1, wanted)).astype(np.intp)
        for size, wanted in zip(values.shape, shape, strict=True)
    )
    middle = values[np.ix_(rows, cols)]
    np.copyto(means, middle, where=np.abs(means - middle) < 4e-6)
    return means


def _cell_means(values: FloatArray, wanted: int, axis: int) -> FloatArray:
    size = values.shape[axis]
    if size == wanted:
        return values
    step = (size - 1) / (wanted - 1)
    centres = np.arange(wanted) * step
    if step <= 1:
        nearest: FloatArray = np.take(values, np.rint(centres).astype(np.intp), axis=axis)
        return nearest
    # Sample i of the source covers i - 0.5 to i + 0.5; cells of the border end with the picture.
    ends = np.clip(np.stack([centres - step / 2, centres + step / 2]), -0.5, size - 0.5)
    low, high = ends + 0.5
    first = np.floor(low).astype(np.intp)
    taps = math.ceil(step) + 1
    weights = np.empty((taps, wanted))
    for tap in range(taps):
        weights[tap] = np.clip(
            np.minimum(high, first + tap + 1) - np.maximum(low, first + tap), 0, 1
        )
    weights /= weights.sum(axis=0)
    along = [1, 1]
    along[axis] = wanted
    total = np.zeros([wanted if a == axis else n for a, n in enumerate(values.shape)], np.float32)
    for tap in range(taps):
        part = np.take(values, np.minimum(first + tap, size - 1), axis=axis)
        part *= weights[tap].astype(np.float32).reshape(along)
        total += part
    return total


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

    Returns
    -------
    float32 (H, W).
    """
    if strength <= 0:
        return values
    share = np.float32(min(1.0, strength / 5))
    drawn_in = values + share * (_within_neighbours(values) - values)
    radius = max(1, round((2 + strength / 10) * scale))
    return guided(drawn_in, drawn_in, radius, (0.0012 * strength) ** 2)


def enhance(values: FloatArray, amount: float, scale: float = 1.0) -> FloatArray:
    """Amplify fine structure at two scales, with a ceiling, so that steps get no halo.

    Parameters
    ----------
    values
        float32 (H, W) in [0, 1].
    amount
        0 to 1; 0 returns `values` itself.
    scale
        Pixels of this map per pixel of a 1024-pixel map.

    Returns
    -------
    float32 (H, W); may leave [0, 1].
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

    Returns
    -------
    float32 (H, W).
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

    Returns
    -------
    float32 (H, W).
    """
    for _ in range(passes):
        moved = np.zeros_like(values)
        for axis in (0, 1):
            step = np.diff(values, axis=axis)
            step[np.abs(step) > wall] = 0
            step *= np.float32(0.125)
            before, after = (slice(None, -1), slice(1, None))
            rows = (before, slice(None)) if axis == 0 else (slice(None), before)
            more = (after, slice(None)) if axis == 0 else (slice(None), after)
            moved[rows] += step
            moved[more] -= step
        values = values + moved
    return values


def level(values: FloatArray) -> FloatArray:
    """Stretch to exactly 0 … 1; a constant becomes 0.

    Parameters
    ----------
    values
        float32 (H, W), finite.

    Returns
    -------
    float32 (H, W).
    """
    low, high = values.min(), values.max()
    if high <= low:
        return np.zeros_like(values)
    if low == 0 and high == 1:
        return values
    return np.asarray((values - low) / (high - low), dtype=np.float32)


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


@functools.lru_cache(maxsize=64)
def _gaussian_kernel(sigma: float) -> tuple[float, ...]:
    radius = max(1, math.floor(4.0 * sigma + 0.5))
    weights = [math.exp(-0.5 * (i / sigma) ** 2) for i in range(-radius, radius + 1)]
    total = math.fsum(weights)
    return tuple(weight / total for weight in weights)


def _convolve(values: FloatArray, kernel: tuple[float, ...]) -> FloatArray:
    """Convolve along both axes with an odd, symmetric kernel."""
    _keep_freed_memory()
    return np.ascontiguousarray(_along_columns(_along_rows(values, kernel), kernel))


@functools.cache
def _keep_freed_memory() -> None:
    """Let the C library keep the memory that filters free, for the next filter.

    glibc gives freed blocks above a threshold back to the system and faults them in anew; the
    threshold is the size of the largest block freed so far, up to 32 MiB. Untouched, this block
    costs nothing, and blurs of 512² become 3 times as fast.
    """
    np.empty(31 << 20, np.uint8)


@functools.lru_cache(maxsize=64)
def _band(kernel: tuple[float, ...], block: int) -> FloatArray:
    """Return the band matrix (block, block + len(kernel) - 1) that convolves `block` samples."""
    taps = len(kernel)
    band = np.zeros((block, block + taps - 1), np.float32)
    for i in range(block):
        band[i, i : i + taps] = kernel
    band.setflags(write=False)
    return band


def _pieces(length: int, across: int, taps: int) -> tuple[int, int, int, int]:
    """Return size and number of the blocks along an axis and of the strips across it."""
    block = min(length, 16 if taps < 96 else 32)
    strips = -(-across // max(1, _SINGLE_THREAD // (block * (block + taps - 1))))
    return block, -(-length // block), -(-across // strips), strips


def _along_rows(values: FloatArray, kernel: tuple[float, ...]) -> FloatArray:
    """Convolve along the first axis: a stack of products band (b, k) @ piece (k, s)."""
    (rows, cols), reach = values.shape, len(kernel) // 2
    block, blocks, width, strips = _pieces(rows, cols, len(kernel))
    border = ((reach, reach + blocks * block - rows), (0, strips * width - cols))
    padded = np.pad(values, border, mode="symmetric")
    down, right = padded.strides
    pieces = np.lib.stride_tricks.as_strided(
        padded,
        (blocks, strips, block + 2 * reach, width),
        (block * down, width * right, down, right),
        writeable=False,
    )
    out = np.empty((blocks, block, strips, width), np.float32)
    np.matmul(_band(kernel, block), pieces, out=out.transpose(0, 2, 1, 3))
    return out.reshape(blocks * block, strips * width)[:rows, :cols]


def _along_columns(values: FloatArray, kernel: tuple[float, ...]) -> FloatArray:
    """Convolve along the second axis: a stack of products piece (s, k) @ band (k, b)."""
    (rows, cols), reach = values.shape, len(kernel) // 2
    block, blocks, height, strips = _pieces(cols, rows, len(kernel))
    border = ((0, strips * height - rows), (reach, reach + blocks * block - cols))
    padded = np.pad(values, border, mode="symmetric")
    down, right = padded.strides
    pieces = np.lib.stride_tricks.as_strided(
        padded,
        (strips, blocks, height, block + 2 * reach),
        (height * down, block * right, down, right),
        writeable=False,
    )
    out = np.empty((strips, height, blocks, block), np.float32)
    np.matmul(pieces, _band(kernel, block).T, out=out.transpose(0, 2, 1, 3))
    return out.reshape(strips * height, blocks * block)[:rows, :cols]
