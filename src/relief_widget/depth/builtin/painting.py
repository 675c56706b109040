"""The depth where a given mask and the network disagree: the mask rules.

What was painted out lies on the ground around it; what was painted in stands with its neighbours in
the subject, or on its own where it has none, with the form that the network saw in it. Both follow
from one sparse system on a coarse grid: depth is kept where mask and network agree, its slopes are
kept where they are gentle, and nothing is said across the outline of the mask (a membrane with a
guide: P. Pérez et al., "Poisson image editing", SIGGRAPH 2003).
"""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy import ndimage
from scipy.sparse import coo_array
from scipy.sparse.linalg import spsolve

from relief_widget.arrays import BoolArray, FloatArray
from relief_widget.depth.builtin.network import Sight
from relief_widget.filters import gaussian, nearest_known
from relief_widget.image.colour import fit, resize

# Length of the coarse grid in pixels; lengths below are pixels of it.
_SIDE = 192
# What the network calls the subject, and what the ground; between them the mask alone counts.
_SUBJECT, _GROUND = 0.5, 0.4
# Around what the network took for an outline its slopes are those of a step.
_STEP = 4
# A region with less than this share of it known stands or lies by itself.
_KNOWN = 0.02
# A part of the subject of fewer pixels is a dot.
_DOT = 40
# Slopes beyond this multiple of the subject's usual one are steps of the network's own.
_GENTLE = 3.0
# How far a subject without neighbours stands above the ground around it, in mean deviations of the
# depth; shares of it are the rounding of its body, and the most of the form that the network saw.
_LIFT, _ROUNDING, _OWN = 1.2, 0.3, 0.25
# Around a region, from which the level of the ground is read.
_AROUND = 10
_ANCHOR = 1e-4
# Each pixel and its neighbour, across and down.
_PAIRS = (np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1, :], np.s_[1:, :])


def painted(sight: Sight, mask: FloatArray) -> FloatArray:
    """Return the network's depth, corrected for a mask that is given.

    Parameters
    ----------
    sight
        What the network sees.
    mask
        float32 (rows, cols) in [0, 1], the subject, neither empty nor full.

    Returns
    -------
    FloatArray
        float32 (h, w), near = large, of the sight's size; the sight's own depth where both agree.
    """
    rows, cols = sight.depth.shape
    size = fit((cols, rows), _SIDE)
    bilinear = Image.Resampling.BILINEAR
    depth = resize(sight.depth, size, bilinear)
    seen = resize(sight.subject, size, bilinear)
    subject = resize(mask, size, bilinear) > 0.5
    if subject.all() or not subject.any():
        return sight.depth
    agreed = np.where(subject, seen > _SUBJECT, seen < _GROUND)
    # Along its outline the mask may well be a pixel beside the network's.
    if not (~agreed & ~ndimage.binary_dilation(_outline(subject), iterations=2)).any():
        return sight.depth
    solved, free = _solve(depth, seen, subject, agreed)
    result = sight.depth
    inside = resize(mask, (cols, rows), bilinear) > 0.5
    for side in (True, False):
        # Each side is continued over the outline, so that neither seeps into the other.
        planes = nearest_known(subject == side, solved, free.astype(np.float32))
        depth, share = (resize(plane, (cols, rows), bilinear) for plane in planes)
        # What is not in question keeps the fineness of the sight.
        share = np.minimum(2 * share, 1) * (inside == side)
        result = result + share * (depth - result)
    return np.asarray(result, dtype=np.float32)


