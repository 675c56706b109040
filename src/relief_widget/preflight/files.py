"""Anyone's mesh file: STL, OBJ, 3MF, PLY, GLB or a ZIP of them, or refused in a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from relief_widget import arguments
from relief_widget.errors import ReliefError
from relief_widget.preflight.machines import Machine
from relief_widget.preflight.of_mesh import INCH, WILD_MM
from relief_widget.preflight.reading import SUFFIXES, Found, guessed, joined, merge, read
from relief_widget.preflight.reading.bounds import MOST_BYTES, damaged, too_large
from relief_widget.preflight.report import Check, Report, together
from relief_widget.preflight.run import of_file
from relief_widget.preflight.targets import Target

__all__ = ["SUFFIXES", "UNITS", "Units", "check_file", "merge", "read_mesh"]

Units: TypeAlias = Literal["micron", "mm", "cm", "m", "inch", "ft"]
UNITS: tuple[Units, ...] = get_args(Units)
Arrays: TypeAlias = tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]

_MM: Mapping[str, float] = MappingProxyType(
    {"micron": 0.001, "mm": 1.0, "cm": 10.0, "m": 1000.0, "inch": INCH, "ft": 12 * INCH}
)


def check_file(
    path: str | Path | bytes,
    target: str | Target = "fdm",
    *,
    bed: str | Machine | None = None,
    material: str | None = None,
    units: Units | None = None,
    **limits: Any,
) -> Report:
    """Look at a mesh file as a slicer or CAM program would.

    What this package saved gets the answer that `Relief.preflight` gave.

    Parameters
    ----------
    path
        ``.stl`` (binary or text), ``.obj``, ``.3mf``, ``.ply``, ``.glb``, or a ``.zip`` of them; or
        the bytes of one.
    target, bed, material, **limits
        As for `preflight`.
    units
        ``"micron"``, ``"mm"``, ``"cm"``, ``"m"``, ``"inch"`` or ``"ft"``; None is the unit that a
        3MF or GLB names, else mm.

    Raises
    ------
    ReliefError
        The file cannot be read as a mesh, or an option is unknown.
    """
    _check_units(units)
    reports = []
    file, content = _opened(path)
    size = len(content)
    found = read(file, content)
    del content
    alone = len(found) == 1
    # The bytes of the file are let go of as soon as they are read.
    while found:
        name = next(iter(found))
        one = found.pop(name)
        title = file if alone else name
        vertices, faces = _in_mm(file, one, units)
        ours, texts = one.ours, one.notes
        del one
        report = of_file(
            vertices,
            faces,
            target,
            bed=bed,
            material=material,
            title=title,
            size_bytes=size if alone else None,
            ours=ours,
            **limits,
        )
        notes = [Check(name="file", label="File", status="warn", text=text) for text in texts]
        reports.append(Report((*notes, *report.checks), report.target, title))
    return together(reports, file)


def read_mesh(path: Path, units: Units | None = None) -> Arrays:
    """Read a mesh in mm; corners at the same place within a body are one.

    Returns
    -------
    Arrays
        Vertices (n, 3) and faces (m, 3), m ≥ 1, all finite. Of a ZIP all meshes in it, as they lie.

    Raises
    ------
    ReliefError
        The file is missing, too large, empty, damaged, or something else.
    """
    _check_units(units)
    points, corners, before = [], [], 0
    for found in read(path.name, _content(path)).values():
        vertices, faces = _in_mm(path.name, found, units)
        points.append(vertices)
        corners.append(faces + before)
        before += len(vertices)
    return np.concatenate(points), np.concatenate(corners)


def _check_units(units: str | None) -> None:
    if units is not None:
        arguments.choice("units", units, UNITS)


def _in_mm(name: str, found: Found, units: Units | None) -> Arrays:
    vertices, faces = joined(found)
    scale = _MM[units] / found.read_as_mm if units else found.unit_mm or 1.0
    if scale != 1:
        vertices = vertices * scale
    if not np.abs(vertices).max() < WILD_MM:
        raise damaged(name, "has corners that are farther away than any part is large")
    return vertices, faces


def _opened(path: str | Path | bytes) -> tuple[str, bytes]:
    """Return a file's name and its bytes; bytes without a name get one by what they are."""
    if isinstance(path, (bytes, bytearray, memoryview)):
        data = bytes(path)
        if len(data) > MOST_BYTES:
            raise too_large("The mesh", len(data))
        return f"mesh{guessed(data)}", data
    named = arguments.path("path", path)
    return named.name, _content(named)


def _content(path: Path) -> bytes:
    if path.suffix.lower() not in SUFFIXES:
        raise ReliefError(
            f"{path.name} is no mesh file that can be checked.", f"Give {', '.join(SUFFIXES)}."
        )
    try:
        if path.is_dir():
            raise ReliefError(f"{path.name} is a folder.", "Give a file.")
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise too_large(path.name, size)
        if not path.is_file():
            raise ReliefError(f"{path.name} is no file but a device.", "Give a file.")
        return path.read_bytes()
    except (OSError, ValueError):
        raise ReliefError(f"{path.name} cannot be read.", "Check the name and folder.") from None
