"""What states of the studio hold on to, in bytes: what they share counts once."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")


def arrays_of(*values: Any) -> dict[int, int]:
    """Return the memory that values hold: bytes by a number that tells one piece from another.

    Parameters
    ----------
    *values
        Dataclasses, arrays, bytes, and sequences of them. What a dataclass has computed since it
        was made counts, too.
    """
    found: dict[int, int] = {}
    seen: set[int] = set()

    def look(value: Any) -> None:
        if isinstance(value, np.ndarray):
            whole = value
            # A part of an array keeps all of it.
            while isinstance(whole.base, np.ndarray):
                whole = whole.base
            found[id(whole)] = whole.nbytes
        elif isinstance(value, bytes):
            found[id(value)] = len(value)
        elif id(value) in seen:
            return
        elif dataclasses.is_dataclass(value) and not isinstance(value, type):
            seen.add(id(value))
            look(list(vars(value).values()) if hasattr(value, "__dict__") else [])
        elif isinstance(value, list | tuple):
            seen.add(id(value))
            for item in value:
                look(item)

    for value in values:
        look(value)
    return found


def fitting(
    states: Sequence[T],
    most_bytes: int,
    held: Callable[[T], Mapping[int, int]],
    free: Iterable[int],
) -> int:
    """Return how many states there is room for, from the last one back.

    Parameters
    ----------
    states
        The oldest first.
    most_bytes
        What they may hold in all.
    held
        Returns what a state holds, as `arrays_of` does.
    free
        What is held anyway.
    """
    total, known = 0, set(free)
    for count, state in enumerate(reversed(states)):
        for piece, size in held(state).items():
            if piece not in known:
                known.add(piece)
                total += size
        if total > most_bytes:
            return count
    return len(states)
