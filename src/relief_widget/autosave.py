"""The project, kept in the visitor's own browser, so that a reload loses nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from relief_widget.background import running_loop
from relief_widget.downloads import Downloads, Saves

_STATIC = Path(__file__).parent / "static"
# What changes for so long is saved once.
_REST_S = 2.0


class Autosave(anywidget.AnyWidget):
    """Lets the browser fetch the project after every change, and keep it in its own store.

    Nothing is written where the kernel runs. The landing page of `Upload` offers what is kept.

    Parameters
    ----------
    relief
        Returns what is to be kept.

    Attributes
    ----------
    revision
        Counts the changes.
    name
        Of the photo.
    problem
        Why the browser could not keep it, from the browser; empty when all is well.
    """

    _esm = _STATIC / "autosave.js"

    revision = traitlets.Int(0).tag(sync=True)
    name = traitlets.Unicode("").tag(sync=True)
    exports: traitlets.List[str] = traitlets.List(traitlets.Unicode()).tag(sync=True)
    problem = traitlets.Unicode("").tag(sync=True)

    def __init__(self, relief: Callable[[], Saves], **traits: Any) -> None:
        super().__init__(**traits)
        self._later: asyncio.TimerHandle | None = None
        self._downloads = Downloads(self, relief)

    def changed(self, name: str) -> None:
        """Let the browser fetch the project once it rests."""
        if self._later is not None:
            self._later.cancel()
            self._later = None
        loop = running_loop()
        if loop is not None:
            self._later = loop.call_later(_REST_S, self._announce, name)

    def _announce(self, name: str) -> None:
        self._later = None
        with self.hold_sync():
            self.name = name
            self.revision += 1
