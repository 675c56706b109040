"""The lengths that a person typed, to be shown as they were while they last."""

from __future__ import annotations

import math

from relief_widget.settings.lengths import found, shown

# Of multiplying with a size and dividing by it.
_LOST = 1e-9
_MOST = 64


class Typed:
    """Tells what was typed, and is shown to the last digit, from what follows from it.

    Examples
    --------
    >>> typed = Typed()
    >>> typed.add("width_mm", 44.1875, 1.0)
    >>> typed.shown("width_mm", 44.1875, 1.0), typed.shown("height_mm", 66.71875, 1.0)
    (44.1875, 66.72)
    """

    def __init__(self) -> None:
        # Undo may bring back any of them.
        self._numbers: dict[tuple[str, float], list[float]] = {}

    def add(self, name: str, number: float, per: float) -> None:
        """Remember a number that was typed.

        Parameters
        ----------
        name
            What it is of.
        number
            As it was typed.
        per
            Its unit, in mm.
        """
        numbers = self._numbers.setdefault((name, per), [])
        numbers.append(shown(number))
        del numbers[:-_MOST]

    def shown(self, name: str, number: float, per: float) -> float:
        """Return a number as it is to be shown; see `add`."""
        for one in self._numbers.get((name, per), ()):
            if math.isclose(one, number, rel_tol=_LOST):
                return one
        return found(number)
