"""Open any image safely, as upright sRGB pixels."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from relief_widget.arrays import Array, FloatArray, Pixels, frozen
from relief_widget.errors import ReliefError
from relief_widget.image.colour import fit, luminance, resize, shrink
from relief_widget.image.decoding import Picture
from relief_widget.image.kinds import check_size
from relief_widget.image.reading import flattened, grey, read_picture, unit

PhotoSource: TypeAlias = "str | Path | bytes | Image.Image | npt.ArrayLike | Photo"
MaskSource: TypeAlias = "PhotoSource | Literal[False] | None"

# Degrees; what is tilted farther is turned by a quarter.
MAX_TILT = 45

# Two pictures are the same one while their proportions differ by less than this share.
_SAME_ASPECT = 0.03


@dataclass(frozen=True, eq=False)
class Photo:
    """A photo: upright, sRGB, without alpha.

    Attributes
    ----------
    pixels
        (H, W, 3) sRGB, read-only: uint8, or float32 in [0, 1] where the source has more bits.
    mask
        float32 (H, W) in [0, 1], the subject; None: find it; False: the photo has no subject.
    name
        The file's stem, for titles and file names.

    Raises
    ------
    ReliefError
        The arrays have another shape or type; `open_photo` takes any picture.
    """

    pixels: Pixels
    mask: FloatArray | Literal[False] | None = None
    name: str = "photo"

    def __post_init__(self) -> None:
        pixels = self.pixels
        if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype not in (np.uint8, np.float32):
            raise ReliefError(
                f"A photo's pixels are not {pixels.dtype} {pixels.shape}.", "Use open_photo."
            )
        check_size(pixels.shape[1], pixels.shape[0], "The photo")
        object.__setattr__(self, "pixels", _frozen(pixels))
        if isinstance(self.mask, np.ndarray):
            if self.mask.shape != pixels.shape[:2]:
                raise ReliefError(
                    f"The mask is {self.mask.shape}, the photo {pixels.shape[:2]}.",
                    "Use photo.with_mask(mask).",
                )
            object.__setattr__(self, "mask", _frozen(self.mask.astype(np.float32, copy=False)))

    @property
    def width(self) -> int:
        """Columns."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """Rows."""
        return int(self.pixels.shape[0])

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.width, self.height

    def image(self, max_side: int | None = None) -> Image.Image:
        """Return an 8-bit RGB picture, its longer side at most `max_side` pixels."""
        size = fit(self.size, max_side)
        if self.pixels.dtype == np.uint8:
            image = Image.fromarray(self.pixels)
            if size != self.size:
                image = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
            return image
        return Image.fromarray(np.rint(self.srgb(max_side) * np.float32(255)).astype(np.uint8))

    def srgb(self, max_side: int | None = None) -> FloatArray:
        """Return sRGB values, float32 (H, W, 3) in [0, 1], the longer side at most `max_side`.

        They are not rounded to 8 bits when the photo is shrunk.
        """
        size = fit(self.size, max_side)
        values = shrink(self.pixels, size, _unit_pixels, Image.Resampling.LANCZOS, by_band=True)
        # Lanczos overshoots at edges.
        return np.clip(values, 0.0, 1.0, out=values)

    def luminance(self, max_side: int | None = None) -> FloatArray:
        """Return the relative luminance Y, the longer side at most `max_side`.

        float32 (H, W) in [0, 1], linear in light (IEC 61966-2-1), averaged as light when it is
        shrunk: a fine black and white pattern becomes 0.5.
        """
        size = fit(self.size, max_side)
        # Hamming's window has no negative lobes: no halo darker than black.
        return shrink(self.pixels, size, luminance, Image.Resampling.HAMMING)

    def subject_mask(self, shape: tuple[int, int]) -> FloatArray | None:
        """Return the mask as float32 (rows, cols) in [0, 1]; None where there is none."""
        if self.mask is None or self.mask is False:
            return None
        return _resampled(self.mask, shape)

    def with_mask(self, mask: MaskSource) -> Photo:
        """Return the photo with another subject mask.

        Parameters
        ----------
        mask
            None: find it; False: the photo has no subject. Otherwise a picture or an array, of any
            size but of the photo's proportions: bool or 0 and 1, uint8, or float in [0, 1]; bright
            is subject. The alpha of a cut-out picture counts, not its colours.

        Raises
        ------
        ReliefError
            The mask cannot be opened, or has other proportions.
        """
        if mask is None or mask is False:
            return dataclasses.replace(self, mask=mask)
        values = _mask_values(mask)
        rows, cols = values.shape
        # One pixel more or less is rounding, also in a picture of a few pixels.
        slack = _SAME_ASPECT + 1 / min(rows, cols, *self.size)
        if abs(np.log(self.width * rows / (self.height * cols))) > slack:
            raise ReliefError(
                f"The mask is {cols} × {rows} pixels, the photo {self.width} × {self.height}: "
                "they do not cover each other.",
                "Crop one of them, so that both show the same.",
            )
        return dataclasses.replace(self, mask=_resampled(values, (self.height, self.width)))

    def crop(self, left: int, top: int, right: int, bottom: int) -> Photo:
        """Return a part of the photo, with its part of the mask.

        Parameters
        ----------
        left, top, right, bottom
            In pixels; `right` and `bottom` are the first column and row that are left out.

        Raises
        ------
        ReliefError
            The part reaches beyond the photo, or is smaller than 2 × 2 pixels.
        """
        inside = min(left, top) >= 0 and right <= self.width and bottom <= self.height
        if not inside or min(right - left, bottom - top) < 2:
            raise ReliefError(
                f"There is no part from ({left}, {top}) to ({right}, {bottom}) in a photo of "
                f"{self.width} × {self.height} pixels.",
                "Give left, top, right and bottom within the photo, at least 2 pixels apart.",
            )
        return self._mapped(lambda values: values[top:bottom, left:right])

    def named(self, name: str) -> Photo:
        """Return the photo under another name."""
        return dataclasses.replace(self, name=name)

    def rotate(self, quarter_turns: int) -> Photo:
        """Return the photo turned anticlockwise by so many times 90°; negative: clockwise."""
        return self._mapped(lambda values: np.rot90(values, quarter_turns))

    def straightened(self, degrees: float) -> Photo:
        """Return the photo tilted clockwise, cut to the largest part of its own proportions.

        Parameters
        ----------
        degrees
            Between -45 and 45.

        Raises
        ------
        ReliefError
            It is tilted farther, or less than 2 × 2 pixels are left.
        """
        if not abs(degrees) <= MAX_TILT:
            raise ReliefError(
                f"A photo cannot be straightened by {degrees:g}°.",
                f"Use {-MAX_TILT} to {MAX_TILT}°, and turn it by quarters for more.",
            )
        return self._mapped(lambda values: _tilted(values, degrees)) if degrees else self

    def _mapped(self, change: Callable[[Array], Array]) -> Photo:
        mask = self.mask
        if mask is not None and mask is not False:
            mask = frozen(change(mask))
        return dataclasses.replace(self, pixels=frozen(change(self.pixels)), mask=mask)


def _tilted(values: Array, degrees: float) -> Array:
    """Return a picture tilted clockwise about its middle, nothing of the corners left in it."""
    rows, cols = values.shape[:2]
    angle = np.deg2rad(degrees)
    sin, cos = np.sin(angle), np.cos(angle)
    # The part's own corners lie on the edges of the picture.
    scale = 1 / (cos + abs(sin) * max(rows / cols, cols / rows))
    width, height = max(1, round(cols * scale)), max(1, round(rows * scale))
    # From a place in the result to the place in the picture that is seen there.
    to = (
        *(cos, sin, cols / 2 - cos * width / 2 - sin * height / 2),
        *(-sin, cos, rows / 2 + sin * width / 2 - cos * height / 2),
    )

    def plane(values: Array) -> Array:
        image = Image.fromarray(values)
        tilted: Array = np.asarray(
            image.transform((width, height), Image.Transform.AFFINE, to, Image.Resampling.BICUBIC)
        )
        return tilted

    if values.dtype == np.uint8:
        return plane(values)
    bands = [plane(band) for band in np.moveaxis(np.atleast_3d(values), 2, 0)]
    # Bicubic interpolation overshoots at edges.
    clipped: Array = np.clip(np.stack(bands, axis=2), 0, 1)
    return clipped.reshape(height, width, *values.shape[2:])


def open_photo(source: PhotoSource, *, mask: MaskSource = None) -> Photo:
    """Open a photo: EXIF's rotation is applied, the colours are converted to sRGB.

    Parameters
    ----------
    source
        Path of a JPEG, PNG, WebP, TIFF, BMP, GIF (first frame), HEIC (with ``relief_widget[heif]``)
        or AVIF file, its bytes, a PIL image, a `Photo`, or an array: (H, W), (H, W, 1), (H, W, 3),
        or with alpha (H, W, 2) and (H, W, 4); bool, integers or floats in [0, 1].
    mask
        The subject, as for `Photo.with_mask`; None takes the picture's alpha where it has one, or
        else leaves the subject to be found.

    Returns
    -------
    Photo
        uint8 pixels, or float32 where the source has more than 8 bits. Colours of 16 bits with
        another profile than sRGB are converted in 8 bits. Transparent parts show middle grey.

    Raises
    ------
    ReliefError
        It is no picture, damaged, smaller than 2 × 2 pixels, larger than 150 megapixels, or the
        mask does not fit. Nothing else is raised for bad input, and no warning is shown.
    """
    if isinstance(source, Photo):
        return source if mask is None else source.with_mask(mask)
    picture = read_picture(source, managed=True)
    pixels, alpha = flattened(picture)
    photo = Photo(pixels, alpha, picture.name)
    return photo if mask is None else photo.with_mask(mask)


def grey_picture(source: PhotoSource) -> Picture:
    """Open a picture as one band of numbers at its own precision, such as a depth map.

    Colour profiles are left out, EXIF's rotation is applied. Of coloured pictures with three equal
    bands one is taken, of others the luma; entirely transparent pixels become 0.

    Parameters
    ----------
    source
        What `open_photo` takes, floats of any range.

    Returns
    -------
    Picture
        Its values are (H, W) of bool, integers as in the file (8, 16 or 32 bits) or float32.

    Raises
    ------
    ReliefError
        As `open_photo`; also where the file could only be read with fewer bits than it has.
    """
    if isinstance(source, Photo):
        return Picture(grey(source.pixels), None, "The photo", source.name)
    picture = read_picture(source, managed=False)
    values = grey(picture.values)
    if picture.alpha is not None:
        values = np.where(picture.alpha == 0, np.zeros((), values.dtype), values)
    return dataclasses.replace(picture, values=values, alpha=None)


def _mask_values(mask: PhotoSource) -> FloatArray:
    """Return a mask of its own size, float32 in [0, 1]."""
    if isinstance(mask, Photo):
        if isinstance(mask.mask, np.ndarray):
            return mask.mask
        return _unit_pixels(grey(mask.pixels))
    picture = read_picture(mask, managed=True)
    label = "The mask" if picture.label.startswith("The ") else f"The mask {picture.label}"
    if picture.alpha is not None and unit(picture.alpha, label).min() < 1:
        return unit(picture.alpha, label)
    values = grey(picture.values)
    if values.dtype.kind in "iu" and values.max() <= 1:
        # Segmentation tools number their classes: 0 and 1 are no two shades of black.
        values = values.astype(np.bool_)
    return unit(values, label)


def _resampled(mask: FloatArray, shape: tuple[int, int]) -> FloatArray:
    # The triangle has no negative lobes: a mask stays within 0 and 1.
    values = resize(mask, (shape[1], shape[0]), Image.Resampling.BILINEAR)
    values.setflags(write=False)
    return values


def _unit_pixels(pixels: Pixels) -> FloatArray:
    values = pixels.astype(np.float32)
    if pixels.dtype == np.uint8:
        values /= np.float32(255)
    return values


def _frozen(values: Array) -> Array:
    """Return an array that nobody can write to: itself, or a copy of what somebody else holds."""
    return frozen(values) if values.flags.writeable else values
