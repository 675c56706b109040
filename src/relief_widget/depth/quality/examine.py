"""The examination of a depth map that a model made: in order, what can be wrong and mended."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from relief_widget.arrays import Array, FloatArray
from relief_widget.depth.quality.framing import Alignment, aligned
from relief_widget.depth.quality.marks import without_border, without_lettering
from relief_widget.depth.quality.report import QualityReport
from relief_widget.depth.quality.tone import (
    grey_of,
    inverted,
    is_flat,
    is_shading,
    measure,
    stretched,
    without_bands,
)
from relief_widget.filters import resample
from relief_widget.image.colour import LUMINANCE
from relief_widget.image.reading import unit

Padding = tuple[float, float, float, float]

_SAME_SHAPE = 0.01
_FAINT = 0.05
# Larger maps are halved, four pixels to their mean, before anything: no grid shows more.
_MOST_SIDE = 3000
_AGAIN = "Generate it again if it does not fit."


def examine(
    picture: Array,
    photo: Array | None,
    *,
    lossless: bool,
    padding: Padding = (0.0, 0.0, 0.0, 0.0),
    reference: FloatArray | None = None,
) -> tuple[FloatArray, QualityReport]:
    """Check a picture that is to be a depth map, mend what can be mended, and say what was found.

    What is in order is left alone: a grey picture of 16 bits, or of floats, that covers its photo
    comes back bit for bit.

    Parameters
    ----------
    picture
        (H, W), (H, W, 3) or (H, W, 4); uint8, uint16 or floats in [0, 1], as decoded.
    photo
        (h, w, 3) sRGB of what it is of, with its padding, of any size; or None.
    lossless
        Whether the file kept its levels exactly, as PNG does and JPEG does not.
    padding
        Bars around the photo that are cut off: left, top, right, bottom, as shares.
    reference
        (rows, cols) another estimate of the photo without its padding, near = 1: tells near from
        far where the picture leaves doubt.

    Returns
    -------
    tuple[FloatArray, QualityReport]
        float32 (H, W) in [0, 1], without the padding, and the report. Doubts are warnings in it.

    Raises
    ------
    DepthError
        The picture is in colours, as a heat map or a photo is.
    """
    warnings: list[str] = []
    values, tint = grey_of(picture)
    received = measure(_inside(values, padding))
    depth, banding = without_bands(_shrunk(values), lossless=lossless)
    if tint:
        # Tinted white is darker than white.
        depth = depth / np.float32(max(depth.max(), _FAINT))
    inside = _inside(depth, padding)
    mended, border = without_border(inside)
    if any(border):
        warnings.append("The depth map had an even border, which was replaced. Look at its edges.")
        depth = depth.copy()
        _inside(depth, padding)[:] = mended
    luminance = None if photo is None else np.asarray(unit(photo, "The photo") @ LUMINANCE)
    alignment = None
    if luminance is not None:
        depth, odd = _of_shape(depth, luminance)
        if odd:
            warnings.append(odd)
        depth, alignment = aligned(depth, luminance)
        warnings += _of_alignment(alignment)
        luminance = _inside(luminance, padding)
    depth = np.ascontiguousarray(_inside(depth, padding))
    depth, lettering = without_lettering(depth, luminance)
    if lettering:
        warnings.append(
            "The depth map seems to have lettering that the photo does not have. " + _AGAIN
        )
    if is_flat(depth):
        warnings.append("The depth map is even all over: there is nothing to raise. " + _AGAIN)
    depth, ends = stretched(depth)
    turned, doubtful = inverted(depth, reference)
    if turned:
        depth = np.float32(1) - depth
        warnings.append(
            "Near was dark in the depth map; it was turned. If the relief is hollow now, "
            "choose “Near is dark”, which turns it back."
        )
    elif doubtful:
        warnings.append(
            "Near may be dark in this depth map. If the relief is hollow, choose “Near is dark”."
        )
    if luminance is not None and is_shading(depth, luminance):
        warnings.append(
            "The depth map follows the photo's brightness instead of its depth. " + _AGAIN
        )
    report = QualityReport(
        received=received,
        levels=measure(depth),
        alignment=alignment,
        inverted=turned,
        tint=tint,
        stretched=ends,
        banding=banding,
        border=border,
        lettering=lettering,
        warnings=tuple(warnings),
    )
    return depth, report


def _shrunk(values: Array) -> Array:
    """Return a map of 4K at half its size, as floats where it was cut down."""
    rows, cols = values.shape
    if max(rows, cols) <= _MOST_SIDE:
        return values
    even = unit(values[: rows // 2 * 2, : cols // 2 * 2], "The depth map")
    return np.asarray(even.reshape(rows // 2, 2, cols // 2, 2).mean(axis=(1, 3)))


def _of_alignment(alignment: Alignment) -> list[str]:
    if not alignment.related:
        return ["The depth map does not seem to show what the photo shows. " + _AGAIN]
    if not alignment.undone:
        return []
    lost = max(abs(alignment.right), abs(alignment.down), abs(1 - alignment.zoom) / 2)
    found = "The depth map was framed differently from the photo, which was undone."
    if lost > 0.02:
        found += f" Up to {lost:.0%} at its edges is filled in. {_AGAIN}"
    return [found]


def _of_shape(depth: FloatArray, luminance: FloatArray) -> tuple[FloatArray, str]:
    """Bring a map to the photo's proportions: stretched back, or cut as it was widened."""
    rows, cols = depth.shape
    wanted = luminance.shape[1] / luminance.shape[0]
    if abs(math.log(cols / rows / wanted)) < _SAME_SHAPE:
        return depth, ""
    if cols / rows > wanted:
        size, whole = (rows, max(2, round(rows * wanted))), (round(cols / wanted), cols)
    else:
        size, whole = (max(2, round(cols / wanted)), cols), (rows, round(rows * wanted))
    top, left = (rows - size[0]) // 2, (cols - size[1]) // 2
    cut = np.ascontiguousarray(depth[top : top + size[0], left : left + size[1]])
    candidates = [depth if size == (rows, cols) else resample(depth, whole), cut]
    fits = [aligned(candidate, luminance)[1].after for candidate in candidates]
    best = candidates[int(np.argmax(fits))]
    return best, (
        f"The depth map came as {cols} × {rows} pixels, of other proportions than the photo. "
        + _AGAIN
    )


def _inside(values: Array, padding: Padding) -> Any:
    rows, cols = values.shape[:2]
    left, top, right, bottom = padding
    return values[
        round(top * rows) : rows - round(bottom * rows),
        round(left * cols) : cols - round(right * cols),
    ]
