"""The settings of finished objects: outline, frame, holes, lettering, bending, tiles and mould.

With all of them at their defaults a part stays the plain rectangle that it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from relief_widget.settings.control import control

Outline: TypeAlias = Literal["rectangle", "rounded", "circle", "oval", "polygon", "subject"]
Bend: TypeAlias = Literal["flat", "arc", "tube"]
FrameFrom: TypeAlias = Literal["base", "relief"]

FLOOR_MM = 0.6
"""Least material before a pocket or an engraving in the back: three layers of 0.2 mm."""


def _object(default: Any, *, mode: str | None = "solid", **metadata: Any) -> Any:
    return control(default, kind="object", mode=mode, **{"group": "Object", **metadata})


def _length(default: float, span: tuple[float, float, float], **metadata: Any) -> Any:
    return _object(default, span=span, unit="mm", **metadata)


@dataclass(frozen=True, kw_only=True)
class ObjectSettings:
    """What is cut from the plain part and added to it; the base of `ReliefSettings`."""

    outline: Outline = _object(
        "rectangle",
        label="Outline",
        help="Shape of the part. Circle is a coin and lies on the subject, oval fills the photo, "
        "subject follows the subject mask or the photo's transparency. The longer side stays the "
        "part's size.",
        choices=("rectangle", "rounded", "circle", "oval", "polygon", "subject"),
        mode=None,
    )
    corner_mm: float = _length(
        5.0,
        (0.5, 500.0, 0.5),
        label="Corner radius",
        help="Radius of the rounded corners, at most half the shorter side.",
        needs=("outline", ("rounded",)),
        mode=None,
    )
    polygon_sides: int = _object(
        6,
        label="Polygon sides",
        help="Number of sides of the regular polygon, which stands on one of them.",
        span=(3, 12, 1),
        unit="sides",
        needs=("outline", ("polygon",)),
        mode=None,
    )
    margin_mm: float = _length(
        1.0,
        (0.0, 50.0, 0.5),
        label="Margin",
        help="How much of the surroundings is left around the subject.",
        needs=("outline", ("subject",)),
        mode=None,
    )
    frame_mm: float = _length(
        0.0,
        (0.0, 200.0, 0.5),
        label="Frame",
        help="Width of a raised border along the outline, within the part's size. 0 is none.",
        group="Size",
    )
    frame_height_mm: float = _length(
        3.0,
        (0.0, 100.0, 0.5),
        label="Frame height",
        help="Height of the frame above the place that it is measured from.",
        group="Size",
        needs=("frame_mm", None),
    )
    frame_from: FrameFrom = _object(
        "base",
        label="Frame measured from",
        help="Base: where the relief begins. Relief: where it is highest, so that the frame stands "
        "above all of it.",
        choices=("base", "relief"),
        needs=("frame_mm", None),
    )
    frame_chamfer_mm: float = _length(
        0.0,
        (0.0, 20.0, 0.1),
        label="Frame chamfer",
        help="Slope at 45° along both edges of the frame. 0 is none.",
        group="Size",
        needs=("frame_mm", None),
    )
    hanging_hole_mm: float = _length(
        0.0,
        (0.0, 30.0, 0.5),
        label="Hanging hole",
        help="Diameter of a hole through the part near its top; 4 fits a nail or a cord. 0 is "
        "none.",
    )
    keyhole_mm: float = _length(
        0.0,
        (0.0, 30.0, 0.5),
        label="Keyhole",
        help="Width of a keyhole in the back, near the top, that a screw's head goes into; the "
        "front stays closed. 8 fits a common screw. 0 is none.",
    )
    keyhole_depth_mm: float = _length(
        4.0,
        (2.0, 30.0, 0.5),
        label="Keyhole depth",
        help="How far the keyhole reaches into the part: the lip that hangs on the screw, and the "
        "room for its head.",
        needs=("keyhole_mm", None),
    )
    keyring_mm: float = _length(
        0.0,
        (0.0, 30.0, 0.5),
        label="Keyring",
        help="Diameter of the hole in a tab on top, beyond the part's size; 4 fits a split ring. "
        "0 is none.",
    )
    magnets: int = _object(
        0,
        label="Magnets",
        help="Pockets for round magnets in the back, evenly placed near the edge. 0 is none.",
        span=(0, 8, 1),
        unit="pockets",
    )
    magnet_diameter_mm: float = _length(
        8.2,
        (1.0, 60.0, 0.1),
        label="Magnet diameter",
        help="Diameter of a pocket: that of the magnet and 0.2 mm of play.",
        needs=("magnets", None),
    )
    magnet_depth_mm: float = _length(
        2.2,
        (0.3, 30.0, 0.1),
        label="Magnet depth",
        help="Depth of a pocket: the thickness of the magnet and 0.2 mm of glue.",
        needs=("magnets", None),
    )
    back_text: str = _object(
        "",
        label="Text on the back",
        help="Engraved in the back, to be read from behind.",
        longest=500,
    )
    back_text_mm: float = _length(
        8.0,
        (2.0, 200.0, 0.5),
        label="Text size",
        help="Height of the capitals; less where the text would not fit the back.",
        needs=("back_text", None),
    )
    back_text_depth_mm: float = _length(
        0.6,
        (0.2, 5.0, 0.1),
        label="Text depth",
        help="Depth of the engraving.",
        needs=("back_text", None),
    )
    bend: Bend = _object(
        "flat",
        label="Bend",
        help="Bends the part about a vertical axis, relief outwards: an arc, or a closed tube. "
        "The part's width becomes the length of its outside along the curve.",
        choices=("flat", "arc", "tube"),
    )
    arc_degrees: float = _object(
        120.0,
        label="Arc",
        help="How far the part reaches around the axis.",
        span=(5.0, 350.0, 5.0),
        unit="°",
        needs=("bend", ("arc",)),
    )
    foot_mm: float = _length(
        0.0,
        (0.0, 100.0, 0.5),
        label="Foot",
        help="Height of a plate under an arc, which it stands on. 0 is none.",
        needs=("bend", ("arc",)),
    )
    lamp_mm: float = _length(
        40.0,
        (0.0, 200.0, 0.5),
        label="Lamp hole",
        help="Diameter of a hole through the foot, behind the arc; 40 takes an LED candle. 0 is "
        "none.",
        needs=("foot_mm", None),
    )
    bed_x_mm: float = _length(
        0.0,
        (0.0, 2000.0, 5.0),
        label="Bed width",
        help="Splits a wider part into tiles that fit the printer's bed. 0 does not split.",
    )
    bed_y_mm: float = _length(
        0.0,
        (0.0, 2000.0, 5.0),
        label="Bed depth",
        help="Splits a higher part into tiles that fit the printer's bed. 0 does not split.",
    )
    pin_mm: float = _length(
        0.0,
        (0.0, 20.0, 0.05),
        label="Pin holes",
        help="Diameter of the holes for pins that join the tiles; 1.85 fits a piece of filament. "
        "0 is none.",
    )
    mould_box: bool = _object(
        False,
        label="Mould box",
        help="Makes the box to cast the part in instead of the part: fill it to the ledge.",
    )
    draft_degrees: float = _object(
        3.0,
        label="Draft",
        help="Slope of the mould's walls, so that the cast comes out.",
        span=(0.0, 20.0, 0.5),
        unit="°",
        needs=("mould_box", None),
    )
    wall_mm: float = _length(
        4.0,
        (0.8, 50.0, 0.2),
        label="Mould wall",
        help="Thickness of the mould's walls and of its floor at the deepest place.",
        needs=("mould_box", None),
    )
    pour_rim_mm: float = _length(
        3.0,
        (0.0, 50.0, 0.5),
        label="Pour rim",
        help="Width of the ledge around the opening and height of the rim that holds what is "
        "poured too much. 0 is none.",
        needs=("mould_box", None),
    )
    crisp_walls: bool = _object(
        False,
        label="Crisp walls",
        help="Gives flat levels, as those of a logo, upright walls along smooth outlines.",
    )
    shoulder_degrees: float = _object(
        0.0,
        label="Shoulders",
        help="Slope that widens every stroke towards the base, from the vertical, so that thin "
        "ones do not bend or break off. 0 is none.",
        span=(0.0, 60.0, 1.0),
        unit="°",
        needs=("crisp_walls", None),
    )
