"""A surface alone, cut to an outline."""

from __future__ import annotations

import numpy as np

from relief_widget.errors import ReliefError
from relief_widget.mesh.manifolds import arrays
from relief_widget.mesh.objects.meshes import (
    SLIVER_MM,
    Finished,
    finished,
    photo_place,
    placed,
    to_grid,
)
from relief_widget.mesh.objects.outlines import Plan
from relief_widget.mesh.objects.solids import prism
from relief_widget.mesh.slivers import FLAT_MM, border, seen_from_above
from relief_widget.mesh.triangles import Mesh, Triangles

# How far below 0 the surface is closed to be cut: what is below is thrown away again.
_BELOW_MM = 1.0


def cut_surface(body: Mesh, plan: Plan) -> Finished:
    """Return what of an open surface lies within an outline.

    It is cut as a solid whose upper side it is, so that the edge of the cut is as exact as that of
    a solid part.

    Parameters
    ----------
    body
        A surface over the plane, as that of a planar part.
    plan
        The outline, and where the surface lies.

    Returns
    -------
    Finished
        The surface; where two of its pieces touch in a point alone, they share the vertex.

    Raises
    ------
    ReliefError
        Nothing of the surface lies within the outline.
    """
    solid, relief_id = placed(_closed(body), plan.scale, plan.shift)
    low, high = solid.bounding_box()[2], solid.bounding_box()[5]
    cut = solid ^ prism(plan.outer, low - _BELOW_MM, high + _BELOW_MM)
    if cut.is_empty():
        raise ReliefError(
            "Nothing of the surface lies within the outline.",
            "Choose a lower depth_cutoff, or another outline.",
        )
    place = photo_place(body, plan.scale, plan.shift)
    points, faces, relief = arrays(cut.simplify(SLIVER_MM), relief_id)
    points, faces = seen_from_above(to_grid(points), faces[relief], FLAT_MM)
    flags = np.ones(len(faces), dtype=bool)
    mesh = finished(points, faces, flags, place.uv(points), solid=False)
    assert mesh is not None
    return mesh


def _closed(body: Mesh) -> Triangles:
    """Return a solid of a surface, walls down from its edge, and a flat copy of it below."""
    vertices, faces = body.vertices, body.faces
    count = np.int32(len(vertices))
    below = vertices.copy()
    below[:, 2] = -_BELOW_MM
    a, b = border(faces.astype(np.int64), len(vertices)).T.astype(np.int32)
    walls = np.stack([b, a, a + count, b, a + count, b + count], axis=-1).reshape(-1, 3)
    return Triangles(
        vertices=np.concatenate([vertices, below]),
        faces=np.concatenate([faces, faces[:, ::-1] + count, walls]),
        uv=np.concatenate([body.uv, body.uv]),
        relief=np.arange(2 * len(faces) + len(walls)) < len(faces),
        solid=True,
    )
