"""The lengths of the part in one place, in millimetres or inches, to read and to set."""

from __future__ import annotations

from functools import partial
from typing import Any

import ipywidgets as widgets

from relief_widget.app.controls import Controls
from relief_widget.app.guard import Guard
from relief_widget.app.session import Session
from relief_widget.errors import ReliefError
from relief_widget.relief import Relief
from relief_widget.settings import controls
from relief_widget.settings.lengths import (
    LENGTHS,
    MM_PER_INCH,
    SHARES,
    UNIT_NAMES,
    limits,
    read,
    refuse,
    sized,
    written,
)
from relief_widget.widgets.number import Number

_HELP = {
    "width_mm": "Width of the part; its height follows from the photo.",
    "height_mm": "Height of the picture, from bottom to top; its width follows from the photo.",
    "relief_mm": "From the lowest to the highest place of the relief. It stays when the width "
    "changes.",
    "base_mm": "Thickness of the plate under the relief. It stays when the width changes.",
}
_NOTE = (
    "<p class='relief-note'>Width and height are linked: the photo gives their proportion. Relief "
    "and base stay as high as they are when these change.</p>"
)
# Of arrow keys, in mm and in inches.
_STEPS = {1.0: 0.5, MM_PER_INCH: 0.02}


class SizePanel:
    """Size, width, height, relief height, base height and frame, with one switch for their units.

    What is typed is kept to the last digit. Width and height follow each other; relief and base
    keep their height when they change, see `Session.resize`.

    Parameters
    ----------
    session
        Whose relief it is.
    settings
        The controls of all settings, of which those of the size stand here.

    Attributes
    ----------
    unit
        Chooses the unit: its value is how many millimetres it is.
    lengths
        The fields of what follows from the settings, by the names that `sized` takes; their values
        are in the unit.
    element
        The panel.
    """

    def __init__(self, session: Session, settings: Controls) -> None:
        self._session, self._controls = session, settings
        self._setting = Guard()
        self.unit = widgets.Dropdown(
            options=[("Millimetres", 1.0), ("Inches", MM_PER_INCH)], description="Units"
        )
        self.unit.observe(lambda _: self._switch(), "value")
        self.lengths = {
            name: Number(partial(self._typed, name), description=label)
            for name, label in LENGTHS.items()
        }
        for name, widget in self.lengths.items():
            widget.observe(partial(self._changed, name), "value")
        own = [
            settings.rows[name] for name, control in controls().items() if control.group == "Size"
        ]
        lengths = [
            widgets.HBox([widget], _dom_classes=("relief-control",))
            for widget in self.lengths.values()
        ]
        title = widgets.HTML("<h3>Size</h3>")
        note = widgets.HTML(_NOTE)
        self.element = widgets.VBox(
            [title, self.unit, own[0], *lengths, *own[1:], note],
            _dom_classes=("relief-group", "relief-lengths"),
        )
        session.subscribe(self._show, "relief", "height", "object", "body", "display")

    def _typed(self, name: str, text: str) -> None:
        """Take a text that is no plain number of the range, if it is a length with its unit."""
        relief = self._session.relief
        if relief is None:
            return
        least, most = self._limits(relief, name)
        unit = UNIT_NAMES[self.unit.value]
        try:
            length = read(LENGTHS[name], text, least, most, unit, at=name in SHARES)
        except ReliefError as error:
            self._session.fail(error)
        else:
            self._set(relief, name, length)

    def _changed(self, name: str, change: Any) -> None:
        relief = self._session.relief
        if self._setting or relief is None:
            return
        per, unit = self.unit.value, UNIT_NAMES[self.unit.value]
        least, most = (end / per for end in self._limits(relief, name))
        try:
            if not least <= change["new"] <= most:
                refuse(
                    LENGTHS[name],
                    f"{written(change['new'])} {unit}",
                    *(least, most, unit),
                    at=name in SHARES,
                )
        except ReliefError as error:
            self._session.fail(error)
        else:
            self._set(relief, name, change["new"] * per)
        # A length that cannot be is the one before again.
        self._show()

    def _set(self, relief: Relief, name: str, length: float) -> None:
        settings = sized(_aspect(relief), relief.settings.size_mm, **{name: length})
        self._controls.typed.add(name, length / self.unit.value, self.unit.value)
        if name in SHARES:
            self._session.replace(**{SHARES[name]: settings[SHARES[name]]})
        else:
            self._session.resize(settings["size_mm"])

    def _switch(self) -> None:
        self._controls.set_unit(self.unit.value)
        self._show()

    def _show(self) -> None:
        relief = self._session.relief
        if relief is None:
            return
        settings, aspect = relief.settings, _aspect(relief)
        size, per, typed = settings.size_mm, self.unit.value, self._controls.typed
        lengths = {
            "width_mm": size * min(1.0, aspect),
            "height_mm": size / max(1.0, aspect),
            "relief_mm": settings.depth_intensity * size,
            "base_mm": settings.base_thickness * size,
        }
        with self._setting:
            for name, widget in self.lengths.items():
                least, most = self._limits(relief, name)
                with widget.hold_sync():
                    widget.unit, widget.step = UNIT_NAMES[per], _STEPS[per]
                    widget.least, widget.most = least / per, most / per
                    widget.value = typed.shown(name, lengths[name] / per, per)
                    setting = SHARES.get(name, "size_mm")
                    widget.disabled = not controls()[setting].applies(
                        settings, lithophane=relief.is_lithophane
                    )

    def _limits(self, relief: Relief, name: str) -> tuple[float, float]:
        return limits(relief.settings.size_mm, _aspect(relief))[name]


def texts() -> dict[str, dict[str, str]]:
    """Return help and unit of the lengths that are no settings, by label."""
    return {label: {"help": _HELP[name], "unit": "mm"} for name, label in LENGTHS.items()}


def _aspect(relief: Relief) -> float:
    # Of a depth map without its heights: those may not be computed yet.
    if relief.depth_map is None:
        return relief.height_field.aspect
    width, height = relief.depth_map.size
    return width / height
