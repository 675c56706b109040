"""Telling what the program sets from what a person sets."""

from __future__ import annotations


class Guard:
    """True while the program sets widgets, whose observers then have nothing to tell.

    Examples
    --------
    >>> setting = Guard()
    >>> with setting:
    ...     slider.value = 3
    >>> slider.observe(lambda change: None if setting else changed(change), "value")
    """

    def __init__(self) -> None:
        self._depth = 0

    def __bool__(self) -> bool:
        return self._depth > 0

    def __enter__(self) -> None:
        self._depth += 1

    def __exit__(self, *error: object) -> None:
        self._depth -= 1
