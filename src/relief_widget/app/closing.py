"""Closing widgets for good: an open one lives as long as the process, with all that it knows."""

from __future__ import annotations

from typing import Any

from ipywidgets import Widget


def close(widget: Any) -> None:
    """Close a widget, what is in it, and what says how it looks."""
    for child in getattr(widget, "children", ()):
        close(child)
    for name in ("layout", "style"):
        part = getattr(widget, name, None)
        if isinstance(part, Widget):
            part.close()
    widget.close()
