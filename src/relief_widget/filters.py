"""Filters: float32 arrays in, float32 arrays out.

Every filter takes any shape of at least 2 × 2. Blurs go on beyond the border with the mirrored
picture (each border sample repeated once), so that nothing darkens, rings or wraps.

Blurs are banded matrix products in many small pieces: 3 to 10 times as fast as
``scipy.ndimage.gaussian_filter`` on 512² to 1024² (``benchmarks/bench_heights.py``), equal to it
within 1e-6.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

FloatArray: TypeAlias = npt.NDArray[np.float32]

# OpenBLAS runs a product of at most this many multiplications on the calling thread (GEMM_MULTI-
# THREAD_THRESHOLD 4 × 65536, interface/gemm.c). Above it, its threads spin: on two busy cores a
# blur took 190 ms instead of 1.5 ms.
_SINGLE_THREAD = 262_144

# Strips of about this many samples stay in a core's cache while a filter passes over them.
_STRIP = 1 << 16


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
    low, high = float(values.min()), float(values.max())
    if high == low:
        return np.zeros_like(values)
    # A difference too small for float32 to divide by, or too large to hold, goes through float64.
    wide = values if 1e-30 < high - low < 1e30 else values.astype(np.float64)
    stretched = wide - wide.dtype.type(low)
    stretched /= stretched.max()
    result: FloatArray = stretched.astype(np.float32, copy=False)
    return result


def gaussian(values: FloatArray, sigma: float) -> FloatArray:
    """Blur with a Gaussian.

    Parameters
    ----------
    values
        float32 (H, W).
    sigma
        Standard deviation in pixels. The kernel ends at 4 sigma; below a tenth of a pixel it is
        one sample, and `values` itself is returned.

    Returns
    -------
    float32 (H, W).
    """
    if sigma < 0.1:
        return values
    return _convolve(values, _gaussian_kernel(float(sigma)))


def box_mean(values: FloatArray, radius: int) -> FloatArray:
    """Return the mean over squares of 2 · `radius` + 1 pixels; float32 (H, W)."""
    if radius <= 0:
        return values
    return _convolve(values, (1.0 / (2 * radius + 1),) * (2 * radius + 1))


def guided(values: FloatArray, radius: int, contrast: float) -> FloatArray:
    """Smooth what is flatter than `contrast` and keep what is steeper: the self-guided filter.

    He, Sun & Tang 2010, "Guided image filtering", with the picture as its own guide and
    eps = contrast².

    Parameters
    ----------
    values
        float32 (H, W).
    radius
        Radius of the window in pixels; 0 returns `values` itself.
    contrast
        Standard deviation within a window, in the unit of `values`, at which half of it stays.

    Returns
    -------
    float32 (H, W).
    """
    if radius <= 0 or contrast <= 0:
        return values
    mean = box_mean(values, radius)
    spread = box_mean(values * values, radius)
    spread -= mean * mean
    # Rounding can leave the variance of a flat window a little below 0.
    np.maximum(spread, 0.0, out=spread)
    gain = spread / (spread + np.float32(max(contrast * contrast, 1e-12)))
    mean -= gain * mean
    smooth = box_mean(gain, radius)
    smooth *= values
    smooth += box_mean(mean, radius)
    return smooth


def smooth(values: FloatArray, pixels: float) -> FloatArray:
    """Blur by `pixels`, the standard deviation of a Gaussian; 0 returns `values` itself."""
    return gaussian(values, pixels)


def denoise(values: FloatArray, strength: float, pixel: float = 1.0) -> FloatArray:
    """Remove speckle and keep edges.

    First no pixel may stand out from the second highest and second lowest of its eight neighbours
    by more than a margin: that takes single bad pixels and pairs of them, and leaves lines. Then
    the guided filter runs twice: one pass of the same strength leaves 1 to 2 dB more noise, along
    the edges.

    Parameters
    ----------
    values
        float32 (H, W), range about 0 … 1.
    strength
        0 to 50; 0 returns `values` itself. At 20 noise of a standard deviation of about 1.5 % of
        the range goes, at 50 of 6 %.
    pixel
        Size of a pixel of a map 1024 pixels long, in pixels of this one.

    Returns
    -------
    float32 (H, W).
    """
    if strength <= 0:
        return values
    share = strength / 50.0
    margin = _SPIKE * (1.0 / share - 1.0)
    contrast = _NOISE * share**1.5
    radius = max(2, round(3.0 * pixel))
    calm = _by_strips(lambda strip: _clip_spikes(strip, margin), values, 1)
    for _ in range(2):
        calm = guided(calm, radius, contrast)
    return calm


# Margin of a spike at half strength, and noise that full strength takes, as shares of the range.
_SPIKE = 0.02
_NOISE = 0.06


def _clip_spikes(values: FloatArray, margin: float) -> FloatArray:
    """Clip to the second highest and second lowest of the eight neighbours, give or take."""
    padded = np.pad(values, 1, mode="reflect")
    left, centre, right = padded[:, :-2], padded[:, 1:-1], padded[:, 2:]
    high, low = np.maximum(left, right), np.minimum(left, right)
    # Each row of three, sorted: shared by the pixels above and below it.
    top, bottom = np.maximum(high, centre), np.minimum(low, centre)
    middle = np.maximum(np.minimum(high, centre), low)
    high, low = high[1:-1], low[1:-1]

    ceiling = np.maximum(top[:-2], top[2:])
    np.minimum(ceiling, high, out=ceiling)
    np.maximum(ceiling, np.minimum(top[:-2], top[2:]), out=ceiling)
    floor = np.minimum(bottom[:-2], bottom[2:])
    np.maximum(floor, low, out=floor)
    np.minimum(floor, np.maximum(bottom[:-2], bottom[2:]), out=floor)
    for row in (middle[:-2], middle[2:]):
        np.maximum(ceiling, row, out=ceiling)
        np.minimum(floor, row, out=floor)
    np.maximum(ceiling, low, out=ceiling)
    np.minimum(floor, high, out=floor)
    ceiling += np.float32(margin)
    floor -= np.float32(margin)
    return np.clip(values, floor, ceiling, out=floor)


def enhance(values: FloatArray, amount: float, pixel: float = 1.0) -> FloatArray:
    """Amplify fine structure.

    Detail is what the guided filter takes away, so that steps, which it keeps, get no halo (the
    base and detail of Farbman et al. 2008, by He, Sun & Tang 2010); its finest part counts twice.

    Parameters
    ----------
    values
        float32 (H, W), range about 0 … 1.
    amount
        0 to 1; 0 returns `values` itself.
    pixel
        Size of a pixel of a map 1024 pixels long, in pixels of this one.

    Returns
    -------
    float32 (H, W), within the range of `values`.
    """
    if amount <= 0:
        return values
    detail = values - guided(values, max(2, round(_DETAIL_RADIUS * pixel)), _DETAIL)
    detail += detail - gaussian(detail, _FINE_SIGMA * pixel)
    detail *= np.float32(_DETAIL_GAIN * amount)
    detail += values
    return np.clip(detail, values.min(), values.max(), out=detail)


# Structure finer than this many pixels of a map 1024 long and flatter than this share of the range.
_DETAIL_RADIUS = 10.0
_DETAIL = 0.04
_FINE_SIGMA = 2.0
_DETAIL_GAIN = 1.5


def resample(values: FloatArray, shape: tuple[int, int]) -> FloatArray:
    """Resample to another grid whose corners are the same points.

    Cubic convolution (Keys 1981, a = -0.5), widened against aliasing where the grid gets coarser.
    Sample 0 and the last one fall on the first and the last vertex; a plane stays a plane.

    Parameters
    ----------
    values
        float32 (H, W).
    shape
        Rows and columns, each at least 2. The array's own shape returns `values` itself.

    Returns
    -------
    float32 (rows, cols), within the range of `values`.
    """
    if values.shape == shape:
        return values
    steps = [(old - 1) / (new - 1) for old, new in zip(values.shape, shape, strict=True)]
    # Beyond the border the surface goes on as its point reflection: straight on, for a plane.
    reach = [math.ceil(2.5 * max(step, 1.0)) + 1 for step in steps]
    padded = np.pad(values, [(reach[0],) * 2, (reach[1],) * 2], mode="reflect", reflect_type="odd")
    box = [
        (margin + 0.5 - 0.5 * step, margin + 0.5 + (new - 0.5) * step)
        for margin, step, new in zip(reach, steps, shape, strict=True)
    ]
    picture = Image.fromarray(padded).resize(
        (shape[1], shape[0]),
        Image.Resampling.BICUBIC,
        box=(box[1][0], box[0][0], box[1][1], box[0][1]),
    )
    clipped: FloatArray = np.clip(np.asarray(picture), values.min(), values.max())
    return clipped


def laplacian(values: FloatArray, passes: int) -> FloatArray:
    """Relax the surface by Laplacian passes.

    Each pass moves every vertex half way to the mean of its four neighbours (Field 1988). A vertex
    on the border has only the two beside it on the border, corners stay: so neither the border
    shrinks nor a plane moves.

    Parameters
    ----------
    values
        float32 (H, W).
    passes
        0 returns `values` itself.

    Returns
    -------
    float32 (H, W).
    """
    if passes <= 0:
        return values
    relaxed = values.copy()
    for _ in range(passes):
        inner = relaxed[:-2, 1:-1] + relaxed[2:, 1:-1]
        inner += relaxed[1:-1, :-2] + relaxed[1:-1, 2:]
        edges = [edge[:-2] + edge[2:] for edge in _borders(relaxed)]
        inner *= 0.125
        relaxed[1:-1, 1:-1] *= 0.5
        relaxed[1:-1, 1:-1] += inner
        for edge, beside in zip(_borders(relaxed), edges, strict=True):
            edge[1:-1] *= 0.75
            edge[1:-1] += np.float32(0.125) * beside
    return relaxed


def _borders(values: FloatArray) -> list[FloatArray]:
    return [values[0], values[-1], values[:, 0], values[:, -1]]


def _by_strips(
    function: Callable[[FloatArray], FloatArray], values: FloatArray, reach: int
) -> FloatArray:
    """Apply a filter that looks `reach` rows far, strip by strip; the result is the same."""
    rows, cols = values.shape
    height = max(16, _STRIP // cols)
    out = np.empty_like(values)
    for top in range(0, rows, height):
        low, high = max(0, top - reach), min(rows, top + height + reach)
        out[top : top + height] = function(values[low:high])[top - low : top - low + height]
    return out


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
