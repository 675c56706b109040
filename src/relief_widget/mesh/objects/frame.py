"""The body of the part: the outline cut out, the frame raised, the tab of a keyring put on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from relief_widget.errors import ReliefError
from relief_widget.mesh.objects.outlines import Plan
from relief_widget.mesh.objects.solids import BEYOND, DIGITS, grown, prism, rectangle, taper, union
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


def frame_top(plan: Plan, settings: ReliefSettings) -> float:
    """Return the height of the frame's top above the back."""
    start = plan.base_mm if settings.frame_from == "base" else plan.top_mm
    return round(start + settings.frame_height_mm, DIGITS)


def shaped(solid: Manifold, plan: Plan, tab: Tab | None, settings: ReliefSettings) -> Manifold:
    """Return the plain part cut to its outline, with frame and tab.

    Outside the outline everything is cut vertically; the frame and the tab cover the relief where
    it is lower, and cut it where it is higher.

    Parameters
    ----------
    solid
        The plain part, placed as `plan` says.

    Raises
    ------
    ReliefError
        The frame's chamfer is wider than half the frame or higher than the frame.
    """
    if tab is not None:
        solid += prism(tab.plan, 0, tab.height)
    if settings.frame_mm == 0 and settings.outline == "rectangle":
        return solid
    x0, y0, z0, x1, y1, top = solid.bounding_box()
    low, high = z0 - 2 * BEYOND, max(top, frame_top(plan, settings)) + BEYOND
    keep = [prism(plan.inner, low, high + BEYOND)]
    if settings.frame_mm:
        solid += _raised(plan, settings)
        keep += _frame(plan, low, settings)
    if tab is not None:
        keep.append(prism(tab.plan, low, tab.height))
    around = grown(rectangle(x0, y0, x1, y1), BEYOND, sharp=True) + grown(plan.outer, 3 * BEYOND)
    return solid - (prism(around, z0 - BEYOND, high) - union(keep))


def _raised(plan: Plan, settings: ReliefSettings) -> Manifold:
    """Return what is added for the frame.

    It is more than the frame: what is cut off afterwards gives all its faces but the upright inner
    one, so that no two faces lie so near that it depends on the last digit which is in front.
    """
    top, chamfer = frame_top(plan, settings), settings.frame_chamfer_mm
    added = prism(grown(plan.outer, BEYOND, sharp=True), 0, top) - prism(
        plan.inner, -BEYOND, top + BEYOND
    )
    if chamfer == 0:
        return added
    start, more = top - chamfer, chamfer + BEYOND
    return added - taper(plan.inner, start, start + more, more / 2)


def _frame(plan: Plan, low: float, settings: ReliefSettings) -> list[Manifold]:
    """Return solids that make up the frame and, below its chamfer, all that it surrounds."""
    top, chamfer = frame_top(plan, settings), settings.frame_chamfer_mm
    if chamfer == 0:
        return [prism(plan.outer, low, top)]
    most = min(settings.frame_mm / 2, top - plan.base_mm)
    if chamfer > most + 1e-9:
        raise ReliefError(
            f"A chamfer of {chamfer:g} mm does not fit the frame.",
            f"Choose at most {most:g} mm: half the frame's width, and its height.",
        )
    outline, opening = plan.outer, plan.inner
    if settings.bend == "tube":
        # Where both ends of the photo meet, the rim goes on without an edge.
        outline, opening = (
            rectangle(x0 - 2 * chamfer, y0, x1 + 2 * chamfer, y1)
            for x0, y0, x1, y1 in (outline.bounds(), opening.bounds())
        )
    start, more = top - chamfer, chamfer + BEYOND
    slopes = taper(outline, start, top, -chamfer) - taper(opening, start, start + more, more)
    return [prism(outline, low, start), slopes]
