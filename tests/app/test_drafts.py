"""A first look at a relief while its depth map is being made."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image

from relief_widget import Relief
from relief_widget.app.session import Draft, Session
from relief_widget.app.studio import ReliefApp
from relief_widget.examples import example_photos
from relief_widget.heights import levels
from tests.support.sessions import opened, play, small_photo, until


def large_photo() -> Image.Image:
    with Image.open(example_photos()["cat"]) as image:
        return image.convert("RGB").resize((1100, 1100 * image.height // image.width))


def on_draft(session: Session, act: Callable[[Draft], None]) -> None:
    """Do something with each draft."""

    def told() -> None:
        if session.draft is not None:
            act(session.draft)

    session.subscribe(told, "draft")


def test_a_draft_has_the_form_of_the_relief_that_follows_which_is_as_ever() -> None:
    drafts: list[Draft] = []

    async def story() -> None:
        session = Session()
        on_draft(session, drafts.append)
        session.open(large_photo())
        await until(lambda: not session.busy)
        assert session.relief is not None
        assert session.draft is None
        (draft,) = drafts
        made, early = session.relief.heights, draft.field.values
        np.testing.assert_array_equal(made, Relief.from_photo(large_photo()).heights)
        assert early.shape == made.shape
        assert np.abs(early - made).mean() < 0.005
        assert np.percentile(np.abs(early - made), 99) < 0.03

    play(story())


def test_a_small_photo_needs_no_draft() -> None:
    async def story() -> None:
        session = Session()
        told: list[Draft] = []
        on_draft(session, told.append)
        session.open(small_photo())
        await until(lambda: not session.busy)
        assert session.relief is not None
        assert told == []

    play(story())


def test_what_is_set_while_a_draft_is_seen_counts_and_shows_nothing_of_the_photo_before() -> None:
    seen: list[tuple[bool, bytes]] = []

    async def story() -> None:
        app = ReliefApp()
        session, viewer = app.session, app.viewer
        session.open(small_photo())
        await until(lambda: not session.busy)
        viewer.observe(lambda _: seen.append((viewer.coarse, viewer.heights)), "frame")
        on_draft(session, lambda _: session.replace(smoothing=3.0))
        session.open(large_photo(), "cat.jpg")
        await until(lambda: not session.busy and len(seen) > 1)
        assert session.relief is not None
        assert session.settings.smoothing == 3.0
        assert (viewer.name, viewer.coarse) == ("cat", False)
        wanted = levels(session.relief.heights).astype("<u2").tobytes()
        # The draft, and what came of it.
        assert [coarse for coarse, _ in seen] == [True, False]
        assert seen[-1][1] == wanted

    play(story())


def test_a_draft_that_nobody_wants_any_more_gives_way_to_the_relief_before() -> None:
    async def story() -> None:
        session = await opened(small_photo())
        before = session.state
        told: list[bool] = []
        session.subscribe(lambda: told.append(session.draft is not None), "draft")
        on_draft(session, lambda _: session.stop())
        session.open(large_photo())
        await until(lambda: not session.busy)
        assert told == [True, False]
        assert session.state is before

    play(story())
