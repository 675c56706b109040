"""Processes and materials as data: what each can make, and where each figure comes from."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from relief_widget import arguments
from relief_widget.errors import ReliefError

Kind: TypeAlias = Literal["printer", "resin printer", "mill", "laser"]


@dataclass(frozen=True, kw_only=True)
class Target:
    """A way to make a part, and its limits.

    Attributes
    ----------
    name, label
        The key, and its text for people.
    kind
        The kind of machine.
    materials
        Names in `DENSITIES`, the usual one first.
    closed
        Whether the process needs a closed solid; CAM and laser programs take a surface alone.
    upright
        Whether the part is made standing on an edge, as lithophanes are.
    nozzle_mm
        Finest line in the plane: bore of the nozzle, pixel of the screen; None where there is none.
    layer_mm
        Height of a layer; None where there are no layers.
    least_wall_mm
        Thinner than this cannot be made.
    wall_mm
        Thinner than this is fragile; 0 where thickness is that of the stock.
    steep_deg
        Slopes above this come out badly; for an upright part, the overhang from the vertical.
    tools_mm
        Diameters of ball-nose tools.
    tool_tolerance_mm
        What a tool may leave standing.
    passes
        Number of depth steps; 0 where depth is continuous.
    thickness_mm
        Usual least and greatest thickness, for what is lit from behind.
    """

    name: str
    label: str
    kind: Kind
    materials: tuple[str, ...]
    closed: bool = True
    upright: bool = False
    nozzle_mm: float | None = None
    layer_mm: float | None = None
    least_wall_mm: float = 0.0
    wall_mm: float = 0.0
    steep_deg: float = 90.0
    tools_mm: tuple[float, ...] = ()
    tool_tolerance_mm: float = 0.05
    passes: int = 0
    thickness_mm: tuple[float, float] | None = None


def _targets(*targets: Target) -> Mapping[str, Target]:
    return MappingProxyType({target.name: target for target in targets})


TARGETS = _targets(
    Target(
        name="fdm",
        label="FDM printing",
        kind="printer",
        materials=("PLA", "PETG", "ABS", "ASA"),
        nozzle_mm=0.4,
        layer_mm=0.2,
        least_wall_mm=0.4,
        wall_mm=1.2,
        steep_deg=70.0,
    ),
    Target(
        name="resin",
        label="resin printing",
        kind="resin printer",
        materials=("resin",),
        nozzle_mm=0.05,
        layer_mm=0.05,
        least_wall_mm=0.5,
        wall_mm=0.8,
        steep_deg=80.0,
    ),
    Target(
        name="cnc",
        label="CNC milling",
        kind="mill",
        materials=("walnut", "beech", "aluminium", "brass", "acrylic", "model board"),
        closed=False,
        least_wall_mm=0.8,
        wall_mm=1.5,
        steep_deg=75.0,
        tools_mm=(6.0, 3.175, 3.0, 2.0, 1.0, 0.5),
    ),
    Target(
        name="laser",
        label="laser engraving",
        kind="laser",
        materials=("walnut", "brass", "aluminium", "slate", "acrylic"),
        closed=False,
        steep_deg=80.0,
        passes=256,
    ),
    Target(
        name="lithophane",
        label="a lithophane, printed upright",
        kind="printer",
        materials=("PLA", "PETG"),
        upright=True,
        nozzle_mm=0.4,
        layer_mm=0.12,
        least_wall_mm=0.4,
        wall_mm=0.6,
        steep_deg=45.0,
        thickness_mm=(0.8, 4.0),
    ),
)
"""The targets by name.

