"""The app without a browser: what its controls do to the relief. In a browser: test_app_*.py."""

from __future__ import annotations

import asyncio
import io
import os
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from relief_widget import Relief, ReliefApp, ReliefError, example_photos
from relief_widget.depth import DepthMap
from relief_widget.depth.depth_map import Style
from relief_widget.depth.quality import QualityReport
from relief_widget.depth.quality.tone import Levels
from relief_widget.image.photo import Photo
from tests.support.comm import tell, upload

EXAMPLE = example_photos()["cat"].read_bytes()


@pytest.fixture(scope="module")
def photo() -> Image.Image:
    """A small photo of a bright disc on dark ground, with something of a texture."""
    y, x = np.mgrid[:180, :240]
    disc = np.hypot(x - 120, y - 90) < 60
    texture = np.random.default_rng(0).normal(0, 6, disc.shape)
    grey = np.clip(np.where(disc, 190 - 0.4 * np.hypot(x - 120, y - 90), 60) + texture, 0, 255)
    return Image.fromarray(np.dstack([grey, grey * 0.9, grey * 0.7]).astype(np.uint8))


@pytest.fixture
def app(photo: Image.Image) -> ReliefApp:
    return ReliefApp(photo)


def relief_of(app: ReliefApp) -> Relief:
    assert app.relief is not None
    return app.relief


def assert_shown(app: ReliefApp) -> None:
    """The heights in the view are those of the relief."""
    expected = relief_of(app).heights
    shown = np.frombuffer(app.viewer.heights, "<u2").reshape(expected.shape)
    np.testing.assert_allclose(shown / 65535, expected, atol=1e-5)


def test_it_opens_on_its_examples() -> None:
    app = ReliefApp()
    assert app.relief is None
    assert "is-empty" in app.get_state()["_dom_classes"]
    assert app.frame.status == "ready"
    assert {item["name"] for item in app.header.upload.examples} <= set(example_photos())


def test_a_photo_becomes_a_relief_at_once(app: ReliefApp) -> None:
    assert relief_of(app).heights.max() == 1
    assert "is-empty" not in app.get_state()["_dom_classes"]
    assert app.frame.status.endswith("ready")
    assert app.viewer.shape == relief_of(app).heights.shape
    assert len(app.viewer.heights) == 2 * relief_of(app).heights.size


def test_an_example_opens_as_its_picture_shows_it() -> None:
    app = ReliefApp()
    app.session.example("flower")
    assert relief_of(app).settings.material == "metallic_bronze"
    assert app.viewer.material == "metallic_bronze"
    assert app.controls.values()["depth_intensity"] == 0.12


def test_controls_make_another_relief_of_the_same_depth_map(app: ReliefApp) -> None:
    before = relief_of(app)
    shown = app.viewer.heights
    app.controls.widgets["depth_intensity"].value = 0.2
    assert relief_of(app).settings.depth_intensity == 0.2
    assert app.viewer.heights == shown
    app.controls.widgets["smoothing"].value = 8.0
    assert app.viewer.heights != shown
    assert relief_of(app).depth_map is before.depth_map
    np.testing.assert_array_equal(
        relief_of(app).heights, before.replace(depth_intensity=0.2, smoothing=8.0).heights
    )


def test_a_damaged_photo_leaves_the_last_relief(app: ReliefApp) -> None:
    before = relief_of(app)
    app.session.open(b"this is no picture", "notes.txt")
    assert relief_of(app) is before
    assert "picture" in app.frame.error
    assert app.frame.status.endswith("ready")
    app.session.example("cat")
    assert app.frame.error == ""


def test_a_photo_that_cannot_be_opened_at_the_start_is_an_error() -> None:
    with pytest.raises(ReliefError):
        ReliefApp(b"this is no picture")
    with pytest.raises(ReliefError):
        ReliefApp(smoothing=99)


def test_undo_and_redo_also_bring_back_source_and_mask(app: ReliefApp) -> None:
    first = relief_of(app)
    app.session.paint(np.ones((180, 240), np.float32))
    masked = relief_of(app)
    app.source.source.value = "luminance"
    assert not np.array_equal(relief_of(app).heights, masked.heights)
    app.header.undo.click()
    assert relief_of(app) is masked
    assert app.source.source.value == "detailed"
    app.header.undo.click()
    assert relief_of(app) is first
    assert app.header.undo.disabled
    app.header.redo.click()
    assert relief_of(app) is masked


