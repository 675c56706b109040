"""The app in real Voilà and a real browser: what a visitor sees and gets."""

from __future__ import annotations

import os
import re
import signal
import time
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from relief_widget.settings import controls
from tests.support.browser import OfflinePage
from tests.support.servers import Server, voila
from tests.support.studio_page import (
    KEPT,
    PATIENCE_MS,
    StudioPage,
    kept,
    kernel_of,
    load,
    until_kept,
)

PHOTO_MB = 20


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    # Kernels of closed pages end within seconds here, within minutes in use.
    culling = [
        "--MappingKernelManager.cull_idle_timeout=3",
        "--MappingKernelManager.cull_interval=1",
    ]
    with voila(tmp_path_factory.mktemp("voila"), *culling) as running:
        yield running


@pytest.fixture(scope="module")
def large_photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real JPEG of 20 MB: a bright ball on a dark ground, with the grain of a camera."""
    rows, cols = 3600, 4800
    y, x = np.mgrid[:rows, :cols].astype(np.float32)
    away = np.hypot(x - 2400, y - 1800) / 1300
    ball = np.where(away < 1, 90 + 130 * np.sqrt(np.clip(1 - away**2, 0, 1)), 45)
    grain = np.random.default_rng(1).normal(0, 22, (rows, cols, 3))
    pixels = np.clip(ball[..., None] * [1.0, 0.85, 0.7] + grain, 0, 255).astype(np.uint8)
    path = tmp_path_factory.mktemp("photo") / "ball.jpg"
    for quality in (92, 95, 97, 98, 100):
        Image.fromarray(pixels).save(path, "JPEG", quality=quality, subsampling=0)
        if path.stat().st_size >= PHOTO_MB * 1_000_000:
            break
    assert path.stat().st_size >= PHOTO_MB * 1_000_000
    return path


@pytest.fixture
def small_photo(tmp_path: Path) -> Path:
    y, x = np.mgrid[:300, :400]
    disc = np.hypot(x - 200, y - 150) < 100
    shade = np.where(disc, 210 - 0.5 * np.hypot(x - 200, y - 150), 50)
    # The grain of a camera: without it this would be a drawing.
    grey = (shade + np.random.default_rng(0).normal(0, 5, disc.shape)).astype(np.uint8)
    path = tmp_path / "disc.jpg"
    Image.fromarray(np.dstack([grey, grey, grey // 2])).save(path, quality=95)
    return path


@pytest.fixture
def studio(page_offline: OfflinePage, server: Server) -> StudioPage:
    page_offline.page.set_viewport_size({"width": 1280, "height": 900})
    page_offline.page.goto(server.url)
    return StudioPage(page_offline.page)


def test_a_large_photo_becomes_files_for_the_printer(
    studio: StudioPage, large_photo: Path, tmp_path: Path
) -> None:
    studio.upload(large_photo)
    button = studio.page.get_by_role("button", name="Download STL")
    box = button.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 900, "the STL button is below the fold"
    stl = load(studio.download("Download STL", tmp_path))
    assert stl.is_watertight
    assert stl.is_volume
    np.testing.assert_allclose(stl.extents, [100, 75, 15], atol=0.01)
    archive = studio.download("Download OBJ", tmp_path)
    with zipfile.ZipFile(archive) as files:
        assert files.testzip() is None
        files.extractall(tmp_path / "obj")
        names = files.namelist()
    obj = trimesh.load_mesh(next((tmp_path / "obj").glob("*.obj")), process=True)
    assert isinstance(obj, trimesh.Trimesh)
    assert len(obj.faces) == len(stl.faces)
    np.testing.assert_allclose(obj.extents, stl.extents, atol=0.01)
    assert any(name.endswith((".jpg", ".png")) for name in names)


def test_a_tile_makes_what_it_says(studio: StudioPage, small_photo: Path, tmp_path: Path) -> None:
    page = studio.page
    page.get_by_role("radio", name="Coin").click(timeout=PATIENCE_MS)
    studio.upload(small_photo)
    coin = load(studio.download("Download STL", tmp_path))
    assert coin.is_watertight
    np.testing.assert_allclose(coin.extents[:2], 40, atol=0.02)
    away = np.hypot(*(coin.vertices[:, :2] - coin.bounds.mean(axis=0)[:2]).T)
    edge = away > 19
    np.testing.assert_allclose(away[edge].max(), 20, atol=0.02)
    inside = away < 17.5
    assert coin.vertices[edge, 2].max() >= coin.vertices[inside, 2].max()
    studio.make("Lithophane lampshade")
    # A coarse one does: it travels faster.
    studio.press("Mesh quality", "Home")
    studio.ready()
    tube = load(studio.download("Download STL", tmp_path))
    assert tube.is_watertight
    # One hole goes through it, along y.
    assert tube.euler_number == 0
    away = np.hypot(*(tube.vertices - tube.bounds.mean(axis=0))[:, [0, 2]].T)
    assert away.max() - away.min() < 3.05
    studio.make("Keyring")
    path = studio.download("Download 3MF", tmp_path)
    assert path.suffix == ".3mf"
    ring = load(path)
    assert ring.is_watertight
    assert ring.body_count == 1
    assert ring.euler_number == 0
    page.get_by_role("tab", name="Check").click()
    expect(page.get_by_label("Made by")).to_have_value("FDM printing")
    page.get_by_role("button", name="Undo").first.click()
    opener = page.get_by_role("button", name="Making: Lithophane lampshade")
    expect(opener).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_label("Made by")).to_have_value(re.compile("lithophane"))
    expect(page.get_by_role("group", name="Export").get_by_role("button").first).to_have_text(
        "Download STL"
    )


@pytest.mark.full
def test_every_control_moves_the_picture(studio: StudioPage, small_photo: Path) -> None:
    # A smaller view is drawn faster in software.
    studio.page.set_viewport_size({"width": 480, "height": 700})
    studio.upload(small_photo)
    page = studio.page
    for name, control in controls().items():
        if name in ("material", "mode", "mirror", "depth_cutoff") or control.kind == "object":
            continue
        if control.low is not None and control.unit != "mm":
            key = "ArrowLeft" if name in ("mesh_quality", "compression") else "ArrowRight"
            assert studio.changes(partial(studio.press, control.label, key, 5), at_rest=True)
    materials = page.get_by_label("Material", exact=True)
    seen = []
    for label in materials.locator("option").all_inner_texts():
        materials.select_option(label)
        seen.append(studio.settled())
    # Each can be told from each other.
    for number, picture in enumerate(seen):
        for other in seen[:number]:
            assert np.abs(picture - other).mean() > 1.0


def test_each_kind_of_control_moves_the_picture(studio: StudioPage, small_photo: Path) -> None:
    studio.page.set_viewport_size({"width": 480, "height": 700})
    studio.upload(small_photo)
    page = studio.page
    for label in ("Smoothing", "Depth intensity"):
        assert studio.changes(partial(studio.press, label, "ArrowRight", 5), at_rest=True)
    material = page.get_by_label("Material", exact=True)
    assert studio.changes(lambda: material.select_option("Terracotta")) > 0.05
    invert = page.get_by_role("checkbox", name="Invert")
    assert studio.changes(invert.check, at_rest=True) > 0.05
    mirror = page.get_by_label("Mirror", exact=True)
    assert studio.changes(lambda: mirror.select_option("Off"), at_rest=True) > 0.002
    texture = page.get_by_role("checkbox", name="Show texture")
    assert studio.changes(texture.check, at_rest=True) > 0.05
    page.get_by_role("checkbox", name="Show texture").uncheck()
    assert studio.changes(lambda: page.get_by_role("button", name="Surface only").click()) > 0.005
    assert studio.slider("Base thickness").is_disabled() or studio.slider(
        "Base thickness"
    ).evaluate("handle => handle.closest('[disabled]') !== null")
    assert studio.changes(lambda: studio.press("Depth cutoff", "ArrowRight", 30)) > 0.05
    # The whole part again: of what is left the size is not 42 mm.
    studio.press("Depth cutoff", "Home")
    studio.ready()
    size = page.get_by_label("Size", exact=True)

    def resize() -> None:
        size.fill("42")
        size.press("Enter")

    assert studio.changes(resize)
    expect(studio.view).to_have_attribute("aria-label", re.compile("42.0 ×"))


def test_lengths_are_what_was_typed_and_keys_reach_an_object(
    studio: StudioPage, small_photo: Path, tmp_path: Path
) -> None:
    page = studio.page
    studio.upload(small_photo)

    def field(label: str) -> Locator:
        return page.get_by_role("spinbutton", name=label, exact=True)

    def type_in(label: str, text: str, shown: str) -> None:
        field(label).fill(text)
        field(label).press("Enter")
        expect(field(label)).to_have_value(shown)
        studio.ready()

    def keeps(**lengths: str) -> None:
        for label, text in lengths.items():
            expect(field(label.replace("_", " "))).to_have_value(text)

    type_in("Relief height", "3.3", "3.3")
    for base in ("2.5", "1.2", "0.8"):
        type_in("Base height", base, base)
    # Whatever else is moved, by hand or by the size.
    studio.press("Smoothing", "ArrowRight", 3)
    type_in("Height", "60", "60")
    type_in("Width", "77.7", "77.7")
    keeps(Relief_height="3.3", Base_height="0.8", Width="77.7", Height="58.275", Size="77.7")
    type_in("Size", "-5", "77.7")
    expect(page.locator(".relief-error")).to_have_text(
        "Size cannot be -5 mm. Give 1 mm to 10000 mm."
    )
    depth, share = studio.slider("Depth intensity"), 3.3 / 77.7
    assert float(depth.get_attribute("aria-valuenow") or 0) == pytest.approx(share, abs=1e-12)
    row = page.locator(".relief-number", has=depth)
    expect(row).to_contain_text("3.3 mm")
    np.testing.assert_allclose(
        load(studio.download("Download STL", tmp_path)).extents,
        [77.7, 77.7 * 300 / 400, 3.3 + 0.8],
        atol=1e-4,
    )
    page.get_by_label("Units", exact=True).select_option("Inches")
    keeps(Relief_height="0.1299")
    type_in("Relief height", "0.125", "0.125")
    type_in("Base height", "1/16", "0.0625")
    page.get_by_role("button", name="Undo", exact=True).first.click()
    keeps(Relief_height="0.125")
    page.get_by_label("Units", exact=True).select_option("Millimetres")
    keeps(Relief_height="3.175", Base_height="0.8", Width="77.7")
    studio.press("Depth intensity", "Home")
    studio.press("Depth intensity", "ArrowRight", 32)
    expect(depth).to_have_attribute("aria-valuenow", "0.16")
    expect(depth).to_have_attribute("aria-valuetext", "0.16")

    objects = page.get_by_role("button", name="Object: outline")
    objects.focus()
    page.keyboard.press("Enter")
    expect(objects).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Outline", exact=True)).to_be_focused()
    field("Hanging hole").focus()
    page.keyboard.type("4")
    page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile("^finished, "))).to_be_visible(timeout=PATIENCE_MS)


def test_a_bad_file_is_a_sentence_and_nothing_is_lost(
    studio: StudioPage, small_photo: Path, tmp_path: Path
) -> None:
    studio.upload(small_photo)
    before = studio.settled()
    bad = tmp_path / "broken.jpg"
    bad.write_bytes(small_photo.read_bytes()[:700])
    studio.file.set_input_files(bad)
    alert = studio.page.locator(".relief-error")
    stage = studio.page.locator(".relief-stage")
    place = stage.bounding_box()
    expect(alert).to_be_visible(timeout=PATIENCE_MS)
    expect(alert).to_contain_text("broken")
    studio.ready()
    # It is there to be read, and nothing moves for it.
    assert stage.bounding_box() == place
    studio.page.get_by_role("button", name="Close the message").click()
    expect(alert).to_be_hidden(timeout=PATIENCE_MS)
    # The lamp in the corner is drawn by the page, at whatever part of a pixel it comes to lie.
    assert not np.abs(studio.settled()[60:-110] - before[60:-110]).any()


def _drag(studio: StudioPage, label: str) -> None:
    """Drag a slider, and rest in the middle for longer than what makes two steps of two keys."""
    studio.slider(label).scroll_into_view_if_needed()
    box = studio.slider(label).bounding_box()
    assert box is not None
    mouse, y = studio.page.mouse, box["y"] + box["height"] / 2
    mouse.move(box["x"] + box["width"] / 2, y)
    mouse.down()
    for moved in (30, 80):
        before = studio.slider(label).get_attribute("aria-valuenow")
        mouse.move(box["x"] + moved, y)
        expect(studio.slider(label)).not_to_have_attribute("aria-valuenow", before or "")
        studio.page.wait_for_timeout(1300)
    mouse.up()


def _value(studio: StudioPage, label: str) -> str:
    return studio.slider(label).get_attribute("aria-valuenow") or ""


def test_a_reload_and_a_killed_kernel_lose_nothing(
    studio: StudioPage,
    page_offline: OfflinePage,
    server: Server,
    small_photo: Path,
    tmp_path: Path,
) -> None:
    page = studio.page
    studio.upload(small_photo)
    own = kernel_of(page)
    intensity, smoothing = studio.slider("Depth intensity"), studio.slider("Smoothing")
    start = _value(studio, "Depth intensity")
    _drag(studio, "Depth intensity")
    studio.press("Smoothing", "ArrowRight")
    wanted = _value(studio, "Depth intensity"), _value(studio, "Smoothing")
    assert wanted[0] != start
    until_kept(page, depth_intensity=float(wanted[0]), smoothing=float(wanted[1]))
    before = load(studio.download("Download STL", tmp_path))

    # The kernel is killed: the page says so, has another one, and goes on by itself.
    os.kill(server.pid_of(own), signal.SIGKILL)
    expect(page.locator("body")).to_contain_text("work is back", timeout=PATIENCE_MS)
    expect(studio.view).to_have_attribute("aria-label", re.compile("disc"), timeout=PATIENCE_MS)
    expect(intensity).to_have_attribute("aria-valuenow", wanted[0], timeout=PATIENCE_MS)
    expect(smoothing).to_have_attribute("aria-valuenow", wanted[1], timeout=PATIENCE_MS)
    studio.ready()
    after = load(studio.download("Download STL", tmp_path))
    np.testing.assert_array_equal(after.vertices, before.vertices)

    # Undo reaches back past that, and the drag was one step.
    page.keyboard.press("Control+z")
    expect(smoothing).not_to_have_attribute("aria-valuenow", wanted[1])
    page.keyboard.press("Control+z")
    expect(intensity).to_have_attribute("aria-valuenow", start)
    page.keyboard.press("Control+y")
    expect(intensity).to_have_attribute("aria-valuenow", wanted[0])
    studio.ready()

    # Another tab is offered nothing that is open in this one, and keeps a project of its own.
    other = page.context.new_page()
    other.goto(server.url)
    expect(other.get_by_role("button", name="Open example: Flower")).to_be_visible(
        timeout=PATIENCE_MS
    )
    expect(other.get_by_role("button", name="Continue with")).to_have_count(0)
    other.close()

    # A page that is left ends its kernel; one that is loaded anew asks what to go on with.
    own = kernel_of(page)
    page.reload()
    page.get_by_role("button", name="Continue with disc").click(timeout=PATIENCE_MS)
    expect(intensity).to_have_attribute("aria-valuenow", wanted[0], timeout=PATIENCE_MS)
    assert not server.has(own)
    page.reload()
    forget = page.get_by_role("button", name="Forget disc")
    forget.click(timeout=PATIENCE_MS)
    expect(forget).to_be_hidden()
    assert kept(page) == []
    # Said by the host of the kernel that was killed; and a browser calls what a page asks for in
    # its last moment failed, though the server got it.
    for text in ("Kernel connection disconnected", "/api/kernels/", "/voila/api/shutdown/"):
        page_offline.allow(text)


def test_the_view_works_while_the_kernel_is_gone(
    studio: StudioPage, small_photo: Path, tmp_path: Path
) -> None:
    studio.upload(small_photo)
    page = studio.page
    page.evaluate(
        "() => { window.sent = 0; const send = WebSocket.prototype.send;"
        "WebSocket.prototype.send = function () { window.sent += 1; }; void send; }"
    )
    assert _moved_without_kernel(studio, "Depth intensity") > 0.01
    page.get_by_label("Material", exact=True).select_option("Terracotta")
    stl = load(studio.download("Download STL", tmp_path))
    # Ten steps of 0.005 more than the 0.1 of the start.
    np.testing.assert_allclose(stl.extents[2], (0.05 + 0.15) * 100, atol=0.01)


def _moved_without_kernel(studio: StudioPage, label: str) -> float:
    before = studio.settled()
    studio.press(label, "ArrowRight", 10)
    after = studio.settled()
    return float((np.abs(after - before).max(axis=2) > 6).mean())


def test_nothing_is_drawn_while_nothing_changes(
    page_offline: OfflinePage, server: Server, small_photo: Path
) -> None:
    page = page_offline.page
    page.add_init_script(
        "window.draws = 0; const p = WebGL2RenderingContext.prototype;"
        "for (const name of ['drawElements', 'drawArrays']) { const real = p[name];"
        "p[name] = function (...a) { window.draws += 1; return real.apply(this, a); }; }"
    )
    page.goto(server.url)
    studio = StudioPage(page)
    studio.upload(small_photo)
    studio.settled()
    before = page.evaluate("window.draws")
    assert before > 0
    page.wait_for_timeout(2000)
    assert page.evaluate("window.draws") == before


def test_the_ways_in_have_their_own_labels(studio: StudioPage) -> None:
    for label in ("Choose a photo", "Choose a depth map"):
        expect(studio.page.get_by_label(label, exact=True)).to_have_count(1, timeout=PATIENCE_MS)


def test_every_handle_has_a_name_and_keys_reach_everything(
    studio: StudioPage, small_photo: Path
) -> None:
    studio.upload(small_photo)
    page = studio.page
    for handle in page.locator("[role=slider], input, select, button, [role=tab]").all():
        if handle.is_visible():
            name = handle.evaluate(
                "e => e.ariaLabel || e.title || e.textContent || e.labels?.[0]?.textContent || ''"
            )
            assert name.strip(), handle.evaluate("e => e.outerHTML")
    reached: set[str] = set()
    page.locator("body").click(position={"x": 2, "y": 2})
    for _ in range(180):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate(
                "() => { const e = document.activeElement; return e.ariaLabel || "
                "e.labels?.[0]?.textContent.trim() || e.textContent.trim().slice(0, 40); }"
            )
        )
    plain = {control.label for control in controls().values() if control.kind != "object"}
    wanted = plain - {"Mode", "Depth cutoff"}
    wanted |= {"Download STL", "Front view", "Light direction", "Solid", "Surface only", "Undo"} - {
        "Undo"
    }
    missing = {name for name in wanted if not any(name in item for item in reached)}
    assert not missing


@pytest.mark.full
def test_two_visitors_see_only_their_own(
    chromium: Browser, studio: StudioPage, server: Server, small_photo: Path, large_photo: Path
) -> None:
    studio.upload(small_photo)
    context = chromium.new_context()
    other = StudioPage(context.new_page())
    other.page.goto(server.url)
    expect(other.file).to_be_attached(timeout=PATIENCE_MS)
    expect(other.view).to_have_count(0) if other.view.count() == 0 else expect(
        other.view
    ).to_be_hidden()
    other.upload(large_photo)
    expect(studio.view).to_have_attribute("aria-label", re.compile("disc"))
    assert "ball.jpg" not in studio.page.content()
    assert "disc.jpg" not in other.page.content()
    context.close()


@pytest.mark.full
def test_visitors_in_turn_leave_no_kernel_and_no_file(
    chromium: Browser, server: Server, small_photo: Path
) -> None:
    files = set(server.scratch.rglob("*"))
    for _ in range(3):
        context = chromium.new_context()
        visitor = StudioPage(context.new_page())
        visitor.page.goto(server.url)
        visitor.upload(small_photo)
        context.close()
    for _ in range(7):
        context = chromium.new_context()
        page = context.new_page()
        page.goto(server.url)
        expect(page.locator("input[type=file]").first).to_be_attached(timeout=PATIENCE_MS)
        context.close()
    deadline = time.monotonic() + 60
    # One kernel waits for the next visitor.
    while len(server.kernels()) > 1 and time.monotonic() < deadline:
        time.sleep(0.5)
    assert len(server.kernels()) <= 1
    left = {path for path in server.scratch.rglob("*") if path.is_file()} - files
    assert not [path for path in left if "disc" in path.name or "relief" in path.name]


def test_it_is_one_page_wide_on_a_phone_and_in_the_dark(
    page_offline: OfflinePage, server: Server, small_photo: Path
) -> None:
    page: Page = page_offline.page
    page.set_viewport_size({"width": 600, "height": 900})
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    page.goto(server.url)
    studio = StudioPage(page)
    expect(studio.file).to_be_attached(timeout=PATIENCE_MS)
    assert (
        page.evaluate("document.getAnimations().filter(a => a.playState === 'running').length") == 0
    )
    studio.upload(small_photo)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert sum(int(part) for part in re.findall(r"\d+", background)[:3]) < 150


def _heights_at(stl: trimesh.Trimesh, places: list[tuple[float, float]]) -> list[float]:
    """Return the height of a part over places, in mm, as a ruler from above would find it."""
    tops = stl.triangles[stl.face_normals[:, 2] > 1e-6]
    a, b, c = (tops[:, i] for i in range(3))

    def area(p: Any, q: Any, r: Any) -> Any:
        (px, py), (qx, qy), (rx, ry) = (corner[..., :2].T for corner in (p, q, r))
        return (qx - px) * (ry - py) - (qy - py) * (rx - px)

    found = []
    for place in np.array(places):
        parts = [area(b, c, place), area(c, a, place), area(a, b, place)]
        over = np.min(parts, axis=0) >= -1e-9
        z = sum(part * corner[:, 2] for part, corner in zip(parts, (a, b, c), strict=True))
        found.append(float((z / area(a, b, c))[over].max()))
    return found


def _middle(studio: StudioPage) -> tuple[float, float]:
    """Return where the middle of the part is in the front view."""
    box = studio.view.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_what_is_shaped_by_hand_is_in_the_file(
    studio: StudioPage, page_offline: OfflinePage, small_photo: Path, tmp_path: Path
) -> None:
    page = studio.page
    studio.upload(small_photo)
    places = [(50.0, 37.5), (45.0, 37.5), (12.0, 64.0), (88.0, 10.0)]
    before = _heights_at(load(studio.download("Download STL", tmp_path)), places)
    page.get_by_role("tab", name="Shape", exact=True).click()
    page.get_by_role("button", name="Set height").click()
    for label, key in (("Strength", "End"), ("Height to set", "Home"), ("Brush size", "PageUp")):
        studio.slider(label).press(key)
    page.get_by_role("button", name="Front view").click()
    studio.settled()
    x, y = _middle(studio)
    shot = studio.pixels()
    page.mouse.move(x - 30, y)
    page.mouse.down()
    page.mouse.move(x + 10, y, steps=6)
    page.mouse.up()
    page.get_by_role("tab", name="Shape", exact=True).hover()
    # The stroke is seen at once, and stays as it is when Python has made it, too.
    at_once = studio.settled()
    assert float((np.abs(at_once - shot).max(axis=2) > 6).mean()) > 0.005
    expect(page.get_by_role("button", name="Clear")).to_be_enabled(timeout=PATIENCE_MS)
    studio.ready()
    assert float((np.abs(studio.settled() - at_once).max(axis=2) > 12).mean()) < 0.002
    shaped = _heights_at(load(studio.download("Download STL", tmp_path)), places)
    # The lowest height there is, on a base of 5 mm; and what the brush did not reach is as it was.
    np.testing.assert_allclose(shaped[:2], 5, atol=0.02)
    np.testing.assert_allclose(shaped[2:], before[2:], atol=0.02)
    assert before[0] > 6
    # A reload brings it back; without a kernel strokes go on, and are in what the browser makes.
    page.wait_for_function(
        f"async () => JSON.stringify(await ({KEPT})()).includes('strokes')", timeout=PATIENCE_MS
    )
    before_reload = page.evaluate("Date.now()")
    page.reload()
    page.get_by_role("button", name="Continue with disc").click(timeout=PATIENCE_MS)
    expect(studio.view).to_have_attribute("aria-label", re.compile("disc"), timeout=PATIENCE_MS)
    studio.ready()
    # This page's own kernel has it, and the browser its file: what follows belongs to that.
    page.wait_for_function(
        f"async (then) => (await ({KEPT})()).some(({{ saved }}) => saved > then)",
        arg=before_reload,
        timeout=PATIENCE_MS,
    )
    page.evaluate("() => { WebSocket.prototype.send = () => {}; }")
    page.get_by_role("tab", name="Shape", exact=True).click()
    page.get_by_role("button", name="Front view").click()
    studio.settled()
    page.mouse.click(*_middle(studio))
    alone = _heights_at(load(studio.download("Download STL", tmp_path)), places)
    # Half of a quarter of 10 mm, and a little less beside the pixel that was hit.
    assert alone[0] == pytest.approx(6.25, abs=0.15)
    np.testing.assert_allclose(alone[2:], before[2:], atol=0.02)
    # It is kept, too, for the next kernel.
    counts = [len(one["edits"]["strokes"]) for one in kept(page) if one.get("edits")]
    assert counts == [2]
    # As for every reload, see above.
    page_offline.allow("/voila/api/shutdown/")
