"""A picture of flat art, taken apart: which colours each pixel is made of, and in which shares."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from relief_widget.arrays import Array, BoolArray, FloatArray, IndexArray
from relief_widget.depth.palette import (
    NOISY,
    SOFT,
    Labels,
    added,
    calmed,
    even_pixels,
    least_share,
    noise_of,
    off_mixtures,
    oklab,
    peaks,
    roughness,
)
from relief_widget.filters import gaussian, nearest_known

# Below this share of even pixels a picture is too small or too busy for them to show its colours.
_LEAST_EVEN = 0.02
# A smooth area whose lightness spans more than this is a gradient; on the paper more is needed.
_SLOPE, _PAPER_SLOPE = 0.10, 0.25
# Share of the picture that a gradient has at least.
_LEAST_SLOPE, _LEAST_NOISY_SLOPE = 0.003, 0.08
# Paper whose tone differs by more than this from place to place is evened out.
_UNEVEN = 0.03
# Antialiased pixels find the colours that they mix within this many pixels.
_REACH, _SOFT_REACHES = 2, (5, 12)
# A mixture is one when it comes as close as this to the line between two colours, in sRGB.
_FIT = 0.08
# A stroke thinner than a pixel still shows this share of its colour.
_LEAST_INK = 0.2
_NONE = np.int16(-1)
_SQUARE = np.ones((3, 3), np.bool_)
# The label of all gradients, beyond those of the colours; a bit of 32 for each label.
SLOPE = 31
MOST_COLOURS = 24


@dataclass(frozen=True)
class Drawing:
    """Flat art as colours and their shares in each pixel.

    Attributes
    ----------
    colours
        float32 (n, 3) sRGB in [0, 1].
    first, second
        int16 (H, W): the one or two colours of each pixel; `SLOPE` is a gradient.
    share
        float32 (H, W): of the first.
    tone
        float32 (H, W): lightness of the gradients in Oklab, smooth; None where there are none.
    slopes
        int32 (H, W): number of the gradient nearest to each pixel; None where there are none.
    noise
        Standard deviation of the grain.
    """

    colours: FloatArray
    first: Labels
    second: Labels
    share: FloatArray
    tone: FloatArray | None
    slopes: npt.NDArray[np.int32] | None
    noise: float


def take_apart(
    srgb: FloatArray, alpha: FloatArray | None, given: FloatArray | None, slopes: bool
) -> Drawing:
    """Take a picture apart.

    Parameters
    ----------
    srgb
        float32 (H, W, 3) in [0, 1].
    alpha
        float32 (H, W), or None where all is opaque.
    given
        float32 (n, 3), the only colours that there are; None finds them.
    slopes
        Whether smooth areas of changing colour stay gradients; otherwise they are parted into
        colours of their own.
    """
    noise = roughness(srgb)
    solid = _solid(alpha, srgb.shape[:2])
    picture = calmed(srgb, noise)
    lab = oklab(picture)
    left = noise_of(picture) + (0.003 if noise >= SOFT else 0)
    even = _even(lab, solid, left)
    if given is not None:
        colours = given
        seeds = np.full(even.shape, _NONE)
        seeds[even] = nearest(oklab(given), lab[even])
        number = np.zeros(even.shape, np.int32)
    else:
        middles, seeds = _clusters(lab, even, noise)
        flattened = _on_even_paper(picture, lab, seeds, middles)
        if flattened is not None:
            picture, lab = flattened, oklab(flattened)
            even = _even(lab, solid, left)
            middles, seeds = _clusters(lab, even, noise)
        number = _gradients(lab, even, seeds, middles, noise)
        colours = _as_srgb(picture, seeds, number, len(middles))
        if not slopes and number.any():
            colours, seeds = _parted(colours, picture, lab, seeds, number)
            number = np.zeros_like(number)
    sloping = number > 0
    tone = slope_of = field = None
    if sloping.any():
        seeds = np.where(sloping, np.int16(SLOPE), seeds)
        planes = [lab[..., 0], *np.moveaxis(picture, 2, 0)]
        (tone, *bands), (slope_of,) = _filled(planes, sloping, nearest=(number,))
        field = np.stack(bands, axis=-1)
    ink = _Ink(picture, colours, field)
    fit = _FIT + 3 * noise
    # Where edges are soft, what is even is further away.
    reaches = (_REACH, *_SOFT_REACHES) if noise >= SOFT else (_REACH,)
    first, second, share, error = ink.explained(seeds, fit, reaches)
    lost = (error > fit) & solid
    if lost.any():
        added = _strokes(ink, lost, error, first, fit, noise, fixed=given is not None)
        grown = np.where(added >= 0, added, seeds)
        first, second, share, error = ink.explained(grown, fit, reaches)
    if alpha is not None:
        # The colours at a transparent rim are mixed with what lies beneath: those inside count.
        first, second, share = nearest_known(solid, first, second, share)
    return Drawing(ink.colours, first, second, share, tone, slope_of, noise)


def nearest(colours: FloatArray, lab: FloatArray) -> Labels:
    """Return the number of the nearest colour of each; int16 (m,)."""
    best = np.zeros(len(lab), np.int16)
    least = np.full(len(lab), np.inf, np.float32)
    for i, colour in enumerate(colours):
        distance = added(np.square(lab - colour))
        closer = distance < least
        best[closer] = i
        least[closer] = distance[closer]
    return best


def _solid(alpha: FloatArray | None, shape: tuple[int, ...]) -> BoolArray:
    if alpha is None:
        return np.ones(shape[:2], np.bool_)
    opaque = alpha > 0.98
    # Thin strokes on transparent ground may be opaque nowhere.
    return opaque if opaque.sum() > 0.2 * (alpha > 0.5).sum() else alpha > 0.5


def _even(lab: FloatArray, solid: BoolArray, noise: float) -> BoolArray:
    even = even_pixels(lab, noise)
    even &= solid
    return even if even.sum() >= _LEAST_EVEN * solid.sum() else solid


def _clusters(lab: FloatArray, even: BoolArray, noise: float) -> tuple[FloatArray, Labels]:
    blur = 0.42 + 60 * min(max(noise - SOFT, 0.0), 0.03)
    middles, labels = peaks(lab[even], blur, least_share(noise), noisy=noise > NOISY)
    seeds = np.full(even.shape, _NONE)
    seeds[even] = labels
    if noise >= SOFT:
        middles, seeds = _without_fringes(middles, seeds)
    if noise > NOISY:
        middles, seeds = _of_one_ink(middles, seeds)
    return middles, seeds


def _without_fringes(middles: FloatArray, seeds: Labels) -> tuple[FloatArray, Labels]:
    """Leave out colours that are nowhere wider than the soft rim of another one."""
    kept = []
    for i in range(len(middles)):
        mine = seeds == i
        if ndimage.binary_erosion(mine, _SQUARE, 2).sum() > 0.05 * mine.sum():
            kept.append(i)
    if not kept or len(kept) == len(middles):
        return middles, seeds
    rank = np.full(len(middles) + 1, _NONE)
    rank[kept] = np.arange(len(kept))
    return middles[kept], rank[seeds]


def _of_one_ink(middles: FloatArray, seeds: Labels) -> tuple[FloatArray, Labels]:
    """Join the shades of mottled ink: spots between the paper's and a fuller tone, beside it."""
    ground = ground_of(seeds, len(middles))
    paper = middles[ground]
    order = np.argsort(-np.square(middles - paper).sum(axis=-1), kind="stable")
    rank = np.arange(len(middles) + 1, dtype=np.int16)
    rank[-1] = -1
    side = max(seeds.shape)
    for i in order[1:]:
        mine = seeds == i
        rim = ndimage.binary_dilation(mine, _SQUARE, 3) & ~mine
        width = 2 * mine.sum() / max(1, (mine & ~ndimage.binary_erosion(mine)).sum())
        beside = np.bincount(rank[seeds[rim]] + 1, minlength=len(middles) + 1)[1:]
        for full in order:
            if full == i or i == ground:
                break
            way, ahead = middles[full] - paper, middles[i] - paper
            share = float(ahead @ way) / max(float(way @ way), 1e-6)
            off = float(np.sqrt(np.square(ahead - share * way).sum()))
            spotted = beside[rank[full]] > 0.2 * beside.sum() and width < 0.02 * side
            if share > 0.2 and off < 0.1 and spotted:
                rank[rank == i] = rank[full]
                break
    kept = np.unique(rank[:-1])
    new = np.full(len(middles) + 1, _NONE)
    new[kept] = np.arange(len(kept))
    joined = new[rank]
    return middles[kept], joined[seeds]


