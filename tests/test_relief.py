from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from relief_widget import Photo, Relief, ReliefError, example_photos, presets
from relief_widget.depth import BuiltIn, DepthError, DepthMap, Style
from tests.support.bounds import LEVEL

CAT = example_photos()["cat"]


@pytest.fixture(scope="module")
def cat() -> Relief:
    return Relief.from_photo(CAT)


def bowl(rows: int = 60, cols: int = 90) -> npt.NDArray[np.float32]:
    y, x = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : cols * 1j]
    return np.asarray(np.clip(1 - x**2 - y**2, 0, 1), dtype=np.float32)


def test_a_photo_becomes_a_closed_part_of_the_right_size(cat: Relief) -> None:
    mesh = cat.mesh
    assert mesh.is_volume
    assert mesh.extents == pytest.approx([100, 100 * 300 / 451, 15], abs=0.01)
    assert cat.heights.min() == 0
    assert cat.heights.max() == 1
    assert cat.heights.shape[1] == 512


def test_replace_shares_the_depth_map_and_the_heights(cat: Relief) -> None:
    higher = cat.replace(depth_intensity=0.2, size_mm=50, invert=True)
    assert higher.depth_map is cat.depth_map
    assert higher.heights is cat.heights
    assert higher.mesh.extents[2] == pytest.approx(50 * 0.25, abs=0.01)
    smoother = cat.replace(smoothing=5)
    assert smoother.depth_map is cat.depth_map
    assert np.abs(np.diff(smoother.heights)).mean() < np.abs(np.diff(cat.heights)).mean()


def test_the_provider_runs_once() -> None:
    calls = []

    def provider(photo: Photo, style: Style) -> npt.NDArray[np.float32]:
        calls.append((photo.size, style))
        return bowl()

    photo = np.zeros((60, 90, 3), np.uint8)
    relief = Relief.from_photo(photo, provider=provider, style="organic")
    for settings in ({"smoothing": 3}, {"mesh_quality": 128}, {"size_mm": 30}, {"mode": "planar"}):
        assert relief.replace(**settings).mesh.faces.size
    assert relief.replace_mask(bowl() > 0.5).mesh.is_watertight
    assert calls == [((90, 60), "organic")]


def test_what_a_function_returns_is_the_depth() -> None:
    photo = np.zeros((60, 90, 3), np.uint8)
    relief = Relief.from_photo(photo, provider=lambda *_: bowl())
    assert relief.depth_map is not None
    np.testing.assert_array_equal(relief.depth_map.values, bowl())
    assert relief.depth_map.size == (90, 60)


@pytest.mark.parametrize(
    "depth", [bowl() * np.nan, np.zeros(5), np.zeros((60, 20)), "not an array at all"]
)
def test_a_provider_that_returns_nonsense_is_a_sentence(depth: Any) -> None:
    photo = np.zeros((60, 90, 3), np.uint8)
    with pytest.raises(ReliefError):
        Relief.from_photo(photo, provider=lambda *_: depth)


def test_a_preset_sets_style_and_settings_and_single_settings_override_it() -> None:
    relief = Relief.from_photo(CAT, preset="portrait", smoothing=8)
    assert relief.depth_map is not None
    assert relief.depth_map.style == "organic"
    assert relief.settings.smoothing == 8
    assert relief.settings.noise_reduction == presets["portrait"]["noise_reduction"]
    assert Relief.from_photo(CAT, preset=presets["coin"], style="organic").depth_map.style == (  # type: ignore[union-attr]  # made from a photo
        "organic"
    )


def test_an_unknown_style_or_preset_is_refused_before_the_work() -> None:
    with pytest.raises(DepthError, match="detailed"):
        Relief.from_photo(CAT, style="baroque")  # type: ignore[arg-type]  # that is what is tested
    with pytest.raises(ReliefError, match="portrait"):
        Relief.from_photo(CAT, preset="potrait")


