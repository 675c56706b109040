"""What undo can go back to, in one entry of a project: other photos, and where heights came from.

It is a package within the package. A reader that does not know it leaves it alone, and what it
lacks is no part of the relief.
"""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from relief_widget.errors import ReliefError
from relief_widget.heights.sources import Source
from relief_widget.image.photo import Photo
from relief_widget.project.manifest import (
    Entry,
    Kept,
    describe_mask,
    describe_photo,
    describe_source,
    described,
    read_mask,
    read_photo,
    read_source,
)
from relief_widget.project.package import Package, write_package

Past: TypeAlias = Mapping[str, Photo | Source]
"""Photos as they were opened, and sources, by names; what is needed most comes first."""

MOST_BYTES = 32_000_000
"""What is older than these hold is left out: it is sent to a browser and back."""

# Of a project with its past: the studio takes files of some more.
_WHOLE_BYTES = 50_000_000

_MOST_THINGS = 200
# Of one source or photo: three colours or depth and mask, and the subject of a photo.
_MOST_FILES = 4
# Keys whose values name files.
_NAMES = ("values", "mask", "pixels", "photo_mask")


def dump_past(past: Past, photo: Photo | None, kept: Kept, beside: int = 0) -> bytes:
    """Return as much of a past as there is room for.

    Parameters
    ----------
    past
        Photos and sources. Of a source's photo its subject alone is kept: the photo is cut anew.
    photo
        The one whose pixels are beside this already.
    kept
        What was encoded before.
    beside
        Bytes of the project that it is kept in.
    """
    entries: dict[str, Entry] = {}
    files: dict[str, bytes] = {}
    room = min(MOST_BYTES, _WHOLE_BYTES - beside)
    for name, thing in list(past.items())[:_MOST_THINGS]:
        entry, more = _describe(thing, photo, kept)
        room -= sum(map(len, more.values()))
        if room < 0:
            break
        entries[name] = _renamed(entry, more, f"{name}_")
        files |= {f"{name}_{file}": data for file, data in more.items()}
    return write_package({"things": entries}, files)


def _describe(thing: Photo | Source, beside: Photo | None, kept: Kept) -> tuple[Entry, Any]:
    if isinstance(thing, Photo):
        if beside is None or thing.pixels is not beside.pixels:
            return described(thing, describe_photo, kept)
        files: dict[str, bytes] = {}
        mask = describe_mask(thing.mask, files)
        return {"name": thing.name, "pixels": None, "mask": mask}, files
    entry, files = describe_source(thing, kept)
    files = dict(files)
    entry["photo_mask"] = None if thing.photo is None else describe_mask(thing.photo.mask, files)
    return entry, files


def _renamed(entry: Entry, files: Mapping[str, bytes], prefix: str) -> Entry:
    """Return an entry whose files have a prefix to their names."""

    def name(value: Any) -> Any:
        if isinstance(value, list):
            return [name(one) for one in value]
        return prefix + value if isinstance(value, str) and value in files else value

    return {key: name(value) if key in _NAMES else value for key, value in entry.items()}


class PastFile:
    """A past that was kept, of which each thing is read when it is asked for, and once.

    Parameters
    ----------
    data
        As `dump_past` returned it.
    label
        Of the project, for messages.
    photo
        The project's photo.

    Raises
    ------
    ReliefError
        It is something else, or damaged.
    """

    def __init__(self, data: bytes, label: str, photo: Photo | None) -> None:
        self._package = Package(
            io.BytesIO(data), label, most_entries=1 + _MOST_FILES * _MOST_THINGS
        )
        self._package.check_names()
        self._beside = photo
        things = self._package.manifest.get("things")
        self._entries: Mapping[str, Any] = things if isinstance(things, dict) else {}
        self._read: dict[str, Photo | Source] = {}

    def photo(self, name: str) -> Photo:
        """Return a photo.

        Raises
        ------
        ReliefError
            There is none of that name, or it is damaged.
        """
        made = self._once(name, self._photo)
        assert isinstance(made, Photo)
        return made

    def source(self, name: str, photo: Photo | None) -> Source:
        """Return where heights came from.

        Parameters
        ----------
        name
            Of the source.
        photo
            The part of the photo that it is of, with any subject.

        Raises
        ------
        ReliefError
            There is none of that name, or it is damaged, or does not fit the photo.
        """
        made = self._once(name, lambda entry: self._source(entry, photo))
        assert not isinstance(made, Photo)
        return made

    def _once(self, name: str, read: Callable[[Entry], Photo | Source]) -> Photo | Source:
        if name not in self._read:
            try:
                self._read[name] = read(self._entries[name])
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                raise ReliefError("What was before cannot be read.") from error
        return self._read[name]

    def _photo(self, entry: Entry) -> Photo:
        if entry["pixels"] is None and self._beside is not None:
            mask = read_mask(entry["mask"], self._package)
            return dataclasses.replace(self._beside, mask=mask, name=str(entry["name"])[:200])
        made = read_photo(entry, self._package)
        if made is None:
            raise TypeError(entry)
        return made

    def _source(self, entry: Entry, photo: Photo | None) -> Source:
        mask = entry["photo_mask"]
        if mask is None:
            photo = None
        elif photo is not None:
            photo = dataclasses.replace(photo, mask=read_mask(mask, self._package))
        return read_source(entry, photo, {}, self._package)