def border_of(values: Array) -> Array:
    """Return the values along the four sides of a picture."""
    return np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]])


def ground_of(labels: Labels, count: int, solid: BoolArray | None = None) -> int:
    """Return the label that most of the border shows; with `solid`, of the rim of what is solid."""
    if solid is None:
        border = border_of(labels)
    else:
        border = labels[solid & ~ndimage.binary_erosion(solid, iterations=2)]
    border = border[border >= 0]
    if border.size == 0:
        border = labels[labels >= 0]
    return int(np.bincount(border, minlength=count).argmax())


def _on_even_paper(
    picture: FloatArray, lab: FloatArray, seeds: Labels, middles: FloatArray
) -> FloatArray | None:
    """Return a picture whose paper has one tone; None where it has one, or is no paper."""
    if len(middles) == 0:
        return None
    ground = ground_of(seeds, len(middles))
    paper = seeds == ground
    light = lab[..., 0][paper]
    if light.size < 0.25 * paper.size:
        return None
    low, high = np.percentile(light, [2, 98])
    chroma = float(np.hypot(middles[ground, 1], middles[ground, 2]))
    if not _UNEVEN < high - low < _PAPER_SLOPE or chroma > 0.06 or middles[ground, 0] < 0.6:
        return None
    side = max(paper.shape)
    bands, _ = _filled(np.moveaxis(picture, 2, 0), paper, side / 24)
    tones = np.stack(bands, axis=-1)
    even = picture / np.maximum(tones, 0.05) * np.median(picture[paper], axis=0)
    return np.asarray(np.clip(even, 0, 1), np.float32)


