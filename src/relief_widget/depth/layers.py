"""Logos, drawings and lettering as levels: one height for each colour, with crisp walls."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from PIL import Image, ImageColor
from scipy import ndimage

from relief_widget.arguments import shown
from relief_widget.arrays import FloatArray, IndexArray
from relief_widget.depth.depth_map import DepthMap, Style, check_style
from relief_widget.depth.drawing import (
    MOST_COLOURS,
    SLOPE,
    Drawing,
    border_of,
    ground_of,
    take_apart,
)
from relief_widget.depth.flat_art import is_flat_art as is_flat_art
from relief_widget.depth.palette import NOISY, SOFT, oklab
from relief_widget.errors import DepthError
from relief_widget.filters import gaussian, nearest_known
from relief_widget.image.colour import resize
from relief_widget.image.photo import Photo, open_photo

Colour: TypeAlias = "str | Sequence[float]"
Levels: TypeAlias = "int | Sequence[Colour] | Mapping[Colour, float] | None"
High: TypeAlias = Literal["auto", "dark", "light", "ink"]

MAX_SIDE = 2048
# Two colours whose distance in lightness from the ground differs by less share a rank with a
# gradient's end.
_SAME_TONE = 0.04
_HIGHS = ("auto", "dark", "light", "ink")
# Ink differs from its paper by this share of what the strongest ink does.
_INK = 0.18
# On a cut-out sticker colours as light as this are paper, if others are as dark as that.
_PAPER_LIGHT, _INK_LIGHT = 0.8, 0.65
_HEX = re.compile(r"#?(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")


@dataclass(frozen=True)
class Layers:
    """Provider: flat art in levels, a height for each colour.

    For logos, drawings, lettering, stamps and silhouettes. Edges become walls, at the outline that
    their antialiasing tells of; gradients stay slopes; grain, specks and an uneven paper do not
    show. Where the picture is transparent is the ground, at height 0.

    Parameters
    ----------
    levels
        None: one level for each colour that the picture is drawn with, evenly spaced, and a smooth
        slope for each gradient. A whole number of at least 2: at most so many heights, the ground
        among them, by joining the colours that look most alike; gradients become steps. Colours,
        lowest first, as ``"#rrggbb"`` or (red, green, blue) of 0 to 255: each pixel belongs to one
        of them. A mapping gives each colour its height in [0, 1].
    high
        Which colours are high. ``"auto"``: the ground is lowest, and the more a colour differs from
        it in lightness, the higher it is: black print stands up on white paper, white print on a
        dark one. The ground is the colour of most of the picture's border; where the picture is
        transparent around, that is below all colours, and the colour of most of the outline is the
        lowest of them. ``"dark"`` and ``"light"``: by lightness alone, whatever the ground is; only
        transparent stays lowest. ``"ink"``: two heights, as a stamp has, and all that clearly
        differs from the ground is high; a photo is parted into two tones.
        Without effect where the colours are given.

    Raises
    ------
    DepthError
        `levels` or `high` is none of these.
    """

    levels: Levels = None
    high: High = "auto"

    def __post_init__(self) -> None:
        if not isinstance(self.high, str) or self.high not in _HIGHS:
            raise DepthError(
                f"Which colours are high is not {shown(self.high)}.", f"Choose {', '.join(_HIGHS)}."
            )
        _parsed(self.levels)

    def __call__(self, photo: Photo, style: Style = "detailed") -> DepthMap:
        """Return the levels of a picture; the style makes no difference.

        Parameters
        ----------
        photo
            Its mask, such as the alpha of a cut-out picture, says what is not ground.
        style
            Kept with the map.

        Returns
        -------
        DepthMap
            A stepped depth map. Small pictures are drawn larger, with smooth outlines: the longer
            side is 1024 to 2048 pixels.

        Raises
        ------
        DepthError
            The style is unknown.
        """
        check_style(style)
        photo = open_photo(photo)
        most, given, wanted = _parsed(self.levels)
        srgb = photo.srgb(MAX_SIDE)
        shape = srgb.shape[0], srgb.shape[1]
        alpha = photo.subject_mask(shape)
        if alpha is not None:
            # A picture that is half transparent all over has an outline, too.
            alpha = alpha / max(float(alpha.max()), 1e-6)
        is_ink = self.high == "ink" and wanted is None
        drawing = take_apart(srgb, alpha, given, slopes=self.levels is None and not is_ink)
        slope: FloatArray | None = None
        if is_ink and (alpha is not None or is_flat_art(photo)):
            heights = _inked(drawing, alpha)
        elif is_ink:
            heights, slope = _ranked(drawing, alpha, "auto", 2)
        elif wanted is None:
            heights, slope = _ranked(drawing, alpha, self.high, most)
        elif alpha is None or isinstance(self.levels, Mapping):
            heights = wanted
        else:
            # Transparent is one level more, below those that are given.
            heights = np.arange(1, len(wanted) + 1, dtype=np.float32) / np.float32(len(wanted))
        values, mask = _drawn(drawing, alpha, heights, slope, max(1, MAX_SIDE // max(shape)))
        origin = {
            "provider": "Layers",
            "levels": str(len(np.unique(heights)) + (alpha is not None)),
        }
        return DepthMap(
            values, mask=mask, style=style, size=photo.size, origin=origin, stepped=True
        )


def _parsed(levels: Levels) -> tuple[int | None, FloatArray | None, FloatArray | None]:
    """Return the greatest number of levels, or colours and their heights."""
    if levels is None:
        return None, None, None
    if isinstance(levels, int | np.integer) and not isinstance(levels, bool):
        if levels < 2:
            raise DepthError(
                f"{shown(levels)} levels make no relief.",
                "Give 2 or more: the ground is one of them.",
            )
        return int(levels), None, None
    if isinstance(levels, str) or not isinstance(levels, Sequence | Mapping):
        raise DepthError(
            f"Levels are not {shown(levels)}.", "Give a number, or colours such as '#204080'."
        )
    colours = [_colour(colour) for colour in levels]
    if not 2 <= len(set(colours)) == len(colours) <= MOST_COLOURS:
        raise DepthError(
            f"Levels need 2 to {MOST_COLOURS} colours, each of them once.",
            "Give the ground first, then what is higher.",
        )
    if isinstance(levels, Mapping):
        try:
            heights = np.array([float(height) for height in levels.values()], np.float32)
        except Exception:  # whatever somebody's __float__ raises
            heights = np.array([-1], np.float32)
        if not (np.isfinite(heights).all() and heights.min() >= 0 and heights.max() <= 1):
            raise DepthError(
                "The heights of the colours are not all within 0 and 1.", "Scale them."
            )
    else:
        heights = np.linspace(0, 1, len(colours), dtype=np.float32)
    return None, np.array(colours, np.float32) / np.float32(255), heights


def _colour(colour: Colour) -> tuple[float, ...]:
    """Return red, green and blue of 0 to 255."""
    if isinstance(colour, str):
        if _HEX.fullmatch(colour):
            rgb = ImageColor.getrgb("#" + colour.removeprefix("#"))
            return tuple(float(value) for value in rgb)
    else:
        try:
            values = tuple(float(value) for value in colour)
        except (TypeError, ValueError):
            values = ()
        if len(values) == 3 and all(0 <= value <= 255 for value in values):
            return values
    raise DepthError(
        f"{colour!r} is no colour.", "Give one as '#rrggbb' or as (red, green, blue) of 0 to 255."
    )


def _ranked(
    drawing: Drawing, alpha: FloatArray | None, high: High, most: int | None
) -> tuple[FloatArray, FloatArray | None]:
    """Return the height of each colour, evenly spaced, and of each pixel's gradient."""
    count = len(drawing.colours)
    labels = np.where(drawing.share >= 0.5, drawing.first, drawing.second)
    plain = np.where(labels == SLOPE, np.int16(-1), labels)
    solid = None if alpha is None else alpha >= 0.5
    light = oklab(drawing.colours)[:, 0]
    tone = drawing.tone
    ground_light = 0.0
    if (plain >= 0).any() and high == "auto":
        ground_light = float(light[ground_of(plain, count, solid)])
    elif tone is not None and high == "auto":
        ground_light = float(np.median(border_of(tone)))

    def key(lightness: FloatArray) -> FloatArray:
        if high == "auto":
            return np.asarray(np.abs(lightness - np.float32(ground_light)))
        return lightness if high == "light" else 1 - lightness

    used = np.bincount(
        plain[(plain >= 0) & (solid if solid is not None else True)], minlength=count
    )
    keys, places = key(light), np.flatnonzero(used)
    groups = _joined(drawing.colours, used, places, most, alpha is not None)
    knots = [float(np.average(keys[group], weights=used[group])) for group in groups]
    ends: list[tuple[int, float, float]] = []
    if tone is not None and drawing.slopes is not None:
        for slope in np.unique(drawing.slopes):
            mine = (drawing.slopes == slope) & (labels == SLOPE)
            if mine.any():
                low, high_end = np.percentile(key(tone[mine]), [1, 99])
                ends.append((int(slope), float(low), float(high_end)))
    for _, *pair in ends:
        for end in pair:
            if not knots or min(abs(end - knot) for knot in knots) > _SAME_TONE:
                knots.append(end)
    order = np.argsort(knots, kind="stable")
    lowest = 0 if alpha is None else 1
    steps = max(1, len(knots) - 1 + lowest)
    height_of = np.zeros(len(knots), np.float32)
    height_of[order] = (np.arange(len(knots)) + lowest) / steps
    heights = np.zeros(count, np.float32)
    for group, height in zip(groups, height_of, strict=False):
        heights[group] = height
    sloped = None
    if ends and tone is not None:
        sloped = np.zeros_like(tone)
        for slope, *pair in ends:
            mine = drawing.slopes == slope
            at = [height_of[int(np.argmin(np.abs(np.array(knots) - end)))] for end in pair]
            sloped[mine] = np.interp(key(tone[mine]), pair, at)
    return heights, sloped


