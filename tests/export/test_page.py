from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import trimesh
from PIL import Image
from playwright.sync_api import Page

from relief_widget import Photo, Relief, ReliefError
from tests.support.bounds import LEVEL, UNIT
from tests.support.browser import OfflinePage
from tests.support.pictures import encoded, scene

Array = npt.NDArray[Any]

# Of all pixels at least these change for an eye to see it.
SEEN = 0.004


def levels(rows: int, cols: int) -> npt.NDArray[np.float32]:
    """Return heights as they go over the wire: multiples of 1/65535, without any symmetry."""
    y, x = np.mgrid[0:rows, 0:cols]
    z = np.sin(x * 0.4 + y * 0.1) * np.cos(y * y * 0.02) + 0.01 * x
    z = (z - z.min()) / np.ptp(z)
    return np.asarray(np.rint(z * 65535) / 65535, dtype=np.float32)


def opened(offline: OfflinePage, path: Path) -> Page:
    # Small, as software draws it.
    offline.page.set_viewport_size({"width": 420, "height": 340})
    offline.page.goto(path.as_uri())
    offline.page.get_by_role("img", name="Relief").wait_for()
    return offline.page


def canvas(page: Page) -> Array:
    """Return the pixels of the view alone, once two pictures in a row are the same."""
    page.add_style_tag(content=".relief-stage > :not(canvas), canvas { outline: none !important }")
    view, last = page.get_by_role("img", name="Relief"), b""
    for _ in range(40):
        shot = view.screenshot(style=".relief-stage > :not(canvas) { opacity: 0 !important }")
        if shot == last:
            return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB"), dtype=int)
        last = shot
    raise AssertionError("the picture does not come to rest")


def difference(one: Array, other: Array) -> float:
    return float((np.abs(one - other) > 4).any(axis=2).mean())


def test_a_page_of_512_squared_is_below_two_megabytes(tmp_path: Path) -> None:
    heights = np.random.default_rng(0).random((512, 512))
    path = Relief.from_heights(heights, texture=scene()).to_html(tmp_path / "a.html")
    assert path.stat().st_size < 2_000_000


def test_the_page_lives_without_network_and_kernel(
    page_offline: OfflinePage, tmp_path: Path
) -> None:
    relief = Relief.from_heights(levels(48, 64), texture=Photo(scene(), None, "cat.jpg"))
    page = opened(page_offline, relief.to_html(tmp_path / "cat.html"))
    assert page.title() == "Relief of cat"
    start = canvas(page)
    assert len(np.unique(start.reshape(-1, 3), axis=0)) > 200

    def slide(label: str, share: float) -> Callable[[], object]:
        def run() -> None:
            slider = page.get_by_label(label)
            low, high = (float(slider.get_attribute(end) or 0) for end in ("min", "max"))
            slider.fill(f"{low + share * (high - low):.3f}")

        return run

    def choose(label: str, text: str) -> Callable[[], object]:
        return lambda: page.get_by_label(label).select_option(text)

    def tick(label: str) -> Callable[[], object]:
        return page.get_by_label(label, exact=True).click

    steps: list[tuple[str, Callable[[], object]]] = [
        ("depth", slide("Depth intensity", 1)),
        ("base", slide("Base thickness", 1)),
        ("mirror", choose("Mirror", "On")),
        ("invert", tick("Invert")),
        ("texture", tick("Show texture")),
        ("no texture", tick("Show texture")),
        ("planar", choose("Mode", "Surface only, without a back")),
        ("cutoff", slide("Depth cutoff", 0.6)),
        ("bronze", choose("Material", "Metallic Bronze")),
        ("walnut", choose("Material", "Carved Walnut")),
        ("resin", choose("Material", "Translucent Resin")),
        ("compare", page.get_by_role("button", name="Compare with the photo").click),
    ]
    before = start
    for name, step in steps:
        step()
        after = canvas(page)
        assert difference(before, after) > SEEN, name
        before = after
    page.get_by_role("button", name="Reset all").click()
    page.get_by_role("button", name="Compare with the photo").click()
    page.get_by_role("button", name="Reset view").click()
    assert difference(start, canvas(page)) < SEEN
    page.get_by_label("Size").fill("250")
    page.get_by_role("img", name="250 × 188 × 37.5 mm").wait_for()
    assert page_offline.refused == []
    assert page_offline.errors == []


def stl(page: Page) -> bytes:
    with page.expect_download() as download:
        page.get_by_role("button", name="Download STL").click()
    return download.value.path().read_bytes()


PARTS: dict[str, tuple[tuple[int, int], dict[str, Any]]] = {
    "solid": ((48, 64), {}),
    "upright": ((70, 33), {"size_mm": 77.7, "depth_intensity": 0.13, "base_thickness": 0.03}),
    "cut out": ((48, 64), {"mode": "planar", "depth_cutoff": 0.37}),
    "cut out and inverted": ((48, 64), {"mode": "planar", "depth_cutoff": 0.37, "invert": True}),
    "inverted": ((31, 47), {"invert": True}),
    "inverted, not mirrored": ((31, 47), {"invert": True, "mirror": False}),
    "mirrored": ((31, 47), {"mirror": True, "size_mm": 3.3}),
    "two rows": ((2, 41), {"size_mm": 12.34}),
    "two columns": ((41, 2), {}),
    "least": ((2, 2), {}),
}


