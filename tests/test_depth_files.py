from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import tifffile
from PIL import Image

from relief_widget.depth import DepthMap, load_depth_map, save_depth_map
from relief_widget.errors import ReliefError


def smooth(rows: int = 60, cols: int = 90) -> npt.NDArray[np.float64]:
    y, x = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : cols * 1j]
    return np.asarray(np.clip(1 - x**2 - y**2, 0, 1))


def test_sixteen_bit_png_loads_and_saves_without_loss(tmp_path: Path) -> None:
    levels = np.random.default_rng(0).integers(0, 65536, (50, 70)).astype(np.uint16)
    Image.fromarray(levels).save(tmp_path / "a.png")
    first = load_depth_map(tmp_path / "a.png")
    np.testing.assert_array_equal(first.values, (levels / 65535).astype(np.float32))
    save_depth_map(first, tmp_path / "b.png")
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "b.png")), levels)
    np.testing.assert_array_equal(load_depth_map(tmp_path / "b.png").values, first.values)


def test_float_tiff_loads_and_saves_bit_for_bit(tmp_path: Path) -> None:
    values = np.random.default_rng(0).random((50, 70), dtype=np.float32)
    tifffile.imwrite(tmp_path / "a.tiff", values)
    first = load_depth_map(tmp_path / "a.tiff")
    np.testing.assert_array_equal(first.values, values)
    save_depth_map(first, tmp_path / "b.tiff")
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "b.tiff"), values)


@pytest.mark.parametrize("container", ["8 bit", "16 bit × 257", "16 bit × 256", "RGB"])
def test_eight_bits_are_debanded_whatever_the_container(container: str, tmp_path: Path) -> None:
    truth = smooth()
    levels = np.rint(truth * 255).astype(np.uint8)
    step = 1 / 255
    if container == "16 bit × 257":
        stored: npt.NDArray[np.integer] = levels.astype(np.uint16) * np.uint16(257)
    elif container == "16 bit × 256":
        stored, step = levels.astype(np.uint16) * np.uint16(256), 256 / 65535
    else:
        stored = np.dstack([levels] * 3) if container == "RGB" else levels
    Image.fromarray(stored).save(tmp_path / "a.png")
    loaded = load_depth_map(tmp_path / "a.png").values.astype(float)
    quantised = levels * step
    assert np.abs(loaded - quantised).max() <= step / 2 + 1e-7
    assert len(np.unique(loaded)) > 5 * len(np.unique(levels))
    before = np.sqrt(np.mean((quantised - truth * 255 * step) ** 2))
    after = np.sqrt(np.mean((loaded - truth * 255 * step) ** 2))
    assert after < 0.8 * before


def test_floats_are_never_debanded() -> None:
    levels = (np.rint(smooth() * 255) / 255).astype(np.float32)
    np.testing.assert_array_equal(load_depth_map(levels).values, levels)


def test_a_logo_of_flat_tones_stays_flat() -> None:
    logo = np.zeros((40, 40), np.uint8)
    logo[10:30, 10:30] = 255
    logo[15:25, 15:25] = 128
    np.testing.assert_array_equal(load_depth_map(logo).values, (logo / 255).astype(np.float32))


def test_floats_beyond_the_unit_range_are_stretched() -> None:
    metres = smooth() * 12.5 + 3
    values = load_depth_map(metres).values
    assert values.min() == 0
    assert values.max() == 1
    np.testing.assert_allclose(values, (metres - metres.min()) / np.ptp(metres), atol=1e-6)


def test_sixteen_bits_per_colour_are_not_cut_to_eight() -> None:
    import struct
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    levels = np.random.default_rng(0).integers(0, 65536, (40, 50)).astype(np.uint16)
    colours = np.repeat(levels[..., None], 3, axis=2).astype(">u2")
    rows = b"".join(b"\0" + row.tobytes() for row in colours)
    data = b"\x89PNG\r\n\x1a\n"
    data += chunk(b"IHDR", struct.pack(">IIBBBBB", 50, 40, 16, 2, 0, 0, 0))
    data += chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    loaded = load_depth_map(data).values
    np.testing.assert_allclose(loaded, levels / 65535, atol=1e-7)


def test_bytes_images_and_maps_load() -> None:
    buffer = io.BytesIO()
    image = Image.fromarray((smooth() * 65535).astype(np.uint16))
    image.save(buffer, "PNG")
    one, two = load_depth_map(buffer.getvalue()), load_depth_map(image)
    np.testing.assert_array_equal(one.values, two.values)
    assert load_depth_map(image, style="organic").style == "organic"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (np.full((5, 5), np.nan), "NaN"),
        (np.zeros((5, 5, 9)), "no picture"),
        (np.zeros(7), "no picture"),
        (np.zeros((1, 7)), "at least 2"),
        ("none.png", "none.png"),
        (b"nonsense", "not a picture"),
        (None, "nothing"),
    ],
)
def test_what_is_no_depth_map_is_a_sentence(source: object, words: str) -> None:
    with pytest.raises(ReliefError, match=words) as caught:
        load_depth_map(source)  # type: ignore[arg-type]  # that is what is tested
    assert caught.value.hint


def test_saving_elsewhere_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ReliefError, match=r"\.png"):
        save_depth_map(DepthMap(smooth().astype(np.float32)), tmp_path / "a.jpg")


def test_a_depth_map_is_read_only_and_knows_its_size() -> None:
    depth_map = DepthMap(smooth().astype(np.float32))
    assert depth_map.size == (90, 60)
    with pytest.raises(ValueError, match="read-only"):
        depth_map.values[0, 0] = 1
    with pytest.raises(ReliefError, match="mask"):
        DepthMap(smooth().astype(np.float32), mask=np.zeros((3, 3), np.float32))
