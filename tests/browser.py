"""A real browser for the tests, cut off from everything but this machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright

ARGUMENTS = (
    "--no-sandbox",
    # Software WebGL, so that machines without a GPU run the same tests.
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
)
_NAMES = ("chromium", "chromium-browser", "google-chrome")
_LOCAL = {"127.0.0.1", "localhost"}


def executable() -> str | None:
    """Return the path of an installed Chromium, or None for Playwright's own."""
    installed = next(filter(None, map(shutil.which, _NAMES)), None)
    return os.environ.get("CHROMIUM") or installed


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Yield a browser for the whole session."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=list(ARGUMENTS))
        yield browser
        browser.close()


@dataclass
class OfflinePage:
    """A page that may ask this machine alone, and what went wrong on it."""

    page: Page
    outside: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def allow(self, text: str) -> None:
        """Forget the errors that contain `text`; the reason stands with the call."""
        self.errors[:] = [error for error in self.errors if text not in error]


@pytest.fixture
def page_offline(chromium: Browser) -> Iterator[OfflinePage]:
    """Yield a page; it fails the test where anything is asked elsewhere or goes wrong on it."""
    context = chromium.new_context(accept_downloads=True)
    offline = OfflinePage(context.new_page())

    def route(request: Route) -> None:
        address = urlsplit(request.request.url)
        if address.scheme in ("http", "https", "ws", "wss") and address.hostname not in _LOCAL:
            offline.outside.append(request.request.url)
            request.abort()
        else:
            request.continue_()

    context.route("**/*", route)
    page = offline.page
    page.on("pageerror", lambda error: offline.errors.append(f"page error: {error}"))
    page.on(
        "console",
        lambda message: (
            offline.errors.append(f"console: {message.text}") if message.type == "error" else None
        ),
    )
    page.on("requestfailed", lambda request: offline.errors.append(f"failed: {request.url}"))
    page.on(
        "response",
        lambda response: (
            offline.errors.append(f"{response.status}: {response.url}")
            if response.status >= 400
            else None
        ),
    )
    yield offline
    context.close()
    assert offline.outside == []
    assert offline.errors == []
