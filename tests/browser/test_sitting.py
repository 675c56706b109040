"""One long sitting: many photos and many changes in one page leave the memory as it was."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from relief_widget import example_photos
from tests.support.browser import OfflinePage
from tests.support.heap import heap
from tests.support.servers import Server, voila
from tests.support.studio_page import PATIENCE_MS, StudioPage, kernel_of

pytestmark = pytest.mark.full

_LOG = logging.getLogger(__name__)

PHOTOS = 20
# The page may grow by as much from the fifth photo to the last; one photo left behind is more.
MOST_HEAP_BYTES = 12e6
# So may the kernel: undo goes back through some of the photos.
MOST_RSS_BYTES = 400e6


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with voila(tmp_path_factory.mktemp("voila")) as running:
        yield running


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Parts of the examples, no two alike."""
    folder = tmp_path_factory.mktemp("photos")
    rng = np.random.default_rng(4)
    made = []
    for number, (name, path) in zip(range(PHOTOS), cycle(example_photos().items()), strict=False):
        with Image.open(path) as image:
            width, height = image.size
            left, top = (int(rng.integers(0, side // 4)) for side in (width, height))
            part = image.convert("RGB").crop((left, top, left + width * 3 // 4, height))
        made.append(folder / f"{name}{number}.jpg")
        part.save(made[-1])
    return made


def resident(pid: int) -> int:
    """Return the bytes of memory that a process holds."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found is not None
    return 1024 * int(found[1])


def stroke(page: Page) -> None:
    """Draw across the part."""
    box = page.get_by_role("img", name=re.compile("^Relief")).bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x - 40, y)
    page.mouse.down()
    page.mouse.move(x + 40, y, steps=4)
    page.mouse.up()


def work(studio: StudioPage, turn: int) -> None:
    """Change ten things, as somebody does who tries what there is."""
    page = studio.page

    def tab(name: str) -> None:
        page.get_by_role("tab", name=name, exact=True).click()

    for label in ("Smoothing", "Enhance details", "Depth intensity", "Compression"):
        studio.press(label, "ArrowLeft" if label == "Compression" else "ArrowRight")
    tab("Shape")
    stroke(page)
    stroke(page)
    tab("View")
    page.get_by_label("Material", exact=True).select_option(index=turn % 6)
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+y")
    studio.make(("Coin", "Plaque", "Keyring", "Plain relief")[turn % 4])
    studio.press("Mesh quality", "Home")
    studio.ready()


def test_a_long_sitting_leaves_the_memory_as_it_was(
    page_offline: OfflinePage, server: Server, photos: list[Path]
) -> None:
    page = page_offline.page
    # A smaller view is drawn faster in software.
    page.set_viewport_size({"width": 700, "height": 700})
    page.set_default_timeout(PATIENCE_MS)
    page.goto(server.url, timeout=PATIENCE_MS)
    studio = StudioPage(page)
    heaps, rss = [], []
    for turn, photo in enumerate(photos):
        studio.upload(photo)
        work(studio, turn)
        if turn % 5 == 4:
            # What is shown by the clock is over.
            expect(studio.status).to_have_text(re.compile("ready$"), timeout=PATIENCE_MS)
            heaps.append(heap(page))
            rss.append(resident(server.pid_of(kernel_of(page))))
            megabytes = heaps[-1] / 1e6, rss[-1] / 1e6
            _LOG.info("%d photos: page %.1f MB, kernel %.0f MB", turn + 1, *megabytes)
    assert heaps[-1] - heaps[0] < MOST_HEAP_BYTES, heaps
    assert rss[-1] - rss[0] < MOST_RSS_BYTES, rss
