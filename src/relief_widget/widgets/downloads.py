"""Files for the browser: made beside the event loop, sent in parts that it acknowledges."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from relief_widget.errors import ReliefError
from relief_widget.export import FORMATS
from relief_widget.export.progress import Progress
from relief_widget.widgets.background import on_loop, run

# Below any websocket's limit, and small enough for smooth progress.
PART = 4 * 2**20
SUFFIXES = tuple(suffix for suffix, known in FORMATS.items() if known.offered)
# Progress that nobody can see is not worth a message.
_STEP = 0.02


class Saves(Protocol):
    """What can be saved: a `Relief`."""

    def save(self, path: str | Path, *, progress: Progress | None = None) -> Path:
        """Write the file."""
        ...


class Channel(Protocol):
    """What messages go through: a widget."""

    exports: list[str]
    name: str

    def send(self, content: dict[str, Any], buffers: list[bytes] | None = None) -> None:
        """Send a message to the browser."""
        ...

    def on_msg(self, callback: Callable[..., None]) -> None:
        """Call back with every message from the browser."""
        ...


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

    def __init__(self, channel: Channel, relief: Callable[[], Saves]) -> None:
        self._channel = channel
        self._relief = relief
        self._files: dict[str, tuple[bytes, str]] = {}
        self._stopped: dict[str, threading.Event] = {}
        channel.exports = list(SUFFIXES)
        channel.on_msg(self._message)

    def _message(self, widget: object, content: Any, buffers: object) -> None:
        del widget, buffers
        if not isinstance(content, dict) or not isinstance(content.get("id"), str):
            return
        request, kind = content["id"], content.get("kind")
        if kind == "export" and request not in self._stopped:
            self._start(request, content.get("suffix"))
        elif kind == "ack" and request in self._files and isinstance(content.get("part"), int):
            self._send(request, content["part"] + 1)
        elif kind == "cancel":
            self._files.pop(request, None)
            if request in self._stopped:
                self._stopped[request].set()

    def _start(self, request: str, suffix: object) -> None:
        if suffix not in SUFFIXES:
            self._fail(request, ReliefError(f"There is no export named {suffix!r}."))
            return
        stopped = self._stopped[request] = threading.Event()
        # At once: a browser that hears nothing takes it that nobody is there.
        self._tell(request, "progress", share=0.0)
        tell = on_loop(lambda share: self._tell(request, "progress", share=share))
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
        parts = max(1, -(-len(data) // PART))
        if not 0 <= part < parts:
            del self._files[request]
            return
        chunk = data[part * PART : (part + 1) * PART]
        self._tell(request, "file", [chunk], name=file_name, part=part, parts=parts)

    def _fail(self, request: str, error: Exception) -> None:
        self._stopped.pop(request, None)
        if isinstance(error, ReliefError):
            self._tell(request, "failed", message=str(error))
        elif not isinstance(error, _StoppedError):
            self._tell(request, "failed", message=f"The export failed: {error or type(error)}")

    def _tell(
        self, request: str, kind: str, buffers: list[bytes] | None = None, **content: Any
    ) -> None:
        self._channel.send({"kind": kind, "id": request, **content}, buffers)


def _made(relief: Saves, suffix: str, progress: Progress) -> bytes:
    # In memory, so that nothing of a visitor stays on the disk.
    with tempfile.TemporaryDirectory(prefix="relief_widget_") as folder:
        path = Path(folder) / f"relief{suffix}"
        relief.save(path, progress=progress)
        return path.read_bytes()
