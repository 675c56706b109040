"""Engraving: the photo's fine detail on the form, as an engraver would cut it.

Brightness is no depth, but what is finer than the network sees is read from it: hair, folds, roof
tiles, eyes. Bands of tone between edge-preserving filters of growing radius are weighted by how
lively the surroundings are (P. Burt and E. Adelson's pyramid in spirit, the filters after K. He et
al. 2010): skin, sky and noise stay smooth, and what is strong is held back, so that print and
lettering are cut to a shallow depth instead of standing as ridges.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from relief_widget.arrays import FloatArray
from relief_widget.depth.depth_map import Style
from relief_widget.filters import gaussian, grain, guided, resample
from relief_widget.image.colour import luminance, resize

# Lengths in pixels are those of a map 640 pixels long.
_LENGTH = 640.0
# Sigma of the rim along the outline of the subject that is left without engraving.
_RIM = 2.5
# The luminance that the lights of a photo have at least, the span of tone, and how much contrast is
# raised at most to reach it: beyond, there is noise.
_DIM, _FLAT, _MOST_GAIN = 0.5, 0.6, 4.0


@dataclass(frozen=True)
class _Band:
    """Tone between two filters.

    `radius` of the guided filter at its coarse end, in pixels; `variance` of the tone that it
    keeps; `noise`: share of the photo's that is left in the band.
    """

    radius: float
    variance: float
    noise: float


_BANDS = (
    _Band(1.5, 0.01, 0.8),
    _Band(4.0, 0.025, 0.35),
    _Band(10.0, 0.05, 0.15),
    _Band(24.0, 0.1, 0.06),
)


@dataclass(frozen=True)
class _Hand:
    """How a style engraves.

    `weights` of the bands, from fine to coarse; `depth` of strong detail, as a share of the form's
    range; `ground`: share of it outside the subject; `calm`: deviation of tone below which a
    surface is left smooth; `strong`: deviation beyond which detail grows no deeper.
    """

    weights: tuple[float, ...]
    depth: float
    ground: float
    calm: float
    strong: float


_HANDS: dict[Style, _Hand] = {
    "detailed": _Hand((0.3, 0.8, 0.9, 0.5), 0.030, 0.4, 0.025, 0.08),
    "organic": _Hand((0.0, 0.3, 0.8, 0.5), 0.025, 0.2, 0.03, 0.1),
}


def detail_of(srgb: FloatArray, style: Style) -> FloatArray:
    """Return what of a photo is to be engraved.

    Parameters
    ----------
    srgb
        float32 (rows, cols, 3) in [0, 1].
    style
        How deep and how fine.

    Returns
    -------
    FloatArray
        float32 (rows, cols), raised where the photo is brighter than around, as a share of the
        form's range.
    """
    hand = _HANDS[style]
    scale = max(srgb.shape[:2]) / _LENGTH
    tone = _tone(srgb)
    noise = grain(tone) if min(tone.shape) > 2 else 0.0
    total = np.zeros_like(tone)
    finer = tone
    for band, weight in zip(_BANDS, hand.weights, strict=True):
        coarser = _smoothed(tone, band.radius * scale, band.variance)
        if weight:
            detail = finer - coarser
            calm = np.float32(hand.calm) + np.float32(2.5 * noise * band.noise)
            power = _surroundings(detail * detail, 2.5 * band.radius * scale)
            lively = power / (power + calm * calm)
            # A dense pattern is cut no deeper than a single line.
            lively /= np.sqrt(1 + power / np.float32(hand.strong**2))
            # Within lively surroundings the faintest is still noise.
            size = np.abs(detail)
            detail *= lively * size / (size + np.float32(noise * band.noise + 1e-6))
            detail /= np.float32(hand.strong)
            total += np.float32(weight * hand.depth) * np.tanh(detail, out=detail)
        finer = coarser
    return total


def engraved(
    form: FloatArray,
    detail: FloatArray,
    mask: FloatArray | None,
    style: Style,
    removed: FloatArray | None = None,
) -> FloatArray:
    """Engrave detail on a form.

    Parameters
    ----------
    form
        float32 (rows, cols), near = large, of any range.
    detail
        float32 (rows, cols), from `detail_of`.
    mask
        float32 (rows, cols) in [0, 1], or None: the subject is engraved deeper than the ground.
    style
        That of the detail.
    removed
        float32 (rows, cols) in [0, 1], what was painted out: nothing of it is engraved.

    Returns
    -------
    FloatArray
        float32 (rows, cols), of about the form's range.
    """
    weight = detail
    if mask is not None:
        ground = _HANDS[style].ground
        # The step at the outline says enough: lines along it would be a rim.
        rim = np.abs(2 * gaussian(mask, _RIM * max(form.shape) / _LENGTH) - 1)
        weight = detail * rim * (np.float32(ground) + np.float32(1 - ground) * mask)
    if removed is not None:
        weight = weight * (1 - removed)
    low, high = np.percentile(form[::2, ::2], (0.5, 99.5))
    return np.asarray(form + np.float32(high - low) * weight, dtype=np.float32)


def _surroundings(values: FloatArray, sigma: float) -> FloatArray:
    """Return the Gaussian mean; a wide one on a coarser grid, which is as good."""
    rows, cols = values.shape
    coarse = max(1, int(sigma / 3))
    if coarse == 1 or min(rows, cols) < 2 * coarse:
        return gaussian(values, sigma)
    size = -(-cols // coarse), -(-rows // coarse)
    small = gaussian(resize(values, size, Image.Resampling.BOX), sigma / coarse)
    return resize(small, (cols, rows), Image.Resampling.BILINEAR)


def _tone(srgb: FloatArray) -> FloatArray:
    """Return log luminance, stretched to [0, 1] from black to white; a flat photo's contrast more.

    So a photo in mist, or at night, is engraved as deep as another.
    """
    low, high = np.log(0.05), np.log(1.05)
    light = luminance(srgb)
    brightest = float(np.percentile(light[::4, ::4], 99.5))
    if 0 < brightest < _DIM:
        light = light * np.float32(min(_DIM / brightest, _MOST_GAIN**2))
    tone = np.asarray((np.log(light + np.float32(0.05)) - low) / (high - low), dtype=np.float32)
    span = float(np.subtract(*np.percentile(tone[::4, ::4], (99.5, 0.5))))
    return tone * np.float32(np.clip(_FLAT / max(span, 1e-6), 1.0, _MOST_GAIN))


def _smoothed(values: FloatArray, radius: float, variance: float) -> FloatArray:
    """Return the self-guided filter; of a large radius at half resolution, which is as good."""
    rows, cols = values.shape
    if radius < 8 or min(rows, cols) < 16:
        return guided(values, values, max(1, round(radius)), variance)
    small = resample(values, ((rows + 1) // 2, (cols + 1) // 2))
    return resample(_smoothed(small, radius / 2, variance), (rows, cols))
