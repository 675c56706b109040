"""The outline of a subject mask: smooth, simple, and possible to make."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PIL import Image

from relief_widget.errors import ReliefError
from relief_widget.mesh.manifolds import Points
from relief_widget.mesh.objects.solids import grown, rectangle

if TYPE_CHECKING:
    from manifold3d import CrossSection

# Half of two 0.4 mm lines of a common nozzle: what is thinner, gap or whisker, cannot be made.
_LEAST_RADIUS_MM = 0.4
# A smaller hole would close when printed, and be a weak place when cast.
_LEAST_HOLE_MM = 2.0
_SIMPLER_MM = 0.05
# Smaller pieces are crumbs of the mask, not a second subject.
_LEAST_PIECE = 0.25
_LONGEST_MASK = 1024


def contour_plan(field: npt.NDArray[np.floating]) -> CrossSection:
    """Return where a field is above 0.5, by marching squares: sub-pixel, in pixels.

    Parameters
    ----------
    field
        (rows, cols), row 0 = top; outside of it is 0.

    Returns
    -------
    CrossSection
        The plan with y up; pixel (row, column) reaches from (column, rows - row - 1) to one more.
    """
    from contourpy import contour_generator
    from manifold3d import CrossSection, FillRule

    padded = np.pad(field.astype(np.float64), 1)
    rows = field.shape[0]
    loops: list[Points] = []
    for line in contour_generator(z=padded).lines(0.5):
        points = np.asarray(line)[:-1] - 0.5
        if len(points) > 2:
            loops.append(np.column_stack([points[:, 0], rows - points[:, 1]]))
    return CrossSection(loops, FillRule.EvenOdd)


def subject_plan(
    width: float,
    height: float,
    subject: npt.NDArray[np.floating] | None,
    margin_mm: float,
    *,
    one_piece: bool = False,
) -> tuple[CrossSection, float, float, float]:
    """Return the outline of a subject, scaled until its longer side is that of the photo.

    Parameters
    ----------
    width, height
        Of the photo, in mm.
    subject
        (rows, cols) in [0, 1], row 0 = top.
    margin_mm
        What is left around the subject, where the photo reaches so far.
    one_piece
        Whether subjects that stand apart are joined by what lies between them.

    Returns
    -------
    tuple[CrossSection, float, float, float]
        The outline with its box from (0, 0), the scale of the photo, and the outline's place on the
        scaled photo, x and y.

    Raises
    ------
    ReliefError
        There is no mask, or nothing in it.
    """
    hint = "Mark the subject in the mask, or choose another outline."
    if subject is None:
        raise ReliefError("The outline follows the subject, but there is no subject mask.", hint)
    smooth = _smoothed(subject)
    raw = contour_plan(smooth)
    rows, cols = smooth.shape
    raw = raw.scale((width / cols, height / rows))
    if raw.area() < 1e-3 * width * height:
        raise ReliefError("The subject mask is empty.", hint)
    size = max(width, height)
    x0, y0, x1, y1 = _largest(raw).bounds()
    scale = size / max(x1 - x0, y1 - y0)
    # Margin and least widths are in mm of the finished part, which the scale decides.
    for _ in range(4):
        photo = rectangle(0, 0, width * scale, height * scale)
        outline = _makeable(raw.scale((scale, scale)), margin_mm, photo)
        if one_piece:
            outline = _joined(outline)
        x0, y0, x1, y1 = outline.bounds()
        last = size / max(x1 - x0, y1 - y0)
        scale *= last
    outline = outline.translate((-x0, -y0)).scale((last, last))
    return outline, scale, x0 * last, y0 * last


def _smoothed(subject: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    from scipy.ndimage import gaussian_filter

    values = np.clip(np.asarray(subject, dtype=np.float32), 0, 1)
    longer = max(values.shape)
    if longer > _LONGEST_MASK:
        rows, cols = (max(2, round(n * _LONGEST_MASK / longer)) for n in values.shape)
        values = np.asarray(
            Image.fromarray(values).resize((cols, rows), Image.Resampling.BOX), dtype=np.float32
        )
    # A hard mask has steps of one pixel; this rounds them off, and nothing larger.
    smooth = gaussian_filter(values.astype(np.float64), 1.0, mode="constant")
    return np.asarray(smooth)


def _makeable(raw: CrossSection, margin_mm: float, photo: CrossSection) -> CrossSection:
    least = _LEAST_RADIUS_MM
    closed = grown(grown(raw, margin_mm + least), -2 * least)
    outline = grown(closed, least) ^ photo
    kept = _largest(outline) if not outline.is_empty() else raw
    return kept.simplify(_SIMPLER_MM)


def _joined(outline: CrossSection) -> CrossSection:
    """Return an outline in one piece: gaps are closed, the narrowest first."""
    x0, y0, x1, y1 = outline.bounds()
    reach = max(x1 - x0, y1 - y0) / 64
    joined = outline
    while joined.num_contour() > 1 and len(joined.decompose()) > 1:
        if reach > max(x1 - x0, y1 - y0):
            return outline.hull()
        joined = grown(grown(outline, reach), -reach) + outline
        reach *= 1.5
    return joined


def _largest(plan: CrossSection) -> CrossSection:
    """Return the largest pieces, without holes that cannot be made."""
    from manifold3d import CrossSection, FillRule

    pieces = plan.decompose()
    most = max(piece.area() for piece in pieces)
    loops = []
    for piece in pieces:
        if piece.area() < _LEAST_PIECE * most:
            continue
        for loop in piece.to_polygons():
            x, y = np.asarray(loop).T
            area = float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)) / 2
            if area > 0 or -area > math.pi * (_LEAST_HOLE_MM / 2) ** 2:
                loops.append(loop)
    return CrossSection(loops, FillRule.Positive)
