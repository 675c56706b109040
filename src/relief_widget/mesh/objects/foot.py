"""The foot that an arc stands on, with a hole for a lamp behind it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from relief_widget.errors import ReliefError
from relief_widget.mesh.objects.solids import disc, prism, segments
from relief_widget.settings import ReliefSettings

if TYPE_CHECKING:
    from manifold3d import CrossSection, Manifold

# Material around the lamp's hole, and the least way from it to the arc.
_LAMP_WALL_MM = 4.0


def foot(outside: float, inside: float, settings: ReliefSettings) -> Manifold:
    """Return the foot of an arc about the y axis, its top at y = 0.

    It reaches around the arc and the lamp, without a corner that turns inwards.

    Parameters
    ----------
    outside, inside
        Greatest and least radius of the arc in mm.

    Raises
    ------
    ReliefError
        The lamp's hole does not fit behind the arc.
    """
    half = math.radians(settings.arc_degrees) / 2
    arc = _sector(outside, inside, half)
    radius = settings.lamp_mm / 2
    plan = arc.hull()
    if radius:
        # On the axis, or so far behind it that it stays clear of a tight arc.
        behind = max(0.0, radius + _LAMP_WALL_MM - inside)
        around = disc(radius + _LAMP_WALL_MM, 0.0, -behind)
        if not (disc(radius + _LAMP_WALL_MM / 2, 0.0, -behind) ^ arc).is_empty():
            raise ReliefError(
                f"A lamp hole of {settings.lamp_mm:g} mm does not fit behind the arc.",
                "Choose a smaller hole, a larger size, or a smaller arc.",
            )
        plan = (arc + around).hull() - disc(radius, 0.0, -behind)
    # A plan's y points along the part's z, and its height down along y.
    return prism(plan, 0.0, settings.foot_mm).rotate((90.0, 0.0, 0.0))


def _sector(outside: float, inside: float, half: float) -> CrossSection:
    """Return the plan of an arc about the origin that opens downwards."""
    from manifold3d import CrossSection

    angles = np.linspace(-half, half, segments(outside) + 1)
    ring = np.column_stack([np.sin(angles), np.cos(angles)])
    return CrossSection([np.concatenate([outside * ring[::-1], inside * ring])])
