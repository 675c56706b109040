"""Advice that names a setting by its label, with a value that is in its range."""

from __future__ import annotations

import math
from typing import Any

from relief_widget.preflight.report import number
from relief_widget.settings import controls


def change(name: str, value: Any) -> tuple[str, dict[str, Any]]:
    """Return a sentence that says to which value to set a setting, and the change itself."""
    control = controls()[name]
    if control.choices:
        return f"Set {control.label} to {value}.", {name: value}
    unit = control.unit if control.unit in ("mm", "px") else ""
    return f"Set {control.label} to {number(value)}{' ' + unit if unit else ''}.", {name: value}


def up(name: str, value: float) -> float | None:
    """Round a value up to the setting's steps; None where it is beyond its range."""
    low, high, step = _range(name)
    rounded = round(math.ceil(value / step - 1e-9) * step, 6)
    return max(rounded, low) if rounded <= high else None


def down(name: str, value: float) -> float | None:
    """Round a value down to the setting's steps; None where it is beyond its range."""
    low, high, step = _range(name)
    rounded = round(math.floor(value / step + 1e-9) * step, 6)
    return min(rounded, high) if rounded >= low else None


def _range(name: str) -> tuple[float, float, float]:
    control = controls()[name]
    assert control.low is not None
    assert control.high is not None
    assert control.step is not None
    return control.low, control.high, control.step
