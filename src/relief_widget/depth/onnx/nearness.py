"""From what a network answers to nearness, and from nearness to a depth map."""

from __future__ import annotations

import numpy as np

from relief_widget.arrays import BoolArray, DoubleArray, FloatArray
from relief_widget.depth.onnx.models import Kind
from relief_widget.errors import DepthError
from relief_widget.filters import nearest_known

# A few values that are not numbers are mended from their neighbours; more mean a broken model.
_MOST_BROKEN = 0.1
# Distances below this share of the 0.5th percentile count as that share: 1/d must not explode.
_NEAREST = 0.5
# Outside the 0.1th to 99.9th percentile, this many of their spans are still no outlier.
_SLACK = 1.0


def nearness(
    depth: FloatArray, kind: Kind, far: BoolArray | None, holes: BoolArray | None = None
) -> FloatArray:
    """Turn an answer into relative inverse depth, large = near.

    Parameters
    ----------
    depth
        (H, W): inverse depth or distance, as the kind says.
    kind
        Its polarity.
    far
        (H, W), where there is sky, or the scene is open and nothing is known, or None.
    holes
        (H, W), what will be filled: it need not be made of numbers; or None.

    Returns
    -------
    FloatArray
        float32 (H, W), finite, of any range.

    Raises
    ------
    DepthError
        Too many of the values are not numbers.
    """
    depth = depth.astype(np.float32, copy=False)
    known = np.isfinite(depth)
    if kind.near == "small":
        # Sky may well be infinitely far away; a distance below zero is as near as can be.
        known |= np.isposinf(depth)
        positive = depth[np.isfinite(depth) & (depth > 0)]
        least = np.float32(_NEAREST * np.percentile(positive, 0.5)) if positive.size else 1.0
        with np.errstate(over="ignore", invalid="ignore"):
            near = (1 / np.maximum(depth, np.float32(least))).astype(np.float32)
    else:
        near = depth
    nowhere = np.zeros(depth.shape, np.bool_)
    far, holes = (nowhere if mask is None else mask for mask in (far, holes))
    missing = ~(known | far | holes)
    if missing.mean() > _MOST_BROKEN or not known.any():
        raise DepthError(
            "The model's depth is not made of numbers (NaN or infinity).",
            "Use another variant: those in half precision (fp16) overflow on some machines.",
        )
    if missing.any():
        (near,) = nearest_known(~missing, near)
    if far.any():
        rest = near[~far & known & ~holes]
        near = np.where(far, np.float32(rest.min() if rest.size else 0.0), near)
    return np.asarray(near, dtype=np.float32)


def camera(
    points: FloatArray, component: int = 2, unknown: BoolArray | None = None
) -> tuple[FloatArray, float | None]:
    """Return the distances of points that lack the same unknown shift of z, and the focal length.

    A camera sees the point (x, y, z) at f·(x, y)/(z + s). The focal length f has a closed solution
    for each s; s is found by least squares on a coarse grid, as MoGe does (R. Wang et al., "MoGe:
    Unlocking accurate monocular geometry estimation", CVPR 2025).

    Parameters
    ----------
    points
        float32 (H, W, 3), of which the optical axis is in the middle.
    component
        Which of the three is z; the others are x and y.
    unknown
        (H, W), points that say nothing, or None.

    Returns
    -------
    tuple[FloatArray, float | None]
        float32 (H, W), z + s; and the focal length in pixels, None where it cannot be found.
    """
    from scipy.optimize import least_squares

    rows, cols = points.shape[:2]
    y = np.linspace(0, rows - 1, min(rows, 64)).round().astype(int)
    x = np.linspace(0, cols - 1, min(cols, 64)).round().astype(int)
    order = [*(k for k in range(3) if k != component), component]
    few = points[np.ix_(y, x)][..., order].astype(np.float64)
    diagonal = np.hypot(rows, cols)
    u = (2 * x + 1 - cols) / diagonal
    v = (2 * y + 1 - rows) / diagonal
    seen = np.stack(np.broadcast_arrays(u[None, :], v[:, None]), axis=-1)
    usable = np.isfinite(few).all(axis=-1)
    if unknown is not None and (usable & ~unknown[np.ix_(y, x)]).sum() >= 16:
        usable &= ~unknown[np.ix_(y, x)]
    if usable.sum() < 16:
        return points[..., component], None
    few, seen = few[usable], seen[usable]
    lowest = float(few[:, 2].min())

    def focal_of(shift: float) -> tuple[float, DoubleArray]:
        flat = few[:, :2] / (few[:, 2] + shift)[:, None]
        return (flat * seen).sum() / max((flat**2).sum(), 1e-12), flat

    def error(shift: DoubleArray) -> DoubleArray:
        focal, flat = focal_of(shift[0])
        return np.asarray((focal * flat - seen).ravel())

    # The nearest point stays in front of the camera, by a hundredth of the scene's depth.
    bound = -lowest + 0.01 * max(float(np.ptp(few[:, 2])), 1e-6)
    start = max(0.0, bound + 1e-3 * abs(bound) + 1e-6)
    found = least_squares(error, [start], bounds=([bound], [np.inf]), loss="soft_l1", f_scale=0.1)
    focal = 0.5 * diagonal * float(focal_of(float(found.x[0]))[0])
    return points[..., component] + np.float32(found.x[0]), focal if focal > 0 else None


def levelled(near: FloatArray) -> FloatArray:
    """Stretch nearness to [0, 1]; only what lies far outside all the rest is cut off.

    Raises
    ------
    DepthError
        All the values are the same.
    """
    low, high = float(near.min()), float(near.max())
    if high - low <= 1e-6 * max(abs(low), abs(high)):
        raise DepthError(
            "The model gave the same depth everywhere.",
            "Check that it is a depth model of the kind that was given; a plain wall has no depth.",
        )
    inner_low, inner_high = np.percentile(near, [0.1, 99.9])
    slack = _SLACK * (inner_high - inner_low)
    if slack > 0:
        low, high = max(low, float(inner_low - slack)), min(high, float(inner_high + slack))
    values = (near - np.float32(low)) / np.float32(high - low)
    return np.asarray(np.clip(values, 0.0, 1.0), dtype=np.float32)
