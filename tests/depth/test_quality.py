"""Quality control of depth maps: damage of known kinds is found and undone, the rest left alone."""

from __future__ import annotations

import json
import pickle
from functools import cache
from typing import Any

import numpy as np
import pytest
from PIL import Image

from relief_widget import example_photos
from relief_widget.depth import BuiltIn, DepthError
from relief_widget.depth.quality import QualityReport, examine, measure
from relief_widget.image.photo import open_photo
from tests.support.bounds import GREY, LEVEL
from tests.support.depth_scenes import (
    FloatArray,
    Pixels,
    as_jpeg,
    coloured,
    eight_bit,
    moved,
    rmse,
    scene,
    with_border,
    with_caption,
)

SEEDS = (11, 12)
EXAMPLES = ("astronaut", "pagoda")


@cache
def example(name: str) -> tuple[FloatArray, Pixels]:
    """Return the built-in estimate of an example, and its photo."""
    photo = open_photo(example_photos()[name])
    image = photo.image(448).convert("RGB")
    return BuiltIn()(open_photo(image), "organic").values, np.asarray(image)


def pair(name: int | str) -> tuple[FloatArray, Pixels]:
    return scene(name) if isinstance(name, int) else example(name)


# One scene and one photo say it; the others are for `make test-full`.
every = pytest.mark.parametrize(
    "name",
    [
        SEEDS[0],
        EXAMPLES[0],
        *(pytest.param(name, marks=pytest.mark.full) for name in (*SEEDS[1:], *EXAMPLES[1:])),
    ],
)


@every
def test_a_map_that_is_in_order_is_left_alone_bit_for_bit(name: int | str) -> None:
    depth, photo = pair(name)
    fine = np.rint(depth * 65535).astype(np.uint16)
    for picture in (depth, fine, np.repeat(fine[..., None], 3, axis=2)):
        values, report = examine(picture, photo, lossless=True, reference=depth)
        expected = depth if picture is depth else fine.astype(np.float32) / np.float32(65535)
        np.testing.assert_array_equal(values, expected)
        assert report.warnings == ()
        assert dict(report.lines())["Mended"] == "nothing"
        assert report.alignment is not None
        assert not report.alignment.undone


@every
def test_bands_of_8_bits_go_and_nothing_moves_by_more_than_half_a_level(name: int | str) -> None:
    depth, photo = pair(name)
    picture = eight_bit(depth)
    for stored in (picture, picture.astype(np.uint16) * 257):
        values, report = examine(stored, photo, lossless=True, reference=depth)
        assert np.abs(values - picture / 255).max() <= 0.51 * GREY
        assert rmse(values, depth) < rmse(picture / 255, depth)
        assert report.banding
        assert report.received.bits < 8.1
        assert report.levels.count > 10_000
        assert report.levels.zero_slope < report.received.zero_slope
        assert report.warnings == ()


@every
@pytest.mark.parametrize("quality", [75, 92])
def test_a_jpeg_is_never_moved_by_more_than_a_level(name: int | str, quality: int) -> None:
    depth, photo = pair(name)
    picture = as_jpeg(eight_bit(depth), quality)
    values, report = examine(picture, photo, lossless=False, reference=depth)
    assert np.abs(values - picture / 255).max() <= 1.01 * GREY
    assert rmse(values, depth) < 1.05 * rmse(picture / 255, depth)
    assert report.warnings == ()


@every
@pytest.mark.parametrize(
    ("zoom", "right", "down"),
    [(1.0, 14, -9), (0.94, 5, 3), (1.08, 0, 0), (1.04, -18, 8)],
)
def test_drift_is_found_and_undone(name: int | str, zoom: float, right: float, down: float) -> None:
    depth, photo = pair(name)
    picture = moved(depth, zoom, right, down)
    values, report = examine(eight_bit(picture), photo, lossless=True, reference=depth)
    found = report.alignment
    assert found is not None
    assert found.undone
    rows, cols = depth.shape
    assert abs(found.zoom - zoom) < 0.012
    assert abs(found.right * cols - right) < 2.5
    assert abs(found.down * rows - down) < 2.5
    rim = 40
    inner = np.s_[rim:-rim, rim:-rim]
    assert rmse(values[inner], depth[inner]) < 0.4 * rmse(picture[inner], depth[inner])
    assert any("framed differently" in text for text in report.warnings)