def test_reset_all_returns_to_the_defaults(app: ReliefApp) -> None:
    app.controls.widgets["mode"].value = "planar"
    app.controls.widgets["smoothing"].value = 4.0
    app.header.reset.click()
    assert relief_of(app).settings.mode == "solid"
    assert app.controls.widgets["smoothing"].value == 0
    app.header.undo.click()
    assert relief_of(app).settings.smoothing == 4.0


def test_a_lithophane_is_lit_from_behind_and_leaves_no_trace(app: ReliefApp) -> None:
    app.controls.widgets["material"].value = "ceramic"
    app.source.source.value = "lithophane"
    assert relief_of(app).source.thickness_mm == (0.8, 3.0)
    assert app.viewer.material == "translucent_resin"
    assert app.viewer.attenuation_per_mm == pytest.approx(0.9)
    assert app.controls.widgets["depth_intensity"].disabled
    assert app.controls.widgets["smoothing"].disabled
    assert not app.controls.widgets["mesh_quality"].disabled
    app.source.tones["max_mm"].value = 4.0
    assert relief_of(app).source.thickness_mm == (0.8, 4.0)
    app.source.source.value = "organic"
    assert relief_of(app).source.thickness_mm is None
    assert app.viewer.material == "ceramic"
    assert not app.controls.widgets["smoothing"].disabled


def test_impossible_tones_are_a_sentence(app: ReliefApp) -> None:
    app.source.source.value = "lithophane"
    before = relief_of(app)
    app.source.tones["min_mm"].value = 9.0
    assert app.frame.error
    assert relief_of(app) is before


