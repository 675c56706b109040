"""Sizes in the units that people think in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image

from relief_widget import Relief, ReliefError, example_photos
from relief_widget.cli import main
from relief_widget.settings.lengths import millimetres

PHOTO = example_photos()["hopper"]


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        ("100", "mm", 100),
        ("4", "inch", 101.6),
        ("4in", "mm", 101.6),
        ('2.5"', "mm", 63.5),
        ("10 cm", "inch", 100),
        ("80MM", "inch", 80),
        ("2,5", "mm", 2.5),
    ],
)
def test_a_length_is_read_in_its_unit(text: str, unit: str, expected: float) -> None:
    assert millimetres(text, unit) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("text", ["", "wide", "-3", "0", "3 feet", "1e400", "3mm4", "nan"])
def test_what_is_no_length_is_a_sentence(text: str) -> None:
    with pytest.raises(ReliefError, match="is no length"):
        millimetres(text)


@pytest.mark.parametrize("shape", [(40, 60), (60, 40), (50, 50)])
def test_a_part_gets_the_lengths_that_it_was_given(shape: tuple[int, int]) -> None:
    relief = Relief.from_heights(np.linspace(0, 1, shape[0] * shape[1]).reshape(shape))
    wide = relief.sized(width_mm=80, relief_mm=6, base_mm=3)
    np.testing.assert_allclose(wide.part.extents[0], 80, atol=1e-3)
    np.testing.assert_allclose(wide.part.extents[2], 9, atol=1e-3)
    high = relief.sized(height_mm=120)
    np.testing.assert_allclose(high.part.extents[1], 120, atol=1e-3)
    with pytest.raises(ReliefError, match="both given"):
        relief.sized(width_mm=80, height_mm=80)
    with pytest.raises(ReliefError, match="depth_intensity"):
        relief.sized(width_mm=80, relief_mm=60)


def test_inches_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "a.stl"
    flags = ["--width", "3", "--relief-height", "5mm", "--units", "inch", "--mesh-quality", "128"]
    assert main(["make", str(PHOTO), str(target), *flags]) == 0
    mesh = trimesh.load_mesh(target)
    assert mesh.extents[0] == pytest.approx(76.2, abs=0.01)
    assert capsys.readouterr().out.splitlines()[-1].startswith("3.000 × ")
    assert main(["make", str(PHOTO), str(target), "--width", "3", "--height", "4"]) == 2
    assert "both given" in capsys.readouterr().err


def test_height_maps_come_in_both_polarities_with_a_proof_of_depth(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bright, dark = tmp_path / "bright.height.png", tmp_path / "dark.height.png"
    assert main(["make", str(PHOTO), str(bright)]) == 0
    assert "levels" in capsys.readouterr().out
    assert main(["make", str(PHOTO), str(dark), "--polarity", "dark_high"]) == 0
    values = [np.asarray(Image.open(path)).astype(int) for path in (bright, dark)]
    # Each is rounded by itself.
    assert np.abs(values[0] - (65535 - values[1])).max() <= 1
    relief = Relief.from_photo(PHOTO)
    proof = relief.save_height_map(tmp_path / "a.tiff")
    assert proof.levels > 10_000
    with pytest.raises(ReliefError, match="no height map"):
        relief.save_height_map(tmp_path / "a.stl")
    with pytest.raises(ReliefError, match="polarity"):
        relief.save_height_map(tmp_path / "a.height.png", "upside down")  # type: ignore[arg-type]  # that is the test
