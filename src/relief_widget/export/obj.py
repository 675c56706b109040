"""OBJ with texture coordinates, alone or zipped with its material and the photo."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import IO

import numpy as np
from PIL import Image

from relief_widget.atomic import atomic_path
from relief_widget.export import text
from relief_widget.export.progress import Progress, ignore
from relief_widget.export.texture import jpeg, shared_uv
from relief_widget.mesh.grid import Part
from relief_widget.mesh.triangles import Mesh, check_numbers

# What deflate leaves of the text, at most: measured on photos and noise of all sizes.
_ZIPPED_GRID, _ZIPPED_MESH = 0.25, 0.34


def write_obj(mesh: Mesh, path: Path, progress: Progress = ignore) -> None:
    """Write a mesh as OBJ text: ``v``, ``vt`` and ``f v/vt``, in mm.

    Parameters
    ----------
    mesh
        The part, or a mesh of it.
    path
        Where to.
    progress
        Called with steps done and steps in all; may raise to stop.

    Raises
    ------
    ReliefError
        The file cannot be written.
    """
    check_numbers(mesh)
    with atomic_path(path) as temporary, temporary.open("r+b") as file:
        _put(mesh, file, progress)


def write_obj_zip(
    mesh: Mesh, path: Path, texture: Image.Image | None, progress: Progress = ignore
) -> None:
    """Write a mesh as a ZIP of OBJ, MTL and, with a `texture`, the photo as JPEG.

    Parameters
    ----------
    mesh
        The part, or a mesh of it.
    path
        Where to; its name without ``.obj.zip`` is the name of what is inside.
    texture
        RGB picture, top row first, or None.
    progress
        Called with steps done and steps in all; may raise to stop.

    Raises
    ------
    ReliefError
        The file cannot be written.
    """
    check_numbers(mesh)
    # Other programs split the names inside at spaces.
    name = (
        re.sub(r"[^\w.-]+", "_", re.sub(r"(\.obj)?\.zip$", "", path.name, flags=re.I)) or "relief"
    )
    material = "newmtl relief\nKa 1 1 1\nKd 1 1 1\nKs 0 0 0\nd 1\nillum 1\n"
    with (
        atomic_path(path) as temporary,
        # Level 1: a few per cent larger than level 6, three times as fast.
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
    ):
        # Entries have no date: the same part gives the same file.
        if texture is not None:
            picture = zipfile.ZipInfo(f"{name}.jpg")
            archive.writestr(picture, jpeg(texture), zipfile.ZIP_STORED)
            material += f"map_Kd {name}.jpg\n"
        archive.writestr(zipfile.ZipInfo(f"{name}.mtl"), material, zipfile.ZIP_DEFLATED)
        with archive.open(f"{name}.obj", "w", force_zip64=True) as file:
            file.write(f"mtllib {name}.mtl\n".encode())
            _put(mesh, file, progress)


def obj_size(mesh: Mesh) -> int:
    """Return how many bytes an OBJ of a mesh has at most: its lines with numbers of full length."""
    vertices, faces = mesh.vertex_count, mesh.triangles
    longest = len(str(vertices))
    extents = mesh.extents
    places = text.places(max(extents[:2]))
    numbers = 3 * (len(str(int(max(extents)))) + places + 3)
    return 64 + vertices * (numbers + 2 + 21) + faces * (6 * longest + 8)


def zipped_size(mesh: Mesh, texture: Image.Image | None) -> int:
    """Return about how many bytes an OBJ with its texture has, zipped."""
    picture = 0 if texture is None else len(jpeg(texture))
    share = _ZIPPED_GRID if isinstance(mesh, Part) else _ZIPPED_MESH
    return int(share * obj_size(mesh)) + picture + 1024


def _put(mesh: Mesh, file: IO[bytes], progress: Progress) -> None:
    vertices, faces = mesh.vertices, mesh.faces
    uv, own = shared_uv(mesh)
    corners = (
        np.stack([block, own[block]], axis=-1).reshape(-1, 6) + 1 for block in text.blocks(faces)
    )
    places = text.places(float(np.abs(vertices[:, :2]).max()))
    done, total = 0, sum(-(-len(rows) // text.CHUNK) for rows in (vertices, uv, faces))
    for head, chunks in (
        (
            b"# relief_widget, millimetres\no relief\n",
            text.vectors((b"v ", b" ", b" ", b"\n"), vertices, places),
        ),
        (b"", text.vectors((b"vt ", b" ", b"\n"), uv, 6)),
        (
            b"usemtl relief\n",
            text.corners((b"f ", *(b"/", b" ") * 2, b"/", b"\n"), corners, len(vertices)),
        ),
    ):
        file.write(head)
        for chunk in chunks:
            file.write(chunk)
            done += 1
            progress(done, total)
