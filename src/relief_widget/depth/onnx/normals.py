"""Depth refined by the normals that a network answers beside it.

Normals say how a surface is inclined, much finer than the depth of the same network: they come
without the range that the depth has to cover. Depth says where the surface is, and where it breaks
off, of which normals know nothing. So what is broad is taken from the depth and what is fine from
the normals: the gradient that the normals ask for is integrated by least squares with the depth as
anchor (a screened Poisson equation), with weights that let go where the two cannot both be true,
which is at depth steps. The weights are those of robust normal integration (Y. Quéau et al.,
"Normal integration: a survey", 2018), found in two rounds; the systems are solved by conjugate
gradients, with the cosine transform of the unweighted one as preconditioner.

Taken for granted: the pixels are square, and the optical axis is in the middle of the picture.
Where the focal length is not known, it is that of a phone's main camera; for relative inverse
depth, whose shift is not known either, rays are parallel. How much an inclination counts is fitted
to the depth, which makes up for most of that.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from relief_widget.arrays import Array, BoolArray, FloatArray
from relief_widget.filters import box_mean
from relief_widget.image.colour import resize

Pair = tuple[FloatArray, FloatArray]

# Focal length, as a share of the longer side, of a lens of 29 mm on a frame of 36 mm.
_FOCAL = 0.8
# Of the shorter side: what is broader than this radius is the depth's.
_REACH = 1 / 32
# Surfaces that are seen at less than this sine of an angle have no normal to rely on.
_GRAZING = 0.15
# Inclinations may differ by this much before they count as a step: from what the depth says, and,
# more strictly, from what a first fit left over.
_STEPS = (1.0, 0.5)
# Width in pixels of what counts as one step in the first round: the depth shows it blurred.
_BLUR = 4
_ITERATIONS = 3
# Longest side of the small picture in which both are compared.
_COMPARED = 256
# Correlation of the inclinations of both, in all and along each axis that is inclined at all.
_AGREEMENT = 0.5
_AXIS_AGREEMENT = 0.3
_AXIS_SHARE = 0.15


def refined(
    near: FloatArray, normals: FloatArray, known: BoolArray, focal: float | None, *, inverse: bool
) -> FloatArray | None:
    """Refine nearness by normals; None where they do not agree.

    Which way the axes of the normals point is found by comparison: networks differ in it.

    Parameters
    ----------
    near
        float32 (H, W), large = near.
    normals
        float32 (H, W, 3): across, along the columns, and towards the camera or away from it.
    known
        (H, W), where both mean something; the rest is left as it is.
    focal
        In pixels; None: not known.
    inverse
        True: nearness is the inverse of a distance, and positive; False: it is that only up to a
        scale and a shift.

    Returns
    -------
    FloatArray | None
        float32 (H, W), or None.
    """
    length = np.sqrt(np.einsum("...k,...k", normals, normals))
    known = known & np.isfinite(length) & (length > 1e-3)
    if known.mean() < 0.05:
        return None
    depth = np.log(np.maximum(near, np.finfo(np.float32).tiny)) if inverse else near
    normals = np.where(known[..., None], normals, np.float32(0))
    pixels = focal if focal is not None else _FOCAL * max(near.shape)
    signs, gain = _convention(depth, normals, known, pixels, parallel=not inverse)
    if signs is None:
        return None
    asked = _inclinations(normals, signs, pixels, parallel=not inverse)
    unit = gain / pixels
    across = np.float32(0.5 * gain) * (asked[0][:, 1:] + asked[0][:, :-1])
    down = np.float32(0.5 * gain) * (asked[1][1:] + asked[1][:-1])
    sure = known[:, 1:] & known[:, :-1], known[1:] & known[:-1]
    change = _integrated(depth, (across, down), sure, unit)
    change[~known] = 0
    # In the logarithm a change is a factor, and nearness stays positive.
    return np.asarray(near * np.exp(change) if inverse else near + change, dtype=np.float32)


def _inclinations(
    normals: FloatArray, signs: tuple[int, int], focal: float, *, parallel: bool
) -> Pair:
    """Return the gradients of nearness (or its logarithm) that normals ask for, per pixel.

    A point (u, v, f) / f · z moves within the surface if its change is at right angles to the
    normal n: d log z / du = -n_x / (n · (u, v, f)).
    """
    rows, cols = normals.shape[:2]
    nx, ny = (np.float32(sign) * normals[..., k] for k, sign in enumerate(signs))
    facing = np.float32(focal) * normals[..., 2]
    if not parallel:
        u = (np.arange(cols, dtype=np.float32) - np.float32((cols - 1) / 2))[None, :]
        v = (np.arange(rows, dtype=np.float32) - np.float32((rows - 1) / 2))[:, None]
        facing = facing + u * nx + v * ny
    # Visible surfaces all face the same way: the rest is noise, or seen at a grazing angle.
    towards = np.float32(np.sign(np.median(facing)) or 1.0)
    facing = towards * np.maximum(towards * facing, np.float32(_GRAZING * focal))
    return nx / facing, ny / facing


def _convention(
    depth: FloatArray, normals: FloatArray, known: BoolArray, focal: float, *, parallel: bool
) -> tuple[tuple[int, int] | None, float]:
    """Return the signs of the normals' axes that fit the depth, and their strength."""
    rows, cols = depth.shape
    scale = min(1.0, _COMPARED / max(rows, cols))
    size = max(4, round(cols * scale)), max(4, round(rows * scale))

    def small(values: FloatArray) -> FloatArray:
        return resize(np.ascontiguousarray(values), size, Image.Resampling.BOX)

    # A difference is known where both of its ends are.
    here = small(known.astype(np.float32)) > 0.99
    weight = here[1:-1, 2:] & here[1:-1, :-2] & here[2:, 1:-1] & here[:-2, 1:-1]
    seen = small(depth)
    few = np.stack([small(normals[..., k]) for k in range(3)], axis=-1)
    found = 0.5 * (seen[1:-1, 2:] - seen[1:-1, :-2]), 0.5 * (seen[2:, 1:-1] - seen[:-2, 1:-1])
    if weight.sum() < 50:
        return None, 0.0
    # Of depth steps the normals know nothing: they count as the steepest of the rest.
    ceiling = float(np.percentile(np.hypot(*found)[weight], 90))
    if ceiling <= 0:
        return None, 0.0
    compared = [np.clip(values, -ceiling, ceiling)[weight] for values in found]
    best: tuple[float, tuple[int, int] | None, float] = (_AGREEMENT, None, 0.0)
    for signs in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
        pair = _inclinations(few, signs, focal * scale, parallel=parallel)
        asked = [values[1:-1, 1:-1][weight] for values in pair]
        together = [_sum(a, b) for a, b in zip(compared, asked, strict=True)]
        energy = [(_sum(a, a), _sum(b, b)) for a, b in zip(compared, asked, strict=True)]
        of_depth, of_normals = (max(sum(axis[k] for axis in energy), 1e-30) for k in range(2))
        agreement = sum(together) / np.sqrt(of_depth * of_normals)
        apart = [
            _AXIS_AGREEMENT * np.sqrt(a * b) > both
            for both, (a, b) in zip(together, energy, strict=True)
            if min(a / of_depth, b / of_normals) > _AXIS_SHARE
        ]
        if agreement > best[0] and not any(apart):
            best = agreement, signs, sum(together) / of_normals
    return best[1], best[2]


