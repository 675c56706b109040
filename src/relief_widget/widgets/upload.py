"""The way in: drop, paste, choose or take a photo, or open an example."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict

import traitlets
from ipywidgets import CallbackDispatcher

from relief_widget.errors import ReliefError
from relief_widget.widgets.base import Widget, listen
from relief_widget.widgets.messages import (
    PART_BYTES,
    UploadAck,
    UploadBegin,
    UploadClear,
    UploadReceives,
    UploadRefused,
    UploadSends,
)

__all__ = ["Upload"]

# What the browser offers to choose, and takes for a picture where it knows no type.
PHOTO_SUFFIXES = (
    *(".avif", ".bmp", ".gif", ".heic", ".heif", ".jfif", ".jpeg", ".jpg", ".png"),
    *(".tif", ".tiff", ".webp"),
    # Depth programs write these.
    *(".exr", ".npy", ".npz", ".pfm", ".pgm", ".pnm", ".ppm"),
)
# What this package saved itself, to open again.
PROJECT_SUFFIXES = (".relief", ".3mf")

_MAX_NAME = 120
_MAX_ID = 64
_MAX_SETTINGS, _MAX_STEPS = 20_000, 200_000
_AGAIN = "Choose the photo again."


@dataclass
class _Incoming:
    """A file on its way: its parts in order."""

    id: str
    name: str
    size: int
    shrunk: bool
    settings: str
    steps: str
    parts: list[bytes] = field(default_factory=list)
    received: int = 0


class Example(TypedDict):
    """A photo to start from; `picture` is a data: URL or base64 of a picture."""

    name: str
    label: str
    picture: str


class Upload(Widget, bundle="upload", sends=UploadSends, receives=UploadReceives):
    """A photo from the browser, of any size up to `max_bytes`, through the default websocket.

    The file comes in parts of 4 MiB, each acknowledged before the next one is sent, and is put
    together in memory. Nothing that the browser says is trusted: it can change no trait but
    `status`, and a message that breaks the protocol ends that upload with a sentence.

    Attributes
    ----------
    label
        Text of the button and accessible name of the file input.
    headline, hint
        The two lines of the landing page.
    compact
        False: the landing page. True: a slim row.
    whole_page
        Take what is dropped anywhere on the page, not only on the widget.
    examples
        What is offered to start from, each an `Example`.
    max_side
        The browser shrinks larger photos to this longer side in pixels; 0 leaves every file as it
        is, which depth maps need.
    max_bytes
        The largest file that is taken.
    remember
        Offer the project that `Autosave` kept in this browser, as a file named ``….relief``.
    status
        The sentence that the widget shows, from the browser; empty when all is well.

    Examples
    --------
    >>> upload = Upload(max_side=2048)
    >>> upload.on_file(lambda name, data: print(name, len(data)))
    """

    label = traitlets.Unicode("Choose a photo").tag(sync=True)
    headline = traitlets.Unicode("Turn a photo into a relief").tag(sync=True)
    hint = traitlets.Unicode(
        "Drop a photo here, paste it, or choose one. It stays on this machine."
    ).tag(sync=True)
    compact = traitlets.Bool(False).tag(sync=True)
    whole_page = traitlets.Bool(True).tag(sync=True)
    examples = traitlets.List(traitlets.Dict()).tag(sync=True, holds=Example)
    max_side = traitlets.Int(4096, min=0).tag(sync=True)
    max_bytes = traitlets.Int(60_000_000, min=1).tag(sync=True)
    remember = traitlets.Bool(False).tag(sync=True)
    status = traitlets.Unicode("").tag(sync=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.shrunk = False
        self.settings = self.steps = ""
        self._incoming: _Incoming | None = None
        # ipywidgets' own dispatcher: it reports an exception in a callback and goes on.
        self._file_callbacks = CallbackDispatcher()
        self._example_callbacks = CallbackDispatcher()
        self._start_callbacks = CallbackDispatcher()
        listen(self, self._on_message)

    def on_file(self, callback: Callable[[str, bytes], object]) -> None:
        """Call `callback(name, data)` with each photo that has arrived whole.

        `name` is the last component of the file's name. `shrunk` of the widget tells whether the
        browser made the photo smaller; `settings` are those that it kept beside a project, newer
        than those in the file, or empty; `steps` are the steps of undo that it kept there.
        """
        self._file_callbacks.register_callback(callback)

    def on_example(self, callback: Callable[[str], object]) -> None:
        """Call `callback(name)` when an example is opened."""
        self._example_callbacks.register_callback(callback)

    def on_start(self, callback: Callable[[str], object]) -> None:
        """Call `callback(name)` when a photo begins to arrive."""
        self._start_callbacks.register_callback(callback)

    def clear(self) -> None:
        """Forget the upload under way and the sentence that is shown."""
        self._incoming = None
        self.status = ""
        self.send(UploadClear(kind="clear"))

    def set_state(self, sync_data: Mapping[str, Any]) -> None:
        """Take the status from the browser and nothing else: limits are Python's to set."""
        super().set_state({name: sync_data[name] for name in sync_data if name == "status"})

    def _on_message(self, message: UploadSends, buffers: Sequence[Any]) -> None:
        if message["kind"] == "example":
            self._open_example(message.get("name"))
            return
        file_id: object = message.get("id")
        if not isinstance(file_id, str) or not 0 < len(file_id) <= _MAX_ID:
            return
        try:
            if message["kind"] == "begin":
                self._begin(file_id, message)
            elif message["kind"] == "part":
                self._take_part(file_id, message.get("index"), buffers)
            elif message["kind"] == "cancel" and self._incoming and self._incoming.id == file_id:
                self._incoming = None
        except ReliefError as error:
            if self._incoming and self._incoming.id == file_id:
                self._incoming = None
            self.send(UploadRefused(kind="refused", id=file_id, message=str(error)))

    def _open_example(self, name: object) -> None:
        if any(example.get("name") == name for example in self.examples):
            self._example_callbacks(name)

    def _begin(self, file_id: str, message: UploadBegin) -> None:
        said: Mapping[str, object] = message
        name, size = said.get("name"), said.get("size")
        # True is an int to Python.
        if not isinstance(name, str) or type(size) is not int or size <= 0:
            raise ReliefError("The upload did not begin as it should.", "Reload the page.")
        if size > self.max_bytes:
            raise ReliefError(
                f"The photo has {size / 1e6:.1f} MB; the limit is {self.max_bytes / 1e6:.1f} MB.",
                "Save it smaller and choose it again.",
            )
        settings = _text(said.get("settings"), _MAX_SETTINGS)
        steps = _text(said.get("steps"), _MAX_STEPS)
        # A new file takes the place of one that was under way.
        self._incoming = _Incoming(
            file_id, _safe_name(name), size, said.get("shrunk") is True, settings, steps
        )
        self._start_callbacks(self._incoming.name)

    def _take_part(self, file_id: str, index: object, buffers: Sequence[Any]) -> None:
        incoming = self._incoming
        if incoming is None or incoming.id != file_id:
            raise ReliefError("This upload is not known here.", _AGAIN)
        if type(index) is not int or index != len(incoming.parts):
            raise ReliefError("The parts of the photo came out of order.", _AGAIN)
        data = _bytes(buffers)
        if len(data) != min(PART_BYTES, incoming.size - incoming.received):
            raise ReliefError("A part of the photo came with the wrong size.", _AGAIN)
        incoming.parts.append(data)
        incoming.received += len(data)
        # First the answer: what the callbacks do may take long or fail.
        self.send(UploadAck(kind="ack", id=file_id, index=index))
        if incoming.received == incoming.size:
            self._incoming = None
            self.shrunk, self.settings = incoming.shrunk, incoming.settings
            self.steps = incoming.steps
            self._file_callbacks(incoming.name, b"".join(incoming.parts))


def _text(said: object, most: int) -> str:
    return said if isinstance(said, str) and len(said) <= most else ""


def _bytes(buffers: Sequence[Any]) -> bytes:
    if len(buffers) != 1:
        return b""
    try:
        return memoryview(buffers[0]).tobytes()
    except TypeError:
        return b""


def _safe_name(name: str) -> str:
    """Return the last component of a path of any system, printable and not too long."""
    last = re.split(r"[/\\]", name)[-1]
    last = "".join(letter for letter in last if letter.isprintable()).strip(" .")
    if not last:
        return "photo"
    # The suffix tells the format to people and programs: the stem gives way.
    stem, suffix = last, ""
    if "." in last:
        stem, _, suffix = last.rpartition(".")
        suffix = f".{suffix}"[:16]
    return stem[: _MAX_NAME - len(suffix)] + suffix
