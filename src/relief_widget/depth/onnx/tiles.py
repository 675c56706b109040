"""A second look at a photo in overlapping tiles, for detail that the whole is too small to show.

The whole picture gives the depth; each tile, seen as large as the whole was, gives what is finer.
A network judges depth in a tile only up to a scale and a shift, so each tile is first fitted to the
whole. As in R. Ranftl et al., "Towards robust monocular depth estimation" (TPAMI 2022), and the
merging of estimates at two resolutions of S. M. H. Miangoleh et al., "Boosting monocular depth
estimation models to high-resolution" (CVPR 2021), low frequencies come from the whole, high ones
from the tiles; the fusion here is a guided filter instead of a network.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from relief_widget.arrays import DoubleArray, FloatArray
from relief_widget.depth.onnx.letterbox import enlarged
from relief_widget.filters import gaussian, guided

Tile: TypeAlias = tuple[slice, slice]

# Tiles show the photo this much larger than the whole was seen; more would leave too little of the
# scene in a tile to judge it by.
MAGNIFICATION = 2.0
# A photo that has less than this to offer gains nothing.
LEAST_MAGNIFICATION = 1.25
_OVERLAP = 1 / 3
# Surfaces whose depths differ by more than this share of the range are two.
_LEVEL = 0.05
# Of the shorter side of a tile: what is broader than this radius comes from the whole.
_REACH = 1 / 24
# Sigma, likewise, of what a tile is fitted by.
_FIT_BLUR = 1 / 48
# A tile that agrees less with the whole saw something else in it.
_LEAST_AGREEMENT = 0.6
# The most that a tile may change, as a share of the depth of the whole.
_CEILING = 0.2


def tiles(shape: tuple[int, int], tile: tuple[int, int]) -> list[Tile]:
    """Return overlapping tiles of (rows, columns) that cover a picture evenly."""
    rows, cols = (min(length, most) for length, most in zip(tile, shape, strict=True))
    return [
        (slice(top, top + rows), slice(left, left + cols))
        for top in _starts(shape[0], rows)
        for left in _starts(shape[1], cols)
    ]


def _starts(length: int, tile: int) -> list[int]:
    count = 1 + int(np.ceil((length - tile) / (tile * (1 - _OVERLAP)) - 1e-9))
    return [round(place) for place in np.linspace(0, length - tile, count)]


def fuse(
    whole: FloatArray,
    places: list[Tile],
    see: Callable[[Tile], FloatArray],
) -> FloatArray:
    """Add the detail of tiles to the depth of the whole.

    Parameters
    ----------
    whole
        float32 (H, W), nearness of the whole picture, enlarged to the size of the tiles' grid.
    places
        Tiles that cover it.
    see
        Returns the nearness of a tile, of any size and range.

    Returns
    -------
    FloatArray
        float32 (H, W).
    """
    low, high = np.percentile(whole, [0.5, 99.5])
    span = float(high - low) or float(np.ptp(whole)) or 1.0
    total = np.zeros_like(whole)
    weights = np.zeros_like(whole)
    for tile in places:
        here = whole[tile]
        detail = _detail(here, enlarged(see(tile), here.shape), span)
        weight = _weight(tile, whole.shape)
        total[tile] += weight * detail
        weights[tile] += weight
    return whole + total / weights


def _detail(whole: FloatArray, tile: FloatArray, span: float) -> FloatArray:
    """Return what a tile shows and the whole does not, without what is broad in it."""
    fitted = aligned(tile, whole)
    if fitted is None:
        return np.zeros_like(whole)
    rest = fitted - whole
    # Guided by the whole, a difference between two objects stays out of the detail on both sides of
    # the outline that they share: a plain blur would leave a halo there.
    radius = max(2, round(min(whole.shape) * _REACH))
    detail = rest - guided(rest, whole, radius, (_LEVEL * span) ** 2)
    ceiling = np.float32(_CEILING * span)
    return np.asarray(ceiling * np.tanh(detail / ceiling), dtype=np.float32)


def aligned(values: FloatArray, target: FloatArray) -> FloatArray | None:
    """Scale and shift `values` to fit `target`; None where they do not agree.

    Least squares, reweighted (Tukey, 4.685 deviations by the median), on what both show: the fine
    structure of `values` is left out of the fit.

    Returns
    -------
    FloatArray | None
        float32 (H, W), or None.
    """
    step = max(1, min(values.shape) // 96)
    sigma = max(1.0, min(values.shape) * _FIT_BLUR)
    x = gaussian(values, sigma)[::step, ::step].ravel().astype(np.float64)
    y = gaussian(target, sigma)[::step, ::step].ravel().astype(np.float64)
    if float(x.max() - x.min()) <= 1e-6 * float(np.abs(x).max()):
        return None
    scale, shift = _first_fit(x, y)
    # Sums of products, not dot products: BLAS would wake threads that fight with the network's.
    for _ in range(10):
        rest = np.abs(y - scale * x - shift)
        width = 4.685 * 1.4826 * max(float(np.median(rest)), 1e-6 * float(np.ptp(y)), 1e-30)
        weights = np.clip(1 - (rest / width) ** 2, 0, None) ** 2
        weights /= weights.sum()
        off_x, off_y = x - (weights * x).sum(), y - (weights * y).sum()
        along, spread_x, spread_y = (
            float((weights * product).sum()) for product in (off_x * off_y, off_x**2, off_y**2)
        )
        scale = along / max(spread_x, 1e-30)
        shift = float((weights * (y - scale * x)).sum())
    agreement = along / max(np.sqrt(spread_x * spread_y), 1e-30)
    if scale <= 0 or agreement < _LEAST_AGREEMENT:
        return None
    return np.asarray(np.float32(scale) * values + np.float32(shift), dtype=np.float32)


def _first_fit(x: DoubleArray, y: DoubleArray) -> tuple[float, float]:
    """Return scale and shift by medians (after Theil and Sen), which a third of outliers spares."""
    half = len(x) // 2
    across, up = x[half : 2 * half] - x[:half], y[half : 2 * half] - y[:half]
    wide = np.abs(across) >= max(float(np.median(np.abs(across))), 1e-30)
    scale = float(np.median(up[wide] / across[wide])) if wide.any() else 0.0
    return scale, float(np.median(y - scale * x))


def _weight(tile: Tile, shape: tuple[int, int]) -> FloatArray:
    """Return a weight that fades to nothing towards the tile's inner borders."""
    down, across = (
        _fade(part.stop - part.start, part.start > 0, part.stop < length)
        for part, length in zip(tile, shape, strict=True)
    )
    return down[:, None] * across


def _fade(length: int, before: bool, after: bool) -> FloatArray:
    place = (np.arange(length) + 0.5) / max(1.0, length * _OVERLAP)
    rising = np.sin(0.5 * np.pi * np.clip(place, 0, 1)) ** 2
    weight = (rising if before else 1) * (rising[::-1] if after else np.ones(length))
    return np.maximum(weight, 1e-6).astype(np.float32)
