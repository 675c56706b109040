"""How the app is laid out: a page of two columns, and tools in tabs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets


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
