"""Preflight of a relief and the check of each file of it say the same."""

from __future__ import annotations

import itertools
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from relief_widget import Relief
from relief_widget.preflight import Report, check_file

FORMATS = (".stl", ".obj", ".obj.zip", ".3mf", ".glb", ".ply")
DOME = np.sin(np.linspace(0, np.pi, 41))[None] * np.sin(np.linspace(0, np.pi, 31))[:, None]


def ridge(width: int = 1, across: bool = False) -> np.ndarray[Any, Any]:
    values = np.zeros((80, 80))
    values[38 : 38 + width, 10:70] = 1
    return values.T if across else values


def pins() -> np.ndarray[Any, Any]:
    values = np.zeros((90, 70))
    values[10::20, 10::20] = 1
    return values


RELIEFS: dict[str, tuple[Any, dict[str, Any]]] = {
    "dome": (DOME, {}),
    "ridge": (ridge(), {"size_mm": 60, "depth_intensity": 10 / 60}),
    "ridge across": (ridge(across=True), {"size_mm": 60, "depth_intensity": 10 / 60}),
    "ridge of three": (ridge(3), {"size_mm": 60, "depth_intensity": 10 / 60}),
    "wide ridge": (ridge(9), {"size_mm": 60, "depth_intensity": 10 / 60}),
    "pins": (pins(), {"size_mm": 100, "depth_intensity": 0.2}),
    "groove": (1 - ridge(), {"size_mm": 60, "depth_intensity": 10 / 60, "base_thickness": 0.02}),
    "inverted": (ridge(), {"size_mm": 60, "invert": True}),
    "noise": (np.random.default_rng(0).random((50, 50)), {"depth_intensity": 0.2}),
    "thin": (DOME, {"base_thickness": 0.01, "size_mm": 60}),
    "too thin": (DOME, {"base_thickness": 0.01, "size_mm": 20}),
    "flat": (np.zeros((9, 9)), {}),
    "tiny": (DOME, {"size_mm": 5}),
    "huge": (DOME, {"size_mm": 4000}),
    "surface": (DOME, {"mode": "planar"}),
    "cut out": (DOME, {"mode": "planar", "depth_cutoff": 0.3}),
    "cut in two": (np.abs(DOME - 0.5), {"mode": "planar", "depth_cutoff": 0.4}),
    "coin": (DOME, {"outline": "circle", "frame_mm": 3, "size_mm": 40}),
    "holed": (DOME, {"outline": "rounded", "hanging_hole_mm": 4, "size_mm": 60}),
    "framed": (DOME, {"frame_mm": 5, "size_mm": 90}),
    "arc": (DOME, {"bend": "arc", "size_mm": 90}),
    "tube": (
        DOME,
        {"bend": "tube", "size_mm": 150, "base_thickness": 0.02, "depth_intensity": 0.03},
    ),
    "tiles": (DOME, {"bed_x_mm": 170, "bed_y_mm": 130, "size_mm": 300}),
    "mould": (DOME, {"mould_box": True, "size_mm": 60}),
}


@cache
def relief(name: str) -> Relief:
    values, settings = RELIEFS[name]
    return Relief.from_heights(values, **settings)


@cache
def answer(name: str, target: str = "fdm") -> Report:
    return relief(name).preflight(target)


def same(before: Report, path: Path, target: str, **options: Any) -> None:
    after = check_file(path, target, **options)
    assert (after.status, path.name) == (before.status, path.name), f"{before}\n\n{after}"
    for check in after:
        assert (check.name, check.status) == (check.name, before[check.name].status)
        # Tiles by themselves begin at the origin, and round otherwise.
        if not path.name.endswith(".stl.zip"):
            assert check.value == before[check.name].value, check.name
    # What else is said of the relief is advice.
    assert all(check.name in after or check.advisory for check in before)


CASES = list(itertools.product(RELIEFS, FORMATS))


def check(case: tuple[str, str], folder: Path) -> None:
    name, suffix = case
    same(answer(name), relief(name).save(folder / f"part{suffix}"), "fdm")


# Each body in one format, and each format for four bodies.
@pytest.mark.parametrize("case", CASES[::7], ids="-".join)
def test_a_format_of_every_body_gets_one_answer(case: tuple[str, str], tmp_path: Path) -> None:
    check(case, tmp_path)


@pytest.mark.full
@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_every_format_of_every_body_gets_one_answer(case: tuple[str, str], tmp_path: Path) -> None:
    check(case, tmp_path)


@pytest.mark.parametrize("target", ["resin", "cnc", "laser", "lithophane"])
@pytest.mark.parametrize("name", ["ridge", "flat", "surface", "arc"])
def test_every_process_gets_one_answer(name: str, target: str, tmp_path: Path) -> None:
    same(answer(name, target), relief(name).save(tmp_path / "part.stl"), target)


def test_tiles_get_one_answer_together_and_one_by_one(tmp_path: Path) -> None:
    made = relief("tiles")
    before = made.preflight(bed="Prusa MK4")
    for suffix in (".stl", ".stl.zip"):
        same(before, made.save(tmp_path / f"tiles{suffix}"), "fdm", bed="Prusa MK4")
    assert before["bed"].status == "ok"
    assert made.preflight(bed="100x100x100")["bed"].status == "fail"


def test_a_ridge_of_one_vertex_is_thin_before_it_is_saved() -> None:
    report = answer("ridge")
    assert report.status == "fail"
    assert report["wall"].status == "fail"
    assert "ridges" in report["wall"].advice
    assert answer("wide ridge")["wall"].status == "ok"
    assert answer("wide ridge").status == "ok"


def test_a_lithophane_gets_one_answer(tmp_path: Path) -> None:
    photo = (255 * np.stack([DOME] * 3, axis=-1)).astype(np.uint8)
    for bend in ("flat", "arc"):
        made = Relief.lithophane(
            photo, min_mm=0.8, max_mm=3, mesh_quality=128, size_mm=60, bend=bend
        )
        before = made.preflight("lithophane")
        for suffix in (".stl", ".glb"):
            same(before, made.save(tmp_path / f"light{suffix}"), "lithophane")


@pytest.mark.parametrize(
    "weight", [{"max_error_mm": None}, {"max_error_mm": 0.5}, {"max_triangles": 300}]
)
def test_every_weight_gets_one_answer(weight: dict[str, Any], tmp_path: Path) -> None:
    for name in ("ridge", "coin"):
        made = relief(name)
        before = made.preflight("fdm", **weight)
        for suffix in (".stl", ".obj"):
            after = check_file(made.save(tmp_path / f"part{suffix}", **weight))
            assert after.status == before.status
            assert after["triangles"].value == before["triangles"].value
            assert after["wall"].value == before["wall"].value


def test_damage_to_our_own_files_is_found(tmp_path: Path) -> None:
    path = relief("dome").save(tmp_path / "part.stl")
    data = bytearray(path.read_bytes())
    count = int.from_bytes(data[80:84], "little")
    for missing in (0, count // 2, count - 1):
        start = 84 + 50 * missing
        left = data[:80] + (count - 1).to_bytes(4, "little") + data[84:start] + data[start + 50 :]
        path.write_bytes(left)
        assert check_file(path)["closed"].status == "fail"
        assert "3 open edges" in check_file(path)["closed"].text
