"""Cut-outs: a triangulation of the whole rectangle, cut along the outline of the cells."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from relief_widget.filters import nearest_known
from relief_widget.mesh.grid import Part
from relief_widget.mesh.manifolds import arrays, to_manifold
from relief_widget.mesh.simplify.closing import closed
from relief_widget.mesh.simplify.triangulation import Top
from relief_widget.mesh.slivers import seen_from_above
from relief_widget.mesh.triangles import Triangles

if TYPE_CHECKING:
    from manifold3d import CrossSection

# In spacings of the grid: the height below which rounding may have turned a triangle over.
_FLAT = 1e-7


def filled(part: Part) -> Part:
    """Return the whole rectangle: what is cut away continues the nearest visible height.

    So no triangle is spent on a slope that nobody will see, and none near the outline dives.
    """
    if part.visible is None:
        return part
    (heights,) = nearest_known(part.visible, part.heights)
    return dataclasses.replace(part, heights=heights, cells=None)


def cut(part: Part, whole: Part, top: Top) -> Triangles:
    """Cut the triangles along the outline of the part's cells.

    Their planes stay, so no error grows by more than a vertex on the outline is moved to stay
    within the range of the visible heights: below the cutoff there is none.

    Parameters
    ----------
    part
        The part, with cells.
    whole
        The same as a rectangle, from `filled`.
    top
        A triangulation of `whole`.
    """
    # Manifold cuts closed bodies: the surface gets a back, far enough below not to matter. It cuts
    # in columns and rows, whole numbers, so that an outline through a vertex goes just through it.
    rows, cols = part.shape
    number = dataclasses.replace(
        whole,
        x=np.arange(cols, dtype=np.float32),
        y=np.arange(rows, dtype=np.float32)[::-1],
        solid=True,
    )
    body = closed(number, top)
    vertices = body.vertices.astype(np.float64)
    depth = float(max(rows, cols, vertices[:, 2].max()))
    vertices[len(top.row) :, 2] = -depth
    block, surface = to_manifold(vertices, body.faces, body.relief)
    cutter = _outline(part).extrude(2 * depth)
    points, faces, relief = arrays(block ^ cutter.translate((0, 0, -depth / 2)), surface)
    points, faces = seen_from_above(points, faces[relief], _FLAT)
    visible = part.z if part.visible is None else part.z[part.visible]
    col, row = points[:, 0], rows - 1 - points[:, 1]
    across, down = np.arange(cols), np.arange(rows)
    mm = [np.interp(col, across, part.x), np.interp(row, down, part.y), points[:, 2]]
    mm[2] = mm[2].clip(visible.min(), visible.max())
    uv = [np.interp(col, across, part.u), np.interp(row, down, part.v)]
    return Triangles(
        vertices=np.stack(mm, axis=1).astype(np.float32),
        faces=faces.astype(np.int32),
        uv=np.stack(uv, axis=1).astype(np.float32),
        relief=np.ones(len(faces), dtype=bool),
        solid=False,
    )


def _outline(part: Part) -> CrossSection:
    """Return what the cells cover, in columns and rows: the union of their runs along the rows."""
    from manifold3d import CrossSection, FillRule

    assert part.cells is not None
    ends = np.diff(np.pad(part.cells, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    (row, start), (_, stop) = np.nonzero(ends > 0), np.nonzero(ends < 0)
    top = len(part.cells) - row
    corners = np.stack([start, top - 1, stop, top - 1, stop, top, start, top], axis=-1)
    rings = list(corners.reshape(-1, 4, 2).astype(np.float64))
    # Without the vertices at which the outline goes straight on.
    return CrossSection(rings, FillRule.Positive).simplify(_FLAT)
