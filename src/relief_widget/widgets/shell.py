"""What surrounds the app's widgets in the browser: status line, names, help, style."""

from __future__ import annotations

from typing import TypedDict

import traitlets

from relief_widget.widgets.base import Widget


class Help(TypedDict):
    """What a control says of itself."""

    help: str
    unit: str


class Shell(Widget, bundle="shell"):
    """The status line of the app, and what ipywidgets leaves out: names on handles, help on focus.

    Attributes
    ----------
    status
        What is going on, or was done last.
    error
        What went wrong and what to do about it; empty when nothing did.
    busy
        Whether something is running.
    texts
        Help and unit of each control by its label.
    """

    status = traitlets.Unicode("ready").tag(sync=True)
    error = traitlets.Unicode("").tag(sync=True)
    busy = traitlets.Bool(False).tag(sync=True)
    texts: traitlets.Dict[str, Help] = traitlets.Dict().tag(sync=True, holds=Help)
