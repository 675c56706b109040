"""The frame that the view stands in, and what is done in it: painting, cropping, looking."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ipywidgets as widgets

from relief_widget.widgets.modes import Modes

_VIEW = "view"


@dataclass(frozen=True)
class Pane:
    """Something to do in the frame of the view.

    Attributes
    ----------
    name
        Its class in the style sheet is ``relief-pane-`` and this.
    label
        Of its tab.
    element
        What it is done with.
    replaces
        Whether it takes the view's place, which then stands small beside it; else it is done on the
        view itself, and `element` stands beside that.
    entered, left
        Called when it is chosen, and when something else is.
    """

    name: str
    label: str
    element: Any
    replaces: bool = True
    entered: Callable[[], object] = lambda: None
    left: Callable[[], object] = lambda: None


class ViewFrame:
    """The view, or what takes its place, with the tabs to choose by; it stays in sight.

    Parameters
    ----------
    viewer
        The view.
    beside
        What stands in the row of the tabs.
    *panes
        What else can be done here.

    Attributes
    ----------
    modes
        The tabs.
    element
        All of it.
    """

    def __init__(self, viewer: Any, beside: Any, *panes: Pane) -> None:
        self._panes = {pane.name: pane for pane in panes}
        labels = {_VIEW: "View"} | {pane.name: pane.label for pane in panes}
        self.modes = Modes(labels=labels, mode=_VIEW, label="What the frame shows")
        self.modes.observe(self._changed, "mode")
        viewer.add_class("relief-view")
        for pane in panes:
            pane.element.add_class("relief-pane")
            pane.element.add_class(f"relief-pane-{pane.name}")
        self.element = widgets.VBox(
            [
                widgets.HBox([self.modes, beside], _dom_classes=("relief-top",)),
                # In the order in which they stand in one column.
                widgets.Box(
                    [
                        *(pane.element for pane in panes if pane.replaces),
                        viewer,
                        *(pane.element for pane in panes if not pane.replaces),
                    ],
                    _dom_classes=("relief-panes",),
                ),
            ],
            _dom_classes=("relief-frame",),
        )

    def shows(self, pane: str) -> bool:
        """Whether it is the pane of that name that stands in the frame."""
        return bool(self.modes.mode == pane)

    def show_view(self) -> None:
        """Go back to the view."""
        self.modes.mode = _VIEW

    def _changed(self, change: Any) -> None:
        if change["old"] in self._panes:
            self._panes[change["old"]].left()
        if change["new"] in self._panes:
            self._panes[change["new"]].entered()
