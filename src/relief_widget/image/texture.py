"""The picture that is laid over a relief."""

from __future__ import annotations

from relief_widget.image.encoding import jpeg
from relief_widget.image.photo import Photo
from relief_widget.recent import OfArray

_SIDE = 1024
_MADE: OfArray[bytes] = OfArray()


def texture(photo: Photo | None) -> bytes:
    """Return the photo as the JPEG that is laid over the surface; empty without a photo.

    It is made once: masks and names make no difference.
    """
    if photo is None:
        return b""
    return _MADE.get(photo.pixels, lambda _: jpeg(photo.image(_SIDE), 88))
