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
