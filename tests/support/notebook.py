"""A notebook in a real JupyterLab and a real browser."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

from tests.support.browser import OfflinePage
from tests.support.servers import Server
from tests.support.studio_page import PATIENCE_MS


class Notebook:
    """A notebook that is open in JupyterLab."""

    def __init__(self, offline: OfflinePage, server: Server, name: str) -> None:
        self.page: Page = offline.page
        self.page.set_viewport_size({"width": 1100, "height": 900})
        self.page.goto(f"{server.url}/lab/tree/{name}?reset", timeout=PATIENCE_MS)
        self.page.wait_for_function(
            "window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel?.status"
            " === 'idle'",
            timeout=PATIENCE_MS,
        )

    def command(self, name: str, arguments: dict[str, Any] | None = None) -> None:
        """Run one of JupyterLab's commands."""
        self.page.evaluate(
            "([name, args]) => { window.jupyterapp.commands.execute(name, args); }",
            [name, arguments or {}],
        )

    def run_first(self) -> None:
        """Run the first cell, and wait until its kernel is idle again."""
        self.page.evaluate(
            "() => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = 0; }"
        )
        self.command("notebook:run-cell")
