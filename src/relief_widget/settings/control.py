"""What is known of one setting: the metadata that interfaces and validation are made from."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Kind: TypeAlias = Literal["height", "body", "display", "object"]
Group: TypeAlias = Literal["Size", "Part", "Depth", "Clean-up", "Quality", "Object", "Display"]
Stage: TypeAlias = Literal[
    "compress",
    "denoise",
    "smooth",
    "enhance",
    "resample",
    "smooth_surface",
    "balance",
    "level",
]


@dataclass(frozen=True, kw_only=True)
class Control:
    """What a user interface, a command line and the validation need to know of one setting.

    Attributes
    ----------
    label, help
        Texts for people.
    group
        Heading that it stands under.
    kind
        ``"height"``: Python computes the height field anew. ``"body"``: only the scale and shape of
        the part change. ``"display"``: only its look in the preview. ``"object"``: Python cuts the
        mesh anew.
    stage
        The stage of the height pipeline that reads the setting, for height settings.
    low, high, step
        Range and slider step of a number, in ``unit``: where it makes sense to look.
    least, most
        What can be built, where that is more than the slider shows; see `buildable`.
    unit
        ``"mm"``, ``"px"``, ``"passes"``, … or nothing.
    choices, labels
        The values of a choice, and what each is called in front of people.
    longest
        The greatest number of characters of a text.
    mode
        The only mode in which the setting applies, or None.
    relief_only
        Whether a lithophane, whose thickness is given in millimetres, disables it.
    needs
        Another setting and the values of it with which this one applies; None is any but its
        default. Empty: it applies always.
    """

    label: str
    help: str
    group: Group
    kind: Kind
    stage: Stage | None = None
    low: float | None = None
    high: float | None = None
    step: float | None = None
    least: float | None = None
    most: float | None = None
    unit: str = ""
    choices: tuple[Any, ...] = ()
    labels: tuple[str, ...] = ()
    longest: int = 0
    mode: str | None = None
    relief_only: bool = False
    needs: tuple[str, tuple[Any, ...] | None] | None = None

    @property
    def buildable(self) -> tuple[float, float]:
        """The range of a number that is typed or scripted, in ``unit``."""
        assert self.low is not None
        assert self.high is not None
        return (
            self.low if self.least is None else self.least,
            self.high if self.most is None else self.most,
        )

    @property
    def is_number(self) -> bool:
        """Whether its values are numbers."""
        return self.low is not None

    @property
    def is_length(self) -> bool:
        """Whether they are millimetres."""
        return self.is_number and self.unit == "mm"

    @property
    def in_browser(self) -> bool:
        """Whether the browser acts on the setting by itself."""
        return self.kind in ("body", "display")

    def applies(self, settings: Any, *, lithophane: bool = False) -> bool:
        """Whether the setting has an effect beside the others in `settings`."""
        if self.relief_only and lithophane:
            return False
        if self.needs is not None:
            name, values = self.needs
            value = getattr(settings, name)
            if not value if values is None else value not in values:
                return False
        return self.mode is None or self.mode == settings.mode


def control(default: Any, span: tuple[float, float, float] | None = None, **metadata: Any) -> Any:
    """Return a dataclass field with a default and its `Control`; `span`: low, high and step.

    Choices that are given no labels are called what they are.
    """
    if span is not None:
        metadata |= dict(zip(("low", "high", "step"), span, strict=True))
    metadata.setdefault("labels", tuple(map(_label, metadata.get("choices", ()))))
    return dataclasses.field(default=default, metadata={"control": Control(**metadata)})


def _label(choice: Any) -> str:
    if isinstance(choice, bool):
        return "On" if choice else "Off"
    return str(choice).capitalize()
