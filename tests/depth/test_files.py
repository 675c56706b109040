from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from PIL import Image

from relief_widget import ReliefError
from relief_widget.arrays import FloatArray
from relief_widget.depth.depth_map import DepthMap
from relief_widget.depth.files import load_depth_map, save_depth_map
from tests.support.bounds import GREY, LEVEL
from tests.support.pictures import encoded, png16

SHAPES = array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=12)
UNIT = st.floats(0, 1, width=32)


def hill(rows: int = 60, cols: int = 80) -> FloatArray:
    y, x = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : cols * 1j]
    values: FloatArray = (0.1 + 0.8 * np.exp(-2 * (x * x + y * y))).astype(np.float32)
    return values


HILL = hill()


# Saving and loading


@given(arrays(np.float32, SHAPES, elements=UNIT))
def test_tiff_gives_every_bit_back(tmp_path_factory: pytest.TempPathFactory, values: Any) -> None:
    path = tmp_path_factory.getbasetemp() / "any.tiff"
    save_depth_map(DepthMap(values), path)
    np.testing.assert_array_equal(load_depth_map(path).values, values)
    np.testing.assert_array_equal(tifffile.imread(path), values)


@given(arrays(np.float32, SHAPES, elements=UNIT))
def test_png_gives_16_bits_back(tmp_path_factory: pytest.TempPathFactory, values: Any) -> None:
    path = tmp_path_factory.getbasetemp() / "any.png"
    save_depth_map(DepthMap(values), path)
    once = load_depth_map(path)
    # Half a level, and the rounding of float32.
    np.testing.assert_allclose(once.values, values, rtol=0, atol=0.6 * LEVEL)
    save_depth_map(once, path)
    np.testing.assert_array_equal(load_depth_map(path).values, once.values)


def test_every_16_bit_level_survives(tmp_path: Path) -> None:
    levels = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    depth_map = load_depth_map(levels)
    save_depth_map(depth_map, tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        assert image.mode == "I;16"
        np.testing.assert_array_equal(np.asarray(image), levels)
    np.testing.assert_array_equal(load_depth_map(tmp_path / "a.png").values, depth_map.values)


def test_few_levels_that_were_saved_are_not_taken_for_bands(tmp_path: Path) -> None:
    steps = np.repeat(np.linspace(0, 1, 52, dtype=np.float32), 6)
    depth_map = DepthMap(np.tile(steps, (20, 1)))
    for name in ("a.png", "a.tif"):
        save_depth_map(depth_map, tmp_path / name)
        np.testing.assert_allclose(
            load_depth_map(tmp_path / name).values, depth_map.values, rtol=0, atol=0.6 * LEVEL
        )


def test_what_was_debanded_is_not_debanded_again(tmp_path: Path) -> None:
    smooth = load_depth_map(np.rint(HILL * 255).astype(np.uint8))
    save_depth_map(smooth, tmp_path / "a.png")
    again = load_depth_map(tmp_path / "a.png")
    np.testing.assert_allclose(again.values, smooth.values, rtol=0, atol=0.6 * LEVEL)


@pytest.mark.parametrize("name", ["a.jpg", "a", "a.stl", ".png"])
def test_an_unknown_ending_lists_the_known_ones(tmp_path: Path, name: str) -> None:
    with pytest.raises(ReliefError) as caught:
        save_depth_map(DepthMap(HILL), tmp_path / name)
    assert ".png, .tif, .tiff" in caught.value.hint
    assert not list(tmp_path.iterdir())


def test_endings_may_be_capitals_and_paths_may_be_text(tmp_path: Path) -> None:
    save_depth_map(DepthMap(HILL), str(tmp_path / "A.TIF"))
    np.testing.assert_array_equal(load_depth_map(str(tmp_path / "A.TIF")).values, HILL)


def test_a_missing_folder_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ReliefError, match="folder"):
        save_depth_map(DepthMap(HILL), tmp_path / "no" / "a.png")


# What a source may be


@given(arrays(np.float32, SHAPES, elements=UNIT))
def test_floats_within_0_and_1_stay(values: Any) -> None:
    np.testing.assert_array_equal(load_depth_map(values).values, values)
    np.testing.assert_array_equal(load_depth_map(values.astype(np.float64)).values, values)


@pytest.mark.parametrize("scale", [(1, 7.5), (-3, 1), (0, 1e-6 + 1), (-1e30, 2e30)])
def test_other_floats_are_stretched(scale: tuple[float, float]) -> None:
    low, span = scale
    stretched = (HILL.astype(np.float64) - HILL.min()) / np.ptp(HILL.astype(np.float64))
    metres = low + span * stretched
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, metres.astype(np.float32), photometric="minisblack")
    for source in (metres, buffer.getvalue()):
        values = load_depth_map(source).values
        assert values.min() == 0
        assert values.max() == 1
        np.testing.assert_allclose(values, stretched, atol=LEVEL)


