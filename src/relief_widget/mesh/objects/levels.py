"""Flat levels as a solid with upright walls, and shoulders under its strokes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from relief_widget.mesh.grid import Part
from relief_widget.mesh.manifolds import Flags, Indices, Points, arrays, to_manifold
from relief_widget.mesh.objects.meshes import SLIVER_MM, finished, to_grid
from relief_widget.mesh.objects.solids import rectangle
from relief_widget.mesh.triangles import Triangles, relief_flags
from relief_widget.settings import ReliefSettings

if TYPE_CHECKING:
    from manifold3d import CrossSection, Manifold

# What differs less is one level; less than a 16-bit height map shows.
_SAME = 1e-4
_MOST_LEVELS = 64
# With less of it on levels, a relief is no flat art.
_LEAST_FLAT = 0.5
# Rounds off the steps of the grid, in its cells, and nothing larger.
_BLUR = 0.8
_BESIDE = 3
# Smaller spots could be made by nothing.
_LEAST_CELLS = 6
# Each level lies so far within the one below, so that no two walls touch: what nobody can see.
_LEDGE_MM = 2.0**-8
# The upper part of a wall stays upright, so that the outline on top is that of the picture.
_UPRIGHT = 0.25
# A slope needs no finer grid: a tenth of a millimetre is two layers of resin.
_SLOPE_GRID_MM = 0.1


@dataclass(frozen=True, eq=False)
class Levels:
    """A relief as flat levels.

    Attributes
    ----------
    heights
        Ascending, in [0, 1].
    number
        (rows, cols): the level of each vertex.
    """

    heights: npt.NDArray[np.float64]
    number: npt.NDArray[np.intp]


def levels_of(heights: npt.NDArray[np.floating]) -> Levels | None:
    """Return the levels that heights lie on, or None where they are no flat levels.

    Vertices on a wall between two levels go to the nearer one.

    Parameters
    ----------
    heights
        (rows, cols) in [0, 1].
    """
    from scipy.ndimage import maximum_filter, minimum_filter

    steps = np.rint(np.asarray(heights, dtype=np.float64) / _SAME).astype(np.int64)
    # A value that fills no square of 3 × 3 is a wall's.
    inner = minimum_filter(steps, 3) == maximum_filter(steps, 3)
    found = np.unique(steps[inner])
    if not 1 <= len(found) <= _MOST_LEVELS:
        return None
    place = np.clip(np.searchsorted(found, steps), 0, len(found) - 1)
    flat = found[place] == steps
    if flat.mean() < _LEAST_FLAT:
        return None
    high = maximum_filter(np.where(flat, place, -1), 5)
    low = minimum_filter(np.where(flat, place, len(found)), 5)
    # Between two levels there is no third one, though the wall passes its height.
    known = (high >= 0) & ~flat
    middle = (found[np.clip(high, 0, None)] + found[np.clip(low, None, len(found) - 1)]) / 2
    place = np.where(known, np.where(steps >= middle, high, low), place)
    return Levels(found * _SAME, place)


def levelled(
    part: Part, settings: ReliefSettings, levels: Levels, tolerance_mm: float
) -> Triangles | None:
    """Return a part with flat levels, upright walls along smooth outlines, and shoulders.

    Parameters
    ----------
    part
        The part on the full grid.
    settings
        Those that it was made with.
    levels
        Of its heights.
    tolerance_mm
        How far outlines may be from those of the grid.

    Returns
    -------
    Triangles | None
        The closed part, or None where outlines come too near to each other at this tolerance.
    """
    tops = part.base + part.relief * levels.heights
    masks = [levels.number >= k for k in range(1, len(tops))]
    stack = _stacked(_plans(masks, part, tolerance_mm), tops)
    slopes = settings.shoulder_degrees > 0 and len(masks) > 0
    points, faces, relief = stack
    if slopes:
        solid, own = to_manifold(points, faces, relief)
        whole = solid + _shoulders(masks, tops, part, settings)
        points, faces, _ = arrays(whole.simplify(SLIVER_MM), own)
        relief = _is_relief(points[faces], points.max(axis=0))
    uv = np.clip(points[:, :2] / points.max(axis=0)[:2], 0, 1).astype(np.float32)
    if part.mirrored:
        uv[:, 0] = 1 - uv[:, 0]
    return finished(points, faces, relief, uv)


def _plans(
    masks: list[npt.NDArray[np.bool_]], part: Part, tolerance_mm: float
) -> list[CrossSection]:
    """Return the outlines of all levels, each strictly within the one below."""
    from manifold3d import JoinType

    plans = [rectangle(0, 0, float(part.x[-1]), float(part.y[0]))]
    for mask in masks:
        within = plans[-1].offset(-_LEDGE_MM, JoinType.Miter, 2.0)
        plans.append(_outline(mask, part, tolerance_mm) ^ within)
    return plans


def _stacked(
    plans: list[CrossSection], tops: npt.NDArray[np.float64]
) -> tuple[Points, Indices, Flags]:
    """Return vertices, faces, and which are the relief, of plans put on each other."""
    from manifold3d import triangulate

    loops = [_loops(plan) for plan in plans]
    points: list[Points] = []
    faces: list[Indices] = []
    relief: list[Flags] = []
    count = 0

    def add(flat: Points, z: float) -> int:
        nonlocal count
        points.append(np.column_stack([flat, np.full(len(flat), z)]))
        count += len(flat)
        return count - len(flat)

    def put(found: npt.NDArray[np.integer], shown: bool) -> None:
        faces.append(found.reshape(-1, 3).astype(np.int64))
        relief.append(np.full(len(faces[-1]), shown))

    (ground,) = loops[0]
    start = add(ground, 0.0)
    put(np.asarray(triangulate([ground]))[:, ::-1] + start, False)
    for k, (mine, top) in enumerate(zip(loops, tops, strict=True)):
        if not mine:
            break
        flat = np.concatenate(mine)
        # What was begun as a hole of the level below goes on upwards.
        low = start if k == 0 else count - len(flat)
        high = add(flat, float(top))
        begin = 0
        for loop in mine:
            here = begin + np.arange(len(loop))
            after = np.roll(here, -1)
            wall = [low + here, low + after, high + after, low + here, high + after, high + here]
            put(np.stack(wall, axis=1), k > 0)
            begin += len(loop)
        holes = loops[k + 1] if k + 1 < len(loops) else []
        numbers = high + np.arange(len(flat))
        cap = [*mine, *(hole[::-1] for hole in holes)]
        if holes:
            inner = np.concatenate(holes)
            first = add(inner, float(top))
            ends = np.cumsum([len(hole) for hole in holes])
            turned = [
                np.arange(first + end - 1, first + end - len(hole) - 1, -1)
                for hole, end in zip(holes, ends, strict=True)
            ]
            numbers = np.concatenate([numbers, *turned])
        put(numbers[np.asarray(triangulate(cap))], True)
    return np.concatenate(points), np.concatenate(faces), np.concatenate(relief)


def _loops(plan: CrossSection) -> list[Points]:
    loops = [to_grid(np.asarray(loop, dtype=np.float64)) for loop in plan.to_polygons()]
    return [loop for loop in loops if len(loop) > 2]


def _outline(mask: npt.NDArray[np.bool_], part: Part, tolerance_mm: float) -> CrossSection:
    """Return where a mask is, with smooth outlines, in mm."""
    from contourpy import contour_generator
    from manifold3d import CrossSection, FillRule
    from scipy.ndimage import gaussian_filter

    rows, cols = mask.shape
    width, height = float(part.x[-1]), float(part.y[0])
    wide = np.pad(mask, _BESIDE, mode="edge").astype(np.float64)
    field = np.pad(gaussian_filter(wide, _BLUR), 1)
    scale = np.array([width / (cols - 1), height / (rows - 1)])
    loops: list[Points] = []
    for line in contour_generator(z=field).lines(0.5):
        points = (np.asarray(line)[:-1] - _BESIDE - 1) * scale
        x, y = points.T
        area = abs(float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))) / 2
        if area > _LEAST_CELLS * scale.prod():
            loops.append(np.column_stack([x, height - y]))
    return CrossSection(loops, FillRule.EvenOdd).simplify(tolerance_mm)


def _shoulders(
    masks: list[npt.NDArray[np.bool_]],
    tops: npt.NDArray[np.float64],
    part: Part,
    settings: ReliefSettings,
) -> Manifold:
    """Return a solid with a slope around every stroke, from below its edge to the ground."""
    from scipy.ndimage import distance_transform_edt, map_coordinates

    rows, cols = part.shape
    width, height = float(part.x[-1]), float(part.y[0])
    spacing = height / (rows - 1), width / (cols - 1)
    steepness = 1 / math.tan(math.radians(settings.shoulder_degrees))
    field = np.full(part.shape, tops[0])
    for mask, below, top in zip(masks, tops[:-1], tops[1:], strict=True):
        away = distance_transform_edt(~mask, sampling=spacing)
        np.maximum(field, top - _UPRIGHT * (top - below) - away * steepness, out=field)
    shape = tuple(
        min(n, 1 + math.ceil(length / _SLOPE_GRID_MM))
        for n, length in zip((rows, cols), (height, width), strict=True)
    )
    places = np.meshgrid(
        *(np.linspace(0, n - 1, m) for n, m in zip((rows, cols), shape, strict=True)),
        indexing="ij",
    )
    coarse = map_coordinates(field, places, order=1)
    base, high = float(tops[0]) / 2, float(tops[-1])
    slope = Part(
        heights=((coarse - base) / (high - base)).astype(np.float32),
        base=base,
        relief=high - base,
        x=np.linspace(0, width, shape[1]).astype(np.float32),
        y=np.linspace(height, 0, shape[0]).astype(np.float32),
        solid=True,
        mirrored=False,
    )
    solid, _ = to_manifold(slope.vertices.astype(np.float64), slope.faces, relief_flags(slope))
    return solid.simplify(_SLOPE_GRID_MM / 20)


def _is_relief(corners: npt.NDArray[np.float64], ends: npt.NDArray[np.float64]) -> Flags:
    """Tell the relief's faces from the back and the sides."""
    near = _LEDGE_MM / 2
    outside = [(corners[..., 2] < near)]
    for axis in (0, 1):
        along = corners[..., axis]
        outside += [along < near, along > ends[axis] - near]
    sides: Flags = np.any([face.all(axis=1) for face in outside], axis=0)
    return ~sides