def test_ones_own_depth_map_takes_the_photos_place(app: ReliefApp) -> None:
    x = np.mgrid[:180, :240][1]
    ramp = Image.fromarray((x * 65535 // 239).astype(np.uint16))
    data = io.BytesIO()
    ramp.save(data, "PNG")
    before = relief_of(app)
    app.source.source.value = "depth_map"
    assert relief_of(app) is before
    app.session.use(source="depth_map", depth_map=data.getvalue())
    depth_map = relief_of(app).depth_map
    assert depth_map is not None
    np.testing.assert_allclose(depth_map.values, x / 239, atol=0.5 / 239)


def test_turning_and_cropping_make_the_relief_of_that_part(app: ReliefApp) -> None:
    app.crop.left.click()
    photo = relief_of(app).photo
    assert photo is not None
    assert photo.size == (180, 240)
    tell(app.crop.editor, {"kind": "crop", "crop": [0.0, 0.0, 1.0, 0.5]})
    app.crop.apply.click()
    photo = relief_of(app).photo
    assert photo is not None
    assert photo.size == (180, 120)
    app.crop.right.click()
    turned = relief_of(app).photo
    assert turned is not None
    np.testing.assert_array_equal(turned.pixels, np.rot90(photo.pixels, -1))
    tell(app.crop.editor, {"kind": "crop", "crop": [0.0, 0.0, 1.0, 1.0]})
    app.crop.apply.click()
    whole = relief_of(app).photo
    assert whole is not None
    assert whole.size == (240, 180)


def test_another_photo_is_looked_at_first(app: ReliefApp, photo: Image.Image) -> None:
    app.view.modes.mode = "subject"
    app.controls.widgets["depth_intensity"].value = 0.2
    app.subject.editor.edits += 1
    assert app.view.modes.mode == "subject"
    app.session.open(photo.transpose(Image.Transpose.ROTATE_90))
    assert app.view.modes.mode == "view"


def test_a_photo_is_straightened_and_cut_round(app: ReliefApp) -> None:
    tell(app.crop.editor, {"kind": "crop", "crop": [0.0, 0.0, 1.0, 1.0], "tilt": 12.5})
    app.crop.apply.click()
    photo, original = relief_of(app).photo, app.session.inputs.original
    assert photo is not None
    assert original is not None
    np.testing.assert_array_equal(photo.pixels, original.straightened(12.5).pixels)
    assert app.crop.apply.disabled
    app.crop.editor.proportions = "round"
    tell(app.crop.editor, {"kind": "crop", "crop": [0.125, 0.0, 0.875, 1.0], "tilt": 12.5})
    app.crop.apply.click()
    photo = relief_of(app).photo
    assert photo is not None
    assert photo.width == pytest.approx(photo.height, abs=1)
    assert relief_of(app).settings.outline == "circle"
    # One step of undo, as it was one press.
    app.session.undo()
    assert relief_of(app).settings.outline == "rectangle"
    assert app.crop.editor.crop == (0.0, 0.0, 1.0, 1.0)
    app.session.redo()
    app.crop.editor.proportions = "free"
    app.crop.apply.click()
    assert relief_of(app).settings.outline == "rectangle"


def test_undo_takes_back_a_crop_that_is_not_applied_yet(app: ReliefApp) -> None:
    undo, redo = ({"kind": kind} for kind in ("undo", "redo"))
    editor, whole = app.crop.editor, (0.0, 0.0, 1.0, 1.0)
    app.controls.widgets["size_mm"].value = 60
    app.view.modes.mode = "crop"
    tell(editor, {"kind": "crop", "crop": list(whole), "tilt": 4.0})
    tell(editor, {"kind": "crop", "crop": [0.1, 0.0, 1.0, 1.0], "tilt": 4.0})
    tell(app.frame, undo)
    assert (editor.crop, editor.tilt) == (whole, 4.0)
    assert not app.crop.apply.disabled
    tell(app.frame, undo)
    assert (editor.crop, editor.tilt) == (whole, 0.0)
    assert app.crop.apply.disabled
    assert relief_of(app).settings.size_mm == 60
    tell(app.frame, redo)
    assert editor.tilt == 4.0
    app.crop.apply.click()
    assert app.session.inputs.tilt == 4.0
    # What was applied is a step of the app.
    tell(app.frame, undo)
    assert app.session.inputs.tilt == editor.tilt == 0.0
    tell(app.frame, undo)
    assert relief_of(app).settings.size_mm == 100


def test_nothing_of_a_photo_is_written_to_the_disk(
    photo: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    real = os.open

    def watched(path: str, flags: int, *rest: int, **more: int) -> int:
        if flags & (os.O_WRONLY | os.O_RDWR):
            written.append(path)
        return real(path, flags, *rest, **more)

    monkeypatch.setattr(os, "open", watched)
    data = io.BytesIO()
    photo.save(data, "PNG")
    app = ReliefApp()
    app.session.open(data.getvalue(), "disc.png")
    app.controls.widgets["smoothing"].value = 3.0
    assert relief_of(app).heights.max() == 1
    assert written == []


def test_the_event_loop_stays_free_while_the_depth_is_estimated(photo: Image.Image) -> None:
    """Photo and heights are worked on in threads; the newest setting is the one that ends up."""

    async def session() -> tuple[ReliefApp, int, list[int]]:
        app = ReliefApp(photo)
        turns = 0
        threads: list[int] = []
        app.frame.observe(lambda _: threads.append(threading.get_ident()), "status")
        for value in (2.0, 4.0, 6.0):
            app.controls.widgets["smoothing"].value = value
        async with asyncio.timeout(60):
            while not app.frame.status.endswith("ready"):
                turns += 1
                await asyncio.sleep(0)
        return app, turns, threads

    app, turns, threads = asyncio.run(session())
    assert turns > 1
    assert set(threads) == {threading.get_ident()}
    assert relief_of(app).settings.smoothing == 6.0
    assert_shown(app)


def test_a_material_that_was_chosen_stays_when_another_photo_opens(app: ReliefApp) -> None:
    app.controls.widgets["material"].value = "translucent_resin"
    app.session.open(EXAMPLE, "again.png")
    assert relief_of(app).settings.material == "translucent_resin"


def test_the_check_is_made_while_it_is_looked_at_and_mends_what_it_finds(app: ReliefApp) -> None:
    assert app.check.report.value == ""
    app.controls.widgets["base_thickness"].value = 0.01
    app.controls.widgets["size_mm"].value = 40.0
    app.check.look(True)
    assert "Thinnest wall" in app.check.report.value
    buttons = {button.description: button for button in app.check.actions.children}
    buttons["Mend: Thinnest wall"].click()
    assert relief_of(app).settings.base_thickness > 0.01
    assert "Mend: Thinnest wall" not in [b.description for b in app.check.actions.children]
    app.header.undo.click()
    # A plate of 1 mm: it did not become thinner when the part became smaller.
    assert relief_of(app).settings.base_thickness == 0.025
    app.check.look(False)


def test_places_that_a_check_found_are_painted_and_go_with_the_next_change(
    photo: Image.Image,
) -> None:
    # Small, deep and with its full step, so that no tool reaches everywhere.
    app = ReliefApp(photo, size_mm=20.0, depth_intensity=0.3, compression=0.0)
    app.check.look(True)
    app.check.target.value = "cnc"
    show = next(b for b in app.check.actions.children if b.description == "Show: Ball-nose tool")
    show.value = True
    marks = np.frombuffer(app.viewer.marks, np.uint8).reshape(app.viewer.marks_shape)
    assert marks.shape == relief_of(app).heights.shape
    assert 0 < (marks == 255).mean() < 1
    show.value = False
    assert app.viewer.marks == b""
    show.value = True
    app.controls.widgets["smoothing"].value = 2.0
    assert app.viewer.marks == b""
    app.source.source.value = "lithophane"
    assert app.check.target.value == "lithophane"


def test_a_project_opens_as_it_was_saved(app: ReliefApp) -> None:
    app.controls.widgets["depth_intensity"].value = 0.22
    app.controls.widgets["smoothing"].value = 3.0
    app.session.paint(np.tri(180, 240, dtype=np.float32))
    saved, before = relief_of(app).project(), relief_of(app)
    other = ReliefApp()
    other.session.open(saved, "disc.relief")
    opened = relief_of(other)
    assert other.frame.error == ""
    assert opened.settings == before.settings
    np.testing.assert_array_equal(opened.heights, before.heights)
    assert other.controls.values()["depth_intensity"] == 0.22
    assert other.source.source.value == "detailed"
    # And it goes on from there.
    other.source.source.value = "lithophane"
    other.session.open(relief_of(other).project(), "again.relief")
    assert other.source.source.value == "lithophane"
    assert relief_of(other).source.thickness_mm == (0.8, 3.0)
    other.session.open(saved[:-50], "broken.relief")
    assert other.frame.error
    assert other.source.source.value == "lithophane"


def test_what_a_browser_keeps_brings_back_the_newest_settings(photo: Image.Image) -> None:
    async def session() -> tuple[bytes, str]:
        app = ReliefApp(photo)
        announced: list[str] = []
        app.autosave.observe(lambda change: announced.append(change["new"]), "revision")
        async with asyncio.timeout(60):
            while not any(announced):
                await asyncio.sleep(0.01)
        file = relief_of(app).project()
        app.controls.widgets["depth_intensity"].value = 0.22
        app.controls.widgets["frame_mm"].value = 4.0
        newest = app.autosave.settings
        # Settings alone do not ask for the file again; a new photo does, and until it is there
        # the settings that are kept are those of the one before.
        assert len(announced) == 1
        app.session.open(EXAMPLE, "cat.png")
        async with asyncio.timeout(60):
            while app.viewer.name != "cat":
                await asyncio.sleep(0.01)
        assert announced[1] == ""
        async with asyncio.timeout(60):
            while len(announced) < 3:
                await asyncio.sleep(0.01)
        assert announced[2] not in ("", announced[0])
        return file, newest

    file, newest = asyncio.run(session())
    other = ReliefApp()
    upload(other.header.upload, "disc.relief", file, newest)
    assert relief_of(other).settings.depth_intensity == 0.22
    assert other.controls.values()["frame_mm"] == 4.0
    for unreadable in ("[", '{"depth_intensity": 9e9}', '{"colour": 1}', "3"):
        upload(other.header.upload, "disc.relief", file, unreadable)
        assert relief_of(other).settings.depth_intensity == 0.1
        assert "cannot be read" in other.frame.status


def test_a_browser_that_keeps_nothing_is_a_sentence(app: ReliefApp) -> None:
    app.autosave.problem = "QuotaExceededError"
    assert "Save it as a project" in app.frame.error


def test_ones_own_depth_map_survives_a_project(app: ReliefApp) -> None:
    x = np.mgrid[:180, :240][1]
    data = io.BytesIO()
    Image.fromarray((x / 239).astype(np.float32)).save(data, "TIFF")
    app.session.use(source="depth_map", depth_map=data.getvalue())
    saved = relief_of(app).project()
    other = ReliefApp()
    other.session.open(saved, "ramp.relief")
    assert other.source.source.value == "depth_map"
    np.testing.assert_array_equal(relief_of(other).heights, relief_of(app).heights)
    other.session.paint(np.ones((180, 240), np.float32))
    assert other.frame.error == ""


def test_a_finished_object_is_shown_follows_and_goes(app: ReliefApp) -> None:
    assert app.viewer.object == b""
    app.controls.widgets["outline"].value = "circle"
    coin = app.viewer.object
    vertices, faces = np.frombuffer(coin[:8], "<u4")
    assert len(coin) == 8 + 20 * vertices + 13 * faces
    points = np.frombuffer(coin[8 : 8 + 12 * vertices], "<f4").reshape(-1, 3)
    np.testing.assert_allclose(np.ptp(points, axis=0)[:2], 100, atol=0.01)
    app.controls.widgets["frame_mm"].value = 6.0
    framed = app.viewer.object
    assert framed != coin
    app.controls.widgets["depth_intensity"].value = 0.05
    lower = app.viewer.object
    assert lower != framed
    # The last one that could be made stays.
    app.controls.widgets["bend"].value = "tube"
    assert "does not go with" in app.frame.error
    assert app.viewer.object == lower
    app.controls.widgets["bend"].value = "flat"
    assert app.frame.error == ""
    assert app.viewer.object != b""
    app.header.undo.click()
    app.header.undo.click()
    app.header.reset.click()
    assert app.viewer.object == b""


def test_what_belongs_to_another_setting_appears_with_it(app: ReliefApp) -> None:
    row = app.controls.rows["polygon_sides"]
    assert row.layout.display == "none"
    app.controls.widgets["outline"].value = "polygon"
    assert row.layout.display == ""


def test_lengths_are_set_in_millimetres_and_inches(app: ReliefApp) -> None:
    lengths = app.size.lengths
    assert (lengths["width_mm"].value, lengths["height_mm"].value) == (100, 75)
    lengths["height_mm"].value = 60
    assert relief_of(app).part.extents[:2] == pytest.approx((80, 60), abs=0.01)
    lengths["relief_mm"].value = 6
    lengths["base_mm"].value = 4
    assert relief_of(app).part.extents[2] == pytest.approx(10, abs=0.01)
    assert app.controls.values()["size_mm"] == 80
    app.size.unit.value = 25.4
    assert lengths["width_mm"].value == pytest.approx(3.15)
    before = relief_of(app)
    assert relief_of(app) is before
    lengths["width_mm"].value = 4
    assert relief_of(app).part.extents[0] == pytest.approx(101.6, abs=0.01)
    lengths["relief_mm"].value = 9
    assert app.frame.error == "Relief height cannot be 9 in at this size. Give 0 in to 1.2 in."
    assert lengths["relief_mm"].value == pytest.approx(6 / 25.4, abs=1e-4)
    assert relief_of(app).part.extents[0] == pytest.approx(101.6, abs=0.01)
    app.header.undo.click()
    assert relief_of(app).settings.size_mm == 80
    app.source.source.value = "lithophane"
    assert lengths["relief_mm"].disabled


def test_what_is_typed_in_millimetres_stays_so_at_every_size(
    app: ReliefApp, tmp_path: Path
) -> None:
    lengths = app.size.lengths
    lengths["relief_mm"].value, lengths["base_mm"].value = 3.3, 0.8
    for name, value in (("width_mm", 80), ("height_mm", 33.3), ("width_mm", 77.7)):
        lengths[name].value = value
        assert (lengths["relief_mm"].value, lengths["base_mm"].value) == (3.3, 0.8)
    app.controls.widgets["size_mm"].value = 250
    app.controls.widgets["smoothing"].value = 2
    app.header.undo.click()
    assert (lengths["relief_mm"].value, lengths["base_mm"].value) == (3.3, 0.8)
    assert relief_of(app).part.extents[2] == pytest.approx(4.1, abs=1e-5)
    path = relief_of(app).save(tmp_path / "kept.relief")
    again = ReliefApp()
    again.session.open(path)
    assert again.size.lengths["relief_mm"].value == 3.3
    assert again.size.lengths["base_mm"].value == 0.8


def test_typed_lengths_stay_as_typed_and_computed_ones_are_rounded(app: ReliefApp) -> None:
    lengths, size = app.size.lengths, app.controls.widgets["size_mm"]
    # 100 mm × 44 / 64, less what the crop rounds to whole pixels.
    app.session.crop(crop=(0.0, 0.1, 1.0, 0.9833))
    width, height = (lengths[name].value for name in ("width_mm", "height_mm"))
    assert width == 100
    assert height == round(height, 2) == pytest.approx(66.25, abs=0.6)
    lengths["height_mm"].value = 44.1875
    assert lengths["height_mm"].value == 44.1875
    assert lengths["width_mm"].value == round(lengths["width_mm"].value, 2)
    assert size.value == round(size.value, 2)
    app.header.undo.click()
    app.header.redo.click()
    assert lengths["height_mm"].value == 44.1875


def test_what_no_machine_reaches_is_refused_unless_it_is_made_in_tiles(app: ReliefApp) -> None:
    before = relief_of(app).settings
    for name, value in (("width_mm", 10_000), ("height_mm", 5000)):
        app.size.lengths[name].value = value
        assert "no common machine reaches that far" in app.frame.error
        assert "at most 3000 mm" in app.frame.error
        assert relief_of(app).settings == before
        assert app.size.lengths[name].value in (100, 75)
    app.controls.widgets["size_mm"].value = 3001
    assert app.controls.widgets["size_mm"].value == 100
    app.session.replace(bed_x_mm=2000.0, mesh_quality=128)
    app.controls.widgets["size_mm"].value = 4000
    assert relief_of(app).settings.size_mm == 4000
    assert not app.frame.error


def test_a_height_that_cannot_be_kept_is_said(app: ReliefApp) -> None:
    app.size.lengths["width_mm"].value = 20
    assert "Relief height is 6 mm now, the most at this size" in app.frame.status
    assert relief_of(app).part.extents[2] == pytest.approx(11)
    app.header.undo.click()
    assert relief_of(app).part.extents == pytest.approx((100, 75, 15), abs=0.01)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("width_mm", -5, "Width cannot be -5 mm. Give 1 mm to 10000 mm."),
        ("base_mm", 51, "Base height cannot be 51 mm at this size. Give 0.01 mm to 50 mm."),
        ("relief_mm", 30.5, "Relief height cannot be 30.5 mm at this size. Give 0 mm to 30 mm."),
    ],
)
def test_a_length_out_of_range_changes_nothing(
    app: ReliefApp, name: str, value: float, words: str
) -> None:
    before, field = relief_of(app).settings, app.size.lengths[name]
    good = field.value
    field.value = value
    assert app.frame.error == words
    assert field.value == good
    assert relief_of(app).settings == before


@pytest.fixture
def empty(photo: Image.Image) -> ReliefApp:
    """The app with a picture that has no subject: stripes."""
    stripes = 128 + 100 * np.sin(np.arange(photo.height) / 6)
    return ReliefApp(np.repeat(stripes.astype(np.uint8)[:, None], photo.width, axis=1))


def paint(app: ReliefApp, mask: np.ndarray | None, *, active: bool = True) -> None:
    """Edit the mask as the browser tells of it; None: nothing is marked any more."""
    editor = app.subject.editor
    data = b"" if mask is None else (mask * 255).astype(np.uint8).tobytes()
    editor.set_state({"mask": data, "active": active, "edits": editor.edits + 1})


def mask_of(app: ReliefApp) -> object:
    photo = relief_of(app).photo
    assert photo is not None
    return photo.mask


def state_of(app: ReliefApp) -> str:
    return app.subject.editor.subject


HALF = np.repeat(np.arange(240)[None] < 120, 180, axis=0).astype(np.float32)


def test_a_stroke_leaves_the_rest_of_the_mask_as_fine_as_it_was_found() -> None:
    app = ReliefApp(example_photos()["astronaut"].read_bytes())
    before = relief_of(app).depth_map
    assert before is not None
    assert before.mask is not None
    editor = app.subject.editor
    mask = np.frombuffer(editor.mask, np.uint8).reshape(editor.shape) / 255
    mask[:40, :40] = 1
    paint(app, mask)
    after = relief_of(app).depth_map
    assert after is not None
    assert after.mask is not None
    assert after.mask[5:30, 5:30].min() > 0.9
    np.testing.assert_array_equal(after.mask[60:], before.mask[60:])


def test_a_subject_can_be_painted_where_none_was_found(empty: ReliefApp) -> None:
    assert state_of(empty) == "none"
    assert "No clear subject was found" in empty.frame.status
    assert "No clear subject was found" in empty.subject.note.value
    before = relief_of(empty).heights
    paint(empty, HALF)
    np.testing.assert_array_equal(mask_of(empty), HALF)
    assert state_of(empty) == "marked"
    assert "subject was found" not in empty.frame.status + empty.subject.note.value
    paint(empty, None)
    assert mask_of(empty) is None
    assert state_of(empty) == "none"
    np.testing.assert_array_equal(relief_of(empty).heights, before)


def test_no_subject_is_off_whatever_was_there_and_goes_back_to_it(app: ReliefApp) -> None:
    editor, found = app.subject.editor, app.subject.editor.mask
    before = relief_of(app).heights
    assert state_of(app) == "marked"
    paint(app, np.frombuffer(found, np.uint8) / 255, active=False)
    assert mask_of(app) is False
    assert (state_of(app), editor.mask) == ("off", found)
    assert "subject was found" not in app.frame.status
    editor.set_state({"active": True, "edits": editor.edits + 1})
    # What was found is not taken for painted.
    assert mask_of(app) is None
    assert (state_of(app), editor.mask) == ("marked", found)
    np.testing.assert_array_equal(relief_of(app).heights, before)
    app.header.undo.click()
    assert state_of(app) == "off"


def test_painting_goes_on_while_its_relief_is_made(app: ReliefApp) -> None:
    """What comes back of a mask that was painted does not replace what was painted since."""
    editor = app.subject.editor
    ramp = np.repeat(np.linspace(0, 1, 240)[None], 180, axis=0)
    paint(app, ramp)
    sent = editor.mask
    assert sent == (ramp * 255).astype(np.uint8).tobytes()
    assert state_of(app) == "marked"


@pytest.mark.parametrize("source", ["detailed", "luminance", "depth_map"])
def test_the_subject_is_found_from_every_state(app: ReliefApp, source: str) -> None:
    editor = app.subject.editor
    found = np.frombuffer(editor.mask, np.uint8)
    data = io.BytesIO()
    Image.fromarray(np.mgrid[:180, :240][1].astype(np.uint8)).save(data, "PNG")
    app.session.use(source=source, depth_map=data.getvalue())
    for mask, active in ((HALF, True), (HALF, False), (None, True), (None, False)):
        paint(app, mask, active=active)
        tell(app.subject.editor, {"kind": "automatic"})
        assert state_of(app) == "marked"
        assert np.abs(np.frombuffer(editor.mask, np.uint8) - found.astype(int)).max() <= 1
        assert app.frame.status.startswith("Search for the subject in ")


@pytest.mark.parametrize("source", ["organic", "luminance"])
def test_a_search_in_vain_is_said(empty: ReliefApp, source: str) -> None:
    empty.source.source.value = source
    paint(empty, HALF)
    tell(empty.subject.editor, {"kind": "automatic"})
    assert state_of(empty) == "none"
    assert empty.frame.status.endswith(
        " · No clear subject was found, so the whole picture is shaped · ready"
    )


def test_off_survives_a_project_and_can_be_left(app: ReliefApp) -> None:
    found = app.subject.editor.mask
    paint(app, HALF, active=False)
    other = ReliefApp()
    other.session.open(relief_of(app).project(), "off.relief")
    editor = other.subject.editor
    assert state_of(other) == "off"
    editor.set_state({"active": True, "edits": editor.edits + 1})
    assert state_of(other) == "marked"
    assert mask_of(other) is None
    paint(other, HALF)
    again = ReliefApp()
    again.session.open(relief_of(other).project(), "painted.relief")
    assert again.subject.editor.mask == (HALF * 255).astype(np.uint8).tobytes()
    tell(again.subject.editor, {"kind": "automatic"})
    assert mask_of(again) is None
    assert again.subject.editor.mask == found


def test_what_any_provider_doubts_is_shown_until_something_else_is_done(app: ReliefApp) -> None:
    levels = Levels(256, 8.0, 1.0, 0.0)
    report = QualityReport(levels, levels, warnings=("The picture is <dark>. Light it.", "And so."))

    def provider(photo: Photo, style: Style) -> DepthMap:
        return DepthMap(photo.luminance(), mask=HALF, style=style, report=report)

    app.session.generate(lambda _, **__: provider, source="onnx")
    # One sentence in the line, all of them with the subject.
    assert app.frame.status.endswith(" · The picture is <dark> · ready")
    note = app.subject.note.value
    assert "<li>The picture is &lt;dark&gt;. Light it.</li><li>And so.</li>" in note
    assert "dark" not in app.maps.report.value
    app.controls.widgets["smoothing"].value = 3.0
    assert app.frame.status == "ready"
    assert app.subject.note.value == note


STROKE = {
    "brush": "set",
    "points": [[0.5, 0.5, 1]],
    "size": 0.3,
    "strength": 1,
    "softness": 0,
    "height": 0.25,
    "symmetry": "none",
}


def test_a_stroke_on_the_view_shapes_the_relief(app: ReliefApp) -> None:
    shaper, before = app.shape.shaper, relief_of(app).heights
    assert not shaper.can_undo
    tell(shaper, {"kind": "stroke", "number": 3, "stroke": STROKE})
    rows, cols = before.shape
    assert relief_of(app).heights[rows // 2, cols // 2] == 0.25
    assert_shown(app)
    # So that the view knows that it need not make the stroke again.
    assert app.viewer.painted == 3
    assert shaper.taken == 3
    assert shaper.can_undo
    assert shaper.can_clear
    tell(shaper, {"kind": "undo"})
    np.testing.assert_array_equal(relief_of(app).heights, before)
    assert app.viewer.painted == 3
    assert not shaper.can_clear
    app.header.redo.click()
    tell(shaper, {"kind": "clear"})
    assert not relief_of(app).edits


def test_what_is_shaped_is_kept_in_the_browser(app: ReliefApp) -> None:
    tell(app.shape.shaper, {"kind": "stroke", "number": 1, "stroke": STROKE})
    app.shape.shaper.curve = [[0.0, 0.0], [0.5, 0.7], [1.0, 1.0]]
    made = relief_of(app)
    upload(app.header.upload, "again.relief", made.project(), app.autosave.settings)
    assert relief_of(app).source is not made.source
    assert relief_of(app).edits == made.edits
    np.testing.assert_array_equal(relief_of(app).heights, made.heights)
    assert app.shape.shaper.curve == [[0.0, 0.0], [0.5, 0.7], [1.0, 1.0]]


def test_the_histogram_is_of_the_heights_before_the_curve(app: ReliefApp) -> None:
    shaper = app.shape.shaper
    assert shaper.histogram == []
    shaper.in_sight = True
    found = shaper.histogram
    assert max(found) == 1
    shaper.curve = [[0.0, 0.0], [1.0, 0.4]]
    assert shaper.histogram == found
    app.controls.widgets["compression"].value = 0.1
    assert shaper.histogram != found


def test_why_subject_and_ground_are_off_stands_beside_them() -> None:
    flat = np.linspace(40, 200, 90 * 120).reshape(90, 120)
    flat += np.random.default_rng(0).normal(0, 9, flat.shape)
    app = ReliefApp(Image.fromarray(np.clip(flat, 0, 255).astype(np.uint8)).convert("RGB"))
    depth_map = relief_of(app).depth_map
    assert depth_map is not None
    reason = next(
        row
        for row in app.controls.groups["Depth"].children
        if "no subject" in getattr(row, "value", "")
    )
    app.session.paint(False)
    assert app.controls.widgets["ground_height"].disabled
    assert reason.layout.display == ""
    mask = np.zeros((90, 120), np.float32)
    mask[30:60, 40:80] = 1
    app.session.paint(mask)
    assert not app.controls.widgets["ground_height"].disabled
    assert reason.layout.display == "none"
