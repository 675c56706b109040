"""Taking turns with other processes: all at once, everybody would be served last."""

from __future__ import annotations

import contextlib
import importlib
import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def turn(folder: str) -> Iterator[None]:
    """Wait until fewer processes than there are cores are at work, and be one of them.

    Parameters
    ----------
    folder
        That the processes share; empty: there are no others. A process that ends gives its place
        back, however it ends.
    """
    try:
        locks = importlib.import_module("fcntl") if folder else None
    except ImportError:
        # Not on this system.
        locks = None
    if locks is None or not os.path.isdir(folder):  # noqa: PTH112 - as short
        yield
        return
    with contextlib.ExitStack() as files:
        places = [
            files.enter_context((Path(folder) / f"turn-{number}").open("wb"))
            for number in range(max(1, os.cpu_count() or 1))
        ]
        for place in places:
            with contextlib.suppress(OSError):
                locks.flock(place, locks.LOCK_EX | locks.LOCK_NB)
                break
        else:
            # Who waits for one place is served in order.
            locks.flock(random.choice(places), locks.LOCK_EX)  # noqa: S311 - no secret
        # Closing the file gives the place back.
        yield
