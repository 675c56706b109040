"""Small writers of mesh files, as other programs write them: by hand, a byte at a time."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Mesh = tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]

CORE = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
PRODUCTION = "http://schemas.microsoft.com/3dmanufacturing/production/2015/06"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_MODEL = "http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"


def box(x: float = 30, y: float = 20, z: float = 10, at: Sequence[float] = (0, 0, 0)) -> Mesh:
    """Return a closed box of 8 corners and 12 triangles, its lowest corner at a place."""
    corners = np.array([[i, j, k] for k in (0, 1) for j in (0, 1) for i in (0, 1)], dtype=float)
    sides = [(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (1, 3, 7, 5), (3, 2, 6, 7), (2, 0, 4, 6)]
    faces = [face for a, b, c, d in sides for face in ((a, b, c), (a, c, d))]
    return corners * (x, y, z) + at, np.array(faces)


def together(*meshes: Mesh) -> Mesh:
    """Return meshes as one, none of whose corners are joined."""
    before = np.cumsum([0, *(len(points) for points, _ in meshes)])
    faces = [faces + count for (_, faces), count in zip(meshes, before, strict=False)]
    return np.concatenate([points for points, _ in meshes]), np.concatenate(faces)


def stl(
    mesh: Mesh, *, head: bytes = b"other", count: int | None = None, rest: bytes = b""
) -> bytes:
    """Return a binary STL, with a header, a count and bytes after it of one's own."""
    points, faces = mesh
    corners = points.astype("<f4")[faces]
    return facets(corners, head=head, count=count, rest=rest)


def facets(
    corners: npt.NDArray[Any],
    *,
    head: bytes = b"other",
    count: int | None = None,
    rest: bytes = b"",
) -> bytes:
    """Return a binary STL of (m, 3, 3) corners."""
    table = np.zeros(len(corners), dtype=[("n", "<f4", 3), ("c", "<f4", (3, 3)), ("a", "<u2")])
    table["n"], table["c"] = (0, 0, 1), corners
    shown = len(corners) if count is None else count
    return head.ljust(80)[:80] + struct.pack("<I", shown) + table.tobytes() + rest


FACET = """\
  facet normal 0 0 1
    outer loop
      vertex {} {} {}
      vertex {} {} {}
      vertex {} {} {}
    endloop
  endfacet
"""


def stl_text(*meshes: Mesh, name: str = "part", facet: str = FACET) -> str:
    """Return a text STL with a solid for each mesh."""
    text = ""
    for points, faces in meshes:
        text += f"solid {name}\n"
        text += "".join(facet.format(*points[face].ravel().tolist()) for face in faces)
        text += f"endsolid {name}\n"
    return text


def obj(mesh: Mesh, *, marks: Mapping[int, str] | None = None, first: int = 1) -> str:
    """Return an OBJ, with lines such as ``usemtl red`` before triangles of a number."""
    points, faces = mesh
    lines = [f"v {x!r} {y!r} {z!r}" for x, y, z in points.tolist()]
    for number, face in enumerate(faces.tolist()):
        lines += [(marks or {})[number]] if number in (marks or {}) else []
        lines.append("f " + " ".join(str(corner + first) for corner in face))
    return "\n".join(lines) + "\n"


def ply(mesh: Mesh, order: str = "binary_little_endian", *, polygons: Any = None) -> bytes:
    """Return a PLY of floats, with triangles or polygons."""
    points, faces = mesh
    rows = [list(map(int, row)) for row in (faces if polygons is None else polygons)]
    head = (
        f"ply\nformat {order} 1.0\ncomment by hand\nelement vertex {len(points)}\n"
        "property float x\nproperty float y\nproperty float z\n"
        f"element face {len(rows)}\nproperty list uchar int vertex_indices\nend_header\n"
    ).encode()
    if order == "ascii":
        lines = [" ".join(map(str, point)) for point in points.tolist()]
        lines += [" ".join(map(str, (len(row), *row))) for row in rows]
        return head + "\n".join(lines).encode() + b"\n"
    mark = "<" if "little" in order else ">"
    body = points.astype(f"{mark}f4").tobytes()
    return (
        head + body + b"".join(struct.pack(f"{mark}B{len(row)}i", len(row), *row) for row in rows)
    )


