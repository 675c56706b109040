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
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from relief_widget.arrays import FloatArray
from relief_widget.atomic import atomic_path
from relief_widget.export.progress import Progress, ignore
from relief_widget.export.texture import jpeg
from relief_widget.mesh.grid import Part
from relief_widget.mesh.triangles import Mesh, check_numbers, relief_flags
from relief_widget.settings.materials import Material, material

Chunks = Iterator[npt.NDArray[Any]]

# glTF's numbers for what OpenGL calls them.
_FLOAT, _UINT32, _VERTICES, _INDICES = 5126, 5125, 34962, 34963
_LINEAR, _MIPMAPPED, _CLAMP = 9729, 9987, 33071
_CELLS = 32768


def write_glb(
    mesh: Mesh,
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
    mesh
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
    check_numbers(mesh)
    stride = 24 if texture is None else 32
    surface, rest = surfaces(mesh, stride)
    picture = b"" if texture is None else jpeg(texture)
    parts = [part for part in (surface, rest) if part is not None]
    sizes = [n for part in parts for n in (part.vertices * part.stride, part.triangles * 12)]
    if picture:
        sizes.append(len(picture))
    length = sum(sizes) + -sum(sizes) % 4
    shown = _material(look or material("matte_white_pla"), closed=rest is not None)
    document = _document(parts, sizes, length, name, shown)
    if picture:
        _add_picture(document, surface is not None)
    text = json.dumps(document, separators=(",", ":"), allow_nan=False).encode()
    text += b" " * (-len(text) % 4)
    head = struct.pack("<4sII", b"glTF", 2, 12 + 8 + len(text) + 8 + length)
    head += struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", length, b"BIN\0")
    with atomic_path(path) as temporary, temporary.open("r+b") as file:
        file.write(head)
        done = 0
        for part in parts:
            for chunk in part.chunks:
                # In one thread: handing over takes longer than to write what the cache still holds.
                file.write(chunk.data)
                done += chunk.nbytes
                progress(done, length)
        file.write(picture + bytes(length - done - len(picture)))
        progress(length, length)


def _document(
    parts: list[Surface], sizes: list[int], length: int, name: str, look: dict[str, Any]
) -> dict[str, Any]:
    """Return the JSON part, without the photo.

    Parameters
    ----------
    parts
        The primitives.
    sizes
        Bytes of each buffer view: vertices and triangles of each primitive, then of the photo.
    length
        Bytes of the buffer.
    name
        Of node and mesh.
    look
        The material.
    """
    starts = np.cumsum([0, *sizes]).tolist()
    views: list[dict[str, Any]] = [
        {"buffer": 0, "byteOffset": start, "byteLength": size}
        for start, size in zip(starts, sizes, strict=False)
    ]
    accessors: list[dict[str, Any]] = []
    primitives: list[dict[str, Any]] = []
    for part in parts:
        view = 2 * len(primitives)
        views[view]["target"], views[view + 1]["target"] = _VERTICES, _INDICES
        attributes = [("POSITION", 0, "VEC3")]
        if part.stride > 12:
            views[view]["byteStride"] = part.stride
            attributes.append(("NORMAL", 12, "VEC3"))
        if part.stride > 24:
            attributes.append(("TEXCOORD_0", 24, "VEC2"))
        numbers = {}
        for key, offset, kind in attributes:
            numbers[key] = len(accessors)
            accessors.append(
                {
                    "bufferView": view,
                    "byteOffset": offset,
                    "componentType": _FLOAT,
                    "count": part.vertices,
                    "type": kind,
                }
            )
        accessors[numbers["POSITION"]] |= {"min": part.low, "max": part.high}
        primitives.append({"attributes": numbers, "indices": len(accessors), "material": 0})
        accessors.append(
            {
                "bufferView": view + 1,
                "componentType": _UINT32,
                "count": 3 * part.triangles,
                "type": "SCALAR",
            }
        )
    document: dict[str, Any] = {
        "asset": {"version": "2.0", "generator": "relief_widget"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"name": name, "mesh": 0, "scale": [0.001, 0.001, 0.001]}],
        "meshes": [{"name": name, "primitives": primitives}],
        "materials": [look],
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": length}],
    }
    if "extensions" in look:
        document["extensionsUsed"] = ["KHR_materials_clearcoat"]
    return document


