from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relief_widget.filters.compression import compress
from tests.support.bounds import LEVEL

Array = npt.NDArray[np.float32]
STYLES = ["detailed", "organic"]


def grid(rows: int, cols: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    y, x = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : cols * 1j]
    return y, x


def bust(size: int = 256) -> tuple[Array, Array]:
    """Return a dome with a nose far in front of a sloping ground, and its mask."""
    y, x = grid(size, size)
    inside = x**2 + y**2 < 0.3
    dome = 0.15 * np.sqrt(np.clip(0.3 - x**2 - y**2, 0, None) / 0.3)
    nose = 0.03 * np.exp(-((x / 0.08) ** 2 + (y / 0.12) ** 2))
    depth = np.where(inside, 0.8 + dome + nose, 0.1 + 0.05 * (y + 1))
    return depth.astype(np.float32), inside.astype(np.float32)


def ball(size: int = 256) -> Array:
    """Return a half ball on a plate: as steep a rim, and as flat a ground, as there can be."""
    y, x = grid(size, size)
    return np.sqrt(np.clip(0.4 - x**2 - y**2, 0, None)).astype(np.float32)


def landscape(rows: int = 240, cols: int = 320) -> tuple[Array, Array, npt.NDArray[np.bool_]]:
    """Return a bolster on a ground that runs to the horizon, its mask, and the free sky."""
    y, x = grid(rows, cols)
    ground = np.clip(0.9 * (y + 0.4) / 1.4, 0, None)
    bolster = (np.abs(x) < 0.3) & (y > -0.7) & (y < 0.2)
    near = (np.abs(x) < 0.5) & (y > -0.9)
    form = 0.5 + 0.1 * np.sqrt(np.clip(1 - (x / 0.3) ** 2, 0, None))
    depth = np.where(bolster, form, ground)
    return depth.astype(np.float32), bolster.astype(np.float32), (y < -0.5) & ~near


def share(values: Array) -> Array:
    """Return the heights as shares of their range."""
    return np.asarray((values - values.min()) / np.ptp(values), dtype=np.float32)


def slopes(values: Array, mm: float = 3.0, size: float = 100.0) -> npt.NDArray[np.float64]:
    """Return slopes in degrees of a part of `mm` on `size` mm."""
    dy, dx = np.gradient(share(values) * mm, size / max(values.shape))
    return np.asarray(np.degrees(np.arctan(np.hypot(dx, dy))))


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("masked", [True, False])
def test_the_cliff_gives_way_to_the_form(style: str, masked: bool) -> None:
    depth, mask = bust()
    result = compress(depth, mask if masked else None, style, 0.7)
    y, x = grid(256, 256)
    form = x**2 + y**2 < 0.2
    before, after = slopes(depth), slopes(result)
    assert np.percentile(before, 99.5) > 70
    assert np.percentile(after, 99.5) < 50
    assert after[form].mean() > 2 * before[form].mean()


@pytest.mark.parametrize("style", STYLES)
def test_near_stays_near(style: str) -> None:
    depth, mask = bust()
    result = share(compress(depth, mask, style, 0.7))
    assert result[128, 128] > result[128, 90] > result[128, 20]
    assert result[128, 128] > 0.95


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("masked", [True, False])
def test_no_groove_and_no_halo_beside_a_silhouette(style: str, masked: bool) -> None:
    depth = ball()
    mask = (depth > 0).astype(np.float32)
    result = share(compress(depth, mask if masked else None, style, 0.7))
    radius = np.hypot(*grid(256, 256))
    plate = result[radius > 0.75]
    assert np.ptp(plate) < 0.03
    assert result.min() > plate.mean() - 0.03
    # From the rim to the top it only rises.
    line = result[128, 128:]
    assert np.diff(line[radius[128, 128:] < 0.6]).max() < 0.002


@pytest.mark.parametrize("style", STYLES)
def test_the_ground_becomes_level_and_the_sky_stays_down(style: str) -> None:
    depth, _, sky = landscape()
    result = share(compress(depth, None, style, 0.7))
    assert np.ptp(depth[:, 10]) > 0.85
    assert np.ptp(result[:, 10]) < 0.35
    assert result[sky].max() < 0.42
    # What stands in front of the sky still stands out of it.
    assert result[60, 160] > result[60, 20] + 0.4


@pytest.mark.parametrize("masked", [True, False])
def test_there_is_no_groove_along_the_horizon(masked: bool) -> None:
    """The ground ends nearer than its plane meets the sky, as on a table, or at a ridge."""
    depth, mask, _ = landscape()
    y, _ = grid(*depth.shape)
    depth = np.where((y < -0.3) & (mask == 0), 0, depth).astype(np.float32)
    result = share(compress(depth, mask if masked else None, "detailed", 0.7))
    sky = result[:83, 10]
    assert result[88:, 10].min() > sky.mean() - 0.03
    assert sky.min() > sky.mean() - 0.1


@pytest.mark.parametrize("style", STYLES)
def test_with_a_mask_the_subject_stands_out_all_around(style: str) -> None:
    depth, mask, _ = landscape()
    result = share(compress(depth, mask, style, 0.7))
    inside = np.median(result[mask > 0.5])
    for row, col in ((120, 85), (120, 235), (165, 160), (15, 160)):
        assert inside > result[row, col] + 0.3
    assert np.ptp(result[:, 10]) < 0.35


