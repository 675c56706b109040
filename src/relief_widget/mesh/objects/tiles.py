"""Splitting a part into tiles for a small bed, with holes for pins in the seams."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from relief_widget.errors import ReliefError
from relief_widget.mesh.objects.solids import contains, rectangle, rod
from relief_widget.settings import ReliefSettings

if TYPE_CHECKING:
    from manifold3d import CrossSection, Manifold

# Seams lie where both float32 and float64 can say exactly.
_GRID = 1 / 64
PIN_WALL_MM = 0.6
"""Least material before and behind a pin: three layers of 0.2 mm."""
PIN_LENGTHS = 2.5
"""Depth of a pin hole in either tile, in diameters."""
_PIN_SIDE_MM = 1.2
MOST_TILES = 400
"""More would take minutes to make, and weeks to print."""


@dataclass(frozen=True)
class Seam:
    """One piece of a seam, between two tiles.

    Attributes
    ----------
    axis
        0: upright, at x = `at`; 1: level, at y = `at`.
    at, start, stop
        Where it is and reaches, in mm.
    """

    axis: int
    at: float
    start: float
    stop: float


def check_count(width: float, height: float, settings: ReliefSettings) -> None:
    """Refuse a part that would be cut into too many tiles.

    Parameters
    ----------
    width, height
        Of the part, in mm.

    Raises
    ------
    ReliefError
        It would be more than `MOST_TILES`.
    """
    sides = (width, settings.bed_x_mm), (height, settings.bed_y_mm)
    count = math.prod(max(1, math.ceil(side / bed)) for side, bed in sides if bed)
    if count > MOST_TILES:
        raise ReliefError(
            f"The part would be cut into {count:,} tiles.",
            f"Choose a larger bed or a smaller part: at most {MOST_TILES} tiles are made.",
        )


def cuts(length: float, bed: float) -> list[float]:
    """Return where a length is cut into equal pieces that fit a bed, both ends included."""
    count = 1 if bed == 0 else math.ceil(round(length / bed, 9))
    inner = [round(length * i / count / _GRID) * _GRID for i in range(1, count)]
    # Moved onto the grid, a piece may have become too long.
    if any(b - a > bed + 1e-9 for a, b in pairwise([0.0, *inner, length])) and bed:
        count += 1
        inner = [round(length * i / count / _GRID) * _GRID for i in range(1, count)]
    return [0.0, *inner, length]


def seams(xs: list[float], ys: list[float]) -> list[Seam]:
    """Return the pieces of all seams of a grid of cuts."""
    upright = [Seam(0, x, *ends) for x in xs[1:-1] for ends in pairwise(ys)]
    level = [Seam(1, y, *ends) for y in ys[1:-1] for ends in pairwise(xs)]
    return upright + level


def check_clear(places: list[tuple[str, float, float, float]], found: list[Seam]) -> None:
    """Refuse holes that a seam would cut: `places` are name, x, y and radius.

    Raises
    ------
    ReliefError
        With the name of the first one.
    """
    for name, x, y, radius in places:
        for seam in found:
            across, along = (x, y) if seam.axis == 0 else (y, x)
            if abs(across - seam.at) < radius + 1 and seam.start <= along <= seam.stop:
                raise ReliefError(
                    f"A seam between tiles would run through {name}.",
                    "Choose another bed size or number of holes, so that the seam lies elsewhere.",
                )


def pins(
    found: list[Seam],
    free: CrossSection,
    engraved_mm: float,
    base: float,
    settings: ReliefSettings,
) -> list[Manifold]:
    """Return the holes for pins: two in each piece of a seam, one in a short one.

    Parameters
    ----------
    found
        The seams.
    free
        Where the part has material over the whole thickness of the base.
    engraved_mm
        Depth of what is engraved in the back.
    base
        Thickness of the base in mm.

    Raises
    ------
    ReliefError
        The base is too thin for the pins.
    """
    diameter = settings.pin_mm
    least = diameter + 2 * PIN_WALL_MM + engraved_mm
    if base < least - 1e-6:
        raise ReliefError(
            f"Pins of {diameter:g} mm do not fit a base of {base:g} mm.",
            f"Choose a base of at least {least:g} mm, thinner pins, or none.",
        )
    depth, z = PIN_LENGTHS * diameter, (base + engraved_mm) / 2
    half = diameter / 2 + _PIN_SIDE_MM
    holes = []
    for seam in found:
        length = seam.stop - seam.start
        wanted = (0.25, 0.75) if length > 4 * (depth + half) else (0.5,)
        used: list[float] = []
        for share in wanted:
            steps = seam.start + np.linspace(0, 1, 41)[1:-1] * length
            ends = depth + half
            for along in sorted(steps, key=lambda t: abs(t - seam.start - share * length)):
                # Where seams cross, pins of both would meet.
                corner = min(along - seam.start, seam.stop - along) < ends
                taken = any(abs(along - other) < 2 * half for other in used)
                box = (seam.at - ends, along - half, seam.at + ends, along + half)
                if seam.axis == 1:
                    box = (box[1], box[0], box[3], box[2])
                if corner or taken or not contains(free, rectangle(*box)):
                    continue
                used.append(float(along))
                ways = [(seam.at - depth, along, z), (seam.at + depth, along, z)]
                if seam.axis == 1:
                    ways = [(y, x, z) for x, y, _ in ways]
                holes.append(rod(ways[0], ways[1], diameter / 2))
                break
    if not holes:
        raise ReliefError(
            f"Pins of {diameter:g} mm fit in none of the seams.",
            "Choose thinner pins, larger tiles, or no pins.",
        )
    return holes


def split(solid: Manifold, xs: list[float], ys: list[float]) -> list[tuple[int, int, Manifold]]:
    """Return the tiles: row from the top, column from the left, and solid in its old place."""
    tiles = []
    for column, strip in enumerate(_slices(solid, (1.0, 0.0, 0.0), xs[1:-1])):
        for row, tile in enumerate(_slices(strip, (0.0, 1.0, 0.0), ys[1:-1])):
            if not tile.is_empty():
                tiles.append((len(ys) - 2 - row, column, tile))
    return sorted(tiles, key=lambda tile: tile[:2])


def _slices(
    solid: Manifold, way: tuple[float, float, float], places: list[float]
) -> list[Manifold]:
    slices, rest = [], solid
    for place in places:
        # One cut for both sides.
        rest, before = rest.split_by_plane(way, place)
        slices.append(before)
    return [*slices, rest]
