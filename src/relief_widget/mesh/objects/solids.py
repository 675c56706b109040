"""Closed solids for booleans: to and from manifold3d, prisms, tapers and cylinders.

Plans (``CrossSection``) are in the x-y plane, solids in mm, z up.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from relief_widget.mesh.manifolds import Points

if TYPE_CHECKING:
    from manifold3d import CrossSection, Manifold

CHORD_MM = 0.01
"""How far a circle's sides may stay inside the circle: a tenth of what printers resolve."""

DIGITS = 6
"""Decimals of mm that all coordinates are rounded to, so that faces that touch do so exactly."""

# Far above and below any part: what cuts through must not end in the part's own faces.
BEYOND = 1.0


def segments(radius: float, chord_mm: float = CHORD_MM) -> int:
    """Return how many sides a circle needs: a multiple of 4, so that its box is exact."""
    if radius <= chord_mm:
        return 8
    return max(16, 4 * math.ceil(math.pi / math.acos(1 - chord_mm / radius) / 4))


def disc(radius: float, x: float = 0.0, y: float = 0.0) -> CrossSection:
    """Return a circle of `radius` about (x, y)."""
    from manifold3d import CrossSection

    return CrossSection.circle(radius, segments(radius)).translate((x, y))


def rectangle(x0: float, y0: float, x1: float, y1: float) -> CrossSection:
    """Return a rectangle between two corners."""
    from manifold3d import CrossSection

    return CrossSection.square((x1 - x0, y1 - y0)).translate((x0, y0))


def grown(plan: CrossSection, by: float, *, sharp: bool = False) -> CrossSection:
    """Return `plan` with its outline moved outwards by `by` mm, inwards where negative."""
    from manifold3d import JoinType

    if by == 0:
        return plan
    if sharp:
        return plan.offset(by, JoinType.Miter, 4.0)
    moved = plan.offset(by, JoinType.Round, circular_segments=segments(abs(by)))
    # Offsets leave edges of micrometres, in which later cuts would get lost.
    return moved.simplify(CHORD_MM / 5)


def contains(outer: CrossSection, inner: CrossSection) -> bool:
    """Whether `inner` lies within `outer`."""
    return bool((inner - outer).area() < 1e-6)


def is_convex(plan: CrossSection) -> bool:
    """Whether a plan is one convex piece."""
    return bool(plan.num_contour() == 1 and plan.hull().area() - plan.area() < 1e-6 * plan.area())


def prism(plan: CrossSection, z0: float, z1: float) -> Manifold:
    """Return `plan` extruded from z0 to z1, with the plan's coordinates rounded to `DIGITS`."""
    from manifold3d import Manifold, Mesh64, triangulate

    loops = [loop for loop in _loops(plan) if len(loop) > 2]
    if not loops:
        return Manifold()
    flat = np.concatenate(loops)
    count = len(flat)
    cap = np.asarray(triangulate(loops), dtype=np.int64)
    ends = np.cumsum([len(loop) for loop in loops])
    following = np.arange(1, count + 1)
    following[ends - 1] = np.concatenate([[0], ends[:-1]])
    here = np.arange(count)
    walls = np.stack(
        [here, following, following + count, here, following + count, here + count], axis=1
    )
    faces = np.concatenate([cap[:, ::-1], cap + count, walls.reshape(-1, 3)])
    low, high = (np.column_stack([flat, np.full(count, z)]) for z in (z0, z1))
    return Manifold(Mesh64(np.concatenate([low, high]), faces.astype(np.uint64)))


def _loops(plan: CrossSection) -> list[Points]:
    # Where points are nearer than rounding moves them, a contour could cross itself.
    return [np.round(np.asarray(loop), DIGITS) for loop in plan.simplify(1e-4).to_polygons()]


def leaned(plan: CrossSection, by: float) -> CrossSection:
    """Return the far end of a `taper`: with sharp corners where the plan has them."""
    return grown(plan, by, sharp=is_convex(plan))


def taper(plan: CrossSection, z0: float, z1: float, by: float) -> Manifold:
    """Return a solid that is `plan` at z0 and `plan` moved outwards by `by` mm at z1.

    Convex plans become a hull with sharp corners; others are joined with, or lose, a cone along
    each of their edges.

    Parameters
    ----------
    plan
        Its outline at z0; z1 may be below.
    by
        Negative moves inwards.
    """
    from manifold3d import Manifold, OpType

    if by == 0:
        return prism(plan, min(z0, z1), max(z0, z1))
    if is_convex(plan):
        ends = [(plan, z0), (leaned(plan, by), z1)]
        return Manifold.hull_points(
            np.concatenate(
                [
                    np.column_stack([loop, np.full(len(loop), z)])
                    for end, z in ends
                    for loop in _loops(end)
                ]
            )
        )
    radius = abs(by)
    angles = np.arange(segments(radius)) * (2 * np.pi / segments(radius))
    circle = radius * np.column_stack([np.cos(angles), np.sin(angles)])
    cones = []
    for loop in _loops(plan):
        for a, b in zip(loop, np.roll(loop, -1, axis=0), strict=True):
            wide = np.concatenate([circle + a, circle + b])
            tips = np.array([[*a, z0], [*b, z0]])
            points = np.concatenate([tips, np.column_stack([wide, np.full(len(wide), z1)])])
            cones.append(Manifold.hull_points(points))
    body = prism(plan, min(z0, z1), max(z0, z1))
    around = Manifold.batch_boolean(cones, OpType.Add)
    return body + around if by > 0 else body - around


def union(solids: Iterable[Manifold]) -> Manifold:
    """Return the union of `solids`; of none an empty one."""
    from manifold3d import Manifold, OpType

    found = list(solids)
    return Manifold.batch_boolean(found, OpType.Add) if found else Manifold()


def rod(start: Sequence[float], end: Sequence[float], radius: float) -> Manifold:
    """Return a cylinder along x, y or z from `start` to `end`."""
    from manifold3d import Manifold

    along = np.subtract(end, start)
    length = float(np.linalg.norm(along))
    axis = int(np.argmax(np.abs(along)))
    cylinder = Manifold.cylinder(length, radius, circular_segments=segments(radius))
    turned = {0: (0.0, 90.0, 0.0), 1: (-90.0, 0.0, 0.0), 2: (0.0, 0.0, 0.0)}[axis]
    low = start if along[axis] > 0 else end
    x, y, z = (float(value) for value in low)
    return cylinder.rotate(turned).translate((x, y, z))
