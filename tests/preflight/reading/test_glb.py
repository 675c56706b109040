"""GLB as other programs write it: metres, y up, nodes in nodes, strips, packed numbers."""

from __future__ import annotations

import base64
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from relief_widget.errors import ReliefError
from relief_widget.preflight import Report, check_file
from tests.support.mesh_files import Mesh, box, glb, glb_document

# 30 × 20 × 10 mm as it lies, in metres and with y up: 30 wide, 10 high, 20 deep.
BOX = box(0.03, 0.01, 0.02)


def look(tmp_path: Path, data: bytes, **options: Any) -> Report:
    path = tmp_path / "a.glb"
    path.write_bytes(data)
    return check_file(path, **options)


def is_the_box(report: Report) -> bool:
    return (
        report["closed"].status == "ok"
        and report["size"].value == pytest.approx((30, 20, 10), abs=0.01)
        and report["volume"].value == pytest.approx(6, rel=1e-3)
    )


def placed(*nodes: dict[str, Any], mesh: Mesh = BOX) -> bytes:
    return glb_document([mesh], nodes)


HALF = 2**-0.5
PLACES = {
    "plain": placed({"mesh": 0}),
    "moved": placed({"mesh": 0, "translation": [1, 2, 3]}),
    "turned over": placed({"mesh": 0, "rotation": [1, 0, 0, 0]}),
    "in millimetres": placed({"mesh": 0, "scale": [1e-3] * 3}, mesh=box(30, 10, 20)),
    "mirrored": placed({"mesh": 0, "scale": [-1, 1, 1]}),
    "twice mirrored": placed({"mesh": 0, "scale": [-1, 1, -1]}),
    "a matrix": placed({"mesh": 0, "matrix": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 5, 5, 5, 1]}),
    "nodes in nodes": placed(
        {"children": [1], "scale": [2, 1, 1]},
        {"children": [2], "translation": [0, 1, 0]},
        {"mesh": 0, "scale": [0.5, 1, 1]},
        {"camera": 0},
    ),
    # First turned about y by 90°, then stretched where it lies.
    "turned, then scaled": placed(
        {"children": [1], "scale": [1.5, 1, 2 / 3]},
        {"mesh": 0, "rotation": [0, HALF, 0, HALF]},
    ),
}


@pytest.mark.parametrize("name", PLACES)
def test_nodes_place_their_meshes(tmp_path: Path, name: str) -> None:
    assert is_the_box(look(tmp_path, PLACES[name]))


def test_copies_are_parts_of_their_own(tmp_path: Path) -> None:
    report = look(tmp_path, placed({"mesh": 0}, {"mesh": 0, "translation": [0.03, 0, 0]}))
    assert report["size"].value == pytest.approx((60, 20, 10), abs=1e-3)
    assert report["closed"].status == "warn"
    assert "2 pieces" in report["closed"].text


def test_another_unit_is_read_when_asked(tmp_path: Path) -> None:
    data = placed({"mesh": 0}, mesh=box(30, 10, 20))
    assert look(tmp_path, data)["size"].status == "warn"
    assert is_the_box(look(tmp_path, data, units="mm"))


def document(**changes: Any) -> dict[str, Any]:
    points, faces = BOX
    numbers = points.astype("<f4").tobytes()
    corners = faces.astype("<u2").tobytes()
    made: dict[str, Any] = {
        "asset": {"version": "2.0"},
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 8, "type": "VEC3"},
            {"bufferView": 1, "componentType": 5123, "count": 36, "type": "SCALAR"},
        ],
        "bufferViews": [
            {"buffer": 0, "byteLength": 96},
            {"buffer": 0, "byteOffset": 96, "byteLength": 72},
        ],
        "buffers": [{"byteLength": 168}],
        "binary": numbers + corners,
    }
    return made | changes


def built(**changes: Any) -> bytes:
    made = document(**changes)
    binary = made.pop("binary")
    return glb(made, binary)


