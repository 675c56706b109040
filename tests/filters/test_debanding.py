from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from relief_widget.filters.debanding import deband, levels_step
from tests.support.bounds import LEVEL

Array = npt.NDArray[np.float64]
STEP = 1 / 255


def fractal(rows: int, cols: int, falloff: float, seed: int = 3) -> Array:
    """Return a random field in [0, 1] whose amplitudes fall as frequency ** -falloff."""
    frequency = np.hypot(np.fft.fftfreq(rows)[:, None], np.fft.rfftfreq(cols))
    frequency[0, 0] = 1
    noise = np.fft.rfft2(np.random.default_rng(seed).normal(size=(rows, cols)))
    field = np.fft.irfft2(noise * frequency**-falloff, (rows, cols))
    field -= field.min()
    result: Array = field / field.max()
    return result


def dome_on_a_slope(rows: int = 240, cols: int = 320) -> Array:
    """Return a photo's depth in small: a slanting ground and a round subject that stands out."""
    y, x = np.mgrid[0 : 1 : rows * 1j, 0 : 1 : cols * 1j]
    radius = ((x - 0.5) / 0.25) ** 2 + ((y - 0.5) / 0.35) ** 2
    subject = 0.6 + 0.35 * np.sqrt(np.clip(1 - radius, 0, 1))
    result: Array = np.where(radius < 1, subject, 0.05 + 0.3 * y)
    return result


def quantised(field: Array, step: float = STEP) -> npt.NDArray[np.float32]:
    return (np.round(field / step) * step).astype(np.float32)


def gain(truth: Array) -> float:
    """Return by how many dB debanding brings the quantised field nearer to the truth."""
    coarse = quantised(truth)
    before = np.mean((coarse - truth) ** 2)
    return float(10 * np.log10(before / np.mean((deband(coarse, STEP) - truth) ** 2)))


def ramp(levels: int) -> npt.NDArray[np.int64]:
    return np.tile(np.arange(levels), (3, 1))


@pytest.mark.parametrize(
    ("integers", "step"),
    [
        (ramp(256).astype(np.uint8), 1),
        ((ramp(256) * 257).astype(np.uint16), 257),
        ((ramp(256) * 256).astype(np.uint16), 256),
        (ramp(538).astype(np.uint16), 1),
        (ramp(40)[:, [0, *range(3, 17), 31, 39]].astype(np.uint16) * 256, 256),
        (np.round(ramp(1024) * 65535 / 1023).astype(np.uint16), 64),
        (np.round(ramp(171) * 65535 / 170).astype(np.uint16), 386),
        (ramp(300) - 150, 1),
    ],
    ids=["8", "8 in 16", "high byte", "low byte", "gaps", "10 in 16", "stretched", "signed"],
)
def test_coarse_levels_are_recognised(integers: npt.NDArray[Any], step: int) -> None:
    assert levels_step(integers) == step


@pytest.mark.parametrize(
    "integers",
    [
        np.array([[0, 255], [255, 0]], np.uint8),
        np.array([[0, 128, 255]], np.uint8),
        np.full((4, 4), 9, np.uint16),
        ramp(65536).astype(np.uint16),
        ramp(1025).astype(np.uint16),
        np.random.default_rng(0).integers(0, 65536, (20, 20)).astype(np.uint16),
        np.random.default_rng(0).integers(0, 4096, (20, 20)).astype(np.uint16) * 16,
        ramp(200) / 255,
        np.zeros((0, 0), np.uint8),
    ],
    ids=["logo", "3 levels", "flat", "16", "1025", "sparse 16", "sparse 12", "float", "empty"],
)
def test_drawn_levels_and_fine_ones_are_left_alone(integers: npt.NDArray[Any]) -> None:
    assert levels_step(integers) is None


@given(
    hnp.arrays(np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=40)),
    st.sampled_from([STEP, 1 / 65535, 1.0]),
)
def test_never_more_than_half_a_step_away(levels: npt.NDArray[np.uint8], step: float) -> None:
    values = levels.astype(np.float32) * np.float32(step)
    smooth = deband(values, step)
    assert smooth.dtype == np.float32
    assert smooth.shape == values.shape
    assert np.abs(smooth.astype(np.float64) - values).max() <= step / 2


@pytest.mark.parametrize(
    ("truth", "least"),
    [
        (0.5 + 0.05 * fractal(256, 256, 4.0), 8.0),
        (fractal(300, 400, 3.2), 6.0),
        (dome_on_a_slope(), 6.0),
        (fractal(256, 256, 2.5), 3.0),
    ],
    ids=["smooth", "hills", "subject", "terrain"],
)
def test_smooth_heights_come_back(truth: Array, least: float) -> None:
    assert gain(truth) > least


@pytest.mark.parametrize(
    "truth",
    [
        fractal(256, 256, 1.0),
        fractal(256, 256, 1.8),
        np.random.default_rng(1).random((256, 256)),
        0.5 + np.random.default_rng(1).normal(0, 0.7 * STEP, (256, 256)),
        0.5 + 0.4 * np.sign(np.sin(np.arange(256.0))) * np.ones((256, 1)),
    ],
    ids=["photo", "rock", "noise", "faint noise", "stripes"],
)
def test_textures_lose_nothing(truth: Array) -> None:
    assert gain(truth) > -0.05


def test_the_terraces_of_a_shallow_slope_are_gone() -> None:
    slope = np.tile(np.linspace(0.3, 0.34, 400), (60, 1))
    smooth = deband(quantised(slope), STEP)
    # The bands are 39 pixels wide: without debanding 97 % of all pixels are level.
    inner = np.diff(smooth[:, 40:-40], axis=1)
    assert inner.min() > 0
    assert inner.max() < 2 * 0.04 / 399


def test_a_silhouette_stays_where_it_is() -> None:
    step = np.where(np.arange(200) < 100, 0.2, 0.7) * np.ones((50, 1))
    coarse = quantised(step)
    assert np.abs(deband(coarse, STEP) - coarse).max() < 0.25 * STEP


def test_flips_and_turns_make_no_difference() -> None:
    coarse = quantised(dome_on_a_slope(64, 96))
    expected = deband(coarse, STEP)
    np.testing.assert_allclose(deband(coarse[:, ::-1], STEP)[:, ::-1], expected, atol=LEVEL)
    np.testing.assert_allclose(deband(coarse[::-1], STEP)[::-1], expected, atol=LEVEL)
    np.testing.assert_allclose(deband(coarse.T.copy(), STEP).T, expected, atol=LEVEL)
