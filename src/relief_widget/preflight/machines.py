"""Well-known printers, mills and lasers with their working areas, and whether a part fits one."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeAlias

from relief_widget.arguments import shown
from relief_widget.errors import ReliefError
from relief_widget.preflight.report import Check, number
from relief_widget.preflight.targets import Kind, Target

Extents: TypeAlias = tuple[float, float, float]

# Rounding of a size to whole micrometres must not decide whether a part fits.
_SLACK_MM = 0.005


@dataclass(frozen=True)
class Machine:
    """A machine and the space that it works in.

    Attributes
    ----------
    name
        Maker and model, or the size for one's own.
    kind
        What it is; None for one's own size.
    x, y, z
        Working space in mm; z is None where nothing limits the height of the stock.
    """

    name: str
    kind: Kind | None
    x: float
    y: float
    z: float | None

    @property
    def size(self) -> str:
        """The working space as a text."""
        sides = [side for side in (self.x, self.y, self.z) if side is not None]
        return " × ".join(f"{side:g}" for side in sides) + " mm"


def _machines(*machines: Machine) -> Mapping[str, Machine]:
    return MappingProxyType({machine.name: machine for machine in machines})


MACHINES = _machines(
    Machine("Prusa MK4", "printer", 250, 210, 220),
    Machine("Prusa MK3S+", "printer", 250, 210, 210),
    Machine("Prusa MINI+", "printer", 180, 180, 180),
    Machine("Prusa XL", "printer", 360, 360, 360),
    Machine("Prusa CORE One", "printer", 250, 220, 270),
    Machine("Bambu Lab A1 mini", "printer", 180, 180, 180),
    Machine("Bambu Lab A1", "printer", 256, 256, 256),
    Machine("Bambu Lab P1S", "printer", 256, 256, 250),
    Machine("Bambu Lab X1 Carbon", "printer", 256, 256, 250),
    Machine("Bambu Lab H2D", "printer", 350, 320, 325),
    Machine("Creality Ender-3 V2", "printer", 220, 220, 250),
    Machine("Creality K1", "printer", 220, 220, 250),
    Machine("Creality K1 Max", "printer", 300, 300, 300),
    Machine("Elegoo Neptune 4 Pro", "printer", 225, 225, 265),
    Machine("Elegoo Neptune 4 Max", "printer", 420, 420, 480),
    Machine("Anycubic Kobra 2 Pro", "printer", 220, 220, 250),
    Machine("Voron 2.4 350", "printer", 350, 350, 325),
    Machine("Voron 0.2", "printer", 120, 120, 120),
    Machine("Prusa SL1S", "resin printer", 127, 80, 150),
    Machine("Formlabs Form 4", "resin printer", 200, 125, 210),
    Machine("Elegoo Mars 4 Ultra", "resin printer", 153.36, 77.76, 165),
    Machine("Elegoo Saturn 3 Ultra", "resin printer", 218.88, 122.88, 260),
    Machine("Anycubic Photon Mono 4", "resin printer", 153.4, 87, 165),
    Machine("Genmitsu 3018-PRO", "mill", 300, 180, 45),
    Machine("Shapeoko 3", "mill", 406, 406, 75),
    Machine("Shapeoko 4", "mill", 444, 444, 95),
    Machine("Shapeoko 4 XXL", "mill", 838, 838, 95),
    Machine("X-Carve 1000", "mill", 750, 750, 65),
    Machine("Onefinity Woodworker", "mill", 816, 816, 133),
    Machine("LongMill MK2 30×30", "mill", 792, 845, 114),
    Machine("Makera Carvera", "mill", 360, 240, 140),
    Machine("Stepcraft D.840", "mill", 840, 600, 140),
    Machine("OMTech K40+", "laser", 300, 200, None),
    Machine("Glowforge Plus", "laser", 495, 279, None),
    Machine("xTool F1", "laser", 115, 115, None),
    Machine("Ortur Laser Master 3", "laser", 400, 400, None),
    Machine("Sculpfun S30 Pro Max", "laser", 370, 360, None),
    Machine("Atomstack X20 Pro", "laser", 400, 400, None),
    Machine("Creality Falcon2", "laser", 400, 415, None),
    Machine("Fibre laser, F160 lens", "laser", 110, 110, None),
)
"""Machines by name.

