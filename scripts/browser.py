"""The browser and the servers of the tests, for scripts and benchmarks."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.support.browser import FLAGS, installed
from tests.support.servers import free_port, lab, running, voila
from tests.support.studio_page import StudioPage

__all__ = ["StudioPage", "chromium", "free_port", "lab", "running", "voila"]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Yield a headless browser, closed at the end."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed(), args=list(FLAGS))
        yield browser
        browser.close()
