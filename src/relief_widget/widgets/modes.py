"""The switch of what a frame of the app shows; it works without a kernel."""

from __future__ import annotations

import traitlets

from relief_widget.widgets.base import Widget


class Modes(Widget, bundle="modes"):
    """Tabs over a frame, of which one is chosen; the style sheet shows what belongs to it.

    Attributes
    ----------
    labels
        What can be chosen: labels by name, in this order.
    mode
        The name of what is chosen.
    label
        What the tabs are for.
    """

    labels: traitlets.Dict[str, str] = traitlets.Dict().tag(sync=True, holds=str)
    mode = traitlets.Unicode("").tag(sync=True)
    label = traitlets.Unicode("").tag(sync=True)
