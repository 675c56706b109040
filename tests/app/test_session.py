"""The studio's state without any widget, in plain scripts and beside a running event loop."""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from relief_widget import Relief, ReliefSettings, example_photos, open_photo
from relief_widget.app.session import Kind, Session
from relief_widget.depth.depth_map import DepthMap, Style
from relief_widget.errors import DepthError
from relief_widget.heights import Stroke
from relief_widget.heights.edits import Brush
from relief_widget.image.photo import Photo
from relief_widget.project import dump, dump_settings, past
from tests.support.sessions import TIMEOUT, asked, opened, play, small_photo, until


@pytest.fixture(scope="module")
def photo() -> Image.Image:
    return small_photo()


@pytest.fixture
def session(photo: Image.Image) -> Session:
    made = Session()
    made.open(photo)
    return made


def relief_of(session: Session) -> Relief:
    assert session.relief is not None
    return session.relief


def told_by(session: Session) -> list[Kind]:
    told: list[Kind] = []
    for kind in ("relief", "height", "edits", "object", "body", "display", "inputs"):
        session.subscribe(lambda kind=kind: told.append(kind), kind)  # type: ignore[misc]  # mypy cannot infer the default
    return told


def test_it_needs_no_widgets() -> None:
    code = "import sys, relief_widget.app.session; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=TIMEOUT
    )
    assert not {"ipywidgets", "anywidget", "traitlets"} & set(run.stdout.split())


@pytest.mark.parametrize("kind", ["path", "bytes", "picture", "array", "photo"])
def test_any_photo_opens(kind: str) -> None:
    path = example_photos()["cat"]
    opened = open_photo(path)
    given: dict[str, Any] = {
        "path": path,
        "bytes": path.read_bytes(),
        "picture": Image.fromarray(opened.pixels),
        "array": opened.pixels,
        "photo": opened,
    }
    session = Session()
    session.open(given[kind])
    assert session.error == ""
    photo = relief_of(session).photo
    assert photo is not None
    np.testing.assert_array_equal(photo.pixels, opened.pixels)
    assert photo.name == {"path": "cat.jpg", "photo": "cat"}.get(kind, "photo")


def test_settings_wait_for_the_first_relief(photo: Image.Image) -> None:
    session = Session(ReliefSettings(depth_intensity=0.2))
    session.replace(smoothing=3.0)
    session.use(source="luminance")
    assert session.relief is None
    session.open(photo)
    settings = relief_of(session).settings
    assert (settings.depth_intensity, settings.smoothing) == (0.2, 3.0)
    assert session.settings is settings
    assert session.inputs.source == "luminance"


def test_a_change_is_told_by_what_it_reaches_farthest(session: Session) -> None:
    told = told_by(session)
    session.replace(material="ceramic")
    session.replace(size_mm=80.0, material="marble")
    session.replace(outline="circle", size_mm=60.0)
    session.replace(smoothing=2.0, size_mm=50.0)
    session.replace(smoothing=2.0)
    session.undo()
    assert told == ["display", "body", "object", "height", "relief"]


def test_a_failed_open_says_one_sentence_and_leaves_the_relief(session: Session) -> None:
    before, told = session.state, told_by(session)
    session.open(b"this is no picture", "notes.txt")
    assert session.state is before
    assert session.error.startswith("notes.txt ")
    assert "\n" not in session.error
    assert told == ["inputs"]
    session.say("Something else")
    assert session.error == ""


def test_a_setting_out_of_range_is_a_sentence(session: Session) -> None:
    before = session.state
    session.replace(depth_intensity=-1.0)
    assert session.state is before
    assert "depth_intensity" in session.error
    assert not session.history.can_undo


