"""Finished objects: their shapes against formulas, their meshes against independent readers."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from relief_widget.errors import ReliefError
from relief_widget.heights import HeightField
from relief_widget.mesh.grid import part
from relief_widget.mesh.objects import finish, is_object
from relief_widget.mesh.triangles import Triangles
from relief_widget.settings import ReliefSettings, controls
from tests.support.bounds import MICRON, SHARE
from tests.support.object_parts import checked, circle_area, flat, letter_mask, made, one, waves
from tests.support.programs import program

# The sides of a circle stay within 0.01 mm of it: of 50 mm that is 0.03 % of the area.
ROUND = 1e-3


def test_with_everything_off_the_part_is_the_same_bit_for_bit() -> None:
    plain = part(waves(), ReliefSettings())
    assert not is_object(ReliefSettings())
    (same,) = finish(plain, ReliefSettings())
    assert same.vertices.tobytes() == plain.vertices.tobytes()
    assert same.faces.tobytes() == plain.faces.tobytes()
    assert same.uv.tobytes() == plain.uv.tobytes()
    assert same.relief.sum() == 2 * 59 * 89


@pytest.mark.parametrize(
    ("outline", "more", "area", "box"),
    [
        ("rounded", {"corner_mm": 10}, 100 * 200 / 3 - (4 - np.pi) * 100, (100, 200 / 3)),
        ("circle", {}, circle_area(50), (100, 100)),
        ("oval", {}, np.pi * 50 * 100 / 3, (100, 200 / 3)),
        ("polygon", {"polygon_sides": 4}, 100**2, (100, 100)),
        ("polygon", {"polygon_sides": 6}, 1.5 * 3**0.5 * 50**2, (100, 50 * 3**0.5)),
        ("polygon", {"polygon_sides": 3}, 3**0.5 / 4 * 100**2, (100, 50 * 3**0.5)),
    ],
)
def test_an_outline_has_the_area_of_its_formula(
    outline: str, more: dict[str, Any], area: float, box: tuple[float, float]
) -> None:
    mesh = one(flat(), outline=outline, **more)
    assert mesh.extents == pytest.approx((*box, 5), abs=0.01)
    assert mesh.vertices.min(axis=0) == pytest.approx(0, abs=MICRON)
    assert checked(mesh, euler=2).volume == pytest.approx(area * 5, rel=ROUND)


@pytest.mark.parametrize("field", [waves(60, 90), waves(90, 60), waves(70, 70)])
@pytest.mark.parametrize(
    "outline", ["rectangle", "rounded", "circle", "oval", "polygon", "subject"]
)
def test_the_longer_side_is_the_size_with_the_frame(field: HeightField, outline: str) -> None:
    mesh = one(field, outline=outline, frame_mm=3, size_mm=80, subject=letter_mask())
    assert max(mesh.extents[:2]) == pytest.approx(80, abs=0.01)
    checked(mesh)


def test_a_frame_stands_on_the_outline() -> None:
    mesh = one(flat(), frame_mm=8, frame_height_mm=4)
    width, height = 100, 200 / 3
    border = width * height - (width - 16) * (height - 16)
    assert checked(mesh, euler=2).volume == pytest.approx(
        width * height * 5 + border * 4, rel=SHARE
    )
    assert mesh.extents[2] == pytest.approx(9, abs=MICRON)
    inside = mesh.vertices[mesh.faces[mesh.relief]].reshape(-1, 3)
    assert inside[:, :2].min() == pytest.approx(8, abs=1e-4)
    assert inside[:, 2] == pytest.approx(5, abs=MICRON)


def test_a_chamfer_takes_its_prisms_from_the_frame() -> None:
    sharp = checked(one(flat(), frame_mm=8, frame_height_mm=4)).volume
    mesh = one(flat(), frame_mm=8, frame_height_mm=4, frame_chamfer_mm=2)
    outer, inner = 2 * (100 + 200 / 3), 2 * (84 + 200 / 3 - 16)
    # Of a slope around a corner 4 pyramids are left out outside, and taken twice inside.
    removed = (outer + inner) * 2 - 4 * 2**3 / 3 + 4 * 2**3 / 3
    assert sharp - checked(mesh, euler=2).volume == pytest.approx(removed, rel=1e-4)


def test_a_frame_cuts_a_relief_that_is_higher() -> None:
    mesh = one(waves(), frame_mm=8, frame_height_mm=1)
    x, y, z = mesh.vertices.T
    edge = (x < 7.99) | (x > 92.01) | (y < 7.99) | (y > 200 / 3 - 7.99)
    assert z[edge].max() == pytest.approx(6, abs=MICRON)
    assert z.max() > 10
    checked(mesh, euler=2)


def test_a_hanging_hole_goes_through_near_the_top() -> None:
    mesh = one(flat(), hanging_hole_mm=6)
    known = checked(mesh, euler=0)
    assert 5 * 100 * 200 / 3 - known.volume == pytest.approx(circle_area(3) * 5, rel=0.01)
    hole = mesh.vertices[(mesh.vertices[:, 1] > 30) & (mesh.vertices[:, 1] < 66)]
    assert (hole[:, 0].min(), hole[:, 0].max()) == pytest.approx((47, 53), abs=0.01)
    assert hole[:, 1].max() == pytest.approx(200 / 3 - 2, abs=0.01)


def test_a_wide_frame_takes_the_hanging_hole() -> None:
    mesh = one(flat(), hanging_hole_mm=4, frame_mm=12)
    z = mesh.vertices[mesh.vertices[:, 1] == mesh.vertices[:, 1].max()][:, 2]
    assert z.max() == pytest.approx(8, abs=MICRON)
    around = mesh.vertices[
        (np.hypot(mesh.vertices[:, 0] - 50, mesh.vertices[:, 1] - (200 / 3 - 6)) < 2.01)
    ]
    assert len(around) >= 32
    assert set(around[:, 2].round(3)) == {0.0, 8.0}


@pytest.mark.parametrize("outline", ["rectangle", "circle", "polygon", "subject"])
def test_a_keyring_is_a_tab_with_a_hole(outline: str) -> None:
    without = one(waves(), outline=outline, subject=letter_mask())
    mesh = one(waves(), outline=outline, keyring_mm=5, subject=letter_mask())
    checked(mesh, euler=checked(without).euler_number - 2)
    assert mesh.extents[0] == pytest.approx(without.extents[0], abs=0.01)
    assert 5 + 1 < mesh.extents[1] - without.extents[1] < 5 + 6
    assert mesh.extents[2] == pytest.approx(without.extents[2], abs=0.01)


@pytest.mark.parametrize("count", range(1, 9))
@pytest.mark.parametrize("outline", ["rectangle", "circle"])
def test_magnets_have_pockets_of_their_size(count: int, outline: str) -> None:
    plain = checked(one(flat(), outline=outline, frame_mm=1)).volume
    mesh = one(
        flat(),
        outline=outline,
        frame_mm=1,
        magnets=count,
        magnet_diameter_mm=10.2,
        magnet_depth_mm=2.2,
    )
    wanted = count * circle_area(5.1) * 2.2
    assert plain - checked(mesh, euler=2).volume == pytest.approx(wanted, rel=0.01)
    ground = mesh.vertices[np.isclose(mesh.vertices[:, 2], 2.2, atol=1e-3)]
    middle = np.array(mesh.extents[:2]) / 2
    # Evenly placed: their common middle is that of the part, but for the triangle of three.
    mean = (ground[:, :2].min(axis=0) + ground[:, :2].max(axis=0)) / 2
    assert mean[0] == pytest.approx(middle[0], abs=0.1)


def test_a_deep_pocket_is_refused_with_the_depth_that_fits() -> None:
    with pytest.raises(ReliefError, match=r"at most 4\.4 mm"):
        made(flat(), magnets=2, magnet_depth_mm=4.5)
    made(flat(), magnets=2, magnet_depth_mm=4.4)


def surface(field: HeightField, x: Any, y: Any, top: Any) -> Any:
    """Return the height of a plain part at places on the photo, on its own triangles."""
    rows, cols = field.shape
    c, r = x * (cols - 1), (1 - y) * (rows - 1)
    j = np.clip(np.floor(c).astype(int), 0, cols - 2)
    i = np.clip(np.floor(r).astype(int), 0, rows - 2)
    fc, fr = c - j, r - i
    a, b = top[i, j], top[i, j + 1]
    d, e = top[i + 1, j], top[i + 1, j + 1]
    return np.where(fc >= fr, a + (b - a) * fc + (e - b) * fr, a + (e - d) * fc + (d - a) * fr)


@pytest.mark.parametrize(
    "wanted",
    [
        {"outline": "circle", "frame_mm": 3},
        {"outline": "subject", "keyring_mm": 4, "mirror": True},
        {"hanging_hole_mm": 4, "magnets": 3, "invert": True},
        {"bed_x_mm": 60, "bed_y_mm": 40},
        {"outline": "oval", "back_text": "x"},
    ],
)
def test_the_relief_keeps_its_height_and_its_place_on_the_photo(wanted: dict[str, Any]) -> None:
    field = waves()
    plain = part(field, ReliefSettings(**wanted))
    for mesh in made(field, subject=letter_mask(), **wanted):
        used = np.unique(mesh.faces[mesh.relief])
        u, v = mesh.uv[used].astype(np.float64).T
        expected = surface(field, 1 - u if plain.mirrored else u, v, plain.z)
        np.testing.assert_allclose(mesh.vertices[used, 2], expected, atol=2e-3)
        u, v = mesh.uv[mesh.faces[mesh.relief]].astype(np.float64).mean(axis=1).T
        heights = mesh.vertices[mesh.faces[mesh.relief], 2].mean(axis=1)
        expected = surface(field, 1 - u if plain.mirrored else u, v, plain.z)
        assert np.abs(heights - expected).max() < 0.01
        # Upwards, all of it, and nothing else looks like it.
        known = checked(mesh)
        assert (known.face_normals[mesh.relief, 2] > 0).all()


def test_the_subject_is_followed_and_holes_that_cannot_be_made_are_filled() -> None:
    mesh = one(flat(), outline="subject", margin_mm=0, subject=letter_mask())
    known = checked(mesh, euler=0)
    assert mesh.extents == pytest.approx((100 * 220 / 240, 100, 5), abs=0.3)
    section = known.section(plane_origin=[0, 0, 2.5], plane_normal=[0, 0, 1])
    assert section is not None
    points = section.vertices[:, :2] * 2.4 + [120, 0]
    points[:, 1] = 270 - points[:, 1]
    # Each point of the contour lies on an edge of the mask, in pixels of 0.42 mm.
    mask = np.pad(letter_mask(), 1)
    mask[230:255, 150:175] = 1
    edges = np.argwhere(mask[:-1, :-1] + mask[1:, 1:] + mask[1:, :-1] + mask[:-1, 1:] % 4 != 0)
    assert len(edges)
    from scipy.ndimage import distance_transform_edt

    inner = distance_transform_edt(mask > 0.5)
    outer = distance_transform_edt(mask < 0.5)
    row, col = (np.clip(np.floor(points[:, ::-1]).astype(int) + 1, 0, None)).T
    assert np.minimum(inner + outer, 99)[row, col].max() <= 3.5


def test_the_mask_is_mirrored_with_the_photo() -> None:
    plain = one(flat(), outline="subject", subject=letter_mask())
    mirrored = one(flat(), outline="subject", subject=letter_mask(), mirror=True)
    assert mirrored.extents == pytest.approx(plain.extents, abs=0.02)
    left = [(mesh.vertices[:, 0] < 40).sum() for mesh in (plain, mirrored)]
    assert left[0] > left[1]


@pytest.mark.parametrize(
    ("wanted", "match"),
    [
        ({"outline": "subject"}, "no subject mask"),
        ({"frame_mm": 33}, "leaves nothing"),
        ({"frame_mm": 4, "frame_chamfer_mm": 3}, "at most 2 mm"),
        ({"hanging_hole_mm": 30, "size_mm": 30}, "hanging hole of 30 mm does not fit"),
        ({"magnets": 8, "magnet_diameter_mm": 40}, "8 magnets"),
        ({"back_text": "x", "back_text_depth_mm": 4.5}, r"at most 4\.4 mm"),
        ({"back_text": "☃\U0001f600"}, "font has no"),
        ({"back_text": "word " * 90}, "only"),
        ({"bend": "tube", "outline": "circle"}, "tube.*outline"),
        ({"bend": "tube", "hanging_hole_mm": 4}, "tube.*hanging hole"),
        ({"bend": "tube", "keyring_mm": 4}, "tube.*keyring"),
        ({"bend": "tube", "back_text": "x"}, "tube.*text"),
        ({"bend": "arc", "magnets": 2}, "arc.*magnets"),
        ({"bend": "arc", "bed_x_mm": 50}, "arc.*tiles"),
        ({"bend": "arc", "mould_box": True}, "arc.*mould"),
        ({"bend": "tube", "base_thickness": 0.2}, "too much to be bent"),
        ({"mould_box": True, "magnets": 2}, "mould.*magnets"),
        ({"mould_box": True, "back_text": "x"}, "mould.*text"),
        ({"mould_box": True, "bed_x_mm": 50}, "mould.*tiles"),
        ({"mould_box": True, "invert": True}, "inverted cast"),
        ({"mould_box": True, "keyhole_mm": 8}, "mould.*keyhole"),
        ({"bend": "arc", "keyhole_mm": 8}, "arc.*keyhole"),
        ({"keyhole_mm": 8, "base_thickness": 0.03}, "0.6 mm have to stay"),
        ({"keyhole_mm": 30, "size_mm": 40, "base_thickness": 0.2}, "does not fit"),
        ({"bend": "arc", "arc_degrees": 300, "foot_mm": 5, "lamp_mm": 60}, "lamp hole"),
        ({"bed_x_mm": 50, "hanging_hole_mm": 4}, "seam.*hanging hole"),
        ({"bed_x_mm": 50, "pin_mm": 4}, "base of at least 5.2 mm"),
    ],
)
def test_what_does_not_go_together_is_refused_in_two_sentences(
    wanted: dict[str, Any], match: str
) -> None:
    with pytest.raises(ReliefError, match=match) as caught:
        made(flat(), **wanted)
    assert caught.value.message.endswith(".")
    assert caught.value.hint.endswith(".")


def test_a_frame_measured_from_the_relief_is_highest() -> None:
    low, high = (
        one(waves(), frame_mm=5, frame_height_mm=0.5, frame_from=start)
        for start in ("base", "relief")
    )
    assert low.extents[2] < 15
    checked(high, euler=2)
    assert high.extents[2] == pytest.approx(15.5, abs=1e-3)


def test_a_circle_lies_where_the_subject_is() -> None:
    subject = np.zeros((90, 60), np.float32)
    subject[5:85, 20:50] = 1
    field = np.zeros((90, 60), np.float32)
    field[5:25, 20:50] = 1  # a head
    heads = [
        one(HeightField(field, 60 / 90), subject=mask, outline="circle", mesh_quality=128)
        for mask in (subject, None)
    ]
    # On the subject the head is in the picture, and in the middle from left to right.
    shown = [head.vertices[head.vertices[:, 2] > 14] for head in heads]
    assert np.ptp(shown[0][:, 1]) > 2 * np.ptp(shown[1][:, 1])


def test_a_flap_that_rounding_folds_flat_is_taken_away() -> None:
    # Here two vertices of the frame are the same as float32, and the triangles between them remain.
    mesh = one(
        flat(9, 12), outline="subject", subject=letter_mask(), size_mm=73.3, frame_mm=2,
        frame_height_mm=2,
    )  # fmt: skip
    checked(mesh, euler=0)


def test_every_object_setting_makes_another_mesh() -> None:
    fields: dict[str, dict[str, Any]] = {
        "outline": {"outline": "oval"},
        "corner_mm": {"outline": "rounded", "corner_mm": 9},
        "polygon_sides": {"outline": "polygon", "polygon_sides": 5},
        "margin_mm": {"outline": "subject", "margin_mm": 4},
        "frame_mm": {"frame_mm": 4},
        "frame_height_mm": {"frame_mm": 4, "frame_height_mm": 2},
        "frame_chamfer_mm": {"frame_mm": 4, "frame_chamfer_mm": 1},
        "hanging_hole_mm": {"hanging_hole_mm": 4},
        "keyhole_mm": {"base_thickness": 0.06, "keyhole_mm": 8},
        "keyhole_depth_mm": {"base_thickness": 0.06, "keyhole_mm": 8, "keyhole_depth_mm": 3},
        "keyring_mm": {"keyring_mm": 4},
        "magnets": {"magnets": 2},
        "magnet_diameter_mm": {"magnets": 2, "magnet_diameter_mm": 5},
        "magnet_depth_mm": {"magnets": 2, "magnet_depth_mm": 1},
        "back_text": {"back_text": "a"},
        "back_text_mm": {"back_text": "a", "back_text_mm": 5},
        "back_text_depth_mm": {"back_text": "a", "back_text_depth_mm": 1},
        "bend": {"bend": "arc"},
        "arc_degrees": {"bend": "arc", "arc_degrees": 60},
        "foot_mm": {"bend": "arc", "foot_mm": 5},
        "lamp_mm": {"bend": "arc", "foot_mm": 5, "lamp_mm": 20},
        "bed_x_mm": {"bed_x_mm": 60},
        "bed_y_mm": {"bed_y_mm": 60},
        "pin_mm": {"bed_y_mm": 60, "pin_mm": 2},
        "mould_box": {"mould_box": True},
        "draft_degrees": {"mould_box": True, "draft_degrees": 5},
        "wall_mm": {"mould_box": True, "wall_mm": 3},
        "pour_rim_mm": {"mould_box": True, "pour_rim_mm": 0},
    }
    # Those of levels shape the part before it is cut, and a flat one has no relief to start from.
    apart = {"crisp_walls", "shoulder_degrees", "frame_from"}
    assert set(fields) | apart == {name for name, c in controls().items() if c.kind == "object"}
    found = {
        name: tuple(m.volume for m in map(checked, made(flat(8, 12), subject=letter_mask(), **w)))
        for name, w in fields.items()
    }
    assert len(set(found.values())) == len(found)


SAMPLES: dict[str, dict[str, Any]] = {
    "coin": {"outline": "circle", "frame_mm": 3, "frame_chamfer_mm": 0.6, "magnets": 1},
    "keyring": {"outline": "subject", "keyring_mm": 4, "size_mm": 50, "back_text": "Zoë & Paul"},
    "plaque": {"frame_mm": 9, "frame_chamfer_mm": 2, "hanging_hole_mm": 4, "back_text": "2026\n♥"},
    "hexagon": {"outline": "polygon", "frame_mm": 2, "magnets": 6, "frame_height_mm": 12},
    "tube": {"bend": "tube", "thickness_mm": (0.8, 3.0), "frame_mm": 4},
    "arc": {"bend": "arc", "thickness_mm": (0.8, 3.0), "outline": "rounded", "keyring_mm": 4},
    "tiles": {"bed_x_mm": 60, "bed_y_mm": 50, "pin_mm": 1.85, "frame_mm": 6},
    "mould": {"mould_box": True, "outline": "oval", "frame_mm": 3},
}


@pytest.mark.parametrize("name", SAMPLES)
def test_other_programs_find_nothing_to_mend(name: str, tmp_path: Path) -> None:
    for number, mesh in enumerate(made(waves(), subject=letter_mask(), **SAMPLES[name])):
        known = checked(mesh)
        path = tmp_path / f"{number}.stl"
        known.export(path)
        again = trimesh.load_mesh(path)
        assert again.is_watertight
        assert again.euler_number == known.euler_number
        run = subprocess.run(
            [program("admesh"), str(path)], capture_output=True, text=True, check=True, timeout=60
        )
        faults = dict(
            re.findall(
                r"^(Total disconnected facets|Degenerate facets|Edges fixed|Facets removed|"
                r"Facets added|Facets reversed|Backwards edges)\s*:\s*(\d+)",
                run.stdout,
                flags=re.M,
            )
        )
        assert len(faults) == 7, run.stdout
        assert all(int(count) == 0 for count in faults.values()), run.stdout
        if number == 0:
            run = subprocess.run(
                [program("prusa-slicer"), "--info", str(path)],
                capture_output=True,
                text=True,
                check=True,
                timeout=60,
            )
            facts = dict(re.findall(r"^(\w+) = (.+)$", run.stdout, flags=re.M))
            assert facts["manifold"] == "yes", run.stdout
            size = [float(facts[f"size_{axis}"]) for axis in "xyz"]
            assert size == pytest.approx(mesh.extents, abs=0.01)
            assert float(facts["volume"]) == pytest.approx(known.volume, rel=1e-3)


def test_a_mesh_that_is_no_grid_is_finished_too() -> None:
    # A pyramid on a plate: what a mesh of bounded error looks like.
    box = trimesh.creation.box(bounds=[[0, 0, 0], [60, 40, 3]])
    points = np.vstack([box.vertices, [30, 20, 8]]).astype(np.float32)
    top = box.face_normals[:, 2] > 0.5
    corners = [i for i, p in enumerate(box.vertices) if p[2] == 3]
    order = sorted(corners, key=lambda i: np.arctan2(points[i, 1] - 20, points[i, 0] - 30))
    cone = [[a, b, len(points) - 1] for a, b in zip(order, order[1:] + order[:1], strict=True)]
    faces = np.vstack([box.faces[~top], cone]).astype(np.int32)
    base = Triangles(
        vertices=points,
        faces=faces,
        uv=(points[:, :2] / [60, 40]).astype(np.float32),
        relief=np.arange(len(faces)) >= len(faces) - 4,
        solid=True,
    )
    wanted = ReliefSettings(size_mm=60, base_thickness=0.05, outline="oval", hanging_hole_mm=4)
    (mesh,) = finish(base, wanted)
    checked(mesh, euler=0)
    assert mesh.extents == pytest.approx((60, 40, 8), abs=0.01)
    used = np.unique(mesh.faces[mesh.relief])
    np.testing.assert_allclose(mesh.uv[used] * [60, 40], mesh.vertices[used, :2], atol=1e-4)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_combination_is_closed_or_refused(data: st.DataObject) -> None:
    values = data.draw(
        arrays(np.float32, (9, 12), elements=st.sampled_from([0.0, 0.25, 0.3, 0.77, 1.0]))
    )
    wanted: dict[str, Any] = {
        "size_mm": data.draw(st.sampled_from([40.0, 73.3, 100.0, 311.7])),
        "outline": data.draw(st.sampled_from(controls()["outline"].choices)),
        "polygon_sides": data.draw(st.integers(3, 12)),
        "frame_mm": data.draw(st.sampled_from([0.0, 0.0, 2.0, 5.5])),
        "frame_height_mm": data.draw(st.sampled_from([0.0, 2.0, 12.0])),
        "frame_chamfer_mm": data.draw(st.sampled_from([0.0, 0.0, 0.7])),
        "hanging_hole_mm": data.draw(st.sampled_from([0.0, 3.0])),
        "keyring_mm": data.draw(st.sampled_from([0.0, 0.0, 4.0])),
        "magnets": data.draw(st.sampled_from([0, 0, 0, 2, 4])),
        "magnet_depth_mm": 0.8,
        "back_text": data.draw(st.sampled_from(["", "", "Ab\nc"])),
        "bend": data.draw(st.sampled_from(["flat", "flat", "flat", "arc", "tube"])),
        "thickness_mm": data.draw(st.sampled_from([None, None, (1.5, 3.0)])),
        "bed_x_mm": data.draw(st.sampled_from([0.0, 0.0, 37.0])),
        "pin_mm": data.draw(st.sampled_from([0.0, 1.0])),
        "mould_box": data.draw(st.sampled_from([False, False, True])),
    }
    try:
        meshes = made(HeightField(values, 12 / 9), subject=letter_mask(), **wanted)
    except ReliefError as error:
        # Refused for a reason, not given up.
        if "clos" in error.message and "closed all around" not in error.message:
            raise
        return
    for mesh in meshes:
        checked(mesh)
