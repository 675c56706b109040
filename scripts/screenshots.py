"""Make the pictures of the app that the documentation shows.

    python scripts/screenshots.py [--into FOLDER] [NAME ...]

Real Voilà, real browser; by default all of them, into docs/pictures/app.
"""

from __future__ import annotations

import argparse
import io
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

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


def main(folder: Path, wanted: list[str]) -> None:
    """Take those that are wanted, or all."""
    shots = _shots()
    if unknown := set(wanted) - shots.keys():
        raise SystemExit(
            f"No such picture: {', '.join(sorted(unknown))}. There are {', '.join(shots)}."
        )
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as scratch,
        voila(Path(scratch)) as server,
        chromium() as browser,
    ):
        album = Album(browser, server.url, folder)
        for name in wanted or shots:
            shots[name](album)


def _shots() -> dict[str, Callable[[Album], None]]:
    """Return what takes each picture, by its name."""
    made: dict[str, Callable[[Album], None]] = {}

    def shot(name: str, act: Callable[[StudioPage], None] = StudioPage.ready, **how: Any) -> None:
        made[name] = lambda album: album.take(name, act, **how)

    def sheet(name: str, act: Callable[[StudioPage, Album], None]) -> None:
        made[name] = lambda album: album.take(name, lambda studio: act(studio, album), keep=False)

    shot("landing")
    shot("landing_narrow_dark", size=NARROW, dark=True)
    shot("portrait", example("Hopper"))
    shot("portrait_dark", example("Logo"), dark=True)
    shot("portrait_narrow", example("Flower"), size=NARROW)
    shot("portrait_narrow_dark", example("Coffee"), size=NARROW, dark=True)
    shot("lithophane", _lithophane, dark=True)
    shot("planar", _planar)
    shot("mask", _mask)
    shot("crop", _crop)
    shot("phone_landing", size=PHONE)
    shot("phone", _scrolled, size=PHONE)
    shot("phone_dark", example("Hopper"), size=PHONE, dark=True)
    shot("phone_mask", _mask, size=PHONE, dark=True)
    shot("phone_crop", _crop, size=PHONE)
    shot("inspect", _inspect)
    shot("shape", _shape)
    shot("phone_shape", _shape, size=PHONE, dark=True)
    shot("object", _object, size=(1280, 1100))
    shot("check", _check, size=(1280, 1100), dark=True)
    shot("walnut", _walnut)
    sheet("every_tile_hopper", lambda studio, album: _tiles(studio, album, "hopper"))
    sheet("every_tile_cat", lambda studio, album: _tiles(studio, album, "cat"))
    sheet("every_material", _materials)
    return made


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


def _walnut(studio: StudioPage) -> None:
    example("Flower")(studio)
    studio.page.get_by_label("Material", exact=True).select_option("Carved Walnut")
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
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--into", type=Path, default=FOLDER, help="folder of the pictures")
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these")
    given = parser.parse_args()
    main(given.into, given.names)
