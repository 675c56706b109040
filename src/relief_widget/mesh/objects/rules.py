"""Which settings of an object go together."""

from __future__ import annotations

from relief_widget.errors import ReliefError
from relief_widget.settings import ReliefSettings, controls, default


def applied(settings: ReliefSettings) -> ReliefSettings:
    """Return the settings without those of objects that do nothing in this mode."""
    if settings.mode == "solid":
        return settings
    return settings.replace(**{name: default(name) for name in idle(settings)})


def idle(settings: ReliefSettings) -> list[str]:
    """Return the settings of objects that were set, and do nothing in this mode."""
    return [
        name
        for name, control in controls().items()
        if control.kind == "object"
        and control.mode not in (None, settings.mode)
        and getattr(settings, name) != default(name)
    ]


def is_object(settings: ReliefSettings) -> bool:
    """Whether any setting makes more of a part than the plain rectangle."""
    return bool(_wanted(applied(settings)))


def _wanted(settings: ReliefSettings) -> set[str]:
    parts = {
        "an outline": settings.outline != "rectangle",
        "a frame": settings.frame_mm,
        "a hanging hole": settings.hanging_hole_mm,
        "a keyhole": settings.keyhole_mm,
        "a keyring": settings.keyring_mm,
        "magnets": settings.magnets,
        "text on the back": settings.back_text.strip(),
        "a tube": settings.bend == "tube",
        "a bend": settings.bend != "flat",
        "tiles": settings.bed_x_mm or settings.bed_y_mm,
        "a mould box": settings.mould_box,
        "crisp walls": settings.crisp_walls,
    }
    return {name for name, is_set in parts.items() if is_set}


def check_rules(settings: ReliefSettings) -> None:
    """Refuse what does not go together.

    Raises
    ------
    ReliefError
        For the first such pair, with what to turn off.
    """
    wanted = _wanted(settings)
    for whole, reason, others in (
        (
            "a tube",
            "is closed all around",
            ("an outline", "a hanging hole", "a keyring", "magnets", "text on the back"),
        ),
        ("a bend", "is curved", ("a keyhole", "magnets", "tiles", "a mould box")),
        (
            "a mould box",
            "is filled from the back of the part",
            ("a keyhole", "magnets", "text on the back"),
        ),
        ("a mould box", "is one piece", ("tiles",)),
    ):
        name = f"the {settings.bend}" if whole in ("a tube", "a bend") else whole
        for other in others:
            if {whole, other} <= wanted:
                raise ReliefError(
                    f"{name.capitalize()} {reason}, so it does not go with {other}.",
                    f"Turn off {'the outline' if other == 'an outline' else other}, or {name}.",
                )
    if settings.mould_box and settings.invert:
        raise ReliefError(
            "The mould of an inverted relief would give an inverted cast.",
            "Turn off invert: the mould box makes the negative by itself.",
        )
