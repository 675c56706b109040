"""Checks that any mesh can have: closed, size, bed, volume, mass, walls, overhangs, triangles."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from relief_widget.preflight.machines import Extents, Machine, bed_check, find_machine
from relief_widget.preflight.report import Check, Status, change, number
from relief_widget.preflight.targets import DENSITIES, Target, choose, density
from relief_widget.preflight.thickness import sampled_thickness
from relief_widget.preflight.topology import Topology, normals, topology, volume

INCH = 25.4
# A file whose longest side is below this is more likely in inches than meant as it is.
_TINY_MM, _HUGE_MM = 10.0, 3000.0
# Services and web viewers decimate above a million triangles and refuse 100 MB.
MAX_TRIANGLES, MAX_BYTES = 1_000_000, 100_000_000
# Single points of a sample may lie in the tip of an edge: this share must be thin.
_THIN_SHARE = 0.01
_OVERHANG_SHARE = 0.005
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
    surface: bool = False,
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
    surface
        The mesh is open on purpose, as a planar relief is.
    made_here
        The mesh is a relief of this package: its units are sure, and its walls and slopes are
        looked at on the grid instead of being sampled.
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
    points = np.asarray(vertices, dtype=np.float64)
    extents = _extents(points, faces)
    edges = topology(faces, len(points))
    cubic = volume(points, faces) if edges.closed else 0.0
    whole = edges.closed and not edges.reversed_edges
    checks = [
        closed_check(edges, cubic, wanted, surface=surface),
        size_check(extents, made_here=made_here),
        bed_check(extents, wanted, space),
        *_bulk_checks(cubic, wanted, named, grams, whole=whole),
    ]
    if not made_here:
        outwards = faces if cubic >= 0 else faces[:, ::-1]
        if wanted.wall_mm and not surface:
            checks.append(_sampled_wall(points, outwards, wanted))
        checks.append(_overhang(points, outwards, wanted))
    checks.append(heavy_check(len(faces), size_bytes))
    return tuple(checks)


def closed_check(edges: Topology, cubic: float, target: Target, *, surface: bool = False) -> Check:
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
        text += f" Only {number(longest)} mm long: is the file in inches?"
        large = " × ".join(number(side * INCH) for side in extents)
        advice = f'Then read it with --units inch (units="inch"): {large} mm.'
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


def heavy_check(triangles: int, size_bytes: int | None = None) -> Check:
    """Say how heavy the mesh is for slicers, web pages and services."""
    size = 84 + 50 * triangles if size_bytes is None else size_bytes
    heavy = triangles > MAX_TRIANGLES or size > MAX_BYTES
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


def _sampled_wall(points: Vertices, faces: Faces, target: Target) -> Check:
    _, found = sampled_thickness(points, faces)
    if not len(found):
        return Check(
            name="wall",
            label="Thinnest wall",
            status="warn",
            text="No wall was found: no ray from the surface meets an opposite one.",
            advice="Close the mesh first.",
        )
    thin = float(np.quantile(found, _THIN_SHARE, method="lower"))
    share = float((found < target.wall_mm).mean())
    status: Status = "ok"
    if thin < target.wall_mm * (1 - 1e-6):
        status = "fail" if thin < target.least_wall_mm * (1 - 1e-6) else "warn"
    return Check(
        name="wall",
        label="Thinnest wall",
        status=status,
        text=f"Sampled at {len(found):,} places, the thinnest {number(float(found.min()))} mm; "
        f"{number(100 * share)} % are below {number(target.wall_mm)} mm.",
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
    lowest = points[faces][:, :, 2].max(axis=1) <= points[:, 2].min() + (target.layer_mm or 0.01)
    milled = target.kind in ("mill", "laser")
    # A face that looks down by more than this needs something below it.
    steepest = 1e-3 if milled else np.sin(np.radians(45)) + 1e-6
    hangs = (unit[:, 2] < -steepest) & ~lowest
    share = float(area[hangs].sum() / max(area.sum(), 1e-300))
    bad = share > _OVERHANG_SHARE
    what = "cannot be reached from above" if milled else "hangs over by more than 45°"
    return Check(
        name="overhang",
        label="Undercuts" if milled else "Overhangs",
        status="warn" if bad else "ok",
        text=f"{number(100 * share)} % of the area {what}, as the part lies.",
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