def test_its_stl_is_the_part_that_python_saves(page_offline: OfflinePage, tmp_path: Path) -> None:
    for name, (shape, settings) in PARTS.items():
        relief = Relief.from_heights(levels(*shape), **settings)
        data = stl(opened(page_offline, relief.to_html(tmp_path / "part.html")))
        ours = relief.save(tmp_path / "own.stl", max_error_mm=None).read_bytes()
        assert len(data) == len(ours) == 84 + 50 * len(relief.mesh.faces), name
        theirs = facets(data)
        np.testing.assert_array_equal(theirs["corners"], facets(ours)["corners"], name)
        np.testing.assert_allclose(theirs["normal"], facets(ours)["normal"], atol=UNIT)
        # As another program reads it.
        read = trimesh.load(io.BytesIO(data), file_type="stl", process=False)
        assert isinstance(read, trimesh.Trimesh)
        np.testing.assert_array_equal(read.triangles, relief.mesh.triangles, name)
        read.merge_vertices()
        assert read.is_watertight == relief.mesh.is_watertight == (relief.settings.mode == "solid")
    assert page_offline.errors == []


def facets(data: bytes) -> Array:
    record = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
    return np.frombuffer(data, record, offset=84)


def test_a_lithophane_is_the_part_that_python_saves(
    page_offline: OfflinePage, tmp_path: Path
) -> None:
    relief = Relief.lithophane(scene(), min_mm=0.8, max_mm=3.0, mesh_quality=128)
    page = opened(page_offline, relief.to_html(tmp_path / "part.html"))
    assert page.get_by_label("Depth intensity").is_disabled()
    corners = facets(stl(page))["corners"]
    # The wire has 16 bits: what is lost is less than a step of the 2.2 mm.
    np.testing.assert_allclose(corners, relief.mesh.triangles, atol=2.2 * LEVEL)


def test_a_page_of_a_finished_object_shows_and_saves_that(
    page_offline: OfflinePage, tmp_path: Path
) -> None:
    relief = Relief.from_heights(levels(48, 64), size_mm=50, outline="circle", frame_mm=3)
    page = opened(page_offline, relief.to_html(tmp_path / "coin.html", material="ceramic"))
    page.get_by_role("img", name="finished, 50.0 × 50.0").wait_for()
    ours = relief.save(tmp_path / "own.stl").read_bytes()
    np.testing.assert_array_equal(facets(stl(page))["corners"], facets(ours)["corners"])
    # What would need a new object is not offered; the look is.
    assert page.get_by_label("Depth intensity").count() == 0
    assert page.get_by_label("Material").input_value() == "Ceramic"
    assert page_offline.errors == []


@pytest.mark.parametrize(
    "name",
    [
        "</script><script>window.broken = 1</script>",
        "\"'`<img src=x onerror='window.broken = 1'>&amp;{title}$",
        "<!--<script>",
    ],
)
def test_no_name_of_a_photo_breaks_the_page(
    page_offline: OfflinePage, tmp_path: Path, name: str
) -> None:
    path = Relief.from_heights(levels(8, 8)).to_html(tmp_path / "odd.html", name=name)
    page = opened(page_offline, path)
    assert page.title() == f"Relief of {name}"
    assert page.get_by_role("heading").inner_text() == f"Relief of {name}"
    label = page.get_by_role("img").get_attribute("aria-label")
    assert label is not None
    assert label.startswith(f"Relief of {name}, solid")
    assert page.evaluate("window.broken") is None
    assert page_offline.refused == []
    assert page_offline.errors == []


def test_the_settings_of_the_view_stand_in_the_page(
    page_offline: OfflinePage, tmp_path: Path
) -> None:
    relief = Relief.from_heights(levels(8, 8), size_mm=42)
    path = relief.to_html(tmp_path / "a.html", material="ceramic", panel=True, invert=True)
    page = opened(page_offline, path)
    assert page.get_by_label("Material").input_value() == "Ceramic"
    assert page.get_by_label("Size").input_value() == "42"
    assert page.get_by_label("Invert", exact=True).is_checked()


@pytest.mark.parametrize("name", ["a.htmlx", "a", "a.png"])
def test_another_suffix_is_refused_before_anything_is_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(ReliefError, match=r"does not end in \.html"):
        Relief.from_heights(np.eye(3)).to_html(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_the_old_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "a.html"
    target.write_text("old")

    def full(self: Path, text: str, **_: Any) -> int:
        with self.open("w") as file:
            file.write(text[:100])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(ReliefError, match="not enough room"):
        Relief.from_heights(np.eye(3)).to_html(target)
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_photo_that_is_broken_for_the_browser_leaves_the_relief(
    page_offline: OfflinePage, tmp_path: Path
) -> None:
    relief = Relief.from_heights(levels(8, 8), texture=encoded(Image.fromarray(scene()), "PNG"))
    path = relief.to_html(tmp_path / "a.html")
    text = path.read_text()
    path.write_text(text.replace('"texture":{"base64":"/9j/', '"texture":{"base64":"AAAA'))
    page = opened(page_offline, path)
    assert len(np.unique(canvas(page).reshape(-1, 3), axis=0)) > 100
    assert page_offline.errors == []
