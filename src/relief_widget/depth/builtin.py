"""The built-in depth estimator: a shape estimate, best for one clear subject.

The subject is found, inflated, stood on the ground at its foot and engraved with the photo's
detail; where there is no subject, what is lower in the picture is nearer. Classical methods only:
nothing is downloaded, and the same photo gives the same depth.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from relief_widget.colour import luminance
from relief_widget.depth.depth_map import DepthMap, Style, check_style
from relief_widget.depth.inflation import inflate
from relief_widget.depth.masking import subject_mask
from relief_widget.filters import gaussian, guided, level, resample
from relief_widget.photo import Photo

Array = npt.NDArray[np.float32]

MAX_SIDE = 2048
# Below this confidence a mask is more often wrong than right.
LEAST_CONFIDENCE = 0.25
# From here on the mask is believed fully; in between, subject and scene are mixed.
_SURE = 0.5
_LENGTH = 640.0
_HORIZON = 0.42
_BEND = 0.12
# Radii in pixels at 640 and variances of the guided filters that part detail into bands.
_BANDS = ((1.5, 9e-4), (4.0, 2e-3), (10.0, 4e-3), (24.0, 8e-3))
_DEAD_ZONE, _KNEE = 0.004, 0.06
_DETAIL = 0.6
_SHOULDER_WIDTH = 0.018


@dataclass(frozen=True)
class _Row:
    """Constants of a style.

    `bands`: weights of the detail bands; `gain`: of all detail; `ground`: share of detail outside
    the subject; `parts`: share of the inflated parts against the inflated whole; `shoulder`: height
    of the step at the outline, as a coin has it; `smooth`: radius, variance and Gaussian of the
    photo's smoothing.
    """

    bands: tuple[float, float, float, float]
    gain: float
    ground: float
    parts: float
    shoulder: float
    smooth: tuple[float, float, float]


_STYLES: dict[Style, _Row] = {
    "detailed": _Row((0.5, 0.9, 1.0, 0.6), 1.92, 0.35, 0.25, 0.25, (1.0, 2e-4, 0.0)),
    "organic": _Row((0.0, 0.25, 0.6, 0.7), 1.2, 0.15, 0.5, 0.40, (2.0, 3e-3, 1.2)),
}


@dataclass(frozen=True)
class BuiltIn:
    """Provider: the built-in shape estimate."""

    def __call__(self, photo: Photo, style: Style = "detailed") -> DepthMap:
        """Estimate the depth of a photo.

        Parameters
        ----------
        photo
            Its mask None: the subject is found; False: there is none; an array: it is the subject.
        style
            ``"detailed"`` or ``"organic"``.

        Returns
        -------
        Depth of at most 2048 pixels on the longer side, uncompressed, with the mask that was used
        (None where no subject was found) and the confidence in it.

        Raises
        ------
        DepthError
            The style is unknown.
        """
        check_style(style)
        srgb = photo.srgb(MAX_SIDE)
        shape = srgb.shape[0], srgb.shape[1]
        given = photo.subject_mask(shape)
        mask: Array | None = None
        confidence = 0.0
        if given is not None:
            mask, confidence = given, 1.0
        elif photo.mask is None:
            found = subject_mask(srgb)
            mask, confidence = found.values, found.confidence
        if mask is not None and (confidence < LEAST_CONFIDENCE or mask.max() < 0.5):
            mask = None
        values = estimate(srgb, mask, confidence, style)
        return DepthMap(values, mask=mask, style=style, size=photo.size, confidence=confidence)


def estimate(srgb: Array, mask: Array | None, confidence: float, style: Style) -> Array:
    """Return the depth of a picture.

    Parameters
    ----------
    srgb
        float32 (H, W, 3) in [0, 1].
    mask
        float32 (H, W) in [0, 1], or None.
    confidence
        In the mask, 0 to 1.
    style
        The row of constants.

    Returns
    -------
    float32 (H, W), 0 to 1, near = 1.
    """
    row = _STYLES[style]
    rows, cols = srgb.shape[:2]
    scale = max(rows, cols) / _LENGTH
    tone = _tone(srgb)
    radius, eps, sigma = row.smooth
    smooth = gaussian(guided(tone, tone, round(radius * scale), eps), sigma * scale)
    detail = _detail(smooth, row, scale)
    # Above the horizon the sky is far; the bend is soft, since a sharp one shows as a crease.
    below = (np.linspace(0, 1, rows) - _HORIZON) / _BEND
    ground = 0.15 + 0.85 * _BEND * np.logaddexp(0, below) / (1 - _HORIZON)
    depth = np.repeat(ground.astype(np.float32)[:, None], cols, axis=1)
    down = np.linspace(-1, 1, rows, dtype=np.float32)[:, None]
    ramp, share = 0.5, np.float32(0)
    if mask is not None:
        share = np.float32(
            np.clip((confidence - LEAST_CONFIDENCE) / (_SURE - LEAST_CONFIDENCE), 0, 1)
        )
        share = np.float32(0.3) + np.float32(0.7) * share
        matte = np.clip(guided(mask, tone, max(1, round(2 * scale)), 2e-4), 0, 1)
        body = inflate(mask, smooth, row.parts, _HORIZON)
        inside = ndimage.distance_transform_edt(mask > 0.5).astype(np.float32)
        shoulder = 1 - np.exp(-inside / np.float32(_SHOULDER_WIDTH * cols))
        body = body + np.float32(0.3 * row.shoulder) * shoulder
        depth = depth + share * matte * (body - depth)
        ramp = 0.5 - 0.3 * float(share)
        detail *= np.float32(row.ground) + np.float32(1 - row.ground) * matte
    depth = depth + np.float32(_DETAIL) * detail
    # Lower is nearer in nearly every picture; each term with unit mean deviation.
    depth = _unit(depth) + np.float32(ramp) * _unit(np.broadcast_to(down, depth.shape))
    return level(depth)


def _tone(srgb: Array) -> Array:
    """Return log luminance, stretched to [0, 1] from black to white."""
    low, high = np.log(0.05), np.log(1.05)
    logarithm = np.log(luminance(srgb) + np.float32(0.05))
    return np.asarray((logarithm - low) / (high - low), dtype=np.float32)


def _detail(tone: Array, row: _Row, scale: float) -> Array:
    """Return the engraving: bands of tone between guided filters of growing radius.

    What is below the dead zone is noise or the photo's texture, what is above the knee a pattern
    rather than relief.
    """
    total = np.zeros_like(tone)
    finer = tone
    for (radius, eps), weight in zip(_BANDS, row.bands, strict=True):
        coarser = _coarse_guided(tone, radius * scale, eps)
        if weight:
            band = finer - coarser
            band = np.sign(band) * np.maximum(np.abs(band) - np.float32(_DEAD_ZONE), 0)
            total += np.float32(weight * _KNEE) * np.tanh(band / np.float32(_KNEE))
        finer = coarser
    return total * np.float32(row.gain / _KNEE * 0.06)


def _coarse_guided(values: Array, radius: float, eps: float) -> Array:
    """Return the self-guided filter; of a large radius at half resolution, which is as good."""
    if radius < 8 or min(values.shape) < 16:
        return guided(values, values, max(1, round(radius)), eps)
    half = (values.shape[0] + 1) // 2, (values.shape[1] + 1) // 2
    small = resample(values, half)
    return resample(_coarse_guided(small, radius / 2, eps), (values.shape[0], values.shape[1]))


def _unit(values: Array) -> Array:
    centred = values - values.mean()
    deviation = np.abs(centred).mean()
    return centred / deviation if deviation > 1e-9 else np.zeros_like(centred)
