"""How fine a mesh is asked for: by its error, its triangles or the size of its file."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from relief_widget import arguments
from relief_widget.errors import ReliefError
from relief_widget.mesh.grid import Part
from relief_widget.mesh.simplify.fitting import Fit, fit, within_budget
from relief_widget.mesh.triangles import Mesh

MaxError: TypeAlias = float | Literal["auto"] | None

# As the size of a text file follows only roughly from its triangles, it takes a few tries.
_TRIES = 6

# Half of the finest usual step along z is within one layer or step of the surface: 0.025 mm with
# filament (layers of 0.05 mm and more, the finest profile that the makers of printers with a nozzle
# of 0.4 mm ship), 0.0125 mm with resin (layers of 0.025 mm); hobby and bench mills repeat a
# position to 0.02 to 0.05 mm. This is less than any of them shows, and the part's greatest height
# is exact to the 0.01 mm that slicers print.
_VISIBLE_MM = 0.01
# Of the relief's height, so that a small part keeps its shading too: on screen, in 16-bit height
# maps, and under a low lamp, where the eye sees slopes rather than heights.
_VISIBLE_SHARE = 0.002

# How each bound is checked, and what it can be: nobody means less, and nothing holds more.
_BOUNDS: dict[str, tuple[Callable[..., float], float, float, str]] = {
    "max_error_mm": (arguments.number, 1e-6, 1e6, "Give a number of mm above 0, or 'auto'."),
    "max_megabytes": (arguments.number, 1e-6, 1e6, "Give a number of MB above 0."),
    "max_triangles": (arguments.whole, 1, 2**31, "Give a whole number above 0."),
}


@dataclass(frozen=True)
class Detail:
    """What a mesh has to keep to: an error, or one of two budgets.

    Attributes
    ----------
    max_error_mm
        Greatest vertical error in mm; ``"auto"``: what no machine shows; None: the full grid.
    max_triangles
        Greatest number of triangles, walls and bottom included.
    max_megabytes
        Greatest size of the file, in 1,000,000 bytes.

    Raises
    ------
    ReliefError
        A value is wrong, or more than one is given.
    """

    max_error_mm: MaxError = "auto"
    max_triangles: int | None = None
    max_megabytes: float | None = None

    def __post_init__(self) -> None:
        is_auto = isinstance(self.max_error_mm, str) and self.max_error_mm == "auto"
        names = [] if is_auto else ["max_error_mm"]
        names += [n for n in ("max_triangles", "max_megabytes") if getattr(self, n) is not None]
        if len(names) > 1:
            raise ReliefError(
                f"{' and '.join(names)} are given, but a mesh can only keep to one of them.",
                "Give one.",
            )
        for name, (check, least, most, hint) in _BOUNDS.items():
            value = getattr(self, name)
            if value is not None and not (is_auto and name == "max_error_mm"):
                object.__setattr__(self, name, check(name, value, least, most, hint=hint))

    def fit(self, part: Part, size: Callable[[Mesh], int]) -> Fit:
        """Return the mesh of a part that keeps to this.

        Parameters
        ----------
        part
            The part.
        size
            Returns the bytes of a file of a mesh.

        Raises
        ------
        ReliefError
            There is no such mesh.
        """
        if self.max_triangles is not None:
            return within_budget(part, int(self.max_triangles))
        if self.max_megabytes is not None:
            return _within_size(part, int(self.max_megabytes * 1e6), size)
        if self.max_error_mm is None:
            return Fit(part, 0.0)
        if self.max_error_mm == "auto":
            return fit(part, auto_error_mm(part), only_if_worth_it=True)
        return fit(part, float(self.max_error_mm))


def auto_error_mm(part: Part) -> float:
    """Return a vertical error in mm that nobody will see on the finished part.

    It is 0.01 mm, or two thousandths of the height of the relief if that is less.
    """
    height = float(part.heights.max() - part.heights.min()) * part.relief
    return min(_VISIBLE_MM, _VISIBLE_SHARE * height) if height > 0 else _VISIBLE_MM


def _within_size(part: Part, budget: int, size: Callable[[Mesh], int]) -> Fit:
    """Return the finest mesh whose file has at most `budget` bytes."""
    full = size(part)
    if full <= budget:
        return Fit(part, 0.0)
    simplest = within_budget(part, 12)
    fixed = size(simplest.mesh)
    if fixed > budget:
        raise ReliefError(
            f"{budget / 1e6:g} MB are too few: the simplest mesh has {fixed / 1e6:g} MB.",
            "Allow more, or choose another format.",
        )
    per_triangle = (full - fixed) / (part.triangles - simplest.mesh.triangles)
    wanted, best = int((budget - fixed) / per_triangle) + simplest.mesh.triangles, simplest
    for _ in range(_TRIES):
        found = within_budget(part, max(wanted, simplest.mesh.triangles))
        spare = (budget - size(found.mesh)) / per_triangle
        if spare >= 0 and found.mesh.triangles > best.mesh.triangles:
            best = found
        if 0 <= spare <= 0.01 * wanted + 1:
            break
        wanted = found.mesh.triangles + math.floor(spare)
    return best
