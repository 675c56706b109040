"""The body of the part: the outline cut out, the frame raised, the tab of a keyring put on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from relief_widget.errors import ReliefError
from relief_widget.finish.outlines import Plan
from relief_widget.finish.solids import BEYOND, DIGITS, grown, prism, rectangle, taper, union
from relief_widget.settings import ReliefSettings

if TYPE_CHECKING:
    from manifold3d import CrossSection, Manifold


@dataclass(frozen=True)
class Tab:
    """The tab of a keyring.

    Attributes
    ----------
    plan
        Its shape without the hole.
    height
        Its thickness in mm.
    hole
        Centre of its hole.
    """

    plan: CrossSection
    height: float
    hole: tuple[float, float]


def base_mm(settings: ReliefSettings) -> float:
    """Return the thickness of the base, where the relief begins."""
    if settings.thickness_mm is not None:
        return round(settings.thickness_mm[0], DIGITS)
    return round(settings.base_thickness * settings.size_mm, DIGITS)


def frame_top(settings: ReliefSettings) -> float:
    """Return the height of the frame's top above the back."""
    return round(base_mm(settings) + settings.frame_height_mm, DIGITS)


def ring(plan: Plan, settings: ReliefSettings) -> Manifold:
    """Return the frame as a solid that reaches down to the back.

    Raises
    ------
    ReliefError
        Its chamfer is wider than half the frame or higher than the frame.
    """
    top, chamfer = frame_top(settings), settings.frame_chamfer_mm
    if chamfer == 0:
        return prism(plan.outer, 0, top) - prism(plan.inner, -BEYOND, top + BEYOND)
    if chamfer > settings.frame_mm / 2 or chamfer > top:
        raise ReliefError(
            f"A chamfer of {chamfer:g} mm does not fit the frame.",
            f"Choose at most {min(settings.frame_mm / 2, top):g} mm.",
        )
    start = top - chamfer
    outline, opening = plan.outer, plan.inner
    if settings.bend == "tube":
        # Where both ends of the photo meet, the rim goes on without an edge.
        outline, opening = (
            rectangle(x0 - 2 * chamfer, y0, x1 + 2 * chamfer, y1)
            for x0, y0, x1, y1 in (outline.bounds(), opening.bounds())
        )
    body = prism(outline, 0, start) + taper(outline, start, top, -chamfer)
    # The slope goes on above the frame, so that it does not end in the frame's own face.
    more = chamfer + BEYOND
    body = body - prism(opening, -BEYOND, top + BEYOND) - taper(opening, start, start + more, more)
    return body ^ prism(plan.outer, -BEYOND, top + BEYOND)


def shaped(solid: Manifold, plan: Plan, tab: Tab | None, settings: ReliefSettings) -> Manifold:
    """Return the plain part cut to its outline, with frame and tab.

    Outside the outline everything is cut vertically; the frame and the tab cover the relief where
    it is lower, and cut it where it is higher.

    Parameters
    ----------
    solid
        The plain part, placed as `plan` says.
    """
    parts = [] if settings.frame_mm == 0 else [ring(plan, settings)]
    if tab is not None:
        parts.append(prism(tab.plan, 0, tab.height))
    x0, y0, z0, x1, y1, top = solid.bounding_box()
    cut = settings.outline != "rectangle" or settings.frame_mm > 0
    if cut:
        above = top + settings.frame_height_mm + settings.frame_mm + 2 * BEYOND
        around = grown(rectangle(x0, y0, x1, y1), BEYOND, sharp=True)
        around += grown(plan.outer, 2 * BEYOND)
        keep = union([prism(plan.inner, z0 - 2 * BEYOND, above + BEYOND), *parts])
        under = prism(plan.outer, z0 - 2 * BEYOND, min(base_mm(settings), 1.0) / 2)
        if tab is not None:
            under += prism(tab.plan, z0 - 2 * BEYOND, min(tab.height, 1.0) / 2)
        removed = prism(around, z0 - BEYOND, above) - (keep + under)
    if parts:
        solid += union(parts)
    return solid - removed if cut else solid
