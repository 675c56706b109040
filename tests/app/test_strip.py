"""The strip of small reliefs: what it shows, and what choosing from it changes."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

from relief_widget import Relief
from relief_widget.app.session import Session
from relief_widget.app.strip_panel import CHOICES, StripPanel
from tests.support.comm import tell
from tests.support.sessions import opened, play, small_photo, until


@pytest.fixture
def session() -> Session:
    made = Session()
    made.open(small_photo())
    return made


def choose(panel: StripPanel, name: str) -> None:
    tell(panel.element, {"kind": "choose", "name": name})


def pictures(panel: StripPanel) -> list[bytes]:
    return [base64.b64decode(look["picture"].partition(",")[2]) for look in panel.element.looks]


def test_there_are_four_different_reliefs_of_the_photo() -> None:
    async def story() -> None:
        session = Session()
        panel = StripPanel(session)
        # As large before they are there.
        assert [look["picture"] for look in panel.element.looks] == [""] * 4
        session.open(small_photo())
        await until(lambda: not session.busy and not panel.busy)
        made = pictures(panel)
        assert len(set(made)) == 4
        for data in made:
            assert Image.open(io.BytesIO(data)).size == (200, 150)
        session.replace(smoothing=3.0)
        assert pictures(panel) == made

    play(story())


def test_a_choice_is_one_step_that_changes_style_and_form_alone() -> None:
    async def story() -> None:
        session = await opened(small_photo())
        panel = StripPanel(session)
        session.replace(size_mm=80.0, depth_intensity=0.07, smoothing=2.0, outline="circle")
        before = session.state
        for name, choice in CHOICES.items():
            choose(panel, name)
            await until(lambda: not session.busy)
            assert session.inputs.source == choice.style
            wanted = before.settings.replace(**choice.settings)
            assert session.settings == wanted
            assert panel.element.chosen == name
            relief = session.relief
            assert relief is not None
            script = Relief.from_photo(small_photo(), style=choice.style).replace(**choice.settings)
            np.testing.assert_array_equal(relief.replace(smoothing=0.0).heights, script.heights)
            if session.state is not before:
                session.undo()
            assert session.state is before
            assert panel.element.chosen == "detailed"

    play(story())


def test_the_mark_goes_with_the_settings(session: Session) -> None:
    panel = StripPanel(session)
    choose(panel, "engraved")
    assert panel.element.chosen == "engraved"
    session.replace(depth_intensity=0.2, material="marble")
    assert panel.element.chosen == "engraved"
    session.replace(compression=0.5)
    assert panel.element.chosen == ""
    session.undo()
    assert panel.element.chosen == "engraved"


def test_a_style_that_was_made_is_not_made_again(session: Session) -> None:
    panel = StripPanel(session)
    choose(panel, "organic")
    first = session.relief
    choose(panel, "engraved")
    choose(panel, "deeper")
    assert first is not None
    assert session.relief is not None
    assert session.relief.depth_map is first.depth_map


@pytest.mark.parametrize("source", ["luminance", "lithophane", "layers"])
def test_it_is_there_only_where_a_shape_is_estimated(session: Session, source: str) -> None:
    panel = StripPanel(session)
    session.use(source=source)
    assert panel.element.layout.display == "none"
    session.use(source="organic")
    assert panel.element.layout.display == ""


def test_no_choice_of_a_browser_is_trusted(session: Session) -> None:
    panel = StripPanel(session)
    before = session.state
    for name in ("other", None, 3):
        tell(panel.element, {"kind": "choose", "name": name})
    assert session.state is before


def test_all_choices_set_the_same_settings() -> None:
    names = {tuple(sorted(choice.settings)) for choice in CHOICES.values()}
    assert len(names) == 1
