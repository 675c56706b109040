"""Bas-relief compression: spend a few millimetres on form, not on the distance to the background.

A depth map scaled to a plaque shows little but its silhouettes. Here, as in Weyrich et al. 2007
("Digital bas-relief from 3D scenes"), steep slopes are attenuated and shallow ones kept, fine ones
boosted and wide ones damped (Kerber et al. 2009), steps at silhouettes are lowered as far as the
form needs it, and the surface is put together again from its slopes. Silhouettes enter the
equations with a low weight (as in the weighted least squares of Farbman et al. 2008), and no slope
is boosted or damped by what lies beyond one: so a lowered step leaves neither a halo nor a groove
beside it.
"""

from __future__ import annotations

import numpy as np

from relief_widget.arrays import FloatArray
from relief_widget.filters import guided, level
from relief_widget.filters.compression.background import compressed_beyond, without_background
from relief_widget.filters.compression.slopes import (
    Look,
    form_slopes,
    silhouettes,
    slopes_of,
    steepness_of,
    step_slopes,
    usual_slope,
)
from relief_widget.filters.compression.solver import ENDS, put_together

# Pixels here and below are those of a map 640 pixels long.
_LOOKS = {
    "detailed": Look(attenuation=6.0, boost=0.3, slope=0.011, band=1.3, blur=0.0, detail=0.7),
    "organic": Look(attenuation=2.0, boost=0.2, slope=0.006, band=1.6, blur=1.2, detail=1.0),
}
_LENGTH = 640.0
# The setting that the constants belong to.
REFERENCE = 0.7
# Less moves nothing by as much as a 16-bit level, and its powers leave the range of numbers.
_LEAST = 1e-6

# Steps above this are compressed more the larger they are.
_LARGE_STEP = 0.15
_TOE, _SHOULDER = 0.08, 0.9
# Radius of the guided filter that parts detail from form, and the deviation of what is detail, as a
# share of the depth's range.
_DETAIL = 8.0, 0.02


def compress(values: FloatArray, mask: FloatArray | None, style: str, amount: float) -> FloatArray:
    """Compress depth to a bas-relief.

    Parameters
    ----------
    values
        float32 (rows, cols), near = 1.
    mask
        float32 (rows, cols) in [0, 1], the subject, or None where it is not known. A mask that is
        nearly all subject or all background counts as None.
    style
        ``"detailed"`` or ``"organic"``.
    amount
        0 to 1. 0, and what is next to it, returns `values` itself, and the result goes to `values`
        as the amount goes to 0; `REFERENCE` applies the constants as they are.

    Returns
    -------
    FloatArray
        float32 (rows, cols), with the same least and greatest value as `values`.
    """
    low, high = values.min(), values.max()
    if amount <= _LEAST or high - low <= 1e-6:
        return values
    strength = amount / REFERENCE
    look, pixel = _LOOKS[style], max(values.shape) / _LENGTH
    far, near = np.percentile(values, [0.5, 99.5])
    depth = (values - low) / np.float32(near - far if near > far else high - low)
    if mask is not None and not 0.02 < np.mean(mask < 0.3) < 0.98:
        mask = None
    depth = without_background(depth, mask, strength, pixel)
    depth, detail = _parted(depth, pixel)
    lowered = compressed_beyond(depth - np.median(depth), _LARGE_STEP, strength)
    band = silhouettes(depth, look.band * pixel, pixel)
    form = form_slopes(depth, band, mask, look, strength, pixel)
    ground = None if mask is None else 1.0 - mask
    steps = step_slopes(lowered, band, look.band * pixel * min(strength, 1.0))
    natural = usual_slope(steepness_of(slopes_of(depth)), 1.0 - band)
    slope = float(np.hypot(look.slope / pixel, natural))
    relief = put_together(form, steps, band, lowered, ground, slope, strength)
    share = min(strength, 1.0)
    relief, scale = _toned(relief, share)
    # A little compression leaves the detail in its proportion, the whole gives it a depth of its
    # own: a share of the relief, whatever the form came to.
    gain = np.float32((1.0 + strength * (look.detail - 1.0)) * scale ** (1.0 - share))
    detail *= gain * (1.0 - np.float32(share) * band)
    return np.asarray(low + (high - low) * level(relief + detail))


def _parted(depth: FloatArray, pixel: float) -> tuple[FloatArray, FloatArray]:
    """Part a depth into its form, with its steps, and its fine detail."""
    radius, deviation = _DETAIL
    # The filter mirrors at the border, where a plane would get a bend.
    rows, cols = (np.linspace(-1, 1, n, dtype=np.float32) for n in depth.shape)
    plane = np.multiply.outer(rows, np.ones_like(cols)) * _rise(depth.mean(axis=1), rows)
    plane += cols * _rise(depth.mean(axis=0), cols)
    flat = depth - plane
    form = plane + guided(flat, flat, max(1, round(radius * pixel)), deviation**2)
    return form, depth - form


def _rise(values: FloatArray, along: FloatArray) -> np.float32:
    """Return the rise of the line that fits best."""
    return np.float32(np.vdot(values, along) / max(float(np.vdot(along, along)), 1e-9))


def _toned(relief: FloatArray, share: float) -> tuple[FloatArray, float]:
    """Scale the ends of the range to 0 and 1, with a soft toe and shoulder for what is beyond.

    Returns
    -------
    tuple[FloatArray, float]
        The relief, and the factor that it was scaled by.
    """
    low, high = np.percentile(relief, ENDS)
    if high <= low:
        return relief, 1.0
    relief = (relief - np.float32(low)) / np.float32(high - low)
    toe = _TOE * np.exp(np.minimum(relief, _TOE) / _TOE - 1.0)
    shoulder = _SHOULDER + (1.0 - _SHOULDER) * np.tanh(
        (np.maximum(relief, _SHOULDER) - _SHOULDER) / (1.0 - _SHOULDER)
    )
    toned = np.where(relief < _TOE, toe, np.where(relief > _SHOULDER, shoulder, relief))
    return relief + np.float32(share) * (toned - relief), 1.0 / float(high - low)
