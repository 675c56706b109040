"""Checks of a relief on its grid: thickness, slopes, layers and lithophanes."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from relief_widget.arrays import BoolArray
from relief_widget.mesh.grid import Part
from relief_widget.preflight.report import Check, Status, change, down, number, up
from relief_widget.preflight.targets import Target
from relief_widget.settings import ReliefSettings

_STEEP_SHARE = 0.01
# Casts come out of walls that lean by 1° to 3° (usual draft angles of moulds).
_DRAFT_DEG = 3.0
_DRAFT_SHARE = 0.001
_FEW_LAYERS = 10


def wall_check(part: Part, target: Target, settings: ReliefSettings | None = None) -> Check:
    """Compare the lowest place of a solid, back plate and all, with what the process can make."""
    status: Status = "ok"
    advice, low, places = "", None, None
    changes: dict[str, object] = {}
    if not part.solid:
        status, text = "warn", "A surface alone has no thickness."
        advice, changes = change("mode", "solid")
    else:
        low = float(part.z.min())
        thin = part.z < np.float32(target.wall_mm * (1 - 1e-6))
        text = "Back plate and relief at the lowest place"
        if thin.any():
            status = "fail" if low < target.least_wall_mm * (1 - 1e-6) else "warn"
            text += f"; {number(100 * float(thin.mean()))} % of the area is thinner"
            advice, changes = _thicker(part, target, settings)
            places = thin
        text += "."
    return Check(
        name="wall",
        label="Thinnest wall",
        status=status,
        text=text,
        value=low,
        limit=target.wall_mm,
        least=True,
        unit="mm",
        advice=advice,
        changes=changes,
        places=places,
    )


def _thicker(
    part: Part, target: Target, settings: ReliefSettings | None
) -> tuple[str, dict[str, object]]:
    wanted = number(target.wall_mm)
    if settings is None:
        return f"Make the back plate {wanted} mm thick at its thinnest.", {}
    if part.fixed:
        return f"Make it anew with Relief.lithophane(…, min_mm={wanted}).", {}
    raised = settings.depth_intensity * float(part.heights.min())
    base = up("base_thickness", target.wall_mm * (1 + 1e-6) / settings.size_mm - raised)
    if base is not None:
        return change("base_thickness", base)
    thin = (settings.base_thickness + raised) * settings.size_mm
    size = up("size_mm", settings.size_mm * target.wall_mm * (1 + 1e-6) / thin)
    return change("size_mm", size) if size is not None else ("Make it larger.", {})


def slope_check(part: Part, target: Target, settings: ReliefSettings | None = None) -> Check:
    """Measure the slopes of the surface; of a part that stands, its overhangs."""
    slopes = part_slopes(part, upright=target.upright)
    steep = slopes > target.steep_deg
    share = float(steep.mean()) if slopes.size else 0.0
    bad = share > _STEEP_SHARE
    advice, changes = _flatter(slopes, target, settings, part.fixed) if bad else ("", {})
    what = "hangs over by more than" if target.upright else "is steeper than"
    return Check(
        name="slope",
        label="Overhangs, standing" if target.upright else "Steep slopes",
        status="warn" if bad else "ok",
        text=f"{number(100 * share)} % of the surface {what} {number(target.steep_deg)}°; the "
        f"steepest place has {number(float(slopes.max(initial=0.0)))}°.",
        value=100 * share,
        limit=100 * _STEEP_SHARE,
        unit="%",
        advice=advice,
        changes=changes,
        places=_on_grid(part, steep) if bad else None,
    )


def _flatter(
    slopes: npt.NDArray[np.float32], target: Target, settings: ReliefSettings | None, fixed: bool
) -> tuple[str, dict[str, object]]:
    if target.upright:
        text = "Print it lying, let the slicer set supports, or lower the greatest thickness."
        return text, {}
    text, changes, ratio = _lower(
        slopes, _STEEP_SHARE, target.steep_deg, None if fixed else settings
    )
    if changes:
        return f"{text} More Compression or Smoothing rounds cliffs, too.", changes
    return f"Lower the relief to {number(100 * ratio)} % of its height, or smooth it.", {}


def _lower(
    slopes: npt.NDArray[np.float32], share: float, limit: float, settings: ReliefSettings | None
) -> tuple[str, dict[str, object], float]:
    """Return how to bring all but a share of the slopes below a limit in degrees, and by what."""
    most = float(np.quantile(slopes, 1 - share, method="higher"))
    ratio = math.tan(math.radians(limit)) / max(math.tan(math.radians(most)), 1e-9)
    if settings is not None:
        lower = down("depth_intensity", settings.depth_intensity * ratio * (1 - 1e-6))
        if lower:
            return *change("depth_intensity", lower), ratio
    return "", {}, ratio


def draft_check(part: Part, settings: ReliefSettings) -> Check:
    """Measure how much of a mould's walls lean too little for a cast to come out."""
    slopes = part_slopes(part, upright=False)
    limit = 90 - _DRAFT_DEG
    steep = slopes > limit
    share = float(steep.mean()) if slopes.size else 0.0
    bad = share > _DRAFT_SHARE
    advice = "Soft silicone and latex moulds can do without draft; rigid ones cannot."
    changes: dict[str, object] = {}
    if bad:
        text, changes, _ = _lower(slopes, _DRAFT_SHARE, limit, None if part.fixed else settings)
        advice = f"{text} {advice}".strip()
    return Check(
        name="draft",
        label="Draft of the mould",
        status="warn" if bad else "ok",
        text=f"{number(100 * share)} % of the surface leans less than {number(_DRAFT_DEG)}° from "
        f"the vertical, the least {number(90 - float(slopes.max(initial=0.0)))}°.",
        value=100 * share,
        limit=100 * _DRAFT_SHARE,
        unit="%",
        advice=advice if bad else "",
        changes=changes,
        places=_on_grid(part, steep) if bad else None,
    )


