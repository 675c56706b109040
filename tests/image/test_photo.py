from __future__ import annotations

import contextlib
import dataclasses
import io
import struct
import sys
import threading
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pillow_heif
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFile, ImageOps, features

from relief_widget import Photo, ReliefError, open_photo
from relief_widget.image.colour import linear_light
from relief_widget.image.decoding import upright
from relief_widget.image.photo import PhotoSource, grey_picture
from tests.support.bounds import LEVEL
from tests.support.pictures import (
    Array,
    chunk,
    encoded,
    grey_ink_profile,
    linear_grey_profile,
    png16,
    png_header,
    scene,
    swapped_profile,
)

SCENE = scene()
IMAGE = Image.fromarray(SCENE)
BEST: dict[str, dict[str, Any]] = {"WEBP": {"lossless": True}, "JPEG": {"quality": 100}}


def open_grey(source: PhotoSource) -> npt.NDArray[Any]:
    return grey_picture(source).values


def heic(image: Image.Image, **options: Any) -> bytes:
    buffer = io.BytesIO()
    pillow_heif.from_pillow(image).save(buffer, quality=90, **options)
    return buffer.getvalue()


def tiff(values: Array, **options: Any) -> bytes:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, values, **options)
    return buffer.getvalue()


LOSSLESS = {
    "png": encoded(IMAGE, "PNG"),
    "tiff": encoded(IMAGE, "TIFF"),
    "lzw.tiff": encoded(IMAGE, "TIFF", compression="tiff_lzw"),
    "other.tiff": tiff(SCENE, photometric="rgb"),
    "bmp": encoded(IMAGE, "BMP"),
    "webp": encoded(IMAGE, "WEBP", lossless=True),
}
LOSSY = {
    "jpg": encoded(IMAGE, "JPEG", quality=95),
    "progressive.jpg": encoded(IMAGE, "JPEG", quality=95, progressive=True),
    "lossy.webp": encoded(IMAGE, "WEBP", quality=95),
    "heic": heic(IMAGE),
}
if features.check("avif"):
    LOSSY["avif"] = encoded(IMAGE, "AVIF", quality=95)


def difference(photo: Photo, wanted: Array) -> float:
    return float(np.abs(photo.pixels.astype(float) - wanted).mean())


# Formats


@pytest.mark.parametrize("kind", LOSSLESS)
def test_lossless_formats_give_every_pixel(kind: str) -> None:
    photo = open_photo(LOSSLESS[kind])
    assert photo.pixels.dtype == np.uint8
    np.testing.assert_array_equal(photo.pixels, SCENE)
    assert photo.mask is None
    assert photo.size == (photo.width, photo.height) == (40, 30)


@pytest.mark.parametrize("kind", LOSSY)
def test_lossy_formats_come_close(kind: str) -> None:
    assert difference(open_photo(LOSSY[kind]), SCENE) < 4


def test_every_kind_of_source_is_the_same_photo(tmp_path: Path) -> None:
    path = tmp_path / "my photo.png"
    path.write_bytes(LOSSLESS["png"])
    sources: list[Any] = [path, str(path), LOSSLESS["png"], bytearray(LOSSLESS["png"]), IMAGE]
    sources += [Image.open(path), SCENE, SCENE.astype(int), SCENE.astype(np.float64) / 255]
    sources += [SCENE.tolist(), open_photo(path)]
    for source in sources:
        photo = open_photo(source)
        np.testing.assert_allclose(photo.srgb(), SCENE / np.float32(255), atol=LEVEL)
    assert open_photo(path).name == open_photo(Image.open(path)).name == "my photo"
    assert open_photo(SCENE).name == "photo"


def test_the_suffix_may_lie(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(LOSSLESS["png"])
    np.testing.assert_array_equal(open_photo(path).pixels, SCENE)


def test_gif_gives_its_first_frame() -> None:
    frames = [Image.fromarray(np.full((8, 9), level, np.uint8)) for level in (50, 100, 200)]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    np.testing.assert_array_equal(open_photo(data).pixels, 50)


def test_grey_palette_and_bilevel_pictures_become_rgb() -> None:
    grey = IMAGE.convert("L")
    wanted = np.repeat(np.asarray(grey)[..., None], 3, axis=-1)
    np.testing.assert_array_equal(open_photo(encoded(grey, "PNG")).pixels, wanted)
    palette = IMAGE.quantize(16)
    np.testing.assert_array_equal(
        open_photo(encoded(palette, "PNG")).pixels, np.asarray(palette.convert("RGB"))
    )
    bits = grey.convert("1")
    np.testing.assert_array_equal(
        open_photo(encoded(bits, "PNG")).pixels[..., 0], np.asarray(bits) * 255
    )


def test_heic_without_its_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("pillow_heif")]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ReliefError, match="HEIC") as caught:
        open_photo(LOSSY["heic"])
    assert "JPEG" in caught.value.hint
    assert caught.value.hint.endswith("pip install relief_widget[heif]")


