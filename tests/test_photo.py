from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import tifffile
from PIL import Image, ImageCms

from relief_widget import Photo, ReliefError, example_photos, open_photo

Picture = npt.NDArray[np.uint8]


def scene() -> Picture:
    """Return 40 × 60 pixels with a colour of its own in each corner, smooth enough for JPEG."""
    pixels = np.full((40, 60, 3), 128, np.uint8)
    pixels[:20, :30] = (220, 30, 30)
    pixels[:20, 30:] = (30, 200, 40)
    pixels[20:, :30] = (40, 60, 220)
    return pixels


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("kind", "options", "tolerance"),
    [
        ("JPEG", {"quality": 95, "subsampling": 0}, 12),
        ("PNG", {}, 0),
        ("WEBP", {"lossless": True}, 0),
        ("TIFF", {"compression": "tiff_lzw"}, 0),
        ("BMP", {}, 0),
        ("GIF", {}, 8),
        ("HEIF", {"quality": 95}, 12),
    ],
)
def test_every_format_opens_from_a_file_and_from_bytes(
    kind: str, options: dict[str, Any], tolerance: int, tmp_path: Path
) -> None:
    if kind == "HEIF":
        pillow_heif = pytest.importorskip("pillow_heif")
        pillow_heif.register_heif_opener()
    data = encoded(Image.fromarray(scene()), kind, **options)
    path = tmp_path / f"a.{kind.lower()}"
    path.write_bytes(data)
    for source in (path, str(path), data):
        photo = open_photo(source)
        assert photo.size == (60, 40)
        inner = np.abs(photo.pixels.astype(int) - scene())[4:16, 4:26]
        assert inner.max() <= tolerance
        assert photo.mask is None


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_rotation_is_applied(orientation: int) -> None:
    upright = Image.fromarray(scene())
    # What a camera writes: the upright picture, brought to how the sensor saw it.
    inverse = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    seen = upright if inverse is None else upright.transpose(inverse)
    exif = Image.Exif()
    exif[0x0112] = orientation
    photo = open_photo(encoded(seen, "PNG", exif=exif))
    np.testing.assert_array_equal(photo.pixels, scene())


def test_sixteen_bits_stay_sixteen_bits() -> None:
    values = np.arange(40 * 60, dtype=np.uint16).reshape(40, 60) * 27
    photo = open_photo(encoded(Image.fromarray(values), "PNG"))
    assert photo.pixels.dtype == np.float32
    np.testing.assert_allclose(photo.srgb()[..., 0], values / 65535, atol=1e-6)
    assert len(np.unique(photo.luminance())) > 2000


def test_float_tiff_keeps_its_precision(tmp_path: Path) -> None:
    values = np.random.default_rng(0).random((30, 50), dtype=np.float32)
    tifffile.imwrite(tmp_path / "a.tiff", values)
    np.testing.assert_array_equal(open_photo(tmp_path / "a.tiff").pixels[..., 1], values)


def test_transparency_becomes_the_mask_and_hidden_colours_do_not_show() -> None:
    pixels = np.dstack([scene(), np.full((40, 60), 255, np.uint8)])
    pixels[:, 30:, 3] = 0
    photo = open_photo(encoded(Image.fromarray(pixels), "PNG"))
    assert isinstance(photo.mask, np.ndarray)
    assert photo.mask[:, :30].min() == 1
    assert photo.mask[:, 30:].max() == 0
    assert (photo.pixels[:, 30:] == photo.pixels[0, -1]).all()
    opaque = np.dstack([scene(), np.full((40, 60), 255, np.uint8)])
    assert open_photo(encoded(Image.fromarray(opaque), "PNG")).mask is None


def test_a_transparent_palette_is_understood() -> None:
    image = Image.fromarray(scene()).quantize(8)
    corner = image.getpixel((2, 2))
    photo = open_photo(encoded(image, "PNG", transparency=corner))
    assert isinstance(photo.mask, np.ndarray)
    assert photo.mask[2, 2] == 0
    assert photo.mask[30, 50] == 1


def test_an_embedded_profile_is_applied() -> None:
    lab = Image.new("LAB", (20, 20), (160, 128, 128))
    srgb = ImageCms.createProfile("sRGB")
    grey = ImageCms.profileToProfile(lab, ImageCms.createProfile("LAB"), srgb, outputMode="RGB")
    assert grey is not None
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    photo = open_photo(encoded(lab, "TIFF", icc_profile=profile))
    difference = photo.pixels.astype(int) - np.asarray(grey)
    assert np.abs(difference).max() <= 2


def test_a_broken_profile_is_passed_over() -> None:
    photo = open_photo(encoded(Image.fromarray(scene()), "PNG", icc_profile=b"not a profile" * 20))
    np.testing.assert_array_equal(photo.pixels, scene())


def test_cmyk_is_not_inverted() -> None:
    image = Image.new("CMYK", (30, 20), (0, 255, 255, 0))
    for kind in ("JPEG", "TIFF"):
        red, green, blue = open_photo(encoded(image, kind)).pixels[10, 10].astype(int)
        assert red > 180 > 90 > max(green, blue)


def test_an_animation_gives_its_first_frame() -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert open_photo(data).pixels[5, 5].tolist() == [255, 0, 0]


@pytest.mark.parametrize(
    "array",
    [
        scene(),
        scene()[..., 0],
        scene()[..., :1],
        scene() / 255,
        scene().astype(np.uint16) * 257,
        scene()[..., 0] > 100,
        np.dstack([scene(), np.full((40, 60), 255, np.uint8)]),
    ],
)
def test_arrays_open(array: npt.NDArray[Any]) -> None:
    photo = open_photo(array)
    assert photo.size == (60, 40)
    wanted = array if array.ndim == 2 else array[..., 0]
    full = {"u": 255 if wanted.itemsize == 1 else 65535}.get(wanted.dtype.kind, 1)
    np.testing.assert_allclose(photo.srgb()[..., 0], wanted / full, atol=1e-6)


