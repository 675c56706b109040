from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image
from tqdm import tqdm

from relief_widget import Relief, example_photos, presets
from relief_widget.cli import main
from relief_widget.depth import BuiltIn
from relief_widget.export import FORMATS
from relief_widget.settings import controls
from tests.support.photos import photo

CAT = str(example_photos()["cat"])


def run(*arguments: object) -> int:
    return main([str(argument) for argument in arguments])


def test_one_call_writes_several_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = ["a.stl", "a.obj", "a.obj.zip", "a.png", "a.height.png", "a.tiff", "a.depth.png"]
    outputs = [tmp_path / name for name in names]
    assert run("make", CAT, *outputs, "--mesh-quality", 128, "--size-mm", 80) == 0
    assert all(output.stat().st_size > 0 for output in outputs)
    mesh = trimesh.load_mesh(outputs[0])
    assert mesh.is_watertight
    assert max(mesh.extents) == pytest.approx(80, abs=0.01)
    assert np.asarray(Image.open(outputs[4])).dtype == np.uint16
    assert "a.stl" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("flags", "least", "most"),
    [
        (["--full-grid"], 21000, 24000),
        (["--max-triangles", 3000], 2900, 3000),
        (["--max-megabytes", 0.1], 1900, 2000),
        (["--max-error-mm", 0.5], 100, 4000),
    ],
)
def test_the_weight_is_said_and_kept(
    flags: list[object],
    least: int,
    most: int,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "a.stl"
    assert run("make", CAT, out, "--mesh-quality", 128, *flags) == 0
    mesh = trimesh.load_mesh(out)
    assert mesh.is_watertight
    assert least <= len(mesh.faces) <= most
    lines = capsys.readouterr().out.splitlines()
    said = next(line for line in lines if line.startswith("a.stl: "))
    assert f"{len(mesh.faces):,} triangles" in said
    assert ("the full grid" in said) == (flags == ["--full-grid"])


def test_what_helps_where_no_subject_was_found_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    grey, mask, out = (tmp_path / name for name in ("grey.png", "mask.png", "a.png"))
    # Nothing but the grain of a camera.
    grain = np.random.default_rng(0).normal(128, 2, (40, 60, 3))
    Image.fromarray(grain.round().astype(np.uint8)).save(grey)
    Image.fromarray(np.eye(40, 60, dtype=np.uint8) * 255).save(mask)
    for flags, is_said in (([], True), (["-q"], False), (["--mask", mask], False)):
        assert run("make", grey, out, "--mesh-quality", 128, *flags) == 0
        assert (
            "a mask (--mask) or a depth map (--depth-map)" in capsys.readouterr().out
        ) is is_said
    assert run("make", grey, out, "--mesh-quality", 128, "--mask", "off") == 0
    assert "--mask" not in capsys.readouterr().out


def test_only_one_bound_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["make", CAT, "a.stl", "--full-grid", "--max-triangles", "100"])
    assert caught.value.code == 2
    assert "not allowed with" in capsys.readouterr().err


def test_a_depth_map_that_was_saved_gives_the_same_relief(tmp_path: Path) -> None:
    small = ("--mesh-quality", 128, "--compression", 0, "-q")
    assert run("make", CAT, tmp_path / "a.stl", tmp_path / "d.depth.tiff", *small) == 0
    depth = ("--depth-map", tmp_path / "d.depth.tiff")
    assert run("make", CAT, tmp_path / "b.stl", *depth, *small) == 0
    assert (tmp_path / "a.stl").read_bytes() == (tmp_path / "b.stl").read_bytes()


