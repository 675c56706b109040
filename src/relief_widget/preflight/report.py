"""The report: checks with a status, a value, a limit, and what to change."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

Status: TypeAlias = Literal["ok", "warn", "fail"]
Amount: TypeAlias = float | int | tuple[float, ...] | None
Places: TypeAlias = npt.NDArray[np.bool_] | npt.NDArray[np.float32]

# Never colour alone: each status has a sign and a word.
SIGNS: dict[Status, str] = {"ok": "✓", "warn": "!", "fail": "✗"}
WORDS: dict[Status, str] = {"ok": "OK", "warn": "Warning", "fail": "Problem"}
COLOURS: dict[Status, str] = {"ok": "green", "warn": "amber", "fail": "red"}


@dataclass(frozen=True, eq=False, kw_only=True)
class Check:
    """One thing that was looked at.

    Attributes
    ----------
    name, label
        The key, and its text for people.
    status
        ``"ok"``, ``"warn"`` (can be made, but look) or ``"fail"`` (will not come out as it is).
    text
        What was found, in a sentence.
    value, limit
        In `unit`; None where there is none.
    between
        What stands between the numbers of a value or limit that has several.
    least
        Whether the limit is the least value that is good; else it is the greatest.
    advice
        What to change, or nothing.
    changes
        Settings that `advice` names, for `Relief.replace`.
    places
        (rows, cols) on the part's grid, seen as the part lies: where the fault is, True or, as
        float32 in mm, how much. None where it has no place.
    """

    name: str
    label: str
    status: Status
    text: str
    value: Amount = None
    limit: Amount = None
    unit: str = ""
    between: str = " × "
    least: bool = False
    advice: str = ""
    changes: Mapping[str, Any] = field(default_factory=dict)
    places: Places | None = None

    @property
    def shown_value(self) -> str:
        """The value with its unit, or nothing."""
        return amount(self.value, self.unit, self.between)

    @property
    def shown_limit(self) -> str:
        """The limit with its unit and direction, or nothing."""
        # "At most 0 open edges" tells nobody more than the value does.
        text = amount(self.limit or None, self.unit, self.between)
        if not text or isinstance(self.limit, tuple):
            return text
        return f"{'≥' if self.least else '≤'} {text}"

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON can hold; of the places their share of the grid."""
        places = None if self.places is None else round(float((self.places > 0).mean()), 6)
        return {
            "name": self.name,
            "label": self.label,
            "status": self.status,
            "value": _plain(self.value),
            "limit": _plain(self.limit),
            "unit": self.unit,
            "text": self.text,
            "advice": self.advice,
            "changes": dict(self.changes),
            "places_share": places,
        }


@dataclass(frozen=True, eq=False, repr=False)
class Report:
    """What a slicer or CAM program would say of a part. Nothing in it stops an export.

    Attributes
    ----------
    checks
        In the order in which they matter.
    target
        What the part was looked at for, as a text.
    title
        What the part is.
    """

    checks: tuple[Check, ...]
    target: str
    title: str = "Part"

    @property
    def status(self) -> Status:
        """The worst status of all checks."""
        found = {check.status for check in self.checks}
        return "fail" if "fail" in found else "warn" if "warn" in found else "ok"

    @property
    def summary(self) -> str:
        """One sentence."""
        counts = {word: sum(c.status == s for c in self.checks) for s, word in WORDS.items()}
        found = [
            f"{number} {word.lower()}{'s' if number > 1 else ''}"
            for word, number in counts.items()
            if number and word != "OK"
        ]
        verdict = " and ".join(reversed(found)) or "nothing to change"
        return f"{self.title} for {self.target}: {verdict}, {len(self.checks)} checks."

    def __getitem__(self, name: str) -> Check:
        for check in self.checks:
            if check.name == name:
                return check
        raise KeyError(f"{name}: the checks are {', '.join(check.name for check in self.checks)}")

    def __contains__(self, name: str) -> bool:
        return any(check.name == name for check in self.checks)

    def __iter__(self) -> Iterator[Check]:
        return iter(self.checks)

    def __len__(self) -> int:
        return len(self.checks)

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        return {
            "title": self.title,
            "target": self.target,
            "status": self.status,
            "checks": [check.to_dict() for check in self.checks],
        }

    def __str__(self) -> str:
        from relief_widget.preflight.rendering import as_text

        return as_text(self)

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        from relief_widget.preflight.rendering import as_html

        return as_html(self)


def amount(value: Amount, unit: str, between: str = " × ") -> str:
    """Return a value with its unit as a text; nothing for None."""
    if value is None:
        return ""
    values = value if isinstance(value, tuple) else (value,)
    text = between.join(number(item) for item in values)
    return f"{text}{'' if unit in ('', '°') else ' '}{unit}"


def number(value: float) -> str:
    """Return a number with as many digits as a maker can use."""
    if isinstance(value, int):
        return f"{value:,}"
    if not math.isfinite(value):
        return "–"
    size = abs(value)
    digits = 0 if size >= 1000 else 1 if size >= 100 else 2 if size >= 0.095 else 3
    text = f"{value:,.{digits}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def _plain(value: Amount) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
