"""The checks of a part or mesh, in one report."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from relief_widget import arguments
from relief_widget.errors import ReliefError
from relief_widget.mesh.grid import Part
from relief_widget.preflight.carving_checks import level_check, tool_check
from relief_widget.preflight.machines import Machine, bed_check, find_machine
from relief_widget.preflight.of_mesh import MAX_TRIANGLES, WILD_MM, mesh_checks
from relief_widget.preflight.reading import Found, joined
from relief_widget.preflight.relief_checks import (
    draft_check,
    layer_check,
    lithophane_check,
    slope_check,
    wall_check,
)
from relief_widget.preflight.report import Check, Report, change, down, number
from relief_widget.preflight.targets import Target, choose
from relief_widget.settings import ReliefSettings


class Mesh(Protocol):
    """A mesh of any library: `Triangles`, ``trimesh.Trimesh``."""

    @property
    def vertices(self) -> Any:
        """(n, 3) in mm."""
        ...

    @property
    def faces(self) -> Any:
        """(m, 3)."""
        ...


Subject: TypeAlias = Part | Mesh | Sequence[Any]


def preflight(
    subject: Subject,
    target: str | Target = "fdm",
    *,
    bed: str | Machine | None = None,
    material: str | None = None,
    settings: ReliefSettings | None = None,
    mesh: Mesh | None = None,
    notes: Sequence[str] = (),
    filtered: bool = False,
    title: str = "Part",
    size_bytes: int | None = None,
    **limits: Any,
) -> Report:
    """Say what a slicer or CAM program would say, before the part is made.

    Parameters
    ----------
    subject
        A `Part`; or a mesh in mm with ``vertices`` (n, 3) and ``faces`` (m, 3); or both arrays.
    target
        ``"fdm"``, ``"resin"``, ``"cnc"``, ``"laser"``, ``"lithophane"``, or a `Target`.
    bed
        A machine's name, such as ``"Prusa MK4"``, a size such as ``"220x220x250"``, or None.
    material
        For the mass: a name in `DENSITIES`.
    settings
        The settings that made the part, so that advice can name values.
    mesh
        The mesh that is written, where it is not the part's full grid.
    notes
        What is known of the mesh already, in sentences: each becomes a warning.
    filtered
        Whether the height filters act on this relief.
    title
        What the part is called in the report.
    size_bytes
        Size of the file that the mesh was read from.
    **limits
        Other limits of the target, such as ``nozzle_mm=0.6``, ``tools_mm=(3.0,)``, ``passes=100``.

    Returns
    -------
    Report
        The report. Nothing in it stops an export.

    Raises
    ------
    ReliefError
        The target, bed, material or a limit is unknown, or the mesh has no faces.
    """
    wanted = choose(target, **limits)
    filtered, title = arguments.flag("filtered", filtered), arguments.text("title", title)
    notes = _sentences(notes)
    if settings is not None:
        hint = "Give the settings of a relief, or leave them out."
        arguments.instance("settings", settings, ReliefSettings, hint=hint)
    if size_bytes is not None:
        size_bytes = arguments.whole("size_bytes", size_bytes, 0, 2**62)
    if not isinstance(subject, Part):
        vertices, faces = _arrays(subject)
        checks = mesh_checks(
            vertices, faces, wanted, bed=bed, material=material, size_bytes=size_bytes
        )
        return Report(checks, wanted.label, title)
    # As a file of it is read: corners at one place become one.
    vertices, faces = joined(Found(*_arrays(subject if mesh is None else mesh)))
    of_mesh = mesh_checks(vertices, faces, wanted, bed=bed, material=material, made_here=True)
    found = [_for_settings(check, subject, wanted, bed, settings) for check in of_mesh]
    known = {check.name for check in found}
    of_relief = [
        dataclasses.replace(check, advisory=True)
        for check in _relief_checks(subject, wanted, settings, filtered=filtered)
        if check.name not in known
    ]
    noted = [
        Check(name="note", label="Please note", status="warn", text=note, advisory=True)
        for note in notes
    ]
    return Report((*noted, *found[:-1], *of_relief, found[-1]), wanted.label, title)


def of_file(
    vertices: npt.NDArray[np.floating[Any]],
    faces: npt.NDArray[np.integer[Any]],
    target: str | Target = "fdm",
    *,
    bed: str | Machine | None = None,
    material: str | None = None,
    title: str = "Part",
    size_bytes: int | None = None,
    ours: bool = False,
    **limits: Any,
) -> Report:
    """Say the same of a mesh that was read from a file.

    Parameters
    ----------
    vertices, faces
        (n, 3) in mm and (m, 3), equal corners merged, all finite.
    target, bed, material, title, size_bytes, **limits
        As for `preflight`.
    ours
        Whether this package wrote it: the checks of the mesh are those of `preflight`, to the last
        digit.

    Raises
    ------
    ReliefError
        The target, bed, material or a limit is unknown.
    """
    wanted = choose(target, **limits)
    checks = mesh_checks(
        vertices,
        faces,
        wanted,
        bed=bed,
        material=material,
        made_here=ours,
        size_bytes=size_bytes,
    )
    return Report(checks, wanted.label, title)


def _relief_checks(
    part: Part, target: Target, settings: ReliefSettings | None, *, filtered: bool
) -> list[Check]:
    checks = []
    if target.thickness_mm:
        checks.append(lithophane_check(part, target, settings))
    checks.append(slope_check(part, target, settings))
    if settings is not None and settings.invert:
        checks.append(draft_check(part, settings))
    if target.layer_mm:
        checks.append(layer_check(part, target, settings))
    if target.tools_mm:
        checks.append(tool_check(part, target, settings))
    if target.passes:
        checks.append(level_check(part, target, settings, filtered=filtered))
    return checks


def _for_settings(
    check: Check,
    part: Part,
    target: Target,
    bed: str | Machine | None,
    settings: ReliefSettings | None,
) -> Check:
    """Return a check of the mesh with advice for the settings that made it."""
    if check.status == "ok":
        return check
    if check.name == "wall" and part.solid:
        return _thicker(check, wall_check(part, target, settings))
    if check.name == "bed":
        assert isinstance(check.value, tuple)
        x, y, z = check.value
        return bed_check(
            (x, z, y) if target.upright else (x, y, z),
            target,
            None if bed is None else find_machine(bed),
            size_mm=None if settings is None else settings.size_mm,
            fixed_thickness=part.fixed,
        )
    if check.name == "triangles":
        return dataclasses.replace(check, **_lighter(part, settings))
    if check.name in ("volume", "mass") and not part.solid:
        advice, changes = change("mode", "solid")
        return dataclasses.replace(check, advice=advice, changes=changes)
    return check


def _thicker(check: Check, on_grid: Check) -> Check:
    """Return a check of walls with what the grid knows: where it is thin, and what mends it."""
    if on_grid.status != "ok":
        return dataclasses.replace(
            check, advice=on_grid.advice, changes=on_grid.changes, places=on_grid.places
        )
    return dataclasses.replace(
        check,
        advice="Make ridges and posts thicker: smooth the relief, lower it, or make it larger.",
    )


def _lighter(part: Part, settings: ReliefSettings | None) -> dict[str, Any]:
    rows, cols = part.shape
    error = max(0.001, round(0.005 * float(np.ptp(part.z)), 3))
    adaptive = f"save it with max_error_mm={number(error)}, which spends triangles where form is"
    share = min(rows, cols) / max(rows, cols)
    quality = down("mesh_quality", (MAX_TRIANGLES / (2 * share)) ** 0.5)
    if settings is None or quality is None or settings.mesh_quality <= quality:
        return {"advice": f"{adaptive[:1].upper()}{adaptive[1:]}."}
    text, changes = change("mesh_quality", int(quality))
    return {"advice": f"{text[:-1]}, or {adaptive}.", "changes": changes}


def _sentences(notes: Sequence[str]) -> tuple[str, ...]:
    if isinstance(notes, str) or not isinstance(notes, Sequence):
        told = f"notes is {arguments.shown(notes)}, which is no list of sentences."
        raise ReliefError(told, "Give a list of texts.")
    return tuple(arguments.text("notes", note) for note in notes)


def _numbers(values: Any) -> npt.NDArray[Any]:
    """Return values as an array of real numbers."""
    found = np.asarray(values)
    if found.dtype.kind == "O":
        # Whole numbers stay whole.
        whole = all(isinstance(value, int | np.integer) for value in found.ravel())
        found = found.astype(np.int64 if whole else np.float64)
    if found.dtype.kind not in "fiu":
        raise TypeError
    return found


def _arrays(
    subject: Any,
) -> tuple[npt.NDArray[np.floating[Any]], npt.NDArray[np.integer[Any]]]:
    pair = subject if isinstance(subject, (tuple, list)) else None
    try:
        vertices, faces = pair if pair is not None else (subject.vertices, subject.faces)
        points, corners = _numbers(vertices), _numbers(faces)
    except Exception:  # whatever an object's __array__ raises
        raise ReliefError(
            f"A {type(subject).__name__} is no part and no mesh.",
            "Give a relief's part, a mesh, or vertices (n, 3) and faces (m, 3).",
        ) from None
    if points.ndim != 2 or points.shape[1] != 3 or corners.ndim != 2 or corners.shape[1] != 3:
        raise ReliefError(
            "The mesh is not made of points with x, y, z and of triangles.",
            "Give vertices (n, 3) and faces (m, 3).",
        )
    if not len(corners) or not len(points):
        raise ReliefError("The mesh is empty: it has no triangles.", "Export it again.")
    if corners.min() < 0 or corners.max() >= len(points):
        raise ReliefError(
            "A triangle of the mesh names a corner that is not there.", "Export it again."
        )
    if corners.dtype.kind == "f":
        raise ReliefError(
            "The mesh's triangles are not three whole numbers each.", "Give faces (m, 3) of those."
        )
    if not (np.isfinite(points).all() and np.abs(points).max() < WILD_MM):
        raise ReliefError(
            "The mesh has corners that are no numbers (NaN or infinite), or too far away.",
            "Export it again.",
        )
    return points, corners
