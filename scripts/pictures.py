"""Make the pictures of the documentation: ``python scripts/pictures.py``.

``docs/pictures/NAME.jpg`` shows, for every example photo, what each stage does to it as a part of
3 mm on 100 mm; ``docs/pictures/readme.jpg`` shows photos, their hillshades and their parts.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from tqdm import tqdm

from relief_widget import Relief, example_photos, open_photo
from relief_widget.depth import BuiltIn, Layers, Luminance
from relief_widget.depth.flat_art import is_flat_art
from render import render

DOCS = Path(__file__).parent.parent / "docs"
SIDE = 400
README = (("hopper", "portrait"), ("flower", "plaque"), ("pagoda", "plaque"))

Tile = tuple[str, Image.Image]


def stages(photo: Path) -> list[Tile]:
    """Return the photo, its mask and its reliefs, each with a caption."""
    body: dict[str, Any] = {"depth_intensity": 0.03, "base_thickness": 0.02}
    detailed = Relief.from_photo(photo, provider=BuiltIn(), **body)
    organic = Relief.from_photo(photo, provider=BuiltIn(), style="organic", **body)
    luminance = Relief.from_photo(photo, provider=Luminance(), compression=0, **body)
    assert detailed.photo is not None
    assert detailed.depth_map is not None
    mask = detailed.depth_map.mask
    if mask is None:
        mask = np.zeros((10, 10), np.float32)
    found = Image.fromarray(np.rint(mask * 255).astype(np.uint8))
    size = detailed.photo.image(SIDE).size
    confidence = detailed.depth_map.confidence or 0.0
    return [
        ("photo", detailed.photo.image(SIDE)),
        (f"subject mask, confidence {confidence:.2f}", found.convert("RGB").resize(size)),
        ("luminance as height", luminance.picture(SIDE)),
        ("detailed, uncompressed", detailed.replace(compression=0).picture(SIDE)),
        ("detailed", detailed.picture(SIDE)),
        ("organic, uncompressed", organic.replace(compression=0).picture(SIDE)),
        ("organic", organic.picture(SIDE)),
        ("detailed, the part", render(detailed.part, SIDE)),
        *levels(photo, body),
    ]


def levels(photo: Path, body: dict[str, Any]) -> list[Tile]:
    """Return the relief of flat art in levels, which the command line makes of it."""
    if not is_flat_art(open_photo(photo)):
        return []
    relief = Relief.from_photo(photo, provider=Layers(), **body)
    return [
        ("in levels, as it is made by itself", relief.picture(SIDE)),
        ("in levels, the part", render(relief.part, SIDE)),
    ]


def sheet(tiles: list[Tile], columns: int) -> Image.Image:
    """Return the tiles in rows, with captions."""
    caption = 26
    rows = [tiles[start : start + columns] for start in range(0, len(tiles), columns)]
    heights = [max(image.height for _, image in row) + caption for row in rows]
    canvas = Image.new("RGB", (columns * (SIDE + 8), sum(heights)), "white")
    draw = ImageDraw.Draw(canvas)
    font = ImageFont.load_default(size=16)
    top = 0
    for row, height in zip(rows, heights, strict=True):
        for column, (text, image) in enumerate(row):
            left = column * (SIDE + 8) + 4
            draw.text((left, top + 3), text, fill=(60, 60, 60), font=font)
            canvas.paste(image.convert("RGB"), (left, top + caption))
        top += height
    return canvas


def readme() -> list[Tile]:
    """Return photo, hillshade and part of some examples."""
    tiles = []
    for name, preset in README:
        relief = Relief.from_photo(example_photos()[name], preset=preset)
        assert relief.photo is not None
        tiles += [
            ("photo", relief.photo.image(SIDE)),
            (f"relief, preset {preset}", relief.picture(SIDE)),
            ("part", render(relief.part, SIDE)),
        ]
    return tiles


def main() -> None:
    """Write all pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=DOCS / "pictures")
    parser.add_argument("photos", nargs="*", type=Path, help="other photos than the examples")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    photos = {path.stem: path for path in arguments.photos} or example_photos()
    for name, path in tqdm(photos.items()):
        sheet(stages(path), 4).save(arguments.out / f"{name}.jpg", quality=85)
    if not arguments.photos:
        sheet(readme(), 3).save(arguments.out / "readme.jpg", quality=88)


if __name__ == "__main__":
    main()
