"""Preflight in the app: for which machine, what was found, where, and what to change."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from relief_widget.preflight import MACHINES, TARGETS, Check, Report
from relief_widget.relief import Relief
from relief_widget.widgets.background import Newest, running_loop
from relief_widget.widgets.display import show_marks
from relief_widget.widgets.viewer import Viewer

_ANY = "any"
# A slider that rests for this long was let go.
_REST_S = 0.6


class CheckPanel:
    """What a slicer or CAM program would say of the relief; checked anew while it is looked at.

    Parameters
    ----------
    viewer
        Where places are painted.
    relief
        Returns what is to be checked.
    apply
        Called with the settings that a check advises.
    failed
        Called with what went wrong.
    """

    def __init__(
        self,
        viewer: Viewer,
        relief: Callable[[], Relief | None],
        apply: Callable[[dict[str, Any]], None],
        failed: Callable[[Exception], None],
    ) -> None:
        self._viewer, self._relief = viewer, relief
        self._apply, self._failed = apply, failed
        self._work = Newest()
        self._later: asyncio.TimerHandle | None = None
        self._looked_at = False
        self._lithophane = False
        self._setting = False
        self._marks: dict[str, widgets.ToggleButton] = {}
        self.target = widgets.Dropdown(
            options=[(target.label, name) for name, target in TARGETS.items()],
            description="Made by",
        )
        self.bed = widgets.Dropdown(description="Machine")
        self._actions = widgets.HBox(_dom_classes=("relief-bar",))
        self._report = widgets.HTML()
        self.target.observe(self._target_chosen, "value")
        self.bed.observe(self._bed_chosen, "value")
        self.element = widgets.VBox(
            [
                widgets.HBox([self.target, self.bed], _dom_classes=("relief-bar", "relief-for")),
                self._report,
                self._actions,
            ],
            _dom_classes=("relief-check",),
        )
        self._list_beds()

    def look(self, looked_at: bool) -> None:
        """Check now if the panel is looked at, and paint nothing if it is not."""
        self._looked_at = looked_at
        self._check()

    def follow(self) -> None:
        """Forget what was found, for the relief changed; check again once it rests."""
        if self._later is not None:
            self._later.cancel()
            self._later = None
        if self._viewer.marks:
            self._mark(None)
        loop = running_loop()
        if loop is None:
            self._check()
        elif self._looked_at:
            self._later = loop.call_later(_REST_S, self._check)

    def _check(self) -> None:
        self._mark(None)
        relief = self._relief()
        if relief is None or not self._looked_at:
            return
        self._suggest(relief)
        bed = {} if self.bed.value == _ANY else {"bed": self.bed.value}
        target = self.target.value
        self._report.value = "<p>Checking…</p>"
        self._actions.children = ()

        def done(report: Report) -> None:
            if self._relief() is relief:
                self._show(report)

        self._work.run(lambda: relief.preflight(target, **bed), done, self._failed)

    def _suggest(self, relief: Relief) -> None:
        """Look at a lithophane as one, and at a relief as something else."""
        lithophane = relief.is_lithophane
        if lithophane != self._lithophane:
            self._lithophane = lithophane
            self._setting = True
            try:
                self.target.value = "lithophane" if lithophane else "fdm"
            finally:
                self._setting = False

    def _mark(self, check: Check | None) -> None:
        relief = self._relief()
        if relief is not None:
            places = None if check is None else check.places
            show_marks(self._viewer, places, mirrored=relief.settings.mirrored)

    def _show(self, report: Report) -> None:
        self._report.value = report._repr_html_()
        buttons: list[Any] = []
        self._marks = {}
        for check in report:
            if check.status == "ok":
                continue
            if check.places is not None and (check.places > 0).any():
                buttons.append(self._mark_button(check))
            if check.changes:
                buttons.append(self._apply_button(check))
        self._actions.children = tuple(buttons)

    def _mark_button(self, check: Check) -> widgets.ToggleButton:
        button = widgets.ToggleButton(
            description=f"Show: {check.label}", tooltip="Paint the places on the view"
        )
        self._marks[check.name] = button

        def toggled(change: Any) -> None:
            if self._setting:
                return
            self._setting = True
            try:
                for name, other in self._marks.items():
                    other.value = bool(change["new"]) and name == check.name
            finally:
                self._setting = False
            self._mark(check if change["new"] else None)

        button.observe(toggled, "value")
        return button

    def _apply_button(self, check: Check) -> widgets.Button:
        button = widgets.Button(description=f"Mend: {check.label}", tooltip=check.advice)
        button.on_click(lambda _: self._apply(dict(check.changes)))
        return button

    def _target_chosen(self, _: Any) -> None:
        self._list_beds()
        if not self._setting:
            self._check()

    def _bed_chosen(self, _: Any) -> None:
        if not self._setting:
            self._check()

    def _list_beds(self) -> None:
        kind = TARGETS[self.target.value].kind
        names = [(name, name) for name, item in MACHINES.items() if item.kind == kind]
        was, self._setting = self._setting, True
        try:
            self.bed.options = [("Any size", _ANY), *names]
            self.bed.value = _ANY
        finally:
            self._setting = was
