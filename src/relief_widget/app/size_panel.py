"""The part's lengths in millimetres or inches, to read and to set."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

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
    apply
        Called with the settings that a length asks for.
    failed
        Called with what went wrong.
    """

    def __init__(
        self, apply: Callable[[dict[str, Any]], None], failed: Callable[[Exception], None]
    ) -> None:
        self._apply, self._failed = apply, failed
        self._relief: Relief | None = None
        self._setting = False
        self.unit = widgets.Dropdown(
            options=[("Millimetres", 1.0), ("Inches", MM_PER_INCH)], description="Units"
        )
        self.unit.observe(lambda _: self._show(), "value")
        self.lengths = {
            name: widgets.BoundedFloatText(min=0.001, max=1e5, step=0.5, description=label)
            for name, label in _LABELS.items()
        }
        for name, widget in self.lengths.items():
            widget.observe(self._observer(name), "value")
        rows = widgets.VBox([self.unit, *self.lengths.values()])
        box = widgets.Accordion([rows], titles=["Size in mm or inches"])
        self.element = widgets.VBox([box], _dom_classes=("relief-group",))

    def show(self, relief: Relief) -> None:
        """Show the lengths of a relief."""
        self._relief = relief
        self._show()

    def _observer(self, name: str) -> Callable[[Any], None]:
        return lambda change: self._changed(name, change["new"])

    def _changed(self, name: str, value: float) -> None:
        if self._setting or self._relief is None:
            return
        settings = self._relief.settings
        try:
            wanted = sized(
                self._relief.height_field.aspect,
                settings.size_mm,
                **{name: value * self.unit.value},
            )
            self._relief.replace(**wanted)
        except ReliefError as error:
            self._failed(error)
            self._show()
            return
        self._apply(wanted)

    def _show(self) -> None:
        relief = self._relief
        if relief is None:
            return
        settings, aspect = relief.settings, relief.height_field.aspect
        size = settings.size_mm
        lengths = {
            "width_mm": size * min(1.0, aspect),
            "height_mm": size / max(1.0, aspect),
            "relief_mm": settings.depth_intensity * size,
            "base_mm": settings.base_thickness * size,
        }
        inches = self.unit.value == MM_PER_INCH
        self._setting = True
        try:
            for name, widget in self.lengths.items():
                widget.value = round(lengths[name] / self.unit.value, 3 if inches else 2)
                shown_as_share = name in ("relief_mm", "base_mm")
                # A lithophane's thickness is given with its tones.
                widget.disabled = shown_as_share and relief.is_lithophane
        finally:
            self._setting = False
