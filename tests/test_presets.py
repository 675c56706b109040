"""What each preset makes of any photo, told from the mesh alone."""

from __future__ import annotations

import logging
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import trimesh

from relief_widget import Relief, ReliefError, presets
from relief_widget.mesh.triangles import to_trimesh
from tests.support.photos import KINDS, photo
from tests.support.rays import crossings

# The longer side in mm, loop and mould's walls apart.
SIZES = {
    "plaque": 150,
    "portrait": 120,
    "pet": 100,
    "coin": 40,
    "medal": 50,
    "keyring": 50,
    "magnet": 60,
    "lithophane": 120,
    "litho_arc": 120,
    "litho_tube": 180,
    "night_light": 120,
    "stamp": 40,
    "mould": 100,
    "cnc_panel": 300,
    "laser": 100,
    "logo_sign": 150,
    "large_print": 250,
}
UP, DOWN = (0, 0, 1), (0, 0, -1)


@cache
def relief(kind: str, preset: str, quality: int = 128) -> Relief:
    return Relief.from_photo(photo(kind), preset=preset, mesh_quality=quality)


@cache
def mesh(kind: str, preset: str, quality: int = 128) -> trimesh.Trimesh:
    return to_trimesh(relief(kind, preset, quality).body(max_error_mm=None))


def middle(part: trimesh.Trimesh) -> tuple[float, float]:
    x, y = part.extents[:2] / 2
    return float(x), float(y)


def is_open(part: trimesh.Trimesh, x: float, y: float) -> bool:
    return len(crossings(part, (x, y, -50), UP)) == 0


