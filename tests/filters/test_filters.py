from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from relief_widget import filters
from tests.support.bounds import LEVEL

Array = npt.NDArray[np.float32]

FILTERS: dict[str, Callable[[Array], Array]] = {
    "gaussian": lambda v: filters.gaussian(v, 2.5),
    "box_mean": lambda v: filters.box_mean(v, 3),
    "guided": lambda v: filters.guided(v, v, 3, 1e-3),
    "denoise": lambda v: filters.denoise(v, 25),
    "enhance": lambda v: filters.enhance(v, 0.7),
    "laplacian": lambda v: filters.laplacian(v, 4),
    "level": filters.level,
}
shapes = st.tuples(st.integers(2, 40), st.integers(2, 40))


def noise(shape: tuple[int, int], seed: int = 0) -> Array:
    return np.random.default_rng(seed).random(shape, dtype=np.float32)


def step(rows: int = 60, cols: int = 80) -> Array:
    values = np.full((rows, cols), 0.3, np.float32)
    values[:, cols // 2 :] = 0.7
    return values


@pytest.mark.parametrize("name", FILTERS)
@given(shape=shapes)
def test_any_shape_stays_finite_float32_and_the_input_untouched(
    name: str, shape: tuple[int, int]
) -> None:
    values = noise(shape)
    before = values.copy()
    result = FILTERS[name](values)
    assert result.shape == shape
    assert result.dtype == np.float32
    assert np.isfinite(result).all()
    np.testing.assert_array_equal(values, before)


@pytest.mark.parametrize("name", [name for name in FILTERS if name != "level"])
def test_a_constant_stays_constant_to_the_border(name: str) -> None:
    values = np.full((30, 45), 0.625, np.float32)
    np.testing.assert_allclose(FILTERS[name](values), 0.625, atol=LEVEL)


@pytest.mark.parametrize("name", FILTERS)
@pytest.mark.parametrize("flip", [np.flipud, np.fliplr, np.transpose])
def test_filters_know_no_direction(name: str, flip: Callable[[Array], Array]) -> None:
    values = noise((37, 53))
    one = FILTERS[name](np.ascontiguousarray(flip(values)))
    np.testing.assert_allclose(one, flip(FILTERS[name](values)), atol=LEVEL)


@pytest.mark.parametrize("sigma", [0.4, 1, 3.3, 12, 40])
@pytest.mark.parametrize("shape", [(2, 2), (64, 64), (17, 200), (301, 5)])
def test_gaussian_equals_that_of_scipy(sigma: float, shape: tuple[int, int]) -> None:
    values = noise(shape)
    reach = max(1, int(4 * sigma + 0.5))
    wanted = ndimage.gaussian_filter(values.astype(float), sigma, mode="reflect", radius=reach)
    np.testing.assert_allclose(filters.gaussian(values, sigma), wanted, atol=LEVEL)


def test_guided_equals_its_definition() -> None:
    values, guide = noise((40, 50)), noise((40, 50), 1)

    def mean(z: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.asarray(ndimage.uniform_filter(z, 7, mode="reflect"))

    for v in (values, guide):
        p, q = v.astype(float), guide.astype(float)
        slope = (mean(p * q) - mean(p) * mean(q)) / (mean(q * q) - mean(q) ** 2 + 1e-2)
        offset = mean(p) - slope * mean(q)
        wanted = mean(slope) * q + mean(offset)
        np.testing.assert_allclose(filters.guided(v, guide, 3, 1e-2), wanted, atol=LEVEL)


def test_smoothing_grows_with_sigma() -> None:
    roughness = [np.abs(np.diff(filters.gaussian(noise((64, 64)), s))).mean() for s in (0, 1, 2, 5)]
    assert roughness == sorted(roughness, reverse=True)


@given(shapes, shapes)
def test_resampling_keeps_corners_and_range(
    shape: tuple[int, int], wanted: tuple[int, int]
) -> None:
    values = noise(shape)
    result = filters.resample(values, wanted)
    assert result.shape == wanted
    assert values.min() <= result.min()
    assert result.max() <= values.max()


@pytest.mark.parametrize("wanted", [(15, 31), (40, 60), (200, 333)])
def test_a_plane_is_resampled_to_the_same_plane(wanted: tuple[int, int]) -> None:
    def plane(rows: int, cols: int) -> Array:
        y, x = np.linspace(0, 1, rows)[:, None], np.linspace(0, 1, cols)
        return np.asarray(0.2 + 0.3 * y + 0.4 * x, dtype=np.float32)

    result = filters.resample(plane(50, 80), wanted)
    # The mirrored border bends the plane by less than a hundredth of its range.
    np.testing.assert_allclose(result, plane(*wanted), atol=0.01)
    inner = tuple(slice(max(3, n // 10), -max(3, n // 10)) for n in wanted)
    np.testing.assert_allclose(result[inner], plane(*wanted)[inner], atol=5e-4)


def test_the_same_shape_is_the_same_array() -> None:
    values = noise((20, 30))
    assert filters.resample(values, (20, 30)) is values


def test_shrinking_does_not_alias() -> None:
    stripes = np.tile(np.array([0, 1], np.float32), (64, 128))
    np.testing.assert_allclose(filters.resample(stripes, (32, 50))[:, 3:-3], 0.5, atol=0.05)


def test_denoise_removes_speckle_and_keeps_the_step() -> None:
    random = np.random.default_rng(0)
    clean = step()
    speckled = clean.copy()
    speckled[random.random(clean.shape) < 0.02] = 1.0
    speckled += random.normal(0, 0.01, clean.shape).astype(np.float32)
    result = filters.denoise(speckled, 30)
    before, after = np.abs(speckled - clean).mean(), np.abs(result - clean).mean()
    assert after < 0.3 * before
    edge = result[10:-10, 42] - result[10:-10, 37]
    assert edge.mean() > 0.9 * 0.4
    blurred = filters.gaussian(speckled, 3)
    assert edge.mean() > 1.1 * (blurred[10:-10, 42] - blurred[10:-10, 37]).mean()


def test_a_single_spike_is_gone() -> None:
    values = np.full((21, 21), 0.4, np.float32)
    values[10, 10] = 1.0
    assert filters.denoise(values, 5)[10, 10] == pytest.approx(0.4, abs=0.01)


def test_denoise_grows_with_strength() -> None:
    grain = np.random.default_rng(0).normal(0.5, 0.02, (64, 64)).astype(np.float32)
    left = [filters.denoise(grain, strength).std() for strength in (0, 1, 5, 15, 30, 50)]
    assert left == sorted(left, reverse=True)
    assert left[-1] < 0.3 * left[0]


def test_enhance_amplifies_fine_structure_and_bounds_the_halo() -> None:
    x = np.linspace(0, 20 * np.pi, 200, dtype=np.float32)
    fine = np.tile(0.5 + 0.005 * np.sin(2 * x), (40, 1)).astype(np.float32)
    gains = [filters.enhance(fine, amount).std() / fine.std() for amount in (0, 0.3, 0.6, 1)]
    assert gains == sorted(gains)
    assert gains[0] == 1
    assert gains[-1] > 2
    edge = filters.enhance(step(), 1.0)
    assert edge.max() - 0.7 < 0.12


def test_laplacian_keeps_planes_and_flattens_bumps() -> None:
    y, x = np.mgrid[0:1:30j, 0:1:40j]
    plane = (0.3 * x + 0.5 * y).astype(np.float32)
    np.testing.assert_allclose(filters.laplacian(plane, 10), plane, atol=LEVEL)
    bump = plane.copy()
    bump[15, 20] += 0.1
    left = [filters.laplacian(bump, passes)[15, 20] - plane[15, 20] for passes in (0, 1, 3, 10)]
    assert left == sorted(left, reverse=True)
    assert left[-1] < 0.02


def test_level_reaches_both_ends_exactly() -> None:
    result = filters.level(noise((9, 9)) * np.float32(0.3) + np.float32(0.1))
    assert result.min() == 0
    assert result.max() == 1
    assert not filters.level(np.full((3, 3), 0.7, np.float32)).any()


@pytest.mark.parametrize("name", ["gaussian", "denoise", "enhance", "laplacian"])
def test_a_neutral_setting_returns_its_input(name: str) -> None:
    values = noise((8, 8))
    assert getattr(filters, name)(values, 0) is values