def _add_picture(document: dict[str, Any], has_surface: bool) -> None:
    """Lay the photo, which is in the last buffer view, over the relief's surface."""
    plain = document["materials"][0]
    photo = {
        "name": "photo",
        "doubleSided": plain["doubleSided"],
        "pbrMetallicRoughness": {
            "baseColorTexture": {"index": 0},
            "metallicFactor": 0.0,
            "roughnessFactor": plain["pbrMetallicRoughness"]["roughnessFactor"],
        },
    }
    document["materials"].append(photo)
    view = len(document["bufferViews"]) - 1
    document["images"] = [{"bufferView": view, "mimeType": "image/jpeg", "name": "photo"}]
    document["samplers"] = [
        {"magFilter": _LINEAR, "minFilter": _MIPMAPPED, "wrapS": _CLAMP, "wrapT": _CLAMP}
    ]
    document["textures"] = [{"source": 0, "sampler": 0}]
    if not has_surface:
        return
    variants = "KHR_materials_variants"
    document.setdefault("extensionsUsed", []).append(variants)
    document["extensions"] = {variants: {"variants": [{"name": "photo"}, {"name": "material"}]}}
    document["meshes"][0]["primitives"][0] |= {
        "material": 1,
        "extensions": {
            variants: {
                "mappings": [{"material": 1, "variants": [0]}, {"material": 0, "variants": [1]}]
            }
        },
    }


def _material(look: Material, *, closed: bool) -> dict[str, Any]:
    """Return a material of the metal-roughness model; patterns and translucency stay behind."""
    made: dict[str, Any] = {
        "name": look.label,
        # An open surface is seen from both sides.
        "doubleSided": not closed,
        "pbrMetallicRoughness": {
            "baseColorFactor": [*_linear(look.colour), 1.0],
            "metallicFactor": look.metalness,
            "roughnessFactor": look.roughness,
        },
    }
    if look.clearcoat:
        made["extensions"] = {
            "KHR_materials_clearcoat": {
                "clearcoatFactor": look.clearcoat,
                "clearcoatRoughnessFactor": look.clearcoat_roughness,
            }
        }
    return made


def _linear(colour: str) -> list[float]:
    """Return ``"#rrggbb"`` as linear light (IEC 61966-2-1), which glTF's factors are."""
    encoded = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    return [
        round(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4, 6)
        for value in encoded
    ]


@dataclass(frozen=True)
class Surface:
    """A primitive: its vertices and triangles, their bytes, and between which corners it lies.

    A vertex is of `stride` bytes: position, then normal, then texture coordinate, as far as they
    fit. Its chunks, the vertices first, can be written once.
    """

    vertices: int
    triangles: int
    stride: int
    low: list[float]
    high: list[float]
    chunks: Chunks


