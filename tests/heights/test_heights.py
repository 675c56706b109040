from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relief_widget.depth import DepthMap
from relief_widget.heights import forget, grid_shape, heights
from relief_widget.settings import ReliefSettings, controls
from tests.support.bounds import LEVEL

NEUTRAL = {"compression": 0, "surface_smoothing": 0}


def depth_map(rows: int = 150, cols: int = 200) -> DepthMap:
    y, x = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : cols * 1j]
    grain = np.random.default_rng(0).normal(0, 0.01, (rows, cols))
    values = np.clip(0.2 + 0.6 * np.exp(-2 * (x**2 + y**2)) + grain, 0, 1)
    return DepthMap(values.astype(np.float32))


def field(made: DepthMap, **settings: Any) -> npt.NDArray[np.float32]:
    return heights(made, ReliefSettings(**settings)).values


def test_without_filters_the_depth_map_is_only_stretched() -> None:
    made = depth_map()
    result = field(made, mesh_quality=200, **NEUTRAL)
    low, high = made.values.min(), made.values.max()
    np.testing.assert_allclose(result, (made.values - low) / (high - low), atol=LEVEL)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"smoothing": 20},
        {"noise_reduction": 50, "smoothing": 6},
        {"enhance_details": 1},
        {"compression": 0, "surface_smoothing": 10},
        {"mesh_quality": 1024},
    ],
)
def test_heights_always_reach_from_0_to_1(settings: dict[str, Any]) -> None:
    result = field(depth_map(), **settings)
    assert result.min() == 0
    assert result.max() == 1
    assert result.dtype == np.float32
    assert not result.flags.writeable


@pytest.mark.parametrize(
    ("size", "quality", "wanted"),
    [
        ((451, 300), 512, (341, 512)),
        ((300, 451), 512, (512, 341)),
        ((600, 600), 128, (128, 128)),
        ((1000, 2), 256, (2, 256)),
        ((512, 256), 512, (256, 512)),
    ],
)
def test_the_grid_follows_the_proportions(
    size: tuple[int, int], quality: int, wanted: tuple[int, int]
) -> None:
    assert grid_shape(size, quality) == wanted


def with_subject() -> DepthMap:
    made = depth_map()
    y, x = np.mgrid[-1:1:150j, -1:1:200j]
    return dataclasses.replace(made, mask=(np.hypot(x, y) < 0.5).astype(np.float32))


def test_every_height_setting_changes_the_heights_and_no_other_does() -> None:
    made = with_subject()
    changed: dict[str, Any] = {
        "compression": 0.3,
        "noise_reduction": 20,
        "smoothing": 4,
        "enhance_details": 0.5,
        "mesh_quality": 256,
        "surface_smoothing": 6,
        "subject_height": 1.5,
        "ground_height": 0.4,
    }
    assert set(changed) == {name for name, c in controls().items() if c.kind == "height"}
    base = field(made)
    for name, value in changed.items():
        other = field(made, **{name: value})
        assert other.shape != base.shape or np.abs(other - base).max() > 1e-3, name


def test_the_subject_and_its_ground_are_raised_against_each_other() -> None:
    made = with_subject()
    fine: dict[str, Any] = {"mesh_quality": 200, **NEUTRAL}
    base = field(made, **fine)
    middle, corner = (75, 100), (2, 2)
    # The ground and the subject keep their own forms.
    lower = field(made, ground_height=0.5, **fine)
    assert lower[middle] == pytest.approx(base[middle], abs=0.01)
    assert lower[corner] < 0.7 * base[corner]
    raised = field(made, subject_height=2.0, **fine)
    np.testing.assert_allclose(raised, lower, atol=0.02)
    assert field(made, ground_height=0.0, **fine)[corner] == 0
    assert field(made, subject_height=0.3, **fine)[corner] > 1.3 * base[corner]
    # Soft where they meet: no wall comes of it.
    assert np.abs(np.diff(lower - base, axis=1)).max() < 0.15
    # Without a subject, and with both alike, nothing changes.
    plain = depth_map()
    for same in (field(plain, subject_height=2.0, **fine), field(plain, **fine)):
        np.testing.assert_array_equal(same, base)
    both = field(made, subject_height=1.7, ground_height=1.7, **fine)
    np.testing.assert_array_equal(both, base)


def test_body_settings_compute_nothing() -> None:
    made = depth_map()
    base = field(made)
    for body in ({"size_mm": 7}, {"depth_intensity": 0.3}, {"invert": True}, {"mode": "planar"}):
        assert field(made, **body) is base


def test_going_back_and_forth_between_two_settings_computes_nothing() -> None:
    made = depth_map()
    before, after = field(made, smoothing=3), field(made, smoothing=5)
    assert field(made, smoothing=3) is before
    assert field(made, smoothing=5) is after
    forget(made)
    again = field(made, smoothing=5)
    assert again is not after
    np.testing.assert_array_equal(again, after)


def test_the_cache_never_lies() -> None:
    made = depth_map(60, 80)
    random = np.random.default_rng(0)
    for _ in range(25):
        settings: dict[str, Any] = {
            "compression": float(random.choice([0, 0.7])),
            "noise_reduction": float(random.choice([0, 20])),
            "smoothing": float(random.choice([0, 5])),
            "enhance_details": float(random.choice([0, 1])),
            "mesh_quality": int(random.choice([128, 200])),
            "surface_smoothing": int(random.choice([0, 3])),
        }
        fresh = DepthMap(made.values)
        np.testing.assert_allclose(field(made, **settings), field(fresh, **settings), atol=LEVEL)


def test_lengths_mean_the_same_at_every_resolution() -> None:
    small, large = depth_map(256, 256), depth_map(512, 512)
    y, x = np.mgrid[-1:1:256j, -1:1:256j]
    form = (0.5 + 0.5 * np.sign(np.sin(6 * x) * np.sin(6 * y))).astype(np.float32)
    small = DepthMap(form)
    large = DepthMap(np.kron(form, np.ones((2, 2), np.float32)))
    settings = {"smoothing": 8, "mesh_quality": 256, **NEUTRAL}
    np.testing.assert_allclose(field(small, **settings), field(large, **settings), atol=0.06)


@given(st.integers(2, 20), st.integers(2, 20))
def test_any_shape_works(rows: int, cols: int) -> None:
    made = DepthMap(np.random.default_rng(0).random((rows, cols), dtype=np.float32))
    result = field(made, mesh_quality=128, noise_reduction=10, smoothing=2, enhance_details=0.5)
    assert max(result.shape) == 128
    assert np.isfinite(result).all()


def test_constant_depth_gives_a_flat_field() -> None:
    assert not field(DepthMap(np.full((40, 50), 0.6, np.float32)), mesh_quality=128).any()
