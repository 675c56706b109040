"""Outlines in the plane, and where they lie on the photo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from relief_widget.errors import ReliefError
from relief_widget.mesh.objects.mask_contour import subject_plan
from relief_widget.mesh.objects.solids import DIGITS, disc, grown, rectangle, segments
from relief_widget.settings import ReliefSettings

if TYPE_CHECKING:
    from manifold3d import CrossSection

# Less relief than this inside a frame is no picture.
_LEAST_PICTURE_MM = 1.0


@dataclass(frozen=True)
class Plan:
    """The plane of a finished part, in mm, its outline's box from (0, 0).

    Attributes
    ----------
    outer
        The outline.
    inner
        Where the relief shows: the outline, or what the frame leaves of it.
    scale
        What the photo's width and height are multiplied by, so that the outline's longer side is
        the part's size.
    shift
        What is added to x and y then.
    width, height
        The outline's box.
    base_mm
        Thickness of the base, where the relief begins.
    top_mm
        Where the relief is highest.
    """

    outer: CrossSection
    inner: CrossSection
    scale: float
    shift: tuple[float, float]
    width: float
    height: float
    base_mm: float
    top_mm: float

    @property
    def centre(self) -> tuple[float, float]:
        """The middle of the outline's box."""
        return self.width / 2, self.height / 2


def plan(
    width: float,
    height: float,
    settings: ReliefSettings,
    subject: npt.NDArray[np.floating] | None,
    base_mm: float,
    top_mm: float,
) -> Plan:
    """Return the plan of a part whose photo is `width` by `height` mm.

    A rectangle, rounded or not, and an oval fill the photo. Circle, polygon and subject are smaller
    than the photo, which is enlarged until their longer side is the photo's former longer side.
    Circle and polygon lie where the subject is: on its middle from left to right, and at its top,
    where heads are, if it is higher than they are. Without a subject they lie in the middle.

    Parameters
    ----------
    width, height
        Of the plain part, in mm.
    settings
        ``outline``, ``frame_mm`` and their like.
    subject
        (rows, cols), subject = 1, row 0 = top, as the photo lies on the part; None for none.
    base_mm
        Thickness of the base.
    top_mm
        Where the relief is highest.

    Raises
    ------
    ReliefError
        There is no subject, or the frame leaves no picture.
    """
    width, height = round(width, DIGITS), round(height, DIGITS)
    size = max(width, height)
    if settings.outline == "subject":
        # What hangs on one ring or one magnet must not fall apart.
        one_piece = settings.keyring_mm > 0 or settings.magnets > 0
        outer, scale, left, bottom = subject_plan(
            width, height, subject, settings.margin_mm, one_piece=one_piece
        )
    else:
        outer, scale = _shape(width, height, size, settings)
        x0, y0, x1, y1 = outer.bounds()
        across, up = _view(subject, (x1 - x0) / (width * scale), (y1 - y0) / (height * scale))
        left = (width * scale - (x1 - x0)) * across + x0
        bottom = (height * scale - (y1 - y0)) * up + y0
    x0, y0, x1, y1 = outer.bounds()
    return Plan(
        outer=outer,
        inner=_inside(outer, settings),
        scale=scale,
        shift=(-left, -bottom),
        width=x1 - x0,
        height=y1 - y0,
        base_mm=round(base_mm, DIGITS),
        top_mm=round(top_mm, DIGITS),
    )


def _view(
    subject: npt.NDArray[np.floating] | None, width: float, height: float
) -> tuple[float, float]:
    """Return where a window lies on the photo: the share of the room left beside and below it.

    Parameters
    ----------
    subject
        (rows, cols), or None.
    width, height
        Of the window, as shares of the photo's.
    """
    found = None if subject is None else np.asarray(subject) > 0.5
    if found is None or not found.any():
        return 0.5, 0.5
    columns, rows = np.flatnonzero(found.any(axis=0)), np.flatnonzero(found.any(axis=1))
    left, right = columns[0] / found.shape[1], (columns[-1] + 1) / found.shape[1]
    above, below = rows[0] / found.shape[0], (rows[-1] + 1) / found.shape[0]
    start = (left + right - width) / 2
    # In a window that it does not fit, a little air is left above it.
    top = max((above + below - height) / 2, 0) if below - above <= height else above - height / 16
    places = [(start, width), (1 - top - height, height)]
    across, up = (
        min(max(place / (1 - span), 0.0), 1.0) if span < 1 - 1e-9 else 0.5 for place, span in places
    )
    return across, up


def _shape(
    width: float, height: float, size: float, settings: ReliefSettings
) -> tuple[CrossSection, float]:
    """Return an outline with its box from (0, 0), and the scale of the photo."""
    from manifold3d import CrossSection

    if settings.outline == "rounded":
        radius = min(settings.corner_mm, min(width, height) / 2 - 1e-3)
        core = rectangle(radius, radius, width - radius, height - radius)
        return grown(core, radius), 1.0
    if settings.outline == "circle":
        return disc(size / 2, size / 2, size / 2), size / min(width, height)
    if settings.outline == "oval":
        angles = np.arange(segments(size / 2)) * (2 * np.pi / segments(size / 2))
        points = np.column_stack([1 + np.cos(angles), 1 + np.sin(angles)]) / 2
        return CrossSection([points * (width, height)]), 1.0
    if settings.outline == "polygon":
        sides = settings.polygon_sides
        angles = (np.arange(sides) + 0.5) * (2 * np.pi / sides) - np.pi / 2
        points = np.column_stack([np.cos(angles), np.sin(angles)])
        points -= points.min(axis=0)
        box = points.max(axis=0)
        fits = min(width / box[0], height / box[1])
        longer = size / box.max()
        return CrossSection([points * longer]), float(longer / fits)
    return rectangle(0, 0, width, height), 1.0


def _inside(outer: CrossSection, settings: ReliefSettings) -> CrossSection:
    frame = settings.frame_mm
    if frame == 0:
        return outer
    x0, y0, x1, y1 = outer.bounds()
    if settings.bend == "tube":
        # Around a tube there is no left and right: the frame is a rim at either end.
        inner = rectangle(x0, y0 + frame, x1, max(y1 - frame, y0 + frame))
    else:
        inner = grown(outer, -frame)
    if grown(inner, -_LEAST_PICTURE_MM).area() < 1e-6:
        raise ReliefError(
            f"A frame of {frame:g} mm leaves nothing of the picture.",
            f"Choose a frame below {min(x1 - x0, y1 - y0) / 2 - _LEAST_PICTURE_MM:.1f} mm.",
        )
    return inner