def _sum(a: Array, b: Array) -> float:
    return float((a * b).sum(dtype=np.float64))


def _integrated(
    depth: FloatArray, asked: Pair, sure: tuple[BoolArray, BoolArray], unit: float
) -> FloatArray:
    """Return the change to `depth` with which its gradient becomes the one that is asked for.

    `asked`: differences between neighbours, (H, W - 1) and (H - 1, W); `sure`: where they are to be
    trusted; `unit`: the difference on a surface inclined by 45 degrees.
    """
    missing = (
        np.where(sure[0], asked[0] - np.diff(depth, axis=1), np.float32(0)),
        np.where(sure[1], asked[1] - np.diff(depth, axis=0), np.float32(0)),
    )
    screen = _Screened(depth.shape, 1 / max(2.0, min(depth.shape) * _REACH) ** 2)
    change = np.zeros_like(depth)
    for turn, steps in enumerate(_STEPS):
        if turn == 0:
            over = tuple(box_mean(values, _BLUR) for values in missing)
        else:
            over = missing[0] - np.diff(change, axis=1), missing[1] - np.diff(change, axis=0)
        weights = tuple(
            _weight(values, steps * unit) * here for values, here in zip(over, sure, strict=True)
        )
        change = screen.solved(missing, (weights[0], weights[1]), change)
    return change


def _weight(over: FloatArray, scale: float) -> FloatArray:
    ratio = over * np.float32(1 / scale)
    ratio *= ratio
    ratio += 1
    ratio *= ratio
    return np.asarray(np.reciprocal(ratio), dtype=np.float32)


class _Screened:
    """The equation (screen - div weight grad) x = -div weight missing.

    `screen` is one over the square of a length in pixels.
    """

    def __init__(self, shape: tuple[int, ...], screen: float) -> None:
        down, across = (2 - 2 * np.cos(np.pi * np.arange(n) / n) for n in shape)
        self._screen = np.float32(screen)
        self._inverse = (1 / (screen + down[:, None] + across)).astype(np.float32)

    def solved(self, missing: Pair, weights: Pair, start: FloatArray) -> FloatArray:
        """Return x after a few steps of preconditioned conjugate gradients from `start`."""
        change = start.copy()
        rest = _divergence((missing[0] * weights[0], missing[1] * weights[1]))
        if start.any():
            rest -= self._applied(change, weights)
        step = self._unweighted(rest)
        direction, gain = step, _sum(rest, step)
        for turn in range(_ITERATIONS):
            applied = self._applied(direction, weights)
            along = _sum(direction, applied)
            if gain <= 0 or along <= 0:
                break
            change += np.float32(gain / along) * direction
            if turn == _ITERATIONS - 1:
                break
            applied *= np.float32(gain / along)
            rest -= applied
            step = self._unweighted(rest)
            before, gain = gain, _sum(rest, step)
            direction *= np.float32(gain / before)
            direction += step
        return change

    def _applied(self, values: FloatArray, weights: Pair) -> FloatArray:
        across, down = np.diff(values, axis=1), np.diff(values, axis=0)
        across *= weights[0]
        down *= weights[1]
        result = _divergence((across, down))
        result += self._screen * values
        return result

    def _unweighted(self, values: FloatArray) -> FloatArray:
        from scipy import fft

        waves = fft.dctn(values, norm="ortho", workers=2)
        waves *= self._inverse
        return np.asarray(fft.idctn(waves, norm="ortho", workers=2, overwrite_x=True))


def _divergence(values: Pair) -> FloatArray:
    """Return minus the divergence: the transpose of taking differences."""
    across, down = values
    result = np.zeros((across.shape[0], down.shape[1]), dtype=np.float32)
    result[:, 1:] += across
    result[:, :-1] -= across
    result[1:] += down
    result[:-1] -= down
    return result