def test_replace_mask_runs_the_built_in_estimator_again(cat: Relief) -> None:
    mask = np.zeros((300, 451), bool)
    mask[80:260, 100:250] = True
    painted = cat.replace_mask(mask)
    assert painted.depth_map is not None
    assert painted.depth_map.mask is not None
    inside = painted.depth_map.values[120:220, 130:220].mean()
    outside = painted.depth_map.values[120:220, 300:].mean()
    assert inside > outside + 0.1
    off = cat.replace_mask(False)
    assert off.depth_map is not None
    assert off.depth_map.mask is None


def test_mask_in_from_photo_equals_replace_mask(cat: Relief) -> None:
    mask = np.zeros((300, 451), bool)
    mask[80:260, 100:250] = True
    direct = Relief.from_photo(CAT, mask=mask)
    np.testing.assert_allclose(direct.heights, cat.replace_mask(mask).heights, atol=LEVEL)


def test_heights_pass_through_untouched() -> None:
    values = np.random.default_rng(0).random((7, 5), dtype=np.float32) * np.float32(0.8)
    relief = Relief.from_heights(values, smoothing=20, surface_smoothing=10, compression=1)
    np.testing.assert_array_equal(relief.heights, values)
    high = 100 * (0.05 + 0.1 * values.max())
    assert relief.mesh.extents == pytest.approx([100 * 5 / 7, 100, high], abs=0.01)


@pytest.mark.parametrize(
    "values",
    [
        np.zeros((1, 5)),
        np.zeros(4),
        np.full((3, 3), np.nan),
        np.full((3, 3), 2.0),
        np.full((3, 3), -0.1),
        [["a", "b"], ["c", "d"]],
    ],
)
def test_heights_that_are_none_are_refused(values: Any) -> None:
    with pytest.raises(ReliefError) as caught:
        Relief.from_heights(values)
    assert caught.value.hint


def test_a_depth_map_takes_its_proportions_from_the_texture() -> None:
    depth = bowl(50, 75)
    texture = np.zeros((301, 451, 3), np.uint8)
    assert Relief.from_depth_map(depth, texture=texture).mesh.extents[1] == pytest.approx(
        100 * 301 / 451, abs=0.01
    )
    assert Relief.from_depth_map(depth).mesh.extents[1] == pytest.approx(100 * 2 / 3, abs=0.01)


def test_a_texture_of_another_shape_is_refused() -> None:
    with pytest.raises(ReliefError, match="same"):
        Relief.from_depth_map(bowl(), texture=np.zeros((90, 60, 3), np.uint8))


def test_a_mask_steers_the_compression_of_a_depth_map() -> None:
    y, x = np.mgrid[-1:1:90j, -1:1:90j]
    tilted = 0.3 + 0.25 * y + 0.4 * np.clip(1 - (x**2 + y**2) * 4, 0, 1)
    mask = x**2 + y**2 < 0.25
    relief = Relief.from_depth_map(tilted, mask=mask)
    assert relief.depth_map is not None
    assert relief.depth_map.mask is not None
    again = Relief.from_depth_map(tilted).replace_mask(mask)
    np.testing.assert_allclose(relief.heights, again.heights, atol=LEVEL)


