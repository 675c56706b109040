"""A number to type or to drag, which stays what it was given to the last digit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import traitlets

from relief_widget.widgets.base import Widget, listen
from relief_widget.widgets.messages import Typed

_LONGEST = 40


class Number(Widget, bundle="number", sends=Typed):
    """A field for a number, with a slider beside it where there is one for the feel.

    The sliders of ipywidgets round whatever they are given to their step and send it back as if a
    person had moved them: 0.033 becomes 0.035. Here the step is for hands and keys alone.

    Parameters
    ----------
    typed
        Called with a text that is no number from `least` to `most`; the browser takes no such text.
    **traits
        Of the widget.

    Attributes
    ----------
    value
        The number, as it was given.
    min, max, step
        Range and steps of the slider, and of the keys.
    least, most
        What can be typed.
    description
        The label.
    unit
        Of the number, if it has one.
    slider
        Whether there is one.
    beside_per, beside_unit
        What stands beside the number: that many units of something else for each 1; 0: nothing.
    disabled
        Whether it can be changed.
    """

    value = traitlets.Float(0.0).tag(sync=True)
    min = traitlets.Float(0.0).tag(sync=True)
    max = traitlets.Float(1.0).tag(sync=True)
    step = traitlets.Float(0.1).tag(sync=True)
    least = traitlets.Float(0.0).tag(sync=True)
    most = traitlets.Float(1.0).tag(sync=True)
    description = traitlets.Unicode("").tag(sync=True)
    unit = traitlets.Unicode("").tag(sync=True)
    slider = traitlets.Bool(False).tag(sync=True)
    beside_per = traitlets.Float(0.0).tag(sync=True)
    beside_unit = traitlets.Unicode("").tag(sync=True)
    disabled = traitlets.Bool(False).tag(sync=True)

    def __init__(self, typed: Callable[[str], None] = lambda _: None, **traits: Any) -> None:
        super().__init__(**traits)
        self._typed = typed
        listen(self, self._received)

    def _received(self, message: Typed, buffers: object) -> None:
        del buffers
        text: object = message.get("text")
        if message["kind"] == "typed" and isinstance(text, str) and not self.disabled:
            self._typed(text.strip()[:_LONGEST])