def _gradients(
    lab: FloatArray, even: BoolArray, seeds: Labels, middles: FloatArray, noise: float
) -> npt.NDArray[np.int32]:
    """Return the number of the gradient that each even pixel belongs to, 0 for none."""
    areas, count = ndimage.label(even)
    if count == 0 or len(middles) == 0:
        return np.zeros(even.shape, np.int32)
    flat = areas.ravel()
    sizes = np.bincount(flat, minlength=count + 1)
    sizes[0] = 0
    share = _LEAST_NOISY_SLOPE if noise > NOISY else _LEAST_SLOPE
    large = np.flatnonzero(sizes >= max(16, share * even.size))
    ground = ground_of(seeds, len(middles))
    chosen = np.zeros(count + 1, np.int32)
    order = np.argsort(flat, kind="stable")
    starts = np.searchsorted(flat[order], large)
    labs, labels = lab.reshape(-1, 3), seeds.ravel()
    number = 0
    for area, start in zip(large, starts, strict=True):
        mine = order[start : start + sizes[area]][:: max(1, int(sizes[area]) // 20000)]
        low, high = np.percentile(labs[mine, 0], [1, 99])
        is_ground = np.mean(labels[mine] == ground) > 0.5 and area in border_of(areas)
        if high - low < (_PAPER_SLOPE if is_ground else _SLOPE):
            continue
        # An area that leaks into another is not one: most of it has the colour of a peak.
        away = np.min([np.square(labs[mine] - middle).sum(axis=-1) for middle in middles], axis=0)
        if np.mean(away > 0.03**2) > (0.1 if is_ground else 0.3):
            number += 1
            chosen[area] = number
    numbers = chosen[areas]
    if number:
        # A colour that is mostly a gradient's is a piece of it where it stands alone, too.
        count = len(middles) + 1
        pairs = np.bincount(
            (numbers.astype(np.intp) * count + seeds + 1)[even], minlength=(number + 1) * count
        ).reshape(number + 1, count)
        owner = pairs[1:].argmax(axis=0).astype(np.int32) + 1
        owner[2 * pairs[1:].sum(axis=0) <= pairs.sum(axis=0)] = 0
        owner[0] = owner[ground + 1] = 0
        numbers = np.where(numbers > 0, numbers, np.where(even, owner[seeds + 1], 0))
    return numbers.astype(np.int32)


def _as_srgb(
    picture: FloatArray, seeds: Labels, number: npt.NDArray[np.int32], count: int
) -> FloatArray:
    """Return the median colour of each cluster, outside the gradients where it is there."""
    colours = np.zeros((count, 3), np.float32)
    for i in range(count):
        mine = seeds == i
        outside = mine & (number == 0)
        colours[i] = np.median(picture[outside if outside.any() else mine], axis=0)
    return colours


def _parted(
    colours: FloatArray,
    picture: FloatArray,
    lab: FloatArray,
    seeds: Labels,
    number: npt.NDArray[np.int32],
) -> tuple[FloatArray, Labels]:
    """Give gradients a few colours of their own."""
    seeds, more = seeds.copy(), [*colours]
    count = len(colours)
    for slope in range(1, int(number.max()) + 1):
        mine = number == slope
        light = lab[..., 0][mine]
        low, high = np.percentile(light, [1, 99])
        steps = max(2, round((high - low) / 0.08))
        step = np.clip((light - low) / (high - low) * steps, 0, steps - 1).astype(np.int16)
        pixels = picture[mine]
        for i in range(steps):
            here = pixels[step == i]
            more.append(np.median(here, axis=0) if len(here) else np.zeros(3, np.float32))
        seeds[mine] = step + count
        count += steps
    return _at_most(MOST_COLOURS, np.array(more, np.float32), seeds)


def _at_most(most: int, colours: FloatArray, seeds: Labels) -> tuple[FloatArray, Labels]:
    """Join the colours that look most alike, by Ward's criterion, until there are few enough."""
    group = np.arange(len(colours))
    middles = oklab(colours).astype(np.float64)
    weights = np.bincount(seeds[seeds >= 0], minlength=len(colours)).astype(np.float64)
    while len(middles) > most:
        shared = weights[:, None] * weights / np.maximum(weights[:, None] + weights, 1.0)
        loss = shared * np.square(middles[:, None] - middles).sum(axis=-1)
        loss[np.tril_indices(len(loss))] = np.inf
        a, b = divmod(int(np.argmin(loss)), len(loss))
        larger, total = (a if weights[a] >= weights[b] else b), weights[a] + weights[b]
        colours[a] = colours[larger]
        if total:
            middles[a] = (weights[a] * middles[a] + weights[b] * middles[b]) / total
        weights[a] = total
        colours = np.delete(colours, b, axis=0)
        middles = np.delete(middles, b, axis=0)
        weights = np.delete(weights, b)
        group[group == b] = a
        group[group > b] -= 1
    rank = np.append(group, -1).astype(np.int16)
    return colours, rank[seeds]


def _filled(
    planes: Iterable[FloatArray],
    where: BoolArray,
    sigma: float = 2.5,
    nearest: tuple[Array, ...] = (),
) -> tuple[list[FloatArray], tuple[Array, ...]]:
    """Return planes that go on smoothly beyond where they are known, and others by the nearest."""
    given = [np.asarray(plane, np.float32) for plane in planes]
    # What is nearest is looked for once.
    spread = nearest_known(where, *given, *nearest)
    weight = gaussian(where.astype(np.float32), sigma)
    made = []
    for plane, far in zip(given, spread, strict=False):
        smooth = gaussian(np.where(where, plane, 0).astype(np.float32), sigma)
        known = np.asarray(smooth / np.maximum(weight, 1e-3), np.float32)
        np.copyto(known, gaussian(far, sigma), where=weight <= 0.02)
        made.append(known)
    return made, spread[len(given) :]


class _Ink:
    """Finds the colours that pixels are mixed of."""

    def __init__(self, picture: FloatArray, colours: FloatArray, field: FloatArray | None) -> None:
        self.picture = picture
        self.colours = colours
        self._flat = picture.reshape(-1, 3)
        self._field = None if field is None else field.reshape(-1, 3)

    def add(self, colour: FloatArray) -> None:
        """Add a colour."""
        self.colours = np.concatenate([self.colours, colour[None]]).astype(np.float32)

    def colour(self, label: int, where: IndexArray) -> FloatArray:
        """Return the colour of a label, (1 or m, 3)."""
        if label != SLOPE:
            return self.colours[label : label + 1]
        assert self._field is not None
        local: FloatArray = self._field[where]
        return local

    @property
    def labels(self) -> list[int]:
        """All labels."""
        return [*range(len(self.colours)), *([] if self._field is None else [SLOPE])]

    def explained(
        self, seeds: Labels, fit: float, reaches: tuple[int, ...]
    ) -> tuple[Labels, Labels, FloatArray, FloatArray]:
        """Return two labels for each pixel, the share of the first, and what is left unexplained.

        A pixel between even areas is a mixture of two colours nearby, never a third one that only
        happens to look like the mixture.
        """
        first = np.where(seeds >= 0, seeds, 0).astype(np.int16).ravel()
        second, share = first.copy(), np.ones(first.size, np.float32)
        error = np.zeros(first.size, np.float32)
        left = np.flatnonzero(seeds.ravel() < 0)
        for reach in reaches:
            if left.size:
                a, b, t, best = self._mixtures(left, _nearby(seeds, reach).ravel()[left])
                first[left], second[left], share[left], error[left] = a, b, t, best
                left = left[best > fit]
        labels = first.reshape(seeds.shape), second.reshape(seeds.shape)
        return *labels, share.reshape(seeds.shape), error.reshape(seeds.shape)

    def _mixtures(
        self, left: IndexArray, near: npt.NDArray[np.uint32]
    ) -> tuple[Labels, Labels, FloatArray, FloatArray]:
        """Return the best mixture for each of some pixels, of the labels that are near it."""
        best = np.full(left.size, np.inf, np.float32)
        a, b = np.zeros(left.size, np.int16), np.zeros(left.size, np.int16)
        t = np.zeros(left.size, np.float32)
        for n, i in enumerate(self.labels):
            mine = np.flatnonzero(near >> np.uint32(i) & 1 == 1)
            others = near[mine]
            # With itself a colour mixes to itself.
            for j in (i, *self.labels[:n]):
                rows = mine[others >> np.uint32(j) & 1 == 1]
                if rows.size == 0:
                    continue
                where = left[rows]
                share, error = _mixture(
                    self._flat[where], self.colour(j, where), self.colour(i, where)
                )
                better = error < best[rows]
                rows = rows[better]
                a[rows], b[rows], t[rows], best[rows] = i, j, share[better], error[better]
        alone = near == 0
        if alone.any():
            # Nothing even is near: the nearest colour of all.
            pixels = self._flat[left[alone]]
            a[alone] = b[alone] = nearest(oklab(self.colours), oklab(pixels))
            best[alone] = np.sqrt(np.square(pixels - self.colours[a[alone]]).sum(axis=-1))
        t[a == b] = 1
        return a, b, t, best


def _mixture(
    pixels: FloatArray, start: FloatArray, end: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the share of `end` that pixels have, and how far they are from such a mixture."""
    way = end - start
    length = np.maximum(added(np.square(way)), np.float32(1e-6))
    ahead = pixels - start
    share = np.asarray(np.clip(added(ahead * way) / length, 0, 1), np.float32)
    return share, np.sqrt(added(np.square(ahead - share[:, None] * way)))


def _nearby(seeds: Labels, reach: int) -> npt.NDArray[np.uint32]:
    """Return which labels there are within `reach` of each pixel, a bit for each."""
    one = np.uint32(1)
    bits = np.where(seeds >= 0, one << np.maximum(seeds, 0).astype(np.uint32), np.uint32(0))
    for axis in (0, 1):
        near = bits.copy()
        source, goal = (np.moveaxis(array, axis, 0) for array in (bits, near))
        for step in range(1, min(reach, len(source) - 1) + 1):
            goal[step:] |= source[:-step]
            goal[:-step] |= source[step:]
        bits = near
    return bits


def _strokes(
    ink: _Ink,
    lost: BoolArray,
    error: FloatArray,
    first: Labels,
    fit: float,
    noise: float,
    *,
    fixed: bool,
) -> Labels:
    """Return the colours of strokes too thin to be even anywhere, at their crests; else -1."""
    height = np.where(lost, error, 0)
    crests = lost & (height >= 0.75 * ndimage.maximum_filter(height, 3)) & _ridges(height)
    where = np.flatnonzero(crests)
    pixels = ink.picture.reshape(-1, 3)[where]
    base = first.ravel()[where]
    result = np.full(lost.size, _NONE)
    labels = _inked(ink, pixels, base, where, fit)
    if not fixed:
        strange = (labels < 0) & ~_between(ink.colours, pixels, fit, soft=noise >= SOFT)
        wanted = max(4, least_share(noise) * lost.size * (1 if noise >= SOFT else 0.25))
        if strange.sum() >= wanted and len(ink.colours) < MOST_COLOURS:
            lab = oklab(pixels[strange])
            middles, _ = peaks(lab, 2.0, wanted / strange.sum())
            for colour in _farthest_first(ink, pixels[strange], lab, middles):
                rows = np.flatnonzero(labels < 0)
                labels[rows] = _inked(ink, pixels[rows], base[rows], where[rows], fit)
                open_ = pixels[(labels < 0) & strange]
                alike = (np.square(open_ - colour).sum(axis=-1) < 0.15**2).sum()
                if alike >= wanted and len(ink.colours) < MOST_COLOURS:
                    ink.add(colour)
        rows = np.flatnonzero(labels < 0)
        labels[rows] = _inked(ink, pixels[rows], base[rows], where[rows], fit)
    result[where] = labels
    return result.reshape(lost.shape)


def _ridges(height: FloatArray) -> BoolArray:
    """Tell where the ground falls off on both sides of a pixel, in one direction at least."""
    far = 3
    padded = np.pad(height, far)
    rows, cols = height.shape
    found = np.zeros(height.shape, np.bool_)
    for y, x in ((0, far), (far, 0), (far, far), (far, -far)):
        one = padded[far + y : far + y + rows, far + x : far + x + cols]
        other = padded[far - y : far - y + rows, far - x : far - x + cols]
        found |= np.maximum(one, other) < 0.85 * height
    return found


def _between(colours: FloatArray, pixels: FloatArray, fit: float, *, soft: bool) -> BoolArray:
    """Tell which pixels are mixtures of any two colours: no sign of another one."""
    beyond = 0.0
    if soft:
        # Sharpening and uneven ink go beyond the colour that most of a stroke has.
        beyond = 0.4
        # JPEG keeps colour coarser than brightness: it runs over at edges.
        luma = np.array([0.299, 0.587, 0.114], np.float32)
        way = np.float32(0.35) * np.eye(3, dtype=np.float32) + np.float32(0.65) * luma[:, None]
        colours, pixels = colours @ way, pixels @ way
    return off_mixtures(pixels, colours, beyond) < fit * fit


def _farthest_first(
    ink: _Ink, pixels: FloatArray, lab: FloatArray, middles: FloatArray
) -> list[FloatArray]:
    """Return colours of strokes in sRGB, those that are least like what is known first."""
    known = oklab(ink.colours)
    which = nearest(middles, lab) if len(middles) else np.zeros(0, np.int16)
    found = []
    for i in range(len(middles)):
        mine = which == i
        if not mine.any():
            continue
        apart = np.min([np.square(lab[mine] - k).sum(axis=-1) for k in known], axis=0)
        # The crests of thin strokes are mixtures, too: the fullest of them show the ink.
        full = apart >= np.percentile(apart, 75)
        found.append((float(apart[full].mean()), np.median(pixels[mine][full], axis=0)))
    found.sort(key=lambda item: -item[0])
    return [colour.astype(np.float32) for _, colour in found]


def _inked(ink: _Ink, pixels: FloatArray, base: Labels, where: IndexArray, fit: float) -> Labels:
    """Return the colour that shows through in each pixel over its base; -1 where none does."""
    labels = np.full(len(pixels), _NONE)
    best = np.full(len(pixels), fit, np.float32)
    starts = np.empty_like(pixels)
    for i in np.unique(base):
        mine = base == i
        starts[mine] = ink.colour(int(i), where[mine])
    for i, colour in enumerate(ink.colours):
        share, error = _mixture(pixels, starts, colour)
        error += 0.1 * (1 - share)
        apart = np.square(colour - starts).sum(axis=-1) > 0.01
        better = (error < best) & (share > _LEAST_INK) & (base != i) & apart
        labels[better] = i
        best[better] = error[better]
    return labels
