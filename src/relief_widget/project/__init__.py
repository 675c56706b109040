"""Project files: a relief with all that it is made of, in one file that opens anywhere.

A ``.relief`` file is a ZIP of ``manifest.json`` (the settings, where the heights come from, and who
made them) and of pictures without loss: the photo's pixels, the depth map or the heights at full
precision, the masks, and the strokes that were made by hand. What was estimated is kept, not
estimated anew: the opened relief is the saved one bit for bit, also where the provider is not
installed. A provider is kept by name only, never with its key.
"""

from __future__ import annotations

import dataclasses
import io
import json
import weakref
from pathlib import Path
from typing import IO

from relief_widget import arguments
from relief_widget.errors import ReliefError
from relief_widget.heights import Edits
from relief_widget.heights.edits import read_edits
from relief_widget.heights.sources import Source
from relief_widget.image.photo import Photo
from relief_widget.project.manifest import (
    FORMER_SETTINGS,
    VERSION,
    Entry,
    describe_photo,
    describe_source,
    described,
    read_photo,
    read_settings,
    read_source,
)
from relief_widget.project.package import MOST_BYTES, Package, write_package
from relief_widget.project.past import Past, PastFile, dump_past
from relief_widget.settings import ReliefSettings

__all__ = [
    "VERSION",
    "Past",
    "PastFile",
    "dump",
    "dump_settings",
    "load",
    "load_past",
    "load_settings",
]

_FORMAT = "relief_widget project"
# Strokes may be many: they have a file of their own.
_EDITS = "edits.json"
_PAST = "past.zip"
# Beside the settings of a text: no setting is called that.
_KEPT_EDITS = "edits"

# Photos and depth maps do not change: saving again, as the app does after every change of a
# setting, encodes nothing. Nothing is kept longer than what it is made of.
_kept: weakref.WeakKeyDictionary[object, tuple[Entry, dict[str, bytes]]] = (
    weakref.WeakKeyDictionary()
)


def dump(
    source: Source,
    settings: ReliefSettings,
    edits: Edits | None = None,
    past: Past | None = None,
) -> bytes:
    """Return a relief as the bytes of a project file.

    Parameters
    ----------
    source
        Where its heights come from. Photo and depth map are encoded once, as long as they live.
    settings
        All settings.
    edits
        What is done by hand.
    past
        What undo may need, for `load_past`: kept as far as there is room.

    Raises
    ------
    ReliefError
        The source is one that a file has no place for.
    """
    from importlib.metadata import version

    photo: Entry | None = None
    files: dict[str, bytes] = {}
    if source.photo is not None:
        photo, files = described(source.photo, describe_photo, _kept)
    described_source, more = describe_source(source, _kept)
    manifest = {
        "format": _FORMAT,
        "version": VERSION,
        "software": f"relief_widget {version('relief_widget')}",
        "settings": dataclasses.asdict(settings),
        "photo": photo,
        "source": described_source,
        "edits": _EDITS if edits else None,
    }
    if edits:
        more = more | {_EDITS: json.dumps(edits.to_dict(), allow_nan=False).encode()}
    if past:
        beside = sum(map(len, [*files.values(), *more.values()]))
        more = more | {_PAST: dump_past(past, source.photo, _kept, beside)}
    return write_package(manifest, files | more)


def dump_settings(settings: ReliefSettings, edits: Edits | None = None) -> str:
    """Return settings and edits as the text that a browser keeps beside a project file."""
    entry = dataclasses.asdict(settings)
    return json.dumps(entry | {_KEPT_EDITS: edits.to_dict()} if edits else entry)


def load_settings(text: str) -> tuple[ReliefSettings, Edits]:
    """Return the settings and the edits of a text as `dump_settings` returned it.

    Raises
    ------
    ReliefError
        The text holds no settings, or something that is out of range.
    """
    try:
        entry = json.loads(text)
        made = entry.pop(_KEPT_EDITS, None)
        return read_settings(entry), Edits() if made is None else read_edits(made)
    except (ReliefError, AttributeError, TypeError, ValueError, RecursionError) as error:
        raise ReliefError("The last changes of the settings cannot be read.") from error


def load_past(data: bytes, photo: Photo | None) -> PastFile | None:
    """Return the past that is kept in a project; None where there is none.

    Parameters
    ----------
    data
        A project file.
    photo
        The photo that it has.

    Raises
    ------
    ReliefError
        The file or the past in it is damaged.
    """
    part = Package(io.BytesIO(data), "The data").part(_PAST)
    return None if part is None else PastFile(part, "The data", photo)


def load(source: str | Path | bytes) -> tuple[Source, ReliefSettings, Edits]:
    """Open a project file, or a 3MF that has one in it.

    Parameters
    ----------
    source
        Path, or the file's bytes.

    Returns
    -------
    tuple[Source, ReliefSettings, Edits]
        Where the heights come from, the settings, and what is done by hand, as they were saved. The
        provider is there if it is one that works offline.

    Raises
    ------
    ReliefError
        The file cannot be read, is no project, damaged, or was saved by a newer version. Nothing
        else is raised, and nothing is written, whatever the file holds.
    """
    if isinstance(source, bytes | bytearray | memoryview):
        return _load(io.BytesIO(source), "The data")
    path = arguments.path("source", source)
    label = repr(path.name or str(path))
    try:
        if not path.is_file():
            raise ReliefError(f"There is no file {label}.", "Check its name and its folder.")
        if path.stat().st_size > MOST_BYTES:
            raise ReliefError(f"{label} is larger than a project can be.", "Open another file.")
        with path.open("rb") as stream:
            return _load(stream, label)
    except (OSError, ValueError) as error:
        raise ReliefError(f"{label} cannot be read.", "Check its permissions.") from error


def _load(stream: IO[bytes], label: str) -> tuple[Source, ReliefSettings, Edits]:
    package = Package(stream, label)
    manifest = package.manifest
    if manifest.get("format") != _FORMAT:
        raise package.damaged("its manifest is of another kind")
    version = manifest.get("version")
    if type(version) is not int or version < 1:
        raise package.damaged("its manifest has no version")
    settings = manifest.get("settings")
    names = {field.name for field in dataclasses.fields(ReliefSettings)} | FORMER_SETTINGS
    if version > VERSION or (isinstance(settings, dict) and not names.issuperset(settings)):
        raise ReliefError(
            f"{label} was saved by a newer version of relief_widget.",
            "Update: pip install --upgrade relief_widget.",
        )
    package.check_names()
    try:
        wanted = read_settings(manifest["settings"])
        photo = read_photo(manifest["photo"], package)
        source = read_source(manifest["source"], photo, manifest["settings"], package)
        # Files of version 1 and 2 have none.
        name = manifest.get("edits")
        return source, wanted, Edits() if name is None else read_edits(package.table(name))
    except ReliefError as error:
        if error.message.startswith(label):
            raise
        raise package.damaged(error.message[:1].lower() + error.message[1:].rstrip(".")) from error
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise package.damaged("its manifest is incomplete") from error
    except MemoryError as error:
        raise ReliefError(
            f"There is not enough memory to open {label}.", "Close other programs first."
        ) from error