def test_a_constant_is_no_error() -> None:
    for source in (np.full((4, 5), 7.0), np.full((4, 5), 1000, np.uint16), np.full((4, 5), -3)):
        values = load_depth_map(source).values
        assert values.min() == values.max()


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        (np.array([[0, 51], [255, 255]], np.uint8), [[0, 0.2], [1, 1]]),
        (np.array([[0, 51], [255, 255]]), [[0, 0.2], [1, 1]]),
        (np.array([[0, 13107], [65535, 0]], np.uint16), [[0, 0.2], [1, 0]]),
        (np.array([[0, 13107], [65535, 0]]), [[0, 0.2], [1, 0]]),
        (np.array([[0, 1], [3, 5]], np.uint16), [[0, 1 / 65535], [3 / 65535, 5 / 65535]]),
        (np.array([[-5, 0], [5, 20]]), [[0, 0.2], [0.4, 1]]),
        (np.array([[0, 2**31], [2**32, 0]]), [[0, 0.5], [1, 0]]),
        (np.array([[True, False], [False, True]]), [[1, 0], [0, 1]]),
    ],
)
def test_integers_are_scaled_by_their_type(source: Any, wanted: list[list[float]]) -> None:
    depth_map = load_depth_map(source, style="organic")
    np.testing.assert_allclose(depth_map.values, wanted, atol=LEVEL / 10)
    assert depth_map.style == "organic"
    assert depth_map.mask is None


def test_coloured_and_transparent_depth_maps() -> None:
    levels = np.rint(HILL * 65535).astype(np.uint16)
    wanted = load_depth_map(levels).values
    for bands in (3, 4):
        coloured = np.repeat(levels[..., None], bands, axis=-1)
        if bands == 4:
            coloured[..., 3] = 65535
        np.testing.assert_array_equal(load_depth_map(png16(coloured)).values, wanted)
    # What cannot be seen is far.
    coloured[:9, :9, 3] = 0
    values = load_depth_map(png16(coloured)).values
    assert values[:9, :9].max() == 0
    np.testing.assert_array_equal(values[9:], wanted[9:])


def test_a_coloured_picture_is_no_depth_map() -> None:
    image = Image.new("RGB", (4, 4), (255, 0, 0))
    image.paste((0, 255, 0), (0, 0, 2, 4))
    with pytest.raises(ReliefError, match="in colours"):
        load_depth_map(encoded(image, "PNG"))


# Bands


@pytest.mark.parametrize("container", ["8", "16 by 257", "16 by 256", "int64", "png", "rgb png"])
def test_8_bit_maps_are_debanded_within_half_a_step(container: str) -> None:
    levels = np.rint(hill(100, 120) * 255).astype(np.uint8)
    sources: dict[str, Any] = {
        "8": levels,
        "16 by 257": levels.astype(np.uint16) * 257,
        "16 by 256": levels.astype(np.uint16) * 256,
        "int64": levels.astype(int),
        "png": encoded(Image.fromarray(levels), "PNG"),
        "rgb png": encoded(Image.fromarray(levels).convert("RGB"), "PNG"),
    }
    scale = 256 * 255 / 65535 if container == "16 by 256" else 1.0
    banded = levels / 255 * scale
    values = load_depth_map(sources[container]).values
    assert np.abs(values - banded).max() <= 0.51 * scale * GREY
    error = np.sqrt(np.mean((values - hill(100, 120) * scale) ** 2))
    assert error < 0.5 * np.sqrt(np.mean((banded - hill(100, 120) * scale) ** 2))


def test_floats_and_fine_integers_are_never_debanded() -> None:
    coarse = np.rint(HILL * 255).astype(np.float32) / np.float32(255)
    np.testing.assert_array_equal(load_depth_map(coarse).values, coarse)
    fine = np.rint(HILL * 65535).astype(np.uint16)
    np.testing.assert_array_equal(load_depth_map(fine).values, fine / np.float32(65535))


# Faults


@pytest.mark.parametrize(
    "source",
    [
        "missing.png",
        b"",
        b"no picture",
        None,
        np.full((3, 3), np.nan),
        np.zeros((1, 9)),
        np.zeros((4, 4, 7)),
        np.zeros((4, 4), complex),
        encoded(Image.fromarray(np.rint(HILL * 255).astype(np.uint8)), "PNG")[:300],
    ],
)
def test_a_bad_source_is_one_sentence(source: Any) -> None:
    with pytest.raises(ReliefError) as caught:
        load_depth_map(source)
    assert caught.value.message
    assert caught.value.hint
