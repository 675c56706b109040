"""Preflight in the app: for which machine, what was found, where, and what to change."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import ipywidgets as widgets

from relief_widget.app.guard import Guard
from relief_widget.app.live import AtRest
from relief_widget.app.making import target_of
from relief_widget.app.session import Session
from relief_widget.preflight import MACHINES, TARGETS, Check, Report
from relief_widget.relief import Relief
from relief_widget.widgets.display import show_marks
from relief_widget.widgets.viewer import Viewer

_ANY = "any"
# A slider that rests for this long was let go.
_REST_S = 0.6


class CheckPanel:
    """What a slicer or CAM program would say of the relief; checked anew while it is looked at.

    Parameters
    ----------
    session
        Whose relief is checked, and which takes the settings that a check advises.
    viewer
        Where places are painted.
    """

    def __init__(self, session: Session, viewer: Viewer) -> None:
        self._session, self._viewer = session, viewer
        self._checked = AtRest(session, _REST_S, self._begin, self._show, session.fail)
        self._looked_at = False
        self._suggested = self._target()
        self._setting = Guard()
        self._marks: dict[str, widgets.ToggleButton] = {}
        self.target = widgets.Dropdown(
            options=[(target.label, name) for name, target in TARGETS.items()],
            description="Made by",
            value=self._suggested,
        )
        self.bed = widgets.Dropdown(description="Machine")
        self.actions = widgets.HBox(_dom_classes=("relief-bar",))
        self.report = widgets.HTML()
        self.target.observe(self._target_chosen, "value")
        self.bed.observe(self._bed_chosen, "value")
        self.element = widgets.VBox(
            [
                widgets.HBox([self.target, self.bed], _dom_classes=("relief-bar", "relief-for")),
                self.report,
                self.actions,
            ],
            _dom_classes=("relief-check",),
        )
        self._list_beds()
        session.subscribe(self._follow, "relief", "height", "edits", "object", "body", "display")

    def look(self, looked_at: bool) -> None:
        """Check now if the panel is looked at, and paint nothing if it is not."""
        self._looked_at = looked_at
        self._check()

    def _follow(self) -> None:
        """Forget what was found, for the relief changed; check again once it rests."""
        self._suggest()
        if self._viewer.marks:
            self._mark(None)
        if self._looked_at:
            self._checked.start()

    def _check(self) -> None:
        self._mark(None)
        if self._looked_at:
            self._checked.now()
        else:
            self._checked.cancel()

    def _begin(self, relief: Relief) -> Callable[[], Report]:
        bed = {} if self.bed.value == _ANY else {"bed": self.bed.value}
        self.report.value = "<p>Checking…</p>"
        self.actions.children = ()
        return partial(relief.preflight, self.target.value, **bed)

    def _target(self) -> str:
        return target_of(self._session.state.making, self._session.relief)

    def _suggest(self) -> None:
        """Check for the process that suits what is made, once that is another."""
        target = self._target()
        if target != self._suggested:
            self._suggested = target
            with self._setting:
                self.target.value = target

    def _mark(self, check: Check | None) -> None:
        relief = self._session.relief
        if relief is not None:
            places = None if check is None else check.places
            show_marks(self._viewer, places, mirrored=relief.settings.mirrored)

    def _show(self, report: Report) -> None:
        self.report.value = report._repr_html_()
        buttons: list[Any] = []
        self._marks = {}
        for check in report:
            if check.status == "ok":
                continue
            if check.places is not None and (check.places > 0).any():
                buttons.append(self._mark_button(check))
            if check.changes:
                buttons.append(self._apply_button(check))
        self.actions.children = tuple(buttons)

    def _mark_button(self, check: Check) -> widgets.ToggleButton:
        button = widgets.ToggleButton(
            description=f"Show: {check.label}", tooltip="Paint the places on the view"
        )
        self._marks[check.name] = button

        def toggled(change: Any) -> None:
            if self._setting:
                return
            with self._setting:
                for name, other in self._marks.items():
                    other.value = bool(change["new"]) and name == check.name
            self._mark(check if change["new"] else None)

        button.observe(toggled, "value")
        return button

    def _apply_button(self, check: Check) -> widgets.Button:
        button = widgets.Button(description=f"Mend: {check.label}", tooltip=check.advice)
        button.on_click(lambda _: self._session.replace(**check.changes))
        return button

    def _target_chosen(self, change: Any) -> None:
        self._list_beds()
        self._bed_chosen(change)

    def _bed_chosen(self, _: Any) -> None:
        if not self._setting:
            self._check()

    def _list_beds(self) -> None:
        kind = TARGETS[self.target.value].kind
        names = [(name, name) for name, item in MACHINES.items() if item.kind == kind]
        with self._setting:
            self.bed.options = [("Any size", _ANY), *names]
            self.bed.value = _ANY
