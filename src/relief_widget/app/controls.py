"""Sliders, boxes and lists for the settings, generated from their metadata."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, get_args

import ipywidgets as widgets

from relief_widget.app.guard import Guard
from relief_widget.settings import Control, Group, ReliefSettings, controls, default
from relief_widget.widgets.viewer import CHOICES, SETTINGS, Viewer, choice_label


class Controls:
    """One widget for each setting, under the headings of their groups.

    Body and display settings are linked to the viewer in the browser, so that they work while the
    kernel is busy or gone; Python ends with the same values.

    Parameters
    ----------
    viewer
        What the body and display settings act on.
    changed
        Called with the name of a setting that a person changed.

    Attributes
    ----------
    viewer
        The same.
    widgets
        By name of the setting.
    resets
        The buttons that bring back the default, by name.
    rows
        Widget and button, by name.
    groups
        The boxes by heading.
    """

    def __init__(self, viewer: Viewer, changed: Callable[[str], None]) -> None:
        self.viewer = viewer
        self._changed = changed
        self._setting = Guard()
        self._known = {name: default(name) for name in controls()}
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
            if group == "Object":
                # Most reliefs are plain: it opens when it is wanted.
                box = widgets.Accordion([widgets.VBox(rows)], titles=["Object: outline, frame, …"])
                self.groups[group] = widgets.VBox([box], _dom_classes=("relief-group",))
                continue
            if group == "Depth":
                rows.append(self._no_subject)
            title = widgets.HTML(f"<h3>{group}</h3>")
            self.groups[group] = widgets.VBox([title, *rows], _dom_classes=("relief-group",))

    def _row(self, name: str, control: Control) -> widgets.HBox:
        widget = self.widgets[name] = _widget(name, control)
        reset = widgets.Button(
            description="↺",
            tooltip="Reset",
            _dom_classes=("relief-sign", "relief-reset"),
        )
        reset.on_click(lambda _: widget.set_trait("value", default(name)))
        self.resets[name] = reset
        if name in SETTINGS:
            end = ("index", f"{name}_index") if name in CHOICES else ("value", name)
            widgets.jslink((widget, end[0]), (self.viewer, end[1]))
        widget.observe(lambda _: self._observed(name), "value")
        self.rows[name] = widgets.HBox([widget, reset], _dom_classes=("relief-control",))
        return self.rows[name]

    def _observed(self, name: str) -> None:
        value = self.value(name)
        if value == self._known[name]:
            return
        self._known[name] = value
        self._mark(name)
        if self._setting:
            return
        if name in SETTINGS:
            self.viewer.adopt(name, value)
        self._changed(name)

    def _mark(self, name: str) -> None:
        self.resets[name].disabled = self.value(name) == default(name)

    def value(self, name: str) -> Any:
        """Return the value of the setting `name`."""
        value = self.widgets[name].value
        # The browser's slider counts in steps: it gives 0.04000000000000001 back for 0.04.
        return round(value, 9) if isinstance(value, float) else value

    def values(self) -> dict[str, Any]:
        """Return the value of every setting by name."""
        return {name: self.value(name) for name in self.widgets}

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Set widgets and viewer to `values`, without telling that a person did."""
        with self._setting:
            self.viewer.set_values(values)
            for name, widget in self.widgets.items():
                # What a hand on a slider just sent is not sent back.
                if name in values and self.value(name) != values[name]:
                    widget.value = values[name]
                self._mark(name)

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
    "Paint one under Subject mask.</p>"
)


def texts() -> dict[str, dict[str, str]]:
    """Return help and unit of every control by its label."""
    return {
        control.label: {"help": control.help, "unit": control.unit}
        for control in controls().values()
    }


def _widget(name: str, control: Control) -> Any:
    value, label = default(name), control.label
    if control.choices:
        options = [(choice_label(name, choice), choice) for choice in control.choices]
        kind = widgets.ToggleButtons if name == "mode" else widgets.Dropdown
        # True == 1 and False == 0, so a value cannot be found by comparing: by its place.
        return kind(options=options, index=control.choices.index(value), description=label)
    if isinstance(value, bool):
        return widgets.Checkbox(value=value, description=label, indent=False)
    if isinstance(value, str):
        return widgets.Textarea(value=value, description=label, rows=2)
    limits = {"min": control.low, "max": control.high, "step": control.step}
    if control.unit == "mm":
        # A size spans four decades: no slider can be set to it.
        return widgets.BoundedFloatText(value=value, description=label, **limits)
    if isinstance(value, int):
        return widgets.IntSlider(value=value, description=label, **limits)
    assert control.step is not None
    digits = max(0, len(f"{control.step:g}".partition(".")[2]))
    return widgets.FloatSlider(
        value=value, description=label, readout_format=f".{digits}f", **limits
    )
