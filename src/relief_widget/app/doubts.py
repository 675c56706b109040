"""What is doubtful about a relief's depth map, in sentences for its maker."""

from __future__ import annotations

import re
from collections.abc import Sequence

from relief_widget.depth.builtin.subject import EVEN, NO_SUBJECT
from relief_widget.depth.registry import entry_of
from relief_widget.relief import Relief

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")


def slender(relief: Relief | None) -> tuple[str, ...]:
    """Return that a part is thicker than its shorter side is long, if it is: a strip, not a relief.

    Parameters
    ----------
    relief
        A relief; none is not slender.
    """
    seen = None if relief is None else relief.photo or relief.depth_map
    if relief is None or seen is None:
        return ()
    settings, (width, height) = relief.settings, seen.size
    shorter = settings.size_mm * min(width, height) / max(width, height)
    thick = settings.size_mm * (settings.depth_intensity + settings.base_thickness)
    if relief.is_lithophane or shorter >= thick:
        return ()
    side = "high" if width >= height else "wide"
    return (f"The part is only {shorter:.3g} mm {side}: crop the picture",)


def doubts_of(relief: Relief | None, *, sought: bool = False) -> tuple[str, ...]:
    """Return what the depth provider says of its depth map, the most important first.

    Parameters
    ----------
    relief
        A relief; one without a depth map has no doubts.
    sought
        The subject was looked for although the provider does not look for one itself.
    """
    if relief is None or relief.depth_map is None:
        return ()
    depth_map, photo = relief.depth_map, relief.photo
    if depth_map.report is not None and depth_map.report.warnings:
        return depth_map.report.warnings
    if depth_map.values.min() == depth_map.values.max():
        return (EVEN,)
    looks = entry_of(relief.provider).looks_for_subject
    looked = looks and photo is not None and photo.mask is None
    return (NO_SUBJECT,) if depth_map.mask is None and (looked or sought) else ()


def brief(doubts: Sequence[str]) -> str:
    """Return the first sentence of all, without its full stop: for a line with other things."""
    return _SENTENCE_END.split(doubts[0])[0].rstrip(".") if doubts else ""
