"""Blurs: banded matrix products in many small pieces.

They are 3 to 10 times as fast as ``scipy.ndimage.gaussian_filter`` on 512² to 1024²
(``benchmarks/bench_heights.py``), and equal to it within 1e-6.
"""

from __future__ import annotations

import functools
import math

import numpy as np

from relief_widget.arrays import FloatArray

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
    """
    if sigma <= 0:
        return values
    return _convolve(values, _gaussian_kernel(float(sigma)))


def box_mean(values: FloatArray, radius: int) -> FloatArray:
    """Return the mean over squares of ``2 * radius + 1`` pixels; float32 (H, W)."""
    if radius <= 0:
        return values
    return _convolve(values, (1.0 / (2 * radius + 1),) * (2 * radius + 1))


@functools.lru_cache(maxsize=64)
def _gaussian_kernel(sigma: float) -> tuple[float, ...]:
    radius = max(1, math.floor(4.0 * sigma + 0.5))
    weights = [math.exp(-0.5 * (i / sigma) ** 2) for i in range(-radius, radius + 1)]
    total = math.fsum(weights)
    return tuple(weight / total for weight in weights)


def _convolve(values: FloatArray, kernel: tuple[float, ...]) -> FloatArray:
    """Convolve along both axes with an odd, symmetric kernel."""
    _keep_freed_memory()
    return np.ascontiguousarray(_along(1, _along(0, values, kernel), kernel))


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


def _along(axis: int, values: FloatArray, kernel: tuple[float, ...]) -> FloatArray:
    """Convolve along an axis: a stack of products band (b, k) @ piece (k, s)."""
    length, across = values.shape[:: 1 - 2 * axis]
    reach = len(kernel) // 2
    # Blocks along the axis, strips across it.
    block = min(length, 16 if reach < 48 else 32)
    strips = -(-across // max(1, _SINGLE_THREAD // (block * (block + 2 * reach))))
    blocks, width = -(-length // block), -(-across // strips)
    border = ((reach, reach + blocks * block - length), (0, strips * width - across))
    padded = np.pad(values, border[:: 1 - 2 * axis], mode="symmetric")
    out = np.empty((blocks * block, strips * width)[:: 1 - 2 * axis], np.float32)
    source, target = (padded.T, out.T) if axis else (padded, out)
    down, right = source.strides
    pieces = np.lib.stride_tricks.as_strided(
        source,
        (blocks, strips, block + 2 * reach, width),
        (block * down, width * right, down, right),
        writeable=False,
    )
    stacked = target.reshape(blocks, block, strips, width).transpose(0, 2, 1, 3)
    np.matmul(_band(kernel, block), pieces, out=stacked)
    return out[: values.shape[0], : values.shape[1]]
