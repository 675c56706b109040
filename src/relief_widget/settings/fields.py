"""Everything that can be set on a relief, with the range, unit, label and help of each setting.

The metadata here is the only source: sliders, command-line flags, validation and the documentation
are generated from it.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from relief_widget import arguments
from relief_widget.errors import ReliefError
from relief_widget.settings.control import Control, control
from relief_widget.settings.materials import materials
from relief_widget.settings.objects import ObjectSettings

THINNEST_BASE = 1e-4
"""Share of the longer side: a thinner plate is lost in the rounding of coordinates in files.

A machine needs more, in mm and whatever the part's size, which Check knows: a plate of 0.8 mm under
a part of 100 mm is an ordinary one.
"""

NOTHING = 1e-9
"""A setting that may be 0 and is less than this is 0: dividing by it would leave no numbers."""

Mode: TypeAlias = Literal["solid", "planar"]
Mirror: TypeAlias = Literal["auto"] | bool


@dataclass(frozen=True, kw_only=True)
class ReliefSettings(ObjectSettings):
    """The settings of one relief: a frozen value, changed by `replace`.

    Every field carries its `Control` (see `controls`); the values are checked when the settings are
    made.

    Raises
    ------
    ReliefError
        A value is out of its range, of the wrong type, or not finite.
    """

    mode: Mode = control(
        "solid",
        label="Mode",
        help="Closed, with walls and a back, as printers need it; or the surface alone.",
        group="Part",
        kind="body",
        choices=("solid", "planar"),
        labels=("Solid, with a back", "Surface only, without a back"),
    )
    size_mm: float = control(
        100.0,
        label="Size",
        help="Longer side of the part; the shorter one follows from the photo.",
        group="Size",
        kind="body",
        span=(1.0, 10000.0, 1.0),
        unit="mm",
    )
    depth_intensity: float = control(
        0.1,
        label="Depth intensity",
        help="Height of the relief, as a share of the longer side.",
        group="Depth",
        kind="body",
        span=(0.0, 0.3, 0.005),
        relief_only=True,
    )
    base_thickness: float = control(
        0.05,
        label="Base thickness",
        help="Thickness of the back plate, as a share of the longer side.",
        group="Part",
        kind="body",
        span=(0.01, 0.5, 0.01),
        least=THINNEST_BASE,
        mode="solid",
        relief_only=True,
    )
    depth_cutoff: float = control(
        0.0,
        label="Depth cutoff",
        help="Leaves out the surface below this height, as a share of the relief's height.",
        group="Depth",
        kind="body",
        span=(0.0, 0.95, 0.01),
        mode="planar",
    )
    invert: bool = control(
        False,
        label="Invert",
        help="Raised becomes recessed, for moulds and stamps.",
        group="Part",
        kind="body",
    )
    mirror: Mirror = control(
        "auto",
        label="Mirror",
        help="Left-right flip. Auto: on when inverted, so that a cast reads the right way round.",
        group="Part",
        kind="body",
        choices=("auto", True, False),
    )
    compression: float = control(
        0.7,
        label="Compression",
        help="Lowers outlines and background, as on a coin, so that the height goes to the form. "
        "0 leaves the depth map as it is.",
        group="Depth",
        kind="height",
        stage="compress",
        span=(0.0, 1.0, 0.05),
    )
    subject_height: float = control(
        1.0,
        label="Subject height",
        help="Raises or lowers the subject against its ground: 1 leaves it as it is.",
        group="Depth",
        kind="height",
        stage="balance",
        span=(0.0, 2.0, 0.05),
        unit="×",
    )
    ground_height: float = control(
        1.0,
        label="Ground height",
        help="Flattens or raises what lies around the subject: 0 makes it level, 1 leaves it.",
        group="Depth",
        kind="height",
        stage="balance",
        span=(0.0, 2.0, 0.05),
        unit="×",
    )
    noise_reduction: float = control(
        0.0,
        label="Noise reduction",
        help="Removes speckle and keeps edges.",
        group="Clean-up",
        kind="height",
        stage="denoise",
        span=(0.0, 50.0, 1.0),
    )
    smoothing: float = control(
        0.0,
        label="Smoothing",
        help="Softens everything, edges too, in pixels of a picture 1024 pixels long.",
        group="Clean-up",
        kind="height",
        stage="smooth",
        span=(0.0, 20.0, 0.5),
        unit="px",
    )
    enhance_details: float = control(
        0.0,
        label="Enhance details",
        help="Brings out fine structure, such as hair and cloth.",
        group="Clean-up",
        kind="height",
        stage="enhance",
        span=(0.0, 1.0, 0.05),
    )
    mesh_quality: int = control(
        512,
        label="Mesh quality",
        help="How fine the surface is: points along the longer side. More of them show more "
        "detail, and make a larger file.",
        group="Quality",
        kind="height",
        stage="resample",
        span=(128, 1024, 64),
        unit="points",
    )
    surface_smoothing: int = control(
        1,
        label="Surface smoothing",
        help="Evens out the finished surface, pass by pass. 0 is off.",
        group="Quality",
        kind="height",
        stage="smooth_surface",
        span=(0, 10, 1),
        unit="passes",
    )
    show_texture: bool = control(
        False,
        label="Show texture",
        help="Lays the photo over the surface, in the preview.",
        group="Display",
        kind="display",
    )
    material: str = control(
        "matte_white_pla",
        label="Material",
        help="How the preview looks; the file stays the same.",
        group="Display",
        kind="display",
        choices=tuple(materials),
        labels=tuple(item.label for item in materials.values()),
    )

    def __post_init__(self) -> None:
        for name in controls():
            object.__setattr__(self, name, checked(name, getattr(self, name)))

    def replace(self, **changes: Any) -> ReliefSettings:
        """Return a copy with `changes`.

        Raises
        ------
        ReliefError
            A name is not a setting, or a value is out of its range.
        """
        check_names(changes)
        return dataclasses.replace(self, **changes)

    @property
    def mirrored(self) -> bool:
        """Whether the part is flipped left to right; ``mirror="auto"`` follows `invert`."""
        return self.invert if self.mirror == "auto" else bool(self.mirror)


_FIELDS = {field.name: field for field in dataclasses.fields(ReliefSettings)}
# The plain part first: a base class's fields come before its own.
_CONTROLS: Mapping[str, Control] = dict(
    sorted(
        ((name, field.metadata["control"]) for name, field in _FIELDS.items() if field.metadata),
        key=lambda item: item[1].kind == "object",
    )
)


def controls() -> Mapping[str, Control]:
    """Return the `Control` of every setting that has one, by name, in the interface's order."""
    return _CONTROLS


