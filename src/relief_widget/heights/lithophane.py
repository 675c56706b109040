"""Lithophanes: brightness becomes thickness, so that light from behind shows the photo."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from relief_widget import arguments
from relief_widget.arrays import FloatArray
from relief_widget.errors import ReliefError
from relief_widget.image.colour import encoded

# Wide enough for the sensor of a lux meter.
STEP_MM = 12.0

LEAST_MM, MOST_MM = 0.01, 1000.0
"""What a thickness in mm can be: no plastic lets light through a metre."""

_WEDGE_SPACING_MM = 0.2


@dataclass(frozen=True)
class Stock:
    """How much light a thickness of the material lets through.

    Attributes
    ----------
    thickness_mm, optical_depth
        Ascending thicknesses t in mm, and -ln T(t) at each, linear in between. Two points stand for
        Beer and Lambert's law, T = exp(-µ t); a measured table has more, since real filament
        scatters light (Hamp, Logan and Shaw 2021, Applied Optics 60, 6573).
    """

    thickness_mm: tuple[float, ...]
    optical_depth: tuple[float, ...]

    def depth(
        self, thickness_mm: npt.NDArray[np.floating] | Sequence[float]
    ) -> npt.NDArray[np.float64]:
        """Return -ln T at each thickness, float64."""
        return np.asarray(np.interp(thickness_mm, self.thickness_mm, self.optical_depth))

    def thickness(self, optical_depth: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
        """Return the thickness in mm that has each -ln T, float64."""
        return np.asarray(np.interp(optical_depth, self.optical_depth, self.thickness_mm))


@dataclass(frozen=True)
class Tones:
    """How a photo's brightness becomes thickness.

    Attributes
    ----------
    min_mm, max_mm
        Thickness of white and of black in mm.
    attenuation_per_mm
        µ of T = exp(-µ t), 0.05 to 20 per mm.
    table
        Measured thickness in mm and transmitted light, ascending; instead of `attenuation_per_mm`.

    Raises
    ------
    ReliefError
        A thickness, the attenuation or the table cannot be used.
    """

    min_mm: float = 0.8
    max_mm: float = 3.0
    attenuation_per_mm: float = 0.9
    table: tuple[tuple[float, float], ...] | None = None

    def __post_init__(self) -> None:
        low, high = checked_thickness(self.min_mm, self.max_mm)
        object.__setattr__(self, "min_mm", low)
        object.__setattr__(self, "max_mm", high)
        if self.table is not None:
            object.__setattr__(self, "table", _checked_table(self.table, low, high))
        hint = "Give 0.05 to 20 per mm; white filament is about 0.9, or ln(10) / TD."
        found = arguments.number("attenuation_per_mm", self.attenuation_per_mm, 0.05, 20, hint=hint)
        object.__setattr__(self, "attenuation_per_mm", found)

    @property
    def thickness_mm(self) -> tuple[float, float]:
        """Least and greatest thickness in mm."""
        return self.min_mm, self.max_mm

    @cached_property
    def stock(self) -> Stock:
        """The material."""
        if self.table is not None:
            thicknesses, light = zip(*self.table, strict=True)
            return Stock(thicknesses, tuple((-np.log(light)).tolist()))
        return Stock(
            self.thickness_mm, tuple(self.attenuation_per_mm * t for t in self.thickness_mm)
        )


def checked_thickness(min_mm: float, max_mm: float) -> tuple[float, float]:
    """Return the least and the greatest thickness of a part in mm.

    Raises
    ------
    ReliefError
        They are no numbers above 0, or not in this order.
    """
    hint = "Give two numbers in mm, such as 0.8 and 3.0, the smaller first."
    low = arguments.number("min_mm", min_mm, LEAST_MM, MOST_MM, hint=hint)
    high = arguments.number("max_mm", max_mm, LEAST_MM, MOST_MM, hint=hint)
    if not low < high:
        raise ReliefError(f"The thickness is {low:g} to {high:g} mm.", hint)
    return low, high


def _checked_table(
    table: npt.ArrayLike, min_mm: float, max_mm: float
) -> tuple[tuple[float, float], ...]:
    try:
        rows = np.asarray(table, dtype=np.float64)
    except Exception:  # whatever an object's __array__ raises
        rows = np.empty(0)
    if rows.ndim != 2 or rows.shape[1:] != (2,) or len(rows) < 2 or not np.isfinite(rows).all():
        raise ReliefError(
            "The table of transmissions is not two columns of numbers.",
            "Give at least two rows: thickness in mm, and the light that came through.",
        )
    rows = rows[np.argsort(rows[:, 0])]
    t, light = rows.T
    if (light <= 0).any() or (np.diff(light) >= 0).any() or (np.diff(t) <= 0).any():
        raise ReliefError(
            "The table of transmissions does not get darker with every step of thickness.",
            "Measure again, or leave out the rows that are out of order.",
        )
    if min_mm < t[0] - 1e-9 or max_mm > t[-1] + 1e-9:
        raise ReliefError(
            f"The table covers {t[0]:g} to {t[-1]:g} mm, the lithophane uses {min_mm:g} to "
            f"{max_mm:g} mm.",
            "Choose thicknesses within the table, or measure a wider step wedge.",
        )
    return tuple((float(a), float(b)) for a, b in rows)


def read_table(path: str | Path) -> list[tuple[float, float]]:
    """Read a CSV of thickness in mm and transmitted light; a heading line is passed over.

    Raises
    ------
    ReliefError
        The file cannot be read, or a line is not two numbers.
    """
    path = arguments.path("table", path)
    try:
        lines = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    except (OSError, ValueError, csv.Error):
        raise ReliefError(
            f"The table {path.name} cannot be read.", "Give a CSV file: thickness in mm, light."
        ) from None
    rows = []
    for number, line in enumerate(lines, start=1):
        cells = [cell for cell in line if cell.strip()]
        if not cells:
            continue
        try:
            thickness, light = (float(cell) for cell in cells)
        except ValueError:
            if number == 1:
                continue
            raise ReliefError(
                f"Line {number} of {path.name} is not two numbers.",
                "Write each line as thickness in mm, comma, light.",
            ) from None
        rows.append((thickness, light))
    return rows


def thickness(luminance: FloatArray, tones: Tones) -> FloatArray:
    """Return the thickness that shows each luminance when lit from behind.

    For T = exp(-µ t) this is t = t_min - ln(Y_min + (1 - Y_min) Y) / µ with Y_min = exp(-µ (t_max -
    t_min)): Beer and Lambert's law solved for t, with the blacks lifted to what the stock can do,
    so that nothing clips.

    Parameters
    ----------
    luminance
        float32 (rows, cols), linear luminance Y in [0, 1].
    tones
        The thicknesses, and the material.

    Returns
    -------
    FloatArray
        float32 (rows, cols) in mm.
    """
    stock = tones.stock
    least, most = stock.depth(tones.thickness_mm)
    black = math.exp(least - most)
    light = black + (1.0 - black) * luminance.astype(np.float64)
    # What lets next to nothing through has no light at all, as numbers go.
    wanted = least - np.log(np.maximum(light, np.finfo(np.float64).tiny))
    return stock.thickness(wanted).astype(np.float32)


def transmitted(thickness_mm: npt.NDArray[np.floating], tones: Tones) -> npt.NDArray[np.float64]:
    """Return the light that comes through, relative to the thinnest place: float64 in [0, 1]."""
    depth = tones.stock.depth
    return np.asarray(np.exp(depth([tones.min_mm])[0] - depth(thickness_mm)))


def backlit(light: npt.NDArray[np.floating]) -> Image.Image:
    """Return a grey RGB picture of transmitted `light`, (rows, cols) in [0, 1].

    The encoding is sRGB's transfer function (IEC 61966-2-1), so that the picture on a screen has
    the tones of the part in front of a lamp.
    """
    tones = encoded(np.clip(light, 0.0, 1.0))
    return Image.fromarray(np.rint(tones * 255).astype(np.uint8)).convert("RGB")


def step_wedge(min_mm: float, max_mm: float, steps: int) -> FloatArray:
    """Return the thickness of a calibration part: a row of steps, each with its thickness engraved.

    Print it in the material and with the settings of the lithophane, light it evenly from behind,
    and measure what comes through each step: the table of `Tones`.

    Parameters
    ----------
    min_mm, max_mm
        Thickness of the first and the last step; the label strip is as thick as the last.
    steps
        2 to 20, each `STEP_MM` wide.

    Returns
    -------
    FloatArray
        float32 (rows, cols) in mm, within [min_mm, max_mm].

    Raises
    ------
    ReliefError
        The number of steps is out of range.
    """
    steps = arguments.whole("steps", steps, 2, 20, hint="Choose 2 to 20 steps.")
    side = round(STEP_MM / _WEDGE_SPACING_MM)
    values = np.linspace(min_mm, max_mm, steps)
    tops = np.repeat(values, side)[None, :].repeat(round(1.25 * side), axis=0)
    label = Image.new("L", (tops.shape[1], round(0.6 * side)))
    draw = ImageDraw.Draw(label)
    font = ImageFont.load_default(size=0.38 * side)
    for index, value in enumerate(values):
        draw.text(
            ((index + 0.5) * side, label.height / 2),
            f"{value:.2f}",
            fill=255,
            font=font,
            anchor="mm",
        )
    engraving = np.asarray(label, dtype=np.float64) / 255
    depth = min(0.6, max_mm - min_mm)
    return np.vstack([tops, max_mm - depth * engraving]).astype(np.float32)
