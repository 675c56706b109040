"""Bas-relief compression: spend a few millimetres of height on form instead of on distance.

A depth map scaled to a plaque shows little but its silhouettes. Here, as in Weyrich et al. 2007
("Digital bas-relief from 3D scenes"), the large slopes are attenuated and the small ones kept, the
steps at silhouettes are lowered, and the surface is put together again from the slopes. Unlike
there, the silhouettes come into the equations with a low weight (the weighted least squares of
Farbman et al. 2008), so that a lowered step leaves neither a halo nor a groove beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from relief_widget.filters import gaussian, level

FloatArray: TypeAlias = npt.NDArray[np.float32]
Style: TypeAlias = Literal["detailed", "organic"]


@dataclass(frozen=True)
class _Look:
    """The constants of a style at compression 0.7; lengths in pixels of a map 640 pixels long."""

    attenuation: float
    boost: float
    blur: float
    step: float
    band: float


# Attenuation, boost and blur are those of performance.md's measurements; `step` is how much lower
# silhouettes get than form, `band` how wide they are.
_LOOKS: dict[str, _Look] = {
    "detailed": _Look(attenuation=4.0, boost=1.6, blur=0.0, step=18.0, band=1.8),
    "organic": _Look(attenuation=2.0, boost=0.6, blur=1.2, step=12.0, band=2.4),
}
_REFERENCE_SIZE = 640.0
_REFERENCE_AMOUNT = 0.7

# Share of the background plane that goes, and the height of an object in the background (as a
# share of the depth range) from which on it is compressed.
_PLANE = 0.9
_BACKGROUND_OBJECT = 0.03
_BACKGROUND_SLOPES = 0.5
_PLANE_BLUR = 10.0
# Depth steps from which on the large ones are compressed more than the small ones.
_LARGE_STEP = 0.15
_BOOST_SIGMA = 10.0
# A slope is a silhouette's from the 97th percentile, 6 times the mean, and this rise per pixel on.
_SILHOUETTE = 0.02
_SILHOUETTE_WEIGHT = 0.15
_SILHOUETTE_RISE = 4.0
# Weight of the lowered depth map against the slopes, per squared pixel: forms wider than
# 1 / sqrt(5e-4) = 45 pixels follow it.
_ORDER = 5e-4
_ROUNDS = 12
_TOE, _SHOULDER = 0.08, 0.9


def compress(
    values: FloatArray, mask: FloatArray | None, style: Style, amount: float
) -> FloatArray:
    """Compress a depth map to a bas-relief.

    Parameters
    ----------
    values
        float32 (H, W), near = 1.
    mask
        float32 (H, W) in [0, 1], 1 = subject, or None where the subject is not known. A mask that
        is nearly all subject or all background counts as None.
    style
        ``"detailed"`` or ``"organic"``.
    amount
        0 to 1. 0 returns `values` itself, and the result goes to `values` as the amount goes to 0.

    Returns
    -------
    float32 (H, W), with the same least and greatest value as `values`.
    """
    low, high = values.min(), values.max()
    if amount <= 0 or low == high:
        return values
    strength = amount / _REFERENCE_AMOUNT
    look, pixel = _LOOKS[style], max(values.shape) / _REFERENCE_SIZE
    far, near = np.percentile(values, [0.5, 99.5])
    depth = (values - low) / np.float32(near - far if near > far else high - low)
    if mask is not None and not 0.02 < np.mean(mask < 0.3) < 0.98:
        mask = None
    depth = _without_background(depth, mask, strength, pixel)
    lowered = _lowered(depth, look, strength)
    down, right, band = _wanted_slopes(depth, lowered, mask, look, strength, pixel)
    weight = np.float32(1.0) - np.float32(1.0 - _SILHOUETTE_WEIGHT) * band
    relief = _put_together(down, right, weight, lowered, _ORDER / pixel**2)
    compressed: FloatArray = low + (high - low) * level(_toned(relief, min(strength, 1.0)))
    return compressed


def _without_background(
    depth: FloatArray, mask: FloatArray | None, strength: float, pixel: float
) -> FloatArray:
    """Take the background's ground and wall away, and compress what stands on them.

    With a mask only the background is lowered, so that the subject stands out all around; without
    one, ground and wall go from everything, and nothing falls below them.
    """
    share = min(strength, 1.0)
    floor = gaussian(_ground_and_wall(depth, mask), _PLANE_BLUR * pixel)
    above = depth - floor
    excess = above - _compressed(above, _BACKGROUND_OBJECT, strength)
    where = np.float32(1.0) if mask is None else 1.0 - mask
    if mask is None:
        excess = np.minimum(excess, 0.0)
    removed = np.float32(_PLANE * share) * (floor - floor.min()) + excess
    standing: FloatArray = depth - where * removed
    return standing


def _compressed(values: FloatArray, knee: float, strength: float) -> FloatArray:
    """Compress beyond the knee like a logarithm, up and down; strength 0 is the identity."""
    scale = np.float32(strength / knee)
    compressed: FloatArray = np.arcsinh(scale * values) / scale
    return compressed


def _ground_and_wall(depth: FloatArray, mask: FloatArray | None) -> FloatArray:
    """Fit a plane that ends in a level: the depth of a ground and of what is far behind it.

    Disparity falls linearly along any plane in space, hence the plane. Objects that are not wider
    than half the picture are removed first by opening with long bars; the plane is then fitted by
    iterated least squares with Tukey's weights.
    """
    stride = -(-max(depth.shape) // 160)
    sparse = depth[::stride, ::stride].copy()
    if mask is not None:
        sparse[mask[::stride, ::stride] >= 0.3] = np.inf
    opened = np.minimum(_opened(sparse, 0.45, 0), _opened(sparse, 0.6, 1))
    known = np.isfinite(opened)
    heights = opened[known].astype(np.float64)
    rows, cols = (np.arange(n) / n for n in depth.shape)
    grid = np.ones((*opened.shape, 3))
    grid[..., 1], grid[..., 2] = rows[::stride, None], cols[::stride]
    terms = grid[known]
    wall = low = heights.min()
    weight = (heights > np.percentile(heights, 5) + 0.02 * np.ptp(heights)) + 1e-3
    for _ in range(10):
        weighted = terms * weight[:, None]
        plane = np.linalg.pinv(weighted.T @ terms) @ (weighted.T @ heights)
        ground = terms @ plane
        beyond = ground <= wall
        wall = np.median(heights[beyond]) if np.count_nonzero(beyond) > 20 else low
        error = heights - np.maximum(ground, wall)
        spread = 1.4826 * np.median(np.abs(error)) + 2e-3
        weight = np.clip(1.0 - (error / (4.0 * spread)) ** 2, 0.0, 1.0) ** 2 * (ground >= wall)
        weight += 1e-6
    floor = plane[0] + plane[1] * rows[:, None] + plane[2] * cols
    top = max(wall, np.percentile(heights, 99.5))
    clipped: FloatArray = np.clip(floor, wall, top).astype(np.float32)
    return clipped


def _opened(values: FloatArray, share: float, axis: int) -> FloatArray:
    """Open with a bar of a share of the length, which may hang over the border."""
    from scipy import ndimage

    half = max(1, int(share * values.shape[axis]) // 2)
    border = [(2 * half, 2 * half) if i == axis else (0, 0) for i in range(2)]
    padded = np.pad(values, border, constant_values=np.inf)
    lowest = ndimage.minimum_filter1d(padded, 2 * half + 1, axis=axis, mode="nearest")
    lowest[np.isinf(lowest)] = -np.inf
    opened = ndimage.maximum_filter1d(lowest, 2 * half + 1, axis=axis, mode="nearest")
    inner = [slice(2 * half, -2 * half) if i == axis else slice(None) for i in range(2)]
    return opened[tuple(inner)]


def _lowered(depth: FloatArray, look: _Look, strength: float) -> FloatArray:
    """Return the depth with its steps lowered: what the relief follows where it is wide."""
    level_of_most = np.median(depth)
    scale = np.float32(1.0 / (1.0 + look.step * strength))
    return scale * _compressed(depth - level_of_most, _LARGE_STEP, strength)


def _wanted_slopes(
    depth: FloatArray,
    lowered: FloatArray,
    mask: FloatArray | None,
    look: _Look,
    strength: float,
    pixel: float,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the slopes that the relief is to have, down and right, and the silhouettes' band."""
    share = min(strength, 1.0)
    slope = np.hypot(*_slopes(depth))
    usual = float(slope.mean())
    threshold = max(float(np.percentile(slope, 97)), 6.0 * usual, _SILHOUETTE / pixel)
    width = look.band * pixel
    edge: FloatArray = np.clip(slope / np.float32(threshold) - 0.5, 0.0, 1.0)
    # A line of full edges gives a band that is saturated about 1.5 sigma to each side.
    band = np.minimum(gaussian(edge, width) * np.float32(3.0 * (2.0 * np.pi) ** 0.5 * width), 1.0)
    form: FloatArray = 1.0 - band

    slopes = _slopes(gaussian(depth, look.blur * pixel * share))
    slope = np.hypot(*slopes)
    # Half the mean weighted by the slope itself: half of any picture may be flat, and that is to
    # make no difference. For exponentially distributed slopes it is their mean.
    usual = 0.5 * float(np.vdot(form * slope, slope)) / max(float(np.vdot(form, slope)), 1e-12)
    scale = np.float32(strength * look.attenuation / max(usual, 1e-9)) * slope
    np.maximum(scale, np.float32(1e-6), out=scale)
    keep = form * np.log1p(scale) / scale
    if mask is not None:
        keep *= 1.0 - np.float32((1.0 - _BACKGROUND_SLOPES) * share) * (1.0 - mask)
    around = gaussian(form, _BOOST_SIGMA * pixel) + np.float32(1e-3)
    boost = np.float32(strength * look.boost) * form
    rise = np.float32(1.0 / (1.0 + _SILHOUETTE_RISE * strength)) * band
    steps = _slopes(gaussian(lowered, width * share))
    wanted = []
    for along, step in zip(slopes, steps, strict=True):
        along *= keep
        along += boost * (along - gaussian(along, _BOOST_SIGMA * pixel) / around)
        along += rise * step
        wanted.append(along)
    return wanted[0], wanted[1], band


