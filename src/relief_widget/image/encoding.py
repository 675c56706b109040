"""Pictures to bytes, for views and notebooks."""

from __future__ import annotations

import io

from PIL import Image


def jpeg(image: Image.Image, quality: int, *, subsampling: int = -1) -> bytes:
    """Return `image` as a JPEG file; subsampling 0 keeps all of its colours, -1 is Pillow's."""
    buffer = io.BytesIO()
    image.convert("RGB").save(buffer, "JPEG", quality=quality, subsampling=subsampling)
    return buffer.getvalue()


def png(image: Image.Image, *, small: bool = False) -> bytes:
    """Return `image` as a PNG file; `small` takes longer."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=9 if small else 3)
    return buffer.getvalue()


def thumbnail(picture: bytes, side: int = 240) -> bytes:
    """Return a small JPEG file of a picture file; transparent parts become white."""
    with Image.open(io.BytesIO(picture)) as opened:
        image = opened.convert("RGBA")
    image.thumbnail((side, side))
    return jpeg(Image.alpha_composite(Image.new("RGBA", image.size, "white"), image), 80)
