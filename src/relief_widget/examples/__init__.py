"""Photos to try the package on; CREDITS.md says whose they are."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any, Literal

_SUFFIXES = (".jpg", ".png")
_CALM = {"noise_reduction": 12.0, "smoothing": 1.5, "base_thickness": 0.04}

# How the examples are shown: depth style, and settings other than the defaults.
LOOKS: Mapping[str, tuple[Literal["detailed", "organic"], Mapping[str, Any]]] = {
    "astronaut": ("detailed", {**_CALM, "depth_intensity": 0.09}),
    "coffee": ("organic", {**_CALM, "material": "terracotta"}),
    "flower": ("detailed", {**_CALM, "material": "metallic_bronze", "depth_intensity": 0.12}),
    "hopper": ("organic", {**_CALM, "material": "marble", "depth_intensity": 0.08}),
    "logo": ("detailed", {**_CALM, "material": "silk_gold_pla", "depth_intensity": 0.06}),
    "pagoda": ("detailed", {**_CALM, "material": "carved_walnut"}),
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
