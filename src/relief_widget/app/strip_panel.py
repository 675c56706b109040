"""A strip of small reliefs of the photo, to choose its style by eye."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from relief_widget.app.inputs import Inputs
from relief_widget.app.session import Session
from relief_widget.depth.builtin import Glance
from relief_widget.depth.depth_map import STYLES, Style
from relief_widget.heights.sources import Depth
from relief_widget.image.encoding import png
from relief_widget.image.photo import MaskSource, Photo
from relief_widget.relief import Relief
from relief_widget.settings import ReliefSettings, default
from relief_widget.widgets.background import Newest
from relief_widget.widgets.strip import Look, Strip

# Pixels of the map that a small relief is made of, and of its picture.
_MAP_SIDE, _PICTURE_SIDE = 320, 200


@dataclass(frozen=True)
class Choice:
    """A style of the shape estimate, with the settings that make it.

    Attributes
    ----------
    label
        For people.
    style
        Of the estimator.
    settings
        All choices have values for the same ones, so that none leaves anything of another.
    """

    label: str
    style: Style
    settings: Mapping[str, Any]


def _choice(label: str, style: Style, **settings: float) -> Choice:
    usual = {name: default(name) for name in ("compression", "enhance_details")}
    return Choice(label, style, MappingProxyType(usual | settings))


CHOICES: Mapping[str, Choice] = MappingProxyType(
    {
        "organic": _choice("Organic", "organic"),
        "detailed": _choice("Detailed", "detailed"),
        "deeper": _choice("Deeper form", "organic", compression=0.25),
        "engraved": _choice("Engraved", "detailed", compression=1.0, enhance_details=0.6),
    }
)
"""What there is to choose from, by name."""


class StripPanel:
    """The small reliefs, where a shape is estimated; hidden elsewhere.

    Parameters
    ----------
    session
        Whose photo it is.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._work = Newest()
        self._shown: Inputs | None = None
        self._pictures: dict[str, str] = {}
        self.element = Strip(self._choose)
        session.subscribe(self._follow, "relief")
        session.subscribe(self._mark, "height", "inputs")
        self._show()

    @property
    def busy(self) -> bool:
        """Whether the pictures are being made."""
        return self._work.busy

    def _choose(self, name: str) -> None:
        choice = CHOICES[name]
        self._session.restyle(choice.style, choice.label, **choice.settings)

    def _follow(self) -> None:
        inputs = self._session.inputs
        photo = inputs.photo
        self.element.layout.display = "" if inputs.source in STYLES and photo else "none"
        self._mark()
        if photo is None or inputs.source not in STYLES or _same(inputs, self._shown):
            return
        if self._shown is None or not inputs.same_picture(self._shown):
            self._pictures = {}
            self._show()
        self._shown = inputs
        mask = photo.mask if inputs.mask is None else inputs.mask

        def done(pictures: dict[str, str]) -> None:
            if _same(inputs, self._shown):
                self._pictures = pictures
                self._show()

        # A strip that cannot be made is no reason to say that something went wrong.
        self._work.run(lambda: small_reliefs(photo, mask), done, lambda _: None)

    def _mark(self) -> None:
        settings, source = self._session.settings, self._session.inputs.source
        self.element.chosen = next(
            (
                name
                for name, choice in CHOICES.items()
                if choice.style == source
                and all(getattr(settings, key) == value for key, value in choice.settings.items())
            ),
            "",
        )

    def _show(self) -> None:
        self.element.looks = [
            dict(Look(name=name, label=choice.label, picture=self._pictures.get(name, "")))
            for name, choice in CHOICES.items()
        ]


def small_reliefs(photo: Photo, mask: MaskSource) -> dict[str, str]:
    """Return a picture of a small relief for each choice, as a data: URL.

    Parameters
    ----------
    photo
        What the network has seen already is not looked at again.
    mask
        The subject, as for `Photo.with_mask`.
    """
    glance = Glance(photo if mask is None else photo.with_mask(mask), _MAP_SIDE)
    maps = {style: Depth(glance.depth_map(style)) for style in STYLES}
    pictures = {}
    for name, choice in CHOICES.items():
        settings = ReliefSettings(mesh_quality=_MAP_SIDE, **choice.settings)
        small = Relief(maps[choice.style], settings)
        picture = base64.b64encode(png(small.picture(_PICTURE_SIDE))).decode()
        pictures[name] = f"data:image/png;base64,{picture}"
    return pictures


def _same(one: Inputs, other: Inputs | None) -> bool:
    return other is not None and one.same_picture(other) and one.mask is other.mask
