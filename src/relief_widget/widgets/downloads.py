"""Files for the browser: made beside the event loop, sent in parts that it acknowledges."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from relief_widget.errors import ReliefError
from relief_widget.export import FORMATS
from relief_widget.export.progress import Progress
from relief_widget.scratch import scratch_folder
from relief_widget.widgets.background import on_loop, run
from relief_widget.widgets.base import Channel, listen
from relief_widget.widgets.messages import (
    PART_BYTES,
    DownloadFailed,
    DownloadFile,
    DownloadProgress,
    DownloadSends,
)

_LOG = logging.getLogger(__name__)

SUFFIXES = tuple(suffix for suffix, known in FORMATS.items() if known.offered)
# Progress that nobody can see is not worth a message.
_STEP = 0.02


class Saves(Protocol):
    """What can be saved: a `Relief`."""

    def save(self, path: str | Path, *, progress: Progress | None = None) -> Path:
        """Write the file."""
        ...


class Exporter(Channel, Protocol):
    """A widget that asks for files."""

    exports: list[str]
    name: str


class _StoppedError(Exception):
    """The browser asked for the export to end."""


class Downloads:
    """Answers the browser's requests for files that only Python can make.

    Parameters
    ----------
    channel
        The widget that the requests come from.
    relief
        Returns what is to be saved, at the time of the request.
    """

    def __init__(self, channel: Exporter, relief: Callable[[], Saves]) -> None:
        self._channel = channel
        self._relief = relief
        self._files: dict[str, tuple[bytes, str]] = {}
        self._stopped: dict[str, threading.Event] = {}
        channel.exports = list(SUFFIXES)
        listen(channel, self._message)

    def _message(self, message: DownloadSends, buffers: object) -> None:
        del buffers
        request: object = message.get("id")
        if not isinstance(request, str):
            return
        if message["kind"] == "export" and request not in self._stopped:
            self._start(request, message.get("suffix"))
        elif message["kind"] == "ack" and request in self._files:
            part: object = message.get("part")
            if isinstance(part, int):
                self._send(request, part + 1)
        elif message["kind"] == "cancel":
            self._files.pop(request, None)
            if request in self._stopped:
                self._stopped[request].set()

    def _start(self, request: str, suffix: object) -> None:
        if suffix not in SUFFIXES:
            self._fail(request, ReliefError(f"There is no export named {suffix!r}."))
            return
        stopped = self._stopped[request] = threading.Event()
        # At once: a browser that hears nothing takes it that nobody is there.
        self._progress(request, 0.0)
        tell = on_loop(lambda share: self._progress(request, share))
        last = 0.0

        def progress(done: int, total: int) -> None:
            nonlocal last
            if stopped.is_set():
                raise _StoppedError
            share = done / max(total, 1)
            if share - last >= _STEP:
                last = share
                tell(share)

        try:
            relief = self._relief()
        except ReliefError as error:
            self._fail(request, error)
            return
        file_name = f"{self._channel.name or 'relief'}{suffix}"
        run(
            lambda: _made(relief, str(suffix), progress),
            lambda data: self._made(request, data, file_name),
            lambda error: self._fail(request, error),
        )

    def _made(self, request: str, data: bytes, file_name: str) -> None:
        stopped = self._stopped.pop(request)
        if not stopped.is_set():
            # A view asks for one file at a time; what older ones left behind is not kept.
            for old in list(self._files)[:-1]:
                del self._files[old]
            self._files[request] = data, file_name
            self._send(request, 0)

    def _send(self, request: str, part: int) -> None:
        data, file_name = self._files[request]
        parts = max(1, -(-len(data) // PART_BYTES))
        if not 0 <= part < parts:
            del self._files[request]
            return
        chunk = data[part * PART_BYTES : (part + 1) * PART_BYTES]
        self._channel.send(
            DownloadFile(kind="file", id=request, name=file_name, part=part, parts=parts), [chunk]
        )

    def _progress(self, request: str, share: float) -> None:
        self._channel.send(DownloadProgress(kind="progress", id=request, share=share))

    def _fail(self, request: str, error: Exception) -> None:
        self._stopped.pop(request, None)
        if isinstance(error, _StoppedError):
            return
        known = isinstance(error, ReliefError)
        if not known:
            _LOG.error("The export failed", exc_info=error)
        text = (
            str(error) if known else "The file could not be made. Change a setting and try again."
        )
        self._channel.send(DownloadFailed(kind="failed", id=request, message=text))


def _made(relief: Saves, suffix: str, progress: Progress) -> bytes:
    with scratch_folder() as folder:
        path = folder / f"relief{suffix}"
        relief.save(path, progress=progress)
        return path.read_bytes()
