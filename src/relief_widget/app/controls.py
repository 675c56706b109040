"""Sliders, boxes and lists for the settings, generated from their metadata."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any, get_args

import ipywidgets as widgets

from relief_widget.app.typed import Typed
from relief_widget.errors import ReliefError
from relief_widget.settings import Control, Group, ReliefSettings, controls, default
from relief_widget.settings.lengths import SHARES, UNIT_NAMES, read, refuse, written
from relief_widget.widgets.number import Number
from relief_widget.widgets.viewer import CHOICES, SETTINGS, Viewer

LINKED = tuple(name for name in SETTINGS if name != "size_mm")
"""The settings that go from the widget to the view within the browser."""


class Controls:
    """One widget for each setting, under the headings of their groups.

    Body and display settings are linked to the viewer in the browser, so that they work while the
    kernel is busy or gone; Python ends with the same values. The size is not: relief and base keep
    their height when it changes, so that three settings change together.

    Parameters
    ----------
    viewer
        What the body and display settings act on.
    changed
        Called with the name of a setting that a person changed.
    refused
        Called with what is wrong with a value that a person gave, which is not taken.

    Attributes
    ----------
    viewer
        The same.
    widgets
        By name of the setting. Those of lengths have them in the unit that they are shown in.
    resets
        The buttons that bring back the default, by name.
    rows
        Widget and button, by name.
    groups
        The boxes by heading; what stands under the heading of the size is the size panel's.
    typed
        The lengths that a person gave, which are shown as they were.
    """

    def __init__(
        self,
        viewer: Viewer,
        changed: Callable[[str], None],
        refused: Callable[[ReliefError], None] = lambda _: None,
    ) -> None:
        self.viewer = viewer
        self._changed, self._refused = changed, refused
        self._known = {name: default(name) for name in controls()}
        # Millimetres in the unit of lengths.
        self._unit = 1.0
        self.typed = Typed()
        self.widgets: dict[str, Any] = {}
        self.groups: dict[str, widgets.VBox] = {}
        self.rows: dict[str, widgets.HBox] = {}
        self.resets: dict[str, widgets.Button] = {}
        # Why two of them are off is to be seen where they are.
        self._no_subject = widgets.HTML(_NO_SUBJECT)
        for group in get_args(Group):
            rows = [
                self._row(name, control)
                for name, control in controls().items()
                if control.group == group
            ]
            if group == "Size":
                continue
            if group == "Object":
                # Most reliefs are plain: it opens when it is wanted.
                box = widgets.Accordion([widgets.VBox(rows)], titles=["Object: outline, holes, …"])
                self.groups[group] = widgets.VBox([box], _dom_classes=("relief-group",))
                continue
            if group == "Depth":
                rows.append(self._no_subject)
            title = widgets.HTML(f"<h3>{group}</h3>")
            self.groups[group] = widgets.VBox([title, *rows], _dom_classes=("relief-group",))
        self.set_unit(self._unit)

    def _row(self, name: str, control: Control) -> widgets.HBox:
        widget = self.widgets[name] = _widget(name, control, partial(self._typed, name))
        reset = widgets.Button(
            description="↺",
            tooltip="Reset",
            _dom_classes=("relief-sign", "relief-reset"),
        )
        reset.on_click(lambda _: self._take(name, default(name)))
        self.resets[name] = reset
        if name in LINKED:
            end = ("index", f"{name}_index") if name in CHOICES else ("value", name)
            widgets.jslink((widget, end[0]), (self.viewer, end[1]))
        widget.observe(lambda _: self._observed(name), "value")
        self.rows[name] = widgets.HBox([widget, reset], _dom_classes=("relief-control",))
        return self.rows[name]

    def _observed(self, name: str) -> None:
        value, control = self.value(name), controls()[name]
        if not control.is_number:
            self._take(name, value)
            return
        least, most = control.buildable
        if least <= value <= most:
            self._take(name, value)
            return
        per = self._per(name)
        given = f"{written(value / per)} {self._unit_of(name)}".strip()
        self._refuse(name, given)

    def _typed(self, name: str, text: str) -> None:
        """Take a text that is no plain number of the range, if it is a length with its unit."""
        control = controls()[name]
        if not control.is_length:
            self._refuse(name, text)
            return
        try:
            value = read(control.label, text, *control.buildable, unit=self._unit_of(name))
        except ReliefError as error:
            self._refused(error)
        else:
            self._take(name, value)

    def _refuse(self, name: str, given: str) -> None:
        """Say what the range is; the value is the one before again."""
        self._show(name)
        per, control = self._per(name), controls()[name]
        least, most = (end / per for end in control.buildable)
        try:
            refuse(control.label, given, least, most, self._unit_of(name))
        except ReliefError as error:
            self._refused(error)

    def _take(self, name: str, value: Any) -> None:
        """Take a value that a person gave."""
        if controls()[name].is_length:
            self.typed.add(name, value / self._unit, self._unit)
        changed = value != self._known[name]
        self._known[name] = value
        self._show(name)
        if not changed:
            return
        self._mark(name)
        if name in LINKED:
            self.viewer.adopt(name, value)
        self._changed(name)

    def _show(self, name: str) -> None:
        """Let the widget show the value that is known, unless it does."""
        shown_value = self._shown(name)
        if self.widgets[name].value != shown_value:
            self.widgets[name].value = shown_value

    def _shown(self, name: str) -> Any:
        known, control = self._known[name], controls()[name]
        if not control.is_length:
            return known
        return self.typed.shown(name, known / self._unit, self._unit)

    def _mark(self, name: str) -> None:
        self.resets[name].disabled = self._known[name] == default(name)

    def _per(self, name: str) -> float:
        return self._unit if controls()[name].is_length else 1.0

    def _unit_of(self, name: str) -> str:
        control = controls()[name]
        return UNIT_NAMES[self._unit] if control.is_length else control.unit

    def set_unit(self, mm: float) -> None:
        """Show lengths in another unit.

        Parameters
        ----------
        mm
            How many millimetres it is; see `UNIT_NAMES`.
        """
        self._unit = mm
        for name, control in controls().items():
            if not control.is_number:
                continue
            least, most = control.buildable
            per, step = self._per(name), control.step
            assert step is not None
            with self.widgets[name].hold_sync():
                for trait, value in {
                    "min": control.low,
                    "max": control.high,
                    "least": least,
                    "most": most,
                }.items():
                    assert value is not None
                    self.widgets[name].set_trait(trait, value / per)
                # A round one in any unit.
                self.widgets[name].step = step if per == 1 else float(f"{step / per:.1g}")
                self.widgets[name].unit = self._unit_of(name)
                self.widgets[name].value = self._shown(name)
        self._show_lengths()

    def _show_lengths(self) -> None:
        """Let the lengths stand beside the shares of the size."""
        for name in SHARES.values():
            with self.widgets[name].hold_sync():
                self.widgets[name].beside_per = self._known["size_mm"] / self._unit
                self.widgets[name].beside_unit = UNIT_NAMES[self._unit]

    def value(self, name: str) -> Any:
        """Return the value of the setting `name`; a length in mm."""
        value = self.widgets[name].value
        if not controls()[name].is_number:
            return value
        if value == self._shown(name):
            # What is shown of a length may have fewer digits.
            return self._known[name]
        value *= self._per(name)
        return round(value) if isinstance(default(name), int) else value

    def values(self) -> dict[str, Any]:
        """Return the value of every setting by name."""
        return {name: self.value(name) for name in self.widgets}

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Set widgets and viewer to `values`, without telling that a person did."""
        self.viewer.set_values(values)
        for name in self.widgets.keys() & values.keys():
            self._known[name] = values[name]
            # What a hand on a slider just sent is not sent back.
            self._show(name)
            self._mark(name)
        self._show_lengths()

    def enable(
        self, settings: ReliefSettings, stages: Collection[str], *, lithophane: bool = False
    ) -> None:
        """Enable each control where it has an effect.

        Parameters
        ----------
        settings
            The settings that decide.
        stages
            The stages of the height pipeline that the present source goes through.
        lithophane
            Whether the present source gives the thickness in mm.
        """
        shaped = "level" in stages and "balance" not in stages
        self._no_subject.layout.display = "" if shaped else "none"
        for name, control in controls().items():
            runs = control.stage is None or control.stage in stages
            applies = runs and control.applies(settings, lithophane=lithophane)
            self.widgets[name].disabled = not applies
            if control.needs is not None:
                # What belongs to another setting appears with it: there are many.
                self.rows[name].layout.display = "" if applies else "none"


_NO_SUBJECT = (
    "<p class='relief-reason'>Subject and ground are off: this picture has no subject. "
    "Paint one under Subject, above the view.</p>"
)


def texts() -> dict[str, dict[str, str]]:
    """Return help and unit of every control by its label."""
    return {
        control.label: {"help": control.help, "unit": control.unit}
        for control in controls().values()
    }


def _widget(name: str, control: Control, typed: Callable[[str], None]) -> Any:
    value, label = default(name), control.label
    if control.choices:
        options = list(zip(control.labels, control.choices, strict=True))
        kind = widgets.ToggleButtons if name == "mode" else widgets.Dropdown
        # True == 1 and False == 0, so a value cannot be found by comparing: by its place.
        return kind(options=options, index=control.choices.index(value), description=label)
    if isinstance(value, bool):
        return widgets.Checkbox(value=value, description=label, indent=False)
    if isinstance(value, str):
        return widgets.Textarea(value=value, description=label, rows=2)
    # A length spans four decades: no slider can be set to it.
    return Number(typed, value=value, description=label, slider=not control.is_length)
