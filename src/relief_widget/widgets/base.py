"""What every widget of this package is: a bundle of the browser's, and messages taken with care."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar, Protocol

import anywidget

_STATIC = Path(__file__).parents[1] / "static"


class Widget(anywidget.AnyWidget):
    """A widget whose browser side is built from ``js/src``.

    A subclass names its bundle: ``class Upload(Widget, bundle="upload")``. What goes over the wire,
    its synced traits and its `messages`, is written to ``js/src/generated/wire.ts`` by
    ``scripts/generate_wire.py``.

    Parameters
    ----------
    bundle
        Name of the script in the package's static folder.
    styled
        Whether it has a style sheet of the same name.
    sends, receives
        The messages that come from the browser, and those that go to it: one of `messages` or a
        union of them; None for none.
    """

    sends: ClassVar[Any] = None
    receives: ClassVar[Any] = None

    def __init_subclass__(
        cls,
        *,
        bundle: str = "",
        styled: bool = True,
        sends: Any = None,
        receives: Any = None,
        **options: Any,
    ) -> None:
        # An instance with traits of its own is of one more subclass, which keeps all of this.
        if bundle:
            cls.sends, cls.receives = sends, receives
            cls._esm = _STATIC / f"{bundle}.js"
            if styled:
                cls._css = _STATIC / f"{bundle}.css"
        super().__init_subclass__(**options)


class Channel(Protocol):
    """What messages go through: a widget."""

    def send(self, content: Any, buffers: list[bytes] | None = None) -> None:
        """Send a message to the browser."""
        ...

    def on_msg(self, callback: Callable[..., None]) -> None:
        """Call back with every message from the browser."""
        ...


def listen(channel: Channel, take: Callable[[Any, Sequence[Any]], None]) -> None:
    """Call `take(message, buffers)` with what the browser sends, where it has a kind.

    That the other fields are there and of their types is for `take` to find out: anybody can write
    to a socket.
    """

    def received(_widget: object, content: object, buffers: Sequence[Any]) -> None:
        if isinstance(content, dict) and isinstance(content.get("kind"), str):
            take(content, buffers)

    channel.on_msg(received)
