"""Text, bending, tiles and moulds: each against what it is for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import trimesh
from manifold3d import Manifold, Mesh64
from PIL import Image, ImageDraw, ImageFont

import relief_widget
from relief_widget.errors import ReliefError
from relief_widget.mesh.grid import part
from relief_widget.mesh.objects import Finished
from relief_widget.mesh.triangles import to_trimesh
from relief_widget.settings import ReliefSettings
from tests.support.bounds import MICRON
from tests.support.object_parts import checked, flat, letter_mask, made, one, waves

Points = npt.NDArray[np.float64]
FONT = Path(relief_widget.__file__).parent / "mesh/objects/fonts/lettering.ttf"


def seen_from_behind(mesh: Finished, depth: float, scale: float) -> npt.NDArray[np.float64]:
    """Return a picture of what is engraved in the back, as an eye behind the part sees it."""
    width, height = (round(side * scale) for side in mesh.extents[:2])
    picture = Image.new("L", (width, height))
    draw = ImageDraw.Draw(picture)
    ground = np.isclose(mesh.vertices[:, 2], depth, atol=1e-4)
    for face in mesh.faces[ground[mesh.faces].all(axis=1)]:
        x, y = mesh.vertices[face, :2].T.astype(float)
        # The viewer has gone around the part: its right is on the left.
        draw.polygon(
            [
                ((mesh.extents[0] - a) * scale, height - b * scale)
                for a, b in zip(x, y, strict=True)
            ],
            255,
        )
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
    font = ImageFont.truetype(FONT, 200, layout_engine=ImageFont.Layout.BASIC)
    drawn = Image.new("L", (2400, 700))
    ImageDraw.Draw(drawn).multiline_text((60, 60), text, 255, font=font, align="center", spacing=50)
    known = np.asarray(drawn, dtype=np.float64)
    known = known[box_of(known)]
    assert seen.shape[1] / seen.shape[0] == pytest.approx(known.shape[1] / known.shape[0], rel=0.02)
    fitted = np.asarray(
        Image.fromarray(known.astype(np.uint8)).resize(seen.shape[::-1]), dtype=np.float64
    )
    right = np.corrcoef(seen.ravel(), fitted.ravel())[0, 1]
    wrong = np.corrcoef(seen[:, ::-1].ravel(), fitted.ravel())[0, 1]
    assert right > 0.95
    assert wrong < 0.6


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
    ground = np.isclose(mesh.vertices[:, 2], 0.6, atol=1e-3)
    letters = mesh.vertices[ground]
    assert len(letters) > 500
    # 1.5 mm to the edge stay: moved that far in any direction the letters are still inside.
    section = known.section(plane_origin=[0, 0, 4.5], plane_normal=[0, 0, 1])
    assert section is not None
    from scipy.spatial import cKDTree

    points = np.concatenate(
        [
            np.linspace(a, b, 40)[:, :2]
            for line in section.entities
            for a, b in zip(
                section.vertices[line.points[:-1]], section.vertices[line.points[1:]], strict=True
            )
        ]
    )
    assert np.min(cKDTree(points).query(letters[:, :2])[0]) > 1.4


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
    assert mesh.relief.sum() > 100
    corners = mesh.vertices[mesh.faces[mesh.relief]]
    middles = (corners + np.roll(corners, 1, axis=1)) / 2
    x, _, z = np.moveaxis(middles.reshape(-1, 3) - np.array(mesh.extents) / 2, -1, 0)
    assert (outside - np.hypot(x, z)).max() < 0.0101


@pytest.mark.parametrize("frame", [0.0, 5.0])
def test_a_tube_is_a_closed_ring_with_the_relief_outside(frame: float) -> None:
    field = waves(60, 90)
    mesh = one(field, bend="tube", thickness_mm=(1.0, 3.0), frame_mm=frame, frame_height_mm=1)
    checked(mesh, euler=0)
    plain = part(field, ReliefSettings(), (1.0, 3.0))
    outside = 100 / (2 * np.pi)
    used = np.unique(mesh.faces[mesh.relief])
    rows, cols = plain.shape
    row, col = (1 - mesh.uv[used, 1]) * (rows - 1), mesh.uv[used, 0] * (cols - 1)
    corner = (abs(row - np.rint(row)) < 1e-4) & (abs(col - np.rint(col)) < 1e-4)
    used, row, col = (item[corner] for item in (used, row, col))
    assert len(used) > 3000
    top = plain.z[np.rint(row).astype(int), np.rint(col).astype(int)].astype(np.float64)
    around = (mesh.uv[used, 0].astype(np.float64) - 0.5) * 2 * np.pi
    x, y, z = mesh.vertices[used].astype(np.float64).T
    # Everywhere the same axis and inner radius, however high the relief.
    for place, way in ((x, np.sin(around)), (z, np.cos(around))):
        known = np.column_stack([np.ones(len(used)), way])
        (_, inner), *_ = np.linalg.lstsq(known, place - top * way, rcond=None)
        rest = place - top * way - known @ np.linalg.lstsq(known, place - top * way, rcond=None)[0]
        assert abs(rest).max() < 2e-3
        assert inner + top.max() <= outside + 1e-3
        assert inner + plain.z.max() >= outside - 1e-3
    assert mesh.extents[1] == pytest.approx(200 / 3, abs=0.01)
    assert max(mesh.extents[0], mesh.extents[2]) <= 2 * outside + 1e-3
    assert y.min() >= frame - 1e-3


def tiles() -> list[Finished]:
    return made(
        waves(), bed_x_mm=40, bed_y_mm=35, pin_mm=1.85, back_text="tiles", hanging_hole_mm=0
    )


def test_tiles_fit_the_bed_and_make_up_the_whole() -> None:
    found = tiles()
    assert [(tile.row, tile.column) for tile in found] == [
        (r, c) for r in (0, 1) for c in (0, 1, 2)
    ]
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
    volume = sum(checked(tile).volume for tile in found)
    # Two pins in each of the 4 upright and the 3 level pieces of the seams.
    count = (checked(whole).volume - volume) / (np.pi * (1.85 / 2) ** 2 * 5 * 1.85)
    assert count == pytest.approx(14, rel=0.02)


def seam(tile: Finished, axis: int, place: np.float32) -> tuple[set[tuple[float, ...]], Points]:
    """Return the vertices of a tile in a plane, and its edges there as (n, 2, 2)."""
    flat_there = (tile.vertices[:, axis] == place)[tile.faces].all(axis=1)
    corners = np.delete(tile.vertices[tile.faces[flat_there]], axis, axis=2).astype(np.float64)
    edges = np.stack([corners, np.roll(corners, 1, axis=1)], axis=2).reshape(-1, 2, 2)
    return {tuple(p) for p in corners.reshape(-1, 2).tolist()}, edges


def test_the_seams_of_two_tiles_are_the_same() -> None:
    found = {(tile.row, tile.column): tile for tile in tiles()}
    compared = 0
    for (row, column), tile in found.items():
        for axis, other in ((0, found.get((row, column + 1))), (1, found.get((row - 1, column)))):
            if other is None:
                continue
            end = np.float32(other.position_mm[axis] - tile.position_mm[axis])
            here, there = seam(tile, axis, end), seam(other, axis, np.float32(0))
            # To the last bit, but for needless vertices on straight edges.
            assert len(here[0] & there[0]) > 100
            for points, edges in ((here[0], there[1]), (there[0], here[1])):
                for point in points:
                    assert away(np.array(point), edges) < MICRON / 10
            compared += 1
    assert compared == 7


def away(point: Points, edges: Points) -> float:
    """Return the distance of a point from the nearest of some edges."""
    along = edges[:, 1] - edges[:, 0]
    share = np.einsum("ij,ij->i", point - edges[:, 0], along) / (along**2).sum(axis=1)
    nearest = edges[:, 0] + np.clip(share, 0, 1)[:, None] * along
    return float(np.linalg.norm(nearest - point, axis=1).min())


def test_a_part_that_fits_the_bed_is_not_split() -> None:
    assert len(made(flat(), bed_x_mm=100, bed_y_mm=67)) == 1
    assert len(made(flat(), bed_x_mm=99.9)) == 2


def solid(mesh: trimesh.Trimesh) -> Manifold:
    return Manifold(Mesh64(np.array(mesh.vertices, np.float64), np.array(mesh.faces, np.uint64)))


@pytest.mark.parametrize("outline", ["rectangle", "circle", "subject"])
@pytest.mark.parametrize("frame", [0.0, 4.0])
def test_what_is_cast_in_the_mould_is_the_part(outline: str, frame: float) -> None:
    wanted = {"outline": outline, "frame_mm": frame, "frame_height_mm": 12}
    mask = letter_mask()
    positive = one(waves(), subject=mask, **wanted)
    mould = one(waves(), subject=mask, mould_box=True, **wanted)
    checked(mould, euler=2)
    # Plaster fills the box up to the ledge, 3 mm below the rim, and is turned over.
    level = mould.extents[2] - 3
    box = solid(trimesh.convex.convex_hull(mould.vertices.astype(np.float64)))
    filled = box.trim_by_plane((0, 0, -1), -level) - solid(to_trimesh(mould))
    cast = filled.rotate((0, 180, 0)).translate((mould.extents[0], 0, level))
    # The cavity is wider than the part by the draft, alike all around.
    low, high = (np.array(ends) for ends in (cast.bounding_box()[:3], cast.bounding_box()[3:]))
    margin = (high - low - positive.extents) / 2
    assert high[2] - low[2] == pytest.approx(positive.extents[2], abs=1e-3)
    part_there = solid(to_trimesh(positive)).translate((*(low + margin)[:2], 0))
    assert (part_there - cast).volume() < 2e-4 * part_there.volume()
    edge = (cast - part_there).volume()
    assert 0 < edge < 0.06 * part_there.volume()
    assert (cast - part_there).trim_by_plane((0, 0, 1), 5 + frame * 3 + 1e-3).volume() < 0.5
    mirrored = part_there.mirror((1, 0, 0)).translate((low[0] + high[0], 0, 0))
    assert (mirrored - cast).volume() > edge


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
