"""Lengths as people give them, in millimetres or inches; and sizes that follow from them."""

from __future__ import annotations

import math
import re
from typing import Any

from relief_widget.errors import ReliefError

MM_PER_INCH = 25.4
"""Exact since 1959, by the international yard and pound agreement."""

_UNITS = {"mm": 1.0, "cm": 10.0, "in": MM_PER_INCH, "inch": MM_PER_INCH, '"': MM_PER_INCH}


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
    match = re.fullmatch(r"\s*(\d+(?:[.,]\d+)?|[.,]\d+)\s*([a-z\"]*)\s*", text.lower())
    factor = _UNITS.get(match[2] or unit) if match else None
    if match is None or factor is None or float(match[1].replace(",", ".")) == 0:
        raise ReliefError(f"{text!r} is no length.", "Give one such as 100, 100mm, 10cm or 4in.")
    return float(match[1].replace(",", ".")) * factor


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
        Both width and height are given, or a length is not positive.
    """
    given = (width_mm, height_mm, relief_mm, base_mm)
    for length in given:
        if length is not None and not (math.isfinite(length) and length > 0):
            raise ReliefError(f"{length!r} is no length.", "Give millimetres above 0.")
    if width_mm is not None and height_mm is not None:
        raise ReliefError(
            "Width and height are both given, but one follows from the other by the photo.",
            "Give one of them, or crop the photo.",
        )
    if width_mm is not None:
        size_mm = width_mm * max(1.0, 1 / aspect)
    if height_mm is not None:
        size_mm = height_mm * max(1.0, aspect)
    settings = {"size_mm": size_mm}
    if relief_mm is not None:
        settings["depth_intensity"] = relief_mm / size_mm
    if base_mm is not None:
        settings["base_thickness"] = base_mm / size_mm
    return settings
