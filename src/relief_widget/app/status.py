"""The app's status line: what is being made, what was done, and what went wrong."""

from __future__ import annotations

import logging

from relief_widget.errors import ReliefError
from relief_widget.widgets.shell import Shell

_LOG = logging.getLogger(__name__)


class Status:
    """What the app says of itself in `frame`.

    Attributes
    ----------
    doing
        What is being made, while something is.
    done
        What was done last.
    """

    def __init__(self, frame: Shell) -> None:
        self._frame = frame
        self.doing = self.done = ""

    def say(self, text: str) -> None:
        """Say what was done, and take back an error."""
        self._frame.error = ""
        self.done = text

    def fail(self, error: Exception) -> None:
        """Say what went wrong."""
        if isinstance(error, ReliefError):
            text = str(error)
        else:
            _LOG.error("relief_widget failed", exc_info=error)
            text = f"Something went wrong ({type(error).__name__}). The last relief is still here."
        self._frame.error = text
        self.done = ""

    def show(self, *, making: bool, busy: bool) -> None:
        """Bring the line up to date: something is being made, or is computed beside."""
        with self._frame.hold_sync():
            self._frame.busy = making or busy
            if making:
                self._frame.status = self.doing
            else:
                self._frame.status = (
                    "Working…" if busy else " · ".join(filter(None, [self.done, "ready"]))
                )