def test_primitives_of_one_mesh_are_one_body(tmp_path: Path) -> None:
    faces = BOX[1].astype("<u2")
    views = document()["bufferViews"]
    views = [
        views[0],
        {"buffer": 0, "byteOffset": 96, "byteLength": 30},
        {"buffer": 0, "byteOffset": 126, "byteLength": 42},
    ]
    accessors = [
        document()["accessors"][0],
        {"bufferView": 1, "componentType": 5123, "count": 15, "type": "SCALAR"},
        {"bufferView": 2, "componentType": 5123, "count": 21, "type": "SCALAR"},
    ]
    primitives = [
        {"attributes": {"POSITION": 0}, "indices": index, "material": index} for index in (1, 2)
    ]
    assert len(faces) == 12
    data = built(bufferViews=views, accessors=accessors, meshes=[{"primitives": primitives}])
    assert is_the_box(look(tmp_path, data))


def test_strips_fans_and_bare_corners_are_read(tmp_path: Path) -> None:
    points = BOX[0]
    # A strip around, and a fan for each of both ends.
    strip, fans = [0, 4, 1, 5, 3, 7, 2, 6, 0, 4], [(0, 1, 3, 2), (4, 6, 7, 5)]
    strip = [strip[k ^ 1] for k in range(10)]
    orders = [(5, strip)] + [(6, list(reversed(fan))) for fan in fans]
    binary, views, accessors, primitives = b"", [], [], []
    for mode, order in orders:
        data = points[order].astype("<f4").tobytes()
        views.append({"buffer": 0, "byteOffset": len(binary), "byteLength": len(data)})
        accessors.append(
            {"bufferView": len(views) - 1, "componentType": 5126, "count": len(order),
             "type": "VEC3"}
        )  # fmt: skip
        primitives.append({"attributes": {"POSITION": len(views) - 1}, "mode": mode})
        binary += data
    primitives += [{"attributes": {"POSITION": 0}, "mode": mode} for mode in (0, 1, 2, 3)]
    data = built(
        binary=binary,
        bufferViews=views,
        accessors=accessors,
        meshes=[{"primitives": primitives}],
        buffers=[{"byteLength": len(binary)}],
    )
    report = look(tmp_path, data)
    assert report["closed"].status == "ok", report["closed"].text
    assert report["volume"].value == pytest.approx(6, rel=1e-3)


def test_corners_between_others_and_data_in_the_text_are_read(tmp_path: Path) -> None:
    points, faces = BOX
    mixed = b"".join(struct.pack("<6f", *point, 0, 0, 1) for point in points)
    views = [
        {"buffer": 0, "byteLength": 192, "byteStride": 24},
        {"buffer": 1, "byteLength": 72},
    ]
    uri = base64.b64encode(faces.astype("<u2").tobytes()).decode()
    buffers = [
        {"byteLength": 192},
        {"byteLength": 72, "uri": f"data:application/octet-stream;base64,{uri}"},
    ]
    assert is_the_box(look(tmp_path, built(binary=mixed, bufferViews=views, buffers=buffers)))


def test_packed_numbers_are_read(tmp_path: Path) -> None:
    packed = np.round(box(0.3, 0.1, 0.2)[0] * 32767).astype("<i2")
    rows = np.zeros((8, 4), "<i2")
    rows[:, :3] = packed
    binary = rows.tobytes() + BOX[1].astype("u1").tobytes()
    accessors = [
        {"bufferView": 0, "componentType": 5122, "count": 8, "type": "VEC3", "normalized": True},
        {"bufferView": 1, "componentType": 5121, "count": 36, "type": "SCALAR"},
    ]
    views = [
        {"buffer": 0, "byteLength": 64, "byteStride": 8},
        {"buffer": 0, "byteOffset": 64, "byteLength": 36},
    ]
    data = built(
        binary=binary,
        accessors=accessors,
        bufferViews=views,
        nodes=[{"mesh": 0, "scale": [0.1] * 3}],
    )
    assert is_the_box(look(tmp_path, data))


