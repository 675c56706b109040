"""Every format × mode × outline × preset, read back by another program.

``make test`` takes a sample in which every pair occurs; ``make test-full`` takes all of them.
"""

from __future__ import annotations

import itertools
import zipfile
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import trimesh

from relief_widget import Relief, presets
from relief_widget.mesh.triangles import Triangles, to_trimesh
from relief_widget.settings import controls
from tests.support.pictures import scene

FORMATS = (".stl", ".3mf", ".obj", ".obj.zip", ".glb", ".ply")
OUTLINES = controls()["outline"].choices
MODES = controls()["mode"].choices
# One for each way of shaping and of the body; test_presets makes all of them.
PRESETS = (
    "plaque",
    "portrait",
    "coin",
    "stamp",
    "mould",
    "cnc_panel",
    "laser",
    "large_print",
)

Case = tuple[str, str, str, str]


def every() -> list[Case]:
    return list(itertools.product(FORMATS, MODES, OUTLINES, PRESETS))


def sample() -> list[Case]:
    """Greedily take cases until every pair of values has occurred."""

    def pairs(case: Case) -> set[tuple[int, int, str, str]]:
        indices = itertools.combinations(range(4), 2)
        return {(i, j, case[i], case[j]) for i, j in indices}

    left = every()
    missing = set().union(*(pairs(case) for case in left))
    chosen = []
    while missing:
        best = max(left, key=lambda case: len(pairs(case) & missing))
        chosen.append(best)
        missing -= pairs(best)
    return chosen


SAMPLE = sample()


@cache
def plain(preset: str) -> Relief:
    photo = scene()
    y, x = np.mgrid[: photo.shape[0], : photo.shape[1]]
    away = np.hypot(x / photo.shape[1] - 0.5, y / photo.shape[0] - 0.5)
    chosen = presets[preset]
    made = Relief.from_photo(photo, style=chosen.style, mask=away < 0.4)
    return made.replace(**(dict(chosen) | {"mesh_quality": 128}))


def check(case: Case, folder: Path) -> None:
    suffix, mode, outline, preset = case
    relief = plain(preset).replace(mode=mode, outline=outline, depth_cutoff=0.0)
    path = relief.save(folder / f"part{suffix}")
    expected = relief.body()
    if suffix == ".obj.zip":
        with zipfile.ZipFile(path) as archive:
            archive.extractall(folder)
        path = folder / "part.obj"
    loaded = trimesh.load(path, process=False)
    mesh = loaded.to_mesh() if isinstance(loaded, trimesh.Scene) else loaded
    assert isinstance(mesh, trimesh.Trimesh)
    # glTF is in metres.
    scale = 1000.0 if suffix == ".glb" else 1.0
    mesh.vertices = mesh.vertices * scale
    assert len(mesh.faces) == expected.triangles
    np.testing.assert_allclose(mesh.extents, expected.extents, atol=0.01)
    mesh.merge_vertices(merge_tex=True, merge_norm=True)
    if mode == "solid":
        assert mesh.is_winding_consistent
        assert mesh.is_watertight
        own = to_trimesh(expected) if isinstance(expected, Triangles) else relief.mesh
        assert mesh.volume == pytest.approx(own.volume, rel=1e-3)
    else:
        assert not mesh.is_watertight


@pytest.mark.parametrize("case", SAMPLE, ids="-".join)
def test_a_sample_of_all_combinations_is_read_back(case: Case, tmp_path: Path) -> None:
    check(case, tmp_path)


@pytest.mark.full
@pytest.mark.parametrize("case", every(), ids="-".join)
def test_every_combination_is_read_back(case: Case, tmp_path: Path) -> None:
    check(case, tmp_path)
