"""Turn the bundled photos into STL files and pictures: ``python scripts/example.py out``."""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image
from tqdm import tqdm

from relief_widget import Relief, example_photos

# The preset that shows each photo at its best.
PRESETS = {
    "cat": "portrait",
    "hopper": "portrait",
    "astronaut": "portrait",
    "coins": "coin",
    "logo": "logo_sign",
    "pagoda": "plaque",
    "coffee": "large_print",
}


def main(folder: Path) -> None:
    """Write one STL and one picture per photo, and a sheet of all pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures = []
    for name, path in tqdm(example_photos().items(), desc="Reliefs", unit="photo"):
        relief = Relief.from_photo(path, preset=PRESETS.get(name))
        relief.save(folder / f"{name}.stl")
        relief.save(folder / f"{name}.png")
        pictures.append((relief.photo.image(360) if relief.photo else None, relief.picture(360)))
    lithophane = Relief.lithophane(example_photos()["hopper"], size_mm=80)
    lithophane.save(folder / "hopper_lithophane.stl")
    lithophane.save(folder / "hopper_lithophane.png")
    _sheet(pictures).save(folder / "all.png")
    files = sorted(folder.glob("*.stl"))
    print(f"{len(files)} parts for the slicer, and their pictures, are in {folder}/:")
    for file in files:
        print(f"  {file.name:24} {file.stat().st_size / 1e6:6.1f} MB")
    print(f"Look at {folder / 'all.png'} first.")


def _sheet(pairs: list[tuple[Image.Image | None, Image.Image]]) -> Image.Image:
    cell = 372
    columns = 4
    rows = -(-len(pairs) // columns)
    sheet = Image.new("RGB", (columns * cell, rows * cell * 2), "white")
    for index, pair in enumerate(pairs):
        for below, image in enumerate(pair):
            if image is None:
                continue
            left = index % columns * cell + (cell - image.width) // 2
            top = (index // columns * 2 + below) * cell + (cell - image.height) // 2
            sheet.paste(image.convert("RGB"), (left, top))
    return sheet


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "out"))
