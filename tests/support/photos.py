"""Photos of several kinds, small: what people give, and what presets must make something of."""

from __future__ import annotations

from functools import cache

import numpy as np
from PIL import Image, ImageDraw

from relief_widget import example_photos

KINDS = ("portrait", "scene", "logo", "cut_out", "wide")


@cache
def photo(kind: str) -> Image.Image:
    """Return a portrait, a scene without a subject, a logo, a cut-out or a very wide picture."""
    if kind == "portrait":
        image = Image.open(example_photos()["hopper"]).convert("RGB")
        image.thumbnail((240, 240))
        return image
    if kind == "scene":
        y, x = np.mgrid[:150, :200]
        waves = 128 + 50 * np.sin(x / 11 + y / 31) * np.cos(y / 9) + 40 * np.sin(x * y / 900)
        return Image.fromarray(np.stack([waves, waves * 0.9, 255 - waves], -1).astype(np.uint8))
    if kind == "logo":
        return letter("white", "black", "#d02030")
    if kind == "cut_out":
        image = Image.new("RGBA", (240, 200), (0, 0, 0, 0))
        draw = ImageDraw.Draw(image)
        draw.ellipse((40, 30, 190, 180), fill=(200, 120, 60, 255))
        draw.ellipse((80, 70, 110, 100), fill=(40, 30, 30, 255))
        return image
    assert kind == "wide"
    image = Image.open(example_photos()["pagoda"]).convert("RGB").resize((360, 240))
    return image.crop((0, 90, 360, 150))


def letter(ground: str, ink: str, dot: str) -> Image.Image:
    """Return an F with a dot, in three colours: it looks like nothing else when flipped."""
    image = Image.new("RGB", (320, 400), ground)
    draw = ImageDraw.Draw(image)
    draw.rectangle((60, 50, 110, 350), fill=ink)
    draw.rectangle((60, 50, 260, 100), fill=ink)
    draw.rectangle((60, 180, 200, 184), fill=ink)
    draw.ellipse((200, 260, 280, 340), fill=dot)
    return image