def default(name: str) -> Any:
    """Return the default value of the setting `name`.

    Raises
    ------
    ReliefError
        There is no such setting.
    """
    check_names((name,))
    return _FIELDS[name].default


def check_names(names: Iterable[str]) -> None:
    """Refuse names that are not settings, with the nearest one that is.

    Raises
    ------
    ReliefError
        For the first unknown name.
    """
    for name in names:
        if not isinstance(name, str):
            raise ReliefError(
                f"{arguments.shown(name)} is no name of a setting.", "Give its name in quotes."
            )
        if name not in _FIELDS:
            near = difflib.get_close_matches(name, _FIELDS, n=1)
            raise ReliefError(
                f"There is no setting named {arguments.shown(name)}.",
                f"Did you mean {near[0]!r}?" if near else f"Settings are {', '.join(_FIELDS)}.",
            )


def checked(name: str, value: Any) -> Any:
    """Return `value` as the setting `name` takes it.

    A slider's range is where it makes sense to look. What is typed or scripted is limited by what
    can be built, which is more for `base_thickness`; see `Control.buildable`. What is less than
    `NOTHING` is 0.

    Raises
    ------
    ReliefError
        There is no such setting; or it is out of its range, of the wrong type, or not finite.
    """
    check_names((name,))
    known, kind = _CONTROLS[name], type(default(name))
    if known.choices:
        return arguments.choice(name, value, known.choices)
    if kind is bool:
        return arguments.flag(name, value)
    if kind is str:
        return _checked_text(name, known, value)
    least, most = known.buildable
    span = f"{known.low:g} to {known.high:g} {known.unit}".rstrip()
    span = f"Give a number from {span}"
    span += f"; down to {least:g} can be built." if least != known.low else "."
    if kind is int:
        return arguments.whole(name, value, int(least), int(most), hint=span)
    number = arguments.number(name, value, least, most, hint=span)
    # Also -0.0, which a file would have another text for.
    return 0.0 if abs(number) < NOTHING else number


def _checked_text(name: str, known: Control, value: Any) -> str:
    text = arguments.text(name, value)
    if len(text) > known.longest:
        raise ReliefError(
            f"{name} has {len(text)} characters.", f"Give at most {known.longest} characters."
        )
    return text