def tops(part: trimesh.Trimesh, places: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return how high the part is at each place, from above."""
    high = part.bounds[1, 2] + 10
    return np.array([high - crossings(part, (x, y, high), DOWN)[0] for x, y in places])


def test_the_table_is_complete() -> None:
    assert set(SIZES) == set(presets)


def every() -> list[Any]:
    """Return all pairs; each preset is always tested with two of the photos."""
    return [
        pytest.param(kind, preset, marks=() if (turn - number) % 5 < 2 else pytest.mark.full)
        for number, preset in enumerate(SIZES)
        for turn, kind in enumerate(KINDS)
    ]


@pytest.mark.parametrize(("kind", "preset"), every())
def test_every_photo_gives_a_closed_part_of_the_right_size(kind: str, preset: str) -> None:
    made = relief(kind, preset)
    longer = SIZES[preset]
    if kind == "wide" and presets[preset].least_mm * 6 > longer and preset != "litho_tube":
        # Frame, tab or pocket would not fit into the shorter side.
        longer = round(presets[preset].least_mm * 6)
    assert made.settings.size_mm == longer
    if preset == "laser":
        return
    for piece in made.pieces(max_error_mm=None):
        part = to_trimesh(piece)
        assert part.is_winding_consistent
        if made.settings.mode == "solid":
            assert part.is_watertight
            assert part.volume > 0
            assert part.body_count == 1
        else:
            assert (part.face_normals[:, 2] > 0).all()
    beyond = {"medal", "keyring", "mould", "large_print"}
    if made.settings.bend == "flat" and preset not in beyond:
        assert mesh(kind, preset).extents.max() == pytest.approx(longer, abs=0.02)


@pytest.mark.parametrize("kind", ["portrait", "logo", "wide"])
def test_a_plaque_has_the_highest_frame_and_a_keyhole_that_stays_closed(kind: str) -> None:
    part = mesh(kind, "plaque")
    width, height, top = part.extents
    points = part.vertices
    x, y = points[:, 0], points[:, 1]
    inside = (np.minimum(x, width - x) > 9) & (np.minimum(y, height - y) > 9)
    assert points[inside, 2].max() < top - 0.9
    # No way leads through: the part is a ball to a topologist.
    assert part.euler_number == 2
    # The slot hangs on a lip, and behind it there is room for the head.
    ends = np.unique(points[np.isclose(points[:, 2], 4, atol=1e-3)][:, 1])
    assert len(ends) > 2
    low, high = ends.min(), ends.max()
    x_middle = width / 2
    entry = crossings(part, (x_middle, low + 4, -1), UP)
    assert entry[0] - 1 == pytest.approx(4, abs=0.01)
    assert len(entry) == 2
    lip = crossings(part, (x_middle + 3, high - 4, -1), UP) - 1
    assert lip[:3] == pytest.approx([0, 1.6, 4], abs=0.01)
    assert high < height - 2 + 1e-3
    assert (low + high) / 2 > height / 2


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("preset", ["coin", "medal"])
def test_coin_and_medal_are_round_with_a_rim_above_the_relief(kind: str, preset: str) -> None:
    part = mesh(kind, preset)
    radius = SIZES[preset] / 2
    points = part.vertices
    away = np.hypot(points[:, 0] - radius, points[:, 1] - radius)
    if preset == "coin":
        angles = np.linspace(0, 2 * np.pi, 360, endpoint=False)
        ways = np.stack([np.cos(angles), np.sin(angles)])
        reach = ((points[:, :2] - radius) @ ways).max(axis=0)
        assert abs(reach - radius).max() < 0.02
    assert away[points[:, 2] > part.extents[2] - 1e-3].min() > radius - 2.01
    assert points[away < radius - 2.01][:, 2].max() <= part.extents[2]


@pytest.mark.parametrize(("kind", "preset"), [*((k, "keyring") for k in KINDS), ("logo", "medal")])
def test_the_hole_of_a_loop_is_open_and_has_material_around_it(kind: str, preset: str) -> None:
    part = mesh(kind, preset)
    holes = [
        loop
        for loop in _circles(part, diameter=4)
        if is_open(part, *loop) and not is_open(part, loop[0], loop[1] + 3)
    ]
    assert len(holes) == 1
    x, y = holes[0]
    for angle in np.linspace(0, 2 * np.pi, 12, endpoint=False):
        step = 3.2 * np.array([np.cos(angle), np.sin(angle)])
        assert not is_open(part, x + step[0], y + step[1])


def _circles(part: trimesh.Trimesh, diameter: float) -> list[tuple[float, float]]:
    """Return the centres of upright cylinders of a diameter, from their faces at the back."""
    back = part.vertices[part.vertices[:, 2] < 1e-6][:, :2]
    found: list[tuple[float, float]] = []
    high = back[back[:, 1] > back[:, 1].max() - 8]
    for x, y in high:
        centre = (float(x), float(y - diameter / 2))
        near = np.hypot(*(back - centre).T)
        if (abs(near - diameter / 2) < 0.01).sum() > 12 and all(
            np.hypot(centre[0] - a, centre[1] - b) > 0.5 for a, b in found
        ):
            found.append(centre)
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_a_magnet_fits_into_the_back_and_not_through_the_front(kind: str) -> None:
    part = mesh(kind, "magnet")
    roof = part.vertices[np.isclose(part.vertices[:, 2], 2.2, atol=2e-4)][:, :2]
    x, y = (roof.min(axis=0) + roof.max(axis=0)) / 2
    assert np.ptp(roof, axis=0) == pytest.approx([10.2, 10.2], abs=0.03)
    for step in (0, 4.5, -4.5):
        found = crossings(part, (x + step, y, -1), UP) - 1
        assert found[0] == pytest.approx(2.2, abs=1e-3)
        assert found[1] - found[0] >= 0.6 - 1e-3


@pytest.mark.parametrize("preset", ["lithophane", "litho_arc", "litho_tube", "night_light"])
@pytest.mark.parametrize("kind", ["portrait", "cut_out", "wide"])
def test_lithophanes_are_as_thick_as_they_say_everywhere(kind: str, preset: str) -> None:
    made, part = relief(kind, preset), mesh(kind, preset)
    low, high = presets[preset].tones["min_mm"], presets[preset].tones["max_mm"]
    rng = np.random.default_rng(1)
    if preset == "lithophane":
        for x, y in rng.uniform(0.02, 0.98, (40, 2)) * part.extents[:2]:
            first, last = crossings(part, (x, y, -1), UP)
            assert low - 0.01 <= last - first <= high + 0.01
        return
    reach = 2 * np.pi if preset == "litho_tube" else np.radians(120)
    outside = float(made.part.x[-1]) / reach
    inside = outside - part_height(made)
    foot = 6.0 if preset == "night_light" else 0.0
    x_axis, tube_axis = part.extents[0] / 2, part.extents[2] / 2
    if preset == "litho_tube":
        # The inside is round, the outside is not.
        level = (x_axis, part.extents[1] / 2, tube_axis)
        right, left = (crossings(part, level, (way, 0, 0))[0] for way in (1, -1))
        x_axis += (right - left) / 2
        front, back = (crossings(part, level, (0, 0, way))[0] for way in (1, -1))
        tube_axis += (front - back) / 2
    axis = {
        "litho_tube": tube_axis,
        "litho_arc": -inside * 0.5,
        "night_light": 24 + max(0.0, 24 - inside),
    }[preset]
    tall = part.extents[1] - foot
    edge = np.pi if preset == "litho_tube" else np.radians(59)
    for angle, share in rng.uniform((-edge, 0.02), (edge, 0.98), (40, 2)):
        start = (x_axis, foot + share * tall, axis)
        first, last = crossings(part, start, (np.sin(angle), 0, np.cos(angle)))
        assert low - 0.02 <= last - first <= high + 0.02
        assert first == pytest.approx(inside, abs=0.02)


def part_height(made: Relief) -> float:
    return float(made.part.z.max())


@pytest.mark.parametrize("kind", ["portrait", "scene", "wide"])
def test_a_night_light_stands_on_a_foot_with_a_hole_for_the_lamp(kind: str) -> None:
    part = mesh(kind, "night_light")
    lamp = 24.0
    for x, z in ((0, 0), (19.5, 0), (0, -19.5), (-13, 13)):
        start = (part.extents[0] / 2 + x, -5, lamp + z)
        assert len(crossings(part, start, (0, 1, 0))) == 0
    behind = crossings(part, (part.extents[0] / 2, -5, lamp - 22), (0, 1, 0))
    assert behind - 5 == pytest.approx([0, 6], abs=0.01)
    stands = (part.face_normals[:, 1] < -0.999) & (part.triangles[:, :, 1].max(axis=1) < 1e-3)
    assert part.area_faces[stands].sum() > 1000


@pytest.mark.parametrize("quality", [256])
def test_a_stamp_prints_the_picture_the_right_way_round(quality: int) -> None:
    part = mesh("logo", "stamp", quality)
    width, height, top = part.extents
    ink = np.asarray(photo("logo").convert("L")) < 200
    rows, cols = ink.shape
    v, u = np.mgrid[0.03:0.97:24j, 0.03:0.97:20j]
    places = np.column_stack([u.ravel() * width, v.ravel() * height])
    # Paper sees the stamp from its front: left and right change places.
    touches = tops(part, np.column_stack([width - places[:, 0], places[:, 1]])) > top - 1e-3
    drawn = ink[
        ((1 - places[:, 1] / height) * rows).astype(int), (places[:, 0] / width * cols).astype(int)
    ]
    assert (touches == drawn).mean() > 0.97
    assert (touches[::-1] == drawn).mean() < 0.9
    # The handle's side is flat, and nothing hangs over.
    down, low = part.face_normals[:, 2] < -0.05, part.triangles[..., 2].max(axis=1) == 0
    assert part.area_faces[down & low].sum() == pytest.approx(width * height, rel=1e-3)
    assert part.area_faces[down & ~low].sum() < 1e-3 * width * height


def test_thin_strokes_of_a_stamp_have_shoulders() -> None:
    part = mesh("logo", "stamp", 512)
    width, height, top = part.extents
    # The thin stroke of the letter, mirrored.
    x, y = width * (1 - 160 / 320), height * (1 - 182 / 400)
    across = np.linspace(-2, 2, 161)
    z = tops(part, np.column_stack([np.full_like(across, x), y + across]))
    ground = z.min()
    wide_at = [(z > level).mean() * 4 for level in (top - 0.05, (top + ground) / 2, ground + 0.1)]
    assert wide_at[0] == pytest.approx(0.5, abs=0.12)
    assert wide_at[0] < wide_at[1] < wide_at[2]
    assert wide_at[2] - wide_at[0] > 0.5


@pytest.mark.parametrize("kind", ["portrait", "wide"])
def test_a_cast_from_the_mould_is_the_positive(kind: str) -> None:
    made, mould = relief(kind, "mould"), mesh(kind, "mould")
    positive = to_trimesh(made.replace(mould_box=False).body(max_error_mm=None))
    ledge = mould.extents[2] - 3
    assert positive.extents[2] < ledge
    x, y = np.mgrid[0.1:0.9:9j, 0.15:0.85:7j]
    places = np.column_stack([x.ravel(), y.ravel()]) * positive.extents[:2]
    # Taken out and turned over, left and right change places.
    away = places - middle(positive)
    below = tops(mould, np.array(middle(mould)) + away * (-1, 1))
    np.testing.assert_allclose(ledge - below, tops(positive, places), atol=0.02)
    # The walls lean outwards, and the rim holds what is poured too much.
    assert np.isclose(mould.vertices[:, 2], ledge, atol=1e-3).any()
    slopes = np.abs(mould.face_normals[:, 2])
    lean = np.sin(np.radians(5))
    assert mould.area_faces[np.isclose(slopes, lean, atol=0.002)].sum() > 50


@pytest.mark.parametrize(("kind", "levels"), [("logo", 3), ("cut_out", 3)])
def test_a_sign_has_a_level_for_each_colour_and_upright_walls(kind: str, levels: int) -> None:
    part = mesh(kind, "logo_sign", 256)
    up = part.face_normals[:, 2] > 0.5
    heights = np.round(part.triangles_center[up][:, 2], 3)
    areas = {z: part.area_faces[up][heights == z].sum() for z in np.unique(heights)}
    assert sum(area > 5 for area in areas.values()) == levels


@pytest.mark.parametrize("kind", KINDS)
def test_the_walls_of_a_sign_stand_upright(kind: str) -> None:
    part = mesh(kind, "logo_sign")
    up = np.abs(part.face_normals[:, 2])
    leaning = (up > np.sin(np.radians(5))) & (up < 0.999)
    assert part.area_faces[leaning].sum() < 1e-3 * part.area


def test_a_panel_is_checked_for_steepness_and_the_reach_of_tools(tmp_path: Path) -> None:
    made = relief("portrait", "cnc_panel")
    assert made.settings.mode == "planar"
    report = made.preflight(presets["cnc_panel"].target)
    assert report.status in ("ok", "warn")
    assert {"slope", "tool"} <= {check.name for check in report}
    for suffix in (presets["cnc_panel"].format, *presets["cnc_panel"].also):
        assert made.save(tmp_path / f"panel{suffix}").stat().st_size > 1000


def test_an_engraving_uses_the_full_range_and_says_how_many_levels(tmp_path: Path) -> None:
    made = relief("portrait", "laser", 256)
    proof = made.save_height_map(tmp_path / f"a{presets['laser'].format}")
    assert "from 0.0% to 100.0%" in str(proof)
    assert proof.levels > 5000


@pytest.mark.parametrize("kind", ["portrait", "wide"])
def test_the_tiles_of_a_large_print_fit_the_bed_and_meet(kind: str) -> None:
    pieces = relief(kind, "large_print").pieces()
    assert len(pieces) == 2
    parts = [to_trimesh(piece) for piece in pieces]
    axis = 0 if kind == "wide" else 1
    assert sum(part.extents[axis] for part in parts) == pytest.approx(250, abs=1e-3)
    first, second = parts if kind == "wide" else parts[::-1]
    seam = first.vertices[first.vertices[:, axis] > first.extents[axis] - 1e-6]
    other = second.vertices[second.vertices[:, axis] < 1e-6]
    keep = [1 - axis, 2]
    assert {tuple(p) for p in seam[:, keep].round(3)} == {tuple(p) for p in other[:, keep].round(3)}
    assert all(part.extents[:2].max() <= 220 for part in parts)


def test_without_a_subject_it_says_so_and_takes_the_whole_picture(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING, "relief_widget"):
        made = Relief.from_photo(photo("scene"), preset="keyring", mesh_quality=128)
    assert "No clear subject was found, so the keyring takes the whole picture." in caplog.text
    assert made.settings.outline == "rounded"
    caplog.clear()
    assert relief("cut_out", "keyring").settings.outline == "subject"
    Relief.from_photo(photo("scene"), preset="keyring", outline="circle", mesh_quality=128)
    assert not caplog.text


def test_what_is_given_overrides_a_preset_and_the_rest_fits() -> None:
    small = Relief.from_photo(photo("logo"), preset="plaque", size_mm=60, mesh_quality=128)
    # The keyhole is as deep as before, so the base is thicker in proportion.
    assert small.settings.base_thickness * 60 == pytest.approx(4.6)
    assert to_trimesh(small.body()).euler_number == 2
    large = Relief.from_photo(photo("logo"), preset="coin", size_mm=80, depth_intensity=0.1)
    part = to_trimesh(large.body(max_triangles=20000))
    away = np.hypot(*(part.vertices[:, :2] - 40).T)
    assert part.vertices[away < 37.9][:, 2].max() < part.extents[2] - 0.15


def test_settings_alone_leave_the_object_and_like_takes_it_all() -> None:
    made = relief("portrait", "plaque")
    changed = made.replace(**presets["coin"])
    assert changed.settings.frame_mm == made.settings.frame_mm
    assert changed.settings.size_mm == 40
    coin = made.like("coin")
    assert (coin.settings.outline, coin.settings.keyhole_mm) == ("circle", 0)
    with pytest.raises(ReliefError, match="brightness"):
        made.like("litho_tube")
    with pytest.raises(ReliefError, match="brightness"):
        Relief.from_photo(photo("logo"), preset="lithophane", style="organic")


def test_subjects_that_stand_apart_hang_on_one_ring() -> None:
    mask = np.zeros((90, 160), np.float32)
    mask[20:70, 10:50] = 1
    mask[15:75, 100:150] = 1
    picture = np.full((90, 160, 3), 128, np.uint8)
    two = Relief.from_photo(picture, preset="keyring", mask=mask, mesh_quality=128)
    assert to_trimesh(two.body()).body_count == 1
