"""Resampling with aligned corners, of surfaces and of levels."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image

from relief_widget.arrays import FloatArray


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
