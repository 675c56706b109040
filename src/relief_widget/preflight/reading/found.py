"""What was read from a mesh file, before corners at the same place are joined."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Labels: TypeAlias = npt.NDArray[np.int64]
Points: TypeAlias = npt.NDArray[np.floating[Any]]
Faces: TypeAlias = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True, eq=False)
class Found:
    """A mesh as it stands in a file.

    Attributes
    ----------
    points
        (n, 3) in the unit of the file.
    faces
        (m, 3), m ≥ 1, indices of points.
    splits
        Ways in which the faces may fall into bodies, the likeliest first: for each face, (m,), the
        number of its body, or None for one body. Corners of different bodies are never joined.
    unit_mm
        How many mm the unit of the points is; None where the file names none.
    read_as_mm
        How many mm the file's unit was taken for already when it was read.
    ours
        Whether this package wrote it.
    notes
        What was assumed to read it, in sentences.
    """

    points: Points
    faces: Faces
    splits: tuple[Labels | None, ...] = (None,)
    unit_mm: float | None = None
    read_as_mm: float = 1.0
    ours: bool = False
    notes: tuple[str, ...] = ()


def is_ours(text: bytes) -> bool:
    """Return whether the first words of a file are those that this package writes."""
    return b"relief_widget" in text


def fans(sizes: npt.NDArray[np.int64], corners: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the triangles of polygons: each a fan around its first corner.

    A fan of a closed mesh is closed, and encloses the same volume, whatever the polygon's shape.

    Parameters
    ----------
    sizes
        (k,): corners of each polygon; fewer than 3 make no triangle.
    corners
        All corners, one polygon after another.
    """
    if len(sizes) and (sizes == 3).all():
        return corners.reshape(-1, 3)
    starts = np.cumsum(sizes) - sizes
    counts = np.maximum(sizes - 2, 0)
    polygon = np.repeat(np.arange(len(sizes)), counts)
    number = np.arange(len(polygon)) - np.repeat(np.cumsum(counts) - counts, counts)
    first = starts[polygon]
    return np.stack(
        [corners[first], corners[first + number + 1], corners[first + number + 2]], axis=1
    )


def of_polygons(sizes: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return which polygon each triangle of `fans` is of."""
    return np.repeat(np.arange(len(sizes)), np.maximum(sizes - 2, 0))
