"""The box in which a part is cast."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from relief_widget.mesh.manifolds import Points
from relief_widget.mesh.objects.frame import Tab, frame_top
from relief_widget.mesh.objects.outlines import Plan
from relief_widget.mesh.objects.solids import BEYOND, grown, leaned, prism, taper
from relief_widget.settings import ReliefSettings

if TYPE_CHECKING:
    from manifold3d import CrossSection, Manifold


def mould_box(
    solid: Manifold, through: Manifold, plan: Plan, tab: Tab | None, settings: ReliefSettings
) -> Manifold:
    """Return the mould of a part, still in the place of the part: opening down, relief up.

    The cavity is the part. Its outer walls lean outwards from the lowest place of the part's edge
    to the back, by the draft. Around the opening, which is the part's back, lies a ledge with a rim
    outside: filled to the ledge, the cast is as thick as the part.

    Parameters
    ----------
    solid
        The part without holes.
    through
        What is cut through the part: it stands in the mould as pins.
    """
    from manifold3d import CrossSection

    lean = math.tan(math.radians(settings.draft_degrees))
    rim, wall = settings.pour_rim_mm, settings.wall_mm
    cavity, opening = solid, CrossSection()
    for outline, edge in _edges(plan, tab, settings):
        opening += leaned(outline, edge * lean)
        if lean:
            slope = taper(outline, edge, 0.0, edge * lean)
            # Within the frame and above the base is the relief's place.
            within = grown(outline, -(settings.frame_mm or 2 * BEYOND) / 2)
            cavity += slope - prism(within, plan.base_mm / 2, edge + BEYOND)
    cavity -= through
    cavity += prism(grown(opening, rim), -rim - BEYOND, 0.0)
    top = solid.bounding_box()[5]
    return prism(grown(opening, rim + wall).hull(), -rim, top + wall) - cavity


def turned_over(points: Points) -> Points:
    """Return points turned over about a vertical axis, as a hand does it, and moved to start at 0.

    The opening, which was down, comes up.
    """
    turned = points * np.array([-1.0, 1.0, -1.0])
    return np.asarray(turned - turned.min(axis=0))


def _edges(
    plan: Plan, tab: Tab | None, settings: ReliefSettings
) -> list[tuple[CrossSection, float]]:
    """Return outlines, and up to which height the edge of each stands upright all around."""
    framed = settings.frame_mm > 0
    edge = frame_top(plan, settings) - settings.frame_chamfer_mm if framed else plan.base_mm
    edges = [(plan.outer, edge)]
    if tab is not None:
        edges.append((plan.outer + tab.plan, min(edge, tab.height)))
    return edges
