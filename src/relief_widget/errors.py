"""The errors that a user may see: one sentence that says what is wrong, one that says what next."""

from __future__ import annotations


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


TOO_LITTLE_MEMORY = ReliefError(
    "There is not enough memory for this.",
    "Close other programs, or choose a lower Mesh quality or a smaller photo.",
)
"""What is said where memory runs out."""
