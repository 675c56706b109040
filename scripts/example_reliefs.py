"""Make the pictures of example reliefs that the app opens on: transparent WebP files.

    python scripts/example_reliefs.py

Each is what the view's own "Save picture" gives, cut to the part.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from PIL import Image

from browser import chromium
from relief_widget import Relief, example_photos
from relief_widget.depth import BuiltIn, Layers
from relief_widget.examples import LOOKS

FOLDER = Path(__file__).parents[1] / "src" / "relief_widget" / "examples" / "reliefs"
SIDE = 420


def main() -> None:
    """Write all of them."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        for name, (source, settings) in LOOKS.items():
            page_file = Path(folder) / f"{name}.html"
            relief = Relief.from_photo(
                example_photos()[name],
                provider=Layers() if source == "layers" else BuiltIn(),
                style="detailed" if source == "layers" else source,
                **{"mesh_quality": 768, **settings},
            )
            relief.to_html(page_file)
            page = browser.new_page(viewport={"width": 900, "height": 900})
            page.goto(page_file.as_uri())
            with page.expect_download() as download:
                page.get_by_role("button", name="Save picture").click()
            whole = Image.open(download.value.path())
            picture = whole.crop(whole.getbbox())
            picture.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
            picture.save(FOLDER / f"{name}.webp", quality=82, method=6)
            print(name, (FOLDER / f"{name}.webp").stat().st_size)
            page.close()


if __name__ == "__main__":
    main()
