"""Checks that any mesh can have: closed, size, bed, volume, mass, walls, overhangs, triangles."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from relief_widget.export import text as written
from relief_widget.preflight.machines import Extents, Machine, bed_check, find_machine
from relief_widget.preflight.report import Check, Status, change, number
from relief_widget.preflight.targets import DENSITIES, Target, choose, density
from relief_widget.preflight.thickness import sampled_thickness
from relief_widget.preflight.topology import Topology, normals, pieces, topology, volume

INCH = 25.4
WILD_MM = 1e9
"""A corner as far away as this is none of a part."""
# A file whose longest side is below this is more likely in inches than meant as it is.
_TINY_MM, _HUGE_MM = 10.0, 3000.0
# Services and web viewers decimate above a million triangles and refuse 100 MB.
MAX_TRIANGLES, MAX_BYTES = 1_000_000, 100_000_000
# Single points of a sample may lie in the tip of an edge: this share must be thin.
_THIN_SHARE = 0.01
_OVERHANG_SHARE = 0.005
# Pieces that lie so far apart, seen from above, are several parts on purpose.
_APART_MM = 5.0 * (1 - 1e-4)
_MOST_PIECES = 500
_METRE = 1000.0
_REPAIR = "Repair it in the slicer, with admesh or with Blender's 3D-Print toolbox."

Vertices = npt.NDArray[np.floating[Any]]
Faces = npt.NDArray[np.integer[Any]]


def mesh_checks(
    vertices: Vertices,
    faces: Faces,
    target: str | Target = "fdm",
    *,
    bed: str | Machine | None = None,
    material: str | None = None,
    made_here: bool = False,
    size_bytes: int | None = None,
) -> tuple[Check, ...]:
    """Look at an indexed mesh in millimetres, without building a mesh object.

    Parameters
    ----------
    vertices
        (n, 3) in mm, equal corners merged, z up.
    faces
        (m, 3), counter-clockwise seen from outside, m ≥ 1.
    target
        What it is for: a name in `TARGETS`, or a target of one's own.
    bed
        A name in `MACHINES`, a size such as ``"220x220x250"``, or a machine; None asks all.
    material
        A name in `DENSITIES`; None is the target's usual one.
    made_here
        The mesh is a relief of this package, or read from a file of it: its units are sure, a
        surface is open on purpose, and pieces that lie apart are. What is found is the same for
        every format, whatever the order and the digits in which it has the triangles.
    size_bytes
        Size of the file; None is that of a binary STL.

    Raises
    ------
    ReliefError
        The target, bed or material is unknown.
    """
    wanted = choose(target)
    space = None if bed is None else find_machine(bed)
    named, grams = density(wanted.materials[0] if material is None else material)
    points: Vertices = np.asarray(vertices, dtype=np.float64)
    edges = topology(faces, len(points))
    surface = laid_out = False
    extents = _extents(points, faces)
    largest = extents
    if made_here:
        points, faces = _ordered(points, faces)
        surface = bool(edges.open_edges) and _looks_up(points, faces)
        if 1 < edges.shells <= _MOST_PIECES:
            boxes = _boxes(points, faces)
            laid_out = _lie_apart(boxes)
            if laid_out:
                x, y, z = (boxes[:, 1] - boxes[:, 0]).max(axis=0)
                largest = float(x), float(y), float(z)
    cubic = volume(points, faces) if edges.closed else 0.0
    whole = edges.closed and not edges.reversed_edges
    checks = [
        closed_check(edges, cubic, wanted, surface=surface, laid_out=laid_out),
        size_check(extents, made_here=made_here),
        bed_check(largest, wanted, space),
        *_bulk_checks(cubic, wanted, named, grams, whole=whole),
    ]
    outwards = faces if cubic >= 0 else faces[:, ::-1]
    if surface:
        if wanted.wall_mm and wanted.closed:
            checks.append(_no_wall(wanted))
    elif wanted.wall_mm:
        lowest = _lowest(points, outwards) if made_here and whole else None
        checks.append(_sampled_wall(points, outwards, wanted, lowest))
    checks.append(_overhang(points, outwards, wanted))
    if made_here and wanted.passes and _is_level(points, outwards):
        checks.append(_no_depths(wanted))
    checks.append(heavy_check(len(faces), size_bytes, made_here=made_here))
    return tuple(checks)


def _ordered(points: Vertices, faces: Faces) -> tuple[Vertices, Faces]:
    """Return a mesh in the digits and the order that every file of it has in common.

    Files have seven digits, and triangles in orders of their own: the places that are sampled must
    not depend on either.
    """
    furthest = max(float(np.abs(points).max()), float(np.ptp(points, axis=0).max()))
    scale = 10.0 ** written.places(furthest)
    whole = np.rint(points * scale)
    order = np.lexsort(whole.T)
    new = (whole[order[1:]] != whole[order[:-1]]).any(axis=1)
    rank = np.empty(len(whole), dtype=np.int64)
    rank[order] = np.concatenate([[0], np.cumsum(new)])
    ranks = rank[faces]
    turn = (ranks.argmin(axis=1)[:, None] + np.arange(3)) % 3
    ranks = np.take_along_axis(ranks, turn, axis=1)
    turned = np.take_along_axis(np.asarray(faces), turn, axis=1)
    # Of a closed mesh no two faces begin with the same two corners.
    along = np.argsort(ranks[:, 0] * len(whole) + ranks[:, 1], kind="stable")
    return whole / scale, turned[along]


def _looks_up(points: Vertices, faces: Faces) -> bool:
    """Return whether no face looks down or sideways, as those of a relief without a back."""
    unit, area = normals(points, faces)
    return bool((unit[area > 0, 2] > 0).all())


def _boxes(points: Vertices, faces: Faces) -> npt.NDArray[np.float64]:
    """Return the lowest and the highest corner of each piece, (k, 2, 3)."""
    label = pieces(faces, len(points))
    order = np.argsort(label[faces[:, 0]], kind="stable")
    _, starts = np.unique(label[faces[order, 0]], return_index=True)
    corners = points[faces[order]]
    low = np.minimum.reduceat(corners.min(axis=1), starts)
    high = np.maximum.reduceat(corners.max(axis=1), starts)
    return np.stack([low, high], axis=1)


def _lie_apart(boxes: npt.NDArray[np.float64]) -> bool:
    """Return whether pieces lie side by side on the bed, as tiles do."""
    low, high = boxes[:, None, 0, :2], boxes[None, :, 1, :2]
    gap = (low - high).max(axis=2)
    apart = np.maximum(gap, gap.T) >= _APART_MM
    return bool(apart[~np.eye(len(boxes), dtype=bool)].all())


def _lowest(points: Vertices, faces: Faces) -> float | None:
    """Return the least thickness of a relief on a flat back; None for another shape.

    Such a one looks up, or sideways, or lies on the bed.
    """
    unit, area = normals(points, faces)
    bottom = float(points[faces, 2].min())
    down = (unit[:, 2] < -1e-6) & (area > 0)
    up = (unit[:, 2] > 1e-6) & (area > 0)
    if not up.any() or (points[faces[down], 2] > bottom).any():
        return None
    return float(points[faces[up], 2].min()) - bottom


def _is_level(points: Vertices, faces: Faces) -> bool:
    """Return whether all that looks up is at one height."""
    unit, area = normals(points, faces)
    tops = points[faces[(unit[:, 2] > 1e-6) & (area > 0)], 2]
    return not tops.size or float(np.ptp(tops)) == 0


def _no_depths(target: Target) -> Check:
    return Check(
        name="levels",
        label="Depths for passes",
        status="fail",
        text=f"One depth for {target.passes} passes: the top is level.",
        value=1,
        limit=target.passes,
        least=True,
        unit="depths",
        advice="The relief is flat: there is nothing to engrave.",
    )


def _no_wall(target: Target) -> Check:
    advice, changes = change("mode", "solid")
    return Check(
        name="wall",
        label="Thinnest wall",
        status="warn",
        text="A surface alone has no thickness.",
        limit=target.wall_mm,
        least=True,
        unit="mm",
        advice=advice,
        changes=changes,
    )


def closed_check(
    edges: Topology,
    cubic: float,
    target: Target,
    *,
    surface: bool = False,
    laid_out: bool = False,
) -> Check:
    """Say whether the mesh is closed, wound alike, the right way out, and in how many pieces."""
    count = edges.open_edges + edges.crowded_edges + edges.reversed_edges
    faults = [
        f"{found:,} {what}{'' if found == 1 else 's'}{where}"
        for found, what, where in (
            (edges.open_edges, "open edge", ""),
            (edges.crowded_edges, "non-manifold edge", ""),
            (edges.reversed_edges, "edge", " between flipped faces"),
            (edges.flat_faces, "face", " without area"),
        )
        if found
    ]
    pieces = "one piece" if edges.shells == 1 else f"{edges.shells:,} pieces"
    shape = f"{pieces}, Euler number {edges.euler}"
    unit = "bad edges"
    limit: int | None = 0
    status: Status = "ok"
    advice = ""
    changes: dict[str, object] = {}
    if surface and edges.open_edges and not (edges.crowded_edges or edges.reversed_edges):
        text = f"Not closed: it is a surface only, without a back ({shape})."
        count, unit, limit = edges.open_edges, "open edges", 0 if target.closed else None
        if target.closed:
            status, (advice, changes) = "warn", change("mode", "solid")
    elif count:
        status = "fail" if target.closed or edges.crowded_edges or edges.reversed_edges else "warn"
        text, advice = f"{', '.join(faults)}; {shape}.", _REPAIR
    elif cubic < 0:
        status, text = "fail", f"Closed, but inside out: every face is flipped ({shape})."
        advice = "Reverse the normals in the program that it comes from."
    elif edges.flat_faces:
        status, text = "warn", f"Closed, with {faults[0]}; {shape}."
        advice = "Slicers drop them; nothing is to be done unless one complains."
    elif edges.shells > 1 and laid_out:
        text = f"All closed, wound alike, side by side; {shape}."
    elif edges.shells > 1:
        status, text = "warn", f"Closed, wound alike; {shape}."
        advice = "Keep it if several parts are meant; join them if they should be one."
    else:
        text = f"Every edge joins two faces, all wound alike; {shape}."
    return Check(
        name="closed",
        label="Closed",
        status=status,
        text=text,
        value=count,
        limit=limit,
        unit=unit,
        advice=advice,
        changes=changes,
    )


def size_check(extents: Extents, *, made_here: bool) -> Check:
    """Give the size in mm and inches, and doubt the units of a file that has none."""
    inches = " × ".join(number(side / INCH) for side in extents)
    status: Status = "ok"
    text, advice = f"{inches} in.", ""
    longest = max(extents)
    if not made_here and longest < _TINY_MM:
        status = "warn"
        text += f" Only {number(longest)} mm long: is the file in metres or inches?"
        advice = f"Then read it with {_in_units(extents)}."
    elif not made_here and longest > _HUGE_MM:
        status = "warn"
        text += f" {number(longest / 1000)} m long: is the file in another unit than mm?"
        advice = "Scale it in the program that it comes from; slicers read STL as mm."
    return Check(
        name="size",
        label="Size",
        status=status,
        text=text,
        value=tuple(round(side, 3) for side in extents),
        unit="mm",
        advice=advice,
    )


def _in_units(extents: Extents) -> str:
    """Return how to read a mesh in inches or metres, and how large it is then."""
    found = []
    for option, scale in (("inch", INCH), ("m", _METRE)):
        large = " × ".join(number(side * scale) for side in extents)
        likely = _TINY_MM <= max(extents) * scale <= _HUGE_MM
        found.append((not likely, f'--units {option} (units="{option}"): {large} mm'))
    return ", or with ".join(way for _, way in sorted(found, key=lambda entry: entry[0]))


def heavy_check(triangles: int, size_bytes: int | None = None, *, made_here: bool = False) -> Check:
    """Say how heavy the mesh is for slicers, web pages and services."""
    size = 84 + 50 * triangles if size_bytes is None else size_bytes
    # What else a file of ours holds, such as a photo, is the same for every one who opens it.
    heavy = triangles > MAX_TRIANGLES or (size > MAX_BYTES and not made_here)
    what = "as binary STL" if size_bytes is None else "in the file"
    return Check(
        name="triangles",
        label="Triangles",
        status="warn" if heavy else "ok",
        text=f"{size / 1e6:,.1f} MB {what}"
        + ("; slicers get slow, and many services refuse it." if heavy else "."),
        value=triangles,
        limit=MAX_TRIANGLES,
        advice="Reduce the triangles in the program that it comes from." if heavy else "",
    )


def _bulk_checks(
    cubic: float, target: Target, material: str, grams: float, *, whole: bool
) -> list[Check]:
    if not whole:
        return [
            Check(
                name=label.lower(),
                label=label,
                status="warn" if target.closed else "ok",
                text="A mesh that is not closed has none.",
            )
            for label in ("Volume", "Mass")
        ]
    centimetres = abs(cubic) / 1000
    others = [
        f"{name} {number(DENSITIES[name] * centimetres)} g"
        for name in target.materials
        if name != material
    ]
    infill = "; less with infill" if target.kind == "printer" and not target.upright else ""
    return [
        Check(
            name="volume",
            label="Volume",
            status="ok",
            text=f"{number(abs(cubic) / INCH**3)} cubic inches, solid.",
            value=centimetres,
            unit="cm³",
        ),
        Check(
            name="mass",
            label="Mass",
            status="ok",
            text=f"In {material}, solid{infill}{'. ' + ', '.join(others) if others else ''}.",
            value=grams * centimetres,
            unit="g",
        ),
    ]


def _sampled_wall(points: Vertices, faces: Faces, target: Target, lowest: float | None) -> Check:
    """Compare walls with the process: those of a sample, and the lowest place if it is known."""
    _, found = sampled_thickness(points, faces)
    if not len(found) and lowest is None:
        return Check(
            name="wall",
            label="Thinnest wall",
            status="warn",
            text="No wall was found: no ray from the surface meets an opposite one.",
            advice="Close the mesh first.",
        )
    parts = []
    if len(found):
        share = float((found < target.wall_mm).mean())
        parts.append(
            f"Sampled at {len(found):,} places, the thinnest {number(float(found.min()))} mm; "
            f"{number(100 * share)} % are below {number(target.wall_mm)} mm."
        )
        thin = float(np.quantile(found, _THIN_SHARE, method="lower"))
    if lowest is not None:
        parts.append(f"Back plate and relief at the lowest place: {number(lowest)} mm.")
        thin = min(thin, lowest) if len(found) else lowest
    status: Status = "ok"
    if thin < target.wall_mm * (1 - 1e-6):
        status = "fail" if thin < target.least_wall_mm * (1 - 1e-6) else "warn"
    return Check(
        name="wall",
        label="Thinnest wall",
        status=status,
        text=" ".join(parts),
        value=thin,
        limit=target.wall_mm,
        least=True,
        unit="mm",
        advice=""
        if status == "ok"
        else f"Thicken the walls to {number(target.wall_mm)} mm in the program that it comes from.",
    )


def _overhang(points: Vertices, faces: Faces, target: Target) -> Check:
    unit, area = normals(points, faces)
    # What is printed upright stands on the lower edge of the picture.
    up = 1 if target.upright else 2
    heights = points[faces, up]
    lowest = heights.max(axis=1) <= heights.min() + (target.layer_mm or 0.01)
    milled = target.kind in ("mill", "laser")
    # A face that looks down by more than this needs something below it.
    steepest = 1e-3 if milled else np.sin(np.radians(45)) + 1e-6
    hangs = (unit[:, up] < -steepest) & ~lowest
    share = float(area[hangs].sum() / max(area.sum(), 1e-300))
    bad = share > _OVERHANG_SHARE
    what = "cannot be reached from above" if milled else "hangs over by more than 45°"
    return Check(
        name="overhang",
        label="Undercuts" if milled else "Overhangs",
        status="warn" if bad else "ok",
        text=f"{number(100 * share)} % of the area {what}, as the part "
        f"{'stands' if target.upright else 'lies'}.",
        value=100 * share,
        limit=100 * _OVERHANG_SHARE,
        unit="%",
        advice=""
        if not bad
        else "Turn it over, or mill it from both sides."
        if milled
        else "Turn it so that it lies flat, or let the slicer set supports.",
    )


def _extents(points: Vertices, faces: Faces) -> Extents:
    used = np.zeros(len(points), dtype=bool)
    used[faces.ravel()] = True
    x, y, z = np.ptp(points[used], axis=0)
    return float(x), float(y), float(z)
