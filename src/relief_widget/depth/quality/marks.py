"""Borders, captions and legends that do not belong to a depth map."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from relief_widget.arrays import BoolArray, FloatArray
from relief_widget.depth.quality.framing import correlation, edges, within
from relief_widget.filters import gaussian, resample

# A border is at most this share of a side wide, even within this much, and ends in a step.
_WIDEST, _EVEN, _STEP = 0.08, 0.012, 0.08
_ALONG = 0.7
_SOFT = 2
_DARK = 0.1
_WORK = 512
# Lettering stands out by this much, in strokes no wider than this many pixels of 512.
_CONTRAST, _STROKE = 0.25, 5
_MOST_AREA = 0.04
# Fewer strokes, or strokes on edges of the photo, are detail.
_LETTERS, _LEAST_INK, _ALIKE = 4, 120, 0.1


def without_border(depth: FloatArray) -> tuple[FloatArray, tuple[int, int, int, int]]:
    """Replace an even strip along the sides by what is next to it.

    Returns
    -------
    tuple[FloatArray, tuple[int, int, int, int]]
        The map, the same one where there is no border, and the strips' widths in pixels: left, top,
        right, bottom.
    """
    top, bottom = _strip(depth), _strip(depth[::-1])
    left, right = _strip(depth.T), _strip(depth.T[::-1])
    sides = sum(width > 0 for width in (left, top, right, bottom))
    dark = max(depth[0, 0], depth[0, -1], depth[-1, 0], depth[-1, -1]) < _DARK
    if not sides or (sides == 1 and dark):
        # One dark side alone is the sky, or the ground behind the subject.
        return depth, (0, 0, 0, 0)
    rows, cols = depth.shape
    inner = depth[top : rows - bottom, left : cols - right]
    filled = np.pad(inner, ((top, bottom), (left, right)), mode="edge")
    return np.ascontiguousarray(filled), (left, top, right, bottom)


def _strip(depth: FloatArray) -> int:
    """Return how many of the first rows are an even strip that ends in a step."""
    widest = max(2, round(_WIDEST * depth.shape[0]))
    first = depth[0]
    if first.std() > _EVEN:
        return 0
    away = np.abs(depth[: widest + _SOFT + 1] - np.median(first))
    end = int(np.argmax(np.median(away, axis=1) > _EVEN))
    # A strip ends at once; a slope, such as the ground, goes on.
    if not 0 < end <= widest or (away[end + _SOFT] > _STEP).mean() < _ALONG:
        return 0
    # What JPEG, or a resampling, smeared over the end belongs to the strip too.
    return end + (_SOFT if (away[end] < _STEP).mean() > _ALONG else 0)


def without_lettering(depth: FloatArray, luminance: FloatArray | None) -> tuple[FloatArray, float]:
    """Fill in lettering that the photo does not have.

    Parameters
    ----------
    depth
        In [0, 1].
    luminance
        The photo's, of the same proportions; without it nothing is looked for.

    Returns
    -------
    tuple[FloatArray, float]
        The map, the same one where there is no lettering, and the share of it that was filled in.
    """
    if luminance is None:
        return depth, 0.0
    shape = within(depth.shape, _WORK, 16)
    grid, photo = resample(depth, shape), edges(resample(luminance, shape))
    found = _lettering(grid, photo)
    if not found.any():
        return depth, 0.0
    area = float(found.mean())
    if area > _MOST_AREA:
        return depth, area
    full = resample(found.astype(np.float32), (depth.shape[0], depth.shape[1])) > 0.05
    return _filled(depth, full), area


def _lettering(grid: FloatArray, photo: FloatArray) -> BoolArray:
    """Return where thin, strong strokes stand together that the photo has no edges for."""
    size = 2 * _STROKE + 1
    own = edges(grid)
    found: BoolArray = np.zeros(grid.shape, dtype=bool)
    bright = grid - ndimage.grey_opening(grid, size=(size, size))
    dark = ndimage.grey_closing(grid, size=(size, size)) - grid
    for strokes in (bright > _CONTRAST, dark > _CONTRAST):
        # Letters of a line, and lines of a legend, are this near to each other.
        near = ndimage.binary_closing(np.pad(strokes, 12), iterations=6)[12:-12, 12:-12]
        blocks, _ = ndimage.label(near)
        for index, box in enumerate(ndimage.find_objects(blocks), start=1):
            mine = strokes[box] & (blocks[box] == index)
            if mine.sum() < _LEAST_INK or ndimage.label(mine)[1] < _LETTERS:
                continue
            # Real detail has edges in the photo where its own are.
            if correlation(own[box], photo[box]) < _ALIKE:
                found[box] |= ndimage.binary_dilation(mine, iterations=3)
    return found


def _filled(depth: FloatArray, holes: BoolArray) -> FloatArray:
    """Return `depth` with its holes filled by their surroundings, near ones first."""
    known = (~holes).astype(np.float32)
    values, filled, left = depth * known, depth.copy(), holes
    for sigma in (2.0, 5.0, 12.0, 30.0):
        here = gaussian(known, sigma)
        fresh = left & (here > 0.05)
        filled[fresh] = gaussian(values, sigma)[fresh] / here[fresh]
        left = left & ~fresh
    return filled