def _slopes(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return forward differences down and right; 0 in the last row and column."""
    down, right = np.zeros_like(values), np.zeros_like(values)
    np.subtract(values[1:], values[:-1], out=down[:-1])
    np.subtract(values[:, 1:], values[:, :-1], out=right[:, :-1])
    return down, right


def _divergence(down: FloatArray, right: FloatArray) -> FloatArray:
    """Return the negative adjoint of `_slopes`."""
    out = down + right
    out[1:] -= down[:-1]
    out[:, 1:] -= right[:, :-1]
    return out


def _put_together(
    down: FloatArray, right: FloatArray, weight: FloatArray, lowered: FloatArray, order: float
) -> FloatArray:
    """Return the surface u of least weight · |slopes(u) - wanted|² + order · |u - lowered|².

    Conjugate gradients; the unweighted equation, which the cosine transform solves exactly, is the
    preconditioner. 12 rounds from the lowered depth leave 1e-4 of the residual's energy.
    """
    from scipy import fft

    across, along = weight.copy(), weight.copy()
    np.minimum(weight[:-1], weight[1:], out=across[:-1])
    np.minimum(weight[:, :-1], weight[:, 1:], out=along[:, :-1])
    waves = [2.0 - 2.0 * np.cos(np.pi * np.arange(n) / n) for n in lowered.shape]
    inverse = (1.0 / (waves[0][:, None] + waves[1] + order)).astype(np.float32)

    def push(steps_down: FloatArray, steps_right: FloatArray) -> FloatArray:
        return _divergence(across * steps_down, along * steps_right)

    def solve_unweighted(values: FloatArray) -> FloatArray:
        spectrum = fft.dctn(values, norm="ortho")
        spectrum *= inverse
        return fft.idctn(spectrum, norm="ortho")

    surface = lowered.copy()
    now = _slopes(lowered)
    residual = push(now[0] - down, now[1] - right)
    step = solve_unweighted(residual)
    energy = first = float(np.vdot(residual, step))
    direction = step
    for _ in range(_ROUNDS):
        if energy <= 1e-5 * first:
            break
        answer = np.float32(order) * direction - push(*_slopes(direction))
        length = np.float32(energy / float(np.vdot(direction, answer)))
        surface += length * direction
        residual -= length * answer
        step = solve_unweighted(residual)
        before, energy = energy, float(np.vdot(residual, step))
        direction = step + np.float32(energy / before) * direction
    return surface


def _toned(relief: FloatArray, share: float) -> FloatArray:
    """Scale percentiles 1 and 99.8 to 0 and 1, with a soft toe and shoulder for what is beyond."""
    low, high = np.percentile(relief, [1.0, 99.8])
    if high <= low:
        return relief
    relief = (relief - np.float32(low)) / np.float32(high - low)
    toe = _TOE * np.exp(np.minimum(relief, _TOE) / _TOE - 1.0)
    shoulder = _SHOULDER + (1.0 - _SHOULDER) * np.tanh(
        (np.maximum(relief, _SHOULDER) - _SHOULDER) / (1.0 - _SHOULDER)
    )
    toned = np.where(relief < _TOE, toe, np.where(relief > _SHOULDER, shoulder, relief))
    return relief + np.float32(share) * (toned - relief)