def zipped(entries: Mapping[str, bytes | str], *, deflate: bool = True) -> bytes:
    """Return a ZIP of entries."""
    buffer = io.BytesIO()
    kind = zipfile.ZIP_DEFLATED if deflate else zipfile.ZIP_STORED
    with zipfile.ZipFile(buffer, "w", kind) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def relations(target: str = "/3D/3dmodel.model") -> str:
    """Return the relations of a 3MF package."""
    return (
        f'<?xml version="1.0"?><Relationships xmlns="{_RELATIONS}">'
        f'<Relationship Id="r0" Type="{_MODEL}" Target="{target}"/></Relationships>'
    )


def threemf_mesh(mesh: Mesh) -> str:
    """Return the element of a mesh."""
    points, faces = mesh
    corners = "".join(f'<vertex x="{x!r}" y="{y!r}" z="{z!r}"/>' for x, y, z in points.tolist())
    triangles = "".join(f'<triangle v1="{a}" v2="{b}" v3="{c}"/>' for a, b, c in faces.tolist())
    return f"<mesh><vertices>{corners}</vertices><triangles>{triangles}</triangles></mesh>"


def threemf_model(objects: str, items: str, *, unit: str = "millimeter", head: str = "") -> str:
    """Return a model part."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<model unit="{unit}" xmlns="{CORE}" '
        f'xmlns:p="{PRODUCTION}">{head}<resources>{objects}</resources>'
        f"<build>{items}</build></model>"
    )


def threemf_object(mesh: Mesh, number: int = 1, more: str = "") -> str:
    """Return an object that is a mesh."""
    return f'<object id="{number}" {more}>{threemf_mesh(mesh)}</object>'


def threemf(
    model: str | bytes, parts: Mapping[str, str] | None = None, root: str = "3D/3dmodel.model"
) -> bytes:
    """Return a 3MF package of a root part and others."""
    types = '<?xml version="1.0"?><Types/>'
    entries: dict[str, bytes | str] = {"[Content_Types].xml": types}
    entries |= {"_rels/.rels": relations(f"/{root}"), root: model, **(parts or {})}
    return zipped(entries)


def glb(document: Mapping[str, Any], binary: bytes = b"") -> bytes:
    """Return a GLB of a document and its bytes."""
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    binary += b"\0" * (-len(binary) % 4)
    length = 12 + 8 + len(text) + 8 + len(binary)
    return (
        struct.pack("<4sII", b"glTF", 2, length)
        + struct.pack("<I4s", len(text), b"JSON")
        + text
        + struct.pack("<I4s", len(binary), b"BIN\0")
        + binary
    )


def glb_document(meshes: Iterable[Mesh], nodes: Sequence[Mapping[str, Any]]) -> bytes:
    """Return a GLB of meshes, each one primitive, and of nodes, all of them in the scene."""
    binary = b""
    views: list[dict[str, Any]] = []
    accessors: list[dict[str, Any]] = []
    made: list[dict[str, Any]] = []
    for points, faces in meshes:
        for data, kind, count, shape in (
            (points.astype("<f4").tobytes(), 5126, len(points), "VEC3"),
            (faces.astype("<u4").tobytes(), 5125, faces.size, "SCALAR"),
        ):
            accessors.append(
                {"bufferView": len(views), "componentType": kind, "count": count, "type": shape}
            )
            views.append({"buffer": 0, "byteOffset": len(binary), "byteLength": len(data)})
            binary += data
        last = len(accessors)
        made.append({"primitives": [{"attributes": {"POSITION": last - 2}, "indices": last - 1}]})
    children = {child for node in nodes for child in node.get("children", [])}
    document = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [index for index in range(len(nodes)) if index not in children]}],
        "nodes": list(nodes),
        "meshes": made,
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": len(binary)}],
    }
    return glb(document, binary)