def test_a_slope_as_a_whole_is_taken_away() -> None:
    y, x = np.mgrid[0:1:200j, 0:1:300j]
    engraved = 0.9 * y + 0.02 * np.sin(40 * x)
    result = compress(engraved.astype(np.float32), None, "detailed", 0.7)
    waves = np.ptp(result[100])
    drop = abs(result[190].mean() - result[10].mean())
    assert waves > drop


@pytest.mark.parametrize("style", STYLES)
def test_low_relief_stays_what_it_is(style: str) -> None:
    """A smooth hill on a plate has no silhouette: it must not get a crater, a terrace or a rim."""
    y, x = grid(200, 260)
    hill = np.exp(-(x**2 + y**2) * 12).astype(np.float32)
    result = share(compress(hill, None, style, 0.7))
    assert np.corrcoef(hill.ravel(), result.ravel())[0, 1] > 0.95
    line = result[100, 130:]
    assert np.diff(line).max() < 1e-3
    assert line[0] > 0.98


@pytest.mark.parametrize("style", STYLES)
def test_a_plane_stays_one_to_the_border(style: str) -> None:
    y, x = grid(120, 180)
    plane = (0.3 + 0.2 * x + 0.1 * y).astype(np.float32)
    result = share(compress(plane, None, style, 0.7))
    assert np.corrcoef(result.ravel(), plane.ravel())[0, 1] > 0.95
    assert np.diff(result, axis=1).min() > -1e-3
    assert np.diff(result, axis=0).min() > -1e-3


def test_nothing_is_the_identity_and_little_is_nearly_so() -> None:
    depth, mask = bust()
    assert compress(depth, mask, "detailed", 0.0) is depth
    steps = (1e-7, 1e-4, 1e-3, 0.01, 0.1, 0.3, 0.7)
    change = [np.abs(compress(depth, mask, "detailed", a) - depth).mean() for a in steps]
    assert change == sorted(change)
    assert change[0] < LEVEL
    assert change[2] < 2e-3
    assert change[4] > 0.01
    assert change[-1] > 0.05


@pytest.mark.parametrize("style", STYLES)
def test_the_amount_has_no_jumps(style: str) -> None:
    depth, mask = bust(128)
    results = [compress(depth, mask, style, a) for a in np.linspace(0, 1, 21)]
    change = [np.abs(b - a).mean() for a, b in itertools.pairwise(results)]
    assert max(change) < 0.05


def test_more_of_it_gives_the_form_more_height() -> None:
    depth, mask = bust()
    y, x = grid(256, 256)
    form = x**2 + y**2 < 0.2
    amounts = (0, 0.2, 0.4, 0.7, 1)
    rise = [slopes(compress(depth, mask, "detailed", a))[form].mean() for a in amounts]
    assert all(b > 0.97 * a for a, b in itertools.pairwise(rise))
    assert rise[3] > 2.5 * rise[0]


@pytest.mark.parametrize("fill", [0.0, 1.0])
def test_a_mask_that_says_nothing_counts_as_none(fill: float) -> None:
    depth, mask = bust(96)
    expected = compress(depth, None, "organic", 0.7)
    result = compress(depth, np.full_like(mask, fill), "organic", 0.7)
    np.testing.assert_allclose(result, expected, atol=LEVEL)


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("masked", [True, False])
def test_a_flipped_map_gives_the_flipped_relief(axis: int, masked: bool) -> None:
    depth, mask = bust(161)
    expected = compress(depth, mask if masked else None, "detailed", 0.7)
    other = np.flip(mask, axis).copy() if masked else None
    flipped = compress(np.flip(depth, axis).copy(), other, "detailed", 0.7)
    np.testing.assert_allclose(np.flip(flipped, axis), expected, atol=2e-3)


def test_twice_the_resolution_gives_the_same_relief() -> None:
    coarse = compress(*bust(200), "organic", 0.7)
    fine = compress(*bust(400), "organic", 0.7)
    means = fine.reshape(200, 2, 200, 2).mean(axis=(1, 3))
    assert np.corrcoef(means.ravel(), coarse.ravel())[0, 1] > 0.99


@given(
    st.tuples(st.integers(2, 30), st.integers(2, 30)),
    st.sampled_from(STYLES),
    st.floats(0.01, 1),
    st.sampled_from(["noise", "constant", "ramp", "step", "spike"]),
    st.sampled_from([None, 0.0, 1.0, 0.5, "half"]),
)
def test_anything_comes_out_finite_and_within_its_range(
    shape: tuple[int, int], style: str, amount: float, kind: str, fill: float | str | None
) -> None:
    x = np.broadcast_to(np.linspace(0, 1, shape[1], dtype=np.float32), shape)
    spike = np.full(shape, 0.2, np.float32)
    spike[0, 0] = 0.9
    values = {
        "noise": np.random.default_rng(0).random(shape, dtype=np.float32),
        "constant": np.full(shape, 0.4, np.float32),
        "ramp": np.ascontiguousarray(x),
        "step": (x > 0.5).astype(np.float32),
        "spike": spike,
    }[kind]
    mask = None
    if isinstance(fill, float):
        mask = np.full(shape, fill, np.float32)
    elif fill is not None:
        mask = (x > 0.5).astype(np.float32)
    before = values.copy()
    result = compress(values, mask, style, amount)
    np.testing.assert_array_equal(values, before)
    assert result.shape == shape
    assert result.dtype == np.float32
    assert result.min() == pytest.approx(values.min(), abs=LEVEL)
    assert result.max() == pytest.approx(values.max(), abs=LEVEL)
