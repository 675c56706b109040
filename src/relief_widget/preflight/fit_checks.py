"""Checks of size and units, and whether the part fits a machine."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

from relief_widget.preflight.machines import MACHINES, Machine, fit
from relief_widget.preflight.report import Check, Status, number
from relief_widget.preflight.targets import Target

Extents: TypeAlias = tuple[float, float, float]

INCH = 25.4
# A file whose longest side is below this is more likely in inches than meant as it is.
_TINY_MM, _HUGE_MM = 10.0, 3000.0


def size_check(extents: Extents, *, made_here: bool) -> Check:
    """Give the size in mm and inches, and doubt the units of a file that has none."""
    inches = " × ".join(number(side / INCH) for side in extents)
    status: Status = "ok"
    text, advice = f"{inches} in.", ""
    longest = max(extents)
    if not made_here and longest < _TINY_MM:
        status = "warn"
        text += f" Only {number(longest)} mm long: is the file in inches?"
        large = " × ".join(number(side * INCH) for side in extents)
        advice = f'Then read it with --units inch (units="inch"): {large} mm.'
    elif not made_here and longest > _HUGE_MM:
        status = "warn"
        text += f" {number(longest / 1000)} m long: is the file in another unit than mm?"
        advice = "Scale it in the program that it comes from; slicers read STL as mm."
    return Check(
        name="size",
        label="Size",
        status=status,
        text=text,
        value=tuple(round(side, 3) for side in extents),
        unit="mm",
        advice=advice,
    )


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