def test_pillow_stays_as_it_was() -> None:
    before = Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, list(warnings.filters)
    for data in (*LOSSLESS.values(), *LOSSY.values()):
        open_photo(data)
    after = Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, list(warnings.filters)
    assert before == after
    assert "HEIF" not in Image.OPEN


# More than 8 bits


def levels16(bands: int) -> npt.NDArray[np.uint16]:
    rng = np.random.default_rng(5)
    values = rng.integers(0, 65536, (23, 31, bands), dtype=np.uint16)
    values[:10] = np.linspace(0, 65535, 310 * bands).reshape(10, 31, bands)
    return values


GREY16 = levels16(1)[..., 0]
RGB16 = levels16(3)


@pytest.mark.parametrize(
    "data",
    [
        encoded(Image.fromarray(GREY16), "PNG"),
        encoded(Image.fromarray(GREY16), "TIFF"),
        tiff(GREY16, photometric="minisblack", byteorder=">"),
        tiff(GREY16, photometric="minisblack", compression="zlib", predictor=True),
        tiff(65535 - GREY16, photometric="miniswhite", byteorder="<"),
    ],
)
def test_16_bit_grey_keeps_16_bits(data: bytes) -> None:
    np.testing.assert_array_equal(open_grey(data), GREY16)
    photo = open_photo(data)
    assert photo.pixels.dtype == np.float32
    np.testing.assert_array_equal(photo.pixels[..., 1], GREY16 / np.float32(65535))


@pytest.mark.parametrize(
    "data",
    [
        png16(RGB16),
        tiff(RGB16, photometric="rgb"),
        tiff(RGB16, photometric="rgb", byteorder=">"),
        tiff(RGB16, photometric="rgb", compression="zlib", predictor=True),
        tiff(RGB16, photometric="rgb", byteorder=">", compression="zlib"),
        tiff(RGB16, photometric="rgb", tile=(16, 16)),
    ],
)
def test_16_bit_colour_keeps_16_bits(data: bytes) -> None:
    np.testing.assert_array_equal(open_photo(data).pixels, RGB16 / np.float32(65535))


@pytest.mark.parametrize("bands", [2, 3, 4])
def test_16_bit_depth_maps_in_colour_keep_16_bits(bands: int) -> None:
    values = np.repeat(GREY16[..., None], bands, axis=-1)
    if bands != 3:
        values[..., -1] = 65535
    np.testing.assert_array_equal(open_grey(png16(values)), GREY16)


def test_16_bit_alpha_is_a_mask_of_16_bits() -> None:
    values = levels16(4)
    photo = open_photo(png16(values))
    assert isinstance(photo.mask, np.ndarray)
    np.testing.assert_array_equal(photo.mask, values[..., 3] / np.float32(65535))


def test_a_transparent_16_bit_colour_is_exact() -> None:
    values = RGB16.copy()
    values[3, 4] = 1000, 2000, 3000
    values[5, 6] = 1000, 2000, 3001
    photo = open_photo(png16(values, chunk(b"tRNS", struct.pack(">3H", 1000, 2000, 3000))))
    assert isinstance(photo.mask, np.ndarray)
    assert np.argwhere(photo.mask == 0).tolist() == [[3, 4]]


def test_float_tiff_stays_exact() -> None:
    values = np.random.default_rng(2).random((9, 12), dtype=np.float32)
    for order in ("<", ">"):
        data = tiff(values, photometric="minisblack", byteorder=order)
        np.testing.assert_array_equal(open_grey(data), values)
        np.testing.assert_array_equal(open_photo(data).pixels[..., 2], values)


def test_32_bit_integers_are_not_wrapped() -> None:
    values = np.array([[0, 5], [2**31 + 7, 2**32 - 1]], np.uint32)
    np.testing.assert_array_equal(open_grey(tiff(values, photometric="minisblack")), values)


@pytest.mark.parametrize(
    "data",
    [
        tiff(np.moveaxis(RGB16, -1, 0), photometric="rgb", planarconfig="separate"),
        encoded(Image.merge("RGB", [IMAGE.convert("L")] * 3), "AVIF")
        if features.check("avif")
        else tiff(np.moveaxis(RGB16, -1, 0), photometric="rgb", planarconfig="separate"),
    ],
)
def test_a_depth_map_that_would_lose_bits_is_refused(data: bytes) -> None:
    with pytest.raises(ReliefError) as caught:
        open_grey(data)
    assert "16-bit" in caught.value.hint


