"""The subject painted by hand, in a real browser: judged by the heights that print."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import trimesh
from PIL import Image
from playwright.sync_api import Locator, expect
from scipy.interpolate import LinearNDInterpolator

from tests.support.bounds import MICRON
from tests.support.browser import OfflinePage
from tests.support.servers import Server, voila
from tests.support.studio_page import PATIENCE_MS, StudioPage, load

# Left, top, right and bottom, as shares of the picture.
Box = tuple[float, float, float, float]
SIDE = 100

NONE_FOUND = re.compile("no clear subject", re.IGNORECASE)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with voila(tmp_path_factory.mktemp("voila")) as running:
        yield running


@pytest.fixture
def studio(page_offline: OfflinePage, server: Server) -> StudioPage:
    page_offline.page.set_viewport_size({"width": 1280, "height": 900})
    page_offline.page.goto(server.url)
    return StudioPage(page_offline.page)


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """A photo of nothing: a wall with the grain of a camera."""
    grey = np.linspace(110, 150, 400) + np.random.default_rng(3).normal(0, 2, (300, 400))
    path = tmp_path / "wall.png"
    Image.fromarray(np.dstack([grey] * 3).round().astype(np.uint8)).save(path)
    return path


@pytest.fixture
def ball(tmp_path: Path) -> Path:
    """A photo of one bright thing in the middle, with the grain of a camera."""
    y, x = np.mgrid[:300, :400]
    away = np.hypot(x - 200, y - 150)
    shade = np.where(away < 100, 210 - 0.5 * away, 50)
    grey = (shade + np.random.default_rng(0).normal(0, 5, away.shape)).astype(np.uint8)
    path = tmp_path / "ball.png"
    Image.fromarray(np.dstack([grey, grey, grey // 2])).save(path)
    return path


class Painting:
    """The subject panel of a page."""

    def __init__(self, studio: StudioPage) -> None:
        self.studio = studio
        page = studio.page
        # The coarsest mesh: what is painted is the same, and it is read back ten times.
        self.made_by(lambda: studio.press("Mesh quality", "Home"))
        page.get_by_role("tab", name="Subject", exact=True).click()
        self.panel = page.locator(".relief-subject")
        self.canvas = self.panel.locator("canvas")
        self.help = self.panel.locator(".relief-mask-help")
        self.canvas.scroll_into_view_if_needed()

    def button(self, name: str) -> Locator:
        return self.panel.get_by_role("button", name=name, exact=True)

    def paint(self, box: Box) -> None:
        """Cover a rectangle, and half a brush around it, with one stroke of the mouse."""
        # A wide brush needs few moves: with software rendering each takes its time.
        self.panel.get_by_label("Brush size").fill("0.1")
        self.made_by(lambda: self._stroke(box))

    def press(self, name: str) -> None:
        self.made_by(self.button(name).click)

    def _stroke(self, box: Box) -> None:
        place = self.canvas.bounding_box()
        assert place is not None
        left, top, right, bottom = box
        mouse = self.studio.page.mouse
        rows = np.arange(top, bottom, 0.1)

        def go(x: float, y: float) -> None:
            mouse.move(place["x"] + x * place["width"], place["y"] + y * place["height"])

        go(left, top)
        mouse.down()
        for number, row in enumerate([*rows, bottom]):
            ends = (left, right) if number % 2 == 0 else (right, left)
            # The stroke is joined from place to place, however far apart they are.
            for x in ends:
                go(x, row)
        mouse.up()

    def made_by(self, act: object) -> None:
        """Do something that makes another relief, and wait for it."""
        page = self.studio.page
        # What is said stays the same while nothing is made: a mark of our own tells old from new.
        page.evaluate(
            "() => { window.said = 0; new MutationObserver(() => { window.said += 1; }).observe("
            "document.querySelector('.relief-status'), { childList: true, characterData: true,"
            "subtree: true }); }"
        )
        assert callable(act)
        act()
        page.wait_for_function("() => window.said > 0", timeout=PATIENCE_MS)
        self.studio.ready()

    def heights(self, folder: Path) -> npt.NDArray[np.float64]:
        """Return the heights in mm of the part that is downloaded, row 0 = top of the picture."""
        mesh = load(self.studio.download("Download STL", folder))
        assert mesh.is_watertight
        assert mesh.is_volume
        return heights_of(mesh)


def heights_of(mesh: trimesh.Trimesh) -> npt.NDArray[np.float64]:
    """Return the upper surface of a part as mm in SIDE × SIDE places, row 0 = its far edge."""
    low, high = mesh.bounds
    top = mesh.vertices[mesh.vertices[:, 2] > low[2] + 0.01]
    shares = (np.arange(SIDE) + 0.5) / SIDE
    x, y = np.meshgrid(shares, 1 - shares)
    places = low[:2] + np.dstack([x, y]) * (high - low)[:2]
    values = LinearNDInterpolator(top[:, :2], top[:, 2])(places)
    assert np.isfinite(values).all()
    return np.asarray(values)


def within(heights: npt.NDArray[np.float64], box: Box) -> npt.NDArray[np.float64]:
    left, top, right, bottom = (round(share * SIDE) for share in box)
    return heights[top:bottom, left:right]


def around(heights: npt.NDArray[np.float64], box: Box, margin: float) -> npt.NDArray[np.float64]:
    """Return the heights everywhere but in a box and within a margin of it."""
    left, top, right, bottom = box
    outside = np.ones(heights.shape, bool)
    within(outside, (left - margin, top - margin, right + margin, bottom + margin))[:] = False
    return heights[outside]


def test_a_subject_is_painted_where_none_was_found(
    studio: StudioPage, plain: Path, tmp_path: Path
) -> None:
    studio.upload(plain)
    expect(studio.status).to_contain_text(NONE_FOUND)
    line = studio.status.bounding_box()
    tabs = studio.page.get_by_role("tablist", name="What the frame shows").bounding_box()
    assert line is not None
    assert tabs is not None
    # However long it is, the page stays where it is.
    assert line["height"] <= tabs["height"]
    painting = Painting(studio)
    expect(painting.panel).to_contain_text(NONE_FOUND)
    expect(painting.help).to_contain_text("Nothing is marked. Paint a subject")
    for name in ("Brush", "Erase", "Fill", "Invert mask", "Find automatically", "No subject"):
        expect(painting.button(name)).to_be_enabled()
    before = painting.heights(tmp_path)
    box = (0.2, 0.35, 0.5, 0.8)
    painting.paint(box)
    expect(studio.status).not_to_contain_text(NONE_FOUND)
    expect(painting.panel).not_to_contain_text(NONE_FOUND)
    heights = painting.heights(tmp_path)
    painted, rest = within(heights, box), around(heights, box, 0.1)
    relief = heights.max() - heights.min()
    assert np.median(painted) - np.median(rest) > 0.4 * relief
    # All of it stands above all the rest, and nothing else stands out.
    assert painted.min() > rest.max() + 0.08 * relief
    assert np.ptp(rest) < 0.4 * relief
    # And back: by undo to what there was, by another way to a mask that is switched off and on.
    painting.press("Undo")
    expect(painting.help).to_contain_text("Nothing is marked")
    expect(studio.status).to_contain_text(NONE_FOUND)
    np.testing.assert_allclose(painting.heights(tmp_path), before, atol=MICRON)
    painting.press("Redo")
    np.testing.assert_allclose(painting.heights(tmp_path), heights, atol=MICRON)
    painting.press("No subject")
    expect(painting.button("No subject")).to_have_attribute("aria-pressed", "true")
    assert np.median(within(painting.heights(tmp_path), box)) < np.median(painted) - 0.2 * relief
    painting.press("No subject")
    np.testing.assert_allclose(painting.heights(tmp_path), heights, atol=MICRON)
    # To look for one in vain is said, and leaves a mask to paint on.
    painting.press("Find automatically")
    expect(studio.status).to_have_text(
        re.compile(r"^Search for the subject in .* · .*no clear subject.* · ready$")
    )
    expect(painting.help).to_contain_text("Nothing is marked")
    np.testing.assert_allclose(painting.heights(tmp_path), before, atol=MICRON)


@pytest.mark.full
def test_what_is_erased_of_a_subject_lies_on_the_ground(
    studio: StudioPage, ball: Path, tmp_path: Path
) -> None:
    studio.upload(ball)
    painting = Painting(studio)
    expect(painting.help).to_contain_text("Shift erases")
    before = painting.heights(tmp_path)
    # The upper left of the ball; the rest of it stays.
    erased = (0.36, 0.34, 0.44, 0.44)
    kept, beside = (0.56, 0.35, 0.68, 0.65), (0.0, 0.34, 0.2, 0.46)
    painting.button("Erase").click()
    painting.paint((0.28, 0.24, 0.44, 0.42))
    heights = painting.heights(tmp_path)
    relief = heights.max() - heights.min()
    assert within(before, erased).min() > np.median(within(before, beside)) + 0.3 * relief
    assert within(heights, erased).max() < np.max(within(heights, beside)) + 0.1 * relief
    assert within(heights, kept).min() > within(heights, erased).max() + 0.3 * relief
    # No hole: the ground there is as thick as elsewhere.
    assert within(heights, erased).min() > heights.min() - 0.01 * relief
    # Painted again it is there again, and undone it is the relief that was found.
    painting.button("Brush").click()
    painting.paint((0.39, 0.38, 0.43, 0.42))
    assert within(painting.heights(tmp_path), erased).min() > (
        within(heights, erased).max() + 0.1 * relief
    )
    painting.press("Undo")
    painting.press("Undo")
    np.testing.assert_allclose(painting.heights(tmp_path), before, atol=MICRON)


def test_a_subject_that_is_switched_off_can_be_painted_by_keyboard(
    studio: StudioPage, ball: Path, tmp_path: Path
) -> None:
    studio.upload(ball)
    painting = Painting(studio)
    painting.press("No subject")
    expect(painting.help).to_contain_text("No subject")
    off = painting.heights(tmp_path)
    painting.canvas.focus()
    keyboard = studio.page.keyboard

    def stroke() -> None:
        for _ in range(33):
            keyboard.press("ArrowLeft")
        for key in ("down", "up"):
            getattr(keyboard, key)("Space")

    painting.made_by(stroke)
    expect(painting.button("No subject")).to_have_attribute("aria-pressed", "false")
    heights = painting.heights(tmp_path)
    middle, left = (0.45, 0.45, 0.55, 0.55), (0.0, 0.6, 0.2, 0.7)
    # What was found stands again.
    assert np.median(within(heights, middle)) - np.median(within(heights, left)) > (
        np.median(within(off, middle)) - np.median(within(off, left)) + 0.2
    )
