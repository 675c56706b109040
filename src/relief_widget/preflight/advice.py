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
    control = controls()[name]
    assert control.low is not None
    assert control.high is not None
    assert control.step is not None
    rounded = round(math.ceil(value / control.step - 1e-9) * control.step, 6)
    return max(rounded, control.low) if rounded <= control.high else None


def down(name: str, value: float) -> float | None:
    """Round a value down to the setting's steps; None where it is beyond its range."""
    control = controls()[name]
    assert control.low is not None
    assert control.high is not None
    assert control.step is not None
    rounded = round(math.floor(value / control.step + 1e-9) * control.step, 6)
    return min(rounded, control.high) if rounded >= control.low else None
