"""Pictures to bytes, for views and notebooks."""

from __future__ import annotations

import io

from PIL import Image


def png(image: Image.Image, *, small: bool = False) -> bytes:
    """Return `image` as a PNG file; `small` takes longer."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=9 if small else 3)
    return buffer.getvalue()


def jpeg(image: Image.Image, quality: int) -> bytes:
    """Return `image` as a JPEG file."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()
