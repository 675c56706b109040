"""The JSON part of a glTF file."""

from __future__ import annotations

from typing import Any

import numpy as np

from relief_widget.export.gltf_surfaces import Surface
from relief_widget.image.colour import linear_light
from relief_widget.settings.materials import Material

# glTF's numbers for what OpenGL calls them.
_FLOAT, _UINT32, _VERTICES, _INDICES = 5126, 5125, 34962, 34963
_LINEAR, _MIPMAPPED, _CLAMP = 9729, 9987, 33071


def gltf_document(
    surface: Surface | None,
    rest: Surface | None,
    sizes: list[int],
    length: int,
    name: str,
    look: Material,
) -> dict[str, Any]:
    """Return the JSON part, without the photo.

    Parameters
    ----------
    surface, rest
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


def add_picture(document: dict[str, Any], has_surface: bool) -> None:
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
    srgb = np.array([int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)])
    return [round(light, 6) for light in linear_light(srgb).tolist()]
