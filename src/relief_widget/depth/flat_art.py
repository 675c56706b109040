"""Tells flat art from photos."""

from __future__ import annotations

from relief_widget.photo import Photo


def is_flat_art(photo: Photo) -> bool:
    """Tell."""
    return False
