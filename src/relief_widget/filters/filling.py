"""What is not known, from what is."""

from __future__ import annotations

import numpy as np
from PIL import Image

from relief_widget.arrays import Array, BoolArray, FloatArray

# A few values that are farther than this many spans from all others are wild; of what is even but
# for them, farther than this, in its value.
_WILD, _WILD_EVEN, _FEW = 30.0, 1e6, 1e-3
# Relaxations at each scale when a hole is filled.
_SWEEPS = 8


def nearest_known(known: BoolArray, *planes: Array) -> tuple[Array, ...]:
    """Continue values to where they are not known: each becomes the nearest one that is.

    Parameters
    ----------
    known
        (H, W), somewhere true.
    planes
        (H, W, ...) each.
    """
    from scipy import ndimage

    index = ndimage.distance_transform_edt(~known, return_distances=False, return_indices=True)
    return tuple(plane[tuple(index)] for plane in planes)


def enclosed(unknown: BoolArray, open_: BoolArray | None) -> BoolArray:
    """Return those parts of what is not known that a surface encloses.

    Parameters
    ----------
    unknown
        (H, W).
    open_
        (H, W), where there is sky: what borders on it is not enclosed, as little as what reaches
        the border of the picture; or None.
    """
    from scipy import ndimage

    outside = np.ones(unknown.shape, np.bool_)
    outside[1:-1, 1:-1] = False
    whole = unknown
    if open_ is not None:
        outside |= open_
        whole = unknown | open_
    return unknown & ~ndimage.binary_propagation(outside & whole, np.ones((3, 3), np.bool_), whole)


def filled(values: FloatArray, holes: BoolArray) -> FloatArray:
    """Fill holes smoothly from what is around them.

    A membrane: the mean of the known neighbours at ever coarser scales, relaxed at each on the way
    back.

    Parameters
    ----------
    values
        float32 (H, W); finite outside the holes.
    holes
        (H, W), not everything.
    """
    rows, cols = values.shape
    weight = (~holes).astype(np.float32)
    result = np.where(holes, np.float32(0), values)
    if holes.any() and min(rows, cols) >= 2 and not holes.all():
        half = ((rows + 1) // 2, (cols + 1) // 2)
        pad = ((0, 2 * half[0] - rows), (0, 2 * half[1] - cols))
        sums, counts = (
            np.pad(part, pad).reshape(half[0], 2, half[1], 2).sum(axis=(1, 3))
            for part in (result, weight)
        )
        empty = counts == 0
        small = sums / np.where(empty, np.float32(1), counts)
        if empty.any():
            small = filled(small, empty)
        box = (0, 0, cols / 2, rows / 2)
        plane = Image.fromarray(np.ascontiguousarray(small))
        large = np.asarray(plane.resize((cols, rows), Image.Resampling.BILINEAR, box))
        result = np.where(holes, large, values)
        for _ in range(_SWEEPS):
            around = np.pad(result, 1, mode="edge")
            mean = around[:-2, 1:-1] + around[2:, 1:-1] + around[1:-1, :-2] + around[1:-1, 2:]
            result = np.where(holes, np.float32(0.25) * mean, values)
    return np.asarray(result, dtype=np.float32)


def strays(values: Array, known: BoolArray) -> BoolArray:
    """Return where a few values lie far outside all others: at most a thousandth, or four.

    Parameters
    ----------
    values
        (H, W), numbers.
    known
        (H, W), where they count.
    """
    ordered = np.sort(values[known].astype(np.float64))
    few = int(max(min(4, ordered.size // 16), _FEW * ordered.size))
    if few == 0:
        return np.zeros(values.shape, np.bool_)
    low, high = ordered[few], ordered[-1 - few]
    limit = _WILD * (high - low) if high > low else _WILD_EVEN * (1 + abs(low))
    with np.errstate(invalid="ignore"):
        return np.asarray(known & ((values > high + limit) | (values < low - limit)))