FDM: a 0.4 mm nozzle and 0.2 mm layers are the standard profile of PrusaSlicer and OrcaSlicer; a
wall is at least one line (0.4 mm), and print services ask for three (1.2 mm:
prints.artrovogundam.com/design-guide, layer-one.com.au design guide). Resin: 0.05 mm layers are the
standard profile of PrusaSlicer, screens of 2020 to 2026 have pixels of 0.018 to 0.05 mm; walls that
hang on others 0.5 mm (Hubs, "Key design considerations for 3D printing"), services ask for 0.8 mm
(as above). CNC: walls of 0.8 mm in metal and 1.5 mm in plastic (Hubs, "How to design parts for CNC
machining"); tools are the metric and the 1/8 inch ball noses that desktop mills come with; 0.05 mm
is twice the usual tolerance of a finishing pass. Laser: LightBurn's 3D Sliced mode cuts up to 256
depths (docs.lightburnsoftware.com/galvo/3DSlice). Lithophane: 0.6 to 0.8 mm at the thinnest, 3 to
4 mm at the thickest, at least two walls (filamentfeed.com guide, lithop's README); 45° is the usual
limit of overhangs. The other slopes are ours: where reliefs begin to look cut out, not modelled.
"""

DENSITIES: Mapping[str, float] = MappingProxyType(
    {
        "PLA": 1.24,
        "PETG": 1.27,
        "ABS": 1.04,
        "ASA": 1.07,
        "resin": 1.18,
        "walnut": 0.64,
        "beech": 0.72,
        "oak": 0.75,
        "pine": 0.51,
        "plywood": 0.68,
        "MDF": 0.75,
        "model board": 0.70,
        "acrylic": 1.18,
        "aluminium": 2.70,
        "brass": 8.50,
        "copper": 8.96,
        "steel": 7.85,
        "bronze": 8.80,
        "silver": 10.49,
        "gold": 19.32,
        "slate": 2.80,
        "marble": 2.70,
        "plaster": 1.15,
        "wax": 0.93,
        "chocolate": 1.30,
    }
)
"""Densities in g/cm³.

Filaments: PrusaSlicer's generic profiles. Resin: cured acrylate, 1.15 to 1.20 (Formlabs data
sheets). Woods at 12 % moisture: The Wood Database (black walnut 0.61 to 0.66, beech 0.72, white oak
0.75, Scots pine 0.51 to 0.55). Metals: CRC Handbook; brass CuZn37 8.4 to 8.5, bronze CuSn8 8.8.
Boards, stone, plaster, wax and chocolate are typical values; real ones vary by 10 %.
"""


def choose(target: str | Target, **changes: Any) -> Target:
    """Return a target, with other limits where they are given.

    Another `nozzle_mm` scales the walls of a process that has one, unless they are given too: a
    wall is counted in lines.

    Raises
    ------
    ReliefError
        The target or a name is unknown, or a limit is none that a machine has.
    """
    name = target.casefold() if isinstance(target, str) else ""
    chosen = target if isinstance(target, Target) else TARGETS.get(name)
    if chosen is None:
        told = f"There is no target named {arguments.shown(target)}."
        raise _unknown(told, name, "Targets", TARGETS)
    names = {field.name for field in dataclasses.fields(Target)}
    for name in changes:
        if name not in names:
            raise _unknown(f"A target has no limit named {name!r}.", name, "Limits", sorted(names))
    changes = {name: _checked(name, value) for name, value in changes.items()}
    nozzle = changes.get("nozzle_mm")
    if nozzle and chosen.nozzle_mm and chosen.name != "resin":
        lines = nozzle / chosen.nozzle_mm
        for name in ("least_wall_mm", "wall_mm"):
            changes.setdefault(name, round(getattr(chosen, name) * lines, 3))
    return dataclasses.replace(chosen, **changes)


# What limits of any machine can be: lengths in mm, angles in degrees, steps of depth.
_LIMITS: Mapping[str, tuple[float, float]] = {
    "nozzle_mm": (0.001, 100),
    "layer_mm": (0.001, 100),
    "least_wall_mm": (0, 1000),
    "wall_mm": (0, 1000),
    "steep_deg": (0, 90),
    "tool_tolerance_mm": (0, 100),
}
_TOOL_MM, _THICKNESS_MM, _MOST_PASSES, _MOST_TOOLS = (0.01, 1000), (0, 1000), 1_000_000, 100


def _checked(name: str, value: Any) -> Any:
    """Return another limit of a target as the checks take it."""
    if name in _LIMITS:
        can_be_none = name in ("nozzle_mm", "layer_mm")
        if value is None and can_be_none:
            return None
        return arguments.number(name, value, *_LIMITS[name])
    if name == "passes":
        return arguments.whole(name, value, 0, _MOST_PASSES)
    if name == "tools_mm":
        return _lengths(name, value, _TOOL_MM, _MOST_TOOLS)
    if name == "thickness_mm":
        if value is None:
            return None
        low, high = _lengths(name, value, _THICKNESS_MM, 2)
        return low, high
    if name in ("closed", "upright"):
        return arguments.flag(name, value)
    if name == "kind":
        return arguments.choice(name, value, get_args(Kind))
    if name == "materials":
        given = (value,) if isinstance(value, str) else value
        if not isinstance(given, tuple | list) or not given:
            given = (None,)
        return tuple(density(one)[0] for one in given)
    return arguments.text(name, value)


def _lengths(name: str, value: Any, span: tuple[float, float], most: int) -> tuple[float, ...]:
    """Return lengths in mm: as many as there may be, or for a range two."""
    is_list = isinstance(value, tuple | list) or (isinstance(value, np.ndarray) and value.ndim == 1)
    given = tuple(value) if is_list else (value,)
    exact = name == "thickness_mm"
    if len(given) > most or (exact and len(given) != most):
        raise ReliefError(
            f"{name} is {arguments.shown(value)}.",
            "Give the least and the greatest, such as (0.8, 4.0)."
            if exact
            else f"Give up to {most} diameters in mm, such as (6.0, 3.175).",
        )
    return tuple(arguments.number(name, one, *span) for one in given)


def density(material: str) -> tuple[str, float]:
    """Return a material's name as it is written, and its density in g/cm³.

    Raises
    ------
    ReliefError
        The material is unknown.
    """
    wanted = material.casefold() if isinstance(material, str) else ""
    for name, value in DENSITIES.items():
        if name.casefold() == wanted:
            return name, value
    told = f"The density of {arguments.shown(material)} is not known."
    raise _unknown(told, wanted, "Known", DENSITIES)


def _unknown(message: str, name: str, what: str, known: Iterable[str]) -> ReliefError:
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"Did you mean {near[0]!r}?" if near else f"{what} are {', '.join(known)}."
    return ReliefError(message, hint)
