"""Cut-outs: a triangulation of the whole rectangle, cut along the outline of the cells."""

from __future__ import annotations

import dataclasses
from collections import defaultdict

import numpy as np
import numpy.typing as npt

from relief_widget.mesh.grid import Part
from relief_widget.mesh.simplify.closing import closed
from relief_widget.mesh.simplify.slivers import without_slivers
from relief_widget.mesh.simplify.triangulation import Top
from relief_widget.mesh.triangles import Triangles

Ring = npt.NDArray[np.int32]


def filled(part: Part) -> Part:
    """Return the whole rectangle: what is cut away continues the nearest visible height.

    So no triangle is spent on a slope that nobody will see, and none near the outline dives.
    """
    from scipy.ndimage import distance_transform_edt

    if part.visible is None:
        return part
    nearest = distance_transform_edt(~part.visible, return_distances=False, return_indices=True)
    return dataclasses.replace(part, heights=part.heights[tuple(nearest)], cells=None)


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
    from manifold3d import CrossSection, FillRule, Manifold, Mesh64

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
    surface, shell = Manifold.reserve_ids(2), 3 * len(top.faces)
    block = Manifold(
        Mesh64(
            vert_properties=vertices,
            tri_verts=body.faces.astype(np.uint64),
            run_index=np.array([0, shell, body.faces.size], dtype=np.uint64),
            run_original_id=np.array([surface, surface + 1], dtype=np.uint32),
        )
    )
    rings = [np.stack([ring[:, 1], rows - 1.0 - ring[:, 0]], axis=1) for ring in _outline(part)]
    cutter = CrossSection(rings, FillRule.Positive).extrude(2 * depth)
    left = (block ^ cutter.translate((0, 0, -depth / 2))).to_mesh64()
    starts = (np.asarray(left.run_index) // 3).astype(np.int64)
    ours = np.asarray(left.run_original_id) == surface
    faces = np.asarray(left.tri_verts).astype(np.int64)[np.repeat(ours, np.diff(starts))]
    used, numbers = np.unique(faces, return_inverse=True)
    points, faces = without_slivers(
        np.asarray(left.vert_properties)[used, :3].copy(), numbers.reshape(-1, 3).astype(np.int32)
    )
    visible = part.z if part.visible is None else part.z[part.visible]
    col, row = points[:, 0], rows - 1 - points[:, 1]
    across, down = np.arange(cols), np.arange(rows)
    mm = [np.interp(col, across, part.x), np.interp(row, down, part.y), points[:, 2]]
    mm[2] = mm[2].clip(visible.min(), visible.max())
    uv = [np.interp(col, across, part.u), np.interp(row, down, part.v)]
    return Triangles(
        vertices=np.stack(mm, axis=1).astype(np.float32),
        faces=faces,
        uv=np.stack(uv, axis=1).astype(np.float32),
        relief=np.ones(len(faces), dtype=bool),
        solid=False,
    )


def _outline(part: Part) -> list[Ring]:
    """Return the corners of the outline, as rows and columns: what is there lies to the left.

    Cells that touch at a corner only stay apart.
    """
    assert part.cells is not None
    inside = np.pad(part.cells, 1)
    here = inside[1:-1, 1:-1]
    # Counter-clockwise seen from above, rows running down: along the top to the left, and so on.
    sides = (
        (inside[:-2, 1:-1], (0, 1), (0, 0)),
        (inside[1:-1, :-2], (0, 0), (1, 0)),
        (inside[2:, 1:-1], (1, 0), (1, 1)),
        (inside[1:-1, 2:], (1, 1), (0, 1)),
    )
    steps: defaultdict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for beyond, start, end in sides:
        cells = np.argwhere(here & ~beyond)
        pairs = zip((cells + start).tolist(), (cells + end).tolist(), strict=True)
        for first, second in pairs:
            steps[first[0], first[1]].append((second[0], second[1]))
    rings = []
    while steps:
        begin = here_now = next(iter(steps))
        ring = [begin]
        before: tuple[int, int] | None = None
        while True:
            ways = steps[here_now]
            # Where two ways leave, the left turn stays with the same cell.
            choice = 0
            if len(ways) > 1 and before is not None:
                down, right = here_now[0] - before[0], here_now[1] - before[1]
                choice = ways.index((here_now[0] - right, here_now[1] + down))
            before, here_now = here_now, ways.pop(choice)
            if not ways:
                del steps[before]
            if here_now == begin:
                break
            ring.append(here_now)
        rings.append(_corners(np.array(ring, dtype=np.int32)))
    return rings


def _corners(ring: Ring) -> Ring:
    """Return the vertices of a ring at which it turns."""
    straight = (np.roll(ring, 1, axis=0) == np.roll(ring, -1, axis=0)).any(axis=1)
    corners: Ring = ring[~straight]
    return corners
