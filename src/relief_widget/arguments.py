"""What a caller gives, checked where it comes in: whatever is wrong is one sentence that names it.

Each function takes the argument's name and value, and returns the value as the rest of the house
takes it: a Python number, a text, a path.
"""

from __future__ import annotations

import math
import numbers
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

from relief_widget.errors import ReliefError

T = TypeVar("T")

_LONGEST = 60


def shown(value: Any) -> str:
    """Return a value as it stands in a sentence: on one line, and not too long for it."""
    try:
        text = " ".join(repr(value).split())
    except Exception:  # whatever an object's __repr__ raises; a very long int has none, too
        text = f"a {type(value).__name__}"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def number(
    name: str,
    value: Any,
    low: float = -math.inf,
    high: float = math.inf,
    *,
    hint: str = "",
    error: type[ReliefError] = ReliefError,
) -> float:
    """Return a finite number within a range, both ends included.

    Parameters
    ----------
    name
        Of the argument.
    value
        What was given; a bool is no number.
    low, high
        What it can be.
    hint
        What to give instead.
    error
        Class of the error.

    Raises
    ------
    ReliefError
        It is no number, not finite, or out of range.
    """
    hint = hint or _span(low, high)
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise error(f"{name} is {shown(value)}, which is not a number.", hint)
    try:
        found = float(value)
    except Exception:  # 10**400, or what a class of numbers of somebody's own raises
        found = math.nan
    if not (math.isfinite(found) and low <= found <= high):
        told = shown(value) if math.isnan(found) else f"{found:g}"
        raise error(f"{name} is {told}, out of its range.", hint)
    return found


def whole(
    name: str,
    value: Any,
    low: int,
    high: int,
    *,
    hint: str = "",
    error: type[ReliefError] = ReliefError,
) -> int:
    """Return a whole number within a range, both ends included; see `number`.

    Raises
    ------
    ReliefError
        It is none.
    """
    found = number(name, value, low, high, hint=hint, error=error)
    if found != int(found):
        raise error(f"{name} is {found:g}, not a whole number.", hint or _span(low, high))
    return int(found)


def pair(
    name: str, value: Any, low: int, high: int, *, error: type[ReliefError] = ReliefError
) -> tuple[int, int]:
    """Return two whole numbers within a range, such as a width and a height.

    Raises
    ------
    ReliefError
        It is none.
    """
    found = tuple(value) if isinstance(value, list | tuple) else ()
    if len(found) != 2:
        raise error(f"{name} is {shown(value)}, not two numbers.", "Give a pair such as (3, 4).")
    first, second = (whole(name, one, low, high, error=error) for one in found)
    return first, second


def flag(name: str, value: Any, *, error: type[ReliefError] = ReliefError) -> bool:
    """Return True or False; NumPy's are taken, numbers are no clear yes or no.

    Raises
    ------
    ReliefError
        It is neither.
    """
    if type(value).__name__ not in ("bool", "bool_"):
        raise error(f"{name} is {shown(value)}.", "Give True or False.")
    return bool(value)


def text(name: str, value: Any, *, error: type[ReliefError] = ReliefError) -> str:
    """Return a text that can be written to a file.

    Raises
    ------
    ReliefError
        It is none.
    """
    if not isinstance(value, str):
        raise error(f"{name} is {shown(value)}, which is not a text.", "Give a text in quotes.")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise error(f"{name} is {shown(value)}, half a character.", "Write it anew.") from None
    return str(value)


def path(name: str, value: Any, *, error: type[ReliefError] = ReliefError) -> Path:
    """Return a path; whether there is anything is found out by who opens it.

    Raises
    ------
    ReliefError
        It is none.
    """
    try:
        given = os.fspath(value)
    except Exception:  # also what __fspath__ of somebody's class raises
        given = None
    if not isinstance(given, str) or "\0" in given:
        raise error(
            f"{name} is {shown(value)}, which is no name of a file.",
            "Give a name in quotes, or a pathlib.Path.",
        )
    return Path(given)


def choice(
    name: str, value: Any, choices: Iterable[T], *, error: type[ReliefError] = ReliefError
) -> T:
    """Return one of some choices; 1 is not True.

    Raises
    ------
    ReliefError
        It is none of them.
    """
    known = tuple(choices)
    for one in known:
        if isinstance(value, type(one)) and value == one:
            return one
    raise error(
        f"{name} is {shown(value)}, which is not a choice.",
        f"Choose one of {', '.join(map(repr, known))}.",
    )


def instance(
    name: str,
    value: Any,
    kind: type[T],
    *,
    hint: str,
    error: type[ReliefError] = ReliefError,
) -> T:
    """Return a value of a class.

    Raises
    ------
    ReliefError
        It is of another one.
    """
    if not isinstance(value, kind):
        raise error(f"{name} is {shown(value)}, which cannot be used.", hint)
    return value


def _span(low: float, high: float) -> str:
    if math.isinf(low) and math.isinf(high):
        return "Give a number."
    if math.isinf(high):
        return f"Give a number of at least {low:g}."
    return f"Give a number from {low:g} to {high:g}."
