"""The errors that a user may see: one sentence that says what is wrong, one that says what next."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class ReliefError(Exception):
    """Something that the user can mend.

    Parameters
    ----------
    message
        One sentence: what is wrong.
    hint
        One sentence: what to do next.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class DepthError(ReliefError):
    """A depth provider could not turn the photo into a depth map."""


@contextmanager
def enough_memory() -> Iterator[None]:
    """Say in a sentence that memory has run out; as a decorator, too.

    Yields
    ------
    None
        What the block has made is given back.

    Raises
    ------
    ReliefError
        There is too little of it.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        # Python has no class of its own for a thread that there is no memory for.
        if isinstance(error, RuntimeError) and "start new thread" not in str(error):
            raise
        raise ReliefError(
            "There is not enough memory for this.",
            "Close other programs, or choose a lower Mesh quality or a smaller photo.",
        ) from error
