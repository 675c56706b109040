"""From the bytes of an answer to a depth map of the photo."""

from __future__ import annotations

import io
import warnings

from PIL import Image

from relief_widget.arrays import Array, FloatArray
from relief_widget.depth.builtin import BuiltIn
from relief_widget.depth.depth_map import DepthMap, Style
from relief_widget.depth.gemini.canvas import Canvas
from relief_widget.depth.gemini.faults import MayBeChargedError, damaged
from relief_widget.depth.quality import examine
from relief_widget.errors import DepthError, ReliefError
from relief_widget.image.decoding import own_warnings
from relief_widget.image.photo import Photo, open_photo
from relief_widget.image.reading import read_picture

# An answer with more pixels than this many times those that were asked for is none.
_MOST = 4
_ROUGH_SIDE = 320


def open_answer(data: bytes, expected: tuple[int, int]) -> tuple[Array, bool]:
    """Return the pixels of an answer at their own precision, and whether they came without loss.

    Parameters
    ----------
    data
        A picture file of any kind; what the service calls it does not count.
    expected
        Width and height that were asked for.

    Raises
    ------
    DepthError
        It is no picture, damaged, or far larger than what was asked for.
    """
    try:
        with own_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data)) as header:
                width, height = header.size
                lossless = header.format in ("PNG", "TIFF", "BMP")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large() from None
    except (OSError, ValueError, SyntaxError):
        raise damaged() from None
    if width * height > _MOST * expected[0] * expected[1]:
        raise _too_large()
    try:
        return read_picture(data, managed=False).values, lossless
    except ReliefError:
        raise damaged() from None


def depth_map_of(
    data: bytes, photo: Photo, style: Style, sent: Canvas, expected: tuple[int, int]
) -> DepthMap:
    """Return the checked and repaired depth map of a photo.

    Raises
    ------
    DepthError
        The answer is no picture, or a picture that cannot be a depth map.
    """
    picture, lossless = open_answer(data, expected)
    values, report = examine(
        picture,
        sent.pixels,
        lossless=lossless,
        padding=sent.padding,
        reference=_rough(photo),
    )
    shape = values.shape[0], values.shape[1]
    return DepthMap(
        values, mask=photo.subject_mask(shape), style=style, size=photo.size, report=report
    )


def _rough(photo: Photo) -> FloatArray | None:
    """Return a quick estimate of the depth, good enough to tell near from far.

    None where the built-in network cannot run: an answer that was paid for is not lost for that.
    """
    small = open_photo(photo.image(_ROUGH_SIDE))
    try:
        return BuiltIn()(small).values
    except DepthError:
        return None


def _too_large() -> DepthError:
    return MayBeChargedError(
        "The picture from Gemini is far larger than what was asked for, and was not opened.",
        "Generate it again.",
    )
