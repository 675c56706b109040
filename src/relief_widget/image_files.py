"""Decode any image file safely: upright, in sRGB, with its alpha."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from relief_widget.errors import ReliefError

# A 108-megapixel phone photo is fine; beyond this, decoding alone takes gigabytes.
MAX_PIXELS = 150_000_000

_FORMATS = "JPEG, PNG, WebP, TIFF, BMP, GIF or HEIC"
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")
_DEEP = ("I;16", "I;16B", "I;16L", "I;16N", "I", "F")


@contextmanager
def opened(source: str | Path | bytes, name: str) -> Iterator[Image.Image]:
    """Open a file and check its size, before a pixel is decoded.

    Parameters
    ----------
    source
        Path or the file's bytes.
    name
        What to call it in messages.

    Yields
    ------
    The image, not yet decoded; every fault on the way, also in the block, is a `ReliefError`.
    """
    _register_heif()
    unreadable = ReliefError(
        f"{name} is not an image that can be read.", f"Give a photo as {_FORMATS}."
    )
    try:
        data = Path(source).read_bytes() if isinstance(source, str | Path) else bytes(source)
    except (OSError, ValueError) as error:
        raise _unopened(name, error) from None
    if not data:
        raise ReliefError(f"{name} is empty.", "Save or download it again.")
    try:
        with warnings.catch_warnings():
            # The size is checked below, with a limit and a sentence of our own.
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data)) as image:
                check_size(image.size, name)
                yield image
    except ReliefError:
        raise
    except Image.DecompressionBombError as error:
        count = re.search(r"(\d+) pixels", str(error))
        raise _too_large(name, int(count[1]) if count else None) from None
    except UnidentifiedImageError:
        if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
            raise ReliefError(
                f"{name} is a HEIC photo, which needs one more package.",
                "Run: pip install 'relief_widget[heif]'",
            ) from None
        if data.lstrip()[:5] in (b"<svg ", b"<?xml"):
            raise ReliefError(
                f"{name} is a drawing (SVG or XML), not a picture of pixels.",
                "Export it as PNG, 1000 pixels or more across.",
            ) from None
        raise unreadable from None
    except MemoryError:
        raise _too_large(name, None) from None
    # Decoders raise whatever a broken file makes them stumble over.
    except Exception as error:
        if isinstance(error, OSError) and "truncated" in str(error):
            raise ReliefError(
                f"{name} is incomplete: the file ends in the middle of the picture.",
                "Copy or download it again.",
            ) from None
        raise ReliefError(
            f"{name} is damaged and cannot be decoded.", "Copy or download it again."
        ) from None


def check_size(size: tuple[int, int], name: str) -> None:
    """Refuse pictures too small for a relief or too large for memory.

    Raises
    ------
    ReliefError
        A side is below 2 pixels, or there are more than `MAX_PIXELS`.
    """
    width, height = size
    if min(width, height) < 2:
        raise ReliefError(
            f"{name} is {width} × {height} pixels, too small for a relief.",
            "Give a picture of at least 2 × 2 pixels.",
        )
    if width * height > MAX_PIXELS:
        raise _too_large(name, width * height)


def colour_and_alpha(
    image: Image.Image,
) -> tuple[npt.NDArray[np.uint8] | npt.NDArray[np.float32], npt.NDArray[np.float32] | None]:
    """Return upright sRGB pixels and the alpha, if any of it is transparent.

    Parameters
    ----------
    image
        An opened image; its first frame is used.

    Returns
    -------
    pixels
        (H, W, 3): uint8, or float32 in [0, 1] from pictures of more than 8 bits.
    alpha
        float32 (H, W) in [0, 1], or None. Transparent pixels are white, whatever colour hides
        there.
    """
    image = ImageOps.exif_transpose(image)
    if image.mode in _DEEP:
        grey = _unit_grey(np.asarray(image))
        return np.repeat(grey[..., None], 3, axis=2), None
    alpha = None
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        image = _in_srgb(image.convert("RGBA"), image.info.get("icc_profile"))
        channel = np.asarray(image.getchannel("A"))
        if (channel < 255).any():
            alpha = channel.astype(np.float32) / np.float32(255)
            white = Image.new("RGBA", image.size, (255, 255, 255, 255))
            image = Image.alpha_composite(white, image)
    else:
        image = _in_srgb(image, image.info.get("icc_profile"))
    return np.asarray(image.convert("RGB")), alpha


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert to sRGB by the embedded profile; without a usable one, by Pillow's own rules."""
    if profile:
        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        source = image.convert("RGB") if image.mode == "P" else image
        try:
            converted = ImageCms.profileToProfile(
                source,
                ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
                outputMode=mode,
            )
        except (ImageCms.PyCMSError, OSError, ValueError):
            converted = None
        if converted is not None:
            return converted
    return image if image.mode == "RGBA" else image.convert("RGB")


def _unit_grey(values: npt.NDArray[np.generic]) -> npt.NDArray[np.float32]:
    """Bring deep grey to [0, 1]: integers by 16-bit full scale, floats by their range if needed."""
    deep = values.astype(np.float32)
    if not np.isfinite(deep).all():
        raise ReliefError(
            "The picture has pixels that are not numbers (NaN or infinity).",
            "Replace them first, for example with numpy.nan_to_num.",
        )
    if np.issubdtype(values.dtype, np.integer) and deep.min() >= 0 and deep.max() <= 65535:
        return deep / np.float32(65535)
    low, high = float(deep.min()), float(deep.max())
    if low >= 0 and high <= 1:
        return deep
    return (deep - np.float32(low)) / np.float32(max(high - low, 1e-30))


def _unopened(name: str, error: OSError | ValueError) -> ReliefError:
    if isinstance(error, FileNotFoundError):
        return ReliefError(f"There is no file {name}.", "Check the name and the folder.")
    if isinstance(error, IsADirectoryError):
        return ReliefError(f"{name} is a folder, not a file.", "Name a photo in it.")
    if isinstance(error, PermissionError):
        return ReliefError(f"There is no permission to read {name}.", "Check whose file it is.")
    return ReliefError(f"{name} cannot be read.", "Check the name and the folder.")


def _too_large(name: str, pixels: int | None) -> ReliefError:
    what = "" if pixels is None else f"{pixels / 1e6:.0f} megapixels, "
    return ReliefError(
        f"{name} has {what}more than can be opened ({MAX_PIXELS / 1e6:.0f} megapixels).",
        "Shrink it first: a relief never shows more than a few megapixels.",
    )


def _register_heif() -> None:
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        return
    register_heif_opener()
