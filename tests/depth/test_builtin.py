from __future__ import annotations

import io
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from scipy import ndimage

from relief_widget import Photo, example_photos, open_photo
from relief_widget.depth import STYLES, BuiltIn, DepthError, Luminance, Style
from relief_widget.depth.builtin.network import see
from relief_widget.filters import gaussian
from tests.support.bounds import LEVEL

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
    np.testing.assert_allclose(one.values, two.values, atol=LEVEL)


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
    assert made.values[5, 255] == pytest.approx(1, abs=LEVEL)
    # sRGB 119 is the middle grey of CIE lightness, L* = 50.
    assert made.values[5, 119] == pytest.approx(0.5, abs=0.005)
    assert (np.diff(made.values[5]) > 0).all()


def upright(name: str) -> Photo:
    return open_photo(example_photos()[name])


def overlap(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> float:
    a, b = one > 0.5, other > 0.5
    return float((a & b).sum() / (a | b).sum())


def flower(size: int = 1024) -> tuple[Picture, npt.NDArray[np.bool_]]:
    """Return a shaded body with a wavy outline before soft woods, and where it is, to the pixel."""
    y, x = np.mgrid[0:size, 0:size] / size - 0.5
    turn, away = np.arctan2(y, x), np.hypot(x, y)
    radius = 0.28 + 0.03 * np.sin(5 * turn)
    inside = away < radius
    bulge = np.sqrt(np.clip(1 - (away / radius) ** 2, 0, 1))
    shade = np.clip(0.35 + 0.5 * bulge - 0.4 * x - 0.4 * y, 0.1, 1.2)[..., None]
    woods = 0.5 + 0.25 * np.sin(9 * x + 2) * np.cos(7 * y) + 0.1 * np.sin(17 * y + 5 * x)
    behind = np.array((40, 70, 45)) * woods[..., None] + 20
    picture = np.where(inside[..., None], np.array((235, 120, 60)) * shade, behind)
    grain = np.random.default_rng(0).normal(0, 3, (size, size, 1))
    return np.clip(picture + grain, 0, 255).astype(np.uint8), inside


def test_the_outline_is_the_photos_own() -> None:
    picture, inside = flower()
    made = BuiltIn()(open_photo(picture))
    assert made.mask is not None
    found = made.mask > 0.5
    edge = found ^ ndimage.binary_erosion(found)
    true_edge = inside ^ ndimage.binary_erosion(inside)
    apart = ndimage.distance_transform_edt(~true_edge)[edge]
    assert np.median(apart) <= 1
    assert np.mean(apart) <= 2


def test_the_step_at_the_outline_is_crisp_and_has_no_halo() -> None:
    picture, inside = flower()
    depth = BuiltIn()(open_photo(picture), "organic").values
    away = ndimage.distance_transform_edt(~inside)
    deep = ndimage.distance_transform_edt(inside)
    body, ground = depth[(deep > 4) & (deep < 12)].mean(), depth[(away > 30) & (away < 60)].mean()
    step = body - ground
    assert step > 0.15
    # Within three pixels on either side the step is done, and nothing glows or dips beside it.
    for far in (4, 8, 14, 20):
        beside = depth[(away > far - 1) & (away <= far)]
        assert abs(beside.mean() - ground) < 0.12 * step, far
    assert depth[(deep > 3) & (deep < 5)].mean() > ground + 0.8 * step


def test_the_same_photo_is_seen_once_whatever_its_mask() -> None:
    photo = upright("coffee")
    srgb = photo.srgb(512)
    first = see(photo, lambda: srgb)
    assert see(photo.with_mask(False), lambda: srgb) is first
    assert see(upright("coffee"), lambda: srgb) is first
    assert see(upright("cat"), lambda: srgb) is not first


def test_threads_get_the_same_depth() -> None:
    photo = upright("flower")
    wanted = BuiltIn()(photo).values
    with ThreadPoolExecutor(4) as threads:
        for made in threads.map(lambda _: BuiltIn()(upright("flower")), range(4)):
            np.testing.assert_allclose(made.values, wanted, atol=LEVEL)


@pytest.mark.parametrize("change", ["dark", "bright", "flat", "grey"])
def test_light_makes_no_other_subject(change: str) -> None:
    pixels = upright("hopper").srgb()
    other = {
        "dark": pixels * np.float32(0.08),
        "bright": 1 - (1 - pixels) * np.float32(0.3),
        "flat": 0.5 + (pixels - np.float32(0.5)) * np.float32(0.15),
        "grey": np.repeat(pixels.mean(axis=2, keepdims=True), 3, axis=2),
    }[change].astype(np.float32)
    usual, made = BuiltIn()(upright("hopper")), BuiltIn()(open_photo(other))
    assert usual.mask is not None
    assert made.mask is not None
    assert overlap(usual.mask, made.mask) > 0.85
    assert np.corrcoef(usual.values.ravel(), made.values.ravel())[0, 1] > 0.9


def test_a_rocket_at_night_stands() -> None:
    depth = BuiltIn()(upright("rocket")).values
    rocket, sky = depth[220:330, 318:326], depth[220:330, 200:290]
    assert np.percentile(rocket, 10) > np.percentile(sky, 90) + 0.2


@pytest.mark.parametrize("noise", [0, 2])
def test_an_even_picture_has_no_form_and_says_so(noise: int) -> None:
    grain = np.random.default_rng(0).integers(-noise, noise + 1, (200, 300, 3))
    made = BuiltIn()(open_photo((128 + grain).astype(np.uint8)))
    assert np.ptp(made.values) == 0
    assert made.mask is None
    assert made.report is not None
    assert any("even all over" in text for text in made.report.warnings)


def test_a_scene_without_a_subject_is_said_to_be_one() -> None:
    x = np.mgrid[0:300, 0:400][1]
    stripes = (128 + 100 * np.sin(x / 6)).astype(np.uint8)
    made = BuiltIn()(open_photo(stripes))
    assert made.mask is None
    assert made.report is not None
    assert any("No clear subject" in text for text in made.report.warnings)
    assert any("No clear subject" in value for _, value in made.report.lines())


def test_a_subject_that_fills_the_picture_is_said_to() -> None:
    photo = upright("cat").crop(60, 60, 300, 240)
    made = BuiltIn()(photo)
    assert made.mask is None
    assert made.report is not None
    assert any("fills the picture" in text for text in made.report.warnings)


def test_a_clear_subject_needs_no_words() -> None:
    made = BuiltIn()(upright("flower"))
    assert made.report is not None
    assert made.report.warnings == ()


def test_skin_is_calm_and_eyes_are_not() -> None:
    depth = BuiltIn()(upright("hopper")).values
    fine = np.abs(depth - gaussian(depth, 3.0))
    brow, eyes = fine[135:165, 230:310], fine[185:230, 200:330]
    assert eyes.mean() > 3 * fine[400:440, 120:200].mean()
    assert eyes.mean() > 1.5 * brow.mean()


@pytest.mark.parametrize("style", STYLES)
def test_grain_is_not_engraved(style: Style) -> None:
    clean, inside = flower(640)
    grain = np.random.default_rng(1).normal(0, 12, clean.shape)
    noisy = np.clip(clean + grain, 0, 255).astype(np.uint8)
    depth = BuiltIn()(open_photo(noisy), style).values
    body = ndimage.binary_erosion(inside, iterations=40)
    rough = (depth - gaussian(depth, 2.0))[body].std()
    assert rough < 0.002


@pytest.mark.parametrize("quality", [15, 30])
def test_jpeg_blocks_are_not_engraved(quality: int) -> None:
    clean, inside = flower(640)
    buffer = io.BytesIO()
    Image.fromarray(clean).save(buffer, "JPEG", quality=quality)
    depth = BuiltIn()(open_photo(buffer.getvalue())).values
    body = ndimage.binary_erosion(inside, iterations=40)
    jumps = np.abs(np.diff(depth, axis=1))
    across = np.where(body[:, 1:], jumps, np.nan)
    at_blocks, others = across[:, 7::8], np.delete(across, np.s_[7::8], axis=1)
    assert np.nanmean(at_blocks) < 1.5 * np.nanmean(others) + 1e-4


def test_what_is_painted_out_lies_on_the_ground() -> None:
    photo = upright("flower")
    found = BuiltIn()(photo)
    assert found.mask is not None
    rows, cols = found.mask.shape
    y, x = np.mgrid[0:rows, 0:cols]
    hole = np.hypot(y - 0.53 * rows, x - 0.5 * cols) < 0.08 * cols
    painted = BuiltIn()(photo.with_mask(np.where(hole, 0, found.mask)))
    inner = ndimage.binary_erosion(hole, iterations=4)
    ground = painted.values[(found.mask < 0.05)]
    assert found.values[inner].mean() > 0.7
    assert painted.values[inner].max() < np.percentile(ground, 95)
    # What was not touched stays as it was, but for the range.
    kept = ndimage.binary_erosion((found.mask > 0.95) & ~hole, iterations=12)
    assert np.corrcoef(found.values[kept], painted.values[kept])[0, 1] > 0.97


def test_what_is_painted_in_stands_with_its_neighbours() -> None:
    photo = upright("hopper")
    found = BuiltIn()(photo)
    assert found.mask is not None
    rows, cols = found.mask.shape
    y, x = np.mgrid[0:rows, 0:cols]
    # A patch of the sky beside the head, that the shoulder bears.
    patch = (x > 0.68 * cols) & (x < 0.88 * cols) & (y > 0.35 * rows) & (y < 0.75 * rows)
    added = ndimage.binary_erosion(patch & (found.mask < 0.05), iterations=3)
    assert added.sum() > 2000
    painted = BuiltIn()(photo.with_mask(np.where(patch, 1, found.mask)), "organic")
    shoulder = found.mask > 0.95
    ground = painted.values[(found.mask < 0.05) & ~patch]
    assert np.percentile(painted.values[added], 5) > np.percentile(ground, 99)
    # No cliff where the new part meets the shoulder.
    both = ndimage.binary_erosion(shoulder | patch, iterations=4)
    seam = ndimage.binary_dilation(added, iterations=6) & both & shoulder
    smooth = gaussian(painted.values, 1.0)
    steep = np.hypot(*np.gradient(smooth))
    step = painted.values[shoulder].mean() - ground.mean()
    assert steep[seam].max() < 0.12 * step


def test_a_subject_painted_where_none_was_found_stands() -> None:
    grain = np.random.default_rng(0).integers(-3, 4, (240, 320, 1))
    y, x = np.mgrid[0:240, 0:320]
    disc = np.hypot(y - 120, x - 160) < 60
    made = BuiltIn()(open_photo((128 + grain).astype(np.uint8).repeat(3, 2), mask=disc))
    assert made.values[ndimage.binary_erosion(disc, iterations=4)].min() > 0.4
    assert made.values[ndimage.binary_dilation(disc, iterations=4) == 0].max() < 0.2


def test_alpha_is_the_mask() -> None:
    picture, inside = flower(400)
    cut = np.dstack([picture, np.where(inside, 255, 0).astype(np.uint8)])
    made = BuiltIn()(open_photo(cut))
    assert made.mask is not None
    assert overlap(made.mask, inside.astype(np.float32)) > 0.99
    assert made.confidence == 1


def test_without_onnxruntime_all_else_works() -> None:
    code = """
import sys
sys.modules["onnxruntime"] = None  # as if it were not installed
import numpy as np
from relief_widget import Relief, example_photos
from relief_widget.depth import DepthError, Layers, Luminance
photo = example_photos()["logo"]
try:
    Relief.from_photo(photo)
except DepthError as error:
    assert "onnxruntime" in str(error), error
    assert "Traceback" not in str(error)
else:
    raise SystemExit("no word of what is missing")
Relief.from_photo(photo, provider=Luminance()).heights
Relief.from_photo(photo, provider=Layers()).heights
Relief.from_photo(photo, provider=lambda p, s: np.eye(8)[:, :8]).heights
Relief.from_depth_map(np.linspace(0, 1, 64).reshape(8, 8).astype("f4")).heights
Relief.lithophane(photo).heights
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
