"""GLB (binary glTF 2.0): the meshes of its scene in mm, z up.

glTF's unit is the metre and its y points up. A file of this package keeps the axes of its part,
which hangs on a wall there, and so it is read.
"""

from __future__ import annotations

import base64
import binascii
import json
import struct
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from relief_widget.errors import ReliefError
from relief_widget.preflight.reading.bounds import (
    MOST_BYTES,
    check_copies,
    check_triangles,
    check_vertices,
    damaged,
    too_large,
    unreadable,
)
from relief_widget.preflight.reading.found import Found

Matrix: TypeAlias = npt.NDArray[np.float64]
Document: TypeAlias = dict[str, Any]

_KINDS = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
_TRIANGLES, _STRIP, _FAN = 4, 5, 6
_METRE = 1000.0
_PACKED = {
    "KHR_draco_mesh_compression": "Draco",
    "EXT_meshopt_compression": "Meshopt",
    "KHR_meshopt_compression": "Meshopt",
}
# x stays, y up becomes z up.
_UPRIGHT = np.array([[1.0, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1]])
_BEYOND = 10**15
# Thirty times as much memory is taken while it is read.
_MOST_JSON = 20_000_000


def read_glb(name: str, data: bytes) -> Found:
    """Read a GLB file; the result is in mm.

    Raises
    ------
    ReliefError
        It is none, is empty, or holds more than `bounds` allows.
    """
    try:
        document, binary = _chunks(data)
        for used in document.get("extensionsRequired", []):
            if used in _PACKED:
                raise ReliefError(
                    f"{name} is compressed by {_PACKED[used]}, which is not read here.",
                    "Export it without compression.",
                )
        return _Scene(name, document, binary).built()
    except ReliefError:
        raise
    except (
        ValueError,
        KeyError,
        IndexError,
        TypeError,
        AttributeError,
        OverflowError,
        RecursionError,
        struct.error,
    ):
        raise unreadable(name, "GLB") from None


def _chunks(data: bytes) -> tuple[Document, bytes]:
    magic, version, length = struct.unpack_from("<4sII", data)
    if magic != b"glTF" or version != 2:
        raise ValueError
    at, document, binary = 12, None, b""
    while at + 8 <= min(length, len(data)):
        size, kind = struct.unpack_from("<I4s", data, at)
        content = data[at + 8 : at + 8 + size]
        if len(content) < size:
            raise ValueError
        if kind == b"JSON" and document is None:
            if size > _MOST_JSON:
                raise ValueError
            document = json.loads(content)
        elif kind == b"BIN\0" and not binary:
            binary = content
        at += 8 + size + -size % 4
    if not isinstance(document, dict):
        raise ValueError
    return document, binary


