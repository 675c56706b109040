"""Height maps: 16-bit PNG and 32-bit float TIFF, with their size in mm and a proof of their depth.

Bright is high unless it is asked for otherwise. LightBurn's *3D Sliced* mode engraves dark pixels
deeper and leaves white ones alone, so it takes such a map as it is, without *Negative Image*; so do
Vectric's programs, Blender's displacement and most CAM programs, for which white is the top.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt
from PIL import Image, PngImagePlugin, TiffImagePlugin

from relief_widget import arguments
from relief_widget.arrays import FloatArray, check_finite
from relief_widget.atomic import atomic_path
from relief_widget.errors import ReliefError
from relief_widget.image.kinds import MAX_PIXELS
from relief_widget.mesh.grid import Part

Polarity: TypeAlias = Literal["bright_high", "dark_high"]

_MM_PER_INCH = 25.4
# TIFF 6.0: ImageDescription, XResolution, YResolution, ResolutionUnit, Software.
_DESCRIPTION, _X_RESOLUTION, _Y_RESOLUTION, _UNIT, _SOFTWARE = 270, 282, 283, 296, 305
_CENTIMETRE = 3


@dataclass(frozen=True)
class Scale:
    """The real size of a height map.

    Attributes
    ----------
    pixel_mm
        Distance of two pixels' centres along x and y in mm. A pixel's centre is a vertex of the
        part, so the picture is half a pixel larger on every side.
    range_mm
        Difference in height between 0 and 1, in mm.
    base_mm
        Height of 0 above the part's back, in mm.
    """

    pixel_mm: tuple[float, float]
    range_mm: float
    base_mm: float

    @property
    def numbers(self) -> tuple[float, ...]:
        """All of them."""
        return (*self.pixel_mm, self.range_mm, self.base_mm)


def scale_of(part: Part) -> Scale:
    """Return the scale of a part's heights."""
    rows, cols = part.shape
    heights = part.heights.astype(np.float64)
    low, high = int(heights.argmin()), int(heights.argmax())
    rise = float(part.z.ravel()[high]) - float(part.z.ravel()[low])
    span = float(np.ptp(heights))
    range_mm = rise / span if span else 0.0
    return Scale(
        (float(part.x[-1]) / (cols - 1), float(part.y[0]) / (rows - 1)),
        # float32 holds seven digits of the tops; a difference of two keeps no more than six.
        float(f"{range_mm:.6g}"),
        round(float(part.z.ravel()[low]) - range_mm * float(heights.min()), 5),
    )


@dataclass(frozen=True)
class DepthProof:
    """What a height map really holds: a file of 16 bits may hold no more than 8, in steps.

    Attributes
    ----------
    bits
        Of the format: 8, 16, or 32 for float.
    levels
        How many different levels there are.
    low, high
        The least and the greatest height, as shares of the format's range.
    flat
        Share of the pixels whose right and lower neighbours have their level: terraces and plains.
    """

    bits: int
    levels: int
    low: float
    high: float
    flat: float

    def __str__(self) -> str:
        most = f" of {2**self.bits:,}" if self.bits < 32 else ""
        return (
            f"{self.bits}-bit: {self.levels:,}{most} levels in use, "
            f"from {self.low:.1%} to {self.high:.1%} of the range, {self.flat:.1%} flat"
        )


def depth_proof(values: npt.ArrayLike, bits: int = 16) -> DepthProof:
    """Count the levels that heights have in a format.

    Parameters
    ----------
    values
        (rows, cols) in [0, 1].
    bits
        8 or 16, to which they are rounded, or 32: float, as they are.

    Raises
    ------
    ReliefError
        There are no such bits, or the values are not a finite 2-D array within 0 and 1.
    """
    bits = arguments.choice("bits", bits, (8, 16, 32))
    try:
        if np.size(values) > MAX_PIXELS:
            raise ReliefError("The heights are too many to look at.", "Scale them down first.")
        with np.errstate(over="ignore"):
            heights = np.asarray(values, dtype=np.float32)
    except ReliefError:
        raise
    except Exception:  # whatever an object's __array__ raises
        heights = np.empty(0, np.float32)
    if heights.ndim != 2 or not heights.size or not (heights.min() >= 0 and heights.max() <= 1):
        raise ReliefError(
            "A proof of depth is of a 2-D array of numbers from 0 to 1.", "Scale the heights first."
        )
    levels: npt.NDArray[np.unsignedinteger]
    shown: npt.NDArray[np.floating]
    if bits == 32:
        levels, shown = heights.view(np.uint32), heights
        count = len(np.unique(shown))
    else:
        white = 2**bits - 1
        levels = _rounded(heights, white)
        shown = levels.astype(np.float64) / white
        count = int(np.count_nonzero(np.bincount(levels.ravel(), minlength=white + 1)))
    flat = (levels[:-1, :-1] == levels[:-1, 1:]) & (levels[:-1, :-1] == levels[1:, :-1])
    return DepthProof(
        bits,
        count,
        float(shown.min()),
        float(shown.max()),
        float(flat.mean()) if flat.size else 0.0,
    )


