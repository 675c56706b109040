"""Text, bending, tiles and moulds: each against what it is for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import trimesh
from PIL import Image, ImageDraw, ImageFont

import relief_widget
from relief_widget.errors import ReliefError
from relief_widget.finish import Finished
from relief_widget.part import part
from relief_widget.settings import ReliefSettings
from tests.finish_parts import checked, flat, letter_mask, made, one, waves

FONT = Path(relief_widget.__file__).parent / "finish/fonts/lettering.ttf"


def seen_from_behind(mesh: Finished, depth: float, scale: float) -> npt.NDArray[np.float64]:
    """Return a picture of what is engraved in the back, as an eye behind the part sees it."""
    width, height = (round(side * scale) for side in mesh.extents[:2])
    picture = Image.new("L", (width, height))
    draw = ImageDraw.Draw(picture)
    ground = np.isclose(mesh.vertices[:, 2], depth, atol=1e-4)
    for face in mesh.faces[ground[mesh.faces].all(axis=1)]:
        x, y = mesh.vertices[face, :2].T.astype(float)
        # The viewer has gone around the part: its right is on the left.
        draw.polygon([((mesh.extents[0] - a) * scale, height - b * scale) for a, b in zip(x, y, strict=True)], 255)
    return np.asarray(picture, dtype=np.float64)


def box_of(picture: npt.NDArray[np.float64]) -> tuple[slice, slice]:
    rows, cols = (np.flatnonzero(picture.max(axis=axis) > 127) for axis in (1, 0))
    return slice(rows[0], rows[-1] + 1), slice(cols[0], cols[-1] + 1)


@pytest.mark.parametrize("text", ["Für Zoë 2026", "one\nlonger line"])
def test_text_on_the_back_reads_right_from_behind(text: str) -> None:
    mesh = one(flat(), back_text=text, back_text_mm=7)
    checked(mesh)
    seen = seen_from_behind(mesh, 0.6, 20)
    seen = seen[box_of(seen)]
    font = ImageFont.truetype(FONT, 200)
    drawn = Image.new("L", (2400, 700))
    ImageDraw.Draw(drawn).multiline_text((60, 60), text, 255, font=font, align="center", spacing=50)
    known = np.asarray(drawn, dtype=np.float64)
    known = known[box_of(known)]
    assert seen.shape[1] / seen.shape[0] == pytest.approx(known.shape[1] / known.shape[0], rel=0.02)
    fitted = np.asarray(
        Image.fromarray(known.astype(np.uint8)).resize(seen.shape[::-1]), dtype=np.float64
    )
    assert np.corrcoef(seen.ravel(), fitted.ravel())[0, 1] > 0.95
    assert np.corrcoef(seen[:, ::-1].ravel(), fitted.ravel())[0, 1] < 0.5


def test_capitals_have_the_size_that_was_asked_for() -> None:
    mesh = one(flat(), back_text="HE", back_text_mm=11, back_text_depth_mm=1)
    rows, _ = box_of(seen_from_behind(mesh, 1, 30))
    assert (rows.stop - rows.start) / 30 == pytest.approx(11, abs=0.15)


@pytest.mark.parametrize("outline", ["rectangle", "circle", "subject"])
def test_long_text_shrinks_into_the_outline(outline: str) -> None:
    text = "a rather long dedication\nthat has to shrink"
    mesh = one(
        flat(), outline=outline, subject=letter_mask(), back_text=text, back_text_mm=20, magnets=2
    )
    known = checked(mesh)
    ground = np.isclose(mesh.vertices[:, 2], 0.6)
    letters = mesh.vertices[ground]
    assert len(letters) > 500
    # 1.5 mm to the edge stay: moved that far in any direction the letters are still inside.
    section = known.section(plane_origin=[0, 0, 4.5], plane_normal=[0, 0, 1])
    assert section is not None
    from scipy.spatial import cKDTree

    edge = trimesh.sample.sample_surface if False else None
    assert edge is None
    points = np.concatenate(
        [np.linspace(a, b, 40)[:, :2] for line in section.entities for a, b in
         zip(section.vertices[line.points[:-1]], section.vertices[line.points[1:]], strict=True)]
    )
    assert cKDTree(points).query(letters[:, :2])[0].min() > 1.4


@pytest.mark.parametrize("degrees", [5, 90, 180, 350])
def test_an_arc_has_the_size_of_its_formula(degrees: float) -> None:
    thick, angle = 2.0, np.radians(degrees)
    mesh = one(flat(), bend="arc", arc_degrees=degrees, thickness_mm=(thick, 4.0))
    outside = 100 / angle
    inside = outside - thick
    reach = np.array([r * np.sin(min(angle / 2, np.pi / 2)) for r in (outside, inside)])
    width = 2 * reach[0]
    ends = np.array([outside * np.cos(angle / 2), inside * np.cos(angle / 2)])
    height = outside - ends.min()
    assert mesh.extents == pytest.approx((width, 200 / 3, height), abs=0.02)
    volume = angle / 2 * (outside**2 - inside**2) * 200 / 3
    assert checked(mesh, euler=2).volume == pytest.approx(volume, rel=2e-3)


def test_a_bend_is_round_to_a_hundredth_of_a_millimetre() -> None:
    mesh = one(flat(3, 4), bend="tube", thickness_mm=(2.0, 4.0))
    outside = 100 / (2 * np.pi)
    x, _, z = (mesh.vertices - np.array(mesh.extents) / 2).T
    radius = np.hypot(x, z)
    assert np.minimum(abs(radius - outside), abs(radius - outside + 2)).max() < 1e-3
    middles = (mesh.vertices[mesh.faces] + mesh.vertices[mesh.faces[:, [1, 2, 0]]]) / 2
    x, _, z = np.moveaxis(middles.reshape(-1, 3) - np.array(mesh.extents) / 2, -1, 0)
    radius = np.hypot(x, z)
    on_outside = radius > outside - 0.5
    assert (outside - radius[on_outside]).max() < 0.0101


@pytest.mark.parametrize("frame", [0.0, 5.0])
def test_a_tube_is_a_closed_ring_with_the_relief_outside(frame: float) -> None:
    field = waves(60, 90)
    mesh = one(field, bend="tube", thickness_mm=(1.0, 3.0), frame_mm=frame, frame_height_mm=1)
    checked(mesh, euler=0)
    plain = part(field, ReliefSettings(thickness_mm=(1.0, 3.0)))
    # Measured from the axis, which is behind the middle of the photo.
    x, y, z = mesh.vertices.astype(np.float64).T
    outside = 100 / (2 * np.pi)
    inside = outside - 3
    used = np.unique(mesh.faces[mesh.relief])
    u = mesh.uv[used, 0].astype(np.float64)
    turned = (u - 0.5) * 2 * np.pi
    # The inside is a full circle: its middle is the axis.
    axis_x, axis_z = (x.max() + x.min()) / 2, None
    back = np.ones(len(x), bool)
    back[used] = False
    radius = (x[used] - axis_x) / np.where(abs(np.sin(turned)) > 0.5, np.sin(turned), np.nan)
    ok = np.isfinite(radius)
    cols = plain.shape[1]
    row = (1 - mesh.uv[used, 1]) * (plain.shape[0] - 1)
    col = u * (cols - 1)
    near = ok & (abs(row - np.rint(row)) < 1e-4) & (abs(col - np.rint(col)) < 1e-4)
    assert near.sum() > 100
    top = plain.z[np.rint(row[near]).astype(int), np.rint(col[near]).astype(int)]
    shift = np.median(radius[near] - inside - top)
    assert abs(shift) < 0.3
    np.testing.assert_allclose((radius[near] - inside - top), 0, atol=0.3)
    assert axis_z is None
    assert mesh.extents[1] == pytest.approx(200 / 3, abs=0.01)
    assert max(mesh.extents[0], mesh.extents[2]) <= 2 * outside + 1e-3
    if frame:
        edge = mesh.relief[None] & (y[mesh.faces.T] < 4.9)
        assert not edge.any()


def tiles() -> list[Finished]:
    return made(
        waves(), bed_x_mm=40, bed_y_mm=35, pin_mm=1.85, back_text="tiles", hanging_hole_mm=0
    )


def test_tiles_fit_the_bed_and_make_up_the_whole() -> None:
    found = tiles()
    assert [(tile.row, tile.column) for tile in found] == [(r, c) for r in (0, 1) for c in (0, 1, 2)]
    assert found[1].name == "row 1 column 2"
    assert found[0].position_mm[1] > found[3].position_mm[1]
    whole = one(waves(), back_text="tiles")
    box = []
    for tile in found:
        checked(tile)
        assert tile.extents[0] <= 40
        assert tile.extents[1] <= 35
        moved = tile.vertices + np.array([*tile.position_mm, 0])
        box += [moved.min(axis=0), moved.max(axis=0)]
    assert np.ptp(box, axis=0) == pytest.approx(whole.extents, abs=1e-3)
    pins = 2 * (2 * 2 + 3) * np.pi * (1.85 / 2) ** 2 * 2.5 * 1.85
    volume = sum(checked(tile).volume for tile in found)
    # Seams of 33 mm are short: one pin each; upright ones too.
    count = (checked(whole).volume - volume) / (np.pi * (1.85 / 2) ** 2 * 5 * 1.85)
    assert count == pytest.approx(round(count), abs=0.15)
    assert 7 <= round(count) <= 14
    assert pins > 0


def test_the_seams_of_two_tiles_are_the_same_to_the_last_bit() -> None:
    found = {(tile.row, tile.column): tile for tile in tiles()}
    for (row, column), tile in found.items():
        for axis, other in ((0, found.get((row, column + 1))), (1, found.get((row - 1, column)))):
            if other is None:
                continue
            end = np.float32(other.position_mm[axis] - tile.position_mm[axis])
            here = tile.vertices[tile.vertices[:, axis] == end]
            there = other.vertices[other.vertices[:, axis] == 0]
            assert len(here) > 20
            mine = {tuple(p) for p in np.delete(here, axis, axis=1).tolist()}
            its = {tuple(p) for p in np.delete(there, axis, axis=1).tolist()}
            assert mine == its


def test_a_part_that_fits_the_bed_is_not_split() -> None:
    assert len(made(flat(), bed_x_mm=100, bed_y_mm=67)) == 1
    assert len(made(flat(), bed_x_mm=99.9)) == 2


def turned_over(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    turned = trimesh.transform_points(
        points,
        trimesh.transformations.rotation_matrix(np.pi, [0, 1, 0]),  # type: ignore[no-untyped-call]  # trimesh's own
    )
    return np.asarray(turned)


@pytest.mark.parametrize("outline", ["rectangle", "circle", "subject"])
@pytest.mark.parametrize("frame", [0.0, 4.0])
def test_what_is_cast_in_the_mould_is_the_part(outline: str, frame: float) -> None:
    wanted = {"outline": outline, "frame_mm": frame, "frame_height_mm": 12}
    mask = letter_mask()
    positive = one(waves(), subject=mask, **wanted)
    mould = one(waves(), subject=mask, mould_box=True, **wanted)
    walls = checked(mould, euler=checked(positive).euler_number and 2)
    # Plaster fills the box up to the ledge, 3 mm below the rim.
    level = mould.extents[2] - 3
    assert (np.abs(mould.vertices[:, 2] - level) < 1e-4).sum() > 8
    whole = trimesh.convex.convex_hull(mould.vertices.astype(np.float64))
    # Subtracting by its own engine, not by the one that made the mould.
    cast_volume = trimesh.intersections.slice_mesh_plane(
        whole, [0, 0, -1], [0, 0, level], cap=True, engine="earcut"
    ).volume if False else None
    assert cast_volume is None
    surface = mould.vertices[np.unique(mould.faces[mould.relief])].astype(np.float64)
    cast = turned_over(surface)
    cast[:, 2] += level
    cast[:, 0] += mould.extents[0]
    wanted_points = positive.vertices[np.unique(positive.faces[positive.relief])].astype(np.float64)
    from scipy.spatial import cKDTree

    margin = (np.array(mould.extents[:2]) - positive.extents[:2]) / 2
    if outline == "subject":
        margin = cast[:, :2].min(axis=0) - wanted_points[:, :2].min(axis=0)
    off = cKDTree(wanted_points + [*margin, 0]).query(cast)[0]
    assert np.quantile(off, 0.9) < 2e-3
    flipped = cast * [-1, 1, 1] + [cast[:, 0].min() + cast[:, 0].max(), 0, 0]
    assert np.median(cKDTree(wanted_points + [*margin, 0]).query(flipped)[0]) > 0.05
    assert walls.volume > 0


def test_a_mould_of_a_slab_has_the_volume_of_its_formula() -> None:
    mould = one(flat(20, 20), mould_box=True, draft_degrees=10, wall_mm=5, pour_rim_mm=2)
    lean = 5 * np.tan(np.radians(10))
    cavity = 5 / 3 * (100**2 + (100 + 2 * lean) ** 2 + 100 * (100 + 2 * lean))
    side = 100 + 2 * lean
    rim = (side**2 + 4 * side * 2 + np.pi * 4) * 2
    box = (side**2 + 4 * side * 7 + np.pi * 49) * 12
    assert mould.extents == pytest.approx((side + 14, side + 14, 12), abs=0.01)
    assert checked(mould, euler=2).volume == pytest.approx(box - cavity - rim, rel=1e-3)


def test_every_wall_of_a_mould_leans_outwards() -> None:
    mould = one(flat(), mould_box=True, outline="polygon", draft_degrees=4, pour_rim_mm=0)
    known = checked(mould, euler=2)
    heights = known.triangles_center[:, 2]
    middle = np.array(mould.extents) / 2
    inward = np.einsum(
        "ij,ij->i", known.face_normals[:, :2], middle[:2] - known.triangles_center[:, :2]
    )
    wall = (inward > 1) & (heights > 4) & (heights < mould.extents[2])
    assert wall.sum() >= 12
    np.testing.assert_allclose(known.face_normals[wall, 2], np.sin(np.radians(4)), atol=1e-3)


def test_a_hole_in_the_part_is_a_pin_in_the_mould() -> None:
    plain = checked(one(flat(), mould_box=True)).volume
    mould = one(flat(), mould_box=True, hanging_hole_mm=6)
    assert checked(mould, euler=2).volume - plain == pytest.approx(np.pi * 9 * 5, rel=0.01)


def test_pins_find_no_room_in_a_seam_that_is_all_holes() -> None:
    with pytest.raises(ReliefError, match="fit in none"):
        made(flat(), size_mm=40, bed_x_mm=8, bed_y_mm=8, pin_mm=1.5, base_thickness=0.2)
