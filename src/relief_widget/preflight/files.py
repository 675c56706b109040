"""Anyone's mesh file: STL, OBJ, 3MF or PLY, read with trimesh, or refused in a sentence."""

from __future__ import annotations

import importlib.util
import io
import zipfile
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from relief_widget import arguments
from relief_widget.errors import ReliefError
from relief_widget.preflight.machines import Machine
from relief_widget.preflight.of_mesh import INCH
from relief_widget.preflight.report import Report
from relief_widget.preflight.run import preflight
from relief_widget.preflight.targets import Target

Units: TypeAlias = Literal["mm", "inch"]
Arrays: TypeAlias = tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]

SUFFIXES = (".stl", ".obj", ".3mf", ".ply")
# Twenty million triangles as binary STL, which is far beyond what slicers take.
MAX_FILE = 1_000_000_000
# Text takes ten times its size while it is read.
MAX_TEXT = 300_000_000
_AGAIN = "Export or download it again."


def check_file(
    path: str | Path,
    target: str | Target = "fdm",
    *,
    bed: str | Machine | None = None,
    material: str | None = None,
    units: Units | None = None,
    **limits: Any,
) -> Report:
    """Look at a mesh file as a slicer or CAM program would.

    Parameters
    ----------
    path
        ``.stl`` (binary or text), ``.obj``, ``.3mf`` or ``.ply``.
    target, bed, material, **limits
        As for `preflight`.
    units
        ``"mm"`` or ``"inch"``; None is the unit that a 3MF names, else mm.

    Raises
    ------
    ReliefError
        The file cannot be read as a mesh, or an option is unknown.
    """
    path = arguments.path("path", path)
    if units is not None:
        arguments.choice("units", units, ("mm", "inch"))
    vertices, faces = read_mesh(path, units)
    return preflight(
        (vertices, faces),
        target,
        bed=bed,
        material=material,
        title=path.name,
        size_bytes=path.stat().st_size,
        **limits,
    )


def read_mesh(path: Path, units: Units | None = None) -> Arrays:
    """Read a mesh in mm; corners at the same place within a body are one.

    Returns
    -------
    Arrays
        Vertices (n, 3) and faces (m, 3), m ≥ 1, all finite.

    Raises
    ------
    ReliefError
        The file is missing, too large, empty, damaged, or something else.
    """
    data = _content(path)
    suffix = path.suffix.lower()
    if suffix == ".stl":
        _check_stl(path.name, data)
    if suffix == ".3mf":
        _check_3mf(path.name, data)
    bodies, unit = _load(path.name, data, suffix)
    if not bodies:
        raise ReliefError(f"{path.name} is empty: it has no triangles.", _AGAIN)
    scale = INCH if units == "inch" else 1.0 if units == "mm" else unit
    points, corners, before = [], [], 0
    for vertices, faces in bodies:
        if faces.min() < 0 or faces.max() >= len(vertices):
            raise ReliefError(f"A triangle of {path.name} names a corner that is missing.", _AGAIN)
        merged, index = merge(vertices)
        points.append(merged * scale)
        corners.append(index[faces] + before)
        before += len(merged)
    found = np.concatenate(points)
    if not np.isfinite(found).all():
        bad = int((~np.isfinite(found)).any(axis=1).sum())
        raise ReliefError(
            f"{path.name} has {bad:,} corners that are no numbers (NaN or infinite).", _AGAIN
        )
    return found, np.concatenate(corners)


def merge(vertices: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], npt.NDArray[Any]]:
    """Return the different points among (n, 3) vertices, and where each vertex is among them."""
    index: npt.NDArray[Any] = np.zeros(len(vertices), dtype=np.int64)
    for axis in range(3):
        values, place = np.unique(vertices[:, axis], return_inverse=True)
        _, index = np.unique(index * len(values) + place, return_inverse=True)
    points = np.empty((int(index.max(initial=-1)) + 1, 3))
    points[index] = vertices
    return points, index


