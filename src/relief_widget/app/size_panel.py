"""The part's lengths in millimetres or inches, to read and to set."""

from __future__ import annotations

from functools import partial
from typing import Any

import ipywidgets as widgets

from relief_widget.app.guard import Guard
from relief_widget.app.session import Session
from relief_widget.errors import ReliefError
from relief_widget.relief import Relief
from relief_widget.settings.lengths import MM_PER_INCH, sized

_LABELS = {
    "width_mm": "Width",
    "height_mm": "Height",
    "relief_mm": "Relief height",
    "base_mm": "Base height",
}


class SizePanel:
    """Width, height, relief height and base height; one of them sets the settings behind it.

    Parameters
    ----------
    session
        Whose relief it is.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._setting = Guard()
        self.unit = widgets.Dropdown(
            options=[("Millimetres", 1.0), ("Inches", MM_PER_INCH)], description="Units"
        )
        self.unit.observe(lambda _: self._show(), "value")
        self.lengths = {
            name: widgets.BoundedFloatText(min=0.001, max=1e5, step=0.5, description=label)
            for name, label in _LABELS.items()
        }
        for name, widget in self.lengths.items():
            widget.observe(partial(self._changed, name), "value")
        rows = widgets.VBox([self.unit, *self.lengths.values()])
        box = widgets.Accordion([rows], titles=["Size in mm or inches"])
        self.element = widgets.VBox([box], _dom_classes=("relief-group",))
        session.subscribe(self._show, "relief", "height", "object", "body", "display")

    def _changed(self, name: str, change: Any) -> None:
        relief = self._session.relief
        if self._setting or relief is None:
            return
        try:
            wanted = sized(
                _aspect(relief), relief.settings.size_mm, **{name: change["new"] * self.unit.value}
            )
        except ReliefError as error:
            self._session.fail(error)
        else:
            self._session.replace(**wanted)
        # A length that cannot be is the one before again.
        self._show()

    def _show(self) -> None:
        relief = self._session.relief
        if relief is None:
            return
        settings, aspect = relief.settings, _aspect(relief)
        size = settings.size_mm
        lengths = {
            "width_mm": size * min(1.0, aspect),
            "height_mm": size / max(1.0, aspect),
            "relief_mm": settings.depth_intensity * size,
            "base_mm": settings.base_thickness * size,
        }
        inches = self.unit.value == MM_PER_INCH
        with self._setting:
            for name, widget in self.lengths.items():
                widget.value = round(lengths[name] / self.unit.value, 3 if inches else 2)
                shown_as_share = name in ("relief_mm", "base_mm")
                # A lithophane's thickness is given with its tones.
                widget.disabled = shown_as_share and relief.is_lithophane


def _aspect(relief: Relief) -> float:
    # Of a depth map without its heights: those may not be computed yet.
    if relief.depth_map is None:
        return relief.height_field.aspect
    width, height = relief.depth_map.size
    return width / height