def test_sparse_corners_are_read(tmp_path: Path) -> None:
    points, faces = BOX
    bent = points.copy()
    bent[7] = 0
    binary = bent.astype("<f4").tobytes() + faces.astype("<u2").tobytes()
    binary += struct.pack("<H", 7) + b"\0\0" + points[7].astype("<f4").tobytes()
    views = [
        *document()["bufferViews"],
        {"buffer": 0, "byteOffset": 168, "byteLength": 2},
        {"buffer": 0, "byteOffset": 172, "byteLength": 12},
    ]
    sparse = {
        "count": 1,
        "indices": {"bufferView": 2, "componentType": 5123},
        "values": {"bufferView": 3},
    }
    accessors = document()["accessors"]
    accessors[0]["sparse"] = sparse
    assert is_the_box(look(tmp_path, built(binary=binary, bufferViews=views, accessors=accessors)))


def changed(path: str, value: Any) -> bytes:
    made = document()
    *steps, last = path.split(".")
    at: Any = made
    for step in steps:
        at = at[int(step)] if step.isdigit() else at[step]
    at[int(last) if last.isdigit() else last] = value
    binary = made.pop("binary")
    return glb(made, binary)


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("accessors.0.count", 4_000_000_000, "corners, more"),
        ("accessors.1.count", 4_000_000_000, "triangles, more"),
        ("accessors.0.count", 1000, "cannot be read as GLB"),
        ("accessors.0.count", -1, "cannot be read as GLB"),
        ("accessors.0.type", "VEC2", "cannot be read as GLB"),
        ("accessors.0.componentType", 1, "cannot be read as GLB"),
        ("accessors.0.bufferView", 7, "cannot be read as GLB"),
        ("accessors.0.bufferView", "x", "cannot be read as GLB"),
        ("bufferViews.0.byteOffset", -4, "cannot be read as GLB"),
        ("bufferViews.0.byteStride", 1, "cannot be read as GLB"),
        ("bufferViews.1.byteOffset", 0, "corner that is missing|closed"),
        ("buffers.0.uri", "mesh.bin", "another file"),
        ("buffers.0.uri", "data:x;base64,!", "cannot be read as GLB"),
        ("nodes.0.mesh", 3, "cannot be read as GLB"),
        ("nodes.0.children", [0], "cannot be read as GLB|copies"),
        ("nodes.0.scale", [1, 2], "cannot be read as GLB"),
        ("nodes.0.matrix", [1, 2], "cannot be read as GLB"),
        ("nodes.0.translation", [1e30, 0, 0], "farther away"),
        ("nodes.0.matrix", [1e308] * 16, "no numbers"),
        ("nodes.0.matrix", [float("nan")] * 16, "no numbers"),
        ("nodes.0.rotation", [1e200] * 4, "no numbers"),
        ("nodes", [{"mesh": 0, "children": [1, 1]}] + [
            {"mesh": 0, "children": [k + 1, k + 1]} for k in range(1, 40)
        ] + [{"mesh": 0}], "copies"),
        ("scenes.0.nodes", [0] * 300_000, "copies"),
        ("meshes.0.primitives.0.mode", 1, "empty"),
        ("meshes", [], "cannot be read as GLB"),
        ("extensionsRequired", ["KHR_draco_mesh_compression"], "Draco"),
        ("asset", 3, "cannot be read as GLB"),
    ],
)  # fmt: skip
def test_damaged_documents_get_a_sentence(
    tmp_path: Path, path: str, value: Any, sentence: str
) -> None:
    with pytest.raises(ReliefError, match=sentence):
        look(tmp_path, changed(path, value))


@pytest.mark.parametrize("cut", [3, 11, 19, 40, 300])
def test_a_file_that_was_cut_off_gets_a_sentence(tmp_path: Path, cut: int) -> None:
    with pytest.raises(ReliefError):
        look(tmp_path, built()[:cut])