def surfaces(mesh: Mesh, stride: int) -> tuple[Surface | None, Surface | None]:
    """Return the relief of a mesh, and the rest; None for what there is not.

    Parameters
    ----------
    mesh
        The mesh; of a full grid the relief is made chunk by chunk.
    stride
        Bytes of a vertex of the relief: 24, or 32 with a texture coordinate.
    """
    if isinstance(mesh, Part) and mesh.cells is None:
        return _of_grid(mesh, stride)
    vertices, faces, is_relief = mesh.vertices, mesh.faces, relief_flags(mesh)
    surface = rest = None
    if is_relief.any():
        used, corners = _compact(faces[is_relief], len(vertices))
        points = vertices[used]
        table = np.empty((len(points), stride // 4), dtype=np.float32)
        table[:, :3], table[:, 3:6] = points, _smooth(points, corners)
        if stride == 32:
            table[:, 6], table[:, 7] = mesh.uv[used, 0], np.float32(1) - mesh.uv[used, 1]
        surface = _surface(table, corners)
    if not is_relief.all():
        used, corners = _compact(faces[~is_relief], len(vertices))
        rest = _surface(vertices[used], corners)
    return surface, rest


def _surface(table: FloatArray, faces: npt.NDArray[np.uint32]) -> Surface:
    low, high = table[:, :3].min(axis=0).tolist(), table[:, :3].max(axis=0).tolist()
    return Surface(len(table), len(faces), 4 * table.shape[1], low, high, iter([table, faces]))


def _of_grid(part: Part, stride: int) -> tuple[Surface, Surface | None]:
    rows, cols = part.shape
    surface = Surface(
        part.z.size,
        2 * (rows - 1) * (cols - 1),
        stride,
        [0.0, 0.0, float(part.z.min())],
        [float(part.x[-1]), float(part.y[0]), float(part.z.max())],
        chain(_grid_vertices(part, stride), _grid_indices(part)),
    )
    if not part.solid:
        return surface, None
    points = np.empty((2, len(part.ring), 3), dtype=np.float32)
    points[..., 0] = part.x[part.ring % cols]
    points[..., 1] = part.y[part.ring // cols]
    points[0, :, 2], points[1, :, 2] = part.z.ravel()[part.ring], 0
    return surface, _surface(points.reshape(-1, 3), part.shell_corners.astype(np.uint32))


def _grid_vertices(part: Part, stride: int) -> Chunks:
    """Yield vertices with normals from central differences, one-sided at the border."""
    z, one = part.z, np.float32(1)
    rows, cols = part.shape
    (left, right), (above, below) = _beside(cols), _beside(rows)
    per_x = one / (part.x[right] - part.x[left])
    per_y = one / (part.y[above] - part.y[below])
    block = max(1, _CELLS // cols)
    for start in range(0, rows, block):
        at = slice(start, start + block)
        here = z[at]
        table = np.empty((*here.shape, stride // 4), dtype=np.float32)
        table[..., 0], table[..., 1], table[..., 2] = part.x, part.y[at, None], here
        across = (here[:, left] - here[:, right]) * per_x
        down = (z[below[at]] - z[above[at]]) * per_y[at, None]
        length = one / np.sqrt(across * across + down * down + one)
        table[..., 3], table[..., 4], table[..., 5] = across * length, down * length, length
        if stride == 32:
            table[..., 6], table[..., 7] = part.u, one - part.v[at, None]
        yield table


def _beside(count: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the numbers before and after each of `count`, within them."""
    numbers = np.arange(count)
    return np.maximum(numbers - 1, 0), np.minimum(numbers + 1, count - 1)


def _grid_indices(part: Part) -> Chunks:
    rows, cols = part.shape
    block = max(1, _CELLS // cols)
    for start in range(0, rows - 1, block):
        yield part.top_faces(start, min(start + block, rows - 1))


def _compact(
    faces: npt.NDArray[np.int32], count: int
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.uint32]]:
    """Return which of `count` vertices some faces use, and the faces in the numbers of those."""
    used = np.zeros(count, dtype=bool)
    used[faces] = True
    number = np.cumsum(used, dtype=np.uint32) - np.uint32(1)
    return used, number[faces]


def _smooth(points: FloatArray, faces: npt.NDArray[np.uint32]) -> FloatArray:
    """Return the unit normal of each vertex: the sum of those of its faces, by area."""
    corners = points[faces].astype(np.float64)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    sums = np.stack(
        [
            np.bincount(faces.ravel(), np.repeat(normals[:, axis], 3), minlength=len(points))
            for axis in range(3)
        ],
        axis=-1,
    )
    length = np.linalg.norm(sums, axis=1, keepdims=True)
    # Faces that cancel each other out leave no direction; any unit vector is valid.
    sums = np.where(length > 0, sums, [0.0, 0.0, 1.0])
    return np.asarray(sums / np.where(length > 0, length, 1), dtype=np.float32)
