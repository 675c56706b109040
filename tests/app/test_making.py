"""What the studio makes of a photo: each tile from any photo, undone wholly by another."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from relief_widget import Relief, ReliefApp, ReliefSettings, example_photos, presets
from relief_widget.app.session import Session
from relief_widget.depth import Layers
from relief_widget.heights import Stroke
from relief_widget.mesh.triangles import to_trimesh
from relief_widget.settings import controls
from tests.support.sessions import play, small_photo, until

NAMES = list(presets)


@pytest.fixture(scope="module")
def photo() -> Image.Image:
    return small_photo()


@pytest.fixture(scope="module")
def stripes() -> np.ndarray:
    """A picture without a subject."""
    grey = 128 + 100 * np.sin(np.arange(90) / 6)
    grain = np.random.default_rng(0).normal(0, 5, (90, 120))
    return np.clip(grey[:, None] + grain, 0, 255).astype(np.uint8)


@pytest.fixture
def session(photo: Image.Image) -> Session:
    made = Session()
    made.open(photo)
    return made


def relief_of(session: Session) -> Relief:
    assert session.relief is not None, session.error
    return session.relief


def outline_of(session: Session) -> str:
    return session.settings.outline


def settings_of(session: Session) -> dict[str, Any]:
    return {name: getattr(session.settings, name) for name in controls()}


@pytest.fixture(scope="module")
def everything(photo: Image.Image) -> ReliefApp:
    """One app, in which one tile after another is chosen."""
    return ReliefApp(photo)


@pytest.mark.parametrize("name", NAMES)
def test_each_makes_what_it_says_from_a_photo(everything: ReliefApp, name: str) -> None:
    session, preset = everything.session, presets[name]
    session.make(name)
    assert session.error == ""
    assert session.making == name
    wanted = preset.made(True, 120 / 90)
    assert {key: getattr(session.settings, key) for key in wanted} == wanted
    relief = relief_of(session)
    assert relief.is_lithophane == (preset.source == "lithophane")
    assert isinstance(relief.provider, Layers) == (preset.source == "layers")
    if preset.source == "builtin":
        assert relief.depth_map is not None
        assert relief.depth_map.style == preset.style
    # What a visitor sees of it.
    assert everything.tiles.element.chosen == name
    assert everything.tiles.element.compact
    assert everything.check.target.value == preset.target
    assert everything.viewer.main == preset.format
    assert everything.viewer.also == list(preset.also)
    assert everything.controls.values()["outline"] == relief.settings.outline
    assert everything.frame.status.endswith("ready")
    assert preset.label in everything.frame.status


@pytest.mark.parametrize("first", ["lithophane", "coin", "stamp", "cnc_panel"])
def test_one_leaves_nothing_of_the_other(session: Session, first: str) -> None:
    session.make("keyring")
    wanted, material = settings_of(session), session.settings.material
    session.make(first)
    session.replace(size_mm=222.0, corner_mm=3.0, keyring_mm=2.0)
    session.use(min_mm=1.2)
    session.make("keyring")
    assert settings_of(session) == wanted
    assert session.settings.material == material
    assert session.inputs.min_mm == presets["lithophane"].tones["min_mm"]
    session.make("")
    plain = ReliefSettings()
    assert settings_of(session) == {name: getattr(plain, name) for name in controls()}
    assert session.making == ""


def test_a_choice_is_one_step_to_undo_and_redo(session: Session) -> None:
    before = session.state
    session.make("lithophane")
    session.make("magnet")
    session.replace(size_mm=75.0)
    assert session.making == "magnet"
    last = session.state
    session.undo()
    session.undo()
    assert session.making == "lithophane"
    assert relief_of(session).is_lithophane
    session.undo()
    assert session.state is before
    assert session.making == ""
    assert not session.history.can_undo
    for _ in range(3):
        session.redo()
    assert session.state is last
    assert session.making == "magnet"


def test_the_same_can_be_made_anew_after_changes(session: Session) -> None:
    session.make("coin")
    session.replace(size_mm=55.0)
    session.make("coin")
    assert session.settings.size_mm == 40


def test_a_choice_waits_for_the_first_photo(photo: Image.Image) -> None:
    app = ReliefApp()
    app.session.make("medal")
    assert app.relief is None
    assert app.tiles.element.chosen == "medal"
    app.session.make("coin")
    app.session.open(photo)
    settings = relief_of(app.session).settings
    assert (settings.outline, settings.keyring_mm, settings.size_mm) == ("circle", 0, 40)
    assert app.session.making == "coin"
    assert app.session.inputs.source == presets["coin"].style


def test_an_example_becomes_what_was_chosen() -> None:
    session = Session()
    session.make("plaque")
    session.example("flower")
    assert session.settings.frame_mm == presets["plaque"].object["frame_mm"]
    session.make("")
    session.example("flower")
    assert session.settings.material == "metallic_bronze"


def test_another_photo_keeps_what_is_made_and_what_was_changed(
    session: Session, photo: Image.Image
) -> None:
    session.make("stamp")
    session.replace(size_mm=33.0)
    session.open(photo.rotate(90, expand=True))
    assert session.making == "stamp"
    assert session.inputs.source == "layers"
    assert session.inputs.options["layers"] == presets["stamp"].options
    assert session.settings.size_mm == 33
    assert session.settings.crisp_walls


def test_without_a_subject_the_whole_picture_is_made_and_that_is_said(
    session: Session, stripes: np.ndarray, photo: Image.Image
) -> None:
    session.make("keyring")
    assert outline_of(session) == "subject"
    session.replace(margin_mm=4.0)
    session.open(stripes)
    assert outline_of(session) == "rounded"
    assert session.done.endswith(
        " · No clear subject was found, so the keyring takes the whole picture"
    )
    assert to_trimesh(relief_of(session).body()).is_watertight
    session.make("magnet")
    assert outline_of(session) == "rounded"
    assert "so the fridge magnet takes the whole picture" in session.done
    # One that is painted is cut out.
    mask = np.zeros((90, 120), np.float32)
    mask[20:70, 30:90] = 1
    session.paint(mask)
    assert outline_of(session) == "subject"
    assert "whole picture" not in session.done
    session.paint(False)
    assert outline_of(session) == "rounded"
    session.make("keyring")
    session.replace(margin_mm=4.0)
    session.open(photo)
    assert outline_of(session) == "subject"
    assert session.settings.margin_mm == 4


def test_an_outline_of_ones_own_stays_while_the_mask_is_painted(session: Session) -> None:
    session.make("keyring")
    session.replace(outline="oval")
    session.paint(np.ones((90, 120), np.float32))
    assert outline_of(session) == "oval"


def test_a_very_long_photo_gets_a_size_that_the_object_fits(session: Session) -> None:
    long = Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 800, 3), np.uint8))
    session.make("plaque")
    session.open(long)
    assert session.error == ""
    assert session.settings.size_mm > 150
    session.open(small_photo())
    assert session.settings.size_mm == 150


def test_flat_art_goes_by_its_colours_whatever_is_made() -> None:
    session = Session()
    session.make("coin")
    session.open(example_photos()["logo"])
    assert session.inputs.source == "layers"
    assert outline_of(session) == "circle"
    session.open(small_photo())
    assert session.inputs.source == presets["coin"].style


def test_a_depth_map_of_ones_own_stays_what_it_is_made_of(session: Session) -> None:
    ramp = np.tile(np.linspace(0, 1, 120, dtype=np.float32), (90, 1))
    session.use(source="depth_map", depth_map=ramp)
    session.make("coin")
    assert session.inputs.source == "depth_map"
    assert outline_of(session) == "circle"


def test_a_depth_map_that_was_made_is_not_made_again(session: Session) -> None:
    first = relief_of(session).depth_map
    session.make("coin")
    session.make("lithophane")
    session.make("laser")
    assert relief_of(session).depth_map is first


def test_a_project_goes_on_as_what_it_is(session: Session) -> None:
    app = ReliefApp()
    for name in ("coin", "night_light"):
        session.make(name)
        app.session.open(relief_of(session).project(), "kept.relief")
        assert app.session.making == name
        assert app.tiles.element.chosen == name
    session.replace(arc_degrees=90.0)
    app.session.open(relief_of(session).project(), "kept.relief")
    assert app.session.making == ""


def test_by_a_former_name_the_present_one_is_made(session: Session) -> None:
    session.make("wall_art")
    assert session.making == "plaque"


def test_what_is_chosen_while_a_photo_is_on_its_way_is_made_of_it(photo: Image.Image) -> None:
    async def story() -> None:
        session = Session()
        session.open(photo, "first")
        session.make("stamp")
        assert session.making == "stamp"
        await until(lambda: not session.busy)
        assert session.making == "stamp"
        assert session.inputs.source == "layers"
        session.open(photo, "second")
        session.make("magnet")
        assert session.making == "magnet"
        await until(lambda: not session.busy)
        found = relief_of(session)
        assert session.making == "magnet"
        assert found.photo is not None
        assert found.photo.name == "second"
        assert found.settings.magnets == 1

    play(story())


def test_what_fails_leaves_what_was_made(photo: Image.Image) -> None:
    async def story() -> None:
        session = Session()
        session.use(source="depth_map", depth_map=np.asarray(photo.convert("L")))
        await until(lambda: not session.busy)
        # There is no photo whose brightness it could be.
        session.make("lithophane")
        assert session.making == "lithophane"
        await until(lambda: not session.busy)
        assert session.error == "There is no photo yet. Choose one, drop it here or paste it."
        assert session.making == ""

    play(story())


def test_what_was_shaped_by_hand_stays_what_is_made_and_the_other_way_round(
    session: Session,
) -> None:
    session.make("coin")
    stroke = Stroke(brush="raise", points=[(0.5, 0.5)])
    session.paint_heights(stroke, 1)
    assert session.making == "coin"
    session.make("plaque")
    assert relief_of(session).edits.strokes == (stroke,)
    session.undo()
    assert session.making == "coin"
