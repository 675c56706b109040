"""Files for a moment: in a folder that only their user can look into, and gone with its process."""

from __future__ import annotations

import contextlib
import importlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PREFIX = "relief_widget_"
# Containers have little memory there: less than this would not do for a large part.
_ROOM_BYTES = 2_000_000_000


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Yield a private folder, which is removed at the end.

    It is in memory where the system has a folder for that. What a process that was killed left
    behind is removed by `sweep`.
    """
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}_", dir=_parent()))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep() -> int:
    """Remove the folders of processes of this user that are no more; return how many."""
    removed = 0
    for parent in {_parent(), tempfile.gettempdir()}:
        for path in Path(parent).glob(f"{_PREFIX}*"):
            found = re.match(rf"{_PREFIX}(\d+)_", path.name)
            with contextlib.suppress(OSError):
                if found is None or path.is_symlink() or not path.is_dir():
                    continue
                own = not hasattr(os, "getuid") or path.stat().st_uid == os.getuid()
                if own and not _runs(int(found[1])):
                    shutil.rmtree(path, ignore_errors=True)
                    removed += 1
    return removed


def _parent() -> str:
    """Return the folder for it: where TMPDIR says, else in memory, else the system's."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of one's own is made in it
    named = any(os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP"))
    with contextlib.suppress(OSError):
        roomy = not named and shutil.disk_usage(memory).free >= _ROOM_BYTES
        if roomy and os.access(memory, os.W_OK):
            return str(memory)
    return tempfile.gettempdir()


def _runs(process: int) -> bool:
    """Return whether a process is running, or may be."""
    if os.name == "nt":
        # There a signal would end it.
        try:
            return bool(importlib.import_module("psutil").pid_exists(process))
        except ImportError:
            return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
