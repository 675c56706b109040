"""Make the pictures of what the studio can make: small transparent WebP files.

    python scripts/tile_pictures.py [NAME ...]

Each is what the view shows of the finished object, three-quarter, cut to the part.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from PIL import Image
from playwright.sync_api import Browser

from browser import chromium
from relief_widget import Relief, example_photos
from relief_widget.app.making import THINGS
from relief_widget.app.session import Session
from relief_widget.export.page import write_page
from relief_widget.mesh.triangles import Triangles
from relief_widget.widgets.display import show_object, view
from relief_widget.widgets.viewer import Viewer

FOLDER = Path(__file__).parents[1] / "src" / "relief_widget" / "examples" / "tiles"
SIDE = 210
# How many presses of an arrow key turn the view: to the right, and up.
THREE_QUARTER = (5, 3)


class Look(NamedTuple):
    """What a picture shows: an example photo, a material, and from where."""

    photo: str
    material: str = "matte_white_pla"
    turn: tuple[int, int] = THREE_QUARTER


LOOKS = {
    "": Look("astronaut"),
    "plaque": Look("pagoda", "carved_walnut"),
    "portrait": Look("hopper", "ceramic"),
    "pet": Look("cat", "metallic_bronze", (3, 2)),
    "coin": Look("hopper", "metallic_bronze"),
    "medal": Look("astronaut", "silk_gold_pla"),
    "keyring": Look("astronaut", "brushed_steel"),
    "magnet": Look("flower", "copper_patina"),
    "lithophane": Look("astronaut", "translucent_resin"),
    "litho_arc": Look("cat", "translucent_resin"),
    "litho_tube": Look("pagoda", "translucent_resin", (-2, 5)),
    "night_light": Look("hopper", "translucent_resin", (11, 6)),
    "stamp": Look("logo", "terracotta"),
    "mould": Look("flower", "glossy_resin", (3, 6)),
    "cnc_panel": Look("flower", "carved_walnut"),
    "laser": Look("coins", "brushed_steel"),
    "logo_sign": Look("logo", "silk_gold_pla"),
    "large_print": Look("pagoda"),
}


def made(name: str, look: Look) -> Relief:
    """Return what the studio makes of an example photo."""
    session = Session()
    session.make(name)
    session.open(example_photos()[look.photo])
    session.replace(material=look.material)
    assert session.relief is not None, session.error
    return session.relief


def picture(browser: Browser, relief: Relief, turn: tuple[int, int]) -> Image.Image:
    """Return the view of a relief, as the finished object that it is."""
    viewer = view(relief)
    if relief.is_object:
        body = relief.body(max_error_mm=0.01)
        assert isinstance(body, Triangles)
        show_object(viewer, body, bent=relief.settings.bend != "flat")
    traits = Viewer.class_own_traits(sync=True)
    state = {name: getattr(viewer, name) for name in traits} | {"exports": [], "shown": 0}
    viewer.close()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "tile.html"
        write_page(state, "Tile", file)
        page = browser.new_page(viewport={"width": 900, "height": 900})
        page.goto(file.as_uri())
        page.get_by_role("button", name="Front view").click()
        canvas = page.get_by_role("img", name="Relief")
        for key, times in zip(("ArrowRight", "ArrowUp"), turn, strict=True):
            for _ in range(times):
                canvas.press(key)
        with page.expect_download() as download:
            page.get_by_role("button", name="Save picture").click()
        whole = Image.open(download.value.path())
        whole.load()
        page.close()
    return whole.crop(whole.getbbox())


def main(names: list[str]) -> None:
    """Make those of some presets, or all."""
    FOLDER.mkdir(exist_ok=True)
    # The browser's event loop would let the session work beside it.
    reliefs = {name: made(name, LOOKS[name]) for name in names or THINGS}
    with chromium() as browser:
        for name, relief in reliefs.items():
            small = picture(browser, relief, LOOKS[name].turn)
            small.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
            file = FOLDER / f"{name or 'plain'}.webp"
            small.save(file, quality=76, method=6)
            print(file.name, file.stat().st_size)
    print("together", sum(file.stat().st_size for file in FOLDER.glob("*.webp")))


if __name__ == "__main__":
    main(["" if name == "plain" else name for name in sys.argv[1:]])
