"""The subject of a photo: its mask along the photo's own edges, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image
from scipy import ndimage

from relief_widget.arrays import FloatArray
from relief_widget.depth.builtin.network import Sight
from relief_widget.filters import gaussian, guided_by_colour
from relief_widget.image.colour import fit, luminance, resize

# A subject is surer than this inside its outline against outside of it (clear ones: above 0.8), and
# not smaller or larger than these shares of the picture; a doubtful one larger than the last
# fills it.
_LEAST_CONFIDENCE = 0.6
_SMALLEST, _LARGEST, _DOUBTFUL = 0.004, 0.96, 0.85
# Pixels apart from a subject, and holes in it, that are smaller than this share of it are crumbs.
_CRUMB = 0.01
# Holes of which the network thinks at least this are patterns of the subject, not gaps in it.
_GAP = 0.08
# What the network doubts belongs to the subject where it is as near as the subject around it: from
# this share of the way from the ground to the subject on, fully so beyond the width.
_AS_NEAR, _AS_NEAR_WIDTH = 0.75, 0.2
# Its log odds rise by so much in each round; around is a Gaussian of this sigma, in pixels of a
# sight 384 pixels long, of which more than this share is surely subject.
_SUPPORT, _ROUNDS, _AROUND, _SURROUNDED = 2.0, 4, 12.0, 0.45
# Subject and ground that are nearer to each other than this do not tell; where there is no ground
# around, it is thought to be so far behind.
_LEAST_GAP, _USUAL_GAP = 0.5, 2.5
# The outline is found on a picture of this length, in windows of this radius.
_SIDE, _RADIUS, _VARIANCE = 640, 7, 1e-4
# What of the soft outline is ground, and what is subject.
_OUTSIDE, _INSIDE = 0.2, 0.8
# Deviation of the light of a picture in which there is nothing to see, as a share of its mean and
# in all, and the length of the boxes that average its grain out, as a share of its own.
_EVEN, _EVEN_BLACK, _GRAIN = 0.015, 1e-4, 0.01

NO_SUBJECT = "No clear subject was found, so the whole picture is shaped."
FILLED = (
    "The subject fills the picture, or there is no clear subject, "
    "so nothing is laid flat as ground."
)
EVEN = "The picture is even all over, so there is no form in it to raise."


@dataclass(frozen=True, eq=False)
class Subject:
    """The subject of a photo.

    Attributes
    ----------
    mask
        float32 (rows, cols) in [0, 1], or None: there is no subject, or it fills the picture.
    confidence
        How likely the mask is right, in [0, 1].
    warnings
        What a user should know of it, in sentences.
    """

    mask: FloatArray | None
    confidence: float
    warnings: tuple[str, ...] = ()


def find(sight: Sight, srgb: FloatArray, given: FloatArray | Literal[False] | None) -> Subject:
    """Find the subject, or take the one that is given.

    Parameters
    ----------
    sight
        What the network sees.
    srgb
        float32 (rows, cols, 3), the photo.
    given
        float32 (rows, cols), the mask to use; False: there is no subject; None: find it.
    """
    if given is False:
        return Subject(None, 0.0)
    if given is not None:
        return Subject(given, 1.0) if 0 < float(given.mean()) < 1 else Subject(None, 1.0)
    rough = _tidied(_supported(sight))
    confidence = _confidence(sight.subject)
    share = float((rough > 0.5).mean())
    if share > (_LARGEST if confidence >= _LEAST_CONFIDENCE else _DOUBTFUL):
        return Subject(None, confidence, (FILLED,))
    if confidence < _LEAST_CONFIDENCE or share < _SMALLEST:
        return Subject(None, confidence, (NO_SUBJECT,))
    return Subject(_outlined(rough, srgb), confidence)


def is_even(srgb: FloatArray) -> bool:
    """Tell whether there is nothing to see in a photo but its grain."""
    rows, cols = srgb.shape[:2]
    size = fit((cols, rows), round(1 / _GRAIN))
    light = luminance(resize(srgb, size, Image.Resampling.BOX))
    return float(light.std()) < _EVEN * float(light.mean()) + _EVEN_BLACK


def _confidence(seen: FloatArray) -> float:
    """Return how far apart subject and ground are for the network."""
    inside = seen > 0.5
    if not inside.any():
        return 0.0
    outside = float(seen[~inside].mean()) if not inside.all() else 0.0
    return max(0.0, float(seen[inside].mean()) - outside)


def _supported(sight: Sight) -> FloatArray:
    """Return the probability of the subject, raised where the depth speaks for it.

    A helmet that is held before the chest, or ribbons on it, are doubtful by their looks; but they
    are surrounded by the subject and as near as it is.
    """
    depth, seen = sight.depth, sight.subject
    sigma = _AROUND * max(seen.shape) / 384
    little = np.float32(1e-5)
    for _ in range(_ROUNDS):
        surely = np.clip((seen - np.float32(0.8)) / np.float32(0.2), 0, 1)
        hardly = np.clip((np.float32(0.06) - seen) / np.float32(0.06), 0, 1)
        inside, outside = gaussian(surely, sigma), gaussian(hardly, sigma)
        near = gaussian(surely * depth, sigma) / (inside + little)
        far = gaussian(hardly * depth, sigma) / (outside + little)
        far = np.where(outside > 1e-3, far, near - np.float32(_USUAL_GAP))
        gap = near - far
        place = (depth - far) / np.maximum(gap, np.float32(1e-3))
        trust = np.clip(gap / np.float32(_LEAST_GAP), 0, 1)
        around = inside / (inside + outside + little)
        trust *= np.clip((around - np.float32(_SURROUNDED)) / np.float32(0.3), 0, 1)
        support = np.clip((place - np.float32(_AS_NEAR)) / np.float32(_AS_NEAR_WIDTH), 0, 1)
        odds = np.clip(seen, 1e-4, 1 - 1e-4)
        odds = odds / (1 - odds) * np.exp(np.float32(_SUPPORT) * trust * support)
        seen = np.asarray(odds / (1 + odds), dtype=np.float32)
    return seen


def _tidied(seen: FloatArray) -> FloatArray:
    """Remove crumbs beside the subject, and holes that are patterns on it."""
    values = seen.copy()
    inside = seen > 0.5
    if not inside.any():
        return values
    labels = ndimage.label(inside)[0]
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    values[inside & (sizes < _CRUMB * sizes.max())[labels]] = 0.0
    holes = ndimage.label(~inside)[0]
    sizes = np.bincount(holes.ravel())
    thought = np.bincount(holes.ravel(), seen.ravel()) / np.maximum(sizes, 1)
    patterns = (sizes < _CRUMB * inside.sum()) | (thought > _GAP)
    # What reaches the frame is ground.
    patterns[np.concatenate([[0], holes[0], holes[-1], holes[:, 0], holes[:, -1]])] = False
    values[patterns[holes]] = 1.0
    return values


def _outlined(rough: FloatArray, srgb: FloatArray) -> FloatArray:
    """Bring the network's mask to the photo's size, along the photo's edges."""
    rows, cols = srgb.shape[:2]
    size = fit((cols, rows), _SIDE)
    guide = resize(srgb, size, Image.Resampling.BOX)
    mask = np.clip(resize(rough, size, Image.Resampling.BICUBIC), 0.0, 1.0)
    slopes, offset = guided_by_colour(mask, guide, _RADIUS, _VARIANCE)
    matte = resize(offset, (cols, rows), Image.Resampling.BILINEAR)
    for band, slope in enumerate(slopes):
        matte = matte + resize(slope, (cols, rows), Image.Resampling.BILINEAR) * srgb[..., band]
    spread = np.float32(_INSIDE - _OUTSIDE)
    return np.asarray((matte - np.float32(_OUTSIDE)) / spread).clip(0.0, 1.0)
