"""Shaping heights by hand in the browser: brushes on the view, and the depth curve."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import traitlets
from ipywidgets import CallbackDispatcher

from relief_widget.errors import ReliefError
from relief_widget.heights.edits import (
    IDENTITY,
    LEAST_SIZE,
    Brush,
    Curve,
    Stroke,
    Symmetry,
    checked_curve,
    read_stroke,
)
from relief_widget.widgets.base import Widget, listen
from relief_widget.widgets.messages import MadeStroke, ShaperSends

# What people change; the rest is Python's to set.
_FROM_BROWSER = {"brush", "size", "strength", "softness", "height", "symmetry", "picking"}
_FROM_BROWSER |= {"pending", "curve", "in_sight"}
_LARGEST = 0.5


class Shaper(Widget, bundle="shaper", sends=ShaperSends):
    """Brushes for the view that stands in the same app, and the depth curve.

    A stroke is shown by the browser while it is made, kernel or no kernel, and comes to Python as
    data. What Python has not taken yet stays in `pending`.

    Attributes
    ----------
    active
        Whether a hand on the view shapes instead of turning it, while the tools are in sight.
    in_sight
        Whether the tools are in sight, from the browser: it needs no kernel to open them.
    brush, size, strength, softness, height, symmetry
        Of the next stroke, see `Stroke`.
    picking
        Whether the next click takes the height to set from the surface.
    pending
        Strokes that Python has not taken, oldest first.
    taken
        The number of the last stroke that Python took.
    curve
        Points of the depth curve: height before and height after.
    histogram
        How often each height is, before curve and strokes: shares of the most frequent, from the
        lowest.
    can_undo, can_clear
        Whether there is anything to go back to, and anything that was made by hand.

    Examples
    --------
    >>> shaper = Shaper()
    >>> shaper.on_stroke(lambda stroke, number: relief.edited(stroke))
    """

    active = traitlets.Bool(True).tag(sync=True)
    in_sight = traitlets.Bool(False).tag(sync=True)
    brush = traitlets.Enum(get_args(Brush), "raise").tag(sync=True)
    size = traitlets.Float(0.1, min=LEAST_SIZE, max=_LARGEST).tag(sync=True)
    strength = traitlets.Float(0.5, min=0.0, max=1.0).tag(sync=True)
    softness = traitlets.Float(0.7, min=0.0, max=1.0).tag(sync=True)
    height = traitlets.Float(0.5, min=0.0, max=1.0).tag(sync=True)
    symmetry = traitlets.Enum(get_args(Symmetry), "none").tag(sync=True)
    picking = traitlets.Bool(False).tag(sync=True)
    pending: traitlets.List[Any] = traitlets.List().tag(
        sync=True, echo_update=False, holds=MadeStroke
    )
    taken = traitlets.Int(0).tag(sync=True)
    curve: traitlets.List[Any] = traitlets.List([list(point) for point in IDENTITY]).tag(
        sync=True, echo_update=False, holds=tuple[float, float]
    )
    histogram: traitlets.List[float] = traitlets.List(traitlets.Float()).tag(sync=True, holds=float)
    can_undo = traitlets.Bool(False).tag(sync=True)
    can_clear = traitlets.Bool(False).tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        # ipywidgets' own dispatcher: it reports an exception in a callback and goes on.
        self._stroke_callbacks = CallbackDispatcher()
        self._curve_callbacks = CallbackDispatcher()
        self._undo_callbacks = CallbackDispatcher()
        self._clear_callbacks = CallbackDispatcher()
        self._showing = False
        self.observe(lambda change: self._take(change["new"]), "pending")
        self.observe(lambda change: self._bent(change["new"]), "curve")
        listen(self, self._on_message)

    def on_stroke(self, callback: Callable[[Stroke, int], None], remove: bool = False) -> None:
        """Call `callback` with each stroke that is made, and its number; `remove` stops that."""
        self._stroke_callbacks.register_callback(callback, remove=remove)

    def on_curve(self, callback: Callable[[Curve], None], remove: bool = False) -> None:
        """Call `callback` with the curve whenever a hand changes it; `remove` stops that."""
        self._curve_callbacks.register_callback(callback, remove=remove)

    def on_undo(self, callback: Callable[[], None], remove: bool = False) -> None:
        """Call `callback` when the last step is to be undone; `remove` stops that."""
        self._undo_callbacks.register_callback(callback, remove=remove)

    def on_clear(self, callback: Callable[[], None], remove: bool = False) -> None:
        """Call `callback` when all strokes and the curve are to go; `remove` stops that."""
        self._clear_callbacks.register_callback(callback, remove=remove)

    def show_curve(self, curve: Curve) -> None:
        """Show a curve that no hand has changed."""
        self._showing = True
        try:
            self.curve = [list(point) for point in curve]
        finally:
            self._showing = False

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take what the browser says, and leave out what is not its own to change."""
        super().set_state({key: sync_data[key] for key in sync_data if key in _FROM_BROWSER})

    def _on_message(self, message: ShaperSends, _buffers: object) -> None:
        if message["kind"] == "stroke":
            self._take([message])
        elif message["kind"] == "undo":
            self._undo_callbacks()
        elif message["kind"] == "clear":
            self._clear_callbacks()

    def _take(self, made: list[MadeStroke]) -> None:
        """Take the strokes that have not come another way already."""
        for item in made:
            number: object = item.get("number") if isinstance(item, dict) else None
            if not isinstance(number, int) or number <= self.taken:
                continue
            self.taken = number
            try:
                stroke = read_stroke(item["stroke"])
            except (KeyError, ReliefError):
                continue
            self._stroke_callbacks(stroke, number)

    def _bent(self, points: object) -> None:
        if self._showing:
            return
        try:
            curve = checked_curve(points)  # type: ignore[arg-type]  # it says what is wrong with it
        except ReliefError:
            return
        self._curve_callbacks(curve)