def test_a_depth_map_in_which_near_is_dark_gives_the_same_relief(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows, cols = np.mgrid[-1:1:40j, -1:1:60j]
    hill = np.exp(-3 * (rows**2 + cols**2)).astype(np.float32)
    np.save(tmp_path / "bright.npy", hill)
    np.save(tmp_path / "dark.npy", 1 - hill)
    photo = tmp_path / "photo.png"
    Image.fromarray(np.rint(np.dstack([hill] * 3) * 255).astype(np.uint8)).save(photo)
    small = ("--mesh-quality", 128)
    for name, more in (("bright", ()), ("dark", ("--near", "dark"))):
        depth = ("--depth-map", tmp_path / f"{name}.npy", *more)
        assert run("make", photo, tmp_path / f"{name}.height.png", *depth, *small, "-q") == 0
    bright, dark = (
        np.asarray(Image.open(tmp_path / f"{name}.height.png"), int) for name in ("bright", "dark")
    )
    assert np.abs(bright - dark).max() <= 8
    depth = ("--depth-map", tmp_path / "dark.npy")
    assert run("make", photo, tmp_path / "hollow.height.png", *depth, *small) == 0
    assert "--near dark" in capsys.readouterr().out


@pytest.mark.parametrize("suffix", [".relief", ".3mf"])
def test_a_project_can_be_gone_on_with(tmp_path: Path, suffix: str) -> None:
    project, out = tmp_path / f"p{suffix}", tmp_path / "b.stl"
    small = ("--mesh-quality", 128, "--depth-intensity", 0.2, "-q")
    assert run("make", CAT, tmp_path / "a.stl", project, *small) == 0
    assert run("make", project, out, "-q") == 0
    assert (tmp_path / "a.stl").read_bytes() == out.read_bytes()
    assert run("make", project, out, "--size-mm", 50, "-q") == 0
    assert trimesh.load_mesh(out).extents[:2].max() == pytest.approx(50, abs=0.01)
    before = out.read_bytes()
    assert run("make", project, out, "--style", "organic") == 2
    assert run("make", project, out, "--provider", "luminance") == 2
    assert out.read_bytes() == before


def test_the_size_that_is_said_is_that_of_the_object(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "a.stl"
    coin = ("--outline", "circle", "--frame-mm", 3, "--size-mm", 40, "--mesh-quality", 128)
    assert run("make", CAT, out, *coin) == 0
    width, depth, height = trimesh.load_mesh(out).extents
    assert f"{width:.2f} × {depth:.2f} × {height:.2f} mm: " in capsys.readouterr().out


def test_help_names_every_file_that_can_be_written(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["make", "--help"])
    text = capsys.readouterr().out
    for suffix in FORMATS:
        assert f"  {suffix} " in text, suffix


def test_settings_and_presets_reach_the_part(tmp_path: Path) -> None:
    out = tmp_path / "a.stl"
    assert run("make", CAT, out, "--preset", "coin", "--depth-intensity", 0.1, "-q") == 0
    extents = trimesh.load_mesh(out).extents
    assert extents[:2] == pytest.approx([40, 40], abs=0.01)
    # A rim above the relief.
    assert extents[2] == pytest.approx(40 * (0.05 + 0.1) + 0.2, abs=0.01)


def test_a_preset_makes_the_whole_thing_and_names_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    small = ("--mesh-quality", 128)
    assert run("make", CAT, "--preset", "cnc", *small) == 0
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {f"{Path(CAT).stem}_cnc_panel{end}" for end in (".stl", ".height.png")}
    assert run("make", CAT, "plaque.stl", "--preset", "plaque", "--width", "90mm", *small) == 0
    assert trimesh.load_mesh("plaque.stl").extents[0] == pytest.approx(90, abs=0.01)
    capsys.readouterr()
    assert run("make", CAT, "tube.stl", "--preset", "litho_tube", *small) == 0
    assert trimesh.load_mesh("tube.stl").euler_number == 0
    assert run("make", CAT, "tube.stl", "--preset", "litho_tube", "--style", "organic") == 2
    assert "--style does not go with a lithophane" in capsys.readouterr().err
    assert run("make", CAT, "a.relief", *small, "-q") == 0
    assert run("make", "a.relief", "coin.stl", "--preset", "coin", *small, "-q") == 0
    assert trimesh.load_mesh("coin.stl").extents[:2] == pytest.approx([40, 40], abs=0.01)
    assert run("make", "a.relief", "b.stl", "--preset", "lithophane") == 2
    assert run("make", CAT) == 2
    assert "No file to write was named." in capsys.readouterr().err


def test_a_stamp_goes_by_ink_unless_another_provider_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    photo("logo").save("logo.png")
    small = ("--mesh-quality", 128, "-q")
    assert run("make", "logo.png", "a.stl", "a.relief", "--preset", "stamp", *small) == 0
    ink = Relief.open("a.relief").depth_map
    assert ink is not None
    assert set(np.unique(ink.values)) == {0, 1}
    more = ("--provider", "builtin")
    assert run("make", "logo.png", "b.relief", "--preset", "stamp", *more, *small) == 0
    assert isinstance(Relief.open("b.relief").provider, BuiltIn)


def test_help_lists_the_presets_and_their_files(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["make", "--help"])
    text = capsys.readouterr().out
    for name, preset in presets.items():
        assert f"  {name:<16}{preset.label}" in text
    with pytest.raises(SystemExit):
        main(["make", "a.jpg", "a.stl", "--preset", "coim"])
    assert "there is none named 'coim'" in capsys.readouterr().err


def test_a_mask_file_and_no_mask_make_a_difference(tmp_path: Path) -> None:
    mask = np.zeros((300, 451), np.uint8)
    mask[50:250, 50:200] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    small = ("--mesh-quality", 128, "-q")
    assert run("make", CAT, tmp_path / "a.stl", "--mask", tmp_path / "mask.png", *small) == 0
    assert run("make", CAT, tmp_path / "b.stl", "--mask", "off", *small) == 0
    assert (tmp_path / "a.stl").read_bytes() != (tmp_path / "b.stl").read_bytes()


def test_lithophane_and_wedge(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("0.4,1000\n4,10\n")
    out = tmp_path / "a.stl"
    assert run("lithophane", CAT, out, tmp_path / "a.png", "--table", table, "--max-mm", 2.5) == 0
    assert trimesh.load_mesh(out).extents[2] == pytest.approx(2.5, abs=0.01)
    assert run("wedge", tmp_path / "w.stl", "--steps", 4, "-q") == 0
    assert trimesh.load_mesh(tmp_path / "w.stl").is_watertight


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["make", "none.jpg", "a.stl"], "none.jpg"),
        (["make", CAT, "a.xyz"], ".stl"),
        (["make", CAT, "a.stl", "--smoothing", "99"], "0 to 20 px"),
        (["make", CAT, "a.stl", "--mesh-quality", "512.5"], "whole number"),
        (["make", CAT, "nowhere/a.stl"], "nowhere"),
        (["make", CAT, "a.stl", "--mask", "none.png"], "none.png"),
        (["make", CAT, "a.stl", "--depth-map", "none.png"], "none.png"),
        (["make", CAT, "a.stl", "--mode", "planar", "--depth-cutoff", "2"], "0 to 0.95"),
        (["lithophane", CAT, "a.stl", "--min-mm", "5"], "0.8 and 3.0"),
        (["lithophane", CAT, "a.stl", "--table", "none.csv"], "none.csv"),
        (["wedge", "a.stl", "--steps", "50"], "2 to 20"),
        (["make", CAT, "a.stl", "--max-error-mm", "0"], "max_error_mm is 0"),
        (["make", CAT, "a.stl", "--max-triangles", "5"], "simplest one has 12"),
        (["make", CAT, "a.stl", "--max-megabytes", "0.0001"], "too few"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(
    arguments: list[str],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert error.startswith("relief-widget: ")
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_the_photo_is_never_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Image.open(CAT).save("cat.png")
    before = Path("cat.png").read_bytes()
    assert main(["make", "cat.png", "a.stl", str(tmp_path / "cat.png")]) == 2
    assert "overwritten" in capsys.readouterr().err
    assert Path("cat.png").read_bytes() == before
    assert not Path("a.stl").exists()


@pytest.mark.parametrize("flags", [["--mode", "both"], ["--smoothing", "lots"], ["--nonsense"]])
def test_the_parser_refuses_with_exit_code_2(flags: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["make", CAT, "a.stl", *flags])
    assert caught.value.code == 2


def test_help_names_every_setting_with_its_range() -> None:
    for command in ([sys.executable, "-m", "relief_widget"], ["relief-widget"]):
        run = subprocess.run(
            [*command, "make", "--help"],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
            env={"COLUMNS": "200", "PATH": str(Path(sys.executable).parent)},
        )
        for name, control in controls().items():
            if control.kind == "display":
                continue
            assert f"--{name.replace('_', '-')}" in run.stdout
            if control.low is not None:
                assert f"{control.low:g} to {control.high:g}" in run.stdout


def test_no_arguments_show_the_usage() -> None:
    with pytest.raises(SystemExit) as caught:
        main([])
    assert caught.value.code == 2


def test_interrupted_work_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(bar: tqdm[object], steps: int) -> None:
        bar.n += steps
        if bar.total is not None and bar.n > bar.total // 2:
            raise KeyboardInterrupt

    # A bar is shown at a terminal only; its updates are the moments at which Ctrl-C may arrive.
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr(tqdm, "update", interrupt)
    assert run("make", CAT, tmp_path / "a.stl", "--mesh-quality", 256) == 130
    assert list(tmp_path.iterdir()) == []
    assert "stopped" in capsys.readouterr().err
