"""From a triangulated top to the mesh of the part: millimetres, walls and bottom."""

from __future__ import annotations

import numpy as np

from relief_widget.arrays import IntArray
from relief_widget.mesh.grid import Part
from relief_widget.mesh.simplify.checking import tops_at
from relief_widget.mesh.simplify.triangulation import Top
from relief_widget.mesh.triangles import Triangles


def closed(part: Part, top: Top) -> Triangles:
    """Return the top in mm, for a solid with walls and bottom.

    Vertices keep the part's own float32 coordinates. Below every vertex of the border there is one
    at z = 0; walls are two triangles per side of the border, the bottom is a fan about its centre,
    which is convex and so needs no more: no vertex lies on another's edge.

    Parameters
    ----------
    part
        The part, without cut-out.
    top
        What stands for its tops.
    """
    tops = np.stack(
        [part.x[top.col], part.y[top.row], tops_at(part, top.row, top.col).astype(np.float32)],
        axis=1,
    )
    uv = np.stack([part.u[top.col], part.v[top.row]], axis=1)
    if not part.solid:
        relief = np.ones(len(top.faces), dtype=bool)
        return Triangles(tops, top.faces, uv, relief, solid=False)
    ring = border(part.shape, top)
    rim = len(ring)
    below = tops[ring]
    below[:, 2] = 0
    low = np.arange(rim, dtype=np.int32) + np.int32(len(tops))
    ring_next, low_next = np.roll(ring, -1), np.roll(low, -1)
    walls = np.stack([ring, ring_next, low, ring_next, low_next, low], axis=1).reshape(-1, 3)
    vertices, uvs = [tops, below], [uv, uv[ring]]
    if rim == 4:
        bottom = low[[[0, 1, 2], [0, 2, 3]]]
    else:
        centre = np.full(rim, len(tops) + rim, dtype=np.int32)
        bottom = np.stack([centre, low, low_next], axis=1)
        vertices.append(np.array([[part.x[-1] / 2, part.y[0] / 2, 0]], dtype=np.float32))
        uvs.append(np.full((1, 2), 0.5, dtype=np.float32))
    faces = np.concatenate([top.faces, walls, bottom])
    return Triangles(
        np.concatenate(vertices),
        faces,
        np.concatenate(uvs),
        np.arange(len(faces)) < len(top.faces),
        solid=True,
    )


def border(shape: tuple[int, int], top: Top) -> IntArray:
    """Return the vertices on the border of the grid, clockwise from the top left corner."""
    rows, cols = shape
    row, col = top.row, top.col
    sides = [
        (row == 0, col),
        (col == cols - 1, row),
        (row == rows - 1, -col),
        (col == 0, -row),
    ]
    ring = []
    for on_side, along in sides:
        side = np.flatnonzero(on_side)
        # A corner belongs to the side that it begins.
        ring.append(side[np.argsort(along[side])][:-1])
    return np.concatenate(ring).astype(np.int32)