@every
def test_a_map_of_something_else_is_a_warning(name: int | str) -> None:
    _, photo = pair(name)
    other, _ = scene(99)
    size = photo.shape[1], photo.shape[0]
    picture = np.asarray(Image.fromarray(other).resize(size, Image.Resampling.BILINEAR))
    _, report = examine(picture, photo, lossless=True)
    assert any("does not seem to show" in text for text in report.warnings)


@every
def test_a_photo_instead_of_depth_is_a_warning(name: int | str) -> None:
    _, photo = pair(name)
    grey = np.asarray(Image.fromarray(photo).convert("L"))
    _, report = examine(as_jpeg(grey, 92), photo, lossless=False)
    assert any("brightness instead of its depth" in text for text in report.warnings)


@every
def test_dark_for_near_is_turned_where_it_is_certain(name: int | str) -> None:
    depth, photo = pair(name)
    rough = np.asarray(Image.fromarray(depth).resize((64, 48)))
    values, report = examine(1 - depth, photo, lossless=True, reference=rough)
    assert report.inverted
    np.testing.assert_allclose(values, depth, atol=LEVEL)
    assert any("it was turned" in text for text in report.warnings)


@every
def test_a_border_is_replaced(name: int | str) -> None:
    depth, photo = pair(name)
    values, report = examine(with_border(depth, 9, 1.0), photo, lossless=True, reference=depth)
    assert sum(width > 0 for width in report.border) >= 3
    assert max(report.border) <= 11
    assert rmse(values, depth) < 0.25 * rmse(with_border(depth, 9, 1.0), depth)
    assert any("border" in text for text in report.warnings)


@pytest.mark.parametrize("name", SEEDS)
def test_a_caption_is_filled_in(name: int) -> None:
    depth, photo = pair(name)
    labelled = with_caption(depth)
    values, report = examine(labelled, photo, lossless=True, reference=depth)
    assert any("lettering" in text for text in report.warnings)
    assert rmse(values, depth) < 0.4 * rmse(labelled, depth)


@every
def test_a_tint_goes_and_a_heat_map_is_refused(name: int | str) -> None:
    depth, photo = pair(name)
    sepia = np.rint(depth[..., None] * np.array([255, 240, 215])).astype(np.uint8)
    values, report = examine(sepia, photo, lossless=True, reference=depth)
    assert rmse(values, depth) < 0.01
    assert report.tint > 0
    with pytest.raises(DepthError, match="in colours"):
        examine(coloured(depth), photo, lossless=True)
    with pytest.raises(DepthError, match="in colours"):
        examine(coloured(1 - depth), photo, lossless=True)


def test_a_narrow_range_is_stretched() -> None:
    depth, photo = scene(11)
    values, report = examine(0.35 + 0.3 * depth, photo, lossless=True, reference=depth)
    assert report.stretched is not None
    assert report.stretched == pytest.approx((0.35, 0.65), abs=0.03)
    assert rmse(values, depth) < 0.05


def test_padding_is_cut_off_after_the_framing_was_put_right() -> None:
    depth, photo = scene(12)
    bar = 48
    wide = np.pad(depth, ((0, 0), (bar, bar)))
    canvas = np.pad(photo, ((0, 0), (bar, bar), (0, 0)), constant_values=128)
    share = bar / wide.shape[1]
    for picture in (wide, moved(wide, 1.0, 12, 0)):
        values, report = examine(
            picture, canvas, lossless=True, padding=(share, 0.0, share, 0.0), reference=depth
        )
        assert values.shape == depth.shape
        assert rmse(values[20:-20, 20:-20], depth[20:-20, 20:-20]) < 0.03
        assert not any(report.border)


