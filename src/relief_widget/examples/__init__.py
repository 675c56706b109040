"""Photos to try things on; ``CREDITS.md`` says whose they are."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def example_photos() -> dict[str, Path]:
    """Return the bundled photos by name, in alphabetical order."""
    folder = Path(str(files("relief_widget.examples")))
    photos = (path for path in folder.iterdir() if path.suffix in (".jpg", ".png"))
    return {path.stem: path for path in sorted(photos)}
