"""Where holes, tabs and pockets go."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from relief_widget.errors import ReliefError
from relief_widget.mesh.manifolds import Points
from relief_widget.mesh.objects.frame import Tab
from relief_widget.mesh.objects.outlines import Plan
from relief_widget.mesh.objects.solids import BEYOND, disc, grown, prism
from relief_widget.settings import ReliefSettings
from relief_widget.settings.objects import FLOOR_MM

if TYPE_CHECKING:
    from manifold3d import CrossSection, Manifold

Place = tuple[float, float]

HOLE_WALL_MM = 2.0
"""Least material around a hole that carries the part."""

POCKET_WALL_MM = 1.2
"""Least material around a pocket: three lines of a common nozzle."""

# A place may be this share of its distance from the middle lower, and is still better: the crown of
# a head that is not quite in the middle, but not the tip of an ear.
_ASIDE = 0.2
# What hangs on the screw's head.
_LIP_MM = 1.6
# A thinner tab would break.
_TAB_MM = 2.0


def inside(plan: CrossSection, points: Points) -> npt.NDArray[np.bool_]:
    """Return which points lie within a plan, bool (n,), by the parity of crossings."""
    x, y = points.T
    odd = np.zeros(len(points), dtype=bool)
    for loop in plan.to_polygons():
        a = np.asarray(loop)
        for (x0, y0), (x1, y1) in zip(a, np.roll(a, -1, axis=0), strict=True):
            if y0 == y1:
                continue
            between = (y0 > y) != (y1 > y)
            odd ^= between & (x < x0 + (y - y0) * ((x1 - x0) / (y1 - y0)))
    return odd


def top_of(region: CrossSection, middle: float) -> Place | None:
    """Return a high place on the edge of `region`, rather above its middle than at a side."""
    places: list[Place] = []
    for loop in region.to_polygons():
        a = np.asarray(loop)
        b = np.roll(a, -1, axis=0)
        places += [(float(x), float(y)) for x, y in a]
        across = ((a[:, 0] - middle) * (b[:, 0] - middle) <= 0) & (a[:, 0] != b[:, 0])
        share = (middle - a[across, 0]) / (b[across, 0] - a[across, 0])
        heights = a[across, 1] + share * (b[across, 1] - a[across, 1])
        places += [(middle, float(y)) for y in heights]

    def worth(place: Place) -> tuple[float, float]:
        aside = abs(place[0] - middle)
        return place[1] - _ASIDE * aside, -aside

    return max(places, key=worth, default=None)


def hanging_hole(plan: Plan, settings: ReliefSettings) -> Place:
    """Return the centre of the hanging hole: in a frame that is wide enough, else below it.

    Raises
    ------
    ReliefError
        It does not fit.
    """
    radius = settings.hanging_hole_mm / 2
    if settings.frame_mm >= 2 * (radius + HOLE_WALL_MM):
        region = grown(plan.outer, -settings.frame_mm / 2)
    else:
        region = grown(plan.inner, -(radius + HOLE_WALL_MM))
    place = top_of(region, plan.centre[0])
    if place is None:
        raise ReliefError(
            f"A hanging hole of {settings.hanging_hole_mm:g} mm does not fit.",
            f"Choose a smaller hole: {HOLE_WALL_MM:g} mm of material have to stay around it.",
        )
    return place


def keyhole(plan: Plan, settings: ReliefSettings) -> tuple[list[Manifold], Place, Place]:
    """Return what is cut out for a keyhole in the back, and the centres of both its ends.

    A screw's head goes in at the lower end, and the part slides down on it: behind a lip, the slot
    is as wide as the head. The upper end is where it hangs, near the top and above the middle.

    Raises
    ------
    ReliefError
        It is deeper than the base allows, or does not fit.
    """
    radius, depth = settings.keyhole_mm / 2, settings.keyhole_depth_mm
    check_depth("Keyholes", depth, plan.base_mm)
    long = 2 * radius
    region = grown(plan.outer, -(radius + HOLE_WALL_MM))
    top = top_of(region ^ region.translate((0.0, long)), plan.centre[0])
    if top is None:
        raise ReliefError(
            f"A keyhole of {settings.keyhole_mm:g} mm does not fit.",
            f"Choose a smaller one: {HOLE_WALL_MM:g} mm of material have to stay around it.",
        )
    x, y = top
    head, shank = disc(radius, x, y - long), disc(radius / 2, x, y)
    slot = (shank + disc(radius / 2, x, y - long)).hull()
    behind = (head + disc(radius, x, y)).hull()
    lip = min(_LIP_MM, depth / 2)
    cut = [
        prism(head, -BEYOND, depth),
        prism(slot, -BEYOND, depth),
        prism(behind, lip, depth),
    ]
    return cut, top, (x, y - long)


def keyring_tab(plan: Plan, settings: ReliefSettings) -> Tab:
    """Return the tab of a keyring, on top of the outline."""
    radius = settings.keyring_mm / 2
    wall = max(HOLE_WALL_MM, radius)
    top = top_of(plan.outer, plan.centre[0])
    assert top is not None
    x, y = top
    hole = (x, y + radius + wall / 2)
    foot = (disc(radius + wall, *hole) + disc(radius + wall, x, y - radius - wall)).hull()
    # It reaches a little into the part, so that both are one.
    into = settings.frame_mm / 2 if settings.frame_mm else 1.0
    shape = foot - grown(plan.outer, -into)
    pieces = shape.decompose()
    # Of a part smaller than the tab, what comes out below is left away.
    highest = max(pieces, key=lambda piece: float(piece.bounds()[3]))
    return Tab(highest, max(plan.base_mm, _TAB_MM), hole)


def pockets(plan: Plan, free: CrossSection, settings: ReliefSettings) -> list[Place]:
    """Return the centres of the magnets' pockets.

    Parameters
    ----------
    free
        Where nothing else is in the back.

    Raises
    ------
    ReliefError
        They are deeper than the base allows, or do not fit side by side.
    """
    depth, diameter = settings.magnet_depth_mm, settings.magnet_diameter_mm
    check_depth("Magnet pockets", depth, plan.base_mm)
    region = grown(free, -(diameter / 2 + POCKET_WALL_MM))
    places = [_outermost(region, plan, way) for way in _ways(settings.magnets, plan)]
    found = [place for place in places if place is not None]
    near = min((math.dist(a, b) for i, a in enumerate(found) for b in found[:i]), default=math.inf)
    if len(found) < len(places) or near < diameter + POCKET_WALL_MM:
        raise ReliefError(
            f"{settings.magnets} magnets of {diameter:g} mm do not fit the back.",
            "Choose fewer or smaller magnets.",
        )
    return found


def check_depth(what: str, depth: float, base: float) -> None:
    """Refuse what goes too deep into the back.

    Raises
    ------
    ReliefError
        Less than `FLOOR_MM` of the base would stay.
    """
    if base - depth < FLOOR_MM - 1e-6:
        what_next = (
            f"choose at most {base - FLOOR_MM:.1f} mm, or a thicker base"
            if base > FLOOR_MM + 0.2
            else "choose a thicker base"
        )
        raise ReliefError(
            f"{what} of {depth:g} mm do not fit a base of {base:g} mm.",
            f"{FLOOR_MM:g} mm have to stay in front of them: {what_next}.",
        )


def _ways(count: int, plan: Plan) -> list[Place]:
    """Return where pockets are wanted, from the middle: 1 is the edge of the outline's box."""
    corners = [(-1.0, 1.0), (1.0, 1.0), (1.0, -1.0), (-1.0, -1.0)]
    wide = plan.width >= plan.height
    sides, ends = [(0.0, 1.0), (0.0, -1.0)], [(-1.0, 0.0), (1.0, 0.0)]
    along, across = (ends, sides) if wide else (sides, ends)
    centre = [(0.0, 0.0)]
    return {
        1: centre,
        2: along,
        3: [(0.0, 1.0), (-1.0, -1.0), (1.0, -1.0)],
        4: corners,
        5: corners + centre,
        6: corners + across,
        7: corners + across + centre,
        8: corners + along + across,
    }[count]


def _outermost(region: CrossSection, plan: Plan, way: Place) -> Place | None:
    """Return the farthest place from the middle in a direction that lies in `region`."""
    middle = np.array(plan.centre)
    if way == (0.0, 0.0):
        steps = np.linspace(0, 1, 61)
        x, y = np.meshgrid(steps * plan.width, steps * plan.height)
        points = np.concatenate([[middle], np.column_stack([x.ravel(), y.ravel()])])
        cost = np.linalg.norm(points - middle, axis=1)
    else:
        shares = np.linspace(0, 1, 1001)
        points = middle + shares[:, None] * np.array(way) * middle
        cost = -shares
    cost[~inside(region, points)] = np.inf
    best = int(np.argmin(cost))
    return (float(points[best, 0]), float(points[best, 1])) if np.isfinite(cost[best]) else None
