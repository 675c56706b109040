from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relief_widget.compression import compress

Array = npt.NDArray[np.float32]


def bust(size: int = 256) -> tuple[Array, Array]:
    """Return a dome with a nose far in front of a sloping ground, and its mask."""
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    inside = x**2 + y**2 < 0.3
    dome = 0.15 * np.sqrt(np.clip(0.3 - x**2 - y**2, 0, None) / 0.3)
    nose = 0.03 * np.exp(-((x / 0.08) ** 2 + (y / 0.12) ** 2))
    depth = np.where(inside, 0.8 + dome + nose, 0.1 + 0.05 * (y + 1))
    return depth.astype(np.float32), inside.astype(np.float32)


def slopes(values: Array, mm: float = 3.0, size: float = 100.0) -> npt.NDArray[np.float64]:
    """Return slopes in degrees of a part of `mm` on `size` mm."""
    z = (values - values.min()) / np.ptp(values) * mm
    dy, dx = np.gradient(z, size / max(values.shape))
    return np.asarray(np.degrees(np.arctan(np.hypot(dx, dy))))


@pytest.mark.parametrize("style", ["detailed", "organic"])
def test_the_cliff_gives_way_to_the_form(style: str) -> None:
    depth, mask = bust()
    result = compress(depth, mask, style, 0.7)
    y, x = np.mgrid[-1:1:256j, -1:1:256j]
    form = x**2 + y**2 < 0.2
    before, after = slopes(depth), slopes(result)
    assert np.percentile(after, 99.5) < np.percentile(before, 99.5) - 10
    assert after[form].mean() > 1.5 * before[form].mean()


def test_near_stays_near() -> None:
    depth, mask = bust()
    result = compress(depth, mask, "detailed", 0.7)
    assert result[128, 128] > result[128, 90] > result[128, 20]
    assert result[128, 128] == pytest.approx(result.max(), abs=0.05)


def test_the_ground_becomes_level() -> None:
    depth, mask = bust()
    result = compress(depth, mask, "organic", 0.7)
    before = (depth[250, 20] - depth[5, 20]) / np.ptp(depth)
    after = (result[250, 20] - result[5, 20]) / np.ptp(result)
    assert abs(after) < 0.6 * before


def test_nothing_is_the_identity_and_little_is_nearly_so() -> None:
    depth, mask = bust()
    assert compress(depth, mask, "detailed", 0.0) is depth
    change = [
        np.abs(compress(depth, mask, "detailed", a) - depth).mean() for a in (1e-4, 1e-3, 0.01, 0.1)
    ]
    assert change == sorted(change)
    assert change[0] < 1e-3
    assert change[1] < 0.01
    assert change[3] > 0.02


def test_a_slope_as_a_whole_is_taken_away() -> None:
    y, x = np.mgrid[0:1:200j, 0:1:300j]
    engraved = 0.9 * y + 0.02 * np.sin(40 * x)
    result = compress(engraved.astype(np.float32), None, "detailed", 0.7)
    waves = np.ptp(result[100])
    drop = abs(result[190].mean() - result[10].mean())
    assert waves > drop


@given(
    st.tuples(st.integers(2, 30), st.integers(2, 30)),
    st.sampled_from(["detailed", "organic"]),
    st.floats(0.01, 1),
    st.sampled_from(["noise", "constant", "ramp", "step"]),
    st.sampled_from([None, 0.0, 1.0, 0.5]),
)
def test_anything_comes_out_finite(
    shape: tuple[int, int], style: str, amount: float, kind: str, fill: float | None
) -> None:
    x = np.broadcast_to(np.linspace(0, 1, shape[1], dtype=np.float32), shape)
    values = {
        "noise": np.random.default_rng(0).random(shape, dtype=np.float32),
        "constant": np.full(shape, 0.4, np.float32),
        "ramp": np.ascontiguousarray(x),
        "step": (x > 0.5).astype(np.float32),
    }[kind]
    mask = None if fill is None else np.full(shape, fill, np.float32)
    result = compress(values, mask, style, amount)
    assert result.shape == shape
    assert result.dtype == np.float32
    assert np.isfinite(result).all()


@pytest.mark.parametrize("axis", [0, 1])
def test_a_flipped_map_gives_the_flipped_relief(axis: int) -> None:
    depth, mask = bust(96)
    one = compress(np.flip(depth, axis).copy(), np.flip(mask, axis).copy(), "detailed", 0.7)
    other = np.flip(compress(depth, mask, "detailed", 0.7), axis)
    # Gradients are taken forwards, so the two differ by a pixel along silhouettes.
    assert np.corrcoef(one.ravel(), other.ravel())[0, 1] > 0.995
