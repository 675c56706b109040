"""Make the pictures of the app that the documentation shows.

    python scripts/screenshots.py [FOLDER]

Real Voilà, real browser; by default into docs/pictures/app.
"""

from __future__ import annotations

import io
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.sync_api import Browser, expect

from browser import StudioPage, chromium, voila
from relief_widget import example_photos
from relief_widget.settings.materials import materials
from relief_widget.settings.presets import presets

FOLDER = Path(__file__).parents[1] / "docs" / "pictures" / "app"
WIDE, NARROW, PHONE = (1280, 900), (600, 1000), (390, 844)


class Album:
    """Takes pictures of pages of one server."""

    def __init__(self, browser: Browser, url: str, folder: Path) -> None:
        self._browser, self._url, self._folder = browser, url, folder

    def take(
        self,
        name: str,
        act: Callable[[StudioPage], None] = StudioPage.ready,
        *,
        size: tuple[int, int] = WIDE,
        dark: bool = False,
        keep: bool = True,
    ) -> None:
        """Open a page, do something on it, and `keep` what a visitor then sees."""
        context = self._browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if dark else "light",
        )
        studio = StudioPage(context.new_page())
        studio.page.goto(self._url)
        expect(studio.file).to_be_attached(timeout=60_000)
        act(studio)
        studio.page.mouse.move(2, 2)
        studio.page.wait_for_timeout(700)
        if keep:
            self.save(name, studio.page.screenshot())
        context.close()

    def save(self, name: str, png: bytes) -> None:
        """Save a picture as JPEG."""
        path = self._folder / f"{name}.jpg"
        Image.open(io.BytesIO(png)).convert("RGB").save(path, quality=86, optimize=True)
        print(path.name, path.stat().st_size // 1000, "kB")


def example(name: str) -> Callable[[StudioPage], None]:
    """Return the act of opening an example."""

    def act(studio: StudioPage) -> None:
        studio.page.get_by_role("button", name=name).first.click()
        studio.view.wait_for()
        studio.ready()
        studio.settled()

    return act


def main(folder: Path) -> None:
    """Take all of them."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as scratch,
        voila(Path(scratch)) as server,
        chromium() as browser,
    ):
        album = Album(browser, server.url, folder)
        album.take("landing")
        album.take("landing_narrow_dark", size=NARROW, dark=True)
        album.take("portrait", example("Hopper"))
        album.take("portrait_dark", example("Logo"), dark=True)
        album.take("portrait_narrow", example("Flower"), size=NARROW)
        album.take("portrait_narrow_dark", example("Coffee"), size=NARROW, dark=True)
        album.take("lithophane", _lithophane, dark=True)
        album.take("planar", _planar)
        album.take("mask", _mask)
        album.take("crop", _crop)
        album.take("phone_landing", size=PHONE)
        album.take("phone", _scrolled, size=PHONE)
        album.take("phone_dark", example("Hopper"), size=PHONE, dark=True)
        album.take("phone_mask", _mask, size=PHONE, dark=True)
        album.take("phone_crop", _crop, size=PHONE)
        album.take("inspect", _inspect)
        album.take("shape", _shape)
        album.take("phone_shape", _shape, size=PHONE, dark=True)
        album.take("tiles_portrait", lambda studio: _tiles(studio, album, "hopper"), keep=False)
        album.take("tiles_pet", lambda studio: _tiles(studio, album, "cat"), keep=False)
        album.take("object", _object, size=(1280, 1100))
        album.take("check", _check, size=(1280, 1100), dark=True)
        album.take("walnut", lambda studio: _materials(studio, album))


def _object(studio: StudioPage) -> None:
    example("Hopper")(studio)
    studio.page.get_by_text("Object: outline").click()
    studio.page.get_by_label("Outline", exact=True).select_option("Circle")
    for name, value in (("Frame", "4"), ("Keyring", "4")):
        field = studio.page.get_by_label(name, exact=True)
        field.fill(value)
        field.press("Enter")
    studio.page.wait_for_timeout(2000)
    studio.ready()
    studio.settled()


def _check(studio: StudioPage) -> None:
    example("Flower")(studio)
    # As small as a coin: a ball-nose tool does not reach between the petals.
    size = studio.page.get_by_label("Size", exact=True)
    size.fill("30")
    size.press("Enter")
    studio.ready()
    studio.page.get_by_role("tab", name="Check").click()
    studio.page.get_by_label("Made by").select_option("CNC milling")
    studio.page.get_by_role("button", name="Show: Ball-nose tool").click(timeout=60_000)
    studio.settled()


def _lithophane(studio: StudioPage) -> None:
    studio.upload(example_photos()["astronaut"])
    studio.page.get_by_label("Source", exact=True).select_option("Lithophane")
    studio.ready()
    studio.page.get_by_role("button", name="Front view").click()
    studio.settled()


def _planar(studio: StudioPage) -> None:
    example("Flower")(studio)
    studio.page.get_by_role("button", name="Surface only").click()
    studio.press("Depth cutoff", "ArrowRight", 30)
    studio.settled()


def _mask(studio: StudioPage) -> None:
    example("Coffee")(studio)
    studio.page.get_by_role("tab", name="Subject", exact=True).click()
    studio.settled()


def _crop(studio: StudioPage) -> None:
    example("Pagoda")(studio)
    studio.page.get_by_role("tab", name="Crop", exact=True).click()
    crop = studio.page.locator(".relief-pane-crop")
    crop.get_by_label("Proportions of the crop").select_option("round")
    crop.get_by_label("Straighten, in degrees").fill("3")
    studio.settled()


def _shape(studio: StudioPage) -> None:
    """Raise a stroke on the part, with the depth curve beside it."""
    example("Hopper")(studio)
    studio.page.get_by_role("tab", name="Shape", exact=True).click()
    studio.settled()
    box = studio.view.bounding_box()
    assert box is not None
    mouse, y = studio.page.mouse, box["y"] + box["height"] * 0.62
    mouse.move(box["x"] + box["width"] * 0.35, y)
    mouse.down()
    mouse.move(box["x"] + box["width"] * 0.6, y, steps=8)
    mouse.up()
    studio.ready()
    studio.settled()


def _tiles(studio: StudioPage, album: Album, name: str) -> None:
    """Make everything that there is a tile for of one photo; show it in one picture."""
    studio.upload(example_photos()[name])
    sheet = Image.new("RGB", (6 * 300, 3 * 240), "white")
    draw = ImageDraw.Draw(sheet)
    for number, preset in enumerate(presets.values()):
        studio.page.get_by_role("button", name=re.compile("^Making:")).click()
        studio.page.get_by_role("radio", name=preset.label, exact=True).click()
        studio.page.wait_for_timeout(1500)
        studio.ready()
        studio.settled()
        shot = Image.open(io.BytesIO(studio.page.locator(".relief-stage").screenshot()))
        shot.thumbnail((296, 216))
        place = (number % 6) * 300, (number // 6) * 240
        sheet.paste(shot, place)
        draw.text((place[0] + 8, place[1] + 220), preset.label, fill="black")
    buffer = io.BytesIO()
    sheet.save(buffer, "PNG")
    album.save(f"every_tile_{name}", buffer.getvalue())


def _scrolled(studio: StudioPage) -> None:
    """Move a slider far down on a phone: the view stays above it."""
    example("Flower")(studio)
    studio.slider("Surface smoothing").scroll_into_view_if_needed()
    studio.press("Surface smoothing", "ArrowRight", 2)
    studio.settled()


def _inspect(studio: StudioPage) -> None:
    example("Astronaut")(studio)
    studio.page.get_by_role("button", name="Histogram and cross-section").click()
    studio.page.get_by_role("button", name="Compare with the photo").click()
    box = studio.view.bounding_box()
    assert box is not None
    studio.page.mouse.move(box["x"] + box["width"] * 0.52, box["y"] + box["height"] * 0.4)
    studio.settled()


def _materials(studio: StudioPage, album: Album) -> None:
    """Set every material; show all of them in one picture."""
    example("Flower")(studio)
    sheet = Image.new("RGB", (4 * 440, 3 * 260), "white")
    for number, look in enumerate(materials.values()):
        studio.page.get_by_label("Material", exact=True).select_option(look.label)
        studio.settled()
        shot = Image.open(io.BytesIO(studio.page.locator(".relief-stage").screenshot()))
        shot.thumbnail((440, 260))
        sheet.paste(shot, ((number % 4) * 440, (number // 4) * 260))
    buffer = io.BytesIO()
    sheet.save(buffer, "PNG")
    album.save("every_material", buffer.getvalue())


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
