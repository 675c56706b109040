"""What people make of a photo: settings that practice has settled on, and the object they suit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

from relief_widget import arguments
from relief_widget.errors import ReliefError
from relief_widget.settings import check_names, checked, controls, default
from relief_widget.settings.objects import FLOOR_MM

PresetSource: TypeAlias = Literal["builtin", "layers", "lithophane"]
PresetStyle: TypeAlias = Literal["detailed", "organic"]

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Preset(Mapping[str, Any]):
    """A thing to make: a mapping of the settings that shape its relief, and all else it needs.

    As a mapping it has every height and body setting, so that going from one preset to another
    leaves nothing of the first behind; `object` likewise has every setting of finished objects.
    ``Relief.replace(**preset)`` changes the relief alone; `made` gives the settings of both.

    Attributes
    ----------
    name
        What scripts and the command line call it.
    label, reason
        Texts: its name for people, and what comes out and why.
    style
        Depth style.
    settings
        Height and body settings by name.
    source
        Where the heights come from: ``"builtin"`` estimates the shape (flat art goes to layers),
        ``"layers"`` gives each colour a level, ``"lithophane"`` makes brightness thickness.
    options
        Options of the source, as `Layers` takes them; empty for its usual ones.
    tones
        For a lithophane ``min_mm``, ``max_mm`` and ``attenuation_per_mm``, as
        `Relief.lithophane` takes them; otherwise empty.
    object
        Every setting of finished objects by name.
    without_subject
        What replaces entries of `object` where a photo has no clear subject.
    target
        Process for which it is checked, a name in the preflight's targets.
    format
        Suffix of the file that it is made for.
    also
        Suffixes of further files that go with it.
    least_mm
        Least length in mm of the shorter side, below which object and frame would not fit.
    """

    name: str
    label: str
    reason: str
    style: PresetStyle
    settings: Mapping[str, Any]
    source: PresetSource = "builtin"
    options: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    tones: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    object: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    without_subject: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    target: str = "fdm"
    format: str = ".stl"
    also: tuple[str, ...] = ()
    least_mm: float = 0.0

    def __getitem__(self, name: str) -> Any:
        return self.settings[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.settings)

    def __len__(self) -> int:
        return len(self.settings)

    def made(self, has_subject: bool = True, aspect: float = 1.0, **changes: Any) -> dict[str, Any]:
        """Return all settings, of shape, body and object, for a photo.

        Parameters
        ----------
        has_subject
            Whether a subject was found in the photo, or given.
        aspect
            Width of the photo divided by its height. A very long photo gets a larger size, so that
            its shorter side is `least_mm`.
        **changes
            Settings that are wanted otherwise. The base gets thick enough for what is cut into the
            back, unless its thickness is one of them.

        Raises
        ------
        ReliefError
            The aspect is no positive number.
        """
        aspect = arguments.number("aspect", aspect, 1e-6, 1e6)
        found = {**self.settings, **self.object}
        has_subject = arguments.flag("has_subject", has_subject)
        if not has_subject:
            found |= self.without_subject
        # The way around a tube is the photo's width, whatever its height; a circle and a subject
        # have their own shape.
        if found["outline"] in ("rectangle", "rounded"):
            longer = self.least_mm * max(1.0 if found["bend"] == "tube" else aspect, 1 / aspect)
            found["size_mm"] = max(found["size_mm"], float(round(longer)))
        # As the settings take them; what they refuse is refused here.
        found |= {name: checked(name, value) for name, value in changes.items()}
        if "base_thickness" not in changes:
            found["base_thickness"] = max(found["base_thickness"], least_base(found))
        return found

    def note(self, has_subject: bool) -> str:
        """Return what to say of a photo without a clear subject; empty where it does not matter."""
        if has_subject or not self.without_subject:
            return ""
        return (
            f"No clear subject was found, so the {self.label.lower()} takes the whole picture. "
            "Mark the subject in the mask to cut it out."
        )


def least_base(settings: Mapping[str, Any]) -> float:
    """Return the thinnest base, as a share of the size, that all that is cut into the back fits."""
    depths = (
        settings["keyhole_depth_mm"] if settings["keyhole_mm"] else 0.0,
        settings["magnet_depth_mm"] if settings["magnets"] else 0.0,
        settings["back_text_depth_mm"] if settings["back_text"].strip() else 0.0,
    )
    if not any(depths):
        return 0.0
    return float(max(depths) + FLOOR_MM) / float(settings["size_mm"])


class Presets(Mapping[str, Preset]):
    """Presets by name; an unknown name is a `ReliefError` that lists them.

    Former names of a preset find it, and are not listed.
    """

    def __init__(self, *items: Preset, former: Mapping[str, str] = _NOTHING) -> None:
        self._items = {item.name: item for item in items}
        self._former = dict(former)

    def __getitem__(self, name: str) -> Preset:
        if name not in self:
            raise ReliefError(
                f"There is no preset named {arguments.shown(name)}.",
                f"Presets are {', '.join(self._items)}.",
            )
        return self._items[self._former.get(name, name)]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and (name in self._items or name in self._former)

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)


_SHAPING = {
    name: default(name)
    for name, control in controls().items()
    if control.kind in ("height", "body")
}
_OBJECT = {name: default(name) for name, control in controls().items() if control.kind == "object"}
_TONES = MappingProxyType({"min_mm": 0.8, "max_mm": 3.0, "attenuation_per_mm": 0.9})


def _preset(
    name: str,
    label: str,
    reason: str,
    *,
    style: PresetStyle = "detailed",
    source: PresetSource = "builtin",
    options: Mapping[str, Any] = _NOTHING,
    without_subject: Mapping[str, Any] = _NOTHING,
    target: str = "fdm",
    suffix: str = ".stl",
    also: tuple[str, ...] = (),
    least_mm: float = 0.0,
    **settings: Any,
) -> Preset:
    check_names(settings)
    object_settings = {name: value for name, value in settings.items() if name in _OBJECT}
    shaping = {name: value for name, value in settings.items() if name not in _OBJECT}
    return Preset(
        name=name,
        label=label,
        reason=reason,
        style=style,
        settings=MappingProxyType(_SHAPING | shaping),
        source=source,
        options=MappingProxyType(dict(options)),
        tones=_TONES if source == "lithophane" else _NOTHING,
        object=MappingProxyType(_OBJECT | object_settings),
        without_subject=MappingProxyType(dict(without_subject)),
        target=target,
        format=suffix,
        also=also,
        least_mm=least_mm,
    )


presets = Presets(
    _preset(
        "plaque",
        "Plaque",
        "A framed picture for the wall. The frame stands above the relief and guards it; a keyhole "
        "in the back takes the screw and cannot be seen from the front.",
        size_mm=150.0,
        noise_reduction=10.0,
        smoothing=2.0,
        surface_smoothing=2,
        enhance_details=0.2,
        depth_intensity=0.04,
        base_thickness=0.035,
        mesh_quality=768,
        outline="rounded",
        corner_mm=8.0,
        frame_mm=6.0,
        frame_height_mm=1.0,
        frame_from="relief",
        frame_chamfer_mm=0.6,
        keyhole_mm=8.0,
        keyhole_depth_mm=4.0,
        least_mm=30.0,
    ),
    _preset(
        "portrait",
        "Portrait",
        "A face in calm, rounded forms: pores and film grain would look like damage, so they are "
        "smoothed away, and eyes and mouth are brought back.",
        style="organic",
        size_mm=120.0,
        noise_reduction=20.0,
        smoothing=5.0,
        enhance_details=0.6,
        depth_intensity=0.06,
        base_thickness=0.025,
    ),
    _preset(
        "pet",
        "Pet",
        "An animal with its fur: less smoothing than a face gets, so that the coat keeps its "
        "strokes, and enough to take the speckle out.",
        style="organic",
        size_mm=100.0,
        compression=0.85,
        noise_reduction=12.0,
        smoothing=2.0,
        enhance_details=0.8,
        depth_intensity=0.09,
        base_thickness=0.03,
    ),
    _preset(
        "coin",
        "Coin",
        "A round coin of 40 mm. Struck relief is shallow, with everything in one low band, and the "
        "rim stands above it.",
        style="organic",
        size_mm=40.0,
        compression=1.0,
        enhance_details=0.3,
        noise_reduction=10.0,
        depth_intensity=0.04,
        base_thickness=0.05,
        outline="circle",
        frame_mm=2.0,
        frame_height_mm=0.2,
        frame_from="relief",
        frame_chamfer_mm=0.2,
    ),
    _preset(
        "medal",
        "Medal",
        "A round medal of 50 mm with a rim, and a loop on top for a ribbon or chain.",
        style="organic",
        size_mm=50.0,
        compression=1.0,
        enhance_details=0.3,
        noise_reduction=10.0,
        depth_intensity=0.04,
        base_thickness=0.05,
        outline="circle",
        frame_mm=2.0,
        frame_height_mm=0.2,
        frame_from="relief",
        frame_chamfer_mm=0.2,
        keyring_mm=4.0,
    ),
    _preset(
        "keyring",
        "Keyring",
        "Cut out around the subject, with a hole of 4 mm for a split ring; low and thick enough to "
        "live in a pocket.",
        style="organic",
        size_mm=50.0,
        compression=0.9,
        enhance_details=0.3,
        noise_reduction=10.0,
        smoothing=1.0,
        depth_intensity=0.04,
        base_thickness=0.06,
        outline="subject",
        margin_mm=1.5,
        keyring_mm=4.0,
        without_subject={"outline": "rounded"},
        suffix=".3mf",
        least_mm=10.0,
    ),
    _preset(
        "magnet",
        "Fridge magnet",
        "Cut out around the subject, with a pocket in the back to glue in a magnet of 10 × 2 mm.",
        style="organic",
        size_mm=60.0,
        compression=0.9,
        enhance_details=0.3,
        noise_reduction=10.0,
        smoothing=1.0,
        depth_intensity=0.05,
        base_thickness=0.06,
        outline="subject",
        margin_mm=1.5,
        magnets=1,
        magnet_diameter_mm=10.2,
        magnet_depth_mm=2.2,
        without_subject={"outline": "rounded"},
        suffix=".3mf",
        least_mm=16.0,
    ),
    _preset(
        "lithophane",
        "Lithophane",
        "A flat picture that shows when light falls through it: dark places are thick. Print it "
        "upright, in white.",
        source="lithophane",
        size_mm=120.0,
        target="lithophane",
    ),
    _preset(
        "litho_arc",
        "Curved lithophane",
        "A lithophane bent to a third of a circle: it stands by itself before a lamp.",
        source="lithophane",
        size_mm=120.0,
        bend="arc",
        arc_degrees=120.0,
        target="lithophane",
    ),
    _preset(
        "litho_tube",
        "Lithophane lampshade",
        "A lithophane closed to a tube that stands around a lamp; left and right of the picture "
        "meet at the back.",
        source="lithophane",
        size_mm=180.0,
        bend="tube",
        target="lithophane",
        least_mm=120.0,
    ),
    _preset(
        "night_light",
        "Night light",
        "A curved lithophane on a foot, with a hole of 40 mm behind it for an LED candle or a "
        "lamp holder.",
        source="lithophane",
        size_mm=120.0,
        bend="arc",
        arc_degrees=120.0,
        foot_mm=6.0,
        lamp_mm=40.0,
        target="lithophane",
    ),
    _preset(
        "stamp",
        "Stamp",
        "What is drawn stands up and is mirrored, so that the print reads right; shoulders hold "
        "thin strokes, and the back is flat for a handle.",
        source="layers",
        options={"high": "ink"},
        size_mm=40.0,
        mirror=True,
        compression=0.0,
        surface_smoothing=0,
        depth_intensity=0.04,
        base_thickness=0.075,
        mesh_quality=1024,
        crisp_walls=True,
        shoulder_degrees=20.0,
        target="resin",
    ),
    _preset(
        "mould",
        "Mould",
        "A box to cast plaster, soap or chocolate in: smooth forms and leaning walls, so that the "
        "cast comes out, and a rim that holds what is poured too much.",
        style="organic",
        noise_reduction=15.0,
        smoothing=3.0,
        surface_smoothing=3,
        depth_intensity=0.06,
        base_thickness=0.08,
        mould_box=True,
        draft_degrees=5.0,
        wall_mm=4.0,
        pour_rim_mm=3.0,
    ),
    _preset(
        "cnc_panel",
        "CNC panel",
        "The surface alone, without a back, as carving programs take it; speckle would cost hours "
        "of ball-nose work, and steeper slopes the cutter could not follow.",
        size_mm=300.0,
        mode="planar",
        noise_reduction=15.0,
        smoothing=3.0,
        surface_smoothing=3,
        depth_intensity=0.04,
        mesh_quality=1024,
        target="cnc",
        also=(".height.png",),
    ),
    _preset(
        "laser",
        "Laser engraving",
        "A picture of heights in 65536 steps for 3D engraving: depth comes in fractions of a "
        "millimetre and detail is free, so nothing is smoothed away.",
        size_mm=100.0,
        mode="planar",
        enhance_details=0.5,
        surface_smoothing=0,
        depth_intensity=0.02,
        mesh_quality=1024,
        target="laser",
        suffix=".height.png",
    ),
    _preset(
        "logo_sign",
        "Logo sign",
        "A level for each colour, with upright walls: letters live from crisp edges. Low, so that "
        "thin strokes do not break off.",
        source="layers",
        options={"levels": 12},
        size_mm=150.0,
        compression=0.0,
        surface_smoothing=0,
        depth_intensity=0.03,
        base_thickness=0.02,
        mesh_quality=1024,
        outline="rounded",
        corner_mm=5.0,
        crisp_walls=True,
        suffix=".3mf",
    ),
    _preset(
        "large_print",
        "Large print",
        "A quarter of a metre in tiles for a common printer's bed, with holes for pins of "
        "filament; twice the detail, since facets show at this size.",
        size_mm=250.0,
        mesh_quality=1024,
        noise_reduction=10.0,
        smoothing=2.0,
        depth_intensity=0.06,
        base_thickness=0.02,
        bed_x_mm=220.0,
        bed_y_mm=220.0,
        pin_mm=1.85,
        suffix=".stl.zip",
    ),
    former={"wall_art": "plaque", "logo_text": "logo_sign", "cnc": "cnc_panel"},
)


def preset_of(preset: str | Preset) -> Preset:
    """Return a preset by its name, or the preset that it is.

    Raises
    ------
    ReliefError
        There is none of that name.
    """
    return preset if isinstance(preset, Preset) else presets[preset]
