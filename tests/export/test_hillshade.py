from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from relief_widget.export.hillshade import hillshade, picture
from tests.support.bounds import GREY


def dome(size: int = 101) -> npt.NDArray[np.float32]:
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    return np.asarray(20 * np.sqrt(np.clip(1 - x**2 - y**2, 0, 1)), dtype=np.float32)


def test_a_flat_surface_is_evenly_grey() -> None:
    shade = hillshade(np.full((20, 30), 3.0, np.float32), 0.1)
    assert np.ptp(shade) < GREY / 2
    assert shade.mean() == pytest.approx(0.5, abs=0.01)


def test_light_comes_from_the_upper_left() -> None:
    shade = hillshade(dome(), 1.0)
    lit, dark = shade[35, 35], shade[65, 65]
    assert lit > 0.55 > 0.45 > dark


def test_light_follows_the_azimuth() -> None:
    from_right = hillshade(dome(), 1.0, azimuth=90)
    assert from_right[50, 65] > from_right[50, 35]


def test_grooves_are_darker_than_ridges() -> None:
    row = np.sin(np.linspace(0, 12 * np.pi, 240)).astype(np.float32) * 2
    z = np.repeat(row[None, :], 100, axis=0)
    shade = hillshade(z, 0.5)
    assert shade[50, row.argmin()] < shade[50, row.argmax()]


def test_missing_surface_is_transparent() -> None:
    visible = np.ones((40, 60), bool)
    visible[:10] = False
    image = picture(np.zeros((40, 60), np.float32), 1.0, visible=visible)
    assert image.mode == "RGBA"
    assert not np.asarray(image)[5, :, 3].any()
    assert picture(np.zeros((40, 60), np.float32), 1.0).mode == "RGB"


def test_the_longer_side_is_limited() -> None:
    assert picture(np.zeros((300, 600), np.float32), 1.0, max_side=200).size == (200, 100)
