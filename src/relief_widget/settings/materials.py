"""The looks of the preview, as data for three.js and pythreejs alike."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

from relief_widget.arguments import shown
from relief_widget.errors import ReliefError

Pattern: TypeAlias = Literal[
    "plain", "layers", "brushed", "aged", "patina", "marble", "clay", "wood"
]


@dataclass(frozen=True)
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


materials: Mapping[str, Material] = MappingProxyType(
    {
        "matte_white_pla": Material(
            "Matte White PLA", "#f1efe9", "#d9d6ce", 0.62, pattern="layers", pattern_strength=0.35
        ),
        "matte_black_pla": Material(
            "Matte Black PLA", "#303136", "#1d1e22", 0.46, pattern="layers", pattern_strength=0.45
        ),
        "silk_gold_pla": Material(
            "Silk Gold PLA",
            "#edbb55",
            "#b57a1c",
            0.34,
            metalness=0.55,
            clearcoat=0.5,
            clearcoat_roughness=0.3,
            pattern="layers",
            pattern_strength=0.6,
        ),
        "metallic_bronze": Material(
            "Metallic Bronze",
            "#cf9460",
            "#4a2c18",
            0.36,
            metalness=1.0,
            pattern="aged",
            pattern_strength=0.85,
        ),
        "brushed_steel": Material(
            "Brushed Steel",
            "#c3c8ce",
            "#8d949c",
            0.32,
            metalness=1.0,
            pattern="brushed",
            pattern_strength=0.8,
        ),
        "copper_patina": Material(
            "Copper Patina",
            "#a8674a",
            "#7fb5a2",
            0.42,
            metalness=0.9,
            pattern="patina",
            pattern_strength=0.9,
        ),
        "glossy_resin": Material(
            "Glossy Resin", "#2f6fb5", "#1d4f8c", 0.28, clearcoat=1.0, clearcoat_roughness=0.05
        ),
        "translucent_resin": Material(
            "Translucent Resin", "#ffe9c9", "#b5763a", 0.35, clearcoat=0.4, translucent=True
        ),
        "ceramic": Material(
            "Ceramic",
            "#e9eef0",
            "#5f8fb0",
            0.4,
            clearcoat=1.0,
            clearcoat_roughness=0.08,
            pattern="aged",
            pattern_strength=0.55,
        ),
        "marble": Material(
            "Marble",
            "#ece9e4",
            "#7c7f86",
            0.38,
            clearcoat=0.35,
            clearcoat_roughness=0.25,
            pattern="marble",
            pattern_strength=0.75,
        ),
        "terracotta": Material(
            "Terracotta", "#c0623c", "#8a3f26", 0.92, pattern="clay", pattern_strength=0.7
        ),
        "carved_walnut": Material(
            "Carved Walnut",
            "#96613a",
            "#4a2a17",
            0.55,
            clearcoat=0.2,
            clearcoat_roughness=0.4,
            pattern="wood",
            pattern_strength=0.9,
        ),
    }
)
"""Every `Material` by name, in the interface's order."""


def material(name: str) -> Material:
    """Return the material `name`.

    Raises
    ------
    ReliefError
        There is none of that name; the message lists those that there are.
    """
    if not isinstance(name, str) or name not in materials:
        raise ReliefError(
            f"There is no material named {shown(name)}.", f"Materials are {', '.join(materials)}."
        )
    return materials[name]