@pytest.mark.parametrize("name", [SEEDS[0], EXAMPLES[0]])
@pytest.mark.parametrize("shape", [(512, 512), (384, 640)])
def test_other_proportions_are_stretched_back(name: int | str, shape: tuple[int, int]) -> None:
    depth, photo = pair(name)
    if abs(np.log(shape[1] / shape[0] * depth.shape[0] / depth.shape[1])) < 0.02:
        shape = (512, 400)
    picture = np.asarray(Image.fromarray(eight_bit(depth)).resize(shape[::-1]))
    values, report = examine(picture, photo, lossless=True, reference=depth)
    rows, cols = values.shape
    assert abs(cols / rows * depth.shape[0] / depth.shape[1] - 1) < 0.01
    back = np.asarray(Image.fromarray(values).resize(depth.shape[::-1]))
    assert rmse(back, depth) < 0.04
    assert any("other proportions" in text for text in report.warnings)


def test_other_proportions_by_cropping_are_put_back_where_they_belong() -> None:
    depth, photo = scene(13)
    wider = np.pad(depth, ((0, 0), (60, 60)), mode="reflect")
    values, report = examine(wider, photo, lossless=True, reference=depth)
    assert rmse(values, depth) < 0.02
    assert any("other proportions" in text for text in report.warnings)


def test_an_even_map_is_a_warning_not_an_error() -> None:
    _, photo = scene(11)
    for level in (0, 128, 255):
        values, report = examine(np.full((384, 512), level, np.uint8), photo, lossless=True)
        assert np.isfinite(values).all()
        assert any("even all over" in text for text in report.warnings)


@pytest.mark.parametrize("shape", [(2, 2), (3, 9), (17, 16), (40, 600)])
def test_odd_sizes_are_no_error(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    photo = rng.integers(0, 256, (*shape, 3), dtype=np.uint8)
    values, report = examine(rng.random(shape, np.float32), photo, lossless=True)
    assert values.shape == shape
    assert isinstance(report, QualityReport)


def test_without_a_photo_the_numbers_are_examined_all_the_same() -> None:
    depth, _ = scene(14)
    values, report = examine(eight_bit(depth), None, lossless=True)
    assert report.alignment is None
    assert report.banding
    assert rmse(values, depth) < 0.002


def test_a_map_of_4k_is_halved() -> None:
    depth, photo = scene(11, 384, 512)
    large = np.asarray(
        Image.fromarray(eight_bit(depth)).resize((4800, 3600), Image.Resampling.BICUBIC)
    )
    values, _ = examine(large, photo, lossless=False, reference=depth)
    assert values.shape == (1800, 2400)
    small = np.asarray(Image.fromarray(values).resize((512, 384), Image.Resampling.BOX))
    assert rmse(small, depth) < 0.02


def test_the_proof_of_depth() -> None:
    ramp = np.linspace(0, 1, 4096, dtype=np.float32).reshape(64, 64)
    fine = measure(np.rint(ramp * 65535).astype(np.uint16))
    assert fine.count == 4096
    assert fine.bits == pytest.approx(12, abs=0.1)
    assert fine.zero_slope == 0
    coarse = measure(np.rint(ramp * 255).astype(np.uint16) * 257)
    assert coarse.count == 256
    assert coarse.bits == pytest.approx(8, abs=0.1)
    assert coarse.zero_slope > 0.4
    assert coarse.used == 1
    flat = measure(np.zeros((8, 8), np.uint8))
    assert (flat.count, flat.bits, flat.used, flat.zero_slope) == (1, 0, 0, 1)


def test_the_report_can_be_shown_saved_and_sent() -> None:
    depth, photo = scene(11)
    _, report = examine(eight_bit(moved(depth, 1.0, 14, 0)), photo, lossless=True)
    plain: dict[str, Any] = json.loads(json.dumps(report.to_dict()))
    assert plain["alignment"]["undone"] is True
    assert pickle.loads(pickle.dumps(report)) == report  # noqa: S301 - its own
    text = " ".join(f"{name}: {value}" for name, value in report.lines())
    assert "8-bit bands removed" in text
    assert "moved back" in text
    assert "1 thing to look at" in report.summary()
