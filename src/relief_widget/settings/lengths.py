"""Lengths as people give them, in millimetres or inches; and sizes that follow from them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, NoReturn

from relief_widget import arguments
from relief_widget.errors import ReliefError
from relief_widget.settings.fields import ReliefSettings, controls

MM_PER_INCH = 25.4
"""Exact since 1959, by the international yard and pound agreement."""

LENGTHS = {
    "width_mm": "Width",
    "height_mm": "Height",
    "relief_mm": "Relief height",
    "base_mm": "Base height",
}
"""What the lengths of a part are called, by the names that `sized` takes."""

SHARES = {"relief_mm": "depth_intensity", "base_mm": "base_thickness"}
"""The settings that are shares of the longer side, by the lengths that they stand for."""

# What a person gives has few digits; what follows from it, such as a photo's other side, has many.
_GIVEN_DIGITS, _GIVEN_DECIMALS = 9, 3
_FOUND_DIGITS = 4
# Of a double, less what multiplying and dividing loses.
_TRUE_DIGITS = 12
# What a limit that is itself computed may be off by.
_LOST = 1e-9

UNIT_NAMES = {1.0: "mm", MM_PER_INCH: "in"}
"""The units that lengths are shown in, by how many millimetres they are."""

# Beyond this a number has more digits than anybody reads.
_TOO_LONG = 1e12

# No length has more characters, and Python reads no number of very many digits.
_LONGEST = 200

_UNITS = {"mm": 1.0, "cm": 10.0, "in": MM_PER_INCH, "inch": MM_PER_INCH, '"': MM_PER_INCH}

_LENGTH = (
    r"(?P<sign>[+-]?)\s*"
    r"(?:(?:(?P<whole>\d+)\s+)?(?P<over>\d+)\s*/\s*(?P<under>\d+)"
    r"|(?P<number>\d+(?:[.,]\d*)?|[.,]\d+))"
    r"\s*(?P<unit>[a-z\"]*)"
)


def millimetres(text: str, unit: str = "mm") -> float:
    """Return a length in mm.

    Parameters
    ----------
    text
        A number, with or without a unit: ``"100"``, ``"4in"``, ``"10 cm"``, ``'4"'``.
    unit
        What a number without a unit is in.

    Raises
    ------
    ReliefError
        It is no positive length.
    """
    arguments.choice("unit", unit, _UNITS)
    length = _parsed(text, unit)
    if length is None or not 0 < length < math.inf:
        raise ReliefError(
            f"{arguments.shown(text)} is no length.", "Give one such as 100, 100mm, 10cm or 4in."
        )
    return length


def read(
    label: str, text: str, least: float, most: float, unit: str = "mm", *, at: bool = False
) -> float:
    """Return a length in mm that somebody typed.

    Parameters
    ----------
    label
        What it is to be.
    text
        As `millimetres` reads it, and fractions: ``"1/8"``, ``"1 1/8 in"``.
    least, most
        What it can be, in mm.
    unit
        What a number without a unit is in, and what the range is told in.
    at
        Whether the range depends on the size of the part.

    Raises
    ------
    ReliefError
        It is no length, or out of range.
    """
    length, factor = _parsed(text, unit), _UNITS[unit]
    if length is None:
        refuse(label, text, least / factor, most / factor, unit, at=at)
    elif not _is_within(length, least, most):
        refuse(label, _amount(length / factor, unit), least / factor, most / factor, unit, at=at)
    return length


def _parsed(text: str, unit: str) -> float | None:
    if not isinstance(text, str) or len(text) > _LONGEST:
        return None
    match = re.fullmatch(_LENGTH, text.strip().lower().replace("\u2212", "-"))
    factor = _UNITS.get(match["unit"] or unit) if match else None
    if match is None or factor is None or (match["under"] and not int(match["under"])):
        return None
    if match["over"]:
        number = int(match["whole"] or 0) + int(match["over"]) / int(match["under"])
    else:
        number = float(match["number"].replace(",", "."))
    return number * factor * (-1 if match["sign"] == "-" else 1)


def sized(
    aspect: float,
    size_mm: float,
    *,
    width_mm: float | None = None,
    height_mm: float | None = None,
    relief_mm: float | None = None,
    base_mm: float | None = None,
) -> dict[str, Any]:
    """Return the settings that give a part lengths in mm.

    Parameters
    ----------
    aspect
        Width of the part divided by its height.
    size_mm
        Its longer side now.
    width_mm, height_mm
        One of them, or neither: the other follows from the photo.
    relief_mm
        Height of the relief above the base.
    base_mm
        Thickness of the base.

    Raises
    ------
    ReliefError
        Both width and height are given, or a length is none that can be built.
    """
    given = {"width_mm": width_mm, "height_mm": height_mm}
    given |= {"relief_mm": relief_mm, "base_mm": base_mm}
    if width_mm is not None and height_mm is not None:
        raise ReliefError(
            "Width and height are both given, but one follows from the other by the photo.",
            "Give one of them, or crop the photo.",
        )
    for name, length in given.items():
        if length is not None:
            given[name] = arguments.number(name, length)
    width_mm, height_mm = given["width_mm"], given["height_mm"]
    if width_mm is not None:
        size_mm = width_mm * max(1.0, 1 / aspect)
    if height_mm is not None:
        size_mm = height_mm * max(1.0, aspect)
    ranges = limits(size_mm, aspect)
    for name, length in given.items():
        if length is not None:
            check_length(LENGTHS[name], length, *ranges[name], at=name in SHARES)
    wanted = {"size_mm": _within("size_mm", size_mm)}
    for name, setting in SHARES.items():
        if (length := given[name]) is not None:
            wanted[setting] = _within(setting, length / size_mm)
    return wanted


def resized(settings: ReliefSettings, size_mm: float) -> dict[str, Any]:
    """Return the settings that make a part larger or smaller, and leave relief and base as thick.

    Somebody who types a width has stock, layers and a machine in mind, whose heights stay what they
    are: 3.3 mm of relief on 1.2 mm of base are that at every width. In shares, as the settings are,
    both would grow with the width, and what was typed would be lost. Where a thickness is beyond
    what can be built at the new size, it becomes the nearest that can.

    Parameters
    ----------
    settings
        As they are.
    size_mm
        The longer side that is wanted.

    Raises
    ------
    ReliefError
        The size is out of its range.
    """
    size_mm = settings.replace(size_mm=size_mm).size_mm
    wanted: dict[str, Any] = {"size_mm": size_mm}
    for name in SHARES.values():
        wanted[name] = _within(name, getattr(settings, name) * settings.size_mm / size_mm)
    return wanted


def limits(size_mm: float, aspect: float) -> dict[str, tuple[float, float]]:
    """Return from where to where each length of a part can be, in mm.

    Parameters
    ----------
    size_mm
        Its longer side, which the heights depend on.
    aspect
        Its width divided by its height.

    Returns
    -------
    dict
        Least and greatest length, by the names that `sized` takes.
    """
    sides = {"width_mm": min(1.0, aspect), "height_mm": min(1.0, 1 / aspect)}
    found = {}
    for name in LENGTHS:
        setting = SHARES.get(name, "size_mm")
        least, most = controls()[setting].buildable
        scale = sides.get(name, size_mm)
        found[name] = least * scale, most * scale
    return found


def check_length(label: str, length: float, least: float, most: float, *, at: bool) -> None:
    """Refuse a length in mm that cannot be built; see `read`."""
    if not _is_within(length, least, most):
        refuse(label, _amount(length, "mm"), least, most, "mm", at=at)


def refuse(
    label: str, given: str, least: float, most: float, unit: str, *, at: bool = False
) -> NoReturn:
    """Say that a number cannot be built, and what can.

    Parameters
    ----------
    label
        What was to be set.
    given
        What was given.
    least, most
        What it can be.
    unit
        Of both.
    at
        Whether they depend on the size of the part.

    Raises
    ------
    ReliefError
        Always.
    """
    # Either end can be typed as it is told.
    low, high = _inward(least, math.ceil), _inward(most, math.floor)
    span = f"Give {_amount(low, unit)} to {_amount(high, unit)}."
    at_size = " at this size" if at else ""
    raise ReliefError(f"{label} cannot be {given or 'empty'}{at_size}.", span)


def _inward(end: float, rounded: Callable[[float], int]) -> float:
    """Return an end of a range in as many digits as are shown, within the range."""
    near = found(end)
    if near == _tidy(end):
        return near
    unit = 10.0 ** -(_FOUND_DIGITS - 1 - math.floor(math.log10(abs(end))))
    return found(rounded(end / unit) * unit)


def _amount(number: float, unit: str) -> str:
    return f"{written(number)} {unit}".strip()


def _is_within(length: float, least: float, most: float) -> bool:
    return least * (1 - _LOST) <= length <= most * (1 + _LOST)


def _within(name: str, value: float) -> float:
    least, most = controls()[name].buildable
    return min(max(value, least), most)


def shown(length: float) -> float:
    """Return a length as somebody typed it, without what computing with doubles has added.

    One with more digits than anybody types is a computed one, see `found`.

    Parameters
    ----------
    length
        In any unit.

    Examples
    --------
    >>> shown(3.30125 / 75 * 75), shown(100 / 1.334345)
    (3.30125, 74.94)
    """
    digits = f"{length:.{_TRUE_DIGITS - 1}e}".partition("e")[0].strip("-").replace(".", "")
    if len(digits.rstrip("0")) <= _GIVEN_DIGITS:
        return _tidy(length)
    return found(length)


def found(length: float) -> float:
    """Return a length that follows from others as it is shown: in as many digits as matter.

    Multiplied by a size and divided by it again, what somebody typed comes back to within the
    rounding of doubles, with few decimals; what follows from a photo's proportions has many.

    Parameters
    ----------
    length
        In any unit.

    Examples
    --------
    >>> found(3.3 / 75 * 75), found(100 / 1.334345), found(66.71875)
    (3.3, 74.94, 66.72)
    """
    tidy = _tidy(length)
    if round(tidy, _GIVEN_DECIMALS) == tidy:
        return tidy
    return float(f"{tidy:.{_FOUND_DIGITS}g}")


def _tidy(length: float) -> float:
    return float(f"{length:.{_TRUE_DIGITS}g}")


def written(length: float) -> str:
    """Return a length as `shown` has it, as a text."""
    if abs(length) >= _TOO_LONG:
        return f"{length:.{_FOUND_DIGITS}g}"
    return _text(shown(length))


def _text(number: float) -> str:
    text = f"{number:.{_TRUE_DIGITS}f}"
    return text.rstrip("0").rstrip(".")
