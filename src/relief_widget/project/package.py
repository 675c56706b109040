"""The container of a project: a ZIP of stored entries, read without trusting anything in it.

Nothing is compressed by the ZIP, since the pictures in it are already: so an entry is as large as
its bytes in the file, and the entries together are no larger than the file. That rules out ZIP
bombs and overlapping entries; the pictures' own sizes are checked before they are decoded.
Nothing is ever extracted to a disk.
"""

from __future__ import annotations

import io
import json
import stat
import zipfile
from collections.abc import Mapping
from typing import IO, Any

import numpy.typing as npt

from relief_widget.arrays import FloatArray, Pixels
from relief_widget.errors import ReliefError
from relief_widget.export.threemf import PROJECT_NAME
from relief_widget.project.pictures import MOST_PIXELS, stack_bands, unpack_pixels, unpack_plane

MANIFEST = "manifest.json"
MOST_BYTES = 2**31
MOST_ENTRIES = 16
_MOST_TEXT = 1_000_000
_MOST_TABLE = 50_000_000
# Photo, mask and depth may each be as large as a picture can be.
_MOST_PIXELS = 3 * MOST_PIXELS
_THREEMF_MODEL = ".model"


def write_package(manifest: Mapping[str, Any], files: Mapping[str, bytes]) -> bytes:
    """Return a project file of a manifest and the files that it names."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        text = json.dumps(manifest, ensure_ascii=False, allow_nan=False, indent=1)
        for name, data in {MANIFEST: text.encode(), **files}.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return buffer.getvalue()


class Package:
    """A project file that is open for reading.

    Parameters
    ----------
    stream
        The file, or a 3MF that has a project in it.
    label
        What to call it in messages.
    most_entries
        Of more it is none of ours.

    Raises
    ------
    ReliefError
        It is something else, damaged, or not to be trusted.
    """

    def __init__(self, stream: IO[bytes], label: str, *, most_entries: int = MOST_ENTRIES) -> None:
        self.label = label
        self._most_entries = most_entries
        self._archive = _opened(stream, label)
        names = self._archive.namelist()
        if MANIFEST not in names:
            if PROJECT_NAME in names:
                inner = self._attachment()
                self._archive = _opened(io.BytesIO(inner), label)
            elif any(name.endswith(_THREEMF_MODEL) for name in names):
                raise ReliefError(
                    f"There is no project in {label}, only a mesh.",
                    "Open the .relief file or the photo that it was made from.",
                )
        self._infos = self._checked()
        self.manifest = self._read_manifest()
        self._pixels = 0

    def check_names(self) -> None:
        """Refuse names that could not be ours; a manifest of a newer version is told apart first.

        Raises
        ------
        ReliefError
            There is such a name.
        """
        for name in self._infos:
            if not name.isascii() or "/" in name or "\\" in name or name.startswith("."):
                raise self.damaged("it has an entry that is none of ours")

    def plane(self, name: object) -> FloatArray:
        """Return an entry of numbers, float32 (rows, cols).

        Raises
        ------
        ReliefError
            There is none of that name, it is damaged, or there are too many pixels in all.
        """
        data = self._file(name)
        try:
            values = unpack_plane(data)
        except ReliefError as error:
            raise self.damaged(f"{name} in it cannot be used") from error
        self._count(values)
        return values

    def pixels(self, names: object) -> Pixels:
        """Return the colours that one or three entries hold, (rows, cols, 3).

        Raises
        ------
        ReliefError
            As for `plane`.
        """
        if not isinstance(names, list) or len(names) not in (1, 3):
            raise self.damaged("a photo is missing")
        if len(names) == 3:
            return stack_bands([self.plane(name) for name in names])
        data = self._file(names[0])
        try:
            pixels = unpack_pixels(data)
        except ReliefError as error:
            raise self.damaged(f"{names[0]} in it cannot be used") from error
        self._count(pixels[..., 0])
        return pixels

    def part(self, name: str) -> bytes | None:
        """Return an entry as it is; None where there is none.

        Raises
        ------
        ReliefError
            It is damaged.
        """
        return self._read(self._infos[name]) if name in self._infos else None

    def table(self, name: object) -> Any:
        """Return what an entry of JSON holds.

        Raises
        ------
        ReliefError
            There is none of that name, or it is no JSON.
        """
        data = self._file(name)
        if len(data) > _MOST_TABLE:
            raise self.damaged(f"{name} in it is too long")
        try:
            return json.loads(data, parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            raise self.damaged(f"{name} in it cannot be read") from error

    def damaged(self, why: str) -> ReliefError:
        """Return the error that says that the file cannot be opened."""
        return ReliefError(
            f"{self.label} is damaged or no project of relief_widget: {why}.",
            "Copy or download it again, or open an older copy.",
        )

    def _file(self, name: object) -> bytes:
        if not isinstance(name, str) or name not in self._infos or name == MANIFEST:
            raise self.damaged("a picture is missing")
        return self._read(self._infos[name])

    def _count(self, plane: npt.NDArray[Any]) -> None:
        # The opener of pictures bounds each of them, this bounds all of them.
        self._pixels += plane.size
        if self._pixels > _MOST_PIXELS:
            raise self.damaged("its pictures are too large")

    def _attachment(self) -> bytes:
        info = self._archive.getinfo(PROJECT_NAME)
        if info.file_size > MOST_BYTES or info.file_size > 100 * max(info.compress_size, 1):
            raise self.damaged("it is larger than it can be")
        return self._read(info)

    def _checked(self) -> dict[str, zipfile.ZipInfo]:
        infos = self._archive.infolist()
        named = {info.filename: info for info in infos}
        if MANIFEST not in named:
            raise self.damaged("it has no manifest")
        if len(infos) > self._most_entries:
            raise self.damaged("it has too many entries")
        if len(named) != len(infos):
            raise self.damaged("it has two entries of one name")
        for info in infos:
            kind = stat.S_IFMT(info.external_attr >> 16)
            plain = info.compress_type == zipfile.ZIP_STORED and not info.flag_bits & 0x1
            if not plain or kind not in (0, stat.S_IFREG) or info.file_size != info.compress_size:
                raise self.damaged("it has an entry that is not stored plainly")
        size = self._archive.fp.seek(0, io.SEEK_END) if self._archive.fp else 0
        if sum(info.file_size for info in infos) > size:
            raise self.damaged("it is larger than it can be")
        return named

    def _read_manifest(self) -> dict[str, Any]:
        info = self._infos[MANIFEST]
        if info.file_size > _MOST_TEXT:
            raise self.damaged("its manifest is too long")
        try:
            manifest = json.loads(self._read(info), parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            raise self.damaged("its manifest cannot be read") from error
        if not isinstance(manifest, dict):
            raise self.damaged("its manifest is of another kind")
        return manifest

    def _read(self, info: zipfile.ZipInfo) -> bytes:
        try:
            with self._archive.open(info) as entry:
                data = entry.read(info.file_size + 1)
        except Exception as error:  # zipfile raises anything, from BadZipFile to struct.error
            raise self.damaged("an entry cannot be read") from error
        if len(data) != info.file_size:
            raise self.damaged("an entry has another size than it says")
        return data


def _opened(stream: IO[bytes], label: str) -> zipfile.ZipFile:
    head = stream.read(4)
    stream.seek(0)
    if not head.startswith(b"PK"):
        raise ReliefError(
            f"{label} is no project of relief_widget.",
            "Open a .relief file or a .3mf that was saved here; a photo opens as a photo.",
        )
    if stream.seek(0, io.SEEK_END) > MOST_BYTES:
        raise ReliefError(f"{label} is larger than a project can be.", "Open another file.")
    stream.seek(0)
    try:
        return zipfile.ZipFile(stream)
    except Exception as error:  # zipfile raises anything, from BadZipFile to struct.error
        raise ReliefError(
            f"{label} is damaged or incomplete.", "Copy or download it again."
        ) from error


def _no_number(text: str) -> None:
    raise ValueError(text)
