"""A real Chromium for tests, shared by all of a session."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Request,
    Response,
    Route,
    sync_playwright,
)
from playwright.sync_api import Error as PlaywrightError

_NAMES = ("chromium", "chromium-browser", "google-chrome")
# WebGL in software, so that machines without a GPU run the same tests.
FLAGS = ("--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def installed() -> str | None:
    """Return the path of the installed browser; None leaves the choice to Playwright."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)


@pytest.fixture(scope="session")
def started() -> Iterator[tuple[Browser, asyncio.AbstractEventLoop]]:
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=installed(), args=list(FLAGS))
        except PlaywrightError as error:
            pytest.fail(
                "These tests need Chromium: install it, or set CHROMIUM to its path, or run "
                f"'playwright install chromium'. ({str(error).splitlines()[0]})",
                pytrace=False,
            )
        yield browser, asyncio.get_running_loop()
        browser.close()


@pytest.fixture
def chromium(started: tuple[Browser, asyncio.AbstractEventLoop]) -> Iterator[Browser]:
    """Yield the session's browser.

    Playwright's event loop counts as running in this thread from its start to its end. It does so
    only within the tests that use the browser: the others see the plain thread that they expect.
    """
    browser, loop = started
    asyncio._set_running_loop(loop)
    yield browser
    asyncio._set_running_loop(None)


class OfflinePage:
    """A page without a network beside the machine itself.

    Attributes
    ----------
    page
        Playwright's page.
    refused
        Addresses elsewhere that the page asked for.
    errors
        Errors on its console, exceptions that nobody caught, and requests that failed.
    warnings
        Warnings on its console.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.refused: list[str] = []
        self.errors: list[str] = []
        self.warnings: list[str] = []
        page.context.route("**/*", self._answer)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._said)
        page.on("requestfailed", self._failed)
        page.on("response", self._answered)

    def _said(self, message: ConsoleMessage) -> None:
        # See `_failed`: the browser says so here too.
        if message.location.get("url", "").startswith("blob:"):
            return
        if message.type in ("error", "warning"):
            (self.errors if message.type == "error" else self.warnings).append(message.text)

    def _failed(self, request: Request) -> None:
        # A picture that is replaced before it was read: its address ends with it.
        if not request.url.startswith("blob:"):
            self.errors.append(f"failed: {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self.errors.append(f"{response.status}: {response.url}")

    def allow(self, text: str) -> None:
        """Forget the errors that contain `text`; the reason stands with the call."""
        self.errors[:] = [error for error in self.errors if text not in error]

    def _answer(self, route: Route) -> None:
        url = urlsplit(route.request.url)
        if url.scheme in ("file", "data", "blob") or url.hostname in _LOOPBACK:
            route.continue_()
        else:
            self.refused.append(route.request.url)
            route.abort()


@pytest.fixture
def page_offline(chromium: Browser) -> Iterator[OfflinePage]:
    """Yield a new page that reaches nothing but files and this machine.

    The test fails where the page asked for more, or anything went wrong on it.
    """
    # The processor draws every pixel here, and that is most of a browser test's time: half as many
    # along each side, and no way of the camera to watch, show the same.
    context = chromium.new_context(
        accept_downloads=True, device_scale_factor=0.5, reduced_motion="reduce"
    )
    page = context.new_page()
    page.set_default_timeout(20_000)
    offline = OfflinePage(page)
    yield offline
    # Closing cuts off what is on its way, which is no fault of the page.
    refused, errors = list(offline.refused), list(offline.errors)
    context.close()
    assert not refused, refused
    assert not errors, errors
