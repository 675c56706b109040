"""Finished objects as users make them: settings in, files out."""

from __future__ import annotations

import re
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh

from relief_widget import Relief, ReliefError, example_photos
from relief_widget.cli import main
from relief_widget.mesh.triangles import Triangles, to_trimesh
from tests.support.bounds import SHARE
from tests.support.programs import program


@pytest.fixture(scope="module")
def coins() -> Relief:
    return Relief.from_photo(example_photos()["coins"], mesh_quality=192, size_mm=60)


def slicer_facts(path: Path) -> dict[str, str]:
    """Return what the slicer says of a file."""
    command = [program("prusa-slicer"), "--info", str(path)]
    run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    return dict(re.findall(r"^(\w+) = (.+)$", run.stdout, flags=re.M))


OBJECTS: dict[str, dict[str, Any]] = {
    "coin": {"outline": "circle", "frame_mm": 3.0},
    "plaque": {"frame_mm": 5.0, "hanging_hole_mm": 4.0, "outline": "rounded"},
    "keyring": {"outline": "oval", "keyring_mm": 4.0, "back_text": "Anna"},
    "magnets": {"magnets": 4, "base_thickness": 0.1},
    "arc": {"bend": "arc", "arc_degrees": 120.0},
    "tube": {"bend": "tube", "base_thickness": 0.02, "depth_intensity": 0.03},
    "mould": {"mould_box": True},
    "subject": {"outline": "subject"},
}


@pytest.mark.parametrize("name", OBJECTS)
def test_every_object_is_a_part_that_a_slicer_takes(
    coins: Relief, tmp_path: Path, name: str
) -> None:
    relief = coins.replace(**OBJECTS[name])
    path = relief.save(tmp_path / f"{name}.stl")
    mesh = trimesh.load_mesh(path)
    assert isinstance(mesh, trimesh.Trimesh)
    assert mesh.is_watertight
    assert mesh.is_winding_consistent
    assert mesh.volume > 0
    facts = slicer_facts(path)
    assert facts["manifold"] == "yes"
    assert float(facts["size_x"]) == pytest.approx(mesh.extents[0], abs=0.01)
    weight = relief.weigh(".stl")
    assert weight.bytes == path.stat().st_size
    if name in ("coin", "plaque", "magnets"):
        assert max(mesh.extents[:2]) == pytest.approx(60, abs=0.01)


@pytest.mark.parametrize("suffix", [".3mf", ".glb", ".ply", ".obj.zip"])
def test_other_formats_hold_the_same_object(coins: Relief, tmp_path: Path, suffix: str) -> None:
    relief = coins.replace(**OBJECTS["coin"])
    stl = trimesh.load_mesh(relief.save(tmp_path / "coin.stl"))
    path = relief.save(tmp_path / f"coin{suffix}")
    if suffix == ".obj.zip":
        with zipfile.ZipFile(path) as archive:
            archive.extractall(tmp_path)
        path = tmp_path / "coin.obj"
    scene = trimesh.load(path)
    mesh = scene.to_mesh() if isinstance(scene, trimesh.Scene) else scene
    scale = 1000.0 if suffix == ".glb" else 1.0
    assert isinstance(mesh, trimesh.Trimesh)
    np.testing.assert_allclose(mesh.extents * scale, stl.extents, atol=0.01)
    mesh.merge_vertices(merge_tex=True, merge_norm=True)
    assert mesh.volume * scale**3 == pytest.approx(stl.volume, rel=1e-3)


def test_tiles_are_pieces_that_fit_the_bed(coins: Relief, tmp_path: Path) -> None:
    relief = coins.replace(bed_x_mm=40.0, bed_y_mm=40.0, pin_mm=1.85, base_thickness=0.1)
    assert len(relief.pieces()) == 4
    path = relief.save(tmp_path / "panel.stl.zip")
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "tiles")
    tiles = sorted((tmp_path / "tiles").iterdir())
    assert [tile.name for tile in tiles] == [
        f"panel_row_{row}_column_{column}.stl" for row in (1, 2) for column in (1, 2)
    ]
    meshes = [trimesh.load_mesh(tile) for tile in tiles]
    for mesh in meshes:
        assert mesh.is_watertight
        assert max(mesh.extents[:2]) <= 40.001
    together = trimesh.load_mesh(relief.save(tmp_path / "panel.stl"))
    assert len(together.split()) == 4
    assert together.volume == pytest.approx(sum(mesh.volume for mesh in meshes), rel=SHARE)
    whole = coins.save(tmp_path / "plain.stl.zip")
    with zipfile.ZipFile(whole) as archive:
        assert archive.namelist() == ["plain.stl"]


