"""GLB (binary glTF 2.0): the part to look at, with the photo and the material of the preview.

glTF's unit is the metre: the mesh keeps its millimetres, exactly, and its node is scaled by 0.001.
glTF's axes are y up and z towards the viewer, and so are the part's: the relief stands upright and
faces the viewer, as on a wall.

The relief's surface has smooth normals; walls, back and whatever else there is are a primitive of
their own without normals, which glTF shades flat. A photo covers the surface alone; the variant
``material`` (KHR_materials_variants) shows the surface without it.

Our own writer: streamed from the grid, at 512² it takes a little over twice as long as to write
the bare bytes, normals and all, and a seventh of the time of trimesh's, which come without
(``benchmarks/bench_formats.py``).
"""

from __future__ import annotations

import json
import struct
from pathlib import Path

from PIL import Image

from relief_widget.atomic import atomic_path
from relief_widget.export.gltf_document import add_picture, gltf_document
from relief_widget.export.gltf_surfaces import grid_surfaces, mesh_surfaces
from relief_widget.export.progress import Progress, ignore
from relief_widget.export.texture import jpeg
from relief_widget.mesh.grid import Part
from relief_widget.mesh.triangles import Mesh
from relief_widget.settings.materials import Material, material


def write_glb(
    body: Mesh,
    path: Path,
    *,
    name: str = "relief",
    texture: Image.Image | None = None,
    look: Material | None = None,
    progress: Progress = ignore,
) -> None:
    """Write a mesh as GLB.

    Parameters
    ----------
    body
        The part, in mm.
    path
        Where to.
    name
        Of the node and the mesh.
    texture
        RGB picture to lay over the relief, top row first; embedded as JPEG, at most 4096 pixels.
    look
        The material; matte white by default.
    progress
        Called with bytes written and bytes in all; may raise to stop.

    Raises
    ------
    ReliefError
        The file cannot be written.
    """
    stride = 24 if texture is None else 32
    if isinstance(body, Part) and body.cells is None:
        surface, rest = grid_surfaces(body, stride)
    else:
        surface, rest = mesh_surfaces(body, stride)
    picture = b"" if texture is None else jpeg(texture)
    sizes = [
        size
        for part in (surface, rest)
        if part is not None
        for size in (part.vertices * part.stride, part.triangles * 12)
    ]
    if picture:
        sizes.append(len(picture))
    length = sum(sizes) + -sum(sizes) % 4
    document = gltf_document(
        surface, rest, sizes, length, name, look or material("matte_white_pla")
    )
    if picture:
        add_picture(document, surface is not None)
    text = json.dumps(document, separators=(",", ":"), allow_nan=False).encode()
    text += b" " * (-len(text) % 4)
    head = struct.pack("<4sII", b"glTF", 2, 12 + 8 + len(text) + 8 + length)
    head += struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", length, b"BIN\0")
    with atomic_path(path) as temporary, temporary.open("r+b") as file:
        file.write(head)
        done = 0
        for part in (surface, rest):
            for chunk in () if part is None else part.chunks():
                # In one thread: handing over takes longer than to write what the cache still holds.
                file.write(chunk.data)
                done += chunk.nbytes
                progress(done, length)
        file.write(picture + bytes(length - done - len(picture)))
        progress(length, length)
