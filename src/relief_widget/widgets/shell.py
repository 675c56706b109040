"""What surrounds the app's widgets in the browser: status line, names, help, style."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
import traitlets

_STATIC = Path(__file__).parents[1] / "static"


class Shell(anywidget.AnyWidget):
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

    _esm = _STATIC / "shell.js"
    _css = _STATIC / "shell.css"

    status = traitlets.Unicode("ready").tag(sync=True)
    error = traitlets.Unicode("").tag(sync=True)
    busy = traitlets.Bool(False).tag(sync=True)
    texts: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)
