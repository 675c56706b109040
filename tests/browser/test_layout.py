"""The view stays in sight, whatever is done and however narrow the page is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, expect

from tests.support.browser import OfflinePage
from tests.support.servers import voila
from tests.support.studio_page import PATIENCE_MS, StudioPage

AXE = Path(__file__).parents[2] / "js/node_modules/axe-core/axe.min.js"

# Of what is looked at, this share is in the window at least.
_IN_SIGHT = 0.9


@pytest.fixture(scope="module")
def stripes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo without a subject: stripes with the grain of a camera."""
    y, x = np.mgrid[:180, :240]
    grain = np.random.default_rng(0).normal(0, 9, x.shape)
    grey = np.clip(128 + 60 * np.sin((x + y) / 6.0) + grain, 0, 255).astype(np.uint8)
    path = tmp_path_factory.mktemp("photo") / "stripes.png"
    Image.fromarray(np.dstack([grey, grey, grey // 2])).save(path)
    return path


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with voila(tmp_path_factory.mktemp("voila")) as running:
        yield running.url


def share_in_sight(studio: StudioPage, element: Locator) -> float:
    """Return the share of an element that lies in the window."""
    box, size = element.bounding_box(), studio.page.viewport_size
    assert box is not None
    assert size is not None
    high = min(box["y"] + box["height"], size["height"]) - max(box["y"], 0)
    wide = min(box["x"] + box["width"], size["width"]) - max(box["x"], 0)
    return max(high, 0) * max(wide, 0) / (box["width"] * box["height"])


def complaints(studio: StudioPage) -> list[str]:
    """Return what the accessibility checker axe finds wrong with the page as it is."""
    studio.page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[str] = studio.page.evaluate(
        "async () => (await axe.run()).violations.flatMap("
        "({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))"
    )
    return found


# Whether what has the focus is seen, and not what lies over it.
_UNCOVERED = """() => {
  const focus = document.activeElement;
  const { x, y, width, height } = focus.getBoundingClientRect();
  const seen = document.elementFromPoint(x + width / 2, y + height / 2);
  return seen !== null && (focus.contains(seen) || seen.contains(focus));
}"""


def test_the_view_stays_in_sight(chromium: Browser, server: str, stripes: Path) -> None:
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    offline = OfflinePage(context.new_page())
    studio = StudioPage(offline.page)
    page = studio.page
    page.goto(server)
    expect(studio.file).to_be_attached(timeout=PATIENCE_MS)
    assert complaints(studio) == []
    studio.upload(stripes)
    for mode in ("Subject", "Crop", "Shape", "Check", "View"):
        assert complaints(studio) == []
        page.get_by_role("tab", name=mode, exact=True).click()
    page.get_by_role("tab", name="Settings", exact=True).click()
    view = page.locator(".relief-stage")
    # The coarsest mesh is shaped fastest, and is as good to look for.
    studio.press("Mesh quality", "Home")
    studio.ready()

    for width, height in ((1280, 900), (600, 900), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        # The lowest of the controls, and one of an object.
        studio.slider("Surface smoothing").scroll_into_view_if_needed()
        studio.press("Surface smoothing", "ArrowRight")
        assert share_in_sight(studio, view) > _IN_SIGHT, width
        material = page.get_by_label("Material", exact=True)
        material.scroll_into_view_if_needed()
        expect(material).to_be_in_viewport()
        assert share_in_sight(studio, view) > _IN_SIGHT, width
        if width == 1280:
            page.get_by_text("Object: outline").click()
        outline = page.get_by_label("Outline", exact=True)
        outline.scroll_into_view_if_needed()
        outline.select_option("Oval" if width == 600 else "Circle")
        assert share_in_sight(studio, view) > _IN_SIGHT, width
        # Going back by keys, the focus comes out from under the view and the tabs.
        outline.focus()
        for _ in range(20):
            page.keyboard.press("Shift+Tab")
        assert page.evaluate(_UNCOVERED), width
        # No tab is cut, and nothing lies over the part.
        for tab in page.get_by_role("tab").all():
            assert tab.evaluate("e => e.scrollWidth <= e.clientWidth + 1"), tab.inner_text()
        if width == 390:
            tools = page.get_by_role("toolbar", name="View").bounding_box()
            box = page.locator(".relief-stage > canvas").bounding_box()
            assert tools is not None
            assert box is not None
            assert tools["y"] >= box["y"] + box["height"] - 1

    # A phone on its side has both beside each other.
    page.set_viewport_size({"width": 844, "height": 390})
    studio.slider("Surface smoothing").scroll_into_view_if_needed()
    assert share_in_sight(studio, view) > _IN_SIGHT

    # From the depth of the controls, the editor comes up with the relief beside it.
    for width, height in ((390, 844), (1280, 900)):
        page.set_viewport_size({"width": width, "height": height})
        page.get_by_role("tab", name="Crop", exact=True).click()
        expect(page.get_by_role("button", name="Apply crop")).to_be_in_viewport()
        page.get_by_role("tab", name="Subject", exact=True).click()
        canvas = page.get_by_role("img", name="Subject of the photo")
        assert share_in_sight(studio, canvas) > _IN_SIGHT, width
        assert share_in_sight(studio, view) > _IN_SIGHT, width
        page.get_by_role("tab", name="View", exact=True).click()
        assert share_in_sight(studio, view) > _IN_SIGHT, width

    # A picture without a subject gets one by painting it.
    help_ = page.locator(".relief-subject .relief-mask-help")
    page.get_by_role("tab", name="Subject", exact=True).click()
    expect(help_).to_contain_text("Nothing is marked")
    box = canvas.bounding_box()
    assert box is not None

    def paint() -> None:
        page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.5)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.5, steps=4)
        page.mouse.up()

    assert studio.changes(paint) > 0.01
    expect(help_).to_contain_text("Shift erases")
    # By keyboard from the tabs: back to the view at one press.
    page.get_by_role("tab", name="Subject", exact=True).focus()
    page.keyboard.press("Home")
    expect(page.get_by_role("tab", name="View", exact=True)).to_be_focused()
    expect(canvas).to_be_hidden()
    expect(view).to_be_visible(timeout=PATIENCE_MS)
    assert not offline.errors
    context.close()
