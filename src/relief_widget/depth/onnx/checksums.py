"""Whether a fetched file is what it should be, with a note of it: it is read through only once."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from pathlib import Path
from typing import Any

from relief_widget.atomic import atomic_path
from relief_widget.depth.onnx.models import Pin
from relief_widget.errors import ReliefError

_SHA256 = re.compile(r"[0-9a-f]{64}")
_GIT = re.compile(r"[0-9a-f]{40}")


class WrongContentError(Exception):
    """A file is not what it should be.

    Parameters
    ----------
    found, wanted
        Checksums, or sizes in bytes.
    """

    def __init__(self, found: str, wanted: str) -> None:
        super().__init__(f"{found} instead of {wanted}")


def check(path: Path, note: Path, pin: Pin | None = None, announced: str | None = None) -> None:
    """Check a file, and make a note of it.

    A file of which there is a note, and whose size and time of change are those of the note, is not
    read again: SHA-256 takes about a second for 1.5 GB.

    Parameters
    ----------
    path
        The file.
    note
        Where the note is, or will be.
    pin
        What the file must be.
    announced
        What the hub calls its content, where there is no pin: a SHA-256 or git's name of a blob;
        anything else says nothing. Where nothing is known, the file must be what it was the first
        time.

    Raises
    ------
    WrongContentError
        It is something else.
    """
    status = path.stat()
    known = _read(note)
    if pin is not None and status.st_size != pin.size:
        raise WrongContentError(f"{status.st_size} bytes", f"{pin.size}")
    wanted = pin.sha256 if pin is not None else known.get("sha256")
    now = {"size": status.st_size, "changed_ns": status.st_mtime_ns}
    if known == now | {"sha256": wanted}:
        return
    found = _digest(path, hashlib.sha256())
    if wanted is None and announced is not None:
        if _SHA256.fullmatch(announced):
            wanted = announced
        elif _GIT.fullmatch(announced):
            # Not for security: it is how git names what is small enough to be kept in it.
            git = hashlib.sha1(b"blob %d\0" % status.st_size, usedforsecurity=False)
            blob = _digest(path, git)
            if blob != announced:
                raise WrongContentError(f"checksum {blob}", announced)
    if wanted is not None and found != wanted:
        raise WrongContentError(f"checksum {found}", wanted)
    # A cache that cannot be written is read through at every start instead.
    with contextlib.suppress(OSError, ReliefError):
        note.parent.mkdir(parents=True, exist_ok=True)
        with atomic_path(note) as temporary, temporary.open("r+b") as file:
            file.write(json.dumps(now | {"sha256": found}).encode())


def contradicts(announced: str | None, size: int | None, pin: Pin) -> bool:
    """Whether what the hub says of a file rules out that it is the pinned one."""
    other = announced is not None and _SHA256.fullmatch(announced) and announced != pin.sha256
    return bool(other) or (size is not None and size != pin.size)


def _digest(path: Path, digest: Any) -> str:
    with path.open("rb") as file:
        return str(hashlib.file_digest(file, lambda: digest).hexdigest())


def _read(note: Path) -> dict[str, Any]:
    """Return size, time of the last change and checksum of a file that was read through."""
    try:
        said = json.loads(note.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}
