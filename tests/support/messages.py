"""What a browser tells a widget, as it comes through the widget's comm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ipywidgets import Widget


def tell(widget: Widget, content: Mapping[str, Any], *buffers: bytes) -> None:
    """Send a custom message to `widget`, as its view in a browser does."""
    data = {"method": "custom", "content": dict(content)}
    widget.comm.handle_msg({"content": {"data": data}, "buffers": list(buffers)})


def upload(widget: Widget, name: str, data: bytes, settings: str = "") -> None:
    """Send a file of one part to an `Upload`, with the settings that the browser kept."""
    file = {"id": name, "name": name, "size": len(data), "settings": settings}
    tell(widget, {"kind": "begin", **file})
    tell(widget, {"kind": "part", "id": name, "index": 0}, data)
