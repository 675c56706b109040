from __future__ import annotations

import resource
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import trimesh
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from relief_widget import Relief
from relief_widget.errors import ReliefError
from relief_widget.export import check_target, format_of
from relief_widget.export.obj import write_obj, write_obj_zip
from relief_widget.export.stl import FACET, write_stl
from relief_widget.mesh.grid import Part, part
from relief_widget.settings import ReliefSettings
from tests.mesh.test_mesh import SHAPES, noise
from tests.support.bounds import MICRON, UNIT

CUT = ReliefSettings(mode="planar", depth_cutoff=0.3)


def parts() -> list[Part]:
    solids = [part(noise(shape), ReliefSettings()) for shape in SHAPES]
    return [
        *solids,
        part(noise((40, 33)), CUT),
        part(noise((5, 70)), ReliefSettings(mode="planar")),
    ]


@pytest.mark.parametrize("made", parts(), ids=lambda p: f"{p.shape}-{p.solid}")
def test_stl_holds_exactly_the_mesh_with_unit_normals(made: Part, tmp_path: Path) -> None:
    path = tmp_path / "a.stl"
    write_stl(made, path)
    assert path.stat().st_size == 84 + 50 * made.triangles
    read = trimesh.load_mesh(path, process=False)
    corners = made.vertices[made.faces]
    np.testing.assert_array_equal(read.vertices[read.faces].astype(np.float32), corners)
    normals = np.frombuffer(path.read_bytes()[84:], dtype=FACET)["normal"]
    legs = corners[:, 1:].astype(np.float64) - corners[:, :1]
    exact = np.cross(legs[:, 0], legs[:, 1])
    exact /= np.linalg.norm(exact, axis=1, keepdims=True)
    np.testing.assert_allclose(normals, exact, atol=UNIT)


@given(st.integers(2, 40), st.integers(2, 40), st.booleans())
def test_stl_of_any_shape_is_closed(rows: int, cols: int, invert: bool) -> None:
    import io
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.stl"
        write_stl(part(noise((rows, cols)), ReliefSettings(invert=invert)), path)
        data = path.read_bytes()
    mesh = trimesh.load_mesh(io.BytesIO(data), file_type="stl")
    assert mesh.is_watertight
    assert mesh.volume > 0


def test_stl_does_not_pass_for_text(tmp_path: Path) -> None:
    write_stl(part(noise((3, 3)), ReliefSettings()), tmp_path / "a.stl")
    head = (tmp_path / "a.stl").read_bytes()[:80]
    assert not head.startswith(b"solid")
    assert b"millimetres" in head


@pytest.mark.parametrize("made", parts(), ids=lambda p: f"{p.shape}-{p.solid}")
def test_obj_holds_the_mesh_and_its_texture_coordinates(made: Part, tmp_path: Path) -> None:
    path = tmp_path / "a.obj"
    write_obj(made, path)
    read = trimesh.load_mesh(path, process=False)
    np.testing.assert_array_equal(read.faces, made.faces)
    np.testing.assert_allclose(read.vertices, made.vertices, atol=MICRON / 10)
    assert isinstance(read.visual, trimesh.visual.TextureVisuals)
    assert read.visual.uv is not None
    np.testing.assert_allclose(read.visual.uv, made.uv, atol=UNIT)


def test_obj_of_a_large_part_keeps_its_digits(tmp_path: Path) -> None:
    made = part(noise((3, 4)), ReliefSettings(size_mm=10000, depth_intensity=0.3))
    write_obj(made, tmp_path / "a.obj")
    read = trimesh.load_mesh(tmp_path / "a.obj", process=False)
    np.testing.assert_allclose(read.vertices, made.vertices, atol=MICRON)


