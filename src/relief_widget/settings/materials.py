"""The looks of the preview, as data for three.js and pythreejs alike."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

from relief_widget.errors import ReliefError
from relief_widget.settings import MATERIALS

Pattern: TypeAlias = Literal[
    "plain", "layers", "brushed", "aged", "patina", "marble", "clay", "wood"
]


@dataclass(frozen=True, kw_only=True)
class Material:
    """How a material looks; plain values of the metal-roughness model of physically based shading.

    Attributes
    ----------
    label
        Text for people.
    colour, second_colour
        sRGB, ``"#rrggbb"``. The second one is what the pattern mixes in.
    roughness, metalness, clearcoat, clearcoat_roughness
        Of 0 to 1, as in glTF 2.0 and its KHR_materials_clearcoat.
    pattern
        How both colours and the surface's fine structure are laid out.
    pattern_strength
        Of 0 to 1.
    translucent
        Whether it is lit from behind, through its thickness.
    """

    label: str
    colour: str
    second_colour: str
    roughness: float
    metalness: float = 0.0
    clearcoat: float = 0.0
    clearcoat_roughness: float = 0.1
    pattern: Pattern = "plain"
    pattern_strength: float = 0.0
    translucent: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as plain values, as they go to the browser."""
        return dataclasses.asdict(self)


_MATERIALS = {
    "matte_white_pla": Material(
        label="Matte White PLA",
        colour="#f1efe9",
        second_colour="#d9d6ce",
        roughness=0.62,
        pattern="layers",
        pattern_strength=0.35,
    ),
    "matte_black_pla": Material(
        label="Matte Black PLA",
        colour="#303136",
        second_colour="#1d1e22",
        roughness=0.46,
        pattern="layers",
        pattern_strength=0.45,
    ),
    "silk_gold_pla": Material(
        label="Silk Gold PLA",
        colour="#edbb55",
        second_colour="#b57a1c",
        roughness=0.34,
        metalness=0.55,
        clearcoat=0.5,
        clearcoat_roughness=0.3,
        pattern="layers",
        pattern_strength=0.6,
    ),
    "metallic_bronze": Material(
        label="Metallic Bronze",
        colour="#cf9460",
        second_colour="#4a2c18",
        roughness=0.36,
        metalness=1.0,
        pattern="aged",
        pattern_strength=0.85,
    ),
    "brushed_steel": Material(
        label="Brushed Steel",
        colour="#c3c8ce",
        second_colour="#8d949c",
        roughness=0.32,
        metalness=1.0,
        pattern="brushed",
        pattern_strength=0.8,
    ),
    "copper_patina": Material(
        label="Copper Patina",
        colour="#a8674a",
        second_colour="#7fb5a2",
        roughness=0.42,
        metalness=0.9,
        pattern="patina",
        pattern_strength=0.9,
    ),
    "glossy_resin": Material(
        label="Glossy Resin",
        colour="#2f6fb5",
        second_colour="#1d4f8c",
        roughness=0.28,
        clearcoat=1.0,
        clearcoat_roughness=0.05,
    ),
    "translucent_resin": Material(
        label="Translucent Resin",
        colour="#ffe9c9",
        second_colour="#b5763a",
        roughness=0.35,
        clearcoat=0.4,
        translucent=True,
    ),
    "ceramic": Material(
        label="Ceramic",
        colour="#e9eef0",
        second_colour="#5f8fb0",
        roughness=0.4,
        clearcoat=1.0,
        clearcoat_roughness=0.08,
        pattern="aged",
        pattern_strength=0.55,
    ),
    "marble": Material(
        label="Marble",
        colour="#ece9e4",
        second_colour="#7c7f86",
        roughness=0.38,
        clearcoat=0.35,
        clearcoat_roughness=0.25,
        pattern="marble",
        pattern_strength=0.75,
    ),
    "terracotta": Material(
        label="Terracotta",
        colour="#c0623c",
        second_colour="#8a3f26",
        roughness=0.92,
        pattern="clay",
        pattern_strength=0.7,
    ),
    "carved_walnut": Material(
        label="Carved Walnut",
        colour="#96613a",
        second_colour="#4a2a17",
        roughness=0.55,
        clearcoat=0.2,
        clearcoat_roughness=0.4,
        pattern="wood",
        pattern_strength=0.9,
    ),
}

materials: Mapping[str, Material] = MappingProxyType({name: _MATERIALS[name] for name in MATERIALS})
"""Every `Material` by name, in the interface's order."""


def material(name: str) -> Material:
    """Return the material `name`.

    Raises
    ------
    ReliefError
        There is none of that name; the message lists those that there are.
    """
    if name not in materials:
        raise ReliefError(
            f"There is no material named {name!r}.", f"Materials are {', '.join(materials)}."
        )
    return materials[name]
