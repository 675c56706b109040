"""What real programs say of our parts."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
import trimesh

from relief_widget import Relief, example_photos
from tests.support.programs import program


def sample(name: str) -> Relief:
    photo = example_photos()["cat"]
    makers: dict[str, Callable[[], Relief]] = {
        "relief": lambda: Relief.from_photo(photo, mesh_quality=256),
        "mould": lambda: Relief.from_photo(photo, preset="mould", mesh_quality=200),
        "coin": lambda: Relief.from_photo(photo, preset="coin", mesh_quality=128),
        "lithophane": lambda: Relief.lithophane(photo, mesh_quality=256),
        "wedge": lambda: Relief.step_wedge(steps=4),
    }
    return makers[name]()


def volume(relief: Relief) -> float:
    """Return the volume of what is made of a relief, in mm³."""
    made = relief.body(max_error_mm=None)
    return float(trimesh.Trimesh(made.vertices, made.faces).volume)


SAMPLES = ["relief", "mould", "coin", "lithophane", "wedge"]


@pytest.mark.parametrize(("suffix", "bound"), [(".stl", "auto"), (".stl", None), (".obj", "auto")])
@pytest.mark.parametrize("name", SAMPLES)
def test_the_slicer_finds_a_manifold_of_the_right_size(
    name: str, suffix: str, bound: Literal["auto"] | None, tmp_path: Path
) -> None:
    slicer = program("prusa-slicer")
    relief = sample(name)
    path = relief.save(tmp_path / f"part{suffix}", max_error_mm=bound)
    run = subprocess.run(
        [slicer, "--info", str(path)], capture_output=True, text=True, check=True, timeout=120
    )
    facts = dict(re.findall(r"^(\w+) = (.+)$", run.stdout, flags=re.M))
    assert facts["manifold"] == "yes", run.stdout
    size = [float(facts[f"size_{axis}"]) for axis in "xyz"]
    made = relief.body(max_error_mm=bound)
    assert size == pytest.approx(made.extents, abs=0.01)
    assert int(facts["number_of_facets"]) == made.triangles
    assert float(facts["volume"]) == pytest.approx(volume(relief), rel=1e-3)


def test_the_slicer_slices_a_part(tmp_path: Path) -> None:
    slicer = program("prusa-slicer")
    path = sample("coin").save(tmp_path / "coin.stl")
    code = tmp_path / "coin.gcode"
    subprocess.run(
        [slicer, "-g", str(path), "-o", str(code)], capture_output=True, check=True, timeout=300
    )
    assert code.read_text().count("G1 ") > 1000


@pytest.mark.parametrize("name", SAMPLES)
def test_admesh_finds_nothing_to_fix(name: str, tmp_path: Path) -> None:
    admesh = program("admesh")
    path = sample(name).save(tmp_path / "part.stl")
    run = subprocess.run(
        [admesh, str(path)], capture_output=True, text=True, check=True, timeout=120
    )
    faults = dict(
        re.findall(
            r"^(Total disconnected facets|Degenerate facets|Edges fixed|Facets removed|"
            r"Facets added|Facets reversed|Backwards edges|Normals fixed)\s*:\s*(\d+)",
            run.stdout,
            flags=re.M,
        )
    )
    assert len(faults) == 8, run.stdout
    assert all(int(count) == 0 for count in faults.values()), run.stdout
    assert re.search(r"Number of parts\s*:\s*1\b", run.stdout)