def test_shrinking_does_not_round_to_8_bits() -> None:
    ramp = np.linspace(0.2, 0.21, 64, dtype=np.float32)
    photo = open_photo(np.tile(ramp, (64, 1)))
    assert len(np.unique(photo.srgb(32)[..., 0])) > 20
    # Neither does it where an 8-bit picture is averaged.
    dithered = open_photo(np.tile(np.array([[100, 101], [101, 101]], np.uint8), (32, 32)))
    np.testing.assert_allclose(dithered.srgb(16)[4:-4, 4:-4] * 255, 100.75, atol=0.01)


# EXIF


def with_orientation(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP", "JPEG"])
def test_exif_orientation_is_applied_once(kind: str, orientation: int) -> None:
    options = BEST.get(kind, {})
    data = encoded(IMAGE, kind, exif=with_orientation(orientation), **options)
    wanted = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))))
    photo = open_photo(data)
    assert photo.size == ((40, 30) if orientation < 5 else (30, 40))
    np.testing.assert_array_equal(photo.pixels, wanted)
    if kind != "JPEG":
        grey = encoded(IMAGE.convert("L"), kind, exif=with_orientation(orientation), **options)
        wanted = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(grey))).convert("L"))
        np.testing.assert_array_equal(open_grey(grey), wanted)
    opened = Image.open(io.BytesIO(data))
    np.testing.assert_array_equal(open_photo(opened).pixels, photo.pixels)
    # The picture that was given is not turned for its owner, nor a second time for us.
    np.testing.assert_array_equal(open_photo(opened).pixels, photo.pixels)


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_heic_is_turned_once(orientation: int) -> None:
    data = heic(IMAGE, exif=with_orientation(orientation).tobytes())
    assert difference(open_photo(data), upright(SCENE, orientation)) < 4


def test_16_bit_pictures_and_their_alpha_are_turned_too() -> None:
    exif = with_orientation(6).tobytes().removeprefix(b"Exif\0\0")
    values = levels16(4)
    photo = open_photo(png16(values, chunk(b"eXIf", exif)))
    assert isinstance(photo.mask, np.ndarray)
    wanted = np.rot90(values[..., 3], -1) / np.float32(65535)
    np.testing.assert_array_equal(photo.mask, wanted)


def test_damaged_exif_is_no_reason_to_refuse_a_photo() -> None:
    for exif in (
        b"Exif\0\0",
        b"Exif\0\0II*\0\xff\xff\xff\xff",
        b"Exif\0\0MM\0*\0\0\0\x08\xff\xff\1",
    ):
        assert open_photo(encoded(IMAGE, "JPEG", exif=exif)).size == (40, 30)
    assert open_photo(encoded(IMAGE, "PNG", exif=with_orientation(77))).size == (40, 30)


# Colour


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "JPEG", "WEBP"])
def test_an_embedded_profile_is_applied(kind: str) -> None:
    red = Image.new("RGB", (16, 16), (255, 0, 0))
    options = BEST.get(kind, {})
    photo = open_photo(encoded(red, kind, icc_profile=swapped_profile(), **options))
    assert np.abs(photo.pixels.astype(int) - (0, 255, 0)).max() <= 3
    depth = open_grey(encoded(IMAGE.convert("L"), "PNG", icc_profile=linear_grey_profile()))
    np.testing.assert_array_equal(depth, np.asarray(IMAGE.convert("L")))


