"""Answers that were paid for, kept on the disk, so that the same request is not paid twice."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from relief_widget.atomic import atomic_path
from relief_widget.errors import DepthError, ReliefError

VARIABLE = "RELIEF_WIDGET_CACHE"
"""Environment variable that names another folder."""

_MAGIC = b"relief_widget answer 1"
_SUFFIX = ".answer"


def default_folder() -> Path:
    """Return the folder for answers: the user's cache folder, or that of `VARIABLE`.

    Raises
    ------
    DepthError
        The variable names the home of somebody who is not known here.
    """
    given = os.environ.get(VARIABLE)
    if given:
        try:
            return Path(given).expanduser()
        except RuntimeError:
            raise DepthError(
                f"There is no folder {given!r}, which {VARIABLE} names for kept answers.",
                "Set it to a folder of your own, or unset it.",
            ) from None
    import platformdirs

    return Path(platformdirs.user_cache_dir("relief_widget", appauthor=False)) / "depth"


def key_of(**parts: Any) -> str:
    """Return the name of a request: the hash of everything that its answer depends on."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


class Answers(Protocol):
    """Where answers are kept."""

    def get(self, key: str) -> tuple[bytes, dict[str, Any]] | None:
        """Return the picture of an answer and what was noted with it; None where there is none."""
        ...

    def put(self, key: str, data: bytes, notes: dict[str, Any]) -> bool:
        """Keep an answer; return whether it could be kept."""
        ...


class MemoryAnswers:
    """Answers of one visitor, in memory, as many of the last ones as `most_bytes` have room for."""

    def __init__(self, most_bytes: int = 32_000_000) -> None:
        self._most_bytes = most_bytes
        self._kept: OrderedDict[str, tuple[bytes, dict[str, Any]]] = OrderedDict()

    def get(self, key: str) -> tuple[bytes, dict[str, Any]] | None:
        """Return the picture of an answer and what was noted with it; None where there is none."""
        return self._kept.get(key)

    def put(self, key: str, data: bytes, notes: dict[str, Any]) -> bool:
        """Keep an answer; return whether it is kept."""
        self._kept[key] = data, dict(notes)
        while sum(len(kept) for kept, _ in self._kept.values()) > self._most_bytes:
            self._kept.popitem(last=False)
        return key in self._kept


@dataclass(frozen=True)
class AnswerCache:
    """A folder of answers, one file each: a line of JSON, then the picture as it came.

    Whatever cannot be read is as if it were not there: the cache is never a reason to fail.
    """

    folder: Path

    def get(self, key: str) -> tuple[bytes, dict[str, Any]] | None:
        """Return the picture of an answer and what was noted with it; None where there is none."""
        try:
            magic, head, data = self._path(key).read_bytes().split(b"\n", 2)
            notes = json.loads(head)
        except (OSError, ValueError, RecursionError):
            return None
        if magic != _MAGIC or not isinstance(notes, dict):
            return None
        if notes.pop("sha256", None) != hashlib.sha256(data).hexdigest():
            return None
        return data, notes

    def put(self, key: str, data: bytes, notes: dict[str, Any]) -> bool:
        """Keep an answer; return whether it could be written."""
        head = json.dumps(notes | {"sha256": hashlib.sha256(data).hexdigest()})
        try:
            # What somebody asked, and what came back, is nobody else's business on this machine.
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with atomic_path(self._path(key)) as temporary:
                temporary.chmod(0o600)
                temporary.write_bytes(b"\n".join((_MAGIC, head.encode(), data)))
        except (OSError, ReliefError):
            return False
        return True

    @property
    def size(self) -> tuple[int, int]:
        """How many answers there are, and their bytes."""
        sizes = []
        for path in self._files():
            with contextlib.suppress(OSError):
                sizes.append(path.stat().st_size)
        return len(sizes), sum(sizes)

    def clear(self) -> int:
        """Remove all answers; return how many."""
        removed = 0
        for path in self._files():
            with contextlib.suppress(OSError):
                path.unlink()
                removed += 1
        return removed

    def _files(self) -> list[Path]:
        found = self.folder.glob(f"*{_SUFFIX}")
        return [path for path in found if re.fullmatch(r"[0-9a-f]{64}", path.stem)]

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}{_SUFFIX}"
