"""How large an error may be before a machine could show it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from relief_widget.mesh.grid import Part

# Half of the finest usual step along z, in mm: what is within it of the surface falls into the same
# layer or the same step. Filament: layers of 0.05 mm and more (the finest profile that the makers
# of printers with a nozzle of 0.4 mm ship). Resin: layers of 0.025 mm and more. Milling: hobby and
# bench machines repeat a position to 0.02 to 0.05 mm; their steps are finer, their frames are not.
MACHINE_ERROR_MM: Mapping[str, float] = MappingProxyType(
    {"filament": 0.025, "resin": 0.0125, "mill": 0.02}
)

# Where no machine is named: less than any of them shows, and the part's greatest height is exact to
# the 0.01 mm that slicers print.
_DEFAULT_MM = 0.01

# Of the relief's height, so that a small part keeps its shading too: on screen, in 16-bit height
# maps, and under a low lamp, where the eye sees slopes rather than heights.
_SHARE = 0.002


def auto_error_mm(part: Part, machine: str | None = None) -> float:
    """Return a vertical error in mm that nobody will see on the finished part.

    Parameters
    ----------
    part
        The part.
    machine
        A name in `MACHINE_ERROR_MM`; by default 0.01 mm, less than any of them.

    Returns
    -------
    The machine's error, or two thousandths of the height of the relief if that is less.
    """
    limit = _DEFAULT_MM if machine is None else MACHINE_ERROR_MM[machine]
    height = float(part.heights.max() - part.heights.min()) * part.relief
    return min(limit, _SHARE * height) if height > 0 else limit
