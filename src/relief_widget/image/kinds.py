"""What kind of file it is, from its first bytes; a name's suffix may lie."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import IO

from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from relief_widget.errors import ReliefError

# A phone's 108 megapixels work; more would need gigabytes, for detail that no part can show.
MAX_PIXELS = 150_000_000
# What opening a picture may take at its peak, with all copies: what is read of a file, what its
# decoder holds, and what becomes of it.
MOST_BYTES = 1_200_000_000

READABLE = "JPEG, PNG, WebP, TIFF, BMP, GIF or HEIC"
_EXPORT = "Export it as PNG or JPEG, and use that."
_STILL = "Take a still from it as PNG or JPEG, and use that."

_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"heif")
_AVIF_BRANDS = (b"avif", b"avis")

# What people also try, by its first bytes: what to call it, and what to do.
_OTHERS: tuple[tuple[bytes, str, str], ...] = (
    (rb"%PDF", "a PDF document", _EXPORT),
    (rb"%!PS|\xc5\xd0\xd3\xc6", "a PostScript document", _EXPORT),
    (rb"8BPS", "a Photoshop document", _EXPORT),
    (rb"gimp xcf", "a GIMP document", _EXPORT),
    (rb"PK\x03\x04|\x1f\x8b", "an archive", "Take the picture out of it, and use that."),
    (rb"....ftypcrx |FUJIFILMCCD|IIRO|IIU\0", "a camera's raw file", _EXPORT),
    (rb"....ftypjp2 |....jP|\xff\x4f\xff\x51", "a JPEG 2000 picture", _EXPORT),
    (rb"....ftyp|\x1aE\xdf\xa3|RIFF....AVI |FLV\x01|OggS", "a video", _STILL),
    (rb"\0\0\x01[\xb0-\xbf]|0&\xb2u", "a video", _STILL),
    (rb"<(!doctype html|html|head|body)", "a web page", "Download the picture itself."),
    (rb"<.*<svg|<svg", "a vector drawing (SVG)", "Export it as PNG, and use that."),
    (rb"solid |ply\n|glTF", "a 3D model", "Give the photo instead."),
)


def open_kind(stream: IO[bytes], label: str) -> ImageFile.ImageFile:
    """Read the header of a picture, and no pixels.

    Only the formats that are named here are tried, not all that Pillow knows: some of those start
    other programs, and some accept any bytes.

    Parameters
    ----------
    stream
        The file, at its beginning.
    label
        The file's name, for the messages.

    Raises
    ------
    ReliefError
        It is not a picture of a kind that can be read.
    """
    head = stream.read(4096)
    stream.seek(0)
    if not head:
        raise ReliefError(f"{label} is empty.", "Copy or download it again.")
    if head.startswith(b"\xff\xd8\xff"):
        return JpegImagePlugin.JpegImageFile(stream)
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        # Pillow calls a PNG without pixels no picture at all; its size is the better reason.
        check_size(int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big"), label)
        return PngImagePlugin.PngImageFile(stream)
    if head.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        tiff = TiffImagePlugin.TiffImageFile(stream)
        _refuse_raw(tiff, head, label)
        return tiff
    if head.startswith((b"GIF87a", b"GIF89a")):
        return GifImagePlugin.GifImageFile(stream)
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return WebPImagePlugin.WebPImageFile(stream)
    if head.startswith(b"BM"):
        return BmpImagePlugin.BmpImageFile(stream)
    if head[4:8] == b"ftyp":
        # The compatible brands count too: phones write the general brand mif1 first.
        brands = head[8 : min(len(head), int.from_bytes(head[:4], "big"))]
        if any(brand in brands for brand in _AVIF_BRANDS):
            return _open_avif(stream, label)
        if any(brand in brands for brand in _HEIF_BRANDS):
            return _open_heif(stream, label)
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for start, kind, hint in _OTHERS:
        if re.match(start, text, re.DOTALL | re.IGNORECASE):
            raise ReliefError(f"{label} is {kind}, not a photo.", hint)
    raise ReliefError(f"{label} is not a picture that can be read.", f"Use {READABLE}.")


def check_size(width: int, height: int, label: str, most: int = MAX_PIXELS) -> None:
    """Refuse pictures without an area, and giant ones.

    Raises
    ------
    ReliefError
        A side is shorter than 2 pixels, or there are more than `most` pixels.
    """
    if min(width, height) < 2:
        raise ReliefError(
            f"{label} is {width} × {height} pixels: that is no area.",
            "Use a picture of at least 2 × 2 pixels, better of 500 × 500.",
        )
    if width * height > most:
        raise ReliefError(
            f"{label} has {width * height / 1e6:.0f} megapixels, more than the "
            f"{most / 1e6:.0f} that can be opened.",
            "Scale it down first; 4000 pixels along the longer side are plenty.",
        )


def check_bytes(count: int, label: str) -> None:
    """Refuse what would take too much memory while it is opened, before anything is allocated.

    Raises
    ------
    ReliefError
        More than `MOST_BYTES` would be needed.
    """
    if count > MOST_BYTES:
        raise ReliefError(
            f"{label} would take {count / 1e9:.1f} GB of memory to open, more than the "
            f"{MOST_BYTES / 1e9:.1f} that are allowed.",
            "Scale it down first; 4000 pixels along the longer side are plenty.",
        )


def _refuse_raw(tiff: TiffImagePlugin.TiffImageFile, head: bytes, label: str) -> None:
    """Refuse raw files in TIFF's clothes: Pillow would show their thumbnail as if it were all."""
    dng_version, new_subfile_type, thumbnail = 50706, 254, 1
    is_raw = dng_version in tiff.tag_v2 or head[8:10] == b"CR"
    if is_raw or tiff.tag_v2.get(new_subfile_type) == thumbnail:
        raise ReliefError(f"{label} is a camera's raw file, not a photo.", _EXPORT)


def _open_heif(stream: IO[bytes], label: str) -> ImageFile.ImageFile:
    try:
        # The plugin's class, because registering it would change Pillow for everybody.
        from pillow_heif.as_plugin import HeifImageFile
    except ImportError as error:
        raise ReliefError(
            f"{label} is a HEIC photo, as iPhones make them; what reads it is not installed here.",
            "Send it as JPEG, or install it with: pip install relief_widget[heif]",
        ) from error
    factory: Callable[[IO[bytes]], ImageFile.ImageFile] = HeifImageFile
    return factory(stream)


def _open_avif(stream: IO[bytes], label: str) -> ImageFile.ImageFile:
    try:
        from PIL import AvifImagePlugin
    except ImportError as error:
        raise ReliefError(f"{label} is AVIF, which this Pillow cannot read.", _EXPORT) from error
    return AvifImagePlugin.AvifImageFile(stream)
