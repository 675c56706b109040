"""What Python and the browser say to each other beside the traits: messages, and their fields.

``scripts/generate_wire.py`` writes all of it to ``js/src/generated/wire.ts``. What comes from the
browser is a claim; see `relief_widget.widgets.base.listen`.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, TypedDict

from relief_widget.heights.edits import Brush, StrokePoint, Symmetry

# Under half of the websocket limit of Jupyter and Voilà (10 MiB), which closes the connection, and
# small enough for smooth progress.
PART_BYTES = 4 * 2**20


class UploadBegin(TypedDict):
    """A file is about to come, in parts of `PART_BYTES`."""

    kind: Literal["begin"]
    id: str
    name: str
    size: int
    type: str
    shrunk: bool
    settings: str
    steps: str


class UploadPart(TypedDict):
    """The next part, in the message's buffer."""

    kind: Literal["part"]
    id: str
    index: int


class Cancel(TypedDict):
    """Nobody wants the upload, or the download, any more."""

    kind: Literal["cancel"]
    id: str


class OpenExample(TypedDict):
    """An example was chosen."""

    kind: Literal["example"]
    name: str


class UploadAck(TypedDict):
    """The part has arrived: the next may come."""

    kind: Literal["ack"]
    id: str
    index: int


class UploadRefused(TypedDict):
    """The upload is over; the message says why."""

    kind: Literal["refused"]
    id: str
    message: str


class UploadClear(TypedDict):
    """Python has forgotten the upload under way."""

    kind: Literal["clear"]


UploadSends: TypeAlias = UploadBegin | UploadPart | Cancel | OpenExample
UploadReceives: TypeAlias = UploadAck | UploadRefused | UploadClear


class Gesture(TypedDict):
    """A pointer went down on the app's controls, or up; undo or redo; what went wrong was read."""

    kind: Literal["press", "release", "undo", "redo", "close"]


class Export(TypedDict):
    """A file is wanted."""

    kind: Literal["export"]
    id: str
    suffix: str


class DownloadAck(TypedDict):
    """The part has arrived: the next may come."""

    kind: Literal["ack"]
    id: str
    part: int


class DownloadProgress(TypedDict):
    """How much of the file is made."""

    kind: Literal["progress"]
    id: str
    share: float


class DownloadFile(TypedDict):
    """The next part of the file, in the message's buffer."""

    kind: Literal["file"]
    id: str
    name: str
    part: int
    parts: int


class DownloadFailed(TypedDict):
    """There is no file; the message says why."""

    kind: Literal["failed"]
    id: str
    message: str


DownloadSends: TypeAlias = Export | DownloadAck | Cancel
DownloadReceives: TypeAlias = DownloadProgress | DownloadFile | DownloadFailed


class UseKey(TypedDict):
    """A key was given."""

    kind: Literal["key"]
    key: str


class ForgetKey(TypedDict):
    """The key that was given is to be forgotten."""

    kind: Literal["forget"]


KeyFieldSends: TypeAlias = UseKey | ForgetKey


class ChooseLook(TypedDict):
    """One of the pictures of a strip was chosen."""

    kind: Literal["choose"]
    name: str


class FindSubject(TypedDict):
    """The mask is to be found automatically."""

    kind: Literal["automatic"]


class CropLetGo(TypedDict):
    """The crop was let go: left, top, right and bottom as shares of the straightened picture."""

    kind: Literal["crop"]
    crop: tuple[float, float, float, float]
    tilt: float


MaskEditorSends: TypeAlias = FindSubject | CropLetGo


class Make(TypedDict):
    """A tile was chosen; its name."""

    kind: Literal["make"]
    name: str


class Typed(TypedDict):
    """A text that is no number of the field's range: a length with its unit, or a mistake."""

    kind: Literal["typed"]
    text: str


class StrokeEntry(TypedDict):
    """A stroke by hand; see `relief_widget.heights.Stroke`."""

    brush: Brush
    points: tuple[StrokePoint, ...]
    size: float
    strength: float
    softness: float
    height: float
    symmetry: Symmetry


class MadeStroke(TypedDict):
    """A stroke was made on the view, which shows it already."""

    kind: Literal["stroke"]
    number: int
    stroke: StrokeEntry


class UndoStep(TypedDict):
    """The last step is to be undone."""

    kind: Literal["undo"]


class ClearEdits(TypedDict):
    """All strokes and the curve are to go."""

    kind: Literal["clear"]


ShaperSends: TypeAlias = MadeStroke | UndoStep | ClearEdits
