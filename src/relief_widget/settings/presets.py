"""Settings that the field's practice has settled on, by the job they are for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from relief_widget.errors import ReliefError
from relief_widget.settings import check_names, controls, default


@dataclass(frozen=True)
class Preset(Mapping[str, Any]):
    """A mapping of settings, with the depth style that suits them.

    A preset sets everything that shapes the relief, so that going from one preset to another leaves
    nothing of the first behind; the size only where the job is about size. What is made of the
    relief, such as its outline, holes and text, stays.

    Attributes
    ----------
    name, label, reason
        Texts; `reason` says why the values are what they are.
    style
        Depth style, ``"detailed"`` or ``"organic"``, used by ``Relief.from_photo(preset=…)``.
    settings
        Values by setting name.
    """

    name: str
    label: str
    style: Literal["detailed", "organic"]
    reason: str
    settings: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.settings[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.settings)

    def __len__(self) -> int:
        return len(self.settings)


class Presets(Mapping[str, Preset]):
    """Presets by name; an unknown name is a `ReliefError` that lists them."""

    def __init__(self, *items: Preset) -> None:
        self._items = {item.name: item for item in items}

    def __getitem__(self, name: str) -> Preset:
        if name not in self._items:
            raise ReliefError(
                f"There is no preset named {name!r}.", f"Presets are {', '.join(self._items)}."
            )
        return self._items[name]

    def __contains__(self, name: object) -> bool:
        return name in self._items

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)


_SHAPING = {
    name: default(name)
    for name, control in controls().items()
    if control.kind in ("height", "body") and name != "size_mm"
}


def _preset(
    name: str, label: str, style: Literal["detailed", "organic"], reason: str, **settings: Any
) -> Preset:
    check_names(settings)
    return Preset(name, label, style, reason, _SHAPING | settings)


presets = Presets(
    _preset(
        "portrait",
        "Portrait",
        "organic",
        "Skin wants calm, rounded forms: pores and film grain read as damage at this scale, so "
        "noise reduction 20-30 and smoothing 5-10; then eyes and mouth are brought back by detail, "
        "and 6 % height keeps cheeks from casting cliffs.",
        noise_reduction=20.0,
        smoothing=5.0,
        enhance_details=0.6,
        depth_intensity=0.06,
    ),
    _preset(
        "logo_text",
        "Logo or text",
        "detailed",
        "Letters live from crisp edges: no blur, details up; little compression, since flat steps "
        "are the form here; low height, so that thin strokes do not break off.",
        enhance_details=0.4,
        compression=0.3,
        surface_smoothing=0,
        depth_intensity=0.03,
        mesh_quality=768,
    ),
    _preset(
        "large_print",
        "Large print",
        "detailed",
        "Above 15 cm facets of a 512 grid show, hence 1024 vertices; a little smoothing, because "
        "every grain of the photo is printed larger too.",
        size_mm=250.0,
        mesh_quality=1024,
        noise_reduction=10.0,
        smoothing=2.0,
        depth_intensity=0.06,
        base_thickness=0.02,
    ),
    _preset(
        "cnc",
        "CNC carving",
        "detailed",
        "CAM programs want the surface alone; speckle costs hours of ball-nose work, and slopes "
        "that the cutter cannot follow are wasted.",
        mode="planar",
        noise_reduction=15.0,
        smoothing=2.0,
        surface_smoothing=3,
        depth_intensity=0.05,
        mesh_quality=1024,
    ),
    _preset(
        "laser",
        "Laser engraving",
        "detailed",
        "Depth comes in fractions of a millimetre and detail is free: all the detail, little "
        "height, no smoothing of the surface.",
        mode="planar",
        enhance_details=0.5,
        surface_smoothing=0,
        depth_intensity=0.02,
        mesh_quality=1024,
    ),
    _preset(
        "mould",
        "Mould",
        "organic",
        "Recessed and mirrored, so that the cast reads the right way round; smooth, so that it "
        "comes out; a plate thick enough to carry the cavity.",
        invert=True,
        noise_reduction=15.0,
        smoothing=3.0,
        surface_smoothing=3,
        depth_intensity=0.06,
        base_thickness=0.08,
    ),
    _preset(
        "coin",
        "Coin",
        "detailed",
        "Struck relief is shallow, with everything in one low band: full compression, 4 % of the "
        "diameter, details up so that they survive at 40 mm.",
        size_mm=40.0,
        compression=1.0,
        enhance_details=0.3,
        noise_reduction=10.0,
        depth_intensity=0.04,
        base_thickness=0.05,
    ),
    _preset(
        "wall_art",
        "Wall art",
        "organic",
        "Seen from metres away under slanting light: large soft forms, more height, a thin plate "
        "to save weight.",
        size_mm=300.0,
        noise_reduction=15.0,
        smoothing=3.0,
        surface_smoothing=2,
        depth_intensity=0.1,
        base_thickness=0.02,
        mesh_quality=1024,
    ),
)
