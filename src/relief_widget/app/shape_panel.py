"""Shaping the relief by hand: brushes on the view, the depth curve."""

from __future__ import annotations

import ipywidgets as widgets
import numpy as np
import numpy.typing as npt

from relief_widget.app.session import Session
from relief_widget.widgets.shaper import Shaper

_BINS = 64


class ShapePanel:
    """Brushes for the view of the app, and the depth curve.

    Parameters
    ----------
    session
        Whose heights are shaped.

    Attributes
    ----------
    element
        What stands beside the view.
    shaper
        The widget in it.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self.shaper = Shaper()
        self.shaper.on_stroke(session.paint_heights)
        self.shaper.on_curve(session.bend)
        self.shaper.on_undo(session.undo)
        self.shaper.on_clear(session.clear_edits)
        self.element = widgets.VBox([self.shaper], _dom_classes=("relief-shaping",))
        # Nobody looks at the histogram of closed tools.
        self.shaper.observe(lambda _: self.look(), "in_sight")
        self._counted: npt.NDArray[np.float32] | None = None
        session.subscribe(self._follow)

    @property
    def active(self) -> bool:
        """Whether a hand on the view shapes instead of turning it, with the tools in sight."""
        return self.shaper.active

    @active.setter
    def active(self, on: bool) -> None:
        self.shaper.active = on

    def look(self) -> None:
        """Count the heights, which are there: for the histogram behind the curve."""
        relief = self._session.relief
        if relief is None or not self.shaper.in_sight or relief.unedited.values is self._counted:
            return
        self._counted = relief.unedited.values
        counts, _ = np.histogram(self._counted, bins=_BINS, range=(0.0, 1.0))
        # A flat ground would press all else to the floor: the root shows both.
        tops = np.sqrt(counts)
        self.shaper.histogram = [round(float(top), 3) for top in tops / max(tops.max(), 1.0)]

    def _follow(self) -> None:
        edits = self._session.edits
        with self.shaper.hold_sync():
            self.shaper.can_undo = self._session.history.can_undo
            self.shaper.can_clear = bool(edits)
            self.shaper.show_curve(edits.curve)
