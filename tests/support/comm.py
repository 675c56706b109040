"""The other end of a widget's comm, as a browser is: what it is sent, and what it says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Comm:
    """Keeps the traits and messages that a widget sends; `update` and `say` answer.

    Attributes
    ----------
    messages
        The traits of each update.
    buffers
        The names of those of its traits that are bytes.
    said
        The messages beside the traits.
    """

    comm_id = "browser"

    def __init__(self, widget: Any) -> None:
        self.messages: list[dict[str, Any]] = []
        self.buffers: list[list[str]] = []
        self.said: list[dict[str, Any]] = []
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

    def say(self, content: Any, *buffers: Any) -> None:
        """Send a message beside the traits."""
        self._deliver({"method": "custom", "content": content}, *buffers)

    def update(self, state: dict[str, Any], **parts: bytes) -> None:
        """Set traits; bytes travel beside the message."""
        paths = [[name] for name in parts]
        data = {"method": "update", "state": dict(state), "buffer_paths": paths}
        self._deliver(data, *[memoryview(part) for part in parts.values()])

    def _deliver(self, data: dict[str, Any], *buffers: Any) -> None:
        self._take({"content": {"data": data}, "buffers": list(buffers)})
