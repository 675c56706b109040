"""What follows the relief while its settings change."""

from __future__ import annotations

import threading
from functools import partial

import numpy as np

from relief_widget import example_photos
from relief_widget.app.live import AtRest, Coarse, LiveHeights, LiveObject, show_weight
from relief_widget.filters import resample
from relief_widget.heights import HeightField
from relief_widget.relief import Relief
from relief_widget.widgets.viewer import Viewer
from tests.support.sessions import TIMEOUT, opened, play, small_photo, until


def nothing() -> None:
    """Take it that something changed."""


def never(outcome: object) -> None:
    raise AssertionError(outcome)


def test_heights_of_the_source_before_are_never_shown() -> None:
    async def story() -> None:
        session = await opened(small_photo())
        session.use(source="luminance")
        await until(lambda: not session.busy)
        shown: list[HeightField] = []
        live = LiveHeights(session, lambda field, _: shown.append(field), nothing)
        # As from a slider that moved just before another depth map took its place.
        session.replace(smoothing=5.0)
        assert live.busy
        session.choose(session.versions[0])
        await until(lambda: not live.busy)
        assert session.relief is not None
        assert len(shown) == 1
        np.testing.assert_array_equal(shown[0].values, session.relief.heights)

    play(story())


def test_what_is_found_out_about_another_relief_is_not_told() -> None:
    async def story() -> None:
        session = await opened(small_photo())
        begun, go = threading.Event(), threading.Event()
        found: list[float] = []

        def find(relief: Relief) -> float:
            begun.set()
            assert go.wait(TIMEOUT)
            return relief.settings.size_mm

        live = AtRest(session, 0.01, lambda relief: partial(find, relief), found.append, never)
        live.start()
        await until(begun.is_set)
        session.replace(size_mm=50.0)
        go.set()
        await until(lambda: not live.busy)
        assert found == []
        live.start()
        await until(lambda: not live.busy)
        assert found == [50.0]

    play(story())


def test_an_object_is_shown_although_its_material_changes_while_it_is_cut() -> None:
    async def story() -> None:
        session = await opened(small_photo())
        viewer = Viewer()

        def changed() -> None:
            # The first time, it is being cut.
            if session.settings.material != "marble":
                session.replace(material="marble")

        live = LiveObject(session, viewer, changed)
        session.replace(outline="circle")
        await until(lambda: not live.busy)
        assert session.settings.material == "marble"
        assert viewer.object

    play(story())


def test_a_setting_that_does_nothing_is_said_beside_the_weight() -> None:
    async def story() -> None:
        session = await opened(small_photo())
        viewer = Viewer()
        show_weight(session, viewer)
        session.replace(mode="planar")
        session.replace(frame_mm=3.0)
        await until(lambda: viewer.weight != "")
        assert session.done == "Only a solid part can have Frame: this one has not"

    play(story())


def test_text_that_cannot_be_lettered_takes_nothing_else_away() -> None:
    async def story() -> None:
        session = await opened(small_photo())
        viewer = Viewer()
        live = LiveObject(session, viewer, nothing)
        session.replace(outline="circle", back_text="漢字")
        await until(lambda: not live.busy)
        assert "漢" in session.error
        assert "without the text" in session.error
        assert viewer.object
        assert live.exported().settings == session.settings.replace(back_text="")
        session.replace(outline="rectangle")
        await until(lambda: not live.busy)
        assert not viewer.object
        assert not live.exported().is_object
        session.replace(outline="circle", back_text="Ann")
        await until(lambda: not live.busy)
        assert session.error == ""
        assert live.exported() is session.relief

    play(story())


def test_the_last_object_stays_while_settings_do_not_go_together() -> None:
    async def story() -> None:
        session = await opened(small_photo())
        viewer = Viewer()
        live = LiveObject(session, viewer, nothing)
        session.replace(outline="circle")
        await until(lambda: not live.busy)
        shown = viewer.object
        session.replace(bend="tube")
        await until(lambda: not live.busy)
        assert "does not go with" in session.error
        assert viewer.object == shown
        session.open(small_photo(), settings=session.settings)
        await until(lambda: not session.busy and not live.busy)
        assert not viewer.object

    play(story())


def test_a_preview_comes_to_the_shape_that_follows_it() -> None:
    relief = Relief.from_photo(example_photos()["pagoda"])
    for before in (0.7, 0.0):
        start, coarse = relief.replace(compression=before), Coarse()
        coarse.follow(start, start.height_field)
        for changes in (
            {"compression": 0.7 - before},
            {"compression": 1.0},
            {"smoothing": 6.0},
            {"noise_reduction": 20.0},
            {"enhance_details": 0.6},
        ):
            wanted = start.replace(**changes)
            preview = coarse.field(wanted)
            # Without a preview the full heights are what is seen first.
            assert (preview is None) == ("compression" in changes)
            if preview is None:
                continue
            full = resample(wanted.height_field.values, preview.shape)
            assert np.abs(full - preview.values).mean() < 0.01, changes
