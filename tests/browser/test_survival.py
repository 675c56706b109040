"""A page that survives: kernels killed at the worst moments, servers started anew, a full store."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.support.browser import OfflinePage
from tests.support.notebook import Notebook
from tests.support.servers import Server, free_port, lab, voila
from tests.support.studio_page import (
    PATIENCE_MS,
    StudioPage,
    kept,
    kernel_of,
    load,
    until_kept,
)

pytestmark = pytest.mark.full

# Said by the host of the kernel that was killed; and a browser calls what a page asks for in its
# last moment failed, though the server got it.
KILLED = ("Kernel connection disconnected", "/api/kernels/", "/voila/api/shutdown/")


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A disc with the grain of a camera: without it this would be a drawing."""
    y, x = np.mgrid[:300, :400]
    disc = np.hypot(x - 200, y - 150) < 100
    shade = np.where(disc, 210 - 0.5 * np.hypot(x - 200, y - 150), 50)
    grey = (shade + np.random.default_rng(0).normal(0, 5, disc.shape)).astype(np.uint8)
    path = tmp_path_factory.mktemp("photo") / "disc.jpg"
    Image.fromarray(np.dstack([grey, grey, grey // 2])).save(path, quality=95)
    return path


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with voila(tmp_path_factory.mktemp("voila")) as running:
        yield running


@pytest.fixture
def studio(page_offline: OfflinePage, server: Server) -> StudioPage:
    page_offline.page.set_viewport_size({"width": 1280, "height": 900})
    page_offline.page.goto(server.url, timeout=PATIENCE_MS)
    return StudioPage(page_offline.page)


def banner(page: Page) -> Locator:
    return page.locator(".relief-banner")


def is_back(studio: StudioPage, *more: str) -> None:
    """Wait until the page has another kernel and the work."""
    for text in ("work is back", *more):
        expect(banner(studio.page)).to_contain_text(text, timeout=PATIENCE_MS)
    expect(studio.view).to_have_attribute("aria-label", re.compile("disc"), timeout=PATIENCE_MS)
    studio.ready()
    assert not [
        found.inner_text()
        for found in studio.page.locator(".relief-app button").all()
        if found.is_visible() and found.evaluate("e => e.closest('[inert]') !== null")
    ]


def strokes(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        stroke for one in kept(page) for stroke in one.get("edits", {}).get("strokes", ())
    ]
    return found


def test_a_kernel_killed_during_a_stroke_or_an_export_loses_nothing(
    studio: StudioPage, page_offline: OfflinePage, server: Server, photo: Path, tmp_path: Path
) -> None:
    page = studio.page
    studio.upload(photo)
    studio.press("Smoothing", "ArrowRight")
    smoothing = float(studio.slider("Smoothing").get_attribute("aria-valuenow") or 0)
    until_kept(page, smoothing=smoothing)
    plain = load(studio.download("Download STL", tmp_path))

    # In the midst of a stroke: the hand goes on, and ends it, while nobody is there.
    page.get_by_role("tab", name="Shape", exact=True).click()
    page.get_by_role("button", name="Set height").click()
    for label, key in (("Strength", "End"), ("Height to set", "Home"), ("Brush size", "PageUp")):
        studio.slider(label).press(key)
    page.get_by_role("button", name="Front view").click()
    studio.settled()
    box = studio.view.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    own = kernel_of(page)
    page.mouse.move(x - 60, y)
    page.mouse.down()
    page.mouse.move(x - 30, y, steps=4)
    os.kill(server.pid_of(own), signal.SIGKILL)
    expect(banner(page)).to_contain_text("Your work is safe", timeout=PATIENCE_MS)
    page.mouse.move(x + 30, y, steps=6)
    # What there is of it is kept already.
    page.wait_for_timeout(1500)
    assert kernel_of(page) == own
    assert strokes(page)
    page.mouse.up()
    is_back(studio)
    (stroke,) = strokes(page)
    across = [place[0] for place in stroke["points"]]
    assert max(across) - min(across) > 0.1
    shaped = load(studio.download("Download STL", tmp_path))
    low = shaped.vertices[np.abs(shaped.vertices[:, :2] - (50, 37.5)).max(axis=1) < 0.8]
    assert low[:, 2].max() < 6 < plain.vertices[:, 2].max()
    assert studio.slider("Smoothing").get_attribute("aria-valuenow") == str(smoothing)

    # In the midst of an export that only Python can make: it is said to be missing.
    process = server.pid_of(kernel_of(page))
    os.kill(process, signal.SIGSTOP)
    page.get_by_role("button", name="Download 3MF").click()
    os.kill(process, signal.SIGKILL)
    is_back(studio, "not saved: save it again")
    again = load(studio.download("Download 3MF", tmp_path))
    np.testing.assert_allclose(again.extents, shaped.extents, atol=1e-3)

    # Of one that the browser can make, too, the file comes; after three losses it asks first.
    process = server.pid_of(kernel_of(page))
    os.kill(process, signal.SIGSTOP)
    with page.expect_download(timeout=PATIENCE_MS) as download:
        page.get_by_role("button", name="Download STL").click()
        os.kill(process, signal.SIGKILL)
    download.value.save_as(tmp_path / "alone.stl")
    np.testing.assert_allclose(load(tmp_path / "alone.stl").extents, shaped.extents, atol=0.02)
    expect(banner(page)).to_contain_text("stopped again", timeout=PATIENCE_MS)
    page.get_by_role("button", name="Start again").click()
    is_back(studio)
    assert len(strokes(page)) == 1
    for text in KILLED:
        page_offline.allow(text)


def test_a_photo_is_not_lost_with_the_kernel_that_it_is_on_its_way_to(
    studio: StudioPage, page_offline: OfflinePage, server: Server, photo: Path, tmp_path: Path
) -> None:
    page = studio.page
    studio.upload(photo)
    studio.press("Smoothing", "ArrowRight")
    smoothing = float(studio.slider("Smoothing").get_attribute("aria-valuenow") or 0)
    until_kept(page, smoothing=smoothing)
    large = tmp_path / "large.png"
    grain = np.random.default_rng(0).integers(90, 160, (1500, 2000, 3), np.uint8)
    Image.fromarray(grain).save(large)
    process = server.pid_of(kernel_of(page))
    os.kill(process, signal.SIGSTOP)
    studio.file.set_input_files(large)
    expect(page.get_by_role("progressbar").first).to_be_visible(timeout=PATIENCE_MS)
    os.kill(process, signal.SIGKILL)
    expect(banner(page)).to_contain_text("work is back", timeout=PATIENCE_MS)
    # It goes on its way again by itself, and what was before it is still kept.
    expect(studio.view).to_have_attribute("aria-label", re.compile("large"), timeout=PATIENCE_MS)
    studio.ready()
    until_kept(page, smoothing=smoothing)
    for text in KILLED:
        page_offline.allow(text)


def test_a_server_that_is_started_anew_gives_the_work_back(
    page_offline: OfflinePage, photo: Path, tmp_path: Path
) -> None:
    page, port = page_offline.page, free_port()
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    page.set_viewport_size({"width": 1280, "height": 900})
    studio = StudioPage(page)
    with voila(tmp_path / "first", port=port) as first:
        page.goto(first.url, timeout=PATIENCE_MS)
        studio.upload(photo)
        studio.press("Depth intensity", "ArrowRight", 3)
        intensity = studio.slider("Depth intensity").get_attribute("aria-valuenow") or ""
        until_kept(page, depth_intensity=float(intensity))
        place = page.locator(".relief-stage").bounding_box()
    expect(banner(page)).to_contain_text("kept in this browser", timeout=PATIENCE_MS)
    # Nothing has moved under the banner, and the view is alive.
    assert page.locator(".relief-stage").bounding_box() == place
    page.get_by_role("button", name="Front view").click()
    studio.settled()
    with voila(tmp_path / "second", port=port):
        is_back(studio)
        assert studio.slider("Depth intensity").get_attribute("aria-valuenow") == intensity
        load(studio.download("Download STL", tmp_path))
    # A server that is away is one that answers nothing.
    page_offline.errors.clear()


def test_a_full_store_is_said_and_the_work_goes_on(
    studio: StudioPage, server: Server, photo: Path, tmp_path: Path
) -> None:
    page = studio.page
    browser = page.context.new_cdp_session(page)

    def give(size: int | None) -> None:
        quota = {} if size is None else {"quotaSize": size}
        browser.send("Storage.overrideQuotaForOrigin", {"origin": server.url, **quota})

    give(20_000)
    studio.upload(photo)
    alert = page.locator(".relief-error")
    expect(alert).to_contain_text("does not keep the relief", timeout=PATIENCE_MS)
    expect(alert).to_contain_text("Save it as a project")
    studio.press("Smoothing", "ArrowRight")
    studio.ready()
    assert load(studio.download("Download STL", tmp_path)).is_watertight
    assert kept(page) == []
    # Where there is room again, it is kept again.
    give(None)
    studio.press("Smoothing", "ArrowRight")
    smoothing = float(studio.slider("Smoothing").get_attribute("aria-valuenow") or 0)
    until_kept(page, smoothing=smoothing)
    browser.detach()


# Of the kernel that runs a notebook.
SESSION = "window.jupyterapp.shell.currentWidget.sessionContext"


def test_a_kernel_that_is_lost_in_jupyterlab_costs_nothing(
    page_offline: OfflinePage, photo: Path, tmp_path: Path
) -> None:
    page = page_offline.page
    page.set_viewport_size({"width": 1280, "height": 1000})
    (tmp_path / "disc.jpg").write_bytes(photo.read_bytes())
    cells = ["from relief_widget import ReliefApp\nReliefApp('disc.jpg')"]
    with lab(tmp_path, {"studio.ipynb": cells}) as server:
        notebook = Notebook(page_offline, server, "studio.ipynb")
        notebook.run_first()
        studio = StudioPage(page)
        expect(studio.view).to_be_visible(timeout=PATIENCE_MS)
        studio.ready()

        def change() -> str:
            studio.press("Smoothing", "ArrowRight")
            studio.ready()
            value = studio.slider("Smoothing").get_attribute("aria-valuenow") or ""
            until_kept(page, smoothing=float(value))
            return value

        def lost_and_run_again(value: str) -> None:
            expect(banner(page)).to_contain_text("run this cell again", timeout=PATIENCE_MS)
            # What can still be pressed does something: the view makes its file by itself.
            assert not [
                found.inner_text()
                for found in page.locator(".relief-tools button, .relief-header button").all()
                if found.is_visible() and found.evaluate("e => e.closest('[inert]') === null")
            ]
            assert load(studio.download("Download STL", tmp_path)).is_watertight
            page.wait_for_function(
                f"{SESSION}.session?.kernel?.status === 'idle'", timeout=PATIENCE_MS
            )
            notebook.run_first()
            expect(banner(page)).to_have_count(0, timeout=PATIENCE_MS)
            expect(studio.view).to_be_visible(timeout=PATIENCE_MS)
            handle = studio.slider("Smoothing")
            expect(handle).to_have_attribute("aria-valuenow", value, timeout=PATIENCE_MS)
            studio.ready()

        value = change()
        os.kill(server.pid_of(page.evaluate(f"{SESSION}.session.kernel.id")), signal.SIGKILL)
        # JupyterLab has its own word, too.
        page.get_by_role("button", name="Ok", exact=True).click(timeout=PATIENCE_MS)
        lost_and_run_again(value)

        value = change()
        notebook.command("kernelmenu:restart")
        page.get_by_role("button", name="Restart", exact=True).click()
        lost_and_run_again(value)
        page.close()
    # Said by the host of the kernel that was killed.
    for text in (*KILLED, "WebSocket"):
        page_offline.allow(text)
