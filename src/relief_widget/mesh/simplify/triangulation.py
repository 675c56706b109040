"""The top, triangulated by Delatin: greedy insertion into a Delaunay triangulation of the grid."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from relief_widget.arrays import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Top:
    """Some vertices of the grid, triangulated over the whole rectangle.

    Attributes
    ----------
    row, col
        int32 (n,): where on the grid each vertex is.
    faces
        int32 (m, 3), counter-clockwise seen from above.
    """

    row: IntArray
    col: IntArray
    faces: IntArray


class _Flat(np.ndarray[Any, np.dtype[np.float32]]):
    """Heights that Delatin takes as they are: its copy of a giant relief would fill the memory."""

    def flatten(self, order: Any = "C") -> Any:
        """Return the array itself."""
        del order
        return self


def lacking(*, cut_out: bool = False) -> str:
    """Return a sentence about a library that is not installed, and what that means; or nothing.

    Parameters
    ----------
    cut_out
        Whether an outline has to be cut, too.
    """
    for name in ("pydelatin", "manifold3d")[: 1 + cut_out]:
        try:
            importlib.import_module(name)
        except ImportError:
            return (
                f"{name} is not installed, so meshes have the full grid; "
                f"'pip install {name}' makes their files smaller."
            )
    return ""


def triangulate(heights: FloatArray, max_error: float, max_triangles: int | None = None) -> Top:
    """Return a triangulation within `max_error` of all heights, or of as many triangles.

    Parameters
    ----------
    heights
        float32 (rows, cols), C-contiguous.
    max_error
        Bound of the vertical error, in the unit of the heights.
    max_triangles
        Where to stop even if the bound is not yet met; at least 2.

    Notes
    -----
    M. Garland and P. Heckbert, *Fast polygonal approximation of terrains and height fields*,
    CMU-CS-95-181, 1995, algorithm III, as in pydelatin. It computes in single precision, so the
    bound must be checked on what it returns.
    """
    from pydelatin import Delatin

    rows, cols = heights.shape
    flat = heights.reshape(-1).view(_Flat)
    # The last insertion may add two triangles; 0 would mean "no limit".
    limit = None if max_triangles is None else max(max_triangles - 1, 1)
    mesh = Delatin(flat, height=rows, width=cols, max_error=max_error, max_triangles=limit)
    points = mesh.vertices
    row = (rows - 1 - points[:, 1]).astype(np.int32)
    col = points[:, 0].astype(np.int32)
    # In the order of the grid: what is near lies together, for the check, for caches and for zip.
    order = np.argsort(row.astype(np.int64) * cols + col)
    number = np.empty(len(order), dtype=np.int32)
    number[order] = np.arange(len(order), dtype=np.int32)
    faces = number[mesh.triangles]
    faces = faces[np.argsort(faces.min(axis=1), kind="stable")]
    return Top(row[order], col[order], faces)
