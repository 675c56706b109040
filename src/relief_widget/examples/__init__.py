"""Photos to try the package on; CREDITS.md says whose they are."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any, Literal

_SUFFIXES = (".jpg", ".png")

# How the examples are shown: where their heights come from, and height and material of the part.
# All that shapes the relief is at its defaults, as it is for one's own photo.
LOOKS: Mapping[str, tuple[Literal["detailed", "organic", "layers"], Mapping[str, Any]]] = {
    "astronaut": ("detailed", {"depth_intensity": 0.09}),
    "coffee": ("organic", {"material": "terracotta"}),
    "flower": ("detailed", {"material": "metallic_bronze", "depth_intensity": 0.12}),
    "hopper": ("organic", {"material": "marble", "depth_intensity": 0.08}),
    "logo": ("layers", {"material": "silk_gold_pla", "depth_intensity": 0.04}),
    "pagoda": ("detailed", {"material": "carved_walnut"}),
}


def example_photos() -> dict[str, Path]:
    """Return the bundled photos, sorted by name.

    Returns
    -------
    dict
        Name, such as ``"cat"``, to path. Titles, authors and licences are in CREDITS.md beside
        them.
    """
    folder = Path(str(resources.files(__name__)))
    photos = (path for path in folder.iterdir() if path.suffix in _SUFFIXES)
    return {path.stem: path for path in sorted(photos)}


def example_reliefs() -> dict[str, bytes]:
    """Return pictures of the reliefs of some examples, by name: WebP, transparent around them."""
    folder = Path(str(resources.files(__name__))) / "reliefs"
    return {path.stem: path.read_bytes() for path in sorted(folder.glob("*.webp"))}


def tile_pictures() -> dict[str, bytes]:
    """Return pictures of what can be made, by the name of its preset: WebP, transparent around it.

    That of a relief which nothing was made of is named ``"plain"``.
    """
    folder = Path(str(resources.files(__name__))) / "tiles"
    return {path.stem: path.read_bytes() for path in sorted(folder.glob("*.webp"))}
