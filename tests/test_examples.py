from __future__ import annotations

import io
import re

import numpy as np
import pytest
from PIL import Image

from relief_widget import example_photos, open_photo, presets
from relief_widget.examples import tile_pictures

PHOTOS = example_photos()
CREDITS = PHOTOS["cat"].with_name("CREDITS.md").read_text(encoding="utf-8")
FREE = ("public domain", "CC0 1.0", "CC BY 2.0", "BSD-3-Clause")


def test_what_people_carve_is_there() -> None:
    assert list(PHOTOS) == sorted(PHOTOS)
    # Portrait, animal, object, architecture, coins with their lettering, a busy scene.
    assert {"hopper", "cat", "coffee", "pagoda", "coins", "rocket"} <= set(PHOTOS)
    assert len(PHOTOS) >= 8


@pytest.mark.parametrize("name", PHOTOS)
def test_the_photo_is_a_photo_and_small(name: str) -> None:
    photo = open_photo(PHOTOS[name])
    assert photo.name == name
    assert min(photo.size) >= 300
    # A picture, not a flat area.
    assert np.std(photo.luminance()) > 0.02
    assert PHOTOS[name].stat().st_size < 250_000


@pytest.mark.parametrize("name", PHOTOS)
def test_the_photo_is_credited_with_a_free_licence(name: str) -> None:
    row = next(line for line in CREDITS.splitlines() if line.startswith(f"| `{PHOTOS[name].name}`"))
    _, _, title, author, licence, source, changes, _ = (cell.strip() for cell in row.split("|"))
    assert title
    assert author
    assert changes
    assert any(free in licence for free in FREE)
    assert "https://" in source


def test_no_credit_is_left_without_its_photo() -> None:
    named = re.findall(r"^\| `([^`]+)`", CREDITS, flags=re.MULTILINE)
    assert sorted(named) == sorted(path.name for path in PHOTOS.values())


def test_all_that_can_be_made_has_a_small_picture() -> None:
    pictures = tile_pictures()
    assert set(pictures) == {"plain", *presets}
    for data in pictures.values():
        with Image.open(io.BytesIO(data)) as picture:
            assert picture.mode == "RGBA"
            assert max(picture.size) >= 200
    assert sum(map(len, pictures.values())) < 150_000
