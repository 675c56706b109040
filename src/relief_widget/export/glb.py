"""GLB (binary glTF 2.0): the part to look at, with the photo and the material of the preview.

glTF's unit is the metre: the mesh keeps its millimetres, exactly, and its node is scaled by 0.001.
glTF's axes are y up and z towards the viewer, and so are the part's: the relief stands upright and
faces the viewer, as on a wall.

The relief's surface has smooth normals; walls, back and whatever else there is are a primitive of
their own without normals, which glTF shades flat. A photo covers the surface alone; the variant
``material`` (KHR_materials_variants) shows the surface without it.

Our own writer: streamed from the grid, a few times faster than trimesh's, which has no normals and
no texture in that time (``benchmarks/bench_formats.py``).
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from relief_widget.atomic import atomic_path
from relief_widget.export.progress import Progress, ignore
from relief_widget.export.texture import jpeg
from relief_widget.materials import Material, material
from relief_widget.part import Part
from relief_widget.triangles import Body

FloatArray = npt.NDArray[np.float32]
Chunks = Iterator[npt.NDArray[Any]]

# glTF's numbers for what OpenGL calls them.
_FLOAT, _UINT32, _VERTICES, _INDICES = 5126, 5125, 34962, 34963
_LINEAR, _MIPMAPPED, _CLAMP = 9729, 9987, 33071
_CELLS = 32768


@dataclass(frozen=True)
class _Surface:
    """A primitive: its vertices and triangles, their bytes, and between which corners it lies.

    A vertex is of `stride` bytes: position, then normal, then texture coordinate, as far as they
    fit.
    """

    vertices: int
    triangles: int
    stride: int
    low: list[float]
    high: list[float]
    vertex_chunks: Chunks
    index_chunks: Chunks


def write_glb(
    body: Body,
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
        surface, rest = _grid(body, stride)
    else:
        surface, rest = _split(body, stride)
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
    document = _document(surface, rest, sizes, length, name, look or material("matte_white_pla"))
    if picture:
        _add_picture(document, surface is not None)
    text = json.dumps(document, separators=(",", ":"), allow_nan=False).encode()
    text += b" " * (-len(text) % 4)
    head = struct.pack("<4sII", b"glTF", 2, 12 + 8 + len(text) + 8 + length)
    head += struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", length, b"BIN\0")
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        file.write(head)
        done = 0
        for part in (surface, rest):
            for chunk in () if part is None else _chunks(part):
                # In one thread: handing over takes longer than to write what the cache still holds.
                file.write(chunk.data)
                done += chunk.nbytes
                progress(done, length)
        file.write(picture + bytes(length - done - len(picture)))
        progress(length, length)


def _chunks(surface: _Surface) -> Chunks:
    yield from surface.vertex_chunks
    yield from surface.index_chunks


def _grid(part: Part, stride: int) -> tuple[_Surface | None, _Surface | None]:
    """Return the relief of a full grid, filled in place chunk by chunk, and walls and back."""
    rows, cols = part.shape
    low, high = [0.0, 0.0, float(part.z.min())], [part.x[-1], part.y[0], part.z.max()]
    surface = _Surface(
        part.z.size,
        2 * (rows - 1) * (cols - 1),
        stride,
        low,
        [float(value) for value in high],
        _grid_vertices(part, stride),
        _grid_indices(rows, cols),
    )
    if not part.solid:
        return surface, None
    shell = part.shell_faces
    position = np.zeros(part.z.size + len(part.ring), dtype=np.uint32)
    position[part.ring] = np.arange(len(part.ring))
    position[part.z.size :] = np.arange(len(part.ring), 2 * len(part.ring))
    points = np.empty((2, len(part.ring), 3), dtype=np.float32)
    points[..., 0] = part.x[part.ring % cols]
    points[..., 1] = part.y[part.ring // cols]
    points[0, :, 2], points[1, :, 2] = part.z.ravel()[part.ring], 0
    return surface, _plain(points.reshape(-1, 3), position[shell])


def _grid_vertices(part: Part, stride: int) -> Chunks:
    rows, cols = part.shape
    block = min(max(1, _CELLS // cols), rows)
    buffer = np.empty((block, cols, stride // 4), dtype=np.float32)
    buffer[..., 0] = part.x
    if stride == 32:
        buffer[..., 6] = part.u
    v = np.float32(1) - part.v
    for start in range(0, rows, block):
        stop = min(start + block, rows)
        chunk = buffer[: stop - start]
        chunk[..., 1], chunk[..., 2] = part.y[start:stop, None], part.z[start:stop]
        if stride == 32:
            chunk[..., 7] = v[start:stop, None]
        _normals(part, start, stop, chunk[..., 3:6])
        yield chunk


def _normals(part: Part, start: int, stop: int, out: FloatArray) -> None:
    """Set the normals of rows from central differences, one-sided at the border."""
    z, x, y = part.z, part.x, part.y
    rows, cols = z.shape
    here = z[start:stop]
    slope = np.empty((2, *here.shape), dtype=np.float32)
    across, down = slope
    np.subtract(here[:, :-2], here[:, 2:], out=across[:, 1:-1])
    across[:, 0], across[:, -1] = here[:, 0] - here[:, 1], here[:, -2] - here[:, -1]
    spans = np.empty(cols, dtype=np.float32)
    spans[1:-1], spans[0], spans[-1] = x[2:] - x[:-2], x[1] - x[0], x[-1] - x[-2]
    across *= np.float32(1) / spans
    first, last = max(start, 1), min(stop, rows - 1)
    np.subtract(
        z[first + 1 : last + 1], z[first - 1 : last - 1], out=down[first - start : last - start]
    )
    if start == 0:
        down[0] = z[1] - z[0]
    if stop == rows:
        down[-1] = z[-1] - z[-2]
    at = np.arange(start, stop)
    down *= (np.float32(1) / (y[np.maximum(at - 1, 0)] - y[np.minimum(at + 1, rows - 1)]))[:, None]
    length = across * across
    length += down * down
    length += np.float32(1)
    np.sqrt(length, out=length)
    np.divide(np.float32(1), length, out=length)
    np.multiply(across, length, out=out[..., 0])
    np.multiply(down, length, out=out[..., 1])
    out[..., 2] = length


def _grid_indices(rows: int, cols: int) -> Chunks:
    block = min(max(1, _CELLS // cols), rows - 1)
    a = np.arange(block * cols, dtype=np.uint32).reshape(-1, cols)[:, :-1]
    pattern = np.stack([a, a + cols, a + cols + 1, a, a + cols + 1, a + 1], axis=-1)
    buffer = np.empty_like(pattern)
    for start in range(0, rows - 1, block):
        stop = min(start + block, rows - 1)
        chunk = buffer[: stop - start]
        np.add(pattern[: stop - start], np.uint32(start * cols), out=chunk)
        yield chunk


def _split(body: Body, stride: int) -> tuple[_Surface | None, _Surface | None]:
    """Return the relief of any mesh with smooth normals, and the rest."""
    vertices, faces = body.vertices, body.faces
    is_relief = np.ones(len(faces), dtype=bool) if isinstance(body, Part) else body.relief
    surface = rest = None
    if is_relief.any():
        used, corners = _compact(faces[is_relief], len(vertices))
        points = vertices[used]
        table = np.empty((len(points), stride // 4), dtype=np.float32)
        table[:, :3], table[:, 3:6] = points, _smooth(points, corners)
        if stride == 32:
            table[:, 6], table[:, 7] = body.uv[used, 0], np.float32(1) - body.uv[used, 1]
        surface = _Surface(
            len(points),
            len(corners),
            stride,
            points.min(axis=0).tolist(),
            points.max(axis=0).tolist(),
            iter([table]),
            iter([corners]),
        )
    if not is_relief.all():
        used, corners = _compact(faces[~is_relief], len(vertices))
        rest = _plain(vertices[used], corners)
    return surface, rest


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


def _plain(points: FloatArray, faces: npt.NDArray[np.uint32]) -> _Surface:
    return _Surface(
        len(points),
        len(faces),
        12,
        points.min(axis=0).tolist(),
        points.max(axis=0).tolist(),
        iter([np.ascontiguousarray(points)]),
        iter([np.ascontiguousarray(faces)]),
    )


def _document(
    surface: _Surface | None,
    rest: _Surface | None,
    sizes: list[int],
    length: int,
    name: str,
    look: Material,
) -> dict[str, Any]:
    """Return the JSON part, without the photo."""
    starts = np.cumsum([0, *sizes]).tolist()
    views: list[dict[str, Any]] = [
        {"buffer": 0, "byteOffset": start, "byteLength": size}
        for start, size in zip(starts, sizes, strict=False)
    ]
    accessors: list[dict[str, Any]] = []
    primitives: list[dict[str, Any]] = []
    for part in (surface, rest):
        if part is None:
            continue
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
        "materials": [_material(look, closed=rest is not None)],
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": length}],
    }
    if "extensions" in document["materials"][0]:
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