@pytest.mark.parametrize("error", [DepthError("The model is away.", "Try again."), OSError(5)])
def test_a_failing_provider_leaves_the_last_good_relief(
    session: Session, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    def provider(photo: Photo, style: Style) -> DepthMap:
        del photo, style
        raise error

    before = session.state
    session.generate(lambda *_, **__: provider, source="onnx")
    assert session.state is before
    assert not session.busy
    assert session.error == (
        "The model is away. Try again."
        if isinstance(error, DepthError)
        else "Something went wrong. The last relief is still here: try again, or undo."
    )
    # What nobody foresaw is for the log, too.
    assert bool(caplog.records) != isinstance(error, DepthError)


def test_undo_and_redo_walk_through_photos_sources_and_settings(
    session: Session, photo: Image.Image
) -> None:
    states = [session.state]
    session.replace(smoothing=2.0)
    states.append(session.state)
    session.use(source="luminance")
    states.append(session.state)
    session.open(photo.rotate(180), "turned.png")
    states.append(session.state)
    session.crop(turns=1, crop=(0.0, 0.0, 0.5, 1.0))
    states.append(session.state)
    for state in reversed(states[:-1]):
        session.undo()
        assert session.state is state
    assert not session.history.can_undo
    for state in states[1:]:
        session.redo()
        assert session.state is state
    assert not session.history.can_redo


def test_near_and_far_are_exchanged_in_one_step(session: Session, photo: Image.Image) -> None:
    cols, rows = photo.size
    ramp = np.linspace(0, 1, rows * cols, dtype=np.float32).reshape(rows, cols)
    buffer = io.BytesIO()
    np.save(buffer, ramp)
    session.use(source="depth_map", depth_map=buffer.getvalue())
    bright = relief_of(session).heights
    session.turn_depth("dark")
    turned = relief_of(session)
    assert turned.settings.invert is False
    assert np.corrcoef(turned.heights.ravel(), bright.ravel())[0, 1] < -0.9
    session.undo()
    assert session.inputs.near == "bright"
    np.testing.assert_array_equal(relief_of(session).heights, bright)


def test_reset_is_a_plain_relief_again(session: Session) -> None:
    session.make("coin")
    session.reset()
    assert session.making == ""
    assert session.settings == ReliefSettings()
    session.undo()
    assert session.making == "coin"


def test_a_project_goes_on_as_it_was_saved(session: Session) -> None:
    session.replace(depth_intensity=0.22)
    session.paint(np.tri(90, 120, dtype=np.float32))
    file = io.BytesIO(relief_of(session).project())
    other = Session()
    other.open(file.getvalue(), "disc.relief")
    assert other.error == ""
    assert other.done == "disc.relief opened"
    assert other.settings == session.settings
    np.testing.assert_array_equal(relief_of(other).heights, relief_of(session).heights)
    other.open(file.getvalue()[:-40], "broken.relief")
    assert other.error
    assert other.settings == session.settings


def test_settings_that_change_while_an_estimate_runs_count(photo: Image.Image) -> None:
    async def story() -> None:
        session = await opened(photo)
        held = await asked(session)
        session.replace(depth_intensity=0.2)
        assert relief_of(session).settings.depth_intensity == 0.2
        held.go.set()
        await until(lambda: not session.busy)
        assert relief_of(session).provider is held
        assert session.settings.depth_intensity == 0.2
        # What the job computed is not what these settings look like.
        assert session.fresh is None
        session.undo()
        assert relief_of(session).provider is not held
        assert session.settings.depth_intensity == 0.2

    play(story())


def test_what_an_undo_goes_back_past_does_not_arrive_later(photo: Image.Image) -> None:
    async def story() -> None:
        session = await opened(photo)
        first = session.state
        session.use(source="luminance")
        await until(lambda: not session.busy)
        held = await asked(session)
        session.undo()
        assert session.state is first
        held.go.set()
        await until(lambda: not session.busy)
        assert session.state is first
        assert session.history.can_redo
        # It may have been paid for: it can still be chosen.
        version = session.versions[-1]
        assert version.label.startswith("Held")
        session.choose(version)
        assert relief_of(session).source is version.source

    play(story())


def test_what_was_asked_for_before_a_map_was_chosen_does_not_replace_it(
    photo: Image.Image,
) -> None:
    async def story() -> None:
        session = await opened(photo)
        session.use(source="luminance")
        await until(lambda: not session.busy)
        held = await asked(session)
        version = session.versions[0]
        session.choose(version)
        held.go.set()
        await until(lambda: not session.busy)
        assert relief_of(session).source is version.source

    play(story())


def test_an_undo_of_settings_alone_does_not_give_up_what_is_being_made(
    photo: Image.Image,
) -> None:
    async def story() -> None:
        session = await opened(photo)
        session.replace(smoothing=5.0)
        held = await asked(session)
        session.undo()
        held.go.set()
        await until(lambda: not session.busy)
        assert relief_of(session).provider is held
        assert session.settings.smoothing == 0

    play(story())


def test_what_arrives_although_it_was_stopped_is_kept_but_not_shown(photo: Image.Image) -> None:
    async def story() -> None:
        session = await opened(photo)
        before = session.state
        held = await asked(session)
        session.stop()
        held.go.set()
        await until(lambda: not session.busy)
        assert session.state is before
        assert len(session.versions) == 2

    play(story())


def test_of_photos_that_are_opened_fast_the_last_one_ends_up(photo: Image.Image) -> None:
    async def story() -> None:
        session = Session()
        for name in ("one", "two", "three"):
            session.open(photo, name)
        await until(lambda: not session.busy)
        found = relief_of(session).photo
        assert found is not None
        assert found.name == "three"

    play(story())


def test_a_photo_starts_without_what_the_one_before_had(photo: Image.Image) -> None:
    session = Session(ReliefSettings(size_mm=80.0))
    session.example("hopper")
    assert relief_of(session).settings.material == "marble"
    session.replace(outline="circle", frame_mm=3.0, back_text="Ann", smoothing=4.0, size_mm=50.0)
    assert session.error == ""
    session.open(photo)
    assert relief_of(session).settings == ReliefSettings(size_mm=80.0)
    assert session.inputs.source == "detailed"
    session.replace(material="ceramic", smoothing=2.0)
    session.open(photo)
    assert relief_of(session).settings == ReliefSettings(size_mm=80.0, material="ceramic")
    session.undo()
    assert session.settings.smoothing == 2.0


def test_what_is_set_while_a_photo_is_on_its_way_counts() -> None:
    async def story() -> None:
        session = await opened(small_photo())
        session.replace(smoothing=4.0, outline="circle")
        session.open(small_photo())
        session.replace(depth_intensity=0.2)
        await until(lambda: not session.busy)
        assert session.problem is None
        assert session.settings == ReliefSettings(depth_intensity=0.2)

    play(story())


def dab(brush: Brush = "raise", u: float = 0.5) -> Stroke:
    return Stroke(brush=brush, points=[(u, 0.5)], size=0.2, strength=1.0)


def test_each_stroke_is_a_step_of_undo(session: Session) -> None:
    told = told_by(session)
    heights = [relief_of(session).heights]
    for number, u in enumerate((0.3, 0.5, 0.7), 1):
        session.paint_heights(dab("lower", u), number)
        heights.append(relief_of(session).heights)
    assert session.painted == 3
    session.undo()
    assert len(session.edits.strokes) == 2
    # It was taken all the same: the view must not paint it again.
    assert session.painted == 3
    np.testing.assert_array_equal(relief_of(session).heights, heights[2])
    session.undo()
    session.redo()
    np.testing.assert_array_equal(relief_of(session).heights, heights[2])
    session.clear_edits()
    np.testing.assert_array_equal(relief_of(session).heights, heights[0])
    session.undo()
    assert len(session.edits.strokes) == 2
    assert told == ["edits"] * 3 + ["relief"] * 3 + ["edits", "relief"]


def test_strokes_follow_a_photo_that_is_straightened() -> None:
    pixels = np.zeros((120, 160, 3), np.uint8)
    pixels[30:37, 110:117] = 255
    session = Session()
    session.open(Image.fromarray(pixels), source="luminance")
    made = Stroke(brush="raise", points=[(113.5 / 160, 33.5 / 120)], size=0.1, symmetry="both")
    session.paint_heights(made)
    for turns, crop in ((0, (0.0, 0.0, 1.0, 1.0)), (1, (0.1, 0.05, 0.9, 0.95))):
        session.crop(tilt=11.0, turns=turns, crop=crop)
        photo = relief_of(session).photo
        assert photo is not None
        bright = np.argwhere(photo.pixels[..., 0] > 128)
        down, across = bright.mean(axis=0) + 0.5
        strokes = session.edits.strokes
        (u, v, _), *_ = strokes[0].path
        assert (u * photo.width, v * photo.height) == pytest.approx((across, down), abs=1.0)
        # As large on the photo as it was, of a part that shows less of it.
        longer = max(photo.size)
        assert strokes[0].size * longer == pytest.approx(0.1 * 160, rel=0.02)
        # Its mirror images are no mirror images of this picture.
        assert len(strokes) == 4
    session.crop(tilt=0.0, turns=0, crop=(0.0, 0.0, 1.0, 1.0))
    (u, v, _), *_ = session.edits.strokes[0].path
    assert (u, v) == pytest.approx((113.5 / 160, 33.5 / 120), abs=0.01)


def test_what_is_set_while_a_look_is_being_made_counts() -> None:
    async def story() -> None:
        session = await opened(small_photo())
        session.restyle("organic", "Deeper form", compression=0.25)
        session.replace(depth_intensity=0.2)
        await until(lambda: not session.busy)
        assert session.problem is None
        assert session.inputs.source == "organic"
        assert (session.settings.depth_intensity, session.settings.compression) == (0.2, 0.25)

    play(story())


def test_looks_that_follow_each_other_fast_are_steps_of_their_own(session: Session) -> None:
    style: Style = "detailed"
    assert session.inputs.source == style
    for compression in (0.25, 0.7, 0.4):
        session.restyle(style, "Deeper form", compression=compression)
        assert session.done == "Deeper form"
    session.undo()
    assert session.settings.compression == 0.7


def test_a_drag_of_the_curve_is_one_step(session: Session) -> None:
    before = relief_of(session).heights
    for top in (0.9, 0.8, 0.7):
        session.bend(((0.0, 0.0), (1.0, top)))
    assert relief_of(session).heights.max() == np.float32(0.7)
    session.undo()
    np.testing.assert_array_equal(relief_of(session).heights, before)
    session.bend(((0.0, 0.5), (1.0, 0.2)))
    assert "curve" in session.error.lower()
    np.testing.assert_array_equal(relief_of(session).heights, before)


def test_strokes_are_made_again_on_the_heights_of_other_settings(session: Session) -> None:
    session.paint_heights(dab("set"))
    session.replace(smoothing=5.0, compression=0.2)
    relief = relief_of(session)
    rows, cols = relief.heights.shape
    assert relief.heights[rows // 2, cols // 2] == 0.5
    session.use(source="luminance")
    session.paint(False)
    assert relief_of(session).heights[rows // 2, cols // 2] == 0.5
    assert len(session.edits.strokes) == 1


def test_strokes_follow_their_place_when_the_photo_is_turned_or_cropped(session: Session) -> None:
    session.paint_heights(dab("set", u=0.25))
    session.crop(crop=(0.0, 0.0, 0.5, 1.0))
    rows, cols = relief_of(session).heights.shape
    assert relief_of(session).heights[rows // 2, cols // 2] == pytest.approx(0.5, abs=0.01)
    session.crop(turns=1, crop=(0.0, 0.0, 1.0, 1.0))
    rows, cols = relief_of(session).heights.shape
    assert relief_of(session).heights[3 * rows // 4, cols // 2] == pytest.approx(0.5, abs=0.01)


def test_another_photo_begins_without_strokes(session: Session, photo: Image.Image) -> None:
    session.paint_heights(dab())
    session.open(photo.rotate(180), "turned.png")
    assert not session.edits
    session.undo()
    assert len(session.edits.strokes) == 1


def test_strokes_that_were_made_while_a_relief_was_being_made_stay(photo: Image.Image) -> None:
    async def story() -> None:
        session = await opened(photo)
        held = await asked(session)
        session.paint_heights(dab())
        held.go.set()
        await until(lambda: not session.busy)
        assert relief_of(session).depth_map is not None
        assert len(session.edits.strokes) == 1

    play(story())


@pytest.mark.parametrize("source", [None, "luminance", "layers"])
def test_a_picture_of_one_tone_stays_flat_and_says_so(source: str | None) -> None:
    session = Session()
    session.open(np.full((90, 120, 3), 128, np.uint8), source=source)
    assert "there is no form in it to raise" in session.done
    assert not relief_of(session).heights.any()


def test_what_was_shaped_comes_back_with_what_the_browser_kept(session: Session) -> None:
    file = relief_of(session).project()
    session.paint_heights(dab())
    session.bend(((0.0, 0.1), (1.0, 0.8)))
    kept = dump_settings(session.settings, session.edits)
    again = Session()
    again.open(file, "kept.relief", kept=kept)
    assert again.edits == session.edits
    np.testing.assert_array_equal(relief_of(again).heights, relief_of(session).heights)
    # A text of an earlier version has none.
    again.open(file, "kept.relief", kept=dump_settings(session.settings))
    assert not again.edits


def test_a_strip_is_called_one() -> None:
    session = Session()
    grain = np.random.default_rng(0).integers(0, 255, (20, 2000, 3), np.uint8)
    session.open(grain)
    assert "The part is only 1 mm high: crop the picture" in session.done
    session.open(np.rot90(grain))
    assert "The part is only 1 mm wide: crop the picture" in session.done
    session.crop(crop=(0.0, 0.0, 1.0, 0.01))
    assert session.relief is not None
    assert "only" not in session.done


def test_undo_goes_on_where_a_kept_project_was_left(session: Session, tmp_path: Path) -> None:
    session.use(source="organic")
    session.replace(depth_intensity=0.2)
    session.replace(smoothing=3.0)
    session.undo()
    session.replace(invert=True, size_mm=80.0)
    session.undo()
    file = relief_of(session).save(tmp_path / "kept.relief")
    kept, steps = dump_settings(session.settings), session.steps
    later = Session()
    later.open(file.read_bytes(), "kept.relief", kept=kept, steps=steps)
    assert later.settings == session.settings
    depth_map = relief_of(later).depth_map
    later.redo()
    assert (later.settings.invert, later.settings.size_mm) == (True, 80.0)
    assert not later.history.can_redo
    later.undo()
    later.undo()
    assert later.settings.depth_intensity == ReliefSettings().depth_intensity
    # Before that it was another depth map, which is not kept.
    assert not later.history.can_undo
    assert relief_of(later).depth_map is depth_map


@pytest.mark.parametrize(
    "steps", ["", "{", "[]", '{"past": [{"smoothing": "x"}]}', '{"past": [{"__class__": 1}]}', "7"]
)
def test_steps_that_are_none_open_all_the_same(session: Session, steps: str) -> None:
    later = Session()
    relief = relief_of(session)
    later.open(dump(relief.source, relief.settings), "kept.relief", steps=steps)
    assert later.relief is not None
    assert not later.history.can_undo


def reloaded(session: Session) -> Session:
    """Return another session that opened what a browser keeps of one."""
    with tempfile.TemporaryDirectory() as folder:
        file = session.kept().save(Path(folder) / "kept.relief").read_bytes()
    later = Session()
    kept = dump_settings(session.settings, session.edits)
    later.open(file, "kept.relief", kept=kept, steps=session.steps)
    assert later.problem is None
    return later


def seen(session: Session) -> dict[str, Any]:
    """Return what a visitor sees of a session."""
    inputs, relief = session.inputs, relief_of(session)
    mask = None if relief.photo is None else relief.photo.mask
    return {
        "heights": relief.heights.tobytes(),
        "photo": None if relief.photo is None else relief.photo.pixels.tobytes(),
        "mask": mask.tobytes() if isinstance(mask, np.ndarray) else mask,
        "settings": session.settings,
        "edits": session.edits,
        "making": session.making,
        "cut": (inputs.turns, inputs.tilt, inputs.crop, inputs.source, inputs.label),
        "tones": (inputs.min_mm, inputs.max_mm, inputs.attenuation_per_mm, inputs.table),
    }


def test_undo_after_a_reload_goes_back_through_everything(photo: Image.Image) -> None:
    session = Session()
    disc = np.zeros((photo.height, photo.width), np.float32)
    disc[10:40, 20:60] = 1
    acts: list[Callable[[], object]] = [
        lambda: session.open(photo),
        lambda: session.use(source="organic"),
        lambda: session.replace(smoothing=3.0),
        lambda: session.make("coin"),
        lambda: session.make("medal"),
        lambda: session.paint(disc),
        lambda: session.paint_heights(dab()),
        lambda: session.crop(crop=(0.1, 0.0, 0.9, 0.8), tilt=4.0),
        lambda: session.make("lithophane"),
        lambda: session.use(max_mm=2.5),
        lambda: session.open(photo.transpose(Image.Transpose.ROTATE_90)),
        lambda: session.make("stamp"),
        lambda: session.use(source="depth_map", depth_map=photo, near="dark"),
    ]
    states = []
    for act in acts:
        act()
        assert session.problem is None
        states.append(seen(session))
    later = reloaded(session)
    assert seen(later) == states[-1]
    for state in states[-2::-1]:
        later.undo()
        assert seen(later) == state
    assert not later.history.can_undo
    # In the midst of it, once more: both ways are there.
    for _ in range(5):
        later.redo()
    again = reloaded(later)
    for state in states[6:]:
        again.redo()
        assert seen(again) == state
    assert not again.history.can_redo
    for _ in states[1:]:
        again.undo()
    assert seen(again) == states[0]


def test_undo_after_a_reload_keeps_to_the_project(photo: Image.Image) -> None:
    session = Session()
    session.open(photo)
    session.crop(crop=(0.0, 0.0, 0.5, 1.0))
    session.use(source="organic")
    later = reloaded(session)
    whole = later.inputs.original
    later.undo()
    later.undo()
    # One photo, so one kept project; and the crop can be taken back by hand, too.
    assert later.inputs.original is whole
    assert whole is not None
    assert whole.size == photo.size
    later.redo()
    later.crop(crop=(0.0, 0.0, 1.0, 1.0))
    assert later.inputs.photo is not None
    assert later.inputs.photo.size == photo.size


def test_what_undo_needs_is_kept_as_far_as_there_is_room(
    photo: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = Session()
    session.open(photo)
    for _ in range(4):
        session.use(source="organic")
        session.use(source="detailed")
    monkeypatch.setattr(past, "MOST_BYTES", 3 * len(relief_of(session).project()))
    later = reloaded(session)
    steps = 0
    while later.history.can_undo:
        later.undo()
        steps += 1
    assert 0 < steps < 8
    assert later.problem is None


def test_a_damaged_past_costs_nothing_but_itself(session: Session, tmp_path: Path) -> None:
    session.use(source="organic")
    session.replace(smoothing=2.0)
    file = session.kept().save(tmp_path / "kept.relief").read_bytes()
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    whole = entries["past.zip"]
    for broken in (b"", whole[:200], whole.replace(b"values", b"valuse")):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, data in (entries | {"past.zip": broken}).items():
                archive.writestr(name, data)
        later = Session()
        later.open(buffer.getvalue(), "kept.relief", steps=session.steps)
        assert later.problem is None
        np.testing.assert_array_equal(relief_of(later).heights, relief_of(session).heights)
        later.undo()
        assert later.settings.smoothing == ReliefSettings().smoothing
        later.undo()
        assert later.inputs.source == "organic"
        assert later.problem is None


def test_steps_by_hand_can_be_undone_after_a_reload(session: Session) -> None:
    heights = []
    for u in (0.3, 0.5, 0.7):
        session.paint_heights(dab("lower", u))
        heights.append(relief_of(session).heights)
    session.replace(smoothing=2.0)
    session.undo()
    session.undo()
    again = Session()
    kept = dump_settings(session.settings, session.edits)
    again.open(relief_of(session).project(), "kept.relief", kept=kept, steps=session.steps)
    np.testing.assert_array_equal(relief_of(again).heights, heights[1])
    again.redo()
    np.testing.assert_array_equal(relief_of(again).heights, heights[2])
    again.redo()
    assert again.settings.smoothing == 2.0
    for _ in range(3):
        again.undo()
    np.testing.assert_array_equal(relief_of(again).heights, heights[0])
