"""What was found in a depth map, and what was done about it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from relief_widget.depth.quality.framing import Alignment
from relief_widget.depth.quality.tone import Levels


@dataclass(frozen=True)
class QualityReport:
    """The quality of a depth map that a model made: plain values, to show and to save.

    Attributes
    ----------
    received, levels
        How finely it was graded as it came, and as it is now.
    alignment
        How it lies on the photo; None where there was no photo to compare.
    inverted
        Whether near was dark, and was made bright.
    tint
        Mean distance of its colours from grey, in [0, 1].
    stretched
        The ends of its range, if that was narrow and was stretched.
    banding
        Whether bands of 8 bits were removed.
    border
        Widths of an even border that was replaced, in pixels: left, top, right, bottom.
    lettering
        Share of the map that lettering covered.
    warnings
        What is doubtful, in sentences.
    """

    received: Levels
    levels: Levels
    alignment: Alignment | None = None
    inverted: bool = False
    tint: float = 0.0
    stretched: tuple[float, float] | None = None
    banding: bool = False
    border: tuple[int, int, int, int] = (0, 0, 0, 0)
    lettering: float = 0.0
    warnings: tuple[str, ...] = ()

    def lines(self) -> list[tuple[str, str]]:
        """Return names and values for people: the figures, and what is doubtful."""
        return [*self.figures(), *(("Please look", text) for text in self.warnings)]

    def figures(self) -> list[tuple[str, str]]:
        """Return names and values of what was found and mended."""
        rows = [("As it came", str(self.received)), ("Now", str(self.levels))]
        if self.alignment is not None:
            rows.append(("Framing", _framing(self.alignment)))
        done = [
            ("near and far turned, so that near is bright", self.inverted),
            ("tint removed", self.tint > 0),
            ("8-bit bands removed", self.banding),
            ("range stretched", self.stretched is not None),
            ("border replaced", any(self.border)),
        ]
        mended = ", ".join(text for text, was in done if was)
        return [*rows, ("Mended", mended or "nothing")]

    def summary(self) -> str:
        """Return one line for people."""
        doubts = len(self.warnings)
        tail = f", {doubts} thing{'s' if doubts > 1 else ''} to look at" if doubts else ""
        return f"{self.levels}{tail}"

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        return dataclasses.asdict(self)


def _framing(alignment: Alignment) -> str:
    if not alignment.undone:
        return f"as the photo (edges agree {alignment.before:.0%})"
    return (
        f"moved back by {alignment.right:+.1%} across and {alignment.down:+.1%} down, zoom "
        f"{alignment.zoom:.3f} undone (edges agree {alignment.before:.0%}, then "
        f"{alignment.after:.0%})"
    )