def _inked(drawing: Drawing, alpha: FloatArray | None) -> FloatArray:
    """Return 1 for each colour that is ink, 0 for those of the paper."""
    count = len(drawing.colours)
    labels = np.where(drawing.share >= 0.5, drawing.first, drawing.second)
    lab = oklab(drawing.colours)
    solid = None if alpha is None else alpha >= 0.5
    there = np.bincount(labels[solid if solid is not None else labels >= 0], minlength=count) > 0
    if alpha is not None:
        light = lab[:, 0]
        paper = (light > _PAPER_LIGHT) & bool((light[there] < _INK_LIGHT).any())
        return np.asarray(~paper, np.float32)
    away = np.sqrt(np.square(lab - lab[ground_of(labels, count)]).sum(axis=-1))
    return np.asarray(away > _INK * away[there].max(), np.float32)


def _joined(
    colours: FloatArray,
    used: IndexArray,
    places: IndexArray,
    most: int | None,
    transparent: bool,
) -> list[list[int]]:
    """Join the colours that look most alike until there are few enough."""
    groups = [[int(place)] for place in places]
    if most is None:
        return groups
    lab = oklab(colours)
    middles = [lab[place] for place in places]
    weights = [float(used[place]) for place in places]
    while len(groups) > max(1, most - transparent):
        # Ward's criterion, so that a small blemish goes before a large area.
        loss = {
            (i, j): float(np.square(middles[i] - middles[j]).sum())
            / (1 / weights[i] + 1 / weights[j])
            for i in range(len(groups))
            for j in range(i)
        }
        i, j = min(loss, key=lambda pair: loss[pair])
        total = weights[i] + weights[j]
        middles[j] = (middles[i] * weights[i] + middles[j] * weights[j]) / total
        weights[j] = total
        groups[j] += groups[i]
        for each in (groups, middles, weights):
            del each[i]
    return groups


