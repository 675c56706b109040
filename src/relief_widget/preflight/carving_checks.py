"""Checks for mills and lasers: what a ball-nose tool can reach, and how many depths there are."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.interpolate import make_interp_spline
from scipy.ndimage import grey_dilation, grey_erosion

from relief_widget.arrays import FloatArray
from relief_widget.heights import REFERENCE_SIDE, levels
from relief_widget.mesh.grid import Part
from relief_widget.preflight.report import Check, Status, change, number, up
from relief_widget.preflight.targets import Target
from relief_widget.settings import ReliefSettings

# A ball of more vertices than this is measured on every second, third, … vertex.
_WIDEST = 24
# A tool is good when it leaves more than the tolerance on less of the area than this.
_LOST_SHARE = 0.02
_TERRACED = 0.5


def tool_check(part: Part, target: Target, settings: ReliefSettings | None = None) -> Check:
    """Find the largest ball-nose tool that reaches nearly all of the surface.

    The excess is what the grey-scale closing with the ball leaves (see `machined`). `places` is the
    excess of the recommended tool, or of the smallest one if none is good enough.
    """
    rows, cols = part.shape
    spacing = float(part.y[0]) / (rows - 1), float(part.x[-1]) / (cols - 1)
    kept = np.ones(part.shape, dtype=bool) if part.visible is None else part.visible
    z = part.z
    if part.visible is not None:
        # Beside a cut-out the stock may be milled away: there the tool goes as deep as it likes.
        z = np.where(kept, z, np.float32(z[kept].min()))
    lines, best = [], None
    last = (0.0, 0.0, 0.0, np.zeros(part.shape, dtype=np.float32))
    for diameter in sorted(target.tools_mm, reverse=True):
        excess = np.where(kept, machined(z, spacing, diameter) - z, np.float32(0))
        share = float((excess[kept] > target.tool_tolerance_mm).mean())
        last = (diameter, share, float(excess.max()), excess)
        lines.append(f"⌀ {diameter:g} mm {number(100 * share)} %, by up to {number(last[2])} mm")
        if share < _LOST_SHARE:
            best = last
            break
    diameter, share, most, excess = best or last
    advice = ""
    if best is None:
        advice = "Use a smaller tool, or smooth the relief"
        if settings is not None and not part.fixed:
            smoother = up("smoothing", settings.smoothing + 2)
            if smoother is not None:
                advice += f": Smoothing {number(smoother)} px, or"
            advice += " a greater Size."
        else:
            advice += "."
    tolerance = f"more than {number(target.tool_tolerance_mm)} mm"
    text = f"Every tool misses too much of the area by {tolerance}: {'; '.join(lines)}."
    if best is not None:
        text = f"⌀ {diameter:g} mm misses {number(100 * share)} % of the area by {tolerance}."
        if lines[:-1]:
            text += f" Larger ones: {'; '.join(lines[:-1])}."
    if diameter / 2 < min(spacing):
        text += " The grid is coarser than this tool: finer hollows are not in the part."
    return Check(
        name="tool",
        label="Ball-nose tool",
        status="ok" if best else "warn",
        text=text,
        value=diameter if best else None,
        unit="mm",
        advice=advice,
        places=excess.astype(np.float32) if most > target.tool_tolerance_mm else None,
    )


def level_check(
    part: Part,
    target: Target,
    settings: ReliefSettings | None = None,
    *,
    filtered: bool = False,
) -> Check:
    """Count the distinct depths, which an engraver needs one of for each pass.

    Parameters
    ----------
    part
        The part; its heights are counted as the 16-bit levels of a height map.
    target
        With its number of passes.
    settings
        For advice.
    filtered
        Whether the height filters act on this relief.
    """
    heights = part.heights if part.visible is None else part.heights[part.visible]
    found = np.flatnonzero(np.bincount(levels(heights).ravel(), minlength=65536))
    distinct = len(found)
    used = float(np.ptp(found)) / 65535
    served = len(np.unique(np.minimum(found * target.passes // 65535, target.passes - 1)))
    flat = _flat_share(part)
    terraced = distinct < 1024 and flat > _TERRACED
    status: Status = "warn" if distinct < target.passes or terraced else "ok"
    if distinct < 2:
        status = "fail"
    advice = ""
    changes: dict[str, object] = {}
    if distinct < 2:
        advice = "The relief is flat: there is nothing to engrave."
    elif status == "warn":
        advice = "Use a depth map of 16 bits or floats, not one of 8 bits"
        if filtered and settings is not None:
            smoother = up("smoothing", settings.smoothing + _terrace(part) / 2)
            if smoother is not None:
                text, changes = change("smoothing", smoother)
                advice += f", or {text[:1].lower()}{text[1:-1]}"
        advice += f"; or use {min(target.passes, max(2, distinct))} passes."
    unused = "" if used > 0.995 else f" Only {number(100 * used)} % of the range is used."
    return Check(
        name="levels",
        label="Depths for passes",
        status=status,
        text=f"Distinct depths for {target.passes} passes, of which {served} take something away; "
        f"{number(100 * flat)} % of the area is level.{unused}",
        value=distinct,
        limit=target.passes,
        least=True,
        unit="depths",
        advice=advice,
        changes=changes,
    )


def _terrace(part: Part) -> float:
    """Return the width of the usual terrace, in pixels of a map as `smoothing` counts them."""
    steps = [float((np.diff(part.heights, axis=axis) != 0).mean()) for axis in (0, 1)]
    return REFERENCE_SIDE / max(part.shape) / max(*steps, 1e-6)


def _flat_share(part: Part) -> float:
    """Return the share of cells whose corners are all at one height."""
    z = part.heights
    flat = (z[:-1, :-1] == z[1:, :-1]) & (z[:-1, :-1] == z[:-1, 1:]) & (z[:-1, :-1] == z[1:, 1:])
    return float(flat.mean() if part.cells is None else flat[part.cells].mean())


def machined(
    z: npt.NDArray[np.floating[Any]], spacing: tuple[float, float], diameter: float
) -> FloatArray:
    """Return the surface that a ball-nose tool makes of a height field, everywhere at or above it.

    The grey-scale closing of the heights with the ball (Serra 1982, Sternberg 1986): the tool goes
    as deep as it can without cutting into the surface, and what it cannot touch stays. Beyond the
    border nothing stands in its way. The shank is taken to be as thin as the ball.

    Parameters
    ----------
    z
        (rows, cols) in mm.
    spacing
        Distance of the rows and of the columns in mm.
    diameter
        Of the ball in mm, greater than 0.

    Returns
    -------
    FloatArray
        float32 (rows, cols) in mm. For balls wider than 48 vertices the tool is led along every
        second, third, … vertex, and what it makes is interpolated: far finer than the ball, still.
    """
    heights = np.asarray(z, dtype=np.float32)
    radius = diameter / 2
    stride = max(1, math.ceil(radius / min(spacing) / _WIDEST))
    stride = min(stride, max(1, (min(heights.shape) - 1) // 2))
    if stride == 1:
        return _closing(heights, spacing, radius)
    rows, cols = (np.append(np.arange(0, n - 1, stride), n - 1) for n in heights.shape)
    coarse = _closing(
        heights[np.ix_(rows, cols)], (spacing[0] * stride, spacing[1] * stride), radius
    )
    for axis, places in enumerate((rows, cols)):
        between = make_interp_spline(places, coarse, k=1, axis=axis)
        coarse = between(np.arange(heights.shape[axis])).astype(np.float32)
    return np.maximum(coarse, heights)


def _closing(z: FloatArray, spacing: tuple[float, float], radius: float) -> FloatArray:
    margin = [int(radius / step + 1e-9) for step in spacing]
    down, across = (np.arange(-n, n + 1) * step for n, step in zip(margin, spacing, strict=True))
    square = down[:, None] ** 2 + across**2
    disc = square <= radius**2 * (1 + 1e-9)
    # As Any, since the stubs of scipy know no structure of floats.
    ball: Any = np.sqrt(np.maximum(radius**2 - square, 0)) - radius
    # The tool's middle may stand beyond the border by its radius.
    wide = np.pad(z, [(side, side) for side in margin], constant_values=-np.inf)
    over = grey_dilation(wide, None, disc, ball, mode="constant", cval=-np.inf)
    under = grey_erosion(over, None, disc, ball, mode="constant", cval=np.inf)
    inner = under[margin[0] : margin[0] + z.shape[0], margin[1] : margin[1] + z.shape[1]]
    return np.asarray(np.maximum(inner, z), dtype=np.float32)