@pytest.mark.parametrize("mirror", [False, True])
def test_the_texture_lies_where_the_photo_is(tmp_path: Path, mirror: bool) -> None:
    pixels = np.zeros((64, 96, 3), np.uint8)
    pixels[:32, :48] = (255, 0, 0)  # top left
    pixels[:32, 48:] = (0, 255, 0)
    pixels[32:, :48] = (0, 0, 255)
    path = tmp_path / "my part.obj.zip"
    made = part(noise((10, 15)), ReliefSettings(mirror=mirror))
    write_obj_zip(made, path, Image.fromarray(pixels))
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == ["my_part.jpg", "my_part.mtl", "my_part.obj"]
        archive.extractall(tmp_path)
    mesh = trimesh.load_mesh(tmp_path / "my_part.obj", process=False)
    assert isinstance(mesh.visual, trimesh.visual.TextureVisuals)
    seen = mesh.visual.to_color()  # type: ignore[no-untyped-call]  # trimesh's own
    colours = np.asarray(seen.vertex_colors)[:150].reshape(10, 15, 4)[..., :3]
    left, right = (12, 2) if mirror else (2, 12)
    for row, col, wanted in ((2, left, 0), (2, right, 1), (7, left, 2)):
        assert colours[row, col].argmax() == wanted
        assert colours[row, col].max() > 200


def test_progress_rises_to_the_end(tmp_path: Path) -> None:
    made = part(noise((300, 200)), ReliefSettings())
    for write in (write_stl, write_obj):
        seen: list[tuple[int, int]] = []
        write(made, tmp_path / "a", lambda done, total, seen=seen: seen.append((done, total)))
        assert [done for done, _ in seen] == sorted(done for done, _ in seen)
        assert seen[-1][0] == seen[-1][1]
        assert len(seen) >= 5


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("a.stl", ".stl"),
        ("A.STL", ".stl"),
        ("a.height.PNG", ".height.png"),
        ("a.b.obj.zip", ".obj.zip"),
    ],
)
def test_the_suffix_is_found(name: str, suffix: str) -> None:
    assert format_of(Path(name)).suffix == suffix


@pytest.mark.parametrize("name", ["a.xyz", "stl", "a", ".stl", "a.zip", "a.sltl"])
def test_an_unknown_suffix_is_met_with_the_known_ones(name: str) -> None:
    with pytest.raises(ReliefError, match=r"\.obj\.zip"):
        format_of(Path(name))


def test_a_target_is_checked_before_the_work(tmp_path: Path) -> None:
    check_target(tmp_path / "a.stl")
    with pytest.raises(ReliefError, match="does not exist"):
        check_target(tmp_path / "none" / "a.stl")
    (tmp_path / "folder.stl").mkdir()
    with pytest.raises(ReliefError, match="is a folder"):
        check_target(tmp_path / "folder.stl")


@pytest.mark.parametrize("suffix", [".stl", ".obj", ".obj.zip", ".height.png", ".tiff", ".png"])
def test_a_full_disk_is_a_sentence_and_leaves_nothing(suffix: str, tmp_path: Path) -> None:
    """A limit on the size of files stands for the full disk: the same error, from the same call."""
    code = (
        "import numpy as np, resource, signal, sys\n"
        "from relief_widget import Relief, ReliefError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "relief = Relief.from_heights(np.random.default_rng(0).random((400, 400)))\n"
        "relief.part.faces\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, resource.RLIM_INFINITY))\n"
        "try:\n"
        f"    relief.save('a{suffix}')\n"
        "except ReliefError as error:\n"
        "    print(error)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)),
    )
    assert run.stderr == ""
    assert "disk" in run.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_tiny_part_with_a_dense_grid_keeps_its_shape_in_an_obj(tmp_path: Path) -> None:
    """A coin of 2 mm with a vertex every 4 µm: no digit may be missing."""
    heights = np.random.default_rng(3).random((24, 512))
    part = Relief.from_heights(heights, size_mm=2.0).part
    path = tmp_path / "coin.obj"
    write_obj(part, path)
    lines = path.read_text().splitlines()
    written = np.array([line.split()[1:] for line in lines if line.startswith("v ")], np.float64)
    assert np.abs(written - part.vertices).max() < 0.001 * part.spacing
