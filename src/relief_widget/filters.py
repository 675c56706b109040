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
    """Return the mean over squares of 2 · `radius` + 1 pixels; float32 (H, W)."""
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