class _Scene:
    """The document, and what of it was read."""

    def __init__(self, name: str, document: Document, binary: bytes) -> None:
        self._name, self._document, self._binary = name, document, binary
        self._buffers: dict[int, bytes] = {}
        generator = document.get("asset", {}).get("generator", "")
        self._ours = str(generator).startswith("relief_widget")

    def built(self) -> Found:
        places = self._places()
        check_copies(self._name, len(places))
        meshes = self._document.get("meshes", [])
        counts: dict[int, tuple[int, int]] = {}
        for number, _ in places:
            if number not in counts:
                counts[number] = self._count(meshes[number])
        check_triangles(self._name, sum(counts[number][0] for number, _ in places))
        check_vertices(self._name, sum(counts[number][1] for number, _ in places))
        read: dict[int, list[tuple[npt.NDArray[Any], npt.NDArray[np.int64]]]] = {}
        points, faces, labels, before = [], [], [], 0
        for body, (number, place) in enumerate(places):
            if number not in read:
                read[number] = [
                    found
                    for primitive in meshes[number]["primitives"]
                    if (found := self._primitive(primitive)) is not None
                ]
            mirrors = bool(np.linalg.det(place[:3, :3]) < 0)
            for corners, triangles in read[number]:
                points.append(self._moved(corners, place))
                faces.append((triangles[:, ::-1] if mirrors else triangles) + before)
                labels.append(np.full(len(triangles), body, dtype=np.int64))
                before += len(corners)
        if not faces or not sum(map(len, faces)):
            raise damaged(self._name, "is empty: it has no triangles")
        return Found(
            np.concatenate(points),
            np.concatenate(faces),
            (np.concatenate(labels), None),
            unit_mm=1.0,
            read_as_mm=_METRE,
            ours=self._ours,
        )

    def _moved(self, points: npt.NDArray[Any], place: Matrix) -> npt.NDArray[np.float64]:
        with np.errstate(all="ignore"):
            wide = points.astype(np.float64)
            # Where nothing is moved the file's own digits stay.
            return (
                wide if np.array_equal(place, np.eye(4)) else wide @ place[:3, :3].T + place[:3, 3]
            )

    def _places(self) -> list[tuple[int, Matrix]]:
        """Return each mesh of the scene with its place, in mm and z up."""
        document = self._document
        nodes = document.get("nodes", [])
        scenes = document.get("scenes", [])
        if scenes:
            roots = scenes[document.get("scene", 0)].get("nodes", [])
        else:
            children = {child for node in nodes for child in node.get("children", [])}
            roots = [number for number in range(len(nodes)) if number not in children]
        metre = np.diag([_METRE, _METRE, _METRE, 1.0])
        start = metre if self._ours else _UPRIGHT @ metre
        found: list[tuple[int, Matrix]] = []
        check_copies(self._name, _visits(nodes, roots))
        stack = [(root, start) for root in reversed(roots)]
        while stack:
            number, above = stack.pop()
            node = nodes[number]
            place = above @ _place(node)
            if "mesh" in node:
                found.append((int(node["mesh"]), place))
            stack += [(child, place) for child in reversed(node.get("children", []))]
        if not nodes:
            found = [(number, start) for number in range(len(document.get("meshes", [])))]
        if any(number < 0 for number, _ in found):
            raise ValueError
        return found

    def _count(self, mesh: Document) -> tuple[int, int]:
        """Return the triangles and corners of a mesh, without reading them."""
        accessors = self._document.get("accessors", [])
        triangles = corners = 0
        for primitive in mesh["primitives"]:
            mode = primitive.get("mode", _TRIANGLES)
            if mode not in (_TRIANGLES, _STRIP, _FAN):
                continue
            known = accessors[primitive["attributes"]["POSITION"]]["count"]
            used = accessors[primitive["indices"]]["count"] if "indices" in primitive else known
            if min(known, used) < 0:
                raise ValueError
            corners += known
            triangles += used // 3 if mode == _TRIANGLES else max(used - 2, 0)
        return triangles, corners

    def _primitive(
        self, primitive: Document
    ) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]] | None:
        mode = primitive.get("mode", _TRIANGLES)
        if mode not in (_TRIANGLES, _STRIP, _FAN):
            return None
        points = self._accessor(primitive["attributes"]["POSITION"], 3)
        if "indices" in primitive:
            corners = self._accessor(primitive["indices"], 1)[:, 0].astype(np.int64)
        else:
            corners = np.arange(len(points))
        if mode == _TRIANGLES:
            faces = corners[: len(corners) // 3 * 3].reshape(-1, 3)
        elif mode == _STRIP:
            faces = np.stack([corners[:-2], corners[1:-1], corners[2:]], axis=1)
            faces[1::2] = faces[1::2, [1, 0, 2]]
        else:
            first = np.broadcast_to(corners[:1], (max(len(corners) - 2, 0),))
            faces = np.stack([first, corners[1:-1], corners[2:]], axis=1)
        if len(faces) and (faces.min() < 0 or faces.max() >= len(points)):
            raise damaged(self._name, "is damaged: a triangle of it names a corner that is missing")
        return points, faces

    def _accessor(self, number: int, width: int) -> npt.NDArray[Any]:
        found = self._document["accessors"][number]
        kind, count = np.dtype(_KINDS[found["componentType"]]), int(found["count"])
        if _WIDTHS[found["type"]] != width or count < 0 or number < 0:
            raise ValueError
        if "bufferView" in found:
            table = self._view(found["bufferView"], found.get("byteOffset", 0), kind, count, width)
        else:
            table = np.zeros((count, width), kind)
        if "sparse" in found:
            table = self._sparse(table.copy(), found["sparse"], kind, width)
        if found.get("normalized") and kind.kind in "iu":
            # KHR_mesh_quantization: whole numbers stand for -1 to 1.
            scaled = table.astype(np.float64) / np.iinfo(kind).max
            return np.maximum(scaled, -1.0)
        return table

    def _sparse(
        self, table: npt.NDArray[Any], sparse: Document, kind: np.dtype[Any], width: int
    ) -> npt.NDArray[Any]:
        count, indices, values = int(sparse["count"]), sparse["indices"], sparse["values"]
        which = np.dtype(_KINDS[indices["componentType"]])
        places = self._view(indices["bufferView"], indices.get("byteOffset", 0), which, count, 1)
        changed = self._view(values["bufferView"], values.get("byteOffset", 0), kind, count, width)
        table[places[:, 0]] = changed
        return table

    def _view(
        self, number: int, offset: int, kind: np.dtype[Any], count: int, width: int
    ) -> npt.NDArray[Any]:
        view = self._document["bufferViews"][number]
        if any(name in view.get("extensions", {}) for name in _PACKED):
            raise ReliefError(
                f"{self._name} is compressed, in a way which is not read here.",
                "Export it without compression.",
            )
        buffer = self._buffer(view["buffer"])
        start = int(view.get("byteOffset", 0)) + int(offset)
        row = width * kind.itemsize
        stride = int(view.get("byteStride") or row)
        if start < 0 or count < 0 or stride < row or number < 0:
            raise ValueError
        if count and start + stride * (count - 1) + row > len(buffer):
            raise ValueError
        strides = (stride, kind.itemsize)
        return np.ndarray((count, width), kind, buffer, start if count else 0, strides)

    def _buffer(self, number: int) -> bytes:
        if number in self._buffers:
            return self._buffers[number]
        found = self._document["buffers"][number]
        uri = found.get("uri")
        if uri is None:
            content = self._binary
        elif uri.startswith("data:") and ";base64," in uri[:200]:
            if len(uri) > MOST_BYTES:
                raise too_large(self._name, len(uri))
            try:
                content = base64.b64decode(uri.partition(",")[2])
            except binascii.Error:
                raise ValueError from None
        else:
            raise ReliefError(
                f"{self._name} keeps its mesh in another file, which is not read here.",
                "Export it as one binary file.",
            )
        self._buffers[number] = content
        return content


def _visits(nodes: list[Document], roots: list[int]) -> int:
    """Return how many times nodes are come to, without coming to each."""
    visits: dict[int, int] = {}
    under_way: set[int] = set()
    stack = list(roots)
    while stack:
        number = stack[-1]
        children = nodes[number].get("children", [])
        missing = [child for child in children if child not in visits]
        if number in visits or not missing:
            inner = sum(visits[child] for child in children)
            # Numbers that double with each level are counted no further.
            visits[number] = min(1 + inner, _BEYOND)
            under_way.discard(number)
            stack.pop()
        elif number in under_way or number < 0:
            raise ValueError
        else:
            under_way.add(number)
            stack += dict.fromkeys(missing)
    return sum(visits[root] for root in roots)


def _place(node: Document) -> Matrix:
    if "matrix" in node:
        matrix = np.array(node["matrix"], dtype=np.float64).reshape(4, 4).T
    else:
        matrix = np.eye(4)
        x, y, z, w = (float(part) for part in node.get("rotation", (0, 0, 0, 1)))
        turned = np.array(
            [
                [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
                [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
                [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
            ]
        )
        matrix[:3, :3] = turned * np.array(node.get("scale", (1, 1, 1)), dtype=np.float64)
        matrix[:3, 3] = np.array(node.get("translation", (0, 0, 0)), dtype=np.float64)
    if matrix.shape != (4, 4):
        raise ValueError
    return matrix
