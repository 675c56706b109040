"""How an export tells how far it is."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Called with steps done and steps in all; may raise to stop the export."""

    def __call__(self, done: int, total: int, /) -> None:
        """Take note."""
        ...


def ignore(done: int, total: int, /) -> None:
    """Take no note."""
