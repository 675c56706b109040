"""The other end of a widget's comm, as a browser is: what it is sent, and what it says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ipywidgets import Widget


class Comm:
    """Keeps the traits and messages that a widget sends; `update` and `tell` answer.

    Attributes
    ----------
    messages
        The traits of each update.
    buffers
        The names of those of its traits that are bytes.
    said
        The messages beside the traits.
    """

    def __init__(self, widget: Any) -> None:
        self.messages: list[dict[str, Any]] = []
        self.buffers: list[list[str]] = []
        self.said: list[dict[str, Any]] = []
        # Under this name ipywidgets knows the widget, until it is closed.
        self.comm_id = widget.comm.comm_id
        self._take: Callable[[Any], None] = lambda _: None
        widget.comm = self

    def send(self, data: dict[str, Any], buffers: Any = None, **_: Any) -> None:
        """Take what the widget sends."""
        del buffers
        if data["method"] == "custom":
            self.said.append(data["content"])
        else:
            self.messages.append(data["state"])
            self.buffers.append([path[0] for path in data.get("buffer_paths", [])])

    def on_msg(self, callback: Callable[[Any], None]) -> None:
        """Call back with what the browser says."""
        self._take = callback

    def on_close(self, callback: object) -> None:
        """Do nothing: the browser never leaves first."""

    def close(self, *arguments: object, **options: object) -> None:
        """Do nothing: there is no socket."""

    def update(self, state: dict[str, Any], **parts: bytes) -> None:
        """Set traits; bytes travel beside the message."""
        paths = [[name] for name in parts]
        data = {"method": "update", "state": dict(state), "buffer_paths": paths}
        views = [memoryview(part) for part in parts.values()]
        self.handle_msg({"content": {"data": data}, "buffers": views})

    def handle_msg(self, message: dict[str, Any]) -> None:
        """Deliver a message of the browser's."""
        self._take(message)


def tell(widget: Widget, content: Any, *buffers: Any) -> None:
    """Send a custom message to `widget`, as its view in a browser does."""
    data = {"method": "custom", "content": content}
    widget.comm.handle_msg({"content": {"data": data}, "buffers": list(buffers)})


def upload(widget: Widget, name: str, data: bytes, settings: str = "") -> None:
    """Send a file of one part to an `Upload`, with the settings that the browser kept."""
    file = {"id": name, "name": name, "size": len(data), "settings": settings}
    tell(widget, {"kind": "begin", **file})
    tell(widget, {"kind": "part", "id": name, "index": 0}, data)