def test_a_depth_map_in_a_file_is_near_equals_bright(tmp_path: Path) -> None:
    path = tmp_path / "depth.png"
    Image.fromarray((bowl() * 65535).astype(np.uint16)).save(path)
    relief = Relief.from_depth_map(path, mesh_quality=128)
    rows, cols = relief.heights.shape
    assert relief.heights[rows // 2, cols // 2] > 0.9 > relief.heights[0, 0]


def test_save_returns_the_path_and_reports_progress(cat: Relief, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    path = cat.save(tmp_path / "a.stl", progress=lambda done, total: seen.append((done, total)))
    assert path.stat().st_size > 1_000_000
    assert len(seen) > 3
    assert seen[-1][0] == seen[-1][1]
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


@pytest.mark.parametrize("wrong", [0, -0.02, float("nan"), "fine"])
def test_an_error_bound_that_is_none_is_refused(cat: Relief, tmp_path: Path, wrong: Any) -> None:
    with pytest.raises(ReliefError, match="max_error_mm"):
        cat.save(tmp_path / "a.stl", max_error_mm=wrong)
    assert list(tmp_path.iterdir()) == []
    assert cat.save(tmp_path / "a.stl", max_error_mm=None).exists()


def test_saving_over_a_good_file_keeps_it_when_the_export_fails(
    cat: Relief, tmp_path: Path
) -> None:
    path = tmp_path / "a.stl"
    path.write_bytes(b"the last good part")

    def cancel(done: int, total: int) -> None:
        if done > total // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cat.save(path, progress=cancel)
    assert path.read_bytes() == b"the last good part"
    assert list(tmp_path.iterdir()) == [path]


def test_height_maps_keep_their_precision(tmp_path: Path) -> None:
    values = np.linspace(0, 1, 128 * 128, dtype=np.float32).reshape(128, 128)
    relief = Relief.from_heights(values)
    relief.save(tmp_path / "a.height.png")
    relief.save(tmp_path / "a.tiff")
    png = np.asarray(Image.open(tmp_path / "a.height.png"))
    assert png.dtype == np.uint16
    np.testing.assert_array_equal(png, np.rint(values.astype(np.float64) * 65535))
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "a.tiff")), values)
    relief.replace(invert=True).save(tmp_path / "b.tiff")
    inverted = np.asarray(Image.open(tmp_path / "b.tiff"))
    np.testing.assert_allclose(inverted, 1 - values[:, ::-1], atol=LEVEL)


def test_the_picture_in_a_notebook_is_a_png_of_the_part(cat: Relief) -> None:
    image = Image.open(io.BytesIO(cat._repr_png_()))
    assert image.format == "PNG"
    assert image.width / image.height == pytest.approx(451 / 300, rel=0.02)
    assert np.asarray(image.convert("L")).std() > 5
    assert "100.0 × 66.5 × 15.0 mm" in repr(cat)


def test_a_cut_out_is_transparent_in_the_picture() -> None:
    picture = Relief.from_heights(bowl(), mode="planar", depth_cutoff=0.5).picture()
    alpha = np.asarray(picture)[..., 3]
    assert alpha[30, 45] == 255
    assert alpha[0, 0] == 0


def test_a_relief_without_a_depth_map_has_no_mask_to_replace() -> None:
    with pytest.raises(ReliefError, match="no subject mask"):
        Relief.from_heights(bowl()).replace_mask(None)


def test_a_depth_map_object_is_taken_as_it_is() -> None:
    depth_map = DepthMap(bowl(), style="organic")
    assert Relief.from_depth_map(depth_map).depth_map is depth_map


def test_a_saved_depth_map_gives_the_same_relief(cat: Relief, tmp_path: Path) -> None:
    assert cat.depth_map is not None
    cat.depth_map.save(tmp_path / "cat.tiff")
    again = Relief.from_depth_map(tmp_path / "cat.tiff", texture=CAT, mask=cat.depth_map.mask)
    np.testing.assert_array_equal(again.heights, cat.heights)


def test_the_built_in_provider_is_the_default(cat: Relief) -> None:
    assert isinstance(cat.provider, BuiltIn)


@pytest.mark.parametrize("value", [(3, 1), (0, 1), (1, "thick"), (float("nan"), 2)])
def test_a_wrong_thickness_is_refused(value: tuple[Any, Any]) -> None:
    with pytest.raises(ReliefError, match=r"0\.8 and 3\.0"):
        Relief.lithophane(CAT, *value)
    with pytest.raises(ReliefError, match=r"0\.8 and 3\.0"):
        Relief.step_wedge(*value)
