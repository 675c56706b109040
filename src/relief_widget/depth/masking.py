"""The automatic subject mask: where the subject of a photo is, and how sure that is.

Saliency gives a first guess; rounds of colour models and a contrast-weighted total-variation cut
sharpen it, as in GrabCut (C. Rother, V. Kolmogorov, A. Blake, "GrabCut", SIGGRAPH 2004), with
histograms in place of mixtures and a convex continuous cut (T. Chan, S. Esedoglu, M. Nikolova 2006;
solved by A. Chambolle, T. Pock 2011) in place of the graph; a colour guided filter (K. He, J. Sun,
X. Tang 2010) makes the matte.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from relief_widget.depth.faces import person_prior
from relief_widget.depth.saliency import geodesic_saliency, lab, saliency

Array = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]

SALIENCY_SIDE = 160
FACE_SIDE = 180
CUT_SIDE = 224
MATTE_SIDE = 512


@dataclass(frozen=True, eq=False)
class SubjectMask:
    """Where the subject of a photo is.

    Attributes
    ----------
    values
        Soft matte, float32 (rows, cols) in [0, 1], 1 = subject.
    confidence
        How likely the mask is right, in [0, 1]; below 0.15 there is no clear subject.
    """

    values: Array
    confidence: float


def subject_mask(srgb: Array) -> SubjectMask:
    """Find the subject of a photo.

    Parameters
    ----------
    srgb
        float32 (rows, cols, 3) in [0, 1].

    Returns
    -------
    The mask at the photo's size and its confidence. The same photo gives the same mask.
    """
    shape = srgb.shape[:2]
    if min(shape) < 8:
        return SubjectMask(np.zeros(shape, dtype=np.float32), 0.0)
    small = shrunk(srgb, CUT_SIDE)
    image = lab(small)
    salient, guess = _guess(srgb, (image.shape[0], image.shape[1]))
    soft, hard = _cut(image, guess)
    confidence = _confidence(image, salient, hard)
    return SubjectMask(_matte(srgb, soft), confidence)


def shrunk(srgb: Array, side: int) -> Array:
    """Shrink by area averages to at most `side` pixels on the longer side."""
    rows, cols = srgb.shape[:2]
    scale = side / max(rows, cols)
    if scale >= 1:
        return srgb
    shape = max(1, round(rows * scale)), max(1, round(cols * scale))
    return np.stack([resized(srgb[..., k], shape, Image.Resampling.BOX) for k in range(3)], -1)


def resized(
    values: Array, shape: tuple[int, ...], how: Image.Resampling = Image.Resampling.BILINEAR
) -> Array:
    """Resample a plane to `shape` (rows, cols), pixel areas aligned."""
    if values.shape == tuple(shape):
        return values
    picture = Image.fromarray(np.ascontiguousarray(values)).resize((shape[1], shape[0]), how)
    return np.asarray(picture, dtype=np.float32)


def _guess(srgb: Array, shape: tuple[int, int]) -> tuple[Array, Array]:
    """Return what stands out, and where the subject is to be looked for; both of `shape`, [0, 1].

    Two measures of saliency fail on different photos, so their mean is used; a subject is mostly
    about the middle; and where there is a face, there is a person around it.
    """
    small = lab(shrunk(srgb, SALIENCY_SIDE))
    background = resized(saliency(small), shape)
    distance = resized(geodesic_saliency(small), shape)
    y = np.linspace(0, 1, shape[0], dtype=np.float32)[:, None]
    x = np.linspace(0, 1, shape[1], dtype=np.float32)
    centre = np.exp(-0.5 * (((y - 0.55) / 0.28) ** 2 + ((x - 0.5) / 0.25) ** 2))
    guess = 0.3 * centre + 0.4 * distance + 0.3 * background
    salient = (distance + background) / 2
    grey = shrunk(srgb, 2 * FACE_SIDE) @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
    person = resized(person_prior(grey, FACE_SIDE), shape)
    return np.maximum(salient, person), np.maximum(guess, person)


def _cut(image: Array, salient: Array) -> tuple[Array, Bools]:
    from scipy import ndimage

    threshold = float(np.clip(_otsu(salient), 0.25, 0.65))
    soft = np.clip((salient - threshold) / 0.3 + 0.5, 0, 1).astype(np.float32)
    down, across = _edge_weights(image)
    prior = 1.5 * (soft - 0.5)
    u = soft
    for _ in range(4):
        ratio = _log_ratio(image, u)
        u = _total_variation_cut(np.clip(ratio, -4, 4) + prior, down, across, u, 60)
    hard = u > 0.5
    hard = ndimage.binary_fill_holes(hard)
    labels, count = ndimage.label(hard)
    if count:
        mass = ndimage.sum_labels(np.maximum(salient, 0.05), labels, np.arange(1, count + 1))
        keep = np.concatenate([[False], mass >= 0.12 * mass.max()])
        hard = keep[labels]
    return np.where(hard, np.maximum(u, 0.5), 0).astype(np.float32), hard


def _otsu(values: Array) -> float:
    counts, edges = np.histogram(values, bins=64, range=(0.0, 1.0))
    centres = (edges[1:] + edges[:-1]) / 2
    below = np.cumsum(counts)
    total = np.cumsum(counts * centres)
    above = below[-1] - below
    valid = (below > 0) & (above > 0)
    gap = total / np.maximum(below, 1) - (total[-1] - total) / np.maximum(above, 1)
    between = np.where(valid, below.astype(float) * above * gap**2, 0.0)
    return float(centres[int(between.argmax())])


def _edge_weights(image: Array) -> tuple[Array, Array]:
    """Return the price of an outline between vertical and horizontal neighbours, in [0, 1]."""
    down = ((image[1:] - image[:-1]) ** 2).sum(-1)
    across = ((image[:, 1:] - image[:, :-1]) ** 2).sum(-1)
    beta = 1 / (2 * max(float((down.mean() + across.mean()) / 2), 1.0))
    floor = 0.03
    weights = [floor + (1 - floor) * np.exp(-beta * squares) for squares in (down, across)]
    return weights[0].astype(np.float32), weights[1].astype(np.float32)


def _log_ratio(image: Array, inside: Array) -> Array:
    """Return log p(colour | subject) / p(colour | background) under the soft mask `inside`."""
    from scipy import ndimage

    spread = float(np.sqrt(image.reshape(-1, 3).var(axis=0).sum()))
    width = float(np.clip(0.16 * spread, 1.5, 6.0))
    low = image.min(axis=(0, 1))
    bins = np.floor((image - low) / width).astype(np.intp) + 3
    shape = tuple(int(n) + 4 for n in bins.max(axis=(0, 1)))
    index = np.ravel_multi_index((bins[..., 0], bins[..., 1], bins[..., 2]), shape).ravel()
    size = int(np.prod(shape))
    densities = []
    for weight in (inside, 1 - inside):
        counts = np.bincount(index, weight.ravel(), minlength=size).astype(np.float32)
        counts = ndimage.gaussian_filter(counts.reshape(shape), 1.2, mode="constant", truncate=2.5)
        densities.append(counts.ravel()[index] / max(float(weight.sum()), 1.0))
    tiny = np.float32(2e-5)
    ratio = np.log((densities[0] + tiny) / (densities[1] + tiny))
    result: Array = ratio.reshape(inside.shape).astype(np.float32)
    return result


def _total_variation_cut(
    force: Array, down: Array, across: Array, start: Array, rounds: int, smoothness: float = 4.0
) -> Array:
    """Minimise ``smoothness * sum(weight * |grad u|) - sum(force * u)`` over 0 <= u <= 1."""
    u = start.copy()
    ahead = u
    p, q = np.zeros_like(down), np.zeros_like(across)
    most_down, most_across = smoothness * down, smoothness * across
    step = np.float32(1 / np.sqrt(8))
    # Forces of several units per pixel: a longer primal step and a shorter dual one keep pace.
    primal, dual = step * np.float32(0.25), step * np.float32(4.0)
    for _ in range(rounds):
        p += dual * (ahead[1:] - ahead[:-1])
        np.clip(p, -most_down, most_down, out=p)
        q += dual * (ahead[:, 1:] - ahead[:, :-1])
        np.clip(q, -most_across, most_across, out=q)
        change = force.copy()
        change[:-1] += p
        change[1:] -= p
        change[:, :-1] += q
        change[:, 1:] -= q
        after = np.clip(u + primal * change, 0, 1)
        ahead = 2 * after - u
        u = after
    return u


def _confidence(image: Array, salient: Array, hard: Bools) -> float:
    from scipy import ndimage

    area = float(hard.mean())
    if area < 0.004 or area > 0.97:
        return 0.0
    inside = ndimage.binary_erosion(hard, iterations=3, border_value=1)
    outside = ndimage.binary_dilation(hard, iterations=3)
    if not inside.any() or outside.all():
        return 0.0
    rim = np.concatenate([hard[0], hard[:, 0], hard[:, -1]])
    separation = float(salient[hard].mean() - salient[~hard].mean())
    ratio, sharp = _outline(image, hard)
    frame = float(np.clip(1.4 - 1.6 * rim.mean(), 0, 1))
    size = float(np.clip(area / 0.02, 0, 1) * np.clip((0.95 - area) / 0.25, 0, 1))
    edge = 0.1 + 0.9 * float(np.clip((sharp - 0.2) / 0.3, 0, 1))
    contrast = float(np.clip(ratio - 2, 0, 1.5) / 1.5)
    return float(np.clip(separation / 0.45, 0, 1)) * frame * size * contrast * edge


def _outline(image: Array, hard: Bools) -> tuple[float, float]:
    """Return how the colour step across the outline stands out.

    Its median over that between pixels as far apart anywhere; and the share of the outline where it
    is clearly greater than the steps just inside and just outside: a subject has an edge, a
    gradient or a pattern goes on.
    """
    from scipy import ndimage

    reach = max(2, round(5 * max(hard.shape) / 288))
    distance_in = ndimage.distance_transform_edt(hard)
    edge = hard & (distance_in <= 1)
    if not edge.any():
        return 0.0, 0.0
    signed = distance_in - ndimage.distance_transform_edt(~hard)
    gy, gx = np.gradient(ndimage.gaussian_filter(signed.astype(np.float32), 1.0))
    norm = np.maximum(np.hypot(gy, gx), 1e-6)
    y, x = np.nonzero(edge)
    sy, sx = (gy / norm)[y, x] * reach, (gx / norm)[y, x] * reach
    rows, cols = hard.shape

    def at(py: npt.NDArray[np.floating], px: npt.NDArray[np.floating]) -> Array:
        iy = np.clip(np.rint(py), 0, rows - 1).astype(int)
        ix = np.clip(np.rint(px), 0, cols - 1).astype(int)
        colours: Array = image[iy, ix]
        return colours

    def step(one: float, other: float) -> Array:
        apart = at(y + one * sy, x + one * sx) - at(y + other * sy, x + other * sx)
        return np.asarray(np.sqrt((apart**2).sum(-1)))

    across = step(1, -1)
    sharp = across > 1.3 * np.maximum(step(1, 3), step(-1, -3)) + 2
    gap = 2 * reach
    pairs = [image[gap:] - image[:-gap], image[:, gap:] - image[:, :-gap]]
    usual = np.concatenate([np.sqrt((pair**2).sum(-1)).ravel() for pair in pairs])
    return float(np.median(across) / (np.median(usual) + 1)), float(sharp.mean())


def _matte(srgb: Array, soft: Array) -> Array:
    """Bring the cut to the photo's size, along the photo's own edges."""
    guide = shrunk(srgb, MATTE_SIDE)
    rough = resized(soft, guide.shape[:2])
    slopes, offset = _guided_coefficients(guide, rough, 4, 2e-4)
    shape = srgb.shape[:2]
    matte = resized(offset, shape)
    for k in range(3):
        matte = matte + resized(slopes[..., k], shape) * srgb[..., k]
    result: Array = np.clip((matte - 0.1) / 0.8, 0, 1).astype(np.float32)
    return result


def _guided_coefficients(
    guide: Array, values: Array, radius: int, eps: float
) -> tuple[Array, Array]:
    """Return slopes (rows, cols, 3) and offset (rows, cols) of the colour guided filter."""
    from scipy import ndimage

    def box(plane: Array, radius: int) -> Array:
        mean: Array = ndimage.uniform_filter(plane, 2 * radius + 1, mode="reflect")
        return mean

    mean = [box(guide[..., k], radius) for k in range(3)]
    target = box(values, radius)
    covariance = np.empty((*values.shape, 3, 3), dtype=np.float32)
    against = np.empty((*values.shape, 3), dtype=np.float32)
    for i in range(3):
        against[..., i] = box(guide[..., i] * values, radius) - mean[i] * target
        for j in range(i, 3):
            covariance[..., i, j] = box(guide[..., i] * guide[..., j], radius) - mean[i] * mean[j]
            covariance[..., j, i] = covariance[..., i, j]
        covariance[..., i, i] += np.float32(eps)
    slopes = np.linalg.solve(covariance, against[..., None])[..., 0].astype(np.float32)
    offset = target
    for k in range(3):
        offset = offset - slopes[..., k] * mean[k]
    return np.stack([box(slopes[..., k], radius) for k in range(3)], -1), box(offset, radius)
