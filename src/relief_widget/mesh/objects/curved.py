"""Bending a flat part about a vertical axis: arcs and tubes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from relief_widget.errors import ReliefError
from relief_widget.mesh.manifolds import Flags, Indices, Points, arrays, check, to_manifold
from relief_widget.mesh.objects.foot import foot
from relief_widget.mesh.objects.meshes import (
    SLIVER_MM,
    Finished,
    PhotoPlace,
    finished,
    from_zero,
    not_closed,
)
from relief_widget.mesh.objects.solids import CHORD_MM, DIGITS, union
from relief_widget.settings import ReliefSettings

if TYPE_CHECKING:
    from manifold3d import Manifold

# A tighter inside would not print, and no lamp fits into it.
_LEAST_INSIDE_MM = 1.0
# Of a part of metres, chords may stay farther inside, by this share of its width: nobody sees it,
# and the number of strips, and the time that they take, does not grow with the size.
_CHORD_SHARE = 1e-5


def bent(solid: Manifold, relief_id: int, place: PhotoPlace, settings: ReliefSettings) -> Finished:
    """Return the part bent about an axis along y, the relief outwards, as a closed mesh.

    The highest place of the relief keeps its length: the part's width is the length of the arc, or
    the circumference of the tube, at the greatest radius. What lies deeper is shortened. Chords
    stay within `CHORD_MM` of the true surface; of a part wider than 1 m, within a share of it.

    Raises
    ------
    ReliefError
        The part is too thick to be bent so far.
    """
    x0, _, _, x1, _, top = solid.bounding_box()
    angle = 2 * math.pi if settings.bend == "tube" else math.radians(settings.arc_degrees)
    outside = (x1 - x0) / angle
    inside = outside - top
    if inside < _LEAST_INSIDE_MM:
        raise ReliefError(
            f"The part is {top:.1f} mm thick, too much to be bent to a radius of {outside:.1f} mm.",
            "Choose a thinner base and relief, a larger size, or a smaller arc.",
        )
    middle = round((x0 + x1) / 2, DIGITS)
    longest = 2 * math.acos(1 - max(CHORD_MM, _CHORD_SHARE * (x1 - x0)) / outside) * outside

    def around(part: Manifold) -> tuple[Points, Indices, Flags, npt.NDArray[np.float32]]:
        points, faces, relief = arrays(part, relief_id)
        points, faces, relief = refined(points, faces, relief, longest)
        turned = (points[:, 0] - middle) / outside
        radius = inside + points[:, 2]
        x, z = radius * np.sin(turned), radius * np.cos(turned)
        if settings.bend == "tube":
            # Both halves have to meet in exactly this plane.
            from_seam = np.abs(points[:, :1] - (x0, middle, x1)).min(axis=1)
            x[from_seam < SLIVER_MM / 10] = 0.0
        uv = place.uv(points)
        return np.column_stack([x, points[:, 1], z]), faces, relief, uv

    for tolerance in (SLIVER_MM, 5 * SLIVER_MM, 25 * SLIVER_MM):
        flat = check(solid).simplify(tolerance)
        if settings.bend == "tube":
            halves = flat.split_by_plane((1.0, 0.0, 0.0), middle)
            points, faces, relief, uv = _joined([around(half) for half in halves], tolerance)
        elif settings.foot_mm:
            stand = foot(outside, inside, settings)
            points, faces, relief, uv = _joined([around(flat)], tolerance, stand)
        else:
            points, faces, relief, uv = around(flat)
        mesh = finished(from_zero(points), faces, relief, uv)
        if mesh is not None:
            return mesh
    raise not_closed()


def _joined(
    bodies: list[tuple[Points, Indices, Flags, npt.NDArray[np.float32]]],
    tolerance: float,
    *others: Manifold,
) -> tuple[Points, Indices, Flags, npt.NDArray[np.float32]]:
    """Return the union of bent bodies, with uv, and of others that are not on the photo."""
    own: int | None = None
    solids = []
    for points, faces, relief, uv in bodies:
        properties = np.column_stack([np.round(points, DIGITS), uv.astype(np.float64)])
        solid, own = to_manifold(properties, faces, relief, own)
        solids.append(solid)
    assert own is not None
    whole = check(union([*solids, *others])).simplify(tolerance)
    points, faces, relief = arrays(whole, own)
    out = whole.to_mesh64()
    uv = np.asarray(out.vert_properties)[:, 3:5].astype(np.float32)
    # Vertices that differ only in uv become one, with the uv of the relief.
    number = np.arange(len(points))
    number[np.asarray(out.merge_from_vert, dtype=np.int64)] = np.asarray(
        out.merge_to_vert, dtype=np.int64
    )
    shown = np.unique(faces[relief])
    merged = uv.copy()
    merged[number[shown]] = uv[shown]
    return points, number[faces], relief, merged


def refined(
    points: Points, faces: Indices, relief: Flags, longest: float
) -> tuple[Points, Indices, Flags]:
    """Split all edges that reach farther than `longest` along x.

    Edges are cut where they meet the plane nearest their middle out of planes at equal distances,
    so that flat faces become upright strips. An edge is cut alike for both of its faces: nothing
    opens.
    """
    low = float(points[:, 0].min())
    count = max(1, math.ceil(float(np.ptp(points[:, 0])) / longest))
    spacing = float(np.ptp(points[:, 0])) / count
    while True:
        ends = np.sort(np.stack([faces, faces[:, [1, 2, 0]]], axis=-1), axis=-1)
        reach = np.abs(points[ends[..., 0], 0] - points[ends[..., 1], 0])
        long = reach > spacing * (1 + 1e-9)
        if not long.any():
            return points, faces, relief
        keys = ends[long][:, 0] * len(points) + ends[long][:, 1]
        edges, number = np.unique(keys, return_inverse=True)
        a, b = points[edges // len(points)], points[edges % len(points)]
        planes = low + np.rint(((a[:, 0] + b[:, 0]) / 2 - low) / spacing) * spacing
        share = (planes - a[:, 0]) / (b[:, 0] - a[:, 0])
        # A plane at an end would cut nothing off.
        share[(share < 0.05) | (share > 0.95)] = 0.5
        cuts = a + share[:, None] * (b - a)
        middle = np.full(faces.shape, -1, dtype=np.int64)
        middle[long] = len(points) + number.reshape(-1)
        points = np.concatenate([points, cuts])
        faces, relief = _split(faces, middle, relief, points)


def _split(faces: Indices, middle: Indices, relief: Flags, points: Points) -> tuple[Indices, Flags]:
    """Return the faces with vertices put on their edges: `middle` holds them, or -1."""
    count = (middle >= 0).sum(axis=1)
    out, flags = [faces[count == 0]], [relief[count == 0]]

    def turned(chosen: npt.NDArray[np.bool_], first: Indices) -> tuple[Indices, Indices]:
        # Each face is turned so that its first edge is the one that is looked for.
        order = (first[:, None] + np.arange(3)) % 3
        return (
            np.take_along_axis(faces[chosen], order, axis=1),
            np.take_along_axis(middle[chosen], order, axis=1),
        )

    def add(chosen: npt.NDArray[np.bool_], *triangles: list[Indices]) -> None:
        for triangle in triangles:
            out.append(np.stack(triangle, axis=1))
            flags.append(relief[chosen])

    one = count == 1
    if one.any():
        (a, b, c), (m, _, _) = (t.T for t in turned(one, np.argmax(middle[one] >= 0, axis=1)))
        add(one, [a, m, c], [m, b, c])
    two = count == 2
    if two.any():
        # The whole edge is the last: both cut ones meet in b.
        whole = np.argmax(middle[two] < 0, axis=1)
        (a, b, c), (m, n, _) = (t.T for t in turned(two, (whole + 1) % 3))
        add(two, [m, b, n])
        # Of both diagonals the shorter one along x.
        direct = np.abs(points[a, 0] - points[n, 0]) <= np.abs(points[m, 0] - points[c, 0])
        other = np.where(direct, n, c)
        add(two, [a, m, other], [np.where(direct, a, m), n, c])
    three = count == 3
    if three.any():
        (a, b, c), (m, n, o) = (t.T for t in (faces[three], middle[three]))
        add(three, [a, m, o], [m, b, n], [o, n, c], [m, n, o])
    return np.concatenate(out), np.concatenate(flags)
