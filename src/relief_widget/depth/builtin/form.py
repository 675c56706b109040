"""The form of a photo: the network's depth, cut along the outline of the subject."""

from __future__ import annotations

import numpy as np
from PIL import Image

from relief_widget.arrays import FloatArray
from relief_widget.filters import gaussian
from relief_widget.image.colour import fit, resize

# What lies on either side of an outline is continued on a map of this length; the lengths below are
# pixels of it.
_SIDE = 512
# For the subject and for the ground: over the first length the network's step at an outline is
# soft, from so far around what is beside the outline is continued up to it. A step glows farther
# into the ground than it shades the subject.
_SUBJECT, _GROUND = (5.0, 4.0), (10.0, 7.0)
# Where no pixel is clear of the outline, the nearer ones count for the subject, the farther ones
# for the ground, by this factor a standard deviation of depth.
_PREFERENCE = 4.0
_FAINT = 1e-3
# Both subject and ground are at hand, with this share of the surroundings, where there is an
# outline at all; where the mask is merely in doubt, the depth stays as the network has it.
_AT_HAND = 0.05


def shaped(depth: FloatArray, mask: FloatArray | None, shape: tuple[int, int]) -> FloatArray:
    """Return the network's depth at the photo's size, its steps on the outline of the subject.

    Parameters
    ----------
    depth
        float32 (h, w), near = large.
    mask
        float32 (rows, cols) in [0, 1], or None.
    shape
        Rows and columns of the result.

    Returns
    -------
    FloatArray
        float32 (rows, cols), near = large.
    """
    size = shape[1], shape[0]
    large = resize(depth, size, Image.Resampling.BICUBIC)
    if mask is None:
        return large
    small = fit(size, _SIDE)
    share = resize(mask, small, Image.Resampling.BOX)
    pixel = max(small) / _SIDE
    inside, outside = (
        resize(side, size, Image.Resampling.BICUBIC)
        for side in _continued(resize(depth, small, Image.Resampling.BICUBIC), share, pixel)
    )
    surely = gaussian(np.asarray(share > 0.9, np.float32), _GROUND[0] * pixel)
    hardly = gaussian(np.asarray(share < 0.1, np.float32), _GROUND[0] * pixel)
    outline: FloatArray = np.clip(np.minimum(surely, hardly) / np.float32(_AT_HAND), 0, 1)
    cut = outside + mask * (inside - outside)
    cut -= large
    cut *= resize(outline, size, Image.Resampling.BILINEAR)
    return np.asarray(large + cut, dtype=np.float32)


def _continued(depth: FloatArray, mask: FloatArray, pixel: float) -> tuple[FloatArray, FloatArray]:
    """Return the depth of the subject and that of the ground, each continued over the outline."""
    standard = (depth - depth.mean()) / np.float32(max(float(depth.std()), 1e-6))
    near = np.exp(np.clip(np.float32(_PREFERENCE) * standard, -12, 12))
    results = []
    for share, preferred, (soft, reach) in (
        (mask, near, _SUBJECT),
        (1 - mask, 1 / near, _GROUND),
    ):
        around = gaussian(share, soft * pixel)
        clear = np.clip((around - np.float32(0.8)) / np.float32(0.2), 0, 1) * share
        faint = share * preferred
        faint *= np.float32(_FAINT / max(float(faint.mean()), 1e-9))
        weight = np.asarray(clear + faint, dtype=np.float32)
        total = np.maximum(gaussian(weight, reach * pixel), np.float32(1e-12))
        filled = gaussian(weight * depth, reach * pixel) / total
        results.append(filled + clear * (depth - filled))
    return results[0], results[1]
