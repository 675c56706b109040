"""ZIP files, opened with care: counted before they are unpacked."""

from __future__ import annotations

import io
import posixpath
import zipfile
from urllib.parse import unquote

from relief_widget.preflight.reading.bounds import (
    MOST_BYTES,
    MOST_ENTRIES,
    damaged,
    shown,
    too_large,
)


class Archive:
    """The entries of a ZIP file, by name.

    Parameters
    ----------
    name
        The file's name, for messages.
    data
        Its bytes.
    kind
        What it should be, for messages.

    Raises
    ------
    ReliefError
        It is no ZIP file, damaged, or has too many entries.
    """

    def __init__(self, name: str, data: bytes, kind: str) -> None:
        self._name = name
        # Each takes a kilobyte of memory as soon as the file is opened.
        if data.count(b"PK\1\2") > MOST_ENTRIES:
            raise damaged(name, "has far too many files in it")
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(data))
        # zipfile raises anything, from BadZipFile to struct.error.
        except Exception:
            raise damaged(name, f"is no {kind} file, or damaged") from None
        self._entries = {tidy(info.filename): info for info in self._archive.infolist()}
        self._left = MOST_BYTES

    @property
    def names(self) -> tuple[str, ...]:
        """The entries' names, as they are written."""
        return tuple(info.filename for info in self._entries.values())

    def __contains__(self, name: str) -> bool:
        return tidy(name) in self._entries

    def read(self, name: str) -> bytes:
        """Return an entry's bytes.

        Raises
        ------
        ReliefError
            It is missing, damaged, encrypted, or all that was read is too much.
        """
        info = self._entries.get(tidy(name))
        base = shown(posixpath.basename(name))
        if info is None:
            raise damaged(self._name, f"is damaged: {base!r} is missing in it")
        if info.file_size > self._left:
            raise too_large(self._name, MOST_BYTES - self._left + info.file_size, unpacked=True)
        self._left -= info.file_size
        if info.flag_bits & 0x1:
            raise damaged(self._name, "is locked with a password")
        try:
            return self._unpacked(info)
        # Among others zlib, bz2, lzma and struct have errors of their own.
        except Exception:
            raise damaged(self._name, f"is damaged: {base!r} in it cannot be read") from None

    def _unpacked(self, info: zipfile.ZipInfo) -> bytes:
        # Other methods take as much memory as the file asks for.
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise zipfile.BadZipFile
        found = bytearray()
        with self._archive.open(info) as entry:
            # In pieces, since an entry may unpack to more than it says.
            while piece := entry.read(1 << 20):
                found += piece
                if len(found) > info.file_size:
                    raise zipfile.BadZipFile
        return bytes(found)


def tidy(name: str) -> str:
    """Return the name of a package's part as it is compared: case and escapes tell nothing apart.

    Open Packaging Conventions (ECMA-376 part 2), section 6.2.2.
    """
    path = unquote(name.replace("\\", "/")).strip()
    return posixpath.normpath("/" + path).lstrip("/").casefold()
