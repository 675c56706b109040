"""Where the command line says something: streams may be narrow, closed, full or left alone.

The files are what somebody waits for. That their report cannot be read is no reason to stop.
"""

from __future__ import annotations

import codecs
import contextlib
import errno
import io
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, TextIO

# What a terminal that has no such sign shows instead.
_PLAIN = {
    "×": "x",
    "−": "-",
    "–": "-",
    "…": "...",
    "µ": "u",
    "⌀": "dia.",
    "✓": "+",
    "✗": "x",
    "°": " deg",
    "²": "2",
    "³": "3",
    "à": "a",
    "≤": "<=",
    "≥": ">=",
}


def _plainly(error: UnicodeError) -> tuple[str | bytes, int]:
    assert isinstance(error, UnicodeEncodeError)
    signs = error.object[error.start : error.end]
    return "".join(_PLAIN.get(sign, "?") for sign in signs), error.end


codecs.register_error("relief_widget.plainly", _plainly)


class Stopped(BaseException):
    """The process is asked to end: whatever is open is closed and removed on the way out.

    Parameters
    ----------
    number
        Of the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class Spoken:
    """A stream to speak to, which may fail: then it says no more, and remembers why.

    Parameters
    ----------
    stream
        Where the text goes.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.fault: OSError | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write a text, as far as anybody reads."""
        if self.fault is None:
            try:
                self._stream.write(text)
            except OSError as error:
                self._give_up(error)
        return len(text)

    def flush(self) -> None:
        """Send what was written."""
        if self.fault is None:
            try:
                self._stream.flush()
            except OSError as error:
                self._give_up(error)

    @property
    def is_lost(self) -> bool:
        """Whether something was lost that somebody wanted: who leaves a pipe wants no more."""
        return self.fault is not None and self.fault.errno not in (errno.EPIPE, errno.EINVAL)

    def _give_up(self, error: OSError) -> None:
        self.fault = error
        # What is still in the buffer would be tried again, and fail, when Python ends.
        with contextlib.suppress(OSError, ValueError, AttributeError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)


@contextmanager
def spoken() -> Iterator[Spoken]:
    """Let standard output and error fail without an end to the work.

    Yields
    ------
    Spoken
        The standard output.
    """
    _open_closed()
    out, err = Spoken(sys.stdout), Spoken(sys.stderr)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="relief_widget.plainly")
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        yield out
        out.flush()
        err.flush()


def _open_closed() -> None:
    """Open the streams that a shell closed: the next file opened would take their place.

    Then a library's warning would go into somebody's mesh.
    """
    if None not in (sys.stdin, sys.stdout, sys.stderr):
        return
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            with contextlib.suppress(OSError):
                os.open(os.devnull, os.O_RDWR)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123


@contextmanager
def stoppable() -> Iterator[None]:
    """Turn the signals that ask a process to end into `Stopped`, as Ctrl-C is turned into its own.

    Yields
    ------
    None
        Signals that are ignored, as by nohup, or have a meaning already, keep it.
    """
    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before: list[signal.Signals] = []

    def stop(number: int, frame: FrameType | None) -> None:
        del frame
        # Once is enough: a second one would stop the tidying up.
        signal.signal(number, signal.SIG_IGN)
        raise Stopped(number)

    if threading.current_thread() is threading.main_thread():
        for name in names:
            found = getattr(signal, name)
            if signal.getsignal(found) == signal.SIG_DFL:
                signal.signal(found, stop)
                before.append(found)
    try:
        yield
    finally:
        for found in before:
            signal.signal(found, signal.SIG_DFL)
