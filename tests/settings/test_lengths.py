"""Sizes in the units that people think in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import trimesh
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from relief_widget import Relief, ReliefError, example_photos
from relief_widget.cli import main
from relief_widget.settings import ReliefSettings
from relief_widget.settings.lengths import millimetres, read, resized, shown, sized, written

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
    with pytest.raises(ReliefError, match=r"Relief height cannot be 60 mm .* to \d+ mm"):
        relief.sized(width_mm=80, relief_mm=60)


def decimals(least: float, most: float) -> st.SearchStrategy[float]:
    """Lengths as people type them: up to six digits after the point."""
    return st.decimals(str(least), str(most), places=6).map(float)


@given(size=decimals(1, 9999), share=st.floats(0.002, 0.99), again=decimals(10, 200))
def test_a_typed_length_is_shown_as_it_was_typed(size: float, share: float, again: float) -> None:
    relief_mm = round(0.3 * share * size, 6)
    base_mm = round(0.5 * share * size, 6)
    wanted = sized(1.3, size, relief_mm=relief_mm, base_mm=base_mm)
    settings = ReliefSettings().replace(**wanted)
    assert shown(settings.depth_intensity * settings.size_mm) == shown(relief_mm)
    assert shown(settings.base_thickness * settings.size_mm) == shown(base_mm)
    # And at another size, where it can be kept, and back in inches.
    other = settings.replace(**resized(settings, again))
    if relief_mm <= 0.3 * again:
        assert shown(other.depth_intensity * other.size_mm) == shown(relief_mm)
    inches = shown(relief_mm / 25.4)
    assert shown(sized(1, size, relief_mm=inches * 25.4)["depth_intensity"] * size / 25.4) == inches


@pytest.mark.parametrize("typed", [3.3, 1.2, 2.5, 0.8, 0.125, 3.14159265, 1000.125, 0.0625])
def test_few_digits_are_all_shown(typed: float) -> None:
    assert written(typed) == str(typed)
    assert written(typed / 77.3 * 77.3) == str(typed)


def test_of_many_digits_as_many_are_shown_as_matter() -> None:
    assert written(74.94145199063233) == "74.94"
    assert written(1000 / 3) == "333.3"
    assert written(1 / 30) == "0.03333"


def test_a_part_that_grows_keeps_its_heights() -> None:
    part = ReliefSettings(depth_intensity=0.033, base_thickness=0.012)
    larger = part.replace(**resized(part, 240))
    assert (larger.depth_intensity * 240, larger.base_thickness * 240) == pytest.approx((3.3, 1.2))
    # As high as can be built at ten millimetres.
    assert part.replace(**resized(part, 10)).depth_intensity == 0.3
    with pytest.raises(ReliefError):
        resized(part, 20_000)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("3.3", 3.3), ("1/8 in", 3.175), ("1 1/8in", 28.575), ("0", 0), ("2,5 mm", 2.5)],
)
def test_a_typed_length_is_read(text: str, expected: float) -> None:
    assert read("Frame", text, 0, 200) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("text", ["-5", "201", "8 in", "wide", "", "1/0", "-1/8 in"])
def test_what_is_no_length_in_range_is_refused_with_the_range(text: str) -> None:
    with pytest.raises(ReliefError, match=r"Frame cannot be .*\. Give 0 mm to 200 mm\."):
        read("Frame", text, 0, 200)


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