def _content(path: Path) -> bytes:
    if path.suffix.lower() not in SUFFIXES:
        raise ReliefError(
            f"{path.name} is no mesh file that can be checked.", f"Give {', '.join(SUFFIXES)}."
        )
    try:
        if path.is_dir():
            raise ReliefError(f"{path.name} is a folder.", "Give a file.")
        size = path.stat().st_size
        if size > MAX_FILE:
            raise ReliefError(
                f"{path.name} has {size / 1e9:.1f} GB, more than a slicer takes.",
                "Reduce its triangles first.",
            )
        data = path.read_bytes()
    except OSError:
        raise ReliefError(f"{path.name} cannot be read.", "Check the name and folder.") from None
    if not data.strip(b"\0 \r\n\t"):
        raise ReliefError(f"{path.name} is empty.", _AGAIN)
    start = data[:512].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if start.startswith((b"<!doctype html", b"<html")):
        raise ReliefError(
            f"{path.name} is a web page, not a mesh.",
            "Download it again; the address may need a log-in or a download button.",
        )
    if len(data) > MAX_TEXT and not _is_binary(data):
        raise ReliefError(
            f"{path.name} has {len(data) / 1e6:.0f} MB of text, too much to read.",
            "Save it as a binary file.",
        )
    return data


def _is_binary(data: bytes) -> bool:
    return b"\0" in data[:1024]


def _check_stl(name: str, data: bytes) -> None:
    """Refuse STL files whose length is not what they say; others may still start with "solid"."""
    count = int.from_bytes(data[80:84], "little")
    wanted = 84 + 50 * count
    if len(data) == wanted and len(data) > 83:
        if not count:
            raise ReliefError(f"{name} is empty: it has no triangles.", _AGAIN)
        return
    if data.lstrip()[:5].lower() == b"solid" and not _is_binary(data):
        if b"facet" not in data[:100_000].lower():
            raise ReliefError(f"{name} is empty: it has no triangles.", _AGAIN)
        if b"endsolid" not in data[-1000:].lower():
            raise ReliefError(f"{name} is cut off: its end is missing.", _AGAIN)
        return
    if len(data) < 84:
        raise ReliefError(f"{name} is no STL file: it is too short.", _AGAIN)
    if not _is_binary(data):
        raise ReliefError(f"{name} is no STL file, but another kind of text.", _AGAIN)
    there = (len(data) - 84) // 50
    raise ReliefError(
        f"{name} is damaged: it says that it has {count:,} triangles, and has {there:,}.", _AGAIN
    )


def _check_3mf(name: str, data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
            models = [entry for entry in archive.namelist() if entry.lower().endswith(".model")]
    except (zipfile.BadZipFile, OSError, ValueError):
        raise ReliefError(f"{name} is no 3MF file, or damaged.", _AGAIN) from None
    if not models:
        raise ReliefError(f"{name} has no model in it.", _AGAIN)
    if size > MAX_FILE:
        raise ReliefError(
            f"{name} unpacks to {size / 1e9:.1f} GB, more than a slicer takes.",
            "Reduce its triangles first.",
        )


def _load(name: str, data: bytes, suffix: str) -> tuple[list[Arrays], float]:
    """Return the bodies of a file, and how many mm its unit is."""
    import trimesh

    # trimesh's reader of 3MF needs both; without them it raises an error that names neither.
    needed = ("lxml", "networkx") if suffix == ".3mf" else ()
    missing = [library for library in needed if importlib.util.find_spec(library) is None]
    if missing:
        raise ReliefError(
            f"Reading 3MF files needs {' and '.join(missing)}.",
            "Run: pip install 'relief_widget[threemf]'",
        )
    try:
        # Corners that are infinite are told of later, in a sentence.
        with np.errstate(all="ignore"):
            scene = trimesh.load_scene(
                io.BytesIO(data),
                file_type=suffix[1:],
                process=False,
                skip_materials=True,
                allow_remote=False,
            )
            bodies = [
                (np.asarray(mesh.vertices, np.float64), np.asarray(mesh.faces, np.int64))
                for mesh in scene.dump()
                if isinstance(mesh, trimesh.Trimesh) and len(mesh.faces)
            ]
            units = scene.units if suffix == ".3mf" else None
            unit = trimesh.units.unit_conversion(units, "millimeters") if units else 1.0
    # What a reader raises on a damaged file is of any kind.
    except Exception as error:
        raise ReliefError(
            f"{name} cannot be read as {suffix[1:].upper()}: it is damaged, or of another kind.",
            _AGAIN,
        ) from error
    return bodies, float(unit)
