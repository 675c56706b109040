"""What stands out in a photo: a soft map of the likely subject.

Robust background detection (W. Zhu, S. Liang, Y. Wei, J. Sun, "Saliency optimization from robust
background detection", CVPR 2014): a region that runs along much of the frame for its size is
background, what differs in colour from the background is subject. A subject that the frame cuts,
as in a portrait, touches it little for its size and stays subject.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
Labels = npt.NDArray[np.intp]

# Steps of colour between neighbours up to this are shading and noise.
_FREE_STEP = 1.5

# sRGB (IEC 61966-2-1) to XYZ, divided by the D65 white point, so that white maps to ones.
_XYZ = np.array(
    [
        [0.4124564 / 0.95047, 0.3575761 / 0.95047, 0.1804375 / 0.95047],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339 / 1.08883, 0.1191920 / 1.08883, 0.9503041 / 1.08883],
    ],
    dtype=np.float32,
)


def lab(srgb: Array) -> Array:
    """Convert sRGB to CIE L*a*b* under D65.

    Parameters
    ----------
    srgb
        float32 (rows, cols, 3) in [0, 1].

    Returns
    -------
    float32 (rows, cols, 3), L* in [0, 100].
    """
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    xyz = linear.astype(np.float32) @ _XYZ.T
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    x, y, z = np.moveaxis(f, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Superpixels:
    """A photo cut into small patches of one colour.

    Attributes
    ----------
    labels
        Patch of each pixel, (rows, cols), 0 … count - 1.
    colours
        Mean L*a*b* of each patch, float32 (count, 3).
    places
        Mean row and column of each patch as shares of the longer side, float32 (count, 2).
    sizes
        Pixels of each patch, float32 (count,).
    """

    labels: Labels
    colours: Array
    places: Array
    sizes: Array


def superpixels(
    image: Array, count: int, compactness: float = 12.0, rounds: int = 5
) -> Superpixels:
    """Cut into patches by local k-means on a regular grid (SLIC, Achanta et al. 2012).

    Parameters
    ----------
    image
        L*a*b*, float32 (rows, cols, 3).
    count
        Patches wanted, about.
    compactness
        L*a*b* units that one patch width is worth.
    rounds
        Of k-means.
    """
    rows, cols, _ = image.shape
    step = max(1.0, np.sqrt(rows * cols / count))
    down, across = max(1, round(rows / step)), max(1, round(cols / step))
    y, x = np.mgrid[:rows, :cols].astype(np.float32)
    cell_y = np.minimum((y * down / rows).astype(np.intp), down - 1)
    cell_x = np.minimum((x * across / cols).astype(np.intp), across - 1)
    weight = np.float32(compactness / step)
    features = np.concatenate([image, (y * weight)[..., None], (x * weight)[..., None]], axis=-1)
    labels = cell_y * across + cell_x
    total = down * across
    flat = features.reshape(-1, 5)

    def means(labels: Labels) -> tuple[Array, Array]:
        sizes = np.bincount(labels.ravel(), minlength=total).astype(np.float32)
        sums = [np.bincount(labels.ravel(), flat[:, k], minlength=total) for k in range(5)]
        return (np.stack(sums, 1) / np.maximum(sizes, 1)[:, None]).astype(np.float32), sizes

    for _ in range(rounds):
        centres, sizes = means(labels)
        best = np.full((rows, cols), np.inf, dtype=np.float32)
        for dy in (-1, 0, 1):
            for dx in (-1, 0, 1):
                near_y, near_x = cell_y + dy, cell_x + dx
                valid = (near_y >= 0) & (near_y < down) & (near_x >= 0) & (near_x < across)
                near = np.where(valid, near_y * across + near_x, 0)
                valid &= sizes[near] > 0
                gap = features - centres[near]
                distance = np.einsum("ijk,ijk->ij", gap, gap)
                better = valid & (distance < best)
                best[better] = distance[better]
                labels[better] = near[better]
    used, compact = np.unique(labels, return_inverse=True)
    total = len(used)
    centres, sizes = means(compact.reshape(rows, cols))
    return Superpixels(
        compact.reshape(rows, cols),
        centres[:, :3],
        centres[:, 3:] / (weight * max(rows, cols)),
        sizes.astype(np.float32),
    )


def saliency(image: Array, count: int = 400) -> Array:
    """Rate how much each pixel belongs to what stands out.

    Parameters
    ----------
    image
        L*a*b*, float32 (rows, cols, 3), about 160 pixels on the longer side.
    count
        Superpixels, about.

    Returns
    -------
    float32 (rows, cols) in [0, 1].
    """
    from scipy.sparse.csgraph import floyd_warshall

    patches = superpixels(image, count)
    labels, colours, places = patches.labels, patches.colours, patches.places
    total = len(colours)
    if total < 9:
        return np.zeros(labels.shape, dtype=np.float32)
    joined = np.zeros((total, total), dtype=bool)
    for a, b in ((labels[:-1], labels[1:]), (labels[:, :-1], labels[:, 1:])):
        joined[a, b] = joined[b, a] = True
    np.fill_diagonal(joined, False)
    gaps = np.sqrt(((colours[:, None] - colours[None]) ** 2).sum(-1))

    rim = _rim(patches)
    touching = np.flatnonzero(rim > 0)
    linked = joined.copy()
    linked[np.ix_(touching, touching)] = True
    np.fill_diagonal(linked, False)
    # A step that any neighbour has is no edge: soft shading and grain cost nothing.
    calm = np.mean(
        np.where(joined, gaps, np.inf).min(
            axis=1, initial=np.inf, where=joined.any(1, keepdims=True)
        )
    )
    calm = calm if np.isfinite(calm) else 0.0
    costs = np.where(linked, np.maximum(gaps - calm, 0.0) + 1e-6, 0.0)
    paths = floyd_warshall(costs, directed=False)
    near = np.exp(-(paths**2) / (2 * 10.0**2))
    share = patches.sizes / patches.sizes.mean()
    areas = near @ share
    lengths = near @ rim
    connectivity = lengths / np.sqrt(areas)
    background = 1 - np.exp(-(connectivity**2) / 2)

    apart = ((places[:, None] - places[None]) ** 2).sum(-1)
    weights = np.exp(-apart / (2 * 0.4**2)) * share[None]
    contrast = (gaps * weights) @ background / weights.sum(axis=1)
    contrast /= max(float(contrast.max()), 1e-6)

    smooth = np.where(joined, np.exp(-(gaps**2) / (2 * 10.0**2)) + 0.1, 0.0)
    hard = background * 5.0
    diagonal = hard + contrast + smooth.sum(axis=1) + 1e-6
    values = contrast
    # The system is diagonally dominant: Jacobi's iteration settles, without a dense factorisation.
    for _ in range(80):
        values = (contrast + smooth @ values) / diagonal
    low, high = float(values.min()), float(values.max())
    values = (values - low) / max(high - low, 1e-6)
    result: Array = values.astype(np.float32)[labels]
    return result


def _rim(patches: Superpixels) -> Array:
    """Return how much of the frame each patch lies on, in patch widths."""
    labels = patches.labels
    rows, cols = labels.shape
    weight = np.zeros((rows, cols))
    x = np.abs((np.arange(cols) + 0.5) / cols - 0.5)
    weight[0] += 1
    weight[:, 0] += 1
    weight[:, -1] += 1
    # Subjects stand on the lower edge far more often than they hang from the upper one.
    weight[-1] += np.where(x < 0.28, 0.35, 1.0)
    sums = np.bincount(labels.ravel(), weight.ravel(), minlength=len(patches.colours))
    widths: Array = (sums / np.sqrt(patches.sizes.mean())).astype(np.float32)
    return widths


def geodesic_saliency(image: Array) -> Array:
    """Return how far in colour each pixel is from the frame, along the cheapest path and directly.

    Geodesic distance (Y. Wei, F. Wen, W. Zhu, J. Sun, "Geodesic saliency using background priors",
    ECCV 2012), in which small differences cost nothing, and distance to the nearest of four typical
    colours of the frame. The middle of the lower edge is no frame: portraits begin there.

    Parameters
    ----------
    image
        L*a*b*, float32 (rows, cols, 3).

    Returns
    -------
    float32 (rows, cols) in [0, 1].
    """
    from scipy import ndimage
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import dijkstra

    rows, cols = image.shape[:2]
    # Lightness counts less than hue: shadows are no objects.
    colours = ndimage.gaussian_filter(image * np.array([0.7, 1, 1], np.float32), (1, 1, 0))
    frame = np.zeros((rows, cols), dtype=bool)
    frame[0] = True
    frame[: round(0.8 * rows), [0, -1]] = True
    frame[-1, : round(0.225 * cols)] = frame[-1, round(0.775 * cols) :] = True
    number = np.arange(rows * cols).reshape(rows, cols)
    edges = []
    for here, there, length in (
        (np.s_[:, :-1], np.s_[:, 1:], 1.0),
        (np.s_[:-1], np.s_[1:], 1.0),
        (np.s_[:-1, :-1], np.s_[1:, 1:], 1.414),
        (np.s_[:-1, 1:], np.s_[1:, :-1], 1.414),
    ):
        step = np.sqrt(((colours[here] - colours[there]) ** 2).sum(-1))
        cost = (np.maximum(step - _FREE_STEP, 0) + 1e-3) * length
        edges.append((number[here].ravel(), number[there].ravel(), cost.ravel()))
    start, end, cost = (np.concatenate(parts) for parts in zip(*edges, strict=True))
    graph = coo_array((cost, (start, end)), shape=(rows * cols, rows * cols)).tocsr()
    seeds = np.flatnonzero(frame)
    far = dijkstra(graph, directed=False, indices=seeds, min_only=True).reshape(rows, cols)
    rim = colours[frame].astype(np.float64)
    # Quantiles along the most telling axis are a start that does not depend on chance.
    order = np.argsort(rim @ np.linalg.svd(rim - rim.mean(0), full_matrices=False)[2][0])
    first = rim[order[np.linspace(0, len(rim) - 1, 6).astype(int)[1:-1]]]
    centres, labels = _clusters(rim, first)
    share = np.bincount(labels, minlength=len(centres)) / len(rim)
    apart = np.sqrt(((colours[:, :, None] - centres) ** 2).sum(-1)) + 8 * (1 - share)
    contrast = apart.min(axis=-1)
    result = 0.55 * _stretched(far, 6.0) + 0.45 * _stretched(contrast, 12.0)
    return np.asarray(result / max(float(result.max()), 1e-6), dtype=np.float32)


def _clusters(
    points: npt.NDArray[np.float64], centres: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int32]]:
    """Return the centres and the labels after eight rounds of Lloyd's algorithm.

    As ``scipy.cluster.vq.kmeans2``, which warns of empty clusters. They do no harm here, and
    silencing a warning in one thread silences, or lets through, those of the others.
    """
    from scipy.cluster.vq import vq

    labels = np.zeros(len(points), dtype=np.int32)
    for _ in range(8):
        labels, _ = vq(points, centres)
        sizes = np.bincount(labels, minlength=len(centres))[:, None]
        sums = np.column_stack(
            [np.bincount(labels, column, minlength=len(centres)) for column in points.T]
        )
        centres = np.where(sizes > 0, sums / np.maximum(sizes, 1), centres)
    return centres, labels


def _stretched(values: npt.NDArray[np.float64], least: float) -> npt.NDArray[np.float64]:
    return np.clip(values / max(float(np.percentile(values, 98)), least), 0, 1)