def layer_check(part: Part, target: Target, settings: ReliefSettings | None = None) -> Check:
    """Count the layers between the lowest and the highest place."""
    assert target.layer_mm is not None
    z = part.z if part.visible is None else part.z[part.visible]
    height = float(np.ptp(z.astype(np.float64)))
    layers = int(height / target.layer_mm + 1e-4)
    few = layers < _FEW_LAYERS and not target.upright
    advice = ""
    changes: dict[str, object] = {}
    if few:
        advice = f"Print it with layers of {number(max(height / _FEW_LAYERS, 0.01))} mm."
        if height > 0 and settings is not None and not part.fixed:
            ratio = _FEW_LAYERS * target.layer_mm * (1 + 1e-4) / height
            higher = up("depth_intensity", settings.depth_intensity * ratio)
            if higher is not None:
                text, changes = change("depth_intensity", higher)
                advice = f"{text} Or print it with thinner layers."
        elif height <= 0:
            advice = "The relief is flat: choose another photo, or a higher Depth intensity."
    flat = ": so many tones if it is printed lying, all of them upright" if target.upright else ""
    return Check(
        name="layers",
        label="Layers in the relief",
        status="warn" if few else "ok",
        text=f"{number(height)} mm of relief in layers of {number(target.layer_mm)} mm{flat}.",
        value=layers,
        limit=None if target.upright else _FEW_LAYERS,
        least=True,
        unit="layers",
        advice=advice,
        changes=changes,
    )


def lithophane_check(part: Part, target: Target, settings: ReliefSettings | None = None) -> Check:
    """Compare the thinnest and thickest place with what lithophanes usually have."""
    assert target.thickness_mm is not None
    usual_low, usual_high = target.thickness_mm
    z = part.z if part.visible is None else part.z[part.visible]
    low, high = float(z.min()), float(z.max())
    faults, advice = [], []
    slack = 1e-4
    # A dark photo has no thin place; what was asked for counts.
    asked = (part.base, part.base + part.relief)
    least, most = asked if part.fixed else (low, high)
    if not part.solid:
        faults.append("a surface alone has no thickness")
    if least > 2 * usual_low + slack:
        faults.append("the thinnest place lets little light through")
        advice.append(f"min_mm={number(usual_low)}")
    if most > usual_high + slack:
        faults.append("the thickest place lets none through")
        advice.append(f"max_mm={number(usual_high)}")
    if most - least < 1.2 - slack:
        faults.append("thickness differs too little for contrast")
        advice.append(f"max_mm={number(min(least + 2.2, usual_high))}")
    if settings is not None and not part.fixed:
        faults.append("it is made of depth: light will not show the photo")
    call = ", ".join(dict.fromkeys(advice))
    text = "; ".join(faults)
    return Check(
        name="thickness",
        label="Thickness for light",
        status="warn" if faults else "ok",
        text=f"{text[:1].upper()}{text[1:]}." if text else "Thinnest and thickest place.",
        value=(low, high),
        limit=target.thickness_mm,
        unit="mm",
        between=" to ",
        advice=f"Make it with Relief.lithophane(photo{', ' + call if call else ''})."
        if faults
        else "",
    )


def part_slopes(part: Part, *, upright: bool) -> npt.NDArray[np.float32]:
    """Return the slope of each triangle in degrees.

    Parameters
    ----------
    part
        The part.
    upright
        The part stands, its top edge up: return by how much the surface leans forward over the
        vertical, 0 where it does not.

    Returns
    -------
    npt.NDArray[np.float32]
        float32 (2, k): of the two triangles of each of the k cells that are there.
    """
    z = part.z
    per_x = (np.float32(1) / np.diff(part.x))[None, :]
    per_y = (np.float32(-1) / np.diff(part.y))[:, None]
    across = np.diff(z, axis=1)
    # Upwards on the photo, so against the order of the rows.
    along = -np.diff(z, axis=0)
    found = []
    for dx, dy in (
        (across[1:] * per_x, along[:, :-1] * per_y),
        (across[:-1] * per_x, along[:, 1:] * per_y),
    ):
        if part.cells is not None:
            dx, dy = dx[part.cells], dy[part.cells]
        square = dx * dx + dy * dy
        if upright:
            leaning = np.maximum(dy, 0) / np.sqrt(square + np.float32(1))
            found.append(np.degrees(np.arcsin(np.minimum(leaning, 1))).ravel())
        else:
            found.append(np.degrees(np.arctan(np.sqrt(square))).ravel())
    return np.stack(found).astype(np.float32)


def _on_grid(part: Part, faults: BoolArray) -> BoolArray:
    """Return the vertices at the corners of faulty cells, bool (rows, cols)."""
    rows, cols = part.shape
    cells = np.zeros((rows - 1, cols - 1), dtype=bool)
    there = np.ones_like(cells) if part.cells is None else part.cells
    cells[there] = faults.any(axis=0)
    places = np.zeros(part.shape, dtype=bool)
    for down_ in (np.s_[:-1], np.s_[1:]):
        for across in (np.s_[:-1], np.s_[1:]):
            places[down_, across] |= cells
    return places
