"""Write a file whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from relief_widget.errors import ReliefError

if sys.platform != "win32":
    import fcntl

_ELSEWHERE = "Save it under another name or in another folder."
# What files are called while they are written: hidden, and told from everybody else's.
_START = ".relief_widget-"
_NAME = re.compile(rf"{re.escape(_START)}[0-9a-f]{{16}}(\.[^.]*)?")
# No file takes that long to write. What is older was left by a process that was killed.
_OLD_S = 3600.0
# A folder is looked through once in the life of a process: it may hold a hundred thousand files.
_swept: set[Path] = set()


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary file to write to; it takes the final name only if the block succeeds.

    The temporary file is in the same folder and has the same suffix. A file that is replaced
    keeps its permissions, a new one gets the usual ones; a symbolic link stays one. Whatever the
    block raises, the temporary file is removed and the old file is as it was. What a process left
    that was killed while it wrote is removed by the next one that writes to the folder, an hour
    later; what is still being written is not touched.

    Parameters
    ----------
    path
        The final name.

    Yields
    ------
    Path
        An empty file to be opened and written; best with ``"r+b"``, since some file systems (ext4)
        take a file that is truncated anew for one that is replaced, and write it out on closing.

    Raises
    ------
    ReliefError
        For every `OSError`, also one raised in the block: the disk is full, there is no permission,
        the folder is missing, the target is a folder.
    """
    try:
        target = Path(os.path.realpath(path))
        mode = _existing_mode(target, path)
        _sweep(target.parent)
        temporary = target.with_name(f"{_START}{secrets.token_hex(8)}{target.suffix}")
        # The umask applies to what os.open creates; tempfile would make the file private for good.
        created = os.open(
            temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666 if mode is None else 0o600
        )
        _hold(created)
    except (OSError, ValueError) as error:
        raise _explained(error, path) from error
    try:
        yield temporary
        if mode is not None:
            # Some file systems have no permissions to set; the content matters more.
            with contextlib.suppress(OSError):
                temporary.chmod(mode)
        temporary.replace(target)
    except OSError as error:
        raise _explained(error, path) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        if sys.platform != "win32":
            os.close(created)


def _hold(created: int) -> None:
    """Show other processes that a file is being written, for as long as it is open."""
    if sys.platform == "win32":
        # An open file cannot be renamed there, nor removed: that is sign enough.
        os.close(created)
        return
    # Some file systems have no locks; there a file's age has to do.
    with contextlib.suppress(OSError):
        fcntl.flock(created, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _sweep(folder: Path) -> None:
    """Remove what processes left in a folder that were killed while they wrote."""
    if folder in _swept:
        return
    _swept.add(folder)
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _NAME.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                with contextlib.suppress(OSError):
                    _remove_left(Path(entry.path))


def _remove_left(path: Path) -> None:
    """Remove a temporary file that is old, and that no process has open to write to it."""
    # Where the clock was set back meanwhile, it is from the future, and stays.
    if time.time() - path.stat().st_mtime < _OLD_S:
        return
    if sys.platform == "win32":
        path.unlink()
        return
    opened = os.open(path, os.O_RDONLY)
    try:
        # Where the clock was set forward, a file that is being written looks old, but is held.
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink()
    finally:
        os.close(opened)


def _existing_mode(target: Path, path: Path) -> int | None:
    """Return the permissions of the file that is to be replaced, None where there is none."""
    try:
        status = target.stat()
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(status.st_mode):
        raise ReliefError(f"{_shown(path)} is a folder, not a file.", "Give a file name in it.")
    if not stat.S_ISREG(status.st_mode):
        raise ReliefError(f"{_shown(path)} is a device, not a file.", "Give a file name.")
    if not os.access(target, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
        # Renaming would succeed, but whoever made it read-only meant to keep it.
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return stat.S_IMODE(status.st_mode)


def _explained(error: OSError | ValueError, path: Path) -> ReliefError:
    """Say in a sentence why a file cannot be written."""
    shown = _shown(path)
    code = error.errno if isinstance(error, OSError) else None
    if code in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return ReliefError(
            f"There is not enough room on the disk for {shown}.", "Free some, or save it elsewhere."
        )
    if code in (errno.EACCES, errno.EPERM, errno.EROFS):
        return ReliefError(f"There is no permission to write {shown}.", _ELSEWHERE)
    if code in (errno.ENOENT, errno.ENOTDIR):
        return ReliefError(
            f"The folder for {shown} does not exist.", "Create it first, or save it elsewhere."
        )
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return ReliefError(
        f"{shown} could not be written{f': {reason}' if reason else ''}.", _ELSEWHERE
    )


def _shown(path: Path) -> str:
    return repr(path.name or str(path))
