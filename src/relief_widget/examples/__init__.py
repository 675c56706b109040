"""Photos to try the package on; CREDITS.md says whose they are."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

_SUFFIXES = (".jpg", ".png")


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
