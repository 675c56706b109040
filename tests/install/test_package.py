"""What is installed, rather than what lies in the source tree."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
import trimesh

ROOT = Path(__file__).parents[2]


def built(target: str, folder: Path) -> Path:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=120,
    )
    (path,) = folder.iterdir()
    return path


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built("wheel", tmp_path_factory.mktemp("dist"))


def test_the_wheel_has_all_that_it_needs_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert "relief_widget/py.typed" in names
    assert "relief_widget/examples/CREDITS.md" in names
    assert "relief_widget/depth/builtin/relief_net.onnx" in names
    assert wheel.stat().st_size < 14_000_000
    assert not [name for name in names if name.startswith(("tests", "scripts"))]
    modules = {
        f"relief_widget/{path.relative_to(ROOT / 'src/relief_widget').as_posix()}"
        for path in (ROOT / "src/relief_widget").rglob("*.py")
    }
    assert modules <= names


def test_the_depth_network_comes_with_its_licences_and_is_the_one_of_its_card(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        network = archive.read("relief_widget/depth/builtin/relief_net.onnx")
    for end in ("licenses/NOTICE", "licenses/LICENSES/Apache-2.0.txt"):
        assert [name for name in names if name.endswith(end)], end
    card = (ROOT / "docs" / "relief_net.md").read_text(encoding="utf-8")
    assert hashlib.sha256(network).hexdigest() in card


def test_the_source_distribution_has_all_that_its_tests_and_its_documentation_read(
    tmp_path: Path,
) -> None:
    path = built("sdist", tmp_path)
    with tarfile.open(path) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    folders = ("benchmarks", "docs/pictures", "docs/how", "js/src", "notebooks", "scripts", "tests")
    wanted = {
        item.relative_to(ROOT).as_posix()
        for folder in folders
        for item in (ROOT / folder).rglob("*.*")
        if item.is_file() and "__pycache__" not in item.parts and item.suffix != ".pyc"
    }
    wanted |= {"CONTRIBUTING.md", "Makefile", "docs/conf.py", "docs/relief_net.md", "voila.json"}
    assert wanted <= names, wanted - names
    assert not [name for name in names if "node_modules" in name or "__pycache__" in name]


def test_the_unpacked_wheel_makes_a_part_from_an_example(wheel: Path, tmp_path: Path) -> None:
    shutil.unpack_archive(wheel, tmp_path / "lib", "zip")
    code = (
        "import relief_widget as r; assert r.__file__.startswith({lib!r}), r.__file__; "
        "p = r.example_photos()['cat']; "
        "r.Relief.from_photo(p, mesh_quality=128).save('a.stl')"
    ).format(lib=str(tmp_path / "lib"))
    subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path / "lib")},
        check=True,
        timeout=120,
    )
    mesh = trimesh.load_mesh(tmp_path / "a.stl")
    assert mesh.is_watertight
    assert max(mesh.extents) == pytest.approx(100, abs=0.01)
    assert len(mesh.faces) > 10_000
