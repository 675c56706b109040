"""Tells flat art, such as logos, drawings and lettering, from photos.

Flat art is even areas of few colours with sharp edges between them; of a photo, a greyscale one or
one of a product on white included, much is neither even nor edge. What is even, what is edge and
which colours the even pixels have is counted on a picture of 512 pixels. The limits were chosen on
90 drawings and 280 photos and renderings.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from relief_widget.arrays import BoolArray, ByteArray, IndexArray
from relief_widget.depth.palette import off_mixtures, steps
from relief_widget.image.photo import Photo, open_photo

_SIDE = 512
# Differences between neighbours, in 8-bit levels: at most those of an even area, at least those of
# an edge; where most are larger than the last, the grain is averaged first.
_EVEN, _EDGE, _GRAINY = 4, 24, 8
# Antialiasing and the ringing of a JPEG reach this far from an edge.
_REACH = 3
# Colours are counted in cells of 8 levels; a colour is a cube of two cells, wherever it lies.
_CELLS, _CELL = 32, 8
_MOST_COLOURS = 12


def is_flat_art(photo: Photo) -> bool:
    """Tell whether a picture is flat art: a logo, a drawing, lettering, a stamp or a silhouette.

    Parameters
    ----------
    photo
        The picture; what is transparent does not count.

    Returns
    -------
    bool
        True where `Layers` suits the picture better than an estimate of its shape. In doubt it is a
        photo.
    """
    photo = open_photo(photo)
    seen = _look(photo, _SIDE)
    if seen is None:
        return True
    if seen.edge == 0 and seen.colours > 1 and not isinstance(photo.mask, np.ndarray):
        # A wall, a sky, a sheet of paper in uneven light: nothing is drawn on it.
        return False
    if seen.noise > _GRAINY:
        # Grain goes when it is averaged, texture stays.
        seen = _look(photo, _SIDE // 2)
        return seen is not None and _stamped(seen, 0.13)
    # Grain eats into even areas only as far as it is a scan's.
    if seen.even < 0.5 + 0.03 * max(0.0, seen.noise - 2) or seen.ground < 0.1:
        return False
    if seen.colours < 8:
        return seen.shaded < min(0.13, 0.02 + 0.8 * seen.edge)
    if seen.shaded < 0.012:
        return seen.strange < 0.2 and not seen.round
    # A logo with a picture in it: even colours that have little in common, set off by sharp edges.
    if seen.distinct >= 5 and seen.noise <= 1 and seen.edge > 0.2:
        return seen.shaded < 0.085 and seen.strange < 0.12
    return _stamped(seen, 0.09)


def _stamped(seen: _Seen, shaded: float) -> bool:
    """Tell whether there is one ink, mottled, on a paper with a grain."""
    if not seen.paper or seen.ground < 0.27 or seen.even < 0.68:
        return False
    if seen.distinct > 2 or seen.strange > 0.005:
        return False
    return seen.shaded < shaded and 0.1 < seen.edge < 0.45


@dataclass(frozen=True)
class _Seen:
    """What there is in a picture, as shares of it.

    `noise`: median difference between neighbours, in levels; `even`; `edge`: within reach of one;
    `ground`: the most frequent colour; `shaded`: of all but the ground, what is neither near an
    edge nor of one of the main colours; `strange`: of what is near edges, what is no mixture of two
    main colours; `colours`: how many main ones there are, `distinct`: how many far apart; `paper`:
    the ground is light; `round`: slopes change as on a ball, which those of a drawing do not.
    """

    noise: float
    even: float
    edge: float
    ground: float
    shaded: float
    strange: float
    colours: int
    distinct: int
    paper: bool
    round: bool


def _look(photo: Photo, side: int) -> _Seen | None:
    """Look at a picture; None where a transparent ground leaves nothing inside its outline."""
    pixels = np.asarray(photo.image(side))
    rows, cols = pixels.shape[:2]
    alpha = photo.subject_mask((rows, cols))
    solid = np.ones((rows, cols), np.bool_)
    if alpha is not None:
        solid = alpha > 0.95
        if solid.sum() < 0.2 * (alpha > 0.5).sum():
            solid = alpha > 0.5
    total = int(solid.sum())
    if total == 0:
        return None
    step = steps(pixels)
    noise = float(np.median(step[solid]))
    even = solid & (step <= _EVEN + min(noise, 6))
    edge = ndimage.maximum_filter((step > _EDGE).view(np.uint8), 2 * _REACH + 1) > 0
    edge &= solid
    inside = even & ~edge
    cell = pixels // _CELL
    code = (cell[..., 0].astype(np.intp) * _CELLS + cell[..., 1]) * _CELLS + cell[..., 2]
    tops, number = _main_colours(code[inside], max(20.0, 0.0005 * total))
    main = np.zeros((_CELLS,) * 3, np.bool_)
    ground = np.zeros_like(inside)
    for top in tops:
        main[_cube(top)] = True
        if top is tops[0]:
            ground = inside & main.ravel()[code]
    known = inside & main.ravel()[code]
    rest = solid & ~ground if alpha is None else solid
    shaded = (rest & ~known & ~edge).sum() / max(1, rest.sum())
    distinct = 0
    for i, top in enumerate(tops):
        distinct += all(max(abs(a - b) for a, b in zip(top, o, strict=True)) > 4 for o in tops[:i])
    return _Seen(
        noise,
        even.sum() / total,
        edge.sum() / total,
        number / total,
        float(shaded),
        _strange(pixels.reshape(-1, 3)[np.flatnonzero(edge & ~known)], tops),
        len(tops),
        distinct,
        bool(tops) and min(tops[0]) * _CELL > 150,
        # Few colours make no slope.
        len(tops) >= 8 and _round(pixels, inside),
    )


def _round(pixels: ByteArray, inside: BoolArray) -> bool:
    """Tell whether the slopes of the even areas differ from place to place."""
    grey = ndimage.uniform_filter(pixels.astype(np.float32).mean(axis=-1), 7)
    slope = np.hypot(ndimage.sobel(grey, 0), ndimage.sobel(grey, 1)) / 8
    # The blur reaches into the edges' neighbours.
    away = ndimage.minimum_filter(inside.view(np.uint8), 3) > 0
    sloping = slope[away & (slope > 0.12)]
    if sloping.size < 0.1 * inside.size:
        return False
    return bool(sloping.mean() > 0.5 and sloping.std() > 0.3 * sloping.mean())


def _cube(top: tuple[int, ...]) -> tuple[slice, ...]:
    return tuple(slice(i, i + 2) for i in top)


def _main_colours(code: IndexArray, least: float) -> tuple[list[tuple[int, ...]], float]:
    """Return the most frequent colours, as cells, and how many pixels the first has."""
    left = np.bincount(code, minlength=_CELLS**3).reshape((_CELLS,) * 3).astype(np.float32)
    tops: list[tuple[int, ...]] = []
    first = 0.0
    for _ in range(_MOST_COLOURS):
        cubes = ndimage.correlate(left, np.ones((2, 2, 2)), mode="constant", origin=-1)
        top = tuple(int(i) for i in np.unravel_index(int(cubes.argmax()), cubes.shape))
        if cubes[top] < least:
            break
        first = first or float(cubes[top])
        tops.append(top)
        left[_cube(top)] = 0
    return tops, first


def _strange(pixels: ByteArray, tops: list[tuple[int, ...]]) -> float:
    """Return the share of pixels that are no mixture of two of the main colours."""
    some = pixels[:: max(1, len(pixels) // 2000)].astype(np.float32)
    if len(some) == 0 or not tops:
        return float(len(some) > 0)
    colours = (np.array(tops[:7], np.float32) + 1) * _CELL
    # Thin strokes are even nowhere: their ink is what differs most from the ground.
    apart = np.abs(some - colours[0]).sum(axis=-1)
    ink = some[apart >= np.percentile(apart, 97)].mean(axis=0)
    colours = np.concatenate([colours, ink[None]])
    return float(np.mean(off_mixtures(some, colours) > 32.0**2))
