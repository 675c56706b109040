"""3MF: a package of the mesh in millimetres, its name, a thumbnail, the photo and the settings.

Slicers read the geometry. For a photo, 3MF's materials extension has colours of vertices and
textures. PrusaSlicer reads neither; Bambu Studio (from 2.5) takes the colours of vertices for
filaments, and would ask which reel each of 100,000 is. Services that print in full colour, lib3mf,
three.js and assimp read textures: so a photo goes in as one. Since no slicer gains by it, and the
file becomes twice as large, it goes in only where it is asked for.

The text is our own, streamed: at 512² the file takes a ninth of the time of trimesh's, less than
half of that of lib3mf's, and is the smallest (``benchmarks/bench_formats.py``); three quarters of
what remains is the compression.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import numpy as np
from PIL import Image

from relief_widget.atomic import atomic_path
from relief_widget.export import text
from relief_widget.export.progress import Progress, ignore, writing_behind
from relief_widget.export.texture import jpeg, shared_uv
from relief_widget.image import encoding
from relief_widget.mesh.triangles import Mesh, check_numbers

PROJECT_NAME = "Metadata/relief_widget.relief"
"""Where a project file lies in the package."""

_CORE = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
_MATERIAL = "http://schemas.microsoft.com/3dmanufacturing/material/2015/02"
_OURS = "urn:relief-widget:3mf"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_MODEL = "http://schemas.microsoft.com/3dmanufacturing/2013/01"
_MODEL_NAME = "3D/3dmodel.model"
_THUMBNAIL_NAME = "Metadata/thumbnail.png"
_TEXTURE_NAME = "3D/Textures/photo.jpg"
_THUMBNAIL_SIDE = 256


def write_3mf(
    mesh: Mesh,
    path: Path,
    *,
    name: str = "relief",
    texture: Image.Image | None = None,
    thumbnail: Image.Image | None = None,
    settings: Mapping[str, Any] | None = None,
    project: bytes | None = None,
    progress: Progress = ignore,
) -> None:
    """Write a mesh as 3MF, in mm, at the origin of the build plate.

    Parameters
    ----------
    mesh
        The part. Coordinates have seven digits, at least four decimals.
    path
        Where to.
    name
        Of the object.
    texture
        RGB picture to lay over it, top row first, or None.
    thumbnail
        Picture of the part, for file managers; it is shrunk to 256 pixels.
    settings
        Plain values, kept as JSON in the metadata ``relief:settings``.
    project
        A project file, kept as a part of the package that other programs pass over.
    progress
        Called with steps done and steps in all; may raise to stop.

    Raises
    ------
    ReliefError
        The file cannot be written.
    """
    check_numbers(mesh)
    with (
        atomic_path(path) as temporary,
        # Level 6 takes three times as long.
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
    ):
        _put(archive, "[Content_Types].xml", _content_types())
        parts = [(_MODEL_NAME, f"{_MODEL}/3dmodel")]
        if thumbnail is not None:
            parts.append((_THUMBNAIL_NAME, f"{_PACKAGE}/relationships/metadata/thumbnail"))
            _put(archive, _THUMBNAIL_NAME, _png(thumbnail), stored=True)
        if project is not None:
            parts.append((PROJECT_NAME, "urn:relief-widget:project"))
        _put(archive, "_rels/.rels", _relationships(parts))
        if texture is not None:
            texture_part = [(_TEXTURE_NAME, f"{_MODEL}/3dtexture")]
            _put(archive, "3D/_rels/3dmodel.model.rels", _relationships(texture_part))
            _put(archive, _TEXTURE_NAME, jpeg(texture), stored=True)
        with (
            archive.open(_MODEL_NAME, "w", force_zip64=True) as file,
            # Compressing lets other threads run: meanwhile the next text is made.
            writing_behind(file) as put,
        ):
            for chunk in _model(mesh, name, settings, texture is not None, progress):
                put(chunk)
        if project is not None:
            _put(archive, PROJECT_NAME, project, stored=True)


def _model(
    mesh: Mesh,
    name: str,
    settings: Mapping[str, Any] | None,
    textured: bool,
    progress: Progress,
) -> Iterator[text.Lines]:
    vertices, faces = mesh.vertices, mesh.faces
    yield _head(name, settings)
    if textured:
        uv, own = shared_uv(mesh)
        yield (
            f'<m:texture2d id="2" path="/{_TEXTURE_NAME}" contenttype="image/jpeg" '
            'tilestyleu="clamp" tilestylev="clamp"/><m:texture2dgroup id="3" texid="2">'
        ).encode()
        yield from text.vectors((b'<m:tex2coord u="', b'" v="', b'"/>'), uv, 6)
        yield b"</m:texture2dgroup>"
    shown = ' pid="3" pindex="0"' if textured else ""
    yield f'<object id="1" type="model" name={_attribute(name)}{shown}><mesh><vertices>'.encode()
    places = text.places(max(mesh.extents))
    done, total = 0, -(-len(vertices) // text.CHUNK) - (-len(faces) // text.CHUNK)
    for chunk in text.vectors((b'<vertex x="', b'" y="', b'" z="', b'"/>'), vertices, places):
        yield chunk
        done += 1
        progress(done, total)
    yield b"</vertices><triangles>"
    # In this order of the attributes the two triangles of a cell end alike: a sixth less time to
    # compress them.
    order = [1, 2, 0]
    pieces = [b'<triangle v2="', b'" v3="', b'" v1="', b'"/>']
    corners = (block[:, order] for block in text.blocks(faces))
    if textured:
        # lib3mf passes over the corners' coordinates where a triangle does not name their group.
        pieces[3:] = [b'" pid="3" p2="', b'" p3="', b'" p1="', b'"/>']
        corners = (np.hstack([block, own[block]]) for block in corners)
    for chunk in text.corners(pieces, corners, len(vertices) - 1):
        yield chunk
        done += 1
        progress(done, total)
    # A part that reaches to the left of the origin is moved onto the plate.
    low = [float(axis.min()) for axis in vertices.T]
    shift = " ".join(f"{max(0.0, -value):.6g}" for value in low)
    place = "" if min(low) >= 0 else f' transform="1 0 0 0 1 0 0 0 1 {shift}"'
    end = f'</triangles></mesh></object></resources><build><item objectid="1"{place}/></build>'
    yield f"{end}</model>".encode()


def _head(name: str, settings: Mapping[str, Any] | None) -> bytes:
    from importlib.metadata import version

    notes = {
        "Title": name,
        "Application": f"relief_widget {version('relief_widget')}",
    }
    if settings is not None:
        notes["relief:settings"] = json.dumps(dict(settings), allow_nan=False)
    metadata = "".join(
        f'<metadata name="{key}">{escape(_legal(value))}</metadata>' for key, value in notes.items()
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<model unit="millimeter" xml:lang="en-US" xmlns="{_CORE}" xmlns:m="{_MATERIAL}" '
        f'xmlns:relief="{_OURS}">{metadata}<resources>'
    ).encode()


def _content_types() -> bytes:
    kinds = {
        "rels": "application/vnd.openxmlformats-package.relationships+xml",
        "model": "application/vnd.ms-package.3dmanufacturing-3dmodel+xml",
        "png": "image/png",
        "jpg": "image/jpeg",
        "relief": "application/vnd.relief-widget.project+zip",
    }
    defaults = "".join(
        f'<Default Extension="{extension}" ContentType="{kind}"/>'
        for extension, kind in kinds.items()
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Types xmlns="{_PACKAGE}/content-types">{defaults}</Types>'
    ).encode()


def _relationships(parts: list[tuple[str, str]]) -> bytes:
    items = "".join(
        f'<Relationship Target="/{target}" Id="rel{index}" Type="{kind}"/>'
        for index, (target, kind) in enumerate(parts)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Relationships xmlns="{_PACKAGE}/relationships">{items}</Relationships>'
    ).encode()


def _put(archive: zipfile.ZipFile, name: str, data: bytes, *, stored: bool = False) -> None:
    kind = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    # An entry without a date: the same part gives the same file.
    archive.writestr(zipfile.ZipInfo(name), data, kind)


def _png(thumbnail: Image.Image) -> bytes:
    picture = thumbnail.copy()
    picture.thumbnail((_THUMBNAIL_SIDE, _THUMBNAIL_SIDE), Image.Resampling.LANCZOS)
    return encoding.png(picture, small=True)


def _attribute(value: str) -> str:
    return quoteattr(_legal(value))


def _legal(value: str) -> str:
    """Leave out the characters that no XML document may hold (XML 1.0, production 2)."""
    return re.sub("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", value)