def test_pil_images_and_photos_open() -> None:
    photo = open_photo(Image.fromarray(scene()))
    np.testing.assert_array_equal(photo.pixels, scene())
    assert open_photo(photo) is photo


def grain() -> Picture:
    """Return pixels that no codec makes small."""
    return np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)


def svg() -> bytes:
    return b'<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>'


def png(width: int, height: int) -> bytes:
    """Return a PNG whose header claims a size that its data does not have."""
    import struct
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (b"", "empty"),
        (b"plain text", "not a picture"),
        (b"%PDF-1.7 something", "PDF"),
        (svg(), "PNG"),
        ("none.jpg", "no file 'none.jpg'"),
        (".", "folder"),
        ("https://example.org/a.jpg", "Download"),
        ("a\0b.jpg", "cannot be opened"),
        (np.zeros((0, 5)), "at least 2 × 2"),
        (np.zeros((5, 1)), "at least 2 × 2"),
        (np.full((5, 5), np.nan), "NaN"),
        (np.full((5, 5), np.inf), "NaN"),
        (np.full((5, 5), 7.0), "not within 0 and 1"),
        (np.full((5, 5), -3), "not within"),
        (np.zeros((5, 5, 7)), "no picture"),
        (np.zeros(9), "no picture"),
        (np.array([["a", "b"]]), "nothing that holds a picture"),
        (None, "nothing that holds a picture"),
        (object(), "nothing that holds a picture"),
        (np.zeros((4, 4), complex), "nothing that holds a picture"),
        (png(1, 50), "at least 2 × 2"),
        (png(20_000, 10_000), "200 megapixels"),
        (png(60_000, 60_000), "megapixels"),
        (encoded(Image.fromarray(grain()), "PNG")[:5000], "incomplete"),
        (encoded(Image.fromarray(grain()), "JPEG")[:3000], "incomplete"),
        (png(50, 50), "Copy or download it again"),
    ],
)
def test_what_cannot_be_used_is_one_sentence_and_a_hint(source: Any, words: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ReliefError) as caught:
            open_photo(source)
    assert words in str(caught.value)
    assert caught.value.hint
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF"])
def test_damage_anywhere_is_a_sentence_or_a_picture(kind: str) -> None:
    data = encoded(Image.fromarray(scene()), kind)
    random = np.random.default_rng(0)
    for _ in range(60):
        broken = bytearray(data)
        for place in random.integers(0, len(data), 6):
            broken[place] = random.integers(0, 256)
        try:
            photo = open_photo(bytes(broken[: random.integers(1, len(data))]))
        except ReliefError:
            continue
        assert min(photo.size) >= 2


def test_luminance_is_linear_and_shrinks_light_not_code() -> None:
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2] = 255
    photo = open_photo(stripes)
    np.testing.assert_allclose(photo.luminance(16).mean(), 0.5, atol=0.01)
    green = open_photo(np.full((4, 4, 3), (0, 255, 0), np.uint8))
    np.testing.assert_allclose(green.luminance(), 0.7152, atol=1e-4)


def test_max_side_limits_every_view() -> None:
    photo = open_photo(example_photos()["flower"])
    assert photo.image(100).size == (100, 67)
    assert photo.srgb(100).shape == (67, 100, 3)
    assert photo.luminance(100).shape == (67, 100)
    assert photo.srgb().shape == (427, 640, 3)


def test_masks_of_all_kinds(tmp_path: Path) -> None:
    photo = open_photo(scene())
    half = np.zeros((40, 60), bool)
    half[:, :30] = True
    Image.fromarray(half).save(tmp_path / "mask.png")
    for mask in (
        half,
        half.astype(np.uint8),
        half * np.uint8(255),
        half.astype(float),
        half[..., None],
        tmp_path / "mask.png",
        Image.fromarray(half),
    ):
        given = photo.with_mask(mask).mask
        assert isinstance(given, np.ndarray)
        np.testing.assert_array_equal(given > 0.5, half)
    small = photo.with_mask(half[::2, ::2]).subject_mask((40, 60))
    assert small is not None
    assert small[:, :25].min() > 0.9
    assert photo.with_mask(False).subject_mask((40, 60)) is None
    with pytest.raises(ReliefError, match="do not cover each other"):
        photo.with_mask(half.T)
    with pytest.raises(ReliefError, match="does not fit"):
        photo.with_mask(np.zeros((2, 3, 4, 5)))


def test_crop_and_rotate_take_the_mask_along() -> None:
    mask = np.zeros((40, 60), np.float32)
    mask[:20, :30] = 1
    photo = open_photo(scene(), mask=mask)
    turned = photo.rotate(1)
    assert turned.size == (40, 60)
    assert isinstance(turned.mask, np.ndarray)
    red = (turned.pixels == (220, 30, 30)).all(axis=2)
    np.testing.assert_array_equal(turned.mask == 1, red)
    cropped = photo.crop(20, 10, 50, 30)
    assert cropped.size == (30, 20)
    assert isinstance(cropped.mask, np.ndarray)
    assert cropped.mask.sum() == 100
    with pytest.raises(ReliefError, match="within the photo"):
        photo.crop(0, 0, 61, 10)
    assert isinstance(photo.rotate(4), Photo)


def test_opening_leaves_pillow_as_it_was() -> None:
    before = Image.MAX_IMAGE_PIXELS
    open_photo(encoded(Image.fromarray(scene()), "PNG"))
    assert before == Image.MAX_IMAGE_PIXELS


def test_pixels_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        open_photo(scene()).pixels[0, 0] = 0
