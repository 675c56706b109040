"""What surrounds the app's widgets in the browser: status line, names, help, style."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypedDict

import traitlets
from ipywidgets import CallbackDispatcher

from relief_widget.widgets.base import Widget, listen
from relief_widget.widgets.messages import Gesture


class Help(TypedDict):
    """What a control says of itself."""

    help: str
    unit: str


class Shell(Widget, bundle="shell", sends=Gesture):
    """The status line of the app, and what ipywidgets leaves out: names on handles, help on focus.

    Attributes
    ----------
    status
        What is going on, or was done last.
    error
        What went wrong and what to do about it; empty when nothing did.
    busy
        Whether something is running.
    texts
        Help and unit of each control by its label.
    """

    status = traitlets.Unicode("ready").tag(sync=True)
    error = traitlets.Unicode("").tag(sync=True)
    busy = traitlets.Bool(False).tag(sync=True)
    texts: traitlets.Dict[str, Help] = traitlets.Dict().tag(sync=True, holds=Help)

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self._gestures = CallbackDispatcher()
        listen(self, self._on_message)

    def on_gesture(self, callback: Callable[[str], object]) -> None:
        """Call `callback(kind)` with what `Gesture` has; "press" and "release" are a pointer's."""
        self._gestures.register_callback(callback)

    def _on_message(self, message: Gesture, buffers: Sequence[object]) -> None:
        del buffers
        self._gestures(message["kind"])
