"""Undo and redo."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

from relief_widget.app.holding import fitting

T = TypeVar("T")

# Without a pointer, as by keys, changes of one kind that follow each other this fast are one step.
_ONE_STEP_S = 1.2


class _Last(NamedTuple):
    """The last change that was recorded: its kind, its turn of the pointer, and when."""

    kind: str = ""
    turn: int = 0
    at: float = 0.0


class History(Generic[T]):
    """The states that were, and those that were undone.

    Parameters
    ----------
    most
        How many states are kept.
    clock
        Returns the time, in seconds.
    most_bytes
        What they may hold beside what the newest of them does, which is mostly what is there
        anyway.
    held
        Returns what a state holds, as `arrays_of` does.
    """

    def __init__(
        self,
        most: int = 60,
        clock: Callable[[], float] = time.monotonic,
        *,
        most_bytes: int = 128_000_000,
        held: Callable[[T], Mapping[int, int]] = lambda _: {},
    ) -> None:
        self._most, self._clock = most, clock
        self._most_bytes, self._holds = most_bytes, held
        self._past: list[T] = []
        self._future: list[T] = []
        self._last = _Last()
        # Counts how often a pointer went down: each time something else begins.
        self._turn = 0
        self._held = False

    def press(self) -> None:
        """Take note that a pointer went down: all changes of one kind until it is up are a step."""
        self._turn += 1
        self._held = True

    def release(self) -> None:
        """Take note that the pointer is up; what it did last may still be on its way."""
        self._held = False
        self._last = self._last._replace(at=self._clock())

    def record(self, before: T, kind: str = "") -> None:
        """Remember the state before a change; without a kind it is a step of its own."""
        now, last = self._clock(), self._last
        same = kind != "" and (kind, self._turn) == last[:2]
        one_step = same and (self._held or now - last.at < _ONE_STEP_S)
        self._last = _Last(kind, self._turn, now)
        self._future.clear()
        if one_step and self._past:
            return
        self._past.append(before)
        self._trim()

    @property
    def past(self) -> Sequence[T]:
        """The states to go back to, the newest last."""
        return tuple(self._past)

    @property
    def future(self) -> Sequence[T]:
        """The states that were undone, the last one last."""
        return tuple(self._future)

    def recall(self, past: Sequence[T], future: Sequence[T]) -> None:
        """Go on with what another history had before and after the present state."""
        self._past = [*self._past, *past]
        self._future = list(future)[-self._most :]
        self._last = _Last()
        self._trim()

    def _trim(self) -> None:
        """Forget the oldest states, beyond a number and beyond a size."""
        del self._past[: -self._most]
        if self._past:
            newest = self._holds(self._past[-1])
            room = fitting(self._past, self._most_bytes, self._holds, newest)
            del self._past[: len(self._past) - max(room, 1)]

    @property
    def can_undo(self) -> bool:
        """Whether there is a state to go back to."""
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        """Whether there is an undone state to return to."""
        return bool(self._future)

    def undo(self, present: T) -> T:
        """Return the state before `present`, which can be had back with `redo`."""
        if not self._past:
            return present
        self._future.append(present)
        self._last = _Last()
        return self._past.pop()

    def redo(self, present: T) -> T:
        """Return the state that was undone last."""
        if not self._future:
            return present
        self._past.append(present)
        self._last = _Last()
        return self._future.pop()
