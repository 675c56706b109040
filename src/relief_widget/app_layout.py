"""How the app is laid out: a page of two columns, its status, and tools in tabs."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from relief_widget.errors import ReliefError
from relief_widget.frame import Frame

_LOG = logging.getLogger(__name__)


class Status:
    """What the app says of itself in `frame`.

    Attributes
    ----------
    doing
        What is being made, while something is.
    done
        What was done last.
    """

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self.doing = self.done = ""

    def say(self, text: str) -> None:
        """Say what was done, and take back an error."""
        self._frame.error = ""
        self.done = text

    def fail(self, error: Exception) -> None:
        """Say what went wrong."""
        if isinstance(error, ReliefError):
            text = str(error)
        else:
            _LOG.error("relief_widget failed", exc_info=error)
            text = f"Something went wrong ({type(error).__name__}). The last relief is still here."
        self._frame.error = text
        self.done = ""

    def show(self, *, making: bool, busy: bool) -> None:
        """Bring the line up to date: something is being made, or is computed beside."""
        with self._frame.hold_sync():
            self._frame.busy = making or busy
            if making:
                self._frame.status = self.doing
            else:
                self._frame.status = (
                    "Working…" if busy else " · ".join(filter(None, [self.done, "ready"]))
                )


def tabs(
    panels: dict[str, widgets.Widget], chosen: Callable[[widgets.Widget], None]
) -> widgets.Tab:
    """Return panels as tabs; `chosen` is called with the one that is turned to."""
    tools = widgets.Tab(list(panels.values()), titles=list(panels))
    tools.add_class("relief-tools")

    def turned(change: Any) -> None:
        chosen(tools.children[change["new"]])

    tools.observe(turned, "selected_index")
    return tools


def columns(left: list[widgets.Widget], right: list[widgets.Widget]) -> widgets.HBox:
    """Return the body of the page: what is looked at, and what is set."""
    return widgets.HBox(
        [
            widgets.VBox(left, _dom_classes=("relief-left",)),
            widgets.VBox(right, _dom_classes=("relief-right",)),
        ],
        _dom_classes=("relief-body",),
    )