def write_height_map(
    heights: FloatArray,
    path: Path,
    *,
    scale: Scale | None = None,
    polarity: Polarity = "bright_high",
) -> DepthProof:
    """Write heights as a 16-bit grey PNG or, for any other suffix, as a TIFF of 32-bit floats.

    The resolution is that of the part. In words, and as JSON under ``relief_widget`` (in a TIFF as
    its ImageDescription), the file says what pixels and levels are in mm, and what the proof of
    depth is.

    Parameters
    ----------
    heights
        float32 (rows, cols) in [0, 1].
    path
        Where to.
    scale
        The real size, or None.
    polarity
        ``"bright_high"``: 0 is black, 1 is white; ``"dark_high"``: the other way round.

    Returns
    -------
    DepthProof
        What the file holds.

    Raises
    ------
    ReliefError
        The file cannot be written, or there is no such polarity.
    """
    check_finite("The heights", heights, *([] if scale is None else scale.numbers))
    shown = _polarised(heights, polarity)
    png = path.suffix.lower() == ".png"
    proof = depth_proof(shown, 16 if png else 32)
    notes = _notes(proof, scale, polarity)
    with atomic_path(path) as temporary:
        if png:
            texts = PngImagePlugin.PngInfo()
            for key, text in notes.items():
                texts.add_text(key, text)
            # pHYs counts whole pixels per metre; the text has the exact size.
            dpi = {} if scale is None else {"dpi": tuple(_MM_PER_INCH / m for m in scale.pixel_mm)}
            Image.fromarray(_rounded(shown, 65535)).save(temporary, "PNG", pnginfo=texts, **dpi)
        else:
            tags = TiffImagePlugin.ImageFileDirectory_v2()
            tags[_DESCRIPTION], tags[_SOFTWARE] = notes["relief_widget"], notes["Software"]
            if scale is not None:
                tags[_UNIT] = _CENTIMETRE
                tags[_X_RESOLUTION], tags[_Y_RESOLUTION] = (10 / mm for mm in scale.pixel_mm)
            Image.fromarray(shown).save(temporary, "TIFF", tiffinfo=tags)
    return proof


def _polarised(heights: FloatArray, polarity: Polarity) -> FloatArray:
    arguments.choice("polarity", polarity, get_args(Polarity))
    shown = heights if polarity == "bright_high" else np.float32(1) - heights
    return np.ascontiguousarray(shown)


def _rounded(heights: FloatArray, white: int) -> npt.NDArray[np.uint16]:
    levels: npt.NDArray[np.uint16] = np.rint(heights.astype(np.float64) * white).astype(np.uint16)
    return levels


def _notes(proof: DepthProof, scale: Scale | None, polarity: Polarity) -> dict[str, str]:
    """Return what the metadata says, in ASCII."""
    facts: dict[str, Any] = {"kind": "height map", "polarity": polarity}
    high = polarity.removesuffix("_high")
    words = f"Height map, {high} is high. {proof}."
    if scale is not None:
        facts |= asdict(scale)
        across, down = scale.pixel_mm
        words += (
            f" A pixel is {across:.6g} x {down:.6g} mm, black to white {scale.range_mm:.6g} mm, "
            f"the lowest possible height {scale.base_mm:.6g} mm."
        )
    facts["proof"] = asdict(proof)
    return {
        "Software": "relief_widget",
        "Description": words,
        "relief_widget": json.dumps(facts, allow_nan=False),
    }
