"""Give a silhouette a rounded body: height as the root of a Poisson solution inside it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from scipy.sparse import coo_array
from scipy.sparse.linalg import spsolve

from relief_widget.filters import gaussian, resample

Array = npt.NDArray[np.float32]

_SIDE = 160
_EDGE = 0.03
# Parts smaller than this share of the picture are crumbs of the mask.
_SMALLEST = 0.002


def inflate(subject: Array, tone: Array, parts: float, horizon: float) -> npt.NDArray[np.float32]:
    """Return the body of a subject: domes that stand on the ground at their own foot.

    Inside the mask div(c grad u) = -1 is solved with u = 0 outside and the picture's frame free, so
    that a bust does not fall off where the frame cuts it; the height is sqrt(u / max u), the
    profile of Lumo and Repoussé (Johnston 2002, Joshi and Carr 2008). With c = 1 the whole is one
    dome; with c = exp(-|grad tone| / 0.03) edges in the photo part it into smaller ones; both are
    mixed.

    Parameters
    ----------
    subject
        float32 (rows, cols) in [0, 1], the mask.
    tone
        float32 (rows, cols) in [0, 1], the photo's log luminance.
    parts
        Share of the domes of parts, 0 to 1.
    horizon
        Height of the horizon as a share of the picture's, from the top.

    Returns
    -------
    float32 (rows, cols) in [0, 1.35], 0 outside the subject.
    """
    rows, cols = subject.shape
    scale = min(1.0, _SIDE / max(rows, cols))
    shape = max(2, round(rows * scale)), max(2, round(cols * scale))
    inside = resample(subject, shape) > 0.5
    if inside.sum() < 8:
        return np.zeros_like(subject)
    slope_y, slope_x = np.gradient(gaussian(resample(tone, shape), 0.7))
    conductance = np.maximum(np.exp(-np.hypot(slope_x, slope_y) / _EDGE), _EDGE)
    whole = np.sqrt(_poisson(inside, np.ones(shape)))
    pieces = np.sqrt(_poisson(inside, conductance.astype(np.float64)))
    labels, count = ndimage.label(inside)
    body = np.zeros(shape, dtype=np.float32)
    for label in range(1, count + 1):
        part = labels == label
        if part.mean() < _SMALLEST and count > 1:
            continue
        dome = (1 - parts) * whole / whole[part].max() + parts * pieces / pieces[part].max()
        foot = np.flatnonzero(part.any(axis=1))[-1] / (shape[0] - 1)
        ground = 0.15 + 0.85 * max(0.0, foot - horizon) / (1 - horizon)
        ground = max(ground, 0.45 if count == 1 else 0.30)
        # A coin beside a plate is not as thick as the plate is.
        size = min(1.0, whole[part].max() / whole.max() + 0.3)
        body[part] = (ground + 0.35 * size * dome)[part]
    # Beyond its outline the body goes on, so that the soft edge of the mask cuts it, not a slope.
    nearest = ndimage.distance_transform_edt(body == 0, return_distances=False, return_indices=True)
    return resample(np.ascontiguousarray(body[tuple(nearest)]), (rows, cols))


def _poisson(
    inside: npt.NDArray[np.bool_], conductance: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Solve div(c grad u) = -1 inside, u = 0 on the outline, the frame free; (rows, cols), >= 0."""
    rows, cols = inside.shape
    count = int(inside.sum())
    number = np.full(inside.shape, -1)
    number[inside] = np.arange(count)
    diagonal = np.full(count, 1e-6)
    entries: list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float64]]] = []
    for here, there in (
        (np.s_[:, : cols - 1], np.s_[:, 1:]),
        (np.s_[: rows - 1], np.s_[1:]),
    ):
        a, b = number[here].ravel(), number[there].ravel()
        c1, c2 = conductance[here].ravel(), conductance[there].ravel()
        flow = 2 * c1 * c2 / (c1 + c2)
        for one in (a, b):
            diagonal += np.bincount(one[one >= 0], flow[one >= 0], minlength=count)
        both = (a >= 0) & (b >= 0)
        entries += [(a[both], b[both], -flow[both]), (b[both], a[both], -flow[both])]
    own = np.arange(count)
    entries.append((own, own, diagonal))
    row, col, value = (np.concatenate(column) for column in zip(*entries, strict=True))
    matrix = coo_array((value, (row, col)), shape=(count, count)).tocsc()
    solution = np.zeros(inside.shape)
    solution[inside] = np.maximum(spsolve(matrix, np.ones(count)), 0)
    return solution
