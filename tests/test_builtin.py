from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from relief_widget import example_photos, open_photo
from relief_widget.depth import STYLES, BuiltIn, DepthError, Luminance, Style

Picture = npt.NDArray[np.uint8]


def ball(rows: int = 240, cols: int = 320) -> tuple[Picture, npt.NDArray[np.bool_]]:
    """Return a shaded ball on a green ground under a blue sky, and where it is."""
    y, x = np.mgrid[0:rows, 0:cols]
    dy, dx = (y - 0.55 * rows) / rows, (x - 0.5 * cols) / rows
    inside = np.hypot(dx, dy) < 0.28
    sky = np.where((y < 0.4 * rows)[..., None], (150, 190, 230), (90, 130, 70))
    shade = np.clip(1 - 1.2 * (dx + dy), 0.5, 1.5)[..., None]
    picture = np.where(inside[..., None], np.array((180, 60, 40)) * shade, sky)
    grain = np.random.default_rng(0).normal(0, 3, (rows, cols, 1))
    return np.clip(picture + grain, 0, 255).astype(np.uint8), inside


@pytest.mark.parametrize("style", STYLES)
def test_a_ball_bulges_towards_the_viewer(style: Style) -> None:
    picture, inside = ball()
    made = BuiltIn()(open_photo(picture), style)
    depth = made.values
    assert made.mask is not None
    assert made.confidence is not None
    assert made.confidence > 0.5
    assert ((made.mask > 0.5) & inside).sum() > 0.9 * inside.sum()
    centre, rim = depth[125:140, 150:170].mean(), depth[125:140, 98:104].mean()
    sky = depth[:60].mean()
    assert centre > rim > sky
    assert depth.min() == 0
    assert depth.max() == 1


def test_ground_is_nearer_below() -> None:
    picture, _ = ball()
    depth = BuiltIn()(open_photo(picture, mask=False), "detailed").values
    assert depth[220:].mean() > depth[120:140].mean() > depth[:40].mean()


def test_the_mask_is_believed_and_recorded() -> None:
    picture, inside = ball()
    other = np.zeros_like(inside)
    other[20:100, 20:100] = True
    made = BuiltIn()(open_photo(picture, mask=other), "detailed")
    assert made.confidence == 1
    assert made.mask is not None
    assert (made.mask[30:90, 30:90] > 0.9).all()
    beside = made.values[30:90, 220:290].mean()
    assert made.values[40:80, 40:80].mean() > beside + 0.1
    off = BuiltIn()(open_photo(picture, mask=False), "detailed")
    assert off.mask is None
    assert off.confidence == 0


@pytest.mark.parametrize("fill", [0.0, 1.0])
def test_a_mask_of_nothing_or_of_all_is_survived(fill: float) -> None:
    picture, inside = ball()
    photo = open_photo(picture, mask=np.full(inside.shape, fill))
    depth = BuiltIn()(photo, "detailed").values
    assert np.isfinite(depth).all()
    assert np.ptp(depth) == 1


def test_the_mirrored_photo_has_the_mirrored_depth() -> None:
    photo = open_photo(example_photos()["flower"])
    depth = BuiltIn()(photo, "detailed").values
    flipped = open_photo(np.ascontiguousarray(photo.srgb()[:, ::-1]))
    other = BuiltIn()(flipped, "detailed").values[:, ::-1]
    assert np.corrcoef(depth.ravel(), other.ravel())[0, 1] > 0.99


@pytest.mark.parametrize("style", STYLES)
def test_the_same_photo_has_the_same_depth(style: Style) -> None:
    photo = open_photo(example_photos()["cat"])
    one, two = BuiltIn()(photo, style), BuiltIn()(photo, style)
    np.testing.assert_array_equal(one.values, two.values)


def test_organic_is_smoother_than_detailed() -> None:
    photo = open_photo(example_photos()["cat"])
    rough = [np.abs(np.diff(BuiltIn()(photo, style).values, 2)).mean() for style in STYLES]
    assert rough[1] < 0.6 * rough[0]


def test_print_on_a_surface_is_no_relief() -> None:
    """A chequered cloth is flat: its pattern must be far lower than what luminance makes of it."""
    y, x = np.mgrid[0:300, 0:400]
    cloth = np.where((x // 40 + y // 40) % 2, 200, 90).astype(np.uint8)
    photo = open_photo(cloth, mask=False)
    depth = BuiltIn()(photo, "organic").values
    pattern = np.abs(depth[140:160, 60] - depth[140:160, 100]).mean()
    bright = Luminance()(photo, "organic").values
    assert pattern < 0.25 * np.abs(bright[140:160, 60] - bright[140:160, 100]).mean()


@pytest.mark.parametrize("shape", [(2, 2), (2, 300), (300, 2), (7, 5), (64, 1000), (3000, 40)])
@pytest.mark.parametrize("kind", ["noise", "black", "white"])
def test_any_size_and_kind_is_survived(shape: tuple[int, int], kind: str) -> None:
    pixels = {
        "noise": np.random.default_rng(0).integers(0, 256, (*shape, 3)),
        "black": np.zeros((*shape, 3)),
        "white": np.full((*shape, 3), 255),
    }[kind].astype(np.uint8)
    made = BuiltIn()(open_photo(pixels), "detailed")
    assert np.isfinite(made.values).all()
    assert made.size == (shape[1], shape[0])
    assert max(made.values.shape) <= 2048


def test_an_unknown_style_is_refused() -> None:
    picture, _ = ball(40, 40)
    with pytest.raises(DepthError, match="detailed"):
        BuiltIn()(open_photo(picture), "baroque")  # type: ignore[arg-type]  # that is what is tested


def test_luminance_is_lightness() -> None:
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None], 20, axis=0)
    made = Luminance()(open_photo(ramp))
    assert made.values[5, 0] == 0
    assert made.values[5, 255] == pytest.approx(1, abs=1e-6)
    # sRGB 119 is the middle grey of CIE lightness, L* = 50.
    assert made.values[5, 119] == pytest.approx(0.5, abs=0.005)
    assert (np.diff(made.values[5]) > 0).all()