def test_budgets_count_what_is_added(coins: Relief) -> None:
    relief = coins.replace(**OBJECTS["plaque"])
    assert relief.body(max_triangles=3000).triangles <= 3000
    assert relief.weigh(".stl", max_megabytes=0.1).bytes <= 100_000


def test_settings_that_do_not_go_together_are_a_sentence(coins: Relief, tmp_path: Path) -> None:
    relief = coins.replace(bend="tube", magnets=2)
    with pytest.raises(ReliefError, match="does not go with"):
        relief.save(tmp_path / "a.stl")
    assert not list(tmp_path.iterdir())
    # What is no mesh does not mind.
    coins.replace(bend="tube", magnets=2).save(tmp_path / "a.height.png")


@pytest.mark.parametrize("outline", ["circle", "oval", "polygon", "rounded"])
def test_a_planar_part_is_the_surface_of_the_solid_one(coins: Relief, outline: str) -> None:
    solid = coins.replace(outline=outline).body(max_error_mm=None)
    planar = coins.replace(outline=outline, mode="planar").body(max_error_mm=None)
    assert isinstance(solid, Triangles)
    assert isinstance(planar, Triangles)
    assert not planar.solid
    assert planar.relief.all()
    base = coins.settings.base_thickness * coins.settings.size_mm
    upper = trimesh.Trimesh(solid.vertices, solid.faces[solid.relief])
    surface = to_trimesh(planar)
    assert surface.area == pytest.approx(upper.area, rel=SHARE)
    np.testing.assert_allclose(np.add(surface.bounds, (0, 0, base)), upper.bounds, atol=1e-3)
    assert (surface.face_normals[:, 2] > 0).all()
    # Open, but without a crack: each edge has one or two faces, and all are in one piece.
    _, faces = np.unique(surface.edges_sorted, axis=0, return_counts=True)
    assert faces.max() == 2
    assert surface.body_count == 1
    place = (surface.vertices[:, 0].argmin(), surface.vertices[:, 0].argmax())
    assert planar.uv[place[0], 0] < 0.2 < 0.8 < planar.uv[place[1], 0]


def test_what_is_cut_off_by_depth_is_not_in_an_outline_either(coins: Relief) -> None:
    whole = coins.replace(mode="planar", outline="circle", depth_cutoff=0.4).body()
    plain = coins.replace(mode="planar", depth_cutoff=0.4).body()
    assert 0 < to_trimesh(whole).area < 2 * to_trimesh(plain).area
    lowest = 0.4 * coins.settings.depth_intensity * coins.settings.size_mm
    assert whole.vertices[:, 2].min() >= lowest - 0.01
    aside = Relief.from_heights(np.tile(np.linspace(1, 0, 64) ** 4, (32, 1)), mode="planar")
    with pytest.raises(ReliefError, match="within the outline"):
        aside.replace(outline="circle", depth_cutoff=0.8).body()


def test_a_planar_part_says_which_settings_it_cannot_have(
    coins: Relief, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    planar = coins.replace(mode="planar", frame_mm=3, back_text="2026")
    assert not planar.body().solid
    (note,) = planar.weigh().notes
    assert "Frame, Text on the back" in note
    assert planar.preflight()["note"].text == note
    planar.save(tmp_path / "a.stl")
    assert [record.message for record in caplog.records] == [note]
    assert not coins.replace(mode="planar", frame_mm=3).is_object


def test_an_object_from_the_command_line(tmp_path: Path) -> None:
    target = tmp_path / "coin.stl"
    flags = ["--outline", "circle", "--frame-mm", "3", "--size-mm", "40", "--back-text", "2026"]
    assert main(["make", str(example_photos()["coins"]), str(target), "-q", *flags]) == 0
    mesh = trimesh.load_mesh(target)
    assert mesh.is_watertight
    np.testing.assert_allclose(mesh.extents[:2], 40, atol=0.01)


def test_a_project_keeps_the_object(coins: Relief, tmp_path: Path) -> None:
    relief = coins.replace(**OBJECTS["keyring"])
    again = Relief.open(relief.project())
    assert again.settings == relief.settings
    first, second = relief.save(tmp_path / "a.stl"), again.save(tmp_path / "b.stl")
    assert first.read_bytes() == second.read_bytes()
