"""An API key that does not show itself."""

from __future__ import annotations

import os
import re
from typing import Any, NoReturn

from relief_widget.errors import DepthError

VARIABLES = ("GEMINI_API_KEY", "GOOGLE_API_KEY")
"""Environment variables that a key is taken from, the first that is set."""


class Secret:
    """A key: its text is had by `reveal` alone, not by printing, copying out or pickling."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the key."""
        return self._text

    def hide_in(self, text: str) -> str:
        """Return `text` without the key."""
        return text.replace(self._text, "…") if self._text else text

    def hide_from(self, error: DepthError) -> DepthError:
        """Return an error that does not tell the key."""
        return type(error)(self.hide_in(error.message), self.hide_in(error.hint))

    def __repr__(self) -> str:
        return "Secret(…)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("An API key is not saved.")

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Secret:
        return self


def given_key(text: str | Secret | None) -> Secret | None:
    """Return a key as it was typed, checked; None for an empty one.

    Raises
    ------
    DepthError
        It cannot be a key: it has blanks within, or letters that no key has.
    """
    if text is None or isinstance(text, Secret):
        return text
    stripped = text.strip() if isinstance(text, str) else "no text"
    if not stripped:
        return None
    if not re.fullmatch(r"[\x21-\x7e]+", stripped):
        raise DepthError(
            "This is no API key: it has blanks or letters that no key has.",
            "Copy the key alone, from aistudio.google.com/apikey.",
        )
    return Secret(stripped)


def key_from_environment() -> Secret | None:
    """Return the key from the environment, or None.

    Raises
    ------
    DepthError
        It cannot be a key.
    """
    for name in VARIABLES:
        key = given_key(os.environ.get(name))
        if key is not None:
            return key
    return None
