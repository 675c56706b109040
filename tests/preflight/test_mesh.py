"""Preflight of any mesh: hand-made ones of known faults, and trimesh as the other judge."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import ConvexHull
from scipy.spatial.transform import Rotation

from relief_widget.errors import ReliefError
from relief_widget.preflight import Report, preflight
from relief_widget.preflight.machines import MACHINES, Machine, find_machine, fit
from relief_widget.preflight.of_mesh import heavy_check
from relief_widget.preflight.thickness import sampled_thickness
from relief_widget.preflight.topology import topology, volume
from tests.support.bounds import MICRON, SHARE

Arrays = tuple[npt.NDArray[Any], npt.NDArray[Any]]


def box(x: float = 20, y: float = 20, z: float = 20) -> Arrays:
    mesh = trimesh.creation.box((x, y, z))
    return np.asarray(mesh.vertices) + np.array([x, y, z]) / 2, np.asarray(mesh.faces)


def look(mesh: Arrays, target: str = "fdm", **options: Any) -> Report:
    return preflight(mesh, target, **options)


def test_a_sound_box_is_green_throughout() -> None:
    report = look(box(), bed="Prusa MK4")
    assert report.status == "ok"
    assert report["closed"].value == 0
    assert report["volume"].value == pytest.approx(8)
    assert report["mass"].value == pytest.approx(8 * 1.24)
    assert report["wall"].value == pytest.approx(20, abs=MICRON)
    assert "Euler number 2" in report["closed"].text


def test_a_missing_face_is_three_open_edges() -> None:
    vertices, faces = box()
    closed = look((vertices, faces[1:]))["closed"]
    assert (closed.status, closed.value) == ("fail", 3)
    assert "3 open edges" in closed.text
    assert look((vertices, faces[1:]))["volume"].value is None
    # CAM programs take a surface; they are told, not stopped.
    assert look((vertices, faces[1:]), "cnc")["closed"].status == "warn"


def test_a_flipped_face_is_found() -> None:
    vertices, faces = box()
    faces = faces.copy()
    faces[4] = faces[4, ::-1]
    closed = look((vertices, faces))["closed"]
    assert (closed.status, closed.value) == ("fail", 3)
    assert "flipped" in closed.text
    assert not trimesh.Trimesh(vertices, faces, process=False).is_winding_consistent


def test_a_mesh_turned_inside_out_is_found() -> None:
    vertices, faces = box()
    closed = look((vertices, faces[:, ::-1]))["closed"]
    assert closed.status == "fail"
    assert "inside out" in closed.text


def test_a_triangle_twice_is_not_manifold() -> None:
    vertices, faces = box()
    closed = look((vertices, np.concatenate([faces, faces[:1]])))["closed"]
    assert (closed.status, closed.value) == ("fail", 3)
    assert "non-manifold" in closed.text


def test_a_vertex_on_another_edge_leaves_a_crack() -> None:
    vertices, faces = box()
    # One face is split at the middle of an edge; its neighbour is not.
    a, b, c = faces[0]
    vertices = np.concatenate([vertices, [(vertices[a] + vertices[b]) / 2]])
    split = np.array([[a, len(vertices) - 1, c], [len(vertices) - 1, b, c]])
    closed = look((vertices, np.concatenate([faces[1:], split])))["closed"]
    assert (closed.status, closed.value) == ("fail", 3)


def test_two_bodies_are_told_and_not_refused() -> None:
    vertices, faces = box()
    two = (
        np.concatenate([vertices, vertices + np.array([50, 0, 0])]),
        np.concatenate([faces, faces + 8]),
    )
    closed = look(two)["closed"]
    assert closed.status == "warn"
    assert "2 pieces" in closed.text
    assert look(two)["volume"].value == pytest.approx(16)


def test_a_face_without_area_is_told() -> None:
    vertices, faces = box()
    closed = look((vertices, np.concatenate([faces, [[0, 0, 1]]])))["closed"]
    assert closed.status == "warn"
    assert "1 face without area" in closed.text


SHAPES: dict[str, Callable[[], Any]] = {
    "sphere": lambda: trimesh.creation.icosphere(3, 10),
    "torus": lambda: trimesh.creation.torus(10, 3),
    "tube": lambda: trimesh.creation.annulus(8, 10, 30),
    "cone": lambda: trimesh.creation.cone(7, 12),
}


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("dropped", [0, 1, 7])
def test_trimesh_agrees(name: str, dropped: int) -> None:
    mesh = SHAPES[name]()
    mesh = trimesh.Trimesh(mesh.vertices, mesh.faces[dropped:], process=False)
    found = topology(mesh.faces, len(mesh.vertices))
    assert found.closed == mesh.is_watertight
    assert (found.reversed_edges == 0) == mesh.is_winding_consistent
    assert found.euler == mesh.euler_number
    joined: Any = trimesh.graph.connected_components
    assert found.shells == len(joined(mesh.edges, nodes=np.unique(mesh.faces)))
    assert volume(mesh.vertices, mesh.faces) == pytest.approx(
        mesh.volume, rel=SHARE if not dropped else 0.2
    )
    report = look((mesh.vertices, mesh.faces))
    assert report["size"].value == pytest.approx(mesh.extents, abs=1e-3)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.1, 1000))
def test_volume_and_edges_of_any_hull(seed: int, size: float) -> None:
    points = np.random.default_rng(seed).random((12, 3)) * size
    hull = trimesh.convex.convex_hull(points)
    found = topology(hull.faces, len(hull.vertices))
    assert found.closed
    assert found.euler == 2
    assert volume(hull.vertices, hull.faces) == pytest.approx(ConvexHull(points).volume, rel=SHARE)


@pytest.mark.parametrize(
    ("thickness", "status"), [(0.3, "fail"), (0.8, "warn"), (1.2, "ok"), (3.0, "ok")]
)
def test_a_thin_wall_is_measured(thickness: float, status: str) -> None:
    wall = look(box(30, 40, thickness))["wall"]
    assert wall.value == pytest.approx(thickness, abs=MICRON)
    assert wall.status == status
    assert "Sampled" in wall.text


def test_the_wall_of_a_tube_is_measured_across_it() -> None:
    tube = trimesh.creation.annulus(9, 10, 30, sections=256)
    _, found = sampled_thickness(tube.vertices, tube.faces)
    assert np.quantile(found, 0.01) == pytest.approx(1, rel=1e-3)


@pytest.mark.parametrize("degrees", [0, 15, 40])
def test_a_slanted_wall_is_measured_square_to_it(degrees: float) -> None:
    # A plate 2 mm thick, sheared: the wall square to the slope is 2 mm · cos.
    vertices, faces = box(30, 40, 2)
    vertices[:, 2] += vertices[:, 0] * np.tan(np.radians(degrees))
    wall = look((vertices, faces))["wall"]
    assert wall.value == pytest.approx(2 * np.cos(np.radians(degrees)), abs=MICRON)
    # However the part lies, its walls are the same.
    turned = Rotation.from_euler("xyz", [20, 50, 110], degrees=True).apply(vertices)
    assert look((turned, faces))["wall"].value == pytest.approx(wall.value, abs=MICRON)


def test_a_larger_nozzle_asks_for_thicker_walls() -> None:
    assert look(box(30, 40, 1.5))["wall"].status == "ok"
    assert look(box(30, 40, 1.5), nozzle_mm=0.8)["wall"].status == "warn"
    assert look(box(30, 40, 1.5), nozzle_mm=0.8)["wall"].limit == pytest.approx(2.4)


def test_overhangs_need_support_and_undercuts_cannot_be_milled() -> None:
    # A mushroom: a stem with a cap that is wider.
    (stem, faces), (cap, _) = box(10, 10, 20), box(40, 40, 5)
    mesh = np.vstack([stem, cap + np.array([-15, -15, 20.5])]), np.vstack([faces, faces + 8])
    assert look(mesh)["overhang"].status == "warn"
    assert look(mesh, "cnc")["overhang"].status == "warn"
    assert look(box())["overhang"].status == "ok"
    assert look(box(), "cnc")["overhang"].status == "ok"
    # 30° from the vertical prints without support, but no mill gets below.
    leaning, faces = box()
    leaning[:, 0] += leaning[:, 2] * np.tan(np.radians(30))
    assert look((leaning, faces))["overhang"].status == "ok"
    assert look((leaning, faces), "cnc")["overhang"].status == "warn"


@pytest.mark.parametrize(
    ("size", "fits", "turned"),
    [
        ((200, 150, 40), True, 0),
        ((150, 240, 40), True, 90),  # only turned: 240 > 210
        ((260, 100, 40), False, 0),
        ((260, 20, 40), True, None),  # along the diagonal
        ((100, 100, 221), False, 0),
        ((250, 210, 220), True, 0),
        ((250.1, 210, 10), False, 0),
    ],
)
def test_the_bed(size: tuple[float, float, float], fits: bool, turned: int | None) -> None:
    found = fit(find_machine("Prusa MK4"), size)
    assert found.fits == fits
    if turned is not None:
        assert found.turned_deg == turned
    else:
        assert 0 < found.turned_deg < 90
    bed = look(box(*size), bed="Prusa MK4")["bed"]
    assert bed.status == ("ok" if fits else "fail")


@settings(max_examples=200, deadline=None)
@given(st.floats(5, 300), st.floats(5, 300), st.floats(20, 250), st.floats(20, 250))
def test_the_bed_agrees_with_turning_by_hand(x: float, y: float, a: float, b: float) -> None:
    angles = np.radians(np.linspace(0, 90, 3601))
    wide = x * np.cos(angles) + y * np.sin(angles)
    deep = x * np.sin(angles) + y * np.cos(angles)
    spare = np.minimum(a - wide, b - deep).max()
    if abs(spare) < 0.1:
        return
    assert fit(Machine("own", None, a, b, None), (x, y, 1)).fits == (spare > 0)


def test_the_angle_that_is_named_does_fit() -> None:
    found = fit(find_machine("250x210x220"), (260, 20, 40))
    turn = np.radians(found.turned_deg)
    assert 260 * np.cos(turn) + 20 * np.sin(turn) <= 250 + MICRON
    assert 260 * np.sin(turn) + 20 * np.cos(turn) <= 210 + MICRON


def test_a_machine_is_found_by_part_of_its_name_or_a_size() -> None:
    assert find_machine("a1 MINI").name == "Bambu Lab A1 mini"
    assert find_machine("a1mini").size == "180 × 180 × 180 mm"
    own = find_machine("220 x 230x250 mm")
    assert (own.x, own.y, own.z) == (220, 230, 250)
    assert find_machine("300*200").z is None
    with pytest.raises(ReliefError, match="Did you mean Prusa MK4"):
        find_machine("Prusa MK44")
    with pytest.raises(ReliefError, match="several"):
        find_machine("Voron")
    with pytest.raises(ReliefError, match="size"):
        find_machine("1x2x3x4")
    with pytest.raises(ReliefError):
        find_machine("")


def test_without_a_bed_the_known_machines_are_asked() -> None:
    assert look(box())["bed"].status == "ok"
    huge = look(box(5000, 5000, 5))
    assert huge["bed"].status == "warn"
    assert "0 of" in huge["bed"].text
    kinds = [machine.kind for machine in MACHINES.values()]
    assert all(kinds.count(kind) >= 5 for kind in ("printer", "resin printer", "mill", "laser"))


def test_inches_are_suspected_and_the_true_size_is_told() -> None:
    size = look(box(4, 3, 1))["size"]
    assert size.status == "warn"
    assert "inches?" in size.text
    assert "101.6 × 76.2 × 25.4 mm" in size.advice
    assert look(box(40, 30, 10))["size"].status == "ok"
    assert "1 × 1 × 1 in" in look(box(25.4, 25.4, 25.4))["size"].text
    assert look(box(40000, 30, 10))["size"].status == "warn"


def test_materials() -> None:
    assert look(box(), material="petg")["mass"].value == pytest.approx(8 * 1.27)
    assert look(box(), "cnc", material="brass")["mass"].value == pytest.approx(8 * 8.5)
    with pytest.raises(ReliefError, match="brass"):
        look(box(), material="bras")


def test_a_heavy_mesh_is_told() -> None:
    heavy = heavy_check(1_000_001)
    assert heavy.status == "warn"
    assert "50.0 MB" in heavy.text
    assert heavy_check(1_000_000).status == "ok"
    assert heavy_check(1000, 100_000_001).status == "warn"


def test_a_mesh_that_lies_in_itself_many_times_does_not_fill_the_memory() -> None:
    vertices, faces = box()
    report = look((vertices, np.tile(faces, (8_000, 1))))
    assert report["closed"].status == "fail"
    assert "wall" in report


@pytest.mark.parametrize(
    ("mesh", "sentence"),
    [
        ((np.zeros((3, 3)), np.empty((0, 3), int)), "empty"),
        ((np.zeros((3, 3)), np.array([[0, 1, 3]])), "corner that is not there"),
        ((np.full((3, 3), np.nan), np.array([[0, 1, 2]])), "no numbers"),
        ((np.zeros((3, 2)), np.array([[0, 1, 2]])), "x, y, z"),
        ("mesh", "no part and no mesh"),
    ],
)
def test_what_is_no_mesh_is_refused_in_a_sentence(mesh: Any, sentence: str) -> None:
    with pytest.raises(ReliefError, match=sentence):
        preflight(mesh)


def test_degenerate_meshes_do_not_break_anything() -> None:
    for target in ("fdm", "resin", "cnc", "laser", "lithophane"):
        one_point = look((np.zeros((3, 3)), np.array([[0, 1, 2]])), target)
        assert one_point["closed"].status in ("warn", "fail")
        assert look((np.eye(3), np.array([[0, 0, 0]])), target).to_dict()
