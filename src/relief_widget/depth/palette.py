"""The colours that a drawing is made of, found in a picture of it.

Colours are compared in Oklab (Ottosson 2020, https://bottosson.github.io/posts/oklab), where equal
distances look about equally large; mixtures at antialiased edges are straight lines in sRGB, since
that is where drawing programs mix.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from relief_widget.arrays import Array, BoolArray, FloatArray
from relief_widget.filters import grain, guided_bands
from relief_widget.image.colour import linear_light

Labels: TypeAlias = npt.NDArray[np.int16]

# Side of a cell of the histogram, in Oklab; a just noticeable difference is about 0.02.
_CELL = 0.02
# a and b of sRGB lie within ±0.33.
_LEAST = np.array([-0.02, -0.34, -0.34], np.float32)
_CELLS = (53, 34, 34)
# Two peaks are one colour unless the way between them falls below this share of the lower one.
# In a noisy picture, where ink is mottled and paper has a grain, the valley must be deeper.
_VALLEY, _NOISY_VALLEY = 0.6, 0.3
# A colour of a smaller share of the even pixels is a blemish: in clean pictures, in those that lost
# something on their way, and in noisy ones.
_LEAST_SHARE = (0.0004, 0.0015, 0.003)
# Noise above this, as a share of white, is a scan's or a strong JPEG's.
NOISY = 0.006
_MOST_PEAKS = 16
# What a JPEG, a gradient or an enlargement counts as at least: edges are not as sharp as drawn.
SOFT = 0.005

# Bjorn Ottosson's matrices: linear sRGB to cone responses, and their cube roots to Oklab.
_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    np.float32,
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ],
    np.float32,
)


def oklab(srgb: FloatArray) -> FloatArray:
    """Return Oklab of sRGB in [0, 1]; float32 (..., 3)."""
    cones = np.cbrt(np.maximum(linear_light(np.asarray(srgb, np.float32)) @ _TO_CONES.T, 0))
    return np.asarray(cones @ _TO_LAB.T, np.float32)


def noise_of(srgb: FloatArray) -> float:
    """Return the standard deviation of the grain of a picture, as a share of white.

    Edges and drawing do not count as long as most of the picture is even. It is that of the picture
    at half its size where that is more, so that a coarse grain is not taken for form.
    """
    grey = srgb.mean(axis=-1)
    rows, cols = (side // 2 * 2 for side in grey.shape)
    if min(rows, cols) < 16:
        return 0.0
    half = grey[:rows, :cols].reshape(rows // 2, 2, cols // 2, 2).mean(axis=(1, 3))
    return max(grain(grey), grain(half))


def roughness(srgb: FloatArray) -> float:
    """Return the grain of a picture, or what stands for it where its edges are soft.

    Beside the edges of clean art is nothing; after a JPEG or an enlargement there is ringing.
    """
    step = steps(srgb)
    edge = (step > 0.08).view(np.uint8)
    beside = ndimage.maximum_filter(edge, 11) > ndimage.maximum_filter(edge, 5)
    soft = bool(beside.any()) and float(np.mean(step[beside] > 2e-3)) > 0.4
    return max(noise_of(srgb), SOFT if soft else 0.0)


def calmed(srgb: FloatArray, noise: float) -> FloatArray:
    """Return a picture with its grain smoothed away between the edges."""
    if noise <= NOISY / 3:
        return srgb
    calm = np.ascontiguousarray(srgb)
    eps = (3.0 * noise) ** 2
    for radius in (1, 3) if noise > NOISY else (1,):
        guide = np.ascontiguousarray(calm.mean(axis=-1))
        calm = guided_bands(calm, guide, radius, eps)
    return np.clip(calm, 0, 1)


def steps(values: Array, apart: Callable[[Array, Array], Array] | None = None) -> Array:
    """Return the greatest difference between each pixel and its four neighbours.

    Parameters
    ----------
    values
        (H, W, n).
    apart
        Tells how much pixels differ, by the two last axes; None: by the greatest difference in any
        band.
    """
    most = np.zeros(values.shape[:2], values.dtype)
    for one, other in ((np.s_[:-1], np.s_[1:]), (np.s_[:, :-1], np.s_[:, 1:])):
        step = (apart or _in_any_band)(values[one], values[other])
        for end in (one, other):
            np.maximum(most[end], step, out=most[end])
    return most


def added(values: FloatArray) -> FloatArray:
    """Return the sum of three bands, the last axis: many times faster than ``sum``, and the same.

    Parameters
    ----------
    values
        (..., 3).
    """
    return (values[..., 0] + values[..., 1]) + values[..., 2]


def _in_any_band(one: Array, other: Array) -> Array:
    apart = np.maximum(one, other) - np.minimum(one, other)
    most = apart[..., 0]
    for band in range(1, apart.shape[-1]):
        most = np.maximum(most, apart[..., band])
    return np.asarray(most)


def _distance(one: Array, other: Array) -> Array:
    return np.asarray(np.sqrt(added(np.square(one - other))))


def even_pixels(lab: FloatArray, noise: float) -> BoolArray:
    """Return the pixels that lie in an even area, not on an edge."""
    return np.asarray(steps(lab, _distance) < 0.012 + 3.0 * noise)


def off_mixtures(pixels: FloatArray, colours: FloatArray, beyond: float = 0.0) -> FloatArray:
    """Return how far each pixel is from the nearest mixture of any two colours, squared.

    Parameters
    ----------
    pixels
        (m, 3).
    colours
        (n, 3).
    beyond
        How far mixtures may go on beyond their two colours, as a share of the way between them.
    """
    nearest = np.full(len(pixels), np.inf, np.float32)
    for i, one in enumerate(colours):
        for other in colours[: i + 1]:
            way, ahead = one - other, pixels - other
            share = np.clip(ahead @ way / max(float(way @ way), 1e-6), -beyond, 1 + beyond)
            off = added(np.square(ahead - share[:, None] * way))
            np.minimum(nearest, off, out=nearest)
    return nearest


def peaks(
    lab: FloatArray, blur: float, least: float, *, noisy: bool = False
) -> tuple[FloatArray, Labels]:
    """Cluster colours by the peaks of their histogram.

    From the highest cell down, each joins the peak of its highest neighbour; where two peaks meet
    they are one, unless there is a valley between them (Chazal et al. 2013, ToMATo). So grain, a
    paper's tone and a gradient are one colour each, and two flat colours are two however near.

    Parameters
    ----------
    lab
        (m, 3).
    blur
        Of the histogram, in cells.
    least
        Share of the colours that a cluster has at least.
    noisy
        Whether the valley between two of them must be deeper.

    Returns
    -------
    peaks
        (n, 3) Oklab, the most frequent colour of each cluster, the largest cluster first.
    labels
        (m,) the cluster of each colour; -1 where it has none.
    """
    cells = np.rint((lab - _LEAST) / np.float32(_CELL)).astype(np.intp)
    np.clip(cells, 0, np.array(_CELLS) - 1, out=cells)
    flat = np.ravel_multi_index((cells[:, 0], cells[:, 1], cells[:, 2]), _CELLS)
    size = int(np.prod(_CELLS))
    counts = np.bincount(flat, minlength=size).astype(np.float64)
    density = ndimage.gaussian_filter(counts.reshape(_CELLS), blur, mode="constant").ravel()
    used = np.flatnonzero(density > max(1e-6 * len(lab), 0.02))
    used = used[np.argsort(-density[used], kind="stable")]
    around = [
        (a * _CELLS[1] + b) * _CELLS[2] + c
        for a, b, c in product((-1, 0, 1), repeat=3)
        if (a, b, c) != (0, 0, 0)
    ]
    valley = _NOISY_VALLEY if noisy else _VALLEY
    root: dict[int, int] = {}

    def find(cell: int) -> int:
        while root[cell] != cell:
            root[cell] = root[root[cell]]
            cell = root[cell]
        return cell

    for cell in used.tolist():
        roots = {find(cell + step) for step in around if cell + step in root}
        if not roots:
            root[cell] = cell
            continue
        best = max(roots, key=lambda other: density[other])
        root[cell] = best
        for other in roots - {best}:
            if density[cell] > valley * density[other]:
                root[other] = best
    lookup = np.full(size, -1, np.intp)
    for cell in root:
        lookup[cell] = find(cell)
    tops = lookup[flat]
    # What has no peak is -1. There are few cells and many pixels: nothing is sorted.
    frequent = np.bincount(tops + 1, minlength=size + 1)
    known = np.flatnonzero(frequent) - 1
    number = frequent[known + 1]
    large = (known >= 0) & (number >= max(1.0, least * len(lab)))
    order = [i for i in np.argsort(-number, kind="stable") if large[i]][:_MOST_PEAKS]
    rank = np.full(size + 1, -1, np.int16)
    rank[known[order] + 1] = np.arange(len(order))
    labels = rank[tops + 1]
    middles = np.zeros((len(order), 3), np.float32)
    for i, top in enumerate(known[order]):
        mine = lab[labels == i]
        near = np.abs(mine - (np.array(np.unravel_index(top, _CELLS)) * _CELL + _LEAST))
        core = mine[near.max(axis=1) <= 1.01 * _CELL]
        middles[i] = np.median(core if len(core) else mine, axis=0)
    return middles, labels


def least_share(noise: float) -> float:
    """Return the share of the pixels that a colour has at least."""
    return _LEAST_SHARE[(noise >= SOFT) + (noise > NOISY)]
