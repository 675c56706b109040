"""The studio's state without any widget, in plain scripts and beside a running event loop."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from relief_widget import Relief, ReliefSettings, example_photos, open_photo, presets
from relief_widget.app.session import Kind, Session
from relief_widget.depth.depth_map import DepthMap, Style
from relief_widget.errors import DepthError
from relief_widget.image.photo import Photo
from relief_widget.project import dump, dump_settings
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
    for kind in ("relief", "height", "object", "body", "display", "inputs"):
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
        else "Something went wrong (OSError). The last relief is still here."
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


def test_a_preset_is_followed_until_something_differs(session: Session) -> None:
    for name, preset in presets.items():
        session.preset(name)
        assert session.follows(name)
        assert session.inputs.source == preset.style
    session.replace(size_mm=session.settings.size_mm + 1)
    assert not session.follows(name)
    session.reset()
    assert session.settings.size_mm == ReliefSettings().size_mm


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
