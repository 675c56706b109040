"""A photo: upright sRGB pixels, and where its subject is."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from relief_widget.errors import ReliefError
from relief_widget.image_files import check_size, colour_and_alpha, opened

FloatArray: TypeAlias = npt.NDArray[np.float32]
PhotoSource: TypeAlias = "str | Path | bytes | Image.Image | npt.ArrayLike | Photo"

# Rec. 709 luminance of linear RGB.
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)


@dataclass(frozen=True, eq=False)
class Photo:
    """A photo: upright, sRGB, without alpha.

    Attributes
    ----------
    pixels
        (H, W, 3) sRGB, read-only: uint8, or float32 in [0, 1] where the source has more than 8
        bits.
    mask
        float32 (H, W) in [0, 1], the subject; None: find it; False: the photo has no subject.
    name
        The file's stem, for titles and file names.
    """

    pixels: npt.NDArray[np.uint8] | FloatArray
    mask: FloatArray | Literal[False] | None = None
    name: str = "photo"

    def __post_init__(self) -> None:
        self.pixels.setflags(write=False)

    @property
    def width(self) -> int:
        """Pixels across."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """Pixels down."""
        return int(self.pixels.shape[0])

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.width, self.height

    def image(self, max_side: int | None = None) -> Image.Image:
        """Return an 8-bit RGB picture, its longer side at most `max_side` pixels."""
        pixels = self.pixels
        if pixels.dtype != np.uint8:
            pixels = np.rint(pixels * 255).astype(np.uint8)
        image = Image.fromarray(pixels)
        if max_side is not None:
            image.thumbnail((max_side, max_side), Image.Resampling.LANCZOS)
        return image

    def srgb(self, max_side: int | None = None) -> FloatArray:
        """Return float32 (H, W, 3) sRGB values in [0, 1], the longer side at most `max_side`."""
        if self.pixels.dtype == np.uint8:
            return np.asarray(self.image(max_side), dtype=np.float32) / np.float32(255)
        deep = self.pixels.astype(np.float32)
        planes = [_shrunk(deep[..., k], max_side) for k in range(3)]
        return np.clip(np.stack(planes, axis=-1), 0, 1)

    def luminance(self, max_side: int | None = None) -> FloatArray:
        """Return linear luminance, float32 (H, W) in [0, 1], the longer side at most `max_side`.

        IEC 61966-2-1 (sRGB) and Rec. 709 weights; shrinking averages light, not code values.
        """
        step = max(1, 2**22 // self.width)
        light = np.empty(self.pixels.shape[:2], dtype=np.float32)
        for start in range(0, self.height, step):
            rows = self.pixels[start : start + step]
            code = rows / np.float32(255) if rows.dtype == np.uint8 else rows
            light[start : start + step] = linear(code.astype(np.float32)) @ _LUMINANCE
        return np.clip(_shrunk(light, max_side), 0, 1)

    def subject_mask(self, shape: tuple[int, int]) -> FloatArray | None:
        """Return the mask at `shape` (rows, cols), float32 in [0, 1], or None if there is none."""
        if self.mask is None or self.mask is False:
            return None
        if self.mask.shape == tuple(shape):
            return self.mask
        image = Image.fromarray(self.mask).resize(
            (shape[1], shape[0]), Image.Resampling.BICUBIC, reducing_gap=2.0
        )
        return np.clip(np.asarray(image, dtype=np.float32), 0, 1)

    def with_mask(self, mask: PhotoSource | Literal[False] | None) -> Photo:
        """Return the photo with another mask: None finds it, False is none, or an array or picture.

        Raises
        ------
        ReliefError
            The mask has other proportions than the photo, or is no picture.
        """
        if mask is None or mask is False:
            return dataclasses.replace(self, mask=mask)
        values = _mask_values(mask)
        rows, cols = values.shape
        slack = 0.03 + 1 / min(rows, cols, self.width, self.height)
        if abs(np.log(cols * self.height / (rows * self.width))) > slack:
            raise ReliefError(
                f"The mask is {cols} × {rows} pixels, the photo {self.width} × {self.height}: they "
                "are not the same picture.",
                "Give a mask with the photo's proportions.",
            )
        return dataclasses.replace(self, mask=values)

    def crop(self, left: int, top: int, right: int, bottom: int) -> Photo:
        """Return the pixels from `left` to before `right` and from `top` to before `bottom`.

        Raises
        ------
        ReliefError
            The frame is not within the photo, or less than 2 pixels wide or high.
        """
        inside = 0 <= left < right <= self.width and 0 <= top < bottom <= self.height
        if not inside or right - left < 2 or bottom - top < 2:
            raise ReliefError(
                f"The frame {left}, {top} to {right}, {bottom} is not within the photo of "
                f"{self.width} × {self.height} pixels.",
                "Choose a frame of at least 2 × 2 pixels within it.",
            )
        window = np.s_[top:bottom, left:right]
        mask = self._full_mask()
        return Photo(
            self.pixels[window].copy(), mask[window] if mask is not None else self.mask, self.name
        )

    def rotate(self, quarter_turns: int) -> Photo:
        """Return the photo turned counter-clockwise by quarter turns."""
        mask = self._full_mask()
        return Photo(
            np.rot90(self.pixels, quarter_turns).copy(),
            np.rot90(mask, quarter_turns).copy() if mask is not None else self.mask,
            self.name,
        )

    def _full_mask(self) -> FloatArray | None:
        return self.subject_mask((self.height, self.width))


def open_photo(source: PhotoSource, *, mask: PhotoSource | Literal[False] | None = None) -> Photo:
    """Open a photo from a path, bytes, a PIL image, an array or a `Photo`.

    EXIF rotation is applied, colours are brought to sRGB, transparency becomes the mask.

    Parameters
    ----------
    source
        JPEG, PNG, WebP, TIFF, BMP, GIF (its first frame), HEIC with the ``heif`` extra; or an array
        (H, W), (H, W, 1 … 4) of uint8, uint16, bool, or floats in [0, 1].
    mask
        None: the photo's transparency if it has any, else to be found; False: no subject; an array
        or picture, bright = subject.

    Raises
    ------
    ReliefError
        One sentence for whatever cannot be used, and what to do about it.
    """
    photo = source if isinstance(source, Photo) else _opened(source)
    return photo if mask is None else photo.with_mask(mask)


def linear(code: FloatArray) -> FloatArray:
    """Return linear light of sRGB code values in [0, 1] (IEC 61966-2-1)."""
    low = code / np.float32(12.92)
    high = ((code + np.float32(0.055)) / np.float32(1.055)) ** np.float32(2.4)
    return np.where(code <= np.float32(0.04045), low, high)


def _opened(source: PhotoSource) -> Photo:
    if isinstance(source, str | Path):
        if str(source).startswith(("http://", "https://")):
            raise ReliefError(
                "A web address is not opened from here.", "Download the photo and give its file."
            )
        path = Path(source)
        with opened(path, path.name or str(path)) as image:
            pixels, alpha = colour_and_alpha(image)
        return Photo(pixels, alpha, path.stem)
    if isinstance(source, bytes | bytearray | memoryview):
        with opened(bytes(source), "The image") as image:
            return Photo(*colour_and_alpha(image))
    if isinstance(source, Image.Image):
        check_size(source.size, "The image")
        try:
            return Photo(*colour_and_alpha(source))
        except (OSError, ValueError, SyntaxError):
            raise ReliefError(
                "The image is damaged and cannot be decoded.", "Open it again."
            ) from None
    return _from_array(source)


def _from_array(source: PhotoSource) -> Photo:
    array = checked_array(source)
    if array.ndim == 2:
        array = array[..., None]
    if array.ndim != 3 or not 1 <= array.shape[2] <= 4:
        raise ReliefError(
            f"An array of shape {array.shape} is no picture.",
            "Give (H, W), (H, W, 3) or (H, W, 4).",
        )
    check_size((array.shape[1], array.shape[0]), "The array")
    if np.issubdtype(array.dtype, np.floating) and (array.min() < 0 or array.max() > 1):
        raise ReliefError(
            f"The array runs from {array.min():g} to {array.max():g}, not within 0 and 1.",
            "Scale floats to [0, 1], or give uint8.",
        )
    alpha = None
    if array.shape[2] in (2, 4):
        alpha = _unit(array[..., -1])
        array = array[..., :-1]
        if (alpha >= 1).all():
            alpha = None
    if array.shape[2] == 1:
        array = np.repeat(array, 3, axis=2)
    if array.dtype == np.uint8 and alpha is None:
        return Photo(np.array(array, dtype=np.uint8))
    pixels = _unit(array)
    if alpha is not None:
        pixels = 1 - alpha[..., None] * (1 - pixels)
    return Photo(pixels, alpha)


def checked_array(source: object) -> npt.NDArray[np.generic]:
    """Return `source` as an array of numbers.

    Raises
    ------
    ReliefError
        It holds something else, or values that are not finite.
    """
    try:
        array = np.asarray(source)
    except (TypeError, ValueError):
        array = np.empty(0, dtype=object)
    if not (np.issubdtype(array.dtype, np.number) or array.dtype == bool) or np.iscomplexobj(array):
        raise ReliefError(
            f"{type(source).__name__} is nothing that can be opened as a picture.",
            "Give a path, bytes, a PIL image or an array of numbers.",
        )
    if not np.isfinite(array).all():
        raise ReliefError(
            "The array has values that are not numbers (NaN or infinity).",
            "Replace them first, for example with numpy.nan_to_num.",
        )
    return array


def _unit(array: npt.NDArray[np.generic]) -> FloatArray:
    """Bring integers to [0, 1] by their full scale."""
    if array.dtype == bool or np.issubdtype(array.dtype, np.floating):
        return array.astype(np.float32)
    full = 255 if array.dtype.itemsize == 1 else 65535
    largest = int(array.max()) if array.size else 0
    if int(array.min()) < 0 or largest > full:
        raise ReliefError(
            f"The array has values up to {largest}, beyond its {full}.",
            "Give uint8, uint16, or floats in [0, 1].",
        )
    return array.astype(np.float32) / np.float32(full)


def _mask_values(mask: PhotoSource) -> FloatArray:
    if isinstance(mask, Photo):
        photo = mask
    elif isinstance(mask, str | Path | bytes | Image.Image):
        photo = _opened(mask)
    else:
        array = checked_array(mask)
        if array.ndim == 3 and array.shape[2] == 1:
            array = array[..., 0]
        if array.ndim != 2 or min(array.shape) < 2:
            raise ReliefError(
                f"A mask of shape {array.shape} does not fit a photo.", "Give an array (H, W)."
            )
        values = array.astype(np.float32)
        # Integers of 0 and 1 are as common a mask as 0 and 255.
        if np.issubdtype(array.dtype, np.integer) and values.max() > 1:
            values = _unit(array)
        return np.clip(values, 0, 1)
    # A cut-out on transparent ground is a mask too.
    if photo.mask is not None and photo.mask is not False:
        return photo.mask
    return photo.srgb() @ np.array([1 / 3, 1 / 3, 1 / 3], dtype=np.float32)


def _shrunk(plane: npt.NDArray[np.floating], max_side: int | None) -> FloatArray:
    rows, cols = plane.shape
    values = np.ascontiguousarray(plane, dtype=np.float32)
    if max_side is None or max(rows, cols) <= max_side:
        return values
    scale = max_side / max(rows, cols)
    size = max(1, round(cols * scale)), max(1, round(rows * scale))
    return np.asarray(Image.fromarray(values).resize(size, Image.Resampling.LANCZOS))
