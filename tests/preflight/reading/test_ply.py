"""PLY as other programs write it: both byte orders and text, more properties, polygons."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import trimesh

from relief_widget.errors import ReliefError
from relief_widget.preflight import Report, check_file
from tests.support.mesh_files import box, ply

BOX = box()
SIDES = [(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (1, 3, 7, 5), (3, 2, 6, 7), (2, 0, 4, 6)]
ORDERS = ("ascii", "binary_little_endian", "binary_big_endian")


def look(tmp_path: Path, data: bytes) -> Report:
    path = tmp_path / "a.ply"
    path.write_bytes(data)
    return check_file(path)


def is_the_box(report: Report) -> bool:
    return (
        report["closed"].status == "ok"
        and report["size"].value == pytest.approx((30, 20, 10))
        and report["volume"].value == pytest.approx(6)
    )


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(
    "polygons", [None, SIDES, [*SIDES[:5], (2, 0, 4), (2, 4, 6)], [*SIDES, (1, 2), ()]]
)
def test_triangles_and_polygons_of_every_order(
    tmp_path: Path, order: str, polygons: object
) -> None:
    assert is_the_box(look(tmp_path, ply(BOX, order, polygons=polygons)))


def rich(order: str) -> bytes:
    """Return a PLY with elements and properties that no check needs."""
    head = (
        f"ply\r\nformat {order} 1.0\r\ncomment Größe\r\nobj_info made by hand\r\n"
        "element camera 2\r\nproperty float32 focus\r\nproperty list uint8 float32 matrix\r\n"
        "element vertex 8\r\nproperty uchar red\r\nproperty float64 z\r\nproperty double x\r\n"
        "property float64 y\r\nproperty list uchar short tags\r\n"
        "element face 12\r\nproperty float quality\r\nproperty list uint16 uint32 vertex_index\r\n"
        "property list uchar float texcoord\r\nproperty uchar flags\r\n"
        "element edge 1\r\nproperty int vertex1\r\nproperty int vertex2\r\nend_header\r\n"
    ).encode("latin-1")
    mark = ">" if "big" in order else "<"
    rows: list[tuple[str, tuple[float, ...]]] = [("fB2f", (1.5, 2, 1, 2)), ("fB1f", (1, 1, 3))]
    for index, (x, y, z) in enumerate(BOX[0]):
        rows.append((f"BdddB{index % 3}h", (255, z, x, y, index % 3, *range(index % 3))))
    for a, b, c in BOX[1].tolist():
        rows.append(("fH3IB6fB", (0.5, 3, a, b, c, 6, 0, 0, 1, 0, 1, 1, 7)))
    rows.append(("ii", (0, 1)))
    if order == "ascii":
        return head + "\r\n".join(" ".join(map(str, values)) for _, values in rows).encode()
    return head + b"".join(struct.pack(mark + kinds, *values) for kinds, values in rows)


@pytest.mark.parametrize("order", ORDERS[1:])
def test_what_else_a_file_holds_is_passed_over(tmp_path: Path, order: str) -> None:
    assert is_the_box(look(tmp_path, rich(order)))


def test_text_with_more_properties_is_read(tmp_path: Path) -> None:
    head = (
        "ply\nformat ascii 1.0\nelement vertex 8\nproperty float x\nproperty float y\n"
        "property float z\nproperty float nx\nproperty uchar red\nelement face 6\n"
        "property uchar flag\nproperty list uchar int vertex_indices\nend_header\n"
    )
    rows = [f"{x} {y} {z} 0.5 255" for x, y, z in BOX[0]]
    rows += [f"1 4 {' '.join(map(str, side))}" for side in SIDES]
    for end in ("\n", "\r\n", "\r"):
        assert is_the_box(look(tmp_path, (head + "\n".join(rows)).replace("\n", end).encode()))


@pytest.mark.parametrize("encoding", ["ascii", "binary"])
def test_what_trimesh_writes_is_read(tmp_path: Path, encoding: str) -> None:
    mesh = trimesh.creation.icosphere(3, 10)
    mesh.visual.vertex_colors = np.full((len(mesh.vertices), 4), 200, np.uint8)
    mesh.export(tmp_path / "a.ply", encoding=encoding)
    report = check_file(tmp_path / "a.ply")
    assert report["closed"].status == "ok"
    assert report["volume"].value == pytest.approx(mesh.volume / 1000, rel=1e-5)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (b"element vertex 8", b"element vertex 4000000000", "corners, more than"),
        (b"element vertex 8", b"element vertex 7400000", "cut off"),
        (b"element face 12", b"element face 2399999", "cut off"),
        (b"element face 12", b"element face -1", "cannot be read as PLY"),
        (b"element face 12", b"element face 0", "empty"),
        (b"float x", b"float w", "cannot be read as PLY"),
        (b"float x", b"colour x", "cannot be read as PLY"),
        (b"ply\n", b"plx\n", "cannot be read as PLY"),
        (b"end_header", b"no_end", "cannot be read as PLY"),
        (b"vertex_indices", b"others", "cannot be read as PLY"),
        (b"format", b"fermat", "cannot be read as PLY"),
    ],
)
def test_damaged_headers_get_a_sentence(
    tmp_path: Path, order: str, old: bytes, new: bytes, sentence: str
) -> None:
    with pytest.raises(ReliefError, match=sentence):
        look(tmp_path, ply(BOX, order).replace(old, new))


@pytest.mark.parametrize("order", ORDERS)
def test_a_file_that_was_cut_off_gets_a_sentence(tmp_path: Path, order: str) -> None:
    data = ply(BOX, order)
    for left in range(data.index(b"end_header") + 12, len(data) - 2, 7):
        with pytest.raises(ReliefError):
            look(tmp_path, data[:left])


@pytest.mark.parametrize("order", ORDERS)
def test_corners_that_are_missing_get_a_sentence(tmp_path: Path, order: str) -> None:
    for corner in (8, 2**31 - 1, -1):
        with pytest.raises(ReliefError, match="corner that is missing"):
            look(tmp_path, ply(BOX, order, polygons=[*SIDES[:5], (2, 0, corner)]))


def test_corners_that_are_no_numbers_get_a_sentence(tmp_path: Path) -> None:
    for value in (np.nan, np.inf, -np.inf):
        points = BOX[0].copy()
        points[3, 1] = value
        for order in ORDERS:
            with pytest.raises(ReliefError, match="NaN"):
                look(tmp_path, ply((points, BOX[1]), order))
