"""3MF as slicers and CAD programs write it: packages, parts, paths, places, kinds and settings."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from relief_widget.errors import ReliefError
from relief_widget.preflight import Report, check_file
from tests.support.mesh_files import (
    CORE,
    box,
    relations,
    threemf,
    threemf_mesh,
    threemf_model,
    threemf_object,
    together,
    zipped,
)

BOX = box()
PLAIN = threemf_model(threemf_object(BOX), '<item objectid="1"/>')
EMPTY = threemf_model("", "")


def look(tmp_path: Path, data: bytes, **options: Any) -> Report:
    path = tmp_path / "a.3mf"
    path.write_bytes(data)
    return check_file(path, **options)


def is_the_box(report: Report) -> bool:
    return (
        report["closed"].status == "ok"
        and report["size"].value == pytest.approx((30, 20, 10))
        and report["volume"].value == pytest.approx(6)
    )


@pytest.mark.parametrize(
    "root",
    ["3D/3dmodel.model", "3D/Part One.model", "a.model", "Model/x.MODEL", "3D/teil.mdl"],
)
def test_the_root_is_where_the_relations_say(tmp_path: Path, root: str) -> None:
    assert is_the_box(look(tmp_path, threemf(PLAIN, root=root)))


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("/3D/my%20part.model", "3D/my part.model"),
        ("3D/a.model", "3D/a.model"),
        ("/3d/A.model", "3D/a.model"),
        ("/3D/a.model", "3D\\a.model"),
        ("/3D/./x/../a.model", "3D/a.model"),
    ],
)
def test_names_of_parts_are_compared_as_packages_do(tmp_path: Path, target: str, name: str) -> None:
    # Another model lies there too, which nothing refers to.
    entries = {"_rels/.rels": relations(target), name: PLAIN, "3D/3dmodel.model": EMPTY}
    assert is_the_box(look(tmp_path, zipped(entries)))


def test_a_package_without_relations_has_its_usual_root(tmp_path: Path) -> None:
    assert is_the_box(look(tmp_path, zipped({"3D/3dmodel.model": PLAIN, "3D/b.model": EMPTY})))
    assert is_the_box(look(tmp_path, zipped({"some.model": PLAIN})))


def test_items_and_components_name_other_parts(tmp_path: Path) -> None:
    # Both parts have an object 1, and each means its own.
    part = threemf_model(threemf_object(BOX), "")
    item = threemf_model("", '<item objectid="1" p:path="/3D/a.model"/>')
    assert is_the_box(look(tmp_path, threemf(item, {"3D/a.model": part})))
    nested = threemf_model(
        threemf_object(box(1, 1, 1)) + '<object id="2"><components>'
        '<component objectid="1" p:path="/3D/Objects/object_1.model"/></components></object>',
        '<item objectid="2"/>',
    )
    assert is_the_box(look(tmp_path, threemf(nested, {"3D/Objects/object_1.model": part})))
    # A part that a part names.
    middle = threemf_model(
        '<object id="1"><components><component objectid="1" p:path="/3D/c.model"/></components>'
        "</object>",
        "",
    )
    assert is_the_box(look(tmp_path, threemf(item, {"3D/a.model": middle, "3D/c.model": part})))


def test_a_part_in_another_unit_is_as_large_as_it_says(tmp_path: Path) -> None:
    part = threemf_model(threemf_object(box(3, 2, 1)), "", unit="centimeter")
    item = threemf_model("", '<item objectid="1" p:path="/3D/a.model"/>')
    assert is_the_box(look(tmp_path, threemf(item, {"3D/a.model": part})))


@pytest.mark.parametrize(
    ("unit", "scale"),
    [
        ("micron", 0.001),
        ("millimeter", 1),
        ("centimeter", 10),
        ("inch", 25.4),
        ("foot", 304.8),
        ("meter", 1000),
    ],
)
def test_every_unit_is_read(tmp_path: Path, unit: str, scale: float) -> None:
    small = threemf_object(box(30 / scale, 20 / scale, 10 / scale))
    data = threemf(threemf_model(small, '<item objectid="1"/>', unit=unit))
    assert is_the_box(look(tmp_path, data))
    assert look(tmp_path, data, units="cm")["size"].value == pytest.approx(
        tuple(10 * side / scale for side in (30, 20, 10)), abs=1e-3
    )


@pytest.mark.parametrize(
    "place",
    [
        "1 0 0 0 1 0 0 0 1 5 6 7",
        "0 1 0 -1 0 0 0 0 1 0 0 0",
        "-1 0 0 0 1 0 0 0 1 0 0 0",
        "1 0 0 0 1 0 0 0 -1 0 0 0",
        "-1 0 0 0 -1 0 0 0 -1 9 9 9",
    ],
)
def test_places_turn_and_mirror(tmp_path: Path, place: str) -> None:
    report = look(
        tmp_path,
        threemf(threemf_model(threemf_object(BOX), f'<item objectid="1" transform="{place}"/>')),
    )
    assert report["closed"].status == "ok", report["closed"].text
    assert sorted(report["size"].value) == pytest.approx([10, 20, 30])  # type: ignore[arg-type]
    assert report["volume"].value == pytest.approx(6)


def test_places_of_components_come_before_those_of_items(tmp_path: Path) -> None:
    objects = threemf_object(box(15, 10, 5)) + (
        '<object id="2"><components>'
        '<component objectid="1" transform="2 0 0 0 1 0 0 0 1 0 0 0"/>'
        '<component objectid="1" transform="2 0 0 0 1 0 0 0 1 0 50 0"/></components></object>'
    )
    item = '<item objectid="2" transform="1 0 0 0 2 0 0 0 2 0 0 0"/>'
    report = look(tmp_path, threemf(threemf_model(objects, item)))
    assert report["size"].value == pytest.approx((30, 120, 10))
    assert report["volume"].value == pytest.approx(12)
    assert "2 pieces" in report["closed"].text


def test_objects_that_touch_stay_apart_and_open_ones_are_found(tmp_path: Path) -> None:
    objects = threemf_object(BOX) + threemf_object(box(at=(30, 0, 0)), 2)
    items = '<item objectid="1"/><item objectid="2"/>'
    closed = look(tmp_path, threemf(threemf_model(objects, items)))["closed"]
    assert (closed.status, "2 pieces" in closed.text) == ("warn", True)
    # Two open halves are not one closed body: a slicer repairs each for itself.
    halves = threemf_object((BOX[0], BOX[1][:6])) + threemf_object((BOX[0], BOX[1][6:]), 2)
    assert look(tmp_path, threemf(threemf_model(halves, items)))["closed"].status == "fail"


def test_what_is_not_to_be_printed_is_left_out_and_told(tmp_path: Path) -> None:
    objects = threemf_object(BOX) + threemf_object(box(900, 9, 9), 2)
    items = '<item objectid="1"/><item objectid="2" printable="0"/>'
    report = look(tmp_path, threemf(threemf_model(objects, items)))
    assert is_the_box(report)
    assert "not to be printed" in report["file"].text
    support = threemf_object(BOX) + threemf_object(box(900, 9, 9), 2, 'type="support"')
    items = '<item objectid="1"/><item objectid="2"/>'
    report = look(tmp_path, threemf(threemf_model(support, items)))
    assert is_the_box(report)
    assert "support others" in report["file"].text
    # Where that is all that there is, it is what was meant.
    alone = threemf_model(threemf_object(BOX), '<item objectid="1" printable="0"/>')
    assert is_the_box(look(tmp_path, threemf(alone)))


def test_volumes_of_prusaslicer_stay_apart_and_its_modifiers_out(tmp_path: Path) -> None:
    mesh = together(BOX, box(at=(30, 0, 0)), box(5, 5, 5, at=(10, 5, 2)))
    config = (
        '<?xml version="1.0" encoding="UTF-8"?><config><object id="1" instances_count="1">'
        '<volume firstid="0" lastid="11"><metadata type="volume" key="volume_type" '
        'value="ModelPart"/></volume><volume firstid="12" lastid="23"><metadata type="volume" '
        'key="name" value="x"/></volume><volume firstid="24" lastid="35"><metadata type="volume" '
        'key="modifier" value="1"/><metadata type="volume" key="volume_type" '
        'value="ParameterModifier"/></volume></object></config>'
    )
    model = threemf_model(threemf_object(mesh), '<item objectid="1"/>')
    report = look(tmp_path, threemf(model, {"Metadata/Slic3r_PE_model.config": config}))
    assert "2 pieces" in report["closed"].text
    assert report["closed"].status == "warn"
    assert report["volume"].value == pytest.approx(12)
    assert "modifiers" in report["file"].text


def test_modifiers_of_bambu_studio_are_left_out(tmp_path: Path) -> None:
    part = threemf_model(threemf_object(BOX) + threemf_object(box(900, 9, 9), 2), "")
    path = 'p:path="/3D/Objects/object_1.model"'
    root = threemf_model(
        f'<object id="3"><components><component {path} objectid="1"/>'
        f'<component {path} objectid="2"/></components></object>',
        '<item objectid="3" printable="1"/>',
    )
    config = (
        '<config><object id="3"><metadata key="name" value="a"/>'
        '<part id="1" subtype="normal_part"/><part id="2" subtype="modifier_part"/></object>'
        "</config>"
    )
    parts = {"3D/Objects/object_1.model": part, "Metadata/model_settings.config": config}
    report = look(tmp_path, threemf(root, parts))
    assert is_the_box(report)
    assert "modifiers" in report["file"].text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "iso-8859-1"])
def test_every_encoding_of_xml_is_read(tmp_path: Path, encoding: str) -> None:
    head = '<metadata name="Title">Größe &amp; "Höhe"</metadata><!-- <vertex x="1"/> -->'
    model = threemf_model(threemf_object(BOX), '<item objectid="1"/>', head=head)
    named = {"utf-8-sig": "UTF-8", "utf-16-be": "UTF-16"}.get(encoding, encoding)
    assert is_the_box(look(tmp_path, threemf(model.replace("UTF-8", named).encode(encoding))))


def test_prefixes_of_names_may_be_any(tmp_path: Path) -> None:
    model = PLAIN.replace(f'xmlns="{CORE}"', f'xmlns:c="{CORE}"')
    for tag in ("model", "resources", "object", "mesh", "vertices", "vertex", "triangles",
                "triangle", "build", "item"):  # fmt: skip
        for mark in ("<", "</"):
            for end in (" ", ">", "/"):
                model = model.replace(f"{mark}{tag}{end}", f"{mark}c:{tag}{end}")
    assert "<vertex" not in model
    assert is_the_box(look(tmp_path, threemf(model)))


def chain(levels: int, each: int) -> str:
    objects = threemf_object(BOX)
    for number in range(2, levels + 2):
        inner = f'<component objectid="{number - 1}"/>' * each
        objects += f'<object id="{number}"><components>{inner}</components></object>'
    return threemf_model(objects, f'<item objectid="{levels + 1}"/>')


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        (chain(60, 2), "copies"),
        (chain(2, 1000), "copies"),
        (threemf_model(threemf_object(BOX), '<item objectid="1"/>' * 200_001), "copies"),
        (
            threemf_model(threemf_object(together(*[BOX] * 500)), '<item objectid="1"/>' * 1000),
            "6,000,000 triangles",
        ),
        (PLAIN.replace('objectid="1"', 'objectid="7"'), "object 7 is missing"),
        (
            threemf_model(
                '<object id="1"><components><component objectid="2"/></components></object>'
                '<object id="2"><components><component objectid="1"/></components></object>',
                '<item objectid="1"/>',
            ),
            "part of itself",
        ),
        (threemf_model(threemf_object(BOX), '<item objectid="1" p:path="/b.model"/>'), "b.model"),
        (PLAIN.replace('v1="0"', 'v1="88"', 1), "corner that is missing"),
        (PLAIN.replace('v1="0"', 'v1="-1"', 1), "corner that is missing"),
        (PLAIN.replace('v1="0"', 'v1="9999999999999999999"', 1), "cannot be read as 3MF"),
        (PLAIN.replace('x="30.0"', 'x="nan"', 1), "NaN"),
        (PLAIN.replace('x="30.0"', 'x="1e999"', 1), "NaN"),
        (PLAIN.replace('x="30.0"', 'x="1e30"', 1), "farther away"),
        (PLAIN.replace('x="30.0"', "", 1), "cannot be read as 3MF"),
        (PLAIN.replace('"millimeter"', '"parsec"'), "cannot be read as 3MF"),
        (PLAIN.replace("/>", ' transform="1 2 3"/>').replace("vertex ", "vertex "), "3MF"),
        (PLAIN[:-300], "cannot be read as 3MF"),
        (threemf_model(threemf_object(BOX), ""), "empty"),
        (threemf_model('<object id="1"/>', '<item objectid="1"/>'), "empty"),
    ],
)
def test_what_cannot_be_read_gets_a_sentence(tmp_path: Path, model: str, sentence: str) -> None:
    with pytest.raises(ReliefError, match=sentence):
        look(tmp_path, threemf(model))


def test_many_copies_are_checked_in_seconds(tmp_path: Path) -> None:
    model = threemf_model(threemf_object(box(1, 1, 1)), '<item objectid="1"/>' * 700)
    report = look(tmp_path, threemf(model))
    assert "700 pieces" in report["closed"].text


def test_entities_are_refused(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE m [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    with pytest.raises(ReliefError, match="cannot be read as 3MF"):
        look(tmp_path, threemf(PLAIN.replace("\n", bomb, 1)))


@pytest.mark.parametrize("name", ["3D/3dmodel.model", "_rels/.rels"])
def test_damaged_packages_get_a_sentence(tmp_path: Path, name: str) -> None:
    data = bytearray(threemf(PLAIN))
    with zipfile.ZipFile(tmp_path / "a.3mf", "w") as archive:
        archive.writestr("x", "y")
    start = data.index(name.encode()) + len(name) + 5
    data[start : start + 20] = np.random.default_rng(0).bytes(20)
    with pytest.raises(ReliefError, match=r"cannot be read|damaged"):
        look(tmp_path, bytes(data))


def test_the_relations_name_a_part_that_is_missing(tmp_path: Path) -> None:
    entries = {"_rels/.rels": relations("/3D/gone.model"), "3D/3dmodel.model": PLAIN}
    with pytest.raises(ReliefError, match=r"gone\.model"):
        look(tmp_path, zipped(entries))


def test_what_lib3mf_writes_is_read(tmp_path: Path) -> None:
    lib3mf = pytest.importorskip("lib3mf")
    wrapper = lib3mf.get_wrapper()
    model = wrapper.CreateModel()
    mesh = model.AddMeshObject()
    for point in BOX[0].tolist():
        corner = lib3mf.Position()
        corner.Coordinates = tuple(point)
        mesh.AddVertex(corner)
    for face in BOX[1].tolist():
        triangle = lib3mf.Triangle()
        triangle.Indices = tuple(face)
        mesh.AddTriangle(triangle)
    parts = model.AddComponentsObject()
    parts.AddComponent(mesh, wrapper.GetIdentityTransform())
    model.AddBuildItem(parts, wrapper.GetTranslationTransform(7, 0, 0))
    model.QueryWriter("3mf").WriteToFile(str(tmp_path / "lib.3mf"))
    assert is_the_box(check_file(tmp_path / "lib.3mf"))


def test_a_mesh_of_its_own_may_be_in_a_part_with_materials(tmp_path: Path) -> None:
    objects = (
        '<basematerials id="9"><base name="PLA" displaycolor="#ff0000"/></basematerials>'
        f'<object id="1" pid="9" pindex="0" name="A &lt; B">{threemf_mesh(BOX)}</object>'
    )
    assert is_the_box(look(tmp_path, threemf(threemf_model(objects, '<item objectid="1"/>'))))