What a slicer lets one use, where that is less than the maker states (250 mm of the P1S' and X1
Carbon's 256 mm). Compared with the profiles of PrusaSlicer 2.5 and OrcaSlicer: MK3S+, MINI+, SL1S,
Bambu Lab A1 and H2D, Creality K1, Voron. The others, and mills and lasers, are as makers state
them, without a second source; one's own size can always be given instead.
"""


@dataclass(frozen=True)
class Fit:
    """How a part lies on a bed.

    Attributes
    ----------
    fits
        Whether it does.
    turned_deg
        By how much it must be turned on the bed.
    scale
        The largest scale that fits as it lies or turned by 90°; 0 where scaling does not help.
    too_high
        Whether it is the height that does not fit.
    """

    fits: bool
    turned_deg: float
    scale: float
    too_high: bool


def find_machine(bed: str | Machine) -> Machine:
    """Return a machine by name, or one's own by its size such as ``"220x220x250"`` in mm.

    Raises
    ------
    ReliefError
        There is no such machine, and it is no size.
    """
    if isinstance(bed, Machine):
        return bed
    if not isinstance(bed, str):
        raise ReliefError(
            f"The bed is {shown(bed)}.", "Give a machine's name, or a size such as 220x220x250."
        )
    text = bed.strip()
    numbers = [part.strip() for part in re.split(r"[x×*,;]", text.removesuffix("mm"))]
    if all(re.fullmatch(r"\d+(\.\d+)?", number) for number in numbers):
        sides = [float(number) for number in numbers]
        if len(sides) in (2, 3) and all(0 < side <= 100_000 for side in sides):
            return Machine(text, None, sides[0], sides[1], sides[2] if len(sides) == 3 else None)
        raise ReliefError(
            f"The bed {text!r} is no size.", "Give two or three numbers in mm, such as 220x220x250."
        )
    wanted = _folded(text)
    exact = [machine for name, machine in MACHINES.items() if _folded(name) == wanted]
    if exact:
        return exact[0]
    among = [machine for name, machine in MACHINES.items() if wanted and wanted in _folded(name)]
    if len(among) == 1:
        return among[0]
    names = [machine.name for machine in among] or difflib.get_close_matches(
        text, MACHINES, n=3, cutoff=0.5
    )
    hint = f"Did you mean {' or '.join(names)}? " if names else ""
    raise ReliefError(
        f"There is no machine named {text!r} in the list."
        if not among
        else f"{text!r} is several.",
        f"{hint}A size such as 220x220x250 works too.",
    )


def fit(machine: Machine, extents: Extents, fixed: int | None = None) -> Fit:
    """Say whether a box fits a machine, as it lies, turned by 90°, or at an angle.

    A rectangle p × q with p ≥ q and p > a fits at an angle into a × b, a ≥ b, if and only if
    b ≥ (2 p q a + (p² - q²) √(p² + q² - a²)) / (p² + q²) (Carver 1957, American
    Mathematical Monthly 64, E 1225).

    Parameters
    ----------
    machine
        Where.
    extents
        Width and depth on the bed, and height, in mm.
    fixed
        The axis that scaling leaves as it is, or None.
    """
    width, depth, height = extents
    high = machine.z is not None and height > machine.z + _SLACK_MM
    scales = []
    for order in ((0, 1, 2), (1, 0, 2)):
        rooms = []
        for axis, limit in zip(order, (machine.x, machine.y, machine.z), strict=True):
            ratio = math.inf if limit is None else limit / max(extents[axis], 1e-9)
            if axis != fixed:
                rooms.append(ratio)
            elif ratio < 1:
                rooms.append(0.0)
        scales.append(min(rooms))
    scale = max(scales)
    if high:
        return Fit(False, 0, scale, True)
    for turned, (across, along) in ((0, (width, depth)), (90, (depth, width))):
        if across <= machine.x + _SLACK_MM and along <= machine.y + _SLACK_MM:
            return Fit(True, turned, scale, False)
    angle = _angle(max(width, depth), min(width, depth), machine)
    return Fit(angle is not None, angle or 0, scale, False)


def _angle(p: float, q: float, machine: Machine) -> float | None:
    """Return by how many degrees a longer side p must be turned off the bed's longer side."""
    a, b = max(machine.x, machine.y), min(machine.x, machine.y)
    square = p * p + q * q
    if p <= a or square <= a * a or q > b:
        return None
    if b < (2 * p * q * a + (p * p - q * q) * math.sqrt(square - a * a)) / square:
        return None
    # The least angle t at which p cos t + q sin t = a.
    return math.degrees(math.acos(min(1.0, a / math.sqrt(square))) + math.atan2(q, p))


def _folded(name: str) -> str:
    return re.sub(r"[^a-z0-9+]", "", name.casefold().replace("×", "x"))


def bed_check(
    extents: Extents,
    target: Target,
    machine: Machine | None,
    *,
    size_mm: float | None = None,
    fixed_thickness: bool = False,
) -> Check:
    """Say whether the part fits a machine, as it lies, or turned on the bed.

    Parameters
    ----------
    extents
        In mm.
    target
        Tells whether the part stands, and which kind of machine is asked where none is given.
    machine
        Where; None asks all known ones of the kind.
    size_mm
        The setting, for advice.
    fixed_thickness
        Whether another size leaves the thickness as it is.
    """
    x, y, z = extents
    lying = (x, z, y) if target.upright else (x, y, z)
    fixed = (1 if target.upright else 2) if fixed_thickness else None
    common: dict[str, Any] = {
        "name": "bed",
        "label": "Fits the bed",
        "value": tuple(round(side, 2) for side in lying),
        "unit": "mm",
    }
    stands = " standing" if target.upright else ""
    kind = [known for known in MACHINES.values() if known.kind == target.kind]
    if machine is None:
        fitting = [known.name for known in kind if fit(known, lying).fits]
        some = ", ".join(fitting[:4]) + (" and others" if len(fitting) > 4 else "")
        text = f"Fits {len(fitting)} of {len(kind)} known machines{stands}"
        return Check(
            **common,
            status="ok" if fitting else "warn",
            text=f"{text}: {some}." if fitting else f"{text}.",
            advice="" if fitting else "Choose a smaller Size, or name your machine's bed.",
        )
    found = fit(machine, lying, fixed)
    sides = [side for side in (machine.x, machine.y, machine.z) if side is not None]
    name = machine.name if machine.kind else "the bed"
    if found.fits:
        turned = f" turned by {found.turned_deg:.0f}°" if found.turned_deg else ""
        return Check(
            **common, status="ok", limit=tuple(sides), text=f"Fits {name}{stands}{turned}."
        )
    text = f"Too {'high' if found.too_high else 'large'} for {name}{stands}, turned or not."
    changes: dict[str, Any] = {}
    if size_mm is not None and found.scale > 0:
        least = max(1.0, math.floor(size_mm * found.scale * 10) / 10)
        changes = {"size_mm": float(least)} if least < size_mm else {}
    others = [known.name for known in kind if fit(known, lying).fits][:3]
    options = [f"Set Size to {number(changes['size_mm'])} mm"] if changes else []
    if not changes and found.scale > 0:
        options.append(f"Scale it to {math.floor(found.scale * 1000) / 10:g} %")
    if others:
        options.append(f"use a larger machine, such as {' or '.join(others)}")
    advice = ", or ".join(options)
    return Check(
        **common,
        status="fail",
        limit=tuple(sides),
        text=text,
        advice=f"{advice[:1].upper()}{advice[1:]}." if advice else "Cut it into pieces.",
        changes=changes,
    )
