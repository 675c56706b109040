"""Which settings of an object go together."""

from __future__ import annotations

from collections.abc import Iterator

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
    return any(name is not None for name in _wanted(applied(settings)))


def _wanted(settings: ReliefSettings) -> Iterator[str | None]:
    yield "an outline" if settings.outline != "rectangle" else None
    yield "a frame" if settings.frame_mm else None
    yield "a hanging hole" if settings.hanging_hole_mm else None
    yield "a keyring" if settings.keyring_mm else None
    yield "magnets" if settings.magnets else None
    yield "text on the back" if settings.back_text.strip() else None
    yield "a bend" if settings.bend != "flat" else None
    yield "tiles" if settings.bed_x_mm or settings.bed_y_mm else None
    yield "a mould box" if settings.mould_box else None


def check_rules(settings: ReliefSettings) -> None:
    """Refuse what does not go together.

    Raises
    ------
    ReliefError
        For the first such pair, with what to turn off.
    """
    wanted = {name for name in _wanted(settings) if name is not None}
    for whole, reason, others in (
        (
            "a tube",
            "is closed all around",
            ("an outline", "a hanging hole", "a keyring", "magnets", "text on the back"),
        ),
        ("a bend", "is curved", ("magnets", "tiles", "a mould box")),
        ("a mould box", "is filled from the back of the part", ("magnets", "text on the back")),
        ("a mould box", "is one piece", ("tiles",)),
    ):
        present = settings.bend == "tube" if whole == "a tube" else whole in wanted
        for other in others:
            if present and other in wanted:
                raise ReliefError(
                    f"{_capital(_named(whole, settings))} {reason}, so it does not go with "
                    f"{other}.",
                    f"Turn off {'the outline' if other == 'an outline' else other}, or "
                    f"{_named(whole, settings)}.",
                )
    if settings.mould_box and settings.invert:
        raise ReliefError(
            "The mould of an inverted relief would give an inverted cast.",
            "Turn off invert: the mould box makes the negative by itself.",
        )


def _named(whole: str, settings: ReliefSettings) -> str:
    return f"the {settings.bend}" if whole in ("a tube", "a bend") else whole


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
