"""The numbers of a picture that stands for depth: grey, range, polarity, shading, levels."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from relief_widget.arrays import Array, FloatArray
from relief_widget.depth.quality.framing import correlation, within
from relief_widget.errors import DepthError
from relief_widget.filters import gaussian, resample
from relief_widget.filters.debanding import deband, levels_step
from relief_widget.image.colour import LUMINANCE
from relief_widget.image.reading import grey, unit

# Mean distance of the channels from their mean: above the first the picture is tinted, above the
# second it may be a colour map.
_TINTED, _COLOURED = 0.004, 0.05
# Colours as strong as these are no tint, and no noise where they cover so much; weaker ones are
# those of a photo where their hues differ, as the length of their mean direction says.
_STRONG, _SPOTS = 0.3, 0.03
_WEAK, _WIDE, _ONE_HUE = 0.1, 0.04, 0.93
# A tint moves every channel with the brightness; in a colour map, or a photo, one goes its own way.
_ALIKE = 0.9
# Where the range is narrower, or begins higher, it is stretched.
_NARROW, _RAISED = 0.7, 0.2
_FLAT = 0.02
_WORK = 384


@dataclass(frozen=True)
class Levels:
    """How finely a depth map is graded: the proof that it is more than 8 bits.

    Attributes
    ----------
    count
        Distinct values.
    bits
        Binary logarithm of the steps within the used range.
    used
        Share of the full range that is used.
    zero_slope
        Share of neighbouring pixels of the same value, where the surface is a terrace.
    """

    count: int
    bits: float
    used: float
    zero_slope: float

    def __str__(self) -> str:
        return (
            f"{self.count:,} levels ({self.bits:.1f} bits), {self.used:.0%} of the range, "
            f"{self.zero_slope:.0%} without slope"
        )


def measure(values: Array) -> Levels:
    """Measure how finely a depth map is graded.

    Parameters
    ----------
    values
        (H, W), integers, or floats within [0, 1].
    """
    flat = np.unique(values)
    span = float(flat[-1]) - float(flat[0])
    full = 1.0
    if values.dtype.kind in "ui":
        full = 255.0 if values.dtype.itemsize == 1 else 65535.0
    step = span / max(1, len(flat) - 1)
    if len(flat) > 2:
        # The usual distance of neighbouring levels: gaps in the histogram do not make it coarser.
        step = min(step, float(np.median(np.diff(flat.astype(np.float64)))))
    same = (values[:, 1:] == values[:, :-1]).mean() / 2 + (values[1:] == values[:-1]).mean() / 2
    bits = math.log2(span / step + 1) if step > 0 else 0.0
    return Levels(len(flat), bits, span / full, float(same))


def grey_of(picture: Array) -> tuple[Array, float]:
    """Return the brightness of a picture at its own precision, and how strongly it is tinted.

    Raises
    ------
    DepthError
        Its colours are those of a colour map or of a photo: brightness is no depth there.
    """
    if picture.ndim == 2:
        return picture, 0.0
    if picture.shape[2] in (2, 4):
        picture = picture[..., :-1]
    if picture.shape[2] == 1:
        return picture[..., 0], 0.0
    if (picture[..., :1] == picture[..., 1:]).all():
        return picture[..., 0], 0.0
    channels = unit(picture, "The depth map").reshape(-1, 3)
    middle = channels.mean(axis=1, keepdims=True)
    tint = float(np.abs(channels - middle).mean())
    if tint > _COLOURED:
        luma = channels @ LUMINANCE
        alike = [correlation(channels[:, index], luma, 1.0) for index in range(3)]
        moving = [c for index, c in enumerate(alike) if channels[:, index].std() > 0.02]
        if min(moving, default=1.0) < _ALIKE:
            raise _coloured()
    if _is_colourful(channels):
        raise _coloured()
    if tint <= _TINTED:
        # Within rounding, and the blocks of JPEG.
        return grey(picture), 0.0
    return grey(picture), tint


def _is_colourful(channels: FloatArray) -> bool:
    """Whether there are colours that no tint makes, also where most of a picture is grey."""
    chroma = np.ptp(channels, axis=1)
    if (chroma > _STRONG).mean() > _SPOTS:
        return True
    weak = channels[chroma > _WEAK]
    if len(weak) < _WIDE * len(channels):
        return False
    red, green, blue = (weak - weak.mean(axis=1, keepdims=True)).T
    # The plane of hues, https://en.wikipedia.org/wiki/HSL_and_HSV#Hue_and_chroma.
    hue = (red - (green + blue) / 2) + 1j * np.sqrt(0.75) * (green - blue)
    return bool(abs((hue / np.maximum(np.abs(hue), 1e-6)).mean()) < _ONE_HUE)


def _coloured() -> DepthError:
    return DepthError(
        "The depth map is in colours, such as those of a heat map, so its brightness is no depth.",
        "Use the grey one, which most programs save if they are told to, or generate it again.",
    )


def without_bands(values: Array, *, lossless: bool) -> tuple[FloatArray, bool]:
    """Return values in [0, 1] without the bands of 8 bits, and whether there were any.

    Parameters
    ----------
    values
        (H, W) integers, or floats within [0, 1].
    lossless
        Whether the levels are exact: then nothing moves by more than half a level, else by one.
    """
    depths = unit(values, "The depth map")
    if values.dtype.kind == "f":
        return depths, False
    step = levels_step(values)
    if step is None:
        return depths, False
    share = step / (255 if values.dtype == np.uint8 else 65535)
    return deband(depths, share if lossless else 2 * share), True


def stretched(depth: FloatArray) -> tuple[FloatArray, tuple[float, float] | None]:
    """Stretch a narrow range to the full one; return it with its ends, None where it was full."""
    low, high = (float(end) for end in np.percentile(depth, (0.5, 99.5)))
    if high - low < _FLAT or (high - low >= _NARROW and low <= _RAISED):
        return depth, None
    return ((depth - np.float32(low)) / np.float32(high - low)).clip(0.0, 1.0), (low, high)


def is_flat(depth: FloatArray) -> bool:
    """Whether there is next to nothing in a depth map."""
    low, high = np.percentile(depth, (0.5, 99.5))
    return bool(high - low < _FLAT)


def inverted(depth: FloatArray, reference: FloatArray | None) -> tuple[bool, bool]:
    """Say whether near is dark.

    Parameters
    ----------
    depth
        In question.
    reference
        Another estimate of the same photo, near = 1; or None.

    Returns
    -------
    tuple[bool, bool]
        Whether it is certain, and whether it is doubtful.
    """
    grid = resample(depth, within(depth.shape, _WORK, 8))
    rows, cols = grid.shape
    rim = max(1, min(rows, cols) // 16)
    outer = np.concatenate(
        [grid[:rim].ravel(), grid[:, :rim].ravel(), grid[:, -rim:].ravel()]
    ).mean()
    inner = grid[rows // 4 : -rows // 4, cols // 4 : -cols // 4].mean()
    # Positive where the picture is as it would be inverted.
    hint = float(outer - inner)
    if reference is None or is_flat(reference):
        return False, hint > 0.25
    from scipy import stats

    other = resample(reference, grid.shape)
    rank = float(stats.spearmanr(grid[::4, ::4].ravel(), other[::4, ::4].ravel()).statistic)
    if not math.isfinite(rank):
        return False, False
    return rank < -0.3 and hint > 0.1, rank < -0.2 or (hint > 0.3 and rank < 0.2)


def is_shading(depth: FloatArray, luminance: FloatArray) -> bool:
    """Whether a depth map is the photo in grey: it follows the light, in large and in small."""
    shape = within(depth.shape, _WORK, 8)
    a, b = resample(depth, shape), resample(luminance, shape)
    if abs(correlation(a, b, 1.0)) < 0.7:
        return False
    fine_a, fine_b = a - gaussian(a, 3.0), b - gaussian(b, 3.0)
    fineness = float(fine_b.std() / max(b.std(), 1e-6))
    share = float(fine_a.std() / max(a.std(), 1e-6)) / max(fineness, 1e-6)
    return abs(correlation(fine_a, fine_b, 1.0)) > 0.6 and share > 0.4
