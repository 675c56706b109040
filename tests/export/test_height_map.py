from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import numpy as np
import numpy.typing as npt
import pytest
import tifffile
from PIL import Image

from relief_widget import Relief, ReliefError
from relief_widget.export.height_map import (
    DepthProof,
    Polarity,
    depth_proof,
    scale_of,
    write_height_map,
)
from tests.support.bounds import MICRON


def ramp(rows: int = 40, cols: int = 60) -> npt.NDArray[np.float32]:
    return np.random.default_rng(0).random((rows, cols)).astype(np.float32)


def notes(path: Path) -> dict[str, Any]:
    if path.suffix == ".png":
        with Image.open(path) as image:
            found: dict[str, Any] = json.loads(image.info["relief_widget"])
            return found
    with tifffile.TiffFile(path) as tiff:
        page: Any = tiff.pages[0]
        described: dict[str, Any] = json.loads(page.tags["ImageDescription"].value)
        return described


@pytest.mark.parametrize("invert", [False, True])
@pytest.mark.parametrize("suffix", [".height.png", ".tiff"])
def test_a_height_map_says_how_large_it_really_is(
    suffix: str, invert: bool, tmp_path: Path
) -> None:
    relief = Relief.from_heights(
        ramp(), size_mm=118.0, depth_intensity=0.1, base_thickness=0.05, invert=invert
    )
    path = relief.save(tmp_path / f"a{suffix}")
    facts = notes(path)
    # 60 columns and 40 rows are 59 and 39 steps; the part is 118 mm by two thirds of it.
    pitch = [118 / 59, 118 / 1.5 / 39]
    assert facts["pixel_mm"] == pytest.approx(pitch, abs=MICRON)
    assert facts["range_mm"] == pytest.approx(11.8, abs=MICRON)
    assert facts["base_mm"] == pytest.approx(5.9, abs=MICRON)
    assert facts["polarity"] == "bright_high"
    # From the metadata alone, the part's tops.
    with Image.open(path) as image:
        values = np.asarray(image).astype(np.float64)
        resolution = image.info["dpi"]
    values /= 65535 if suffix == ".height.png" else 1
    tops = facts["base_mm"] + values * facts["range_mm"]
    np.testing.assert_allclose(tops, relief.part.z, atol=MICRON)
    assert [float(one) for one in resolution] == pytest.approx(
        [25.4 / mm for mm in pitch], rel=1e-3
    )


def test_a_tiff_is_exact_and_a_png_is_to_the_nearest_level(tmp_path: Path) -> None:
    heights = ramp()
    write_height_map(heights, tmp_path / "a.tiff")
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "a.tiff"), heights)
    write_height_map(heights, tmp_path / "a.png")
    read = np.asarray(Image.open(tmp_path / "a.png"))
    assert read.dtype == np.uint16
    assert np.abs(read / 65535 - heights).max() <= 0.5001 / 65535
    assert "pixel_mm" not in notes(tmp_path / "a.png")


@pytest.mark.parametrize("polarity", get_args(Polarity))
def test_polarity_says_what_black_is(polarity: Polarity, tmp_path: Path) -> None:
    heights = np.linspace(0, 1, 12, dtype=np.float32).reshape(3, 4)
    write_height_map(heights, tmp_path / "a.png", polarity=polarity)
    write_height_map(heights, tmp_path / "a.tiff", polarity=polarity)
    for path, white in ((tmp_path / "a.png", 65535), (tmp_path / "a.tiff", 1)):
        values = np.asarray(Image.open(path))
        top, bottom = (white, 0) if polarity == "bright_high" else (0, white)
        assert (values[-1, -1], values[0, 0]) == (top, bottom)
        assert notes(path)["polarity"] == polarity


def test_an_unknown_polarity_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    for name in ("a.png", "a.tiff"):
        with pytest.raises(ReliefError, match="polarity"):
            write_height_map(ramp(), tmp_path / name, polarity="upside_down")  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


def test_proof_of_depth_tells_16_bits_from_8() -> None:
    y, x = np.mgrid[0:300, 0:400]
    smooth = ((np.sin(x / 90) * np.cos(y / 70) + 1) / 2).astype(np.float32)
    coarse = (np.rint(smooth * 255) / 255).astype(np.float32)
    true, stepped = depth_proof(smooth, 16), depth_proof(coarse, 16)
    assert true.levels > 20_000
    assert stepped.levels <= 256
    assert stepped.flat > 0.05 > 20 * true.flat
    assert "of 65,536 levels" in str(stepped)
    assert "\n" not in str(stepped)


def test_proof_of_depth_of_known_arrays() -> None:
    steps = np.array([[0, 0, 0.5], [0, 0, 0.5], [0.5, 0.5, 0.5]], np.float32)
    assert depth_proof(steps, 8) == DepthProof(8, 2, 0.0, 128 / 255, 0.25)
    assert depth_proof(np.full((4, 4), 0.25, np.float32), 32) == DepthProof(32, 1, 0.25, 0.25, 1.0)
    ladder = np.arange(65536, dtype=np.float64).reshape(256, 256) / 65535
    assert depth_proof(ladder, 16) == DepthProof(16, 65536, 0.0, 1.0, 0.0)


@pytest.mark.parametrize(
    ("values", "bits"),
    [(np.eye(3), 12), (np.array([[np.nan, 0], [0, 1]]), 16), (np.eye(3) * 2, 16), (np.ones(3), 16)],
)
def test_no_proof_of_what_is_no_height_map(values: npt.NDArray[Any], bits: int) -> None:
    with pytest.raises(ReliefError):
        depth_proof(values, bits)


def test_the_proof_goes_into_the_file(tmp_path: Path) -> None:
    proof = write_height_map(ramp(), tmp_path / "a.png")
    assert notes(tmp_path / "a.png")["proof"]["levels"] == proof.levels
    with Image.open(tmp_path / "a.png") as image:
        assert str(proof) in image.info["Description"]


def test_a_flat_part_has_a_scale_too() -> None:
    scale = scale_of(Relief.from_heights(np.zeros((3, 5))).part)
    assert scale.range_mm == 0
    assert scale.base_mm == pytest.approx(5, abs=MICRON)
