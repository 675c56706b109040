"""A long sitting in one process: what was closed is freed, and memory stays level."""

from __future__ import annotations

import gc
import io
import threading
from pathlib import Path

import numpy as np
import psutil
import pytest
from ipywidgets import Widget
from PIL import Image

from relief_widget import Relief, ReliefApp
from relief_widget.app.holding import arrays_of
from relief_widget.image.photo import Photo

MB = 1 << 20


def photo(number: int, side: int = 240) -> bytes:
    """A photo of its own: a ball somewhere, with the grain of a camera."""
    y, x = np.mgrid[: side * 3 // 4, :side]
    away = np.hypot(x - side * (0.4 + number % 7 / 40), y - side * 0.4) / (side / 4)
    grey = np.where(away < 1, 90 + 130 * np.sqrt(np.clip(1 - away**2, 0, 1)), 45.0)
    grey += np.random.default_rng(number).normal(0, 8, grey.shape)
    file = io.BytesIO()
    pixels = np.clip(np.dstack([grey, grey * 0.9, grey * 0.7]), 0, 255).astype(np.uint8)
    Image.fromarray(pixels).save(file, "JPEG", quality=92)
    return file.getvalue()


def alive() -> tuple[int, int]:
    """Return how many photos there are, and how many open widgets."""
    gc.collect()
    things = gc.get_objects()
    photos = sum(type(thing) is Photo for thing in things)
    return photos, sum(isinstance(thing, Widget) and thing.comm is not None for thing in things)


def rss() -> float:
    gc.collect()
    return float(psutil.Process().memory_info().rss) / MB


def test_photos_and_their_tiles_go_with_what_undo_forgets() -> None:
    app = ReliefApp()
    for number in range(2):
        app.session.open(photo(number), f"{number}.jpg")
    _, widgets = alive()
    for number in range(2, 5):
        app.session.open(photo(number), f"{number}.jpg")
    assert alive()[1] == widgets
    # Other versions of one photo have tiles, which go with it.
    app.session.use(source="luminance")
    assert alive()[1] > widgets
    app.session.open(photo(9), "9.jpg")
    assert alive()[1] == widgets


def test_past_states_hold_no_meshes(tmp_path: Path) -> None:
    app = ReliefApp()
    app.session.open(photo(0), "0.jpg")
    for number in range(4):
        app.session.replace(depth_intensity=0.1 + number / 100)
        relief = app.session.exported()
        relief.save(tmp_path / "a.stl", max_error_mm=None)
        app.session.replace(smoothing=1.0 + number)
    whole = arrays_of(*(state.relief for state in app.session.history.past))
    alone = arrays_of(app.session.exported().source)
    assert sum(whole.values()) <= sum(alone.values()) + MB


def test_what_is_shared_is_held_once() -> None:
    pixels = np.zeros((100, 100, 3), np.uint8)
    photo = Photo(pixels)
    assert sum(arrays_of(pixels, pixels[:50], (pixels, [pixels[::2]])).values()) == pixels.nbytes
    held = arrays_of(photo, photo.with_mask(False), [photo])
    assert sum(held.values()) == pixels.nbytes


@pytest.mark.full
def test_a_hundred_photos_leave_memory_level() -> None:
    app = ReliefApp()
    threads = threading.active_count()
    for number in range(30):
        app.session.open(photo(number, 1500), f"{number}.jpg")
    photos, widgets = alive()
    before = rss()
    for number in range(30, 100):
        app.session.open(photo(number, 1500), f"{number}.jpg")
    after = alive()
    assert after[0] <= photos + 2
    assert after[1] == widgets
    assert rss() - before < 120
    assert threading.active_count() <= threads + 2


@pytest.mark.full
def test_three_hundred_changes_leave_memory_level() -> None:
    app = ReliefApp()
    app.session.open(photo(0, 800), "0.jpg")

    def change(number: int) -> None:
        app.session.history.press()
        name, value = [
            ("depth_intensity", 0.05 + number % 20 / 100),
            ("smoothing", float(number % 9)),
            ("size_mm", 50.0 + number % 70),
            ("invert", number % 2 == 0),
        ][number % 4]
        app.session.replace(**{name: value})
        app.session.exported().weigh(".stl")

    for number in range(80):
        change(number)
    before, (_, widgets) = rss(), alive()
    for number in range(80, 380):
        change(number)
    assert rss() - before < 100
    assert alive()[1] == widgets


@pytest.mark.full
def test_a_hundred_exports_and_reliefs_leave_memory_level(tmp_path: Path) -> None:
    def make(number: int) -> None:
        relief = Relief.from_photo(photo(number, 600))
        for suffix in (".stl", ".3mf", ".glb", ".relief"):
            relief.save(tmp_path / f"a{suffix}")
            assert Relief.open(tmp_path / "a.relief") if suffix == ".relief" else True

    for number in range(15):
        make(number)
    before = rss()
    for number in range(15, 100):
        make(number)
    assert rss() - before < 100
    assert {path.name for path in tmp_path.iterdir()} == {"a.stl", "a.3mf", "a.glb", "a.relief"}
    assert alive()[0] < 20