def _drawn(
    drawing: Drawing,
    alpha: FloatArray | None,
    heights: FloatArray,
    slope: FloatArray | None,
    factor: int,
) -> tuple[FloatArray, FloatArray | None]:
    """Draw the levels, `factor` times as large, and the mask of what is not transparent.

    The share of each level is enlarged smoothly, and each pixel goes to the level with the greatest
    one: so outlines run through pixels as antialiasing says, and are smooth where they are stairs.
    """
    noisy = drawing.noise > NOISY
    level = np.append(heights, np.zeros(SLOPE + 1 - len(heights), np.float32))
    level[SLOPE] = 2.0
    first, second = level[drawing.first], level[drawing.second]
    # A few values in many pixels: comparing is faster than sorting.
    known = np.unique(level)
    first, second, share = _without_specks(first, second, drawing.share, alpha, noisy, known)
    opaque = np.float32(1) if alpha is None else alpha
    mixed = sum(np.mean((a > 0.1) & (a < 0.9)) for a in (alpha, share) if a is not None)
    edges = np.mean(np.abs(np.diff(np.where(share >= 0.5, first, second), axis=1)) > 0)
    stairs = mixed < 0.3 * edges
    sigma = 1.0 if noisy else 0.8 if drawing.noise >= SOFT else 0.65 if stairs else 0.45
    size = share.shape[1] * factor, share.shape[0] * factor
    bicubic = Image.Resampling.BICUBIC
    best = np.full(size[::-1], -1, np.float32)
    values = np.zeros(size[::-1], np.float32)
    for value in known:
        if not ((first == value).any() or (second == value).any()):
            continue
        part = np.where(first == value, share, 0) + np.where(second == value, 1 - share, 0)
        part = resize(gaussian((part * opaque).astype(np.float32), sigma), size, bicubic)
        mine = part > best
        best[mine] = part[mine]
        if value == 2.0:
            assert slope is not None
            values[mine] = resize(slope, size, bicubic)[mine]
        else:
            values[mine] = value
    mask = None
    if alpha is not None:
        mask = resize(gaussian(alpha, sigma), size, bicubic)
        values[mask < 0.5] = 0
    # Whole 65535ths are kept by a file of 16 bits, to the last one.
    return np.rint(np.clip(values, 0, 1) * 65535).astype(np.float32) / np.float32(65535), mask


def _without_specks(
    first: FloatArray,
    second: FloatArray,
    share: FloatArray,
    alpha: FloatArray | None,
    noisy: bool,
    known: FloatArray,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Give specks the one of the `known` levels that is around them."""
    least = 12 if noisy else 3
    if share.size < 4000:
        return first, second, share
    labels = np.where(share >= 0.5, first, second)
    specks = np.zeros(labels.shape, np.bool_)
    for value in known:
        areas, count = ndimage.label(labels == value, np.ones((3, 3), int))
        if count:
            small = np.bincount(areas.ravel(), minlength=count + 1) < least
            small[0] = False
            specks |= small[areas]
    if alpha is not None:
        specks &= alpha > 0.98
    if not specks.any():
        return first, second, share
    (filled,) = nearest_known(~specks, labels)
    first = np.where(specks, filled, first)
    second = np.where(specks, filled, second)
    # What is mixed of a speck and its surroundings lies beside it.
    beside = ndimage.binary_dilation(specks, np.ones((3, 3), bool)) & ~specks
    first, second = (np.where(beside, labels, level) for level in (first, second))
    return first, second, np.where(specks | beside, np.float32(1), share)
