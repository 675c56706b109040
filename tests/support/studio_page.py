"""The app as a visitor uses it: by the names of its controls, judged by its pixels."""

from __future__ import annotations

import io
import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import trimesh
from PIL import Image
from playwright.sync_api import Locator, Page, expect

# Machines that run this are slow, and do other things beside.
PATIENCE_MS = 90_000

# What this browser keeps: opening the database would make it, without its store.
KEPT = """async () => {
    const there = await indexedDB.databases();
    if (!there.some((one) => one.name === "relief_widget")) return [];
    const opening = indexedDB.open("relief_widget");
    await new Promise((done) => { opening.onsuccess = opening.onerror = done; });
    const database = opening.result;
    const reading = database.transaction("projects").objectStore("projects").getAll();
    await new Promise((done) => { reading.onsuccess = reading.onerror = done; });
    database.close();
    return reading.result.map((one) =>
        one.settings ? { ...JSON.parse(one.settings), saved: one.saved } : {});
}"""


class StudioPage:
    """One visitor's page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.view = page.get_by_role("img", name=re.compile("^Relief"))
        self.status = page.get_by_role("status")
        self.file = page.locator("input[type=file]").first
        self._last: npt.NDArray[np.int16] | None = None

    def upload(self, photo: Path) -> None:
        """Choose a photo, and wait for its relief."""
        expect(self.file).to_be_attached(timeout=PATIENCE_MS)
        self.file.set_input_files(photo)
        expect(self.view).to_have_attribute(
            "aria-label", re.compile(re.escape(photo.stem)), timeout=PATIENCE_MS
        )
        self.ready()

    def make(self, tile: str) -> None:
        """Choose what to make, beside a photo, and wait for it."""
        self.page.get_by_role("button", name=re.compile("^Making:")).click()
        self.page.get_by_role("radio", name=tile, exact=True).click()
        made = re.compile(f"{re.escape(tile)}.*ready$")
        expect(self.status).to_have_text(made, timeout=PATIENCE_MS)

    def ready(self) -> None:
        """Wait until nothing is running."""
        expect(self.status).to_have_text(re.compile("ready$"), timeout=PATIENCE_MS)

    def pixels(self) -> npt.NDArray[np.int16]:
        """Return the picture of the view, with what lies over it."""
        shot = self.page.locator(".relief-stage").screenshot()
        return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB"), np.int16)

    def settled(self) -> npt.NDArray[np.int16]:
        """Return the picture once it stays the same."""
        before = self.pixels()
        while True:
            self.page.wait_for_timeout(250)
            now = self.pixels()
            if before.shape == now.shape and not np.abs(now - before).any():
                return now
            before = now

    def changes(self, act: Callable[[], Any], *, at_rest: bool = False) -> float:
        """Return the share of the picture's pixels that differ clearly once `act` has its effect.

        Parameters
        ----------
        act
            What is to change it.
        at_rest
            Nothing happened since the last of these calls: its last picture is the first of this.

        Raises
        ------
        AssertionError
            Nothing changes.
        """
        before = self._last if at_rest and self._last is not None else self.settled()
        act()
        for _ in range(60):
            self.page.wait_for_timeout(100)
            if _share(before, self.pixels()) > 0:
                break
        self.ready()
        self._last = self.settled()
        share = _share(before, self._last)
        assert share > 0, "the picture did not change"
        return share

    def slider(self, label: str) -> Locator:
        """Return the handle of a slider."""
        return self.page.get_by_role("slider", name=label, exact=True)

    def press(self, label: str, key: str, times: int = 1) -> None:
        """Move a slider by keys."""
        handle = self.slider(label)
        handle.focus()
        for _ in range(times):
            handle.press(key)

    def download(self, button: str, folder: Path) -> Path:
        """Press a download button; return the file."""
        with self.page.expect_download(timeout=PATIENCE_MS) as download:
            self.page.get_by_role("button", name=button).click()
        path = folder / download.value.suggested_filename
        download.value.save_as(path)
        return path


def _share(before: npt.NDArray[np.int16], now: npt.NDArray[np.int16]) -> float:
    if before.shape != now.shape:
        return 1.0
    return float((np.abs(now - before).max(axis=2) > 6).mean())


def load(path: Path) -> trimesh.Trimesh:
    """Return the mesh in a downloaded STL file, its vertices merged."""
    mesh = trimesh.load_mesh(path)
    assert isinstance(mesh, trimesh.Trimesh)
    return mesh


def kept(page: Page) -> list[dict[str, Any]]:
    """Return the settings of all projects that the page's browser keeps, and when it did."""
    found: list[dict[str, Any]] = page.evaluate(KEPT)
    return found


def until_kept(page: Page, **settings: float) -> None:
    """Wait until one of them has these settings."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while not any(one.items() >= settings.items() for one in kept(page)):
        assert time.monotonic() < deadline, kept(page)
        page.wait_for_timeout(50)


def kernel_of(page: Page) -> str:
    """Return the id of the kernel behind a page of Voilà."""
    config = page.locator("#jupyter-config-data").text_content() or "{}"
    return str(json.loads(config)["kernelId"])
