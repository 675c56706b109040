"""Text for the back of a part."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from relief_widget.errors import ReliefError
from relief_widget.mesh.objects.holes import inside
from relief_widget.mesh.objects.mask_contour import contour_plan
from relief_widget.mesh.objects.outlines import Plan
from relief_widget.mesh.objects.solids import grown
from relief_widget.settings import ReliefSettings

if TYPE_CHECKING:
    from manifold3d import CrossSection

_FONT = Path(__file__).parent / "fonts" / "lettering.ttf"
# The text is drawn this large and its contour taken: 1/100 of a capital's height is below what a
# printer shows.
_FONT_PX = 140
_LEAST_MM = 1.5
_EDGE_MM = 1.5
_RASTER = 320


def lettering(plan: Plan, free: CrossSection, settings: ReliefSettings) -> CrossSection:
    """Return the text as it lies in the plane of the part: mirrored, to be read from behind.

    It stands as near the middle of the outline as it fits, smaller if need be.

    Parameters
    ----------
    free
        Where nothing else is in the back.

    Raises
    ------
    ReliefError
        A character is not in the font, or the text does not fit at a legible size.
    """
    shape, capital = text_plan(settings.back_text)
    x0, y0, x1, y1 = shape.bounds()
    wanted = settings.back_text_mm / capital
    room = grown(free, -_EDGE_MM)
    scale, (x, y) = _fitted(room, (x1 - x0, y1 - y0), wanted, plan)
    if scale * capital < _LEAST_MM:
        raise ReliefError(
            f"The text on the back would be only {scale * capital:.1f} mm high.",
            "Choose a shorter text, or break it into lines.",
        )
    middle = shape.translate((-(x0 + x1) / 2, -(y0 + y1) / 2))
    return middle.scale((scale, scale)).simplify(0.01).mirror((1, 0)).translate((x, y))


def text_plan(text: str) -> tuple[CrossSection, float]:
    """Return the outlines of a text, y up, and the height of its capitals in the same unit.

    Raises
    ------
    ReliefError
        A character is not in the font, or nothing of the text can be seen.
    """
    font = ImageFont.truetype(_FONT, _FONT_PX, layout_engine=ImageFont.Layout.BASIC)
    lines = text.strip("\n").expandtabs(4)
    missing = _missing(lines, font)
    if missing:
        raise ReliefError(
            f"The font has no {' '.join(missing)}.", "Leave these characters out of the text."
        )
    box = ImageDraw.Draw(Image.new("L", (1, 1))).multiline_textbbox(
        (0, 0), lines, font=font, align="center", spacing=_FONT_PX * 0.25
    )
    left, top, right, bottom = (round(edge) for edge in box)
    picture = Image.new("L", (right - left + 8, bottom - top + 8))
    ImageDraw.Draw(picture).multiline_text(
        (4 - left, 4 - top), lines, fill=255, font=font, align="center", spacing=_FONT_PX * 0.25
    )
    shape = contour_plan(np.asarray(picture, dtype=np.float64) / 255)
    if shape.is_empty():
        raise ReliefError("The text on the back is blank.", "Write something, or leave it out.")
    _, high, _, low = font.getbbox("H")
    return shape, float(low - high)


def _missing(text: str, font: ImageFont.FreeTypeFont) -> list[str]:
    # What a font does not have it draws as the same box as a code point that never will be.
    nothing = _glyph("\U0010ffff", font)
    return [
        char
        for char in dict.fromkeys(text)
        if not char.isspace() and (not char.isprintable() or _glyph(char, font) == nothing)
    ]


def _glyph(char: str, font: ImageFont.FreeTypeFont) -> tuple[tuple[int, int], bytes]:
    mask = font.getmask(char)
    return mask.size, bytes(mask)


def _fitted(
    room: CrossSection, box: tuple[float, float], wanted: float, plan: Plan
) -> tuple[float, tuple[float, float]]:
    """Return the greatest scale up to `wanted` at which a box fits in `room`, and its middle."""
    spacing = max(plan.width, plan.height) / _RASTER
    xs = np.arange(0.5, plan.width / spacing) * spacing
    ys = np.arange(0.5, plan.height / spacing) * spacing
    x, y = np.meshgrid(xs, ys)
    points = np.column_stack([x.ravel(), y.ravel()])
    blocked = ~inside(room, points).reshape(x.shape)
    sums = np.pad(np.cumsum(np.cumsum(blocked, axis=0), axis=1), ((1, 0), (1, 0)))

    def place(scale: float) -> tuple[float, float] | None:
        # One cell more than the box covers, since only the middles of the cells were asked.
        w, h = (int(np.ceil(side * scale / spacing)) + 1 for side in box)
        if w > len(xs) or h > len(ys):
            return None
        clear = sums[h:, w:] - sums[:-h, w:] - sums[h:, :-w] + sums[:-h, :-w] == 0
        if not clear.any():
            return None
        left = xs[: clear.shape[1]] + (w - 1) * spacing / 2
        bottom = ys[: clear.shape[0]] + (h - 1) * spacing / 2
        cost = np.hypot(left - plan.centre[0], (bottom - plan.centre[1])[:, None])
        cost[~clear] = np.inf
        row, col = np.unravel_index(int(np.argmin(cost)), cost.shape)
        return float(left[col]), float(bottom[row])

    found = place(wanted)
    if found is not None:
        return wanted, found
    low, high, best = 0.0, wanted, plan.centre
    for _ in range(14):
        middle = (low + high) / 2
        found = place(middle)
        if found is None:
            high = middle
        else:
            low, best = middle, found
    return low, best
