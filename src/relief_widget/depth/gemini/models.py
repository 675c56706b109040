"""The image models as data: names, sizes, pixels and prices."""

from __future__ import annotations

import difflib
import math
import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias, get_args

from relief_widget.arguments import shown
from relief_widget.errors import DepthError

Size: TypeAlias = Literal["512", "1K", "2K", "4K"]
SIZES: tuple[Size, ...] = get_args(Size)

# Side of the pixels of a size against those of 1K.
_SCALE = MappingProxyType({"512": 0.5, "1K": 1.0, "2K": 2.0, "4K": 4.0})

PRICES_AS_OF = "2026-10-09"
"""When the prices below were read on Google's price page."""

PIXELS_1K = MappingProxyType(
    {
        "1:1": (1024, 1024),
        "2:3": (848, 1264),
        "3:2": (1264, 848),
        "3:4": (896, 1200),
        "4:3": (1200, 896),
        "4:5": (928, 1152),
        "5:4": (1152, 928),
        "9:16": (768, 1376),
        "16:9": (1376, 768),
        "21:9": (1584, 672),
    }
)
"""Width and height of an answer at 1K for each aspect ratio that is asked for. They are not quite
the ratio's own, and more extreme ratios, which some models offer, repeat parts of the picture.
Source: Google's table for Nano Banana Pro; the others answer alike."""


@dataclass(frozen=True, kw_only=True)
class Prices:
    """What tokens cost, in US dollars a million.

    Attributes
    ----------
    image, text, prompt
        Tokens of pictures that are made, of text and thoughts that are made, and of all that is
        sent.
    """

    image: float
    text: float
    prompt: float


@dataclass(frozen=True, kw_only=True)
class ImageModel:
    """A hosted image model.

    Attributes
    ----------
    label
        Name for people.
    id
        Google's name; it changes more often than the label.
    sizes
        What it offers, the smallest first; nothing where a size must not be asked for.
    tokens
        Tokens of one picture for each of `sizes`.
    prices
        Or None where they are not known.
    thinking
        Levels of thought that may be chosen, the first is asked for; nothing where there is none.
    thoughts
        Tokens of thought to allow for in an estimate.
    refine
        Whether a second turn refines the first answer.
    """

    label: str
    id: str
    sizes: tuple[Size, ...] = ("1K", "2K", "4K")
    tokens: tuple[int, ...] = ()
    prices: Prices | None = None
    thinking: tuple[str, ...] = ()
    thoughts: int = 0
    refine: bool = False

    @property
    def default_size(self) -> Size | None:
        """2K where it is offered: averaging four pixels softens the steps of 8 bits."""
        if not self.sizes:
            return None
        return "2K" if "2K" in self.sizes else self.sizes[-1]

    def size(self, name: str | None) -> Size | None:
        """Return a size as the model wants it written; None stands for the default.

        Raises
        ------
        DepthError
            The model does not offer it.
        """
        if name is None:
            return self.default_size
        for size in self.sizes:
            if isinstance(name, str) and size == name.strip().upper():
                return size
        offered = ", ".join(self.sizes) or "no size: leave it out"
        raise DepthError(
            f"{self.label} makes no pictures of size {shown(name)}.", f"It has {offered}."
        )


_NANO_BANANA_2 = Prices(image=30, text=7.50, prompt=1.50)

MODELS = MappingProxyType(
    {
        "nano-banana-2": ImageModel(
            label="Nano Banana 2",
            id="gemini-nano-banana-2.1",
            tokens=(1120, 1680, 3780),
            prices=_NANO_BANANA_2,
            thinking=("minimal", "medium", "high"),
        ),
        "nano-banana-2-lite": ImageModel(
            label="Nano Banana 2 Lite",
            id="gemini-3.1-flash-lite-image",
            sizes=("1K",),
            tokens=(1120,),
            prices=Prices(image=30, text=1.50, prompt=0.25),
        ),
        "nano-banana-pro": ImageModel(
            label="Nano Banana Pro",
            id="gemini-3-pro-image",
            tokens=(1120, 1120, 2000),
            prices=Prices(image=120, text=12.00, prompt=2.00),
            thoughts=2000,
        ),
        "gemini-edit": ImageModel(
            label="Gemini Edit (two turns)",
            id="gemini-nano-banana-2.1",
            sizes=("1K", "2K"),
            tokens=(1120, 1680),
            prices=_NANO_BANANA_2,
            thinking=("minimal", "medium", "high"),
            refine=True,
        ),
    }
)
"""By short name; sources of ids, tokens and prices: Google's model and price pages as of
`PRICES_AS_OF`. Google renamed its image models three times in 2026: any other id can be given."""


def image_model(name: str | ImageModel) -> ImageModel:
    """Return a model by its short name, or one of any id.

    Raises
    ------
    DepthError
        The name is a mistyped short name, or cannot be an id.
    """
    if isinstance(name, ImageModel):
        return name
    text = name.strip() if isinstance(name, str) else ""
    if text.lower() in MODELS:
        return MODELS[text.lower()]
    for model in MODELS.values():
        if model.id == text.removeprefix("models/") and not model.refine:
            return model
    near = difflib.get_close_matches(text.lower(), MODELS, n=1, cutoff=0.8)
    # What stands in an address must not lead to another one.
    if near or not re.fullmatch(r"(?!.*(\.\.|//))[a-zA-Z0-9._/-]+", text):
        raise DepthError(
            f"There is no image model named {shown(name)}.",
            f"Did you mean {near[0]!r}?"
            if near
            else f"Short names are {', '.join(MODELS)}; or give Google's id of a model.",
        )
    return ImageModel(label=text, id=text.removeprefix("models/"), sizes=SIZES)


def nearest_ratio(width: int, height: int) -> str:
    """Return the aspect ratio that needs the least padding for a picture of this size."""

    def apart(ratio: str) -> float:
        wide, high = PIXELS_1K[ratio]
        return abs(math.log(width / height) - math.log(wide / high))

    return min(PIXELS_1K, key=apart)


def answer_size(ratio: str, size: Size | None) -> tuple[int, int]:
    """Return width and height in pixels of an answer; without a size those of 1K."""
    width, height = PIXELS_1K[ratio]
    scale = _SCALE[size or "1K"]
    return round(width * scale), round(height * scale)