def test_a_profile_is_applied_to_16_bits_and_beside_alpha() -> None:
    profile = chunk(b"iCCP", b"icc\0\0" + zlib.compress(swapped_profile()))
    values = np.zeros((4, 4, 4), np.uint16)
    values[..., 0] = values[..., 3] = 65535
    values[0, 0, 3] = 0
    for data in (
        png16(values, profile),
        encoded(
            Image.fromarray((values >> 8).astype(np.uint8)), "PNG", icc_profile=swapped_profile()
        ),
    ):
        photo = open_photo(data)
        np.testing.assert_array_equal(photo.pixels[1:], np.broadcast_to((0, 255, 0), (3, 4, 3)))
        assert isinstance(photo.mask, np.ndarray)
        assert photo.mask[0, 0] == 0


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_grey_profile_is_applied(dtype: type) -> None:
    white = np.iinfo(dtype).max
    values: Array = np.array([[0, white // 4], [white // 2, white]], dtype)
    data = encoded(Image.fromarray(values), "PNG", icc_profile=linear_grey_profile())
    np.testing.assert_allclose(open_photo(data).luminance(), values / white, atol=0.005)


@pytest.mark.parametrize(
    "profile", [b"no profile at all", swapped_profile()[:200], grey_ink_profile(), bytes(500)]
)
def test_a_profile_that_is_damaged_or_wrong_is_left_out(profile: bytes) -> None:
    np.testing.assert_array_equal(
        open_photo(encoded(IMAGE, "PNG", icc_profile=profile)).pixels, SCENE
    )


def test_cmyk_is_converted_by_its_profile() -> None:
    cyan = Image.new("CMYK", (16, 16), (255, 0, 0, 0))
    for kind in ("JPEG", "TIFF"):
        photo = open_photo(encoded(cyan, kind, icc_profile=grey_ink_profile()))
        # L* 50 is sRGB 119.
        assert np.abs(photo.pixels.astype(int) - 119).max() <= 2


def test_cmyk_without_a_profile_is_no_negative() -> None:
    inks = Image.new("CMYK", (32, 16))
    inks.paste((0, 0, 0, 255), (16, 0, 32, 16))
    data = encoded(inks, "JPEG", quality=100)
    # Written as Photoshop does: inverted, and with Adobe's marker.
    assert b"Adobe" in data
    photo = open_photo(data)
    assert photo.pixels[:, :14].min() > 250
    assert photo.pixels[:, 18:].max() < 5


def test_lab_is_converted() -> None:
    lab = Image.merge("LAB", [Image.new("L", (8, 8), level) for level in (128, 128, 128)])
    photo = open_photo(encoded(lab, "TIFF"))
    assert np.abs(photo.pixels.astype(int) - 119).max() <= 2


def test_luminance_is_linear_light() -> None:
    photo = open_photo(np.array([[[0, 0, 0], [188, 188, 188]], [[0, 255, 0], [255, 255, 255]]]))
    np.testing.assert_allclose(photo.luminance(), [[0, 0.5], [0.7152, 1]], atol=0.003)
    # Both ends of the curve's two pieces, from IEC 61966-2-1.
    values = np.array([0.0, 0.04045, 0.5, 1.0], np.float32)
    wanted = [0.0, 0.0031308, 0.2140411, 1.0]
    np.testing.assert_allclose(linear_light(values), wanted, atol=LEVEL)


@pytest.mark.parametrize("shape", [(64, 64), (65, 97), (300, 40), (1000, 1500)])
def test_shrinking_averages_light_without_aliasing(shape: tuple[int, int]) -> None:
    checks = (np.indices(shape).sum(axis=0) % 2 * 255).astype(np.uint8)
    photo = open_photo(checks)
    small = photo.luminance(20)
    assert max(small.shape) == 20
    # Away from the borders, where the boxes are cut.
    np.testing.assert_allclose(small[1:-1, 1:-1], 0.5, atol=0.04)
    assert abs(small.mean() - 0.5) < 0.02
    assert small.min() >= 0
    assert small.max() <= 1


def test_shrinking_does_not_shift() -> None:
    ramp = np.tile(np.linspace(0.1, 0.9, 701, dtype=np.float32), (333, 1))
    small = open_photo(ramp).srgb(50)[..., 0]
    wanted = 0.1 + 0.8 * ((np.arange(50) + 0.5) * 701 / 50 - 0.5) / 700
    np.testing.assert_allclose(small[10, 3:-3], wanted[3:-3], atol=1e-3)
    np.testing.assert_allclose(small, np.tile(small[0], (24, 1)), atol=LEVEL)


def test_pictures_are_never_enlarged_and_keep_their_proportions() -> None:
    photo = open_photo(SCENE)
    assert photo.image(1000).size == (40, 30)
    assert photo.image(20).size == (20, 15)
    assert photo.srgb(20).shape == (15, 20, 3)
    assert photo.luminance().shape == (30, 40)
    np.testing.assert_array_equal(np.asarray(photo.image()), SCENE)
    assert open_photo(np.zeros((2, 900), np.uint8)).luminance(100).shape == (2, 100)
    assert open_photo(GREY16).image(20).mode == "RGB"


# Alpha and masks


def cut_out(kind: str, level: int = 255) -> bytes:
    alpha = np.full((30, 40), level, np.uint8)
    alpha[:, :10] = 0
    alpha[:, 10:20] = min(level, 128)
    image = IMAGE.copy()
    # What a program may leave where nothing is to be seen.
    image.paste((255, 0, 255), (0, 0, 10, 30))
    image.putalpha(Image.fromarray(alpha))
    if kind == "LA":
        return encoded(image.convert("LA"), "PNG")
    return encoded(image, kind, **BEST.get(kind, {}))


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "LA"])
def test_alpha_becomes_the_mask_and_hidden_colours_do_not_show(kind: str) -> None:
    photo = open_photo(cut_out(kind))
    assert isinstance(photo.mask, np.ndarray)
    np.testing.assert_allclose(photo.mask[0, [5, 15, 25]], [0, 128 / 255, 1], atol=LEVEL)
    np.testing.assert_array_equal(photo.pixels[:, :10], 128)
    wanted = SCENE if kind != "LA" else np.asarray(IMAGE.convert("L"))[..., None]
    np.testing.assert_array_equal(photo.pixels[:, 20:] - wanted[:, 20:], 0)
    half = (wanted[:, 10:20].astype(int) + 128) / 2
    assert np.abs(photo.pixels[:, 10:20] - half).max() < 1.5


def test_transparent_palettes_and_key_colours_are_masks() -> None:
    palette = Image.fromarray((np.indices((6, 8))[1] % 4).astype(np.uint8))
    palette = palette.convert("P")
    palette.putpalette([200, 0, 0, 0, 200, 0, 0, 0, 200, 9, 9, 9])
    cases: list[tuple[bytes, list[float]]] = [
        (encoded(palette, "PNG", transparency=2), [1, 1, 0, 1]),
        (encoded(palette, "GIF", transparency=2), [1, 1, 0, 1]),
        (encoded(palette, "PNG", transparency=bytes([0, 51, 255, 255])), [0, 0.2, 1, 1]),
    ]
    for data, mask in cases:
        photo = open_photo(data)
        assert isinstance(photo.mask, np.ndarray)
        np.testing.assert_allclose(photo.mask[0, :4], mask, atol=LEVEL)
    grey = Image.fromarray(GREY16)
    photo = open_photo(encoded(grey, "PNG", transparency=int(GREY16[20, 20])))
    assert isinstance(photo.mask, np.ndarray)
    assert photo.mask[20, 20] == 0
    assert photo.mask.mean() > 0.9


def test_opaque_alpha_is_no_mask() -> None:
    assert open_photo(encoded(IMAGE.convert("RGBA"), "PNG")).mask is None
    opaque = np.concatenate([SCENE / 255, np.ones((30, 40, 1))], axis=-1)
    assert open_photo(opaque).mask is None


def test_arrays_may_have_alpha() -> None:
    grey = np.zeros((4, 5, 2))
    grey[..., 1] = 1
    grey[0, 0, 1] = 0.25
    photo = open_photo(grey)
    assert isinstance(photo.mask, np.ndarray)
    assert photo.mask[0, 0] == 0.25
    np.testing.assert_allclose(photo.pixels[0, 0], 0.75 * 128 / 255, atol=LEVEL)
    assert open_photo(np.ones((4, 5, 1), bool)).pixels.min() == 255


MASK = np.zeros((30, 40), np.float32)
MASK[5:20, 8:30] = 1


@pytest.mark.parametrize(
    "mask",
    [
        MASK,
        MASK > 0,
        MASK.astype(int),
        MASK.astype(np.uint8),
        (MASK * 255).astype(np.uint8),
        (MASK * 65535).astype(np.uint16),
        Image.fromarray(np.uint8(MASK * 255)),
        encoded(Image.fromarray(np.uint8(MASK * 255)), "PNG"),
        # Cut out: the alpha counts, whatever the colours.
        np.stack([1 - MASK, MASK], axis=-1),
        np.repeat(np.repeat(MASK, 4, axis=0), 4, axis=1),
    ],
)
def test_a_mask_may_be_any_picture(mask: Any) -> None:
    photo = open_photo(SCENE, mask=mask)
    assert isinstance(photo.mask, np.ndarray)
    assert photo.mask.dtype == np.float32
    np.testing.assert_allclose(photo.mask, MASK, atol=0.25)
    np.testing.assert_array_equal(photo.mask > 0.5, MASK > 0.5)


def test_the_mask_overrides_alpha_and_can_be_taken_off() -> None:
    photo = open_photo(cut_out("PNG"), mask=MASK)
    np.testing.assert_array_equal(photo.mask, MASK)
    assert photo.with_mask(False).mask is False
    assert photo.with_mask(False).subject_mask((3, 4)) is None
    assert photo.with_mask(None).mask is None
    assert open_photo(photo) is photo
    assert open_photo(photo, mask=False).mask is False
    again = open_photo(SCENE, mask=photo)
    np.testing.assert_array_equal(again.mask, MASK)


def test_the_subject_mask_is_resampled() -> None:
    photo = open_photo(SCENE, mask=MASK)
    for shape in [(15, 20), (60, 80), (7, 13)]:
        mask = photo.subject_mask(shape)
        assert mask is not None
        assert mask.shape == shape
        assert mask.min() >= 0
        assert mask.max() <= 1
        assert abs(mask.mean() - MASK.mean()) < 0.03


@pytest.mark.parametrize(
    "mask",
    [np.zeros((30, 30)), np.zeros(7), np.full((30, 40), np.nan), np.full((30, 40), 7.0), True],
)
def test_a_mask_that_does_not_fit_is_one_sentence(mask: Any) -> None:
    with pytest.raises(ReliefError):
        open_photo(SCENE, mask=mask)


# The photo


def test_a_photo_cannot_change() -> None:
    array = SCENE.copy()
    grey = SCENE[..., 0].copy()
    mask = MASK.copy()
    photos = [open_photo(array, mask=mask), Photo(array, mask), open_photo(grey)]
    before = [photo.pixels.copy() for photo in photos]
    array[:] = grey[:] = 0
    mask[:] = 0
    for photo, pixels in zip(photos, before, strict=True):
        np.testing.assert_array_equal(photo.pixels, pixels)
        with pytest.raises(ValueError, match="read-only"):
            photo.pixels[0, 0] = 1
    np.testing.assert_array_equal(photos[1].mask, MASK)
    with pytest.raises(dataclasses.FrozenInstanceError):
        photos[0].name = "other"  # type: ignore[misc]  # that it cannot be set is the test


def test_crop_and_rotate_take_the_mask_along() -> None:
    photo = open_photo(SCENE, mask=MASK)
    part = photo.crop(3, 4, 33, 24)
    np.testing.assert_array_equal(part.pixels, SCENE[4:24, 3:33])
    np.testing.assert_array_equal(part.mask, MASK[4:24, 3:33])
    turned = photo.rotate(1)
    wanted = IMAGE.transpose(Image.Transpose.ROTATE_90)
    np.testing.assert_array_equal(turned.pixels, np.asarray(wanted))
    np.testing.assert_array_equal(turned.rotate(-1).mask, MASK)
    np.testing.assert_array_equal(turned.rotate(7).pixels, SCENE)
    assert photo.with_mask(False).rotate(1).mask is False


@pytest.mark.parametrize("box", [(-1, 0, 9, 9), (0, 0, 41, 9), (5, 5, 6, 20), (9, 9, 5, 5)])
def test_a_crop_outside_is_one_sentence(box: tuple[int, int, int, int]) -> None:
    with pytest.raises(ReliefError, match="no part"):
        open_photo(SCENE).crop(*box)


@pytest.mark.parametrize("pixels", [SCENE[..., 0], SCENE.astype(float), SCENE[:1]])
def test_photo_refuses_other_arrays(pixels: Any) -> None:
    with pytest.raises(ReliefError):
        Photo(pixels)


# Faults


class Strange:
    def __array__(self, dtype: Any = None, copy: Any = None) -> Array:
        raise RuntimeError("no")


def dark(image: Image.Image) -> bytes:
    return encoded(image, "PNG")


FAULTS: dict[str, tuple[Any, str]] = {
    "empty": (b"", "empty"),
    "text": (b"hello", "not a picture"),
    "noise": (np.random.default_rng(0).bytes(5000), "not a picture"),
    "url": ("https://example.org/cat.jpg", "web address"),
    "url path": (Path("https://example.org/cat.jpg"), "web address"),
    "data url": ("data:image/png;base64,iVBORw0KGgo=", "web address"),
    "zero byte": ("a\0b.jpg", "cannot be opened"),
    "contents as name": ("x" * 100_000, "cannot be opened"),
    "pdf": (b"%PDF-1.7 ...", "PDF"),
    "svg": (b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- a --><svg/>", "SVG"),
    "page": (b"<!DOCTYPE html><html><svg>", "web page"),
    "video": (b"\0\0\0\x20ftypisom\0\0\2\0isomiso2", "video"),
    "mkv": (b"\x1a\x45\xdf\xa3" + bytes(50), "video"),
    "avi": (b"RIFF\0\0\0\0AVI LIST", "video"),
    "archive": (b"PK\x03\x04" + bytes(50), "archive"),
    "photoshop": (b"8BPS\0\1" + bytes(50), "Photoshop"),
    "raw": (b"\0\0\0\x18ftypcrx \0\0\0\1", "raw"),
    "dng": (tiff(SCENE, photometric="rgb", extratags=[(50706, 1, 4, (1, 4, 0, 0), True)]), "raw"),
    "model": (b"solid cat\nfacet", "3D model"),
    "none": (None, "NoneType"),
    "number": (3, "int"),
    "objects": (np.array([[object(), 1], [2, 3]]), "nothing that holds a picture"),
    "texts": (np.array([["a", "b"], ["c", "d"]]), "nothing that holds a picture"),
    "complex": (np.zeros((4, 4), complex), "nothing that holds a picture"),
    "ragged": ([[1, 2], [3]], "nothing that holds a picture"),
    "broken array": (Strange(), "nothing that holds a picture"),
    "nan": (np.full((4, 4), np.nan), "NaN"),
    "infinity": (np.full((4, 4, 3), np.inf), "NaN"),
    "overflow": (np.full((4, 4), 1e300), "NaN"),
    "nan in a file": (tiff(np.full((4, 4), np.nan, np.float32)), "NaN"),
    "range": (np.linspace(0, 255, 12).reshape(3, 4), "from 0 to 255"),
    "negative": (np.full((4, 4), -1), "from -1 to -1"),
    "too deep": (np.full((4, 4), 70000), "70000"),
    "line": (np.zeros(5), "shape"),
    "stack": (np.zeros((2, 4, 4, 3)), "shape"),
    "bands first": (np.zeros((3, 40, 50)), "shape"),
    "five bands": (np.zeros((40, 50, 5)), "shape"),
    "no pixels": (np.zeros((0, 5), np.uint8), "5 × 0"),
    "no image": (Image.new("RGB", (0, 5)), "0 × 5"),
    "one column": (encoded(Image.new("L", (1, 50)), "PNG"), "1 × 50"),
    "one row": (encoded(Image.new("L", (50, 1)), "BMP"), "50 × 1"),
    "no columns": (png_header(0, 50) + chunk(b"IEND", b""), "0 × 50"),
    "transparent": (encoded(Image.new("RGBA", (4, 4)), "PNG"), "transparent"),
    "giant": (png_header(16_320, 12_240) + chunk(b"IDAT", b""), "200 megapixels"),
    "bomb": (png_header(2**31 - 1, 2**31 - 1) + chunk(b"IDAT", b""), "megapixels"),
    "giant bmp": (
        b"BM" + bytes(8) + struct.pack("<IIiiHHI", 54, 40, 30000, 30000, 1, 24, 0) + bytes(20),
        "900 megapixels",
    ),
    "giant gif": (b"GIF89a" + struct.pack("<HHBBB", 60000, 60000, 0, 0, 0) + b";", ""),
    "not giant": (png_header(12_000, 9_000) + chunk(b"IDAT", b""), "damaged"),
    "text bomb": (
        png_header(4, 4) + chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(50 << 20))),
        "damaged",
    ),
    "profile bomb": (
        png_header(4, 4) + chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(50 << 20))),
        "damaged",
    ),
    "wrong check sum": (LOSSLESS["png"].replace(b"IDAT", b"IDAX"), "damaged"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_one_sentence(name: str) -> None:
    source, message = FAULTS[name]
    with pytest.raises(ReliefError) as caught:
        open_photo(source)
    assert message in caught.value.message
    for sentence in (caught.value.message, caught.value.hint):
        assert 5 < len(sentence) < 200
        assert "\n" not in sentence
    if name not in {"range", "negative", "too deep", "transparent", "no columns"}:
        with pytest.raises(ReliefError):
            open_grey(source)


@pytest.mark.parametrize("kind", [*LOSSLESS, *LOSSY])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_a_truncated_file_is_one_sentence(kind: str, share: float, tmp_path: Path) -> None:
    data = {**LOSSLESS, **LOSSY}[kind]
    path = tmp_path / f"cat.{kind}"
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(ReliefError, match=f"^'{path.name}' ") as caught:
        open_photo(path)
    assert str(tmp_path) not in str(caught.value)


def test_paths_that_hold_no_file_are_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path, message in [
        (tmp_path / "cat.jpg", "There is no file 'cat.jpg'."),
        (tmp_path / "no" / "cat.jpg", "There is no file 'cat.jpg'."),
        (tmp_path / "file" / "cat.jpg", "There is no file 'cat.jpg'."),
        (tmp_path / "file", "'file' is empty."),
        (tmp_path, f"'{tmp_path.name}' is a folder, not a picture."),
    ]:
        with pytest.raises(ReliefError) as caught:
            open_photo(path)
        assert caught.value.message == message


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no such device")
def test_a_device_is_not_read_forever() -> None:
    with pytest.raises(ReliefError, match="not a regular file"):
        open_photo("/dev/zero")


def test_a_photo_beyond_pillows_warning_gives_no_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    # Pillow warns above a third of a megapixel here, and refuses above two thirds.
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 300_000)
    photo = open_photo(encoded(Image.new("RGB", (1000, 700)), "PNG"))
    assert photo.size == (1000, 700)


