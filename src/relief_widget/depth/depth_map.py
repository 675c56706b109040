"""A depth map: what every provider returns, and all that the height pipeline needs."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from relief_widget import arguments
from relief_widget.arrays import FloatArray, frozen
from relief_widget.errors import DepthError
from relief_widget.image.kinds import MAX_PIXELS
from relief_widget.image.photo import Photo

if TYPE_CHECKING:
    from relief_widget.depth.quality import QualityReport

Style: TypeAlias = Literal["detailed", "organic"]
STYLES: tuple[Style, ...] = ("detailed", "organic")
# What of a depth map is near.
Near: TypeAlias = Literal["bright", "dark"]

# Pixels of a photo's side, at most: no picture that can be opened has more.
_LONGEST = MAX_PIXELS // 2


def check_style(style: str) -> None:
    """Refuse an unknown depth style.

    Raises
    ------
    DepthError
        With the styles that there are.
    """
    if not isinstance(style, str) or style not in STYLES:
        raise DepthError(
            f"There is no style named {arguments.shown(style)}.",
            f"Styles are {', '.join(STYLES)}.",
        )


def check_near(near: str) -> None:
    """Refuse what says neither that near is bright nor that it is dark.

    Raises
    ------
    DepthError
        With what there is.
    """
    arguments.choice("near", near, get_args(Near), error=DepthError)


class DepthProvider(Protocol):
    """Anything that turns a photo into a depth map: a function is enough."""

    def __call__(self, photo: Photo, style: Style) -> DepthMap | npt.ArrayLike:
        """Return a `DepthMap`, or a 2-D array in which brighter is nearer."""
        ...


@dataclass(frozen=True, eq=False)
class DepthMap:
    """Depth of a photo, near = bright = 1.

    Attributes
    ----------
    values
        float32 (H, W) in [0, 1], near = 1, read-only, uncompressed.
    mask
        float32 (H, W) in [0, 1], the subject mask that was used, or None.
    style
        The style that was asked for; selects the row of constants of the compression.
    size
        (width, height) in pixels of the photo that the map belongs to: it gives the part its
        proportions. The map's own size by default.
    confidence
        How sure the provider was of its subject mask, in [0, 1]; None where it has none.
    report
        What was found and repaired in a picture that a model made; None where nothing was checked.
    origin
        Where the map is from, for people and for project files: ``provider``, ``model``, ``label``,
        ``cost``, as far as they are known. Never a key.
    stepped
        The values are levels that are meant as they are: nothing compresses or amplifies them, and
        the walls between them stay steep.

    Raises
    ------
    DepthError
        The values are not a finite 2-D array of at least 2 × 2, or something else does not fit.
    """

    values: FloatArray
    mask: FloatArray | None = None
    style: Style = "detailed"
    size: tuple[int, int] = (0, 0)
    confidence: float | None = None
    report: QualityReport | None = None
    origin: Mapping[str, str] = field(default_factory=dict)
    stepped: bool = False

    def __post_init__(self) -> None:
        try:
            values = np.asarray(self.values)
            is_numbers = values.dtype.kind in "buif"
        except Exception:  # whatever an object's __array__ raises
            is_numbers = False
        if not is_numbers:
            raise DepthError(
                f"The values of a depth map are {arguments.shown(self.values)}, not numbers.",
                "Give a 2-D array, or open a picture with load_depth_map.",
            )
        if values.ndim != 2 or min(values.shape) < 2:
            raise DepthError(
                f"A depth map has two dimensions of at least 2 pixels, this one is {values.shape}.",
                "Give a grey picture or a 2-D array.",
            )
        if values.size > MAX_PIXELS:
            raise DepthError(
                f"A depth map of {values.shape[1]} × {values.shape[0]} pixels is too large.",
                "Scale it down first; 4000 pixels along the longer side are plenty.",
            )
        if not np.isfinite(values).all():
            raise DepthError(
                "The depth map has values that are not numbers (NaN or infinity).",
                "Fill them in first, for example from their neighbours.",
            )
        object.__setattr__(self, "values", frozen(np.clip(values, 0.0, 1.0), np.float32))
        if self.mask is not None:
            try:
                mask = np.asarray(self.mask)
                is_mask = mask.dtype.kind in "buif" and mask.shape == values.shape
                is_mask = is_mask and bool(np.isfinite(mask).all())
            except Exception:  # as above
                is_mask = False
            if not is_mask:
                raise DepthError(
                    f"The mask is no array of {values.shape[0]} × {values.shape[1]} numbers, as "
                    "the depth map is.",
                    "Give a mask of the depth map's shape.",
                )
            object.__setattr__(self, "mask", frozen(np.clip(mask, 0.0, 1.0), np.float32))
        check_style(self.style)
        object.__setattr__(self, "stepped", arguments.flag("stepped", self.stepped))
        if self.confidence is not None:
            arguments.number("confidence", self.confidence, 0, 1, error=DepthError)
        size = arguments.pair("size", self.size, 0, _LONGEST, error=DepthError)
        if 0 in size:
            size = values.shape[1], values.shape[0]
        object.__setattr__(self, "size", size)

    def turned(self) -> DepthMap:
        """Return the map with near and far exchanged: near was dark. Nothing is mirrored."""
        report = self.report
        if report is not None:
            report = dataclasses.replace(report, inverted=not report.inverted)
        return dataclasses.replace(self, values=np.float32(1) - self.values, report=report)

    def save(self, path: str | Path) -> None:
        """Save the values as 16-bit PNG or 32-bit float TIFF, to use again without estimating.

        Raises
        ------
        ReliefError
            The suffix is neither, or the file cannot be written.
        """
        from relief_widget.depth.files import save_depth_map

        save_depth_map(self, path)
