"""OBJ as other programs write it: materials, groups, polygons, and indices of every kind."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from relief_widget.errors import ReliefError
from relief_widget.preflight import Report, check_file
from tests.support.mesh_files import box, obj, together

BOX = box()
CORNERS = "".join(f"v {x} {y} {z}\n" for x, y, z in BOX[0])
SIDES = ["1 3 4 2", "5 6 8 7", "1 2 6 5", "2 4 8 6", "4 3 7 8", "3 1 5 7"]


def look(tmp_path: Path, data: bytes | str, name: str = "a.obj") -> Report:
    path = tmp_path / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return check_file(path)


def is_the_box(report: Report) -> bool:
    return (
        report["closed"].status == "ok"
        and "one piece" in report["closed"].text
        and report["size"].value == pytest.approx((30, 20, 10))
        and report["volume"].value == pytest.approx(6)
    )


def sides(*rows: str) -> str:
    return CORNERS + "".join(f"f {row}\n" for row in rows)


def more(row: str, form: str) -> str:
    return " ".join(form.format(corner) for corner in row.split())


# Each side has corners, texture coordinates and normals of its own, as with hard edges.
SPLIT = "".join(
    "".join("v {} {} {}\n".format(*BOX[0][int(corner) - 1]) for corner in row.split())
    + "".join(f"vt 0 {n}\n" for n in range(4))
    + "vn 0 0 1\n"
    + "f {}\n".format(" ".join(f"{4 * i + n + 1}/{4 * i + n + 1}/{i + 1}" for n in range(4)))
    for i, row in enumerate(SIDES)
)
BACKWARDS = CORNERS + "".join(
    "f " + " ".join(str(int(corner) - 9) for corner in row.split()) + "\n" for row in SIDES
)
LOOKS = {
    "triangles": obj(BOX),
    "two materials": obj(BOX, marks={0: "usemtl red", 6: "usemtl blue"}),
    "two groups": obj(BOX, marks={0: "g top", 6: "g bottom side"}),
    "two objects": obj(BOX, marks={0: "o top", 6: "o bottom"}),
    "all of them": obj(BOX, marks={0: "mtllib gone.mtl", 3: "g a\nusemtl b", 5: "o c", 8: "s 1"}),
    "a group a triangle": obj(BOX, marks={n: f"g part{n}" for n in range(12)}),
    "quads": sides(*SIDES),
    "quads and triangles": sides(*SIDES[:5], "3 1 5", "3 5 7"),
    "texture": sides(*(more(row, "{0}/1") for row in SIDES)),
    "normals": sides(*(more(row, "{0}//2") for row in SIDES)),
    "both": sides(*(more(row, "{0}/7/2") for row in SIDES)),
    "a mixture": sides(*SIDES[:3], *(more(row, "{0}/1/1") for row in SIDES[3:])),
    "backwards": BACKWARDS,
    "backwards with texture": BACKWARDS.replace(" -1", " -1/-1/-1"),
    "hard edges": SPLIT,
    "continued": sides(*SIDES).replace("1 3 4 2", "1 3 \\\n 4 2").replace("v 30", "v \\\r\n30"),
    "colours": obj(BOX).replace("\nv ", "\n v\t").replace(".0\nv", ".0 1 0 0.5\nv"),
    "windows": obj(BOX).replace("\n", "\r\n"),
    "macintosh": obj(BOX).replace("\n", "\r"),
    "comments": "# Größe\n\n" + obj(BOX).replace("\nf", "\n# f 1 2 3\n   f"),
    "lines and points": obj(BOX) + "l 1 2 3\np 4\nvp 1 2\ncurv2 1 2\n",
    "exponents": obj(BOX).replace("30.0", "3.0E+01").replace("20.0", "+.2e2"),
    "old faces": obj(BOX).replace("\nf ", "\nfo "),
    "no line end": obj(BOX).rstrip("\n"),
    "a stray corner": "v 1e6 0 0\n" + obj(BOX, first=2),
}


@pytest.mark.parametrize("name", LOOKS)
def test_every_way_to_write_a_box_is_read(tmp_path: Path, name: str) -> None:
    assert is_the_box(look(tmp_path, LOOKS[name]))


def test_names_in_other_encodings_do_no_harm(tmp_path: Path) -> None:
    assert is_the_box(look(tmp_path, obj(BOX, marks={0: "o Größe"}).encode("latin-1")))
    assert is_the_box(look(tmp_path, obj(BOX, marks={0: "o Größe"}).encode("utf-16")))


def test_objects_that_touch_stay_apart(tmp_path: Path) -> None:
    both = together(BOX, box(at=(30, 0, 0)))
    for mark in ("o", "g"):
        closed = look(tmp_path, obj(both, marks={0: f"{mark} a", 12: f"{mark} b"}))["closed"]
        assert closed.status == "warn"
        assert "2 pieces" in closed.text


def test_a_hole_is_found_whatever_the_materials(tmp_path: Path) -> None:
    holed = (BOX[0], np.delete(BOX[1], 4, axis=0))
    for marks in ({}, {0: "usemtl a", 5: "usemtl b"}, {0: "o a", 5: "o b"}):
        closed = look(tmp_path, obj(holed, marks=marks))["closed"]
        assert closed.status == "fail"
        assert "3 open edges" in closed.text


def test_a_concave_polygon_encloses_its_volume(tmp_path: Path) -> None:
    # An L, whose first corner is not the one that sees all others.
    plan = [(0, 0), (20, 0), (20, 10), (10, 10), (10, 20), (0, 20)]
    order = [1, 2, 3, 4, 5, 0]
    points = [(*plan[k], z) for z in (0, 10) for k in order]
    text = "".join(f"v {x} {y} {z}\n" for x, y, z in points)
    text += "f 6 5 4 3 2 1\nf 7 8 9 10 11 12\n"
    text += "".join(f"f {k + 1} {(k + 1) % 6 + 1} {(k + 1) % 6 + 7} {k + 7}\n" for k in range(6))
    report = look(tmp_path, text)
    assert report["closed"].status == "ok"
    assert report["volume"].value == pytest.approx(3)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (obj(BOX).replace("v 30", "v x"), "cannot be read as OBJ"),
        (obj(BOX).replace("v 30.0", "v nan"), "NaN"),
        (obj(BOX).replace("v 30.0", "v -inf"), "infinite"),
        (obj(BOX).replace("f 1 ", "f 99 "), "corner that is missing"),
        (obj(BOX).replace("f 1 ", "f 0 "), "corner that is missing"),
        (BACKWARDS.replace("-8", "-9"), "corner that is missing"),
        (obj(BOX).replace("f 1 ", "f 99999999999999999999 "), "cannot be read as OBJ"),
        (obj(BOX).replace("f 1 ", "f 1.5 "), "cannot be read as OBJ"),
        (CORNERS, "empty"),
        (CORNERS + "f\nf 1\nf 1 2\n", "empty"),
        ("a letter to my aunt", "empty"),
    ],
)
def test_what_cannot_be_read_gets_a_sentence(tmp_path: Path, data: str, sentence: str) -> None:
    with pytest.raises(ReliefError, match=sentence):
        look(tmp_path, data)