def _solve(
    depth: FloatArray, seen: FloatArray, subject: BoolArray, agreed: BoolArray
) -> tuple[FloatArray, BoolArray]:
    """Return the coarse depth, and where it is another one than the network's."""
    # What the network took for an outline, and the mask does not, is a step that must go.
    step = ndimage.binary_dilation(_outline(seen > _SUBJECT), iterations=_STEP)
    known = agreed & ~(step & ~ndimage.binary_dilation(_outline(subject), iterations=_STEP))
    if (known & ~subject).mean() < _KNOWN:
        # Where the network saw no ground, it saw no subject either.
        known[:] = False
    # A region that is known in a few crumbs only is not known.
    regions, count = ndimage.label(subject)
    grounds, more = ndimage.label(~subject)
    regions = np.where(subject, regions, count + grounds)
    target, hold = depth.astype(np.float64), known.astype(np.float64)
    low = _ground_level(depth, subject, known)
    sizes = np.bincount(regions.ravel(), minlength=count + more + 1)
    shares = np.bincount(regions.ravel(), known.ravel()) / np.maximum(sizes, 1)
    unknown = shares < _KNOWN
    hold[unknown[regions]] = 0.0
    target[unknown[regions] & ~subject] = low
    hold[unknown[regions] & ~subject] = _ANCHOR
    alone = unknown[regions] & subject
    target[alone], hold[alone] = low + 1.5 * _LIFT, 1.0
    # Dots have no form of their own.
    large = np.flatnonzero(unknown[: count + 1] & (sizes[: count + 1] >= _DOT))
    for region in large[large > 0]:
        here = regions == region
        target[here] = _standing(depth, here, subject, known, low)
    free = (hold < 0.5) | (target != depth)
    usual = _usual_slope(depth, subject & known & ~step)
    size = depth.size
    number = np.arange(size).reshape(depth.shape)
    diagonal = hold.ravel() + 1e-9
    right = (hold * target).ravel() + 1e-9 * target.ravel()
    entries = [(number.ravel(), number.ravel(), diagonal)]
    for here, there in _PAIRS:
        joined = (subject[here] == subject[there]) & (free[here] | free[there])
        slope = (depth[there] - depth[here]).astype(np.float64)
        steep = np.abs(slope) > _GENTLE * usual
        cut = steep | step[here] | step[there] | ~subject[here]
        slope[cut] = 0.0
        a, b, rise = number[here][joined], number[there][joined], slope[joined]
        ones = np.ones(len(a))
        entries += [(a, a, ones), (b, b, ones), (a, b, -ones), (b, a, -ones)]
        right += np.bincount(b, rise, size) - np.bincount(a, rise, size)
    row, col, value = (np.concatenate(column) for column in zip(*entries, strict=True))
    matrix = coo_array((value, (row, col)), shape=(size, size)).tocsc()
    solved = np.asarray(spsolve(matrix, right), dtype=np.float32).reshape(depth.shape)
    return solved, free


def _outline(inside: BoolArray) -> BoolArray:
    """Return the pixels inside that touch the outside."""
    return np.asarray(inside != ndimage.minimum_filter(inside, 3), dtype=np.bool_)


def _ground_level(depth: FloatArray, subject: BoolArray, known: BoolArray) -> float:
    """Return where ground lies that nothing is known of."""
    ground = depth[~subject & known]
    if ground.size > _KNOWN * depth.size:
        return float(np.median(ground))
    body = depth[subject]
    return float(np.percentile(body, 5)) - _LIFT


def _standing(
    depth: FloatArray, here: BoolArray, subject: BoolArray, known: BoolArray, low: float
) -> FloatArray:
    """Return the depth of a part of the subject in which the network saw none."""
    around = ndimage.binary_dilation(here, iterations=_AROUND) & ~subject & known
    ground = float(np.median(depth[around])) if around.any() else low
    inside = here.astype(np.float32)
    body = sum((gaussian(inside, sigma)[here] for sigma in (2.0, 6.0, 18.0)), np.float32(0)) / 3
    own = depth[here] - depth[here].mean()
    spread = max(float(np.abs(own).mean()), 1e-6)
    # The form that the network saw, no larger than the lift itself.
    own *= np.float32(min(1.0, _OWN * _LIFT / spread))
    rounding = np.float32(_ROUNDING * _LIFT) * (body - body.mean()) / max(float(np.ptp(body)), 1e-6)
    return np.asarray(np.float32(ground + 1.5 * _LIFT) + own + rounding, dtype=np.float32)


def _usual_slope(depth: FloatArray, here: BoolArray) -> float:
    slopes = [np.abs(depth[b] - depth[a])[here[a] & here[b]] for a, b in _PAIRS]
    both = np.concatenate(slopes)
    return float(np.sqrt(np.mean(both**2))) if both.size else 0.05