SAMPLES = {**LOSSLESS, **LOSSY, "gif": encoded(IMAGE, "GIF"), "png16": png16(RGB16)}


def damaged(draw: Callable[[Any], Any]) -> bytes:
    data = bytearray(SAMPLES[draw(st.sampled_from(sorted(SAMPLES)))])
    for _ in range(draw(st.integers(1, 6))):
        # The header holds what matters: half of the damage is there.
        where = st.one_of(st.integers(0, 100), st.integers(0, len(data) - 1))
        data[draw(where) % len(data)] = draw(st.integers(0, 255))
    return bytes(data[: draw(st.integers(len(data) // 2, len(data)))])


@given(st.data())
def test_damaged_files_are_opened_or_refused_and_nothing_else(data: st.DataObject) -> None:
    broken = damaged(data.draw)
    for opener in (open_photo, open_grey):
        with contextlib.suppress(ReliefError):
            opener(broken)


def test_several_threads_open_photos_at_once() -> None:
    results: list[bool] = []

    def work(data: bytes) -> None:
        for _ in range(5):
            results.append(difference(open_photo(data), SCENE) < 4)

    filters = list(warnings.filters)
    threads = [
        threading.Thread(target=work, args=(d,)) for d in (*LOSSLESS.values(), *LOSSY.values())
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 5 * len(threads)
    assert all(results)
    assert list(warnings.filters) == filters


def test_straightening_keeps_the_middle_the_proportions_and_no_corner() -> None:
    pixels = np.full((120, 200, 3), 255, np.uint8)
    # A line that rises to the right by ten degrees, through the middle.
    y, x = np.mgrid[:120, :200] + 0.5
    away = (y - 60) * np.cos(np.deg2rad(10)) + (x - 100) * np.sin(np.deg2rad(10))
    pixels[np.abs(away) < 4] = [255, 0, 0]
    mask = np.where(away > 0, 1.0, 0.0).astype(np.float32)
    photo = Photo(pixels, mask).straightened(10)
    assert photo.width / photo.height == pytest.approx(200 / 120, abs=0.03)
    middle = photo.height // 2
    assert (photo.pixels[middle, :, 1] < 40).all()
    assert photo.pixels.min(axis=(0, 1))[0] == 255, "a corner beyond the photo is black"
    assert isinstance(photo.mask, np.ndarray)
    assert photo.mask[: middle - 2].max() == 0
    assert photo.mask[middle + 3 :].min() == 1
    fine = Photo((pixels / 255).astype(np.float32)).straightened(10)
    np.testing.assert_allclose(fine.pixels, photo.pixels / 255, atol=0.01)


@pytest.mark.parametrize("degrees", [46, -90, float("nan")])
def test_what_is_tilted_farther_is_turned_by_quarters(degrees: float) -> None:
    with pytest.raises(ReliefError, match="straightened"):
        Photo(np.zeros((9, 9, 3), np.uint8)).straightened(degrees)


# Bytes


def _webp_of(width: int, height: int) -> bytes:
    """Return the header of a lossless WebP, RFC 9649, section 3.4."""
    bits = (width - 1) | (height - 1) << 14
    body = b"VP8L" + struct.pack("<I", 30) + b"\x2f" + struct.pack("<I", bits) + b"\0" * 25
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


@pytest.mark.parametrize(
    "data",
    [
        _webp_of(16000, 9000),
        png_header(9000, 9000, depth=16, colour=2) + chunk(b"IDAT", b""),
        png_header(8000, 8000, depth=16, colour=6) + chunk(b"IDAT", b""),
    ],
)
@pytest.mark.parametrize("open_", [open_photo, grey_picture])
def test_a_small_file_that_would_take_gigabytes_is_refused(
    data: bytes, open_: Callable[[bytes], object]
) -> None:
    with pytest.raises(ReliefError, match="GB of memory"):
        open_(data)


def test_a_giant_jpeg_is_shrunk_while_it_is_decoded() -> None:
    photo = open_photo(encoded(Image.new("L", (9000, 6000), 200), "JPEG"))
    assert photo.size == (4500, 3000)
    assert photo.pixels.min() >= 199
