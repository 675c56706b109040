"""Undo and redo."""

from __future__ import annotations

import time
from typing import Generic, TypeVar

T = TypeVar("T")

# Changes of the same kind that follow each other this fast are one drag of one slider.
_ONE_DRAG_S = 1.2


class History(Generic[T]):
    """The states that were, and those that were undone.

    Parameters
    ----------
    most
        How many states are kept.
    """

    def __init__(self, most: int = 60) -> None:
        self._most = most
        self._past: list[T] = []
        self._future: list[T] = []
        self._last: tuple[str, float] = ("", 0.0)

    def record(self, before: T, kind: str = "") -> None:
        """Remember the state before a change; without a kind it is a step of its own."""
        now = time.monotonic()
        same_drag = kind != "" and kind == self._last[0] and now - self._last[1] < _ONE_DRAG_S
        self._last = kind, now
        self._future.clear()
        if same_drag and self._past:
            return
        self._past.append(before)
        del self._past[: -self._most]

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
        self._last = ("", 0.0)
        return self._past.pop()

    def redo(self, present: T) -> T:
        """Return the state that was undone last."""
        if not self._future:
            return present
        self._past.append(present)
        self._last = ("", 0.0)
        return self._future.pop()
