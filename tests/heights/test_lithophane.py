from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from relief_widget import Relief, ReliefError
from relief_widget.heights.lithophane import read_table


def gradient(width: int = 256, height: int = 128) -> np.ndarray:
    """Every grey from black to white, as an 8-bit photo."""
    ramp = np.linspace(0, 255, width).round().astype(np.uint8)
    return np.repeat(np.repeat(ramp[None, :, None], height, axis=0), 3, axis=2)


def linear(srgb: np.ndarray) -> np.ndarray:
    """IEC 61966-2-1, written out here as an independent oracle."""
    c = srgb.astype(np.float64) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


@pytest.mark.parametrize("mu", [0.3, 0.9, 2.5])
@pytest.mark.parametrize("thickness", [(0.6, 2.0), (0.8, 3.0), (1.0, 5.0)])
def test_light_through_the_part_is_the_photo(mu: float, thickness: tuple[float, float]) -> None:
    photo = gradient()
    low, high = thickness
    relief = Relief.lithophane(photo, low, high, mu, mesh_quality=256)
    mesh = relief.mesh
    top = mesh.vertices[: 256 * relief.heights.shape[0], 2].reshape(-1, 256)
    light = np.exp(-mu * top) / np.exp(-mu * low)
    black = np.exp(-mu * (high - low))
    luminance = (light - black) / (1 - black)
    assert np.abs(luminance - linear(photo[:1, :, 0])).max() < 1e-3
    assert top.min() == pytest.approx(low, abs=1e-4)
    assert top.max() == pytest.approx(high, abs=1e-4)
    assert mesh.is_watertight


def test_colours_weigh_as_the_eye_sees_them() -> None:
    photo = np.zeros((130, 260, 3), np.uint8)
    photo[:, :130] = (0, 255, 0)
    photo[:, 130:] = (0, 0, 255)
    relief = Relief.lithophane(photo, 1, 3, 1, mesh_quality=256)
    light = relief.transmitted()
    black = np.exp(-2.0)
    green, blue = ((light[64, col] - black) / (1 - black) for col in (20, 230))
    assert green == pytest.approx(0.7152, abs=1e-3)
    assert blue == pytest.approx(0.0722, abs=1e-3)


def test_the_part_is_a_slab_of_the_given_thickness_whatever_its_size() -> None:
    for size in (50, 200):
        relief = Relief.lithophane(gradient(), 0.8, 3, 0.9, size_mm=size)
        assert relief.mesh.extents == pytest.approx([size, size / 2, 3.0], abs=0.01)


def test_a_measured_table_replaces_the_formula() -> None:
    # A diffuser, T = 1 / (1 + t / 0.5): no exponential fits it.
    t = np.linspace(0.2, 4, 60)
    table = np.column_stack([t, 700 / (1 + t / 0.5)])
    photo = gradient()
    relief = Relief.lithophane(photo, 0.8, 3, table=table, mesh_quality=256)
    top = relief.part.z.astype(float)
    light = (1 + 0.8 / 0.5) / (1 + top / 0.5)
    black = (1 + 0.8 / 0.5) / (1 + 3 / 0.5)
    assert np.abs((light - black) / (1 - black) - linear(photo[:1, :, 0])).max() < 3e-3


@pytest.mark.parametrize(
    ("table", "word"),
    [
        ([(1, 10)], "two columns"),
        ([(0.5, 10), (4, 12)], "darker"),
        ([(1, 10), (2, 5)], "covers 1 to 2 mm"),
        ([("a", "b")], "two columns"),
    ],
)
def test_a_useless_table_is_refused(table: list[tuple[float, float]], word: str) -> None:
    with pytest.raises(ReliefError, match=word):
        Relief.lithophane(gradient(), 0.8, 3, table=table)


def test_a_table_is_read_from_csv(tmp_path: Path) -> None:
    path = tmp_path / "filament.csv"
    path.write_text("thickness,lux\n0.4, 900\n\n4.0,12\n")
    assert read_table(path) == [(0.4, 900.0), (4.0, 12.0)]
    path.write_text("0.4,900\nfour,12\n")
    with pytest.raises(ReliefError, match="Line 2"):
        read_table(path)
    with pytest.raises(ReliefError, match="cannot be read"):
        read_table(tmp_path / "none.csv")


@pytest.mark.parametrize("mu", [0, -1, float("nan"), 100])
def test_an_impossible_attenuation_is_refused(mu: float) -> None:
    with pytest.raises(ReliefError, match="attenuation_per_mm"):
        Relief.lithophane(gradient(), 0.8, 3, mu)


def test_the_back_lit_picture_looks_like_the_photo() -> None:
    photo = gradient()
    picture = np.asarray(Relief.lithophane(photo, 0.4, 8, 1.5, mesh_quality=256).picture())
    assert picture.shape[:2] == (128, 256)
    # 0.4 to 8 mm at 1.5 / mm leave 1e-5 of the light: black is black, all tones are there.
    assert np.abs(picture.astype(int) - photo.astype(int)).max() <= 2


def test_height_settings_do_not_touch_a_lithophane() -> None:
    plain = Relief.lithophane(gradient())
    busy = plain.replace(smoothing=20, compression=1, enhance_details=1, surface_smoothing=10)
    np.testing.assert_array_equal(plain.part.z, busy.part.z)


def test_the_step_wedge_has_its_steps_and_is_closed() -> None:
    relief = Relief.step_wedge(0.5, 2.5, 5)
    mesh = relief.mesh
    assert mesh.is_watertight
    assert mesh.volume > 0
    assert mesh.extents[0] == pytest.approx(60, abs=0.01)
    assert mesh.extents[2] == pytest.approx(2.5, abs=1e-4)
    row = relief.part.z[5]
    centres = row[np.linspace(0, 1, 11)[1::2].__mul__(len(row) - 1).astype(int)]
    assert centres == pytest.approx([0.5, 1.0, 1.5, 2.0, 2.5], abs=1e-4)


@pytest.mark.parametrize("steps", [1, 21, 2.5])
def test_a_wedge_of_senseless_steps_is_refused(steps: int) -> None:
    with pytest.raises(ReliefError, match="2 to 20"):
        Relief.step_wedge(steps=steps)


def test_a_lithophane_takes_a_picture_with_transparency() -> None:
    image = Image.new("RGBA", (300, 200), (10, 200, 30, 0))
    image.paste((200, 30, 10, 255), (50, 50, 250, 150))
    assert Relief.lithophane(image).mesh.is_watertight
