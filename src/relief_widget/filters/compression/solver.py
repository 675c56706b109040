"""The surface that best has given slopes."""

from __future__ import annotations

import numpy as np
from scipy import fft

from relief_widget.arrays import FloatArray
from relief_widget.filters.compression.slopes import (
    Slopes,
    between,
    flow,
    slopes_of,
    steepness_of,
    usual_slope,
)

# Weight of slopes at silhouettes.
_SILHOUETTE_WEIGHT = 0.15
# Height of all steps as a share of the form's, at least; and how much they are raised at most.
_LEAST_STEP, _MOST_STEP = 0.35, 2.0
# Pull towards the lowered depth, per squared pixel of a map 640 pixels long: it only settles what
# the slopes leave open.
_PULL = 1.5e-5
# On ground beside a subject the pull is this much stronger: between its limbs it stays down, too.
_GROUND_PULL = 200.0
_ROUNDS = 10
# The percentiles that a range goes from and to.
ENDS = (0.5, 99.9)


def put_together(
    form: Slopes,
    steps: Slopes,
    band: FloatArray,
    lowered: FloatArray,
    ground: FloatArray | None,
    slope: float,
    strength: float,
) -> FloatArray:
    """Return the surface that best has the slopes of the form and of the lowered steps.

    Least squares with a low weight in the band, by conjugate gradients. The equation without
    weights, which the cosine transform solves exactly, is the preconditioner, and says beforehand
    how high form and steps come out. The rounds come within 0.001 of the end.

    Parameters
    ----------
    form, steps
        The slopes; `steps` before they are lowered.
    band
        float32 (rows, cols) in [0, 1], 1 = silhouette.
    lowered
        float32 (rows, cols), what the surface follows where its slopes leave it free.
    ground
        float32 (rows, cols) in [0, 1], 1 = ground, or None where it is not known.
    slope
        That the form is to have, as a share of the surface's range per pixel.
    strength
        1 lowers the steps as far as that needs, 0 not at all.
    """
    pull = _PULL * (640.0 / max(lowered.shape)) ** 2
    waves = [2.0 - 2.0 * np.cos(np.pi * np.arange(n) / n) for n in lowered.shape]
    inverse = (1.0 / (waves[0][:, None] + waves[1] + pull)).astype(np.float32)

    def solve_without_weights(values: FloatArray) -> FloatArray:
        spectrum = fft.dctn(values, norm="ortho")
        spectrum *= inverse
        return fft.idctn(spectrum, norm="ortho", overwrite_x=True)

    heights = solve_without_weights(flow(*form))
    drops = solve_without_weights(flow(*steps) + np.float32(pull) * lowered)
    range_wanted = usual_slope(steepness_of(form), 1.0 - band) / slope
    # Steps fall faster than the background, or a little compression would make steeper cliffs.
    part = 3.0 * strength / (1.0 + 2.0 * strength)
    share = np.float32(_share_of_steps(heights, drops, range_wanted) ** part)

    hold: FloatArray | np.float32 = np.float32(pull)
    if ground is not None:
        hold = np.float32(pull) + np.float32(min(strength, 1.0) * _GROUND_PULL * pull) * ground
    weights = between(1.0 - np.float32(1.0 - _SILHOUETTE_WEIGHT) * band)
    surface = heights + share * drops
    now = slopes_of(surface)
    missing = [a + share * b - c for a, b, c in zip(form, steps, now, strict=True)]
    residual = flow(weights[0] * missing[0], weights[1] * missing[1])
    residual += hold * (share * lowered - surface)
    step = solve_without_weights(residual)
    energy = first = float(np.vdot(residual, step))
    direction = step
    for _ in range(_ROUNDS):
        if energy <= max(1e-5 * first, 1e-30):
            break
        down, right = slopes_of(direction)
        answer = flow(weights[0] * down, weights[1] * right)
        answer += hold * direction
        length = np.float32(energy / float(np.vdot(direction, answer)))
        surface += length * direction
        residual -= length * answer
        step = solve_without_weights(residual)
        before, energy = energy, float(np.vdot(residual, step))
        direction = step + np.float32(energy / before) * direction
    return surface


def _share_of_steps(heights: FloatArray, drops: FloatArray, range_wanted: float) -> float:
    """Return the factor of the drops with which the range of both together is as wanted.

    Ranges add up like standard deviations: by the law of cosines with the correlation.
    """
    first, second = (float(np.subtract(*np.percentile(x, ENDS[::-1]))) for x in (heights, drops))
    if second <= 1e-6 * first:
        return 1.0
    one, other = heights - heights.mean(), drops - drops.mean()
    norm = float(np.vdot(one, one)) * float(np.vdot(other, other))
    shared = first * float(np.vdot(one, other)) / max(norm, 1e-30) ** 0.5
    rest = shared**2 - first**2 + range_wanted**2
    share = (rest**0.5 - shared) / second if rest > 0 else 0.0
    return min(max(share, _LEAST_STEP * first / second), _MOST_STEP)
