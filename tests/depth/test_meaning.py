"""Depth maps as other programs write them: read as their users mean them, and said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from relief_widget import Photo, Relief, ReliefError
from relief_widget.arrays import Array, FloatArray
from relief_widget.depth.depth_map import Style
from relief_widget.depth.files import load_depth_map
from tests.support.depth_files import exr, netpbm, npy, npz, tiff
from tests.support.pictures import encoded

ROWS, COLS = 60, 80
DOWN, ACROSS = np.mgrid[-1 : 1 : ROWS * 1j, -1 : 1 : COLS * 1j]
HILL: FloatArray = np.exp(-3 * ((DOWN - 0.1) ** 2 + (ACROSS + 0.2) ** 2)).astype(np.float32)
FULL: FloatArray = (HILL - HILL.min()) / np.ptp(HILL)


def said(source: Any, **options: Any) -> tuple[FloatArray, str]:
    depth_map = load_depth_map(source, **options)
    assert depth_map.report is not None
    assert np.isfinite(depth_map.values).all()
    return depth_map.values, " ".join(text for _, text in depth_map.report.lines())


# Near and far


def test_near_dark_is_turned_and_never_mirrored() -> None:
    relief = Relief.from_depth_map(HILL, mesh_quality=128)
    again = Relief.from_depth_map(1 - HILL, near="dark", mesh_quality=128)
    np.testing.assert_allclose(again.heights, relief.heights, atol=1e-4)
    assert again.settings == relief.settings
    assert again.depth_map is not None
    assert again.depth_map.report is not None
    assert "near is bright" in dict(again.depth_map.report.lines())["Mended"]
    back = Relief.from_depth_map(again.depth_map, near="dark").depth_map
    assert back is not None
    np.testing.assert_allclose(back.values, 1 - HILL, atol=1e-6)


def test_metres_are_near_dark() -> None:
    values, _ = said(5 - 4 * HILL, near="dark")
    np.testing.assert_allclose(values, FULL, atol=1e-5)


@pytest.mark.parametrize("near", ["light", "", None, 1, ["dark"]])
def test_another_near_is_one_sentence(near: Any) -> None:
    with pytest.raises(ReliefError, match="near"):
        Relief.from_depth_map(HILL, near=near)


def test_a_map_that_looks_turned_is_suggested_to_be() -> None:
    for texture in (None, np.rint(np.dstack([HILL] * 3) * 255).astype(np.uint8)):
        turned = Relief.from_depth_map(1 - HILL, texture=texture).depth_map
        right = Relief.from_depth_map(HILL, texture=texture).depth_map
        assert turned is not None
        assert right is not None
        assert turned.report is not None
        assert right.report is not None
        assert any("Near is dark" in text for text in turned.report.warnings)
        assert not right.report.warnings


# Colours


def ramp(name: str) -> Any:
    """Return a colour map of 256 levels, made of the usual formulas."""
    x = np.linspace(0, 1, 256)
    jet = [np.clip(1.5 - np.abs(4 * x - at), 0, 1) for at in (3, 2, 1)]
    maps = {
        "jet": np.stack(jet, -1),
        "winter": np.stack([0 * x, x, 1 - x / 2], -1),
        "cool": np.stack([x, 1 - x, 1 + 0 * x], -1),
        "hot": np.stack([np.clip(x * 8 / 3 - at, 0, 1) for at in (0, 1, 2)], -1),
        "spectral": np.stack([np.sin(np.pi * x), np.sin(np.pi * x) ** 2, np.cos(np.pi * x)], -1),
        "magma": np.stack([x, x**2 * 0.9, 0.6 * np.sin(2.2 * x) + 0.2 * x], -1),
    }
    return np.rint(np.clip(maps[name], 0, 1) * 255).astype(np.uint8)


@pytest.mark.parametrize("name", ["jet", "winter", "cool", "hot", "spectral", "magma"])
@pytest.mark.parametrize("ends", [(0, 255), (0, 90), (150, 255)])
def test_a_heat_map_is_refused(name: str, ends: tuple[int, int]) -> None:
    levels = np.rint(ends[0] + FULL * (ends[1] - ends[0])).astype(int)
    picture = ramp(name)[levels]
    masked = np.where((FULL > 0.6)[..., None], picture, 0).astype(np.uint8)
    for shown in (picture, masked, encoded(Image.fromarray(picture), "JPEG")):
        with pytest.raises(ReliefError, match="in colours"):
            load_depth_map(shown)


def test_a_tint_is_no_heat_map() -> None:
    sepia = np.rint(HILL[..., None] * np.array([255, 240, 215])).astype(np.uint8)
    values, text = said(sepia)
    assert "tint removed" in text
    assert np.corrcoef(values.ravel(), HILL.ravel())[0, 1] > 0.999


@pytest.mark.parametrize("kind", ["Mapbox", "Terrarium"])
@pytest.mark.parametrize(("low", "span"), [(200, 3000), (-90, 60), (4000, 4500), (0, 400)])
def test_terrain_in_colours_is_decoded(kind: str, low: float, span: float) -> None:
    metres = low + span * FULL.astype(np.float64)
    code = (metres + 10_000) * 10 if kind == "Mapbox" else (metres + 32_768) * 256
    whole = np.rint(code).astype(int)
    picture = np.stack([whole >> 16, whole >> 8 & 255, whole & 255], -1).astype(np.uint8)
    values, text = said(encoded(Image.fromarray(picture), "PNG"))
    assert f"terrain-RGB ({kind})" in text
    np.testing.assert_allclose(values, FULL, atol=0.2 / span)


def test_points_are_no_depth() -> None:
    with pytest.raises(ReliefError, match="different bands"):
        load_depth_map(np.dstack([ACROSS, DOWN, 3 * HILL]))


# Gaps, infinity and wild values


@pytest.mark.parametrize("mark", [-9999.0, -32768.0, -3.4028234663852886e38, np.nan])
@pytest.mark.parametrize("how", ["file", "tag", "array"])
def test_no_data_does_not_squeeze_terrain(mark: float, how: str) -> None:
    metres = (300 + 900 * FULL).astype(np.float32)
    metres[:8] = mark
    metres[40, 30] = mark
    tag = [(42113, "s", 0, f"{mark:g}", True)] if how == "tag" else None
    source = metres if how == "array" else tiff(metres, extratags=tag)
    values, text = said(source)
    assert "no data" in text or "not a number" in text
    np.testing.assert_allclose(values[8:], FULL[8:], atol=0.03)
    assert values[:8].max() <= 0.05


def test_no_data_of_whole_numbers() -> None:
    metres = np.rint(300 + 900 * FULL).astype(np.int16)
    metres[:, :5] = -32768
    values, text = said(tiff(metres))
    assert "no data" in text
    np.testing.assert_allclose(values[:, 5:], FULL[:, 5:], atol=0.02)


def test_a_value_that_a_file_names_as_no_data_counts() -> None:
    metres = (300 + 900 * FULL).astype(np.float32)
    metres[20:24, 40:44] = 0
    values, text = said(tiff(metres, extratags=[(42113, "s", 0, "0", True)]))
    assert "no data (0)" in text
    np.testing.assert_allclose(values, FULL, atol=0.06)


@pytest.mark.parametrize("sky", [np.inf, 65504.0, 1e10])
def test_an_endless_sky_is_far(sky: float) -> None:
    distance = (5 - 4 * HILL).astype(np.float32)
    distance[:10] = sky
    distance[36:38, 30:33] = sky
    values, text = said(distance, near="dark")
    assert "as far away" in text
    assert values[:10].max() <= 1e-6
    np.testing.assert_allclose(values[10:], FULL[10:], atol=0.04)
    assert "filled" in text


def test_by_polarity_infinity_is_near() -> None:
    nearness = HILL.copy()
    nearness[:5], nearness[-5:] = np.inf, -np.inf
    values, text = said(nearness)
    assert values[:5].min() == values.max()
    assert values[-5:].max() == values.min()
    assert "as nearest" in text or "as far away" in text


@pytest.mark.parametrize("wild", [1e20, -1e20, 3e38, 5e4])
@pytest.mark.parametrize("scale", [1, 12])
def test_a_wild_value_is_an_outlier(wild: float, scale: float) -> None:
    values = (HILL * scale).astype(np.float32)
    values[20, 20] = wild
    found, text = said(values)
    assert "far outside" in text
    np.testing.assert_allclose(found, HILL if scale == 1 else FULL, atol=0.05)
    relief = Relief.from_depth_map(values, mesh_quality=128)
    np.testing.assert_allclose(
        relief.heights, Relief.from_depth_map(HILL * scale, mesh_quality=128).heights, atol=0.02
    )


def test_of_a_providers_answer_too() -> None:
    def wild(photo: Photo, style: Style) -> Array:
        del photo, style
        values = HILL.astype(np.float64)
        values[3, 3] = 1e300
        return values

    photo = np.zeros((ROWS, COLS, 3), np.uint8)
    assert np.isfinite(Relief.from_photo(photo, provider=wild, mesh_quality=128).heights).all()


@pytest.mark.parametrize("amount", [1e-320, 1e-100, 1e-45, 1e-12])
def test_a_tiny_compression_is_none(amount: float) -> None:
    relief = Relief.from_depth_map(HILL, mesh_quality=128, compression=amount)
    none = Relief.from_depth_map(HILL, mesh_quality=128, compression=0)
    np.testing.assert_array_equal(relief.heights, none.heights)


# Even maps and transparency


def test_an_even_map_is_said() -> None:
    for even in (np.full((9, 9), 128, np.uint8), np.full((9, 9), 3.5)):
        assert "even all over" in said(even)[1]


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_what_is_in_the_alpha_is_used(mode: str) -> None:
    levels = np.rint(FULL * 255).astype(np.uint8)
    bands = [np.zeros_like(levels)] * (len(mode) - 1)
    picture = Image.fromarray(np.dstack([*bands, levels]), mode)
    values, text = said(encoded(picture, "PNG"))
    assert "transparency was taken" in text
    np.testing.assert_allclose(values, FULL, atol=0.01)


# Turned against the photo


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_a_map_made_without_the_cameras_rotation_is_turned(orientation: int) -> None:
    rng = np.random.default_rng(4)
    blocks = rng.random((6, 8)).repeat(10, 0).repeat(10, 1).astype(np.float32)
    raw = Image.fromarray(np.rint(np.dstack([blocks] * 3) * 255).astype(np.uint8))
    exif = Image.Exif()
    exif[274] = orientation
    photo = encoded(raw, "JPEG", exif=exif, quality=95)
    relief = Relief.from_depth_map(blocks, texture=photo)
    assert relief.depth_map is not None
    assert relief.photo is not None
    assert relief.depth_map.report is not None
    seen = relief.photo.luminance() ** 0.45
    assert np.corrcoef(relief.depth_map.values.ravel(), seen.ravel())[0, 1] > 0.9
    assert any("turned" in text for text in relief.depth_map.report.warnings)


def test_where_nothing_tells_the_turn_is_offered() -> None:
    with pytest.raises(ReliefError, match="quarter"):
        Relief.from_depth_map(HILL, texture=np.zeros((COLS, ROWS, 3), np.uint8))


# Files of numbers


LEVELS = np.rint(FULL * 65535).astype(np.uint16)
PFM = f"Pf\n{COLS} {ROWS}\n-1.0\n".encode() + FULL[::-1].astype("<f4").tobytes()
FILES: dict[str, bytes] = {
    "pgm 16": netpbm("P5", LEVELS, 65535),
    "pgm 8": netpbm("P5", LEVELS >> 8),
    "pgm text": netpbm("P2", LEVELS >> 6, 1023),
    "ppm": netpbm("P6", np.dstack([LEVELS >> 8] * 3)),
    "pfm": PFM,
    "pfm big": f"Pf\n{COLS} {ROWS}\n1.0\n".encode() + FULL[::-1].astype(">f4").tobytes(),
    "npy": npy(FULL),
    "npy f8 batch": npy(FULL.astype(float)[None, None]),
    "npy fortran": npy(np.asfortranarray(FULL)),
    "npy u2 big": npy(LEVELS.astype(">u2")),
    "npz": npz(arr=FULL),
    "npz of several": npz(depth=FULL, camera=np.eye(3)),
    "exr zip": exr(FULL),
    "exr zips": exr(FULL, "Z", 2),
    "exr plain half": exr(FULL, "depth.Z", 0, half=True),
    **{
        f"tiff {kind} {order}": tiff(
            (FULL * (1 if kind[0] == "f" else 100)).astype(kind),
            byteorder=order,
            compression="zlib",
        )
        for kind in ("f2", "f4", "f8", "i1", "i2", "i4", "u4", "i8")
        for order in "<>"
    },
}


@pytest.mark.parametrize("name", FILES)
def test_files_of_numbers_are_read(name: str, tmp_path: Path) -> None:
    coarse = name.endswith(" 8") or name == "ppm" or "i" in name.split()[1:2]
    values = load_depth_map(FILES[name]).values
    if "tiff" in name and "f" not in name.split()[1]:
        values = values / values.max()
    tolerance = 0.012 if coarse or "tiff" in name else 2e-3
    np.testing.assert_allclose(values, FULL, atol=tolerance)
    path = tmp_path / "depth.bin"
    path.write_bytes(FILES[name])
    np.testing.assert_array_equal(load_depth_map(path).values, load_depth_map(FILES[name]).values)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (npy(np.array([[{}, 1], [2, 3]], object)), "objects"),
        (npy(np.zeros((3, 3), complex)), "complex"),
        (npz(one=FULL, other=FULL), "2 arrays"),
        (exr(FULL, packing=4), "PIZ"),
        (tiff(np.dstack([FULL] * 5), planarconfig="contig"), "5 bands"),
        (PFM[:500], "incomplete"),
        (b"P5\n99999999 99999999\n255\n", "megapixels"),
        (npy(FULL)[:60].replace(b"(60, 80)", b"(60, 80)"), "damaged"),
        (
            b"\x93NUMPY\x01\x00v\x00"
            + b"{'descr': '<f8', 'fortran_order': False, 'shape': (11000, 11000), }".ljust(117)
            + b"\n",
            "memory",
        ),
    ],
)
def test_others_are_refused_with_the_true_reason(data: bytes, why: str) -> None:
    with pytest.raises(ReliefError, match=why) as caught:
        load_depth_map(data)
    assert caught.value.hint


@pytest.mark.parametrize(
    "source",
    [
        np.array([[1, "a"], [2, 3]], object),
        np.zeros((4, 4), complex),
        np.zeros((2, 3, 4, 5)),
        "no file",
        {"depth": HILL},
    ],
)
def test_a_wrong_argument_is_named(source: Any) -> None:
    with pytest.raises(ReliefError, match=r"depth map|no file"):
        Relief.from_depth_map(source)
    with pytest.raises(ReliefError, match=r"[Hh]eights"):
        Relief.from_heights(source)
    with pytest.raises(ReliefError, match=r"mask|no file"):
        Relief.from_depth_map(HILL).replace_mask(source)


# A lithophane of what is cut out


def test_what_is_transparent_is_white_in_a_lithophane() -> None:
    logo = np.zeros((ROWS, COLS, 4), np.uint8)
    logo[20:40, 20:60, 3] = 255
    picture = encoded(Image.fromarray(logo, "RGBA"), "PNG")
    white = Relief.lithophane(picture, mesh_quality=128).heights
    assert white[0, 0] == pytest.approx(0, abs=1e-6)
    assert white[len(white) // 2, 64] == pytest.approx(1, abs=0.01)
    assert Relief.lithophane(picture, mesh_quality=128, transparent="black").heights.min() > 0.99
    with pytest.raises(ReliefError, match="transparent"):
        Relief.lithophane(picture, transparent="pink")  # type: ignore[arg-type]  # that is the test
