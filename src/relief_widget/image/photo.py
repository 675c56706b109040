"""Open any image safely, as upright sRGB pixels."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from relief_widget import arguments
from relief_widget.arrays import Array, FloatArray, Pixels, frozen
from relief_widget.errors import ReliefError
from relief_widget.image.colour import fit, luminance, resize, shrink
from relief_widget.image.decoding import Picture
from relief_widget.image.kinds import MAX_PIXELS, check_size
from relief_widget.image.reading import GREY_GROUND, flattened, grey, read_picture, unit

PhotoSource: TypeAlias = "str | Path | bytes | Image.Image | npt.ArrayLike | Photo"
MaskSource: TypeAlias = "PhotoSource | Literal[False] | None"

# What shows where a picture is transparent, in 8-bit levels.
Ground: TypeAlias = Literal["white", "grey", "black"]
GROUNDS: dict[Ground, int] = {"white": 255, "grey": GREY_GROUND, "black": 0}

# Degrees; what is tilted farther is turned by a quarter.
MAX_TILT = 45

# More than any picture has pixels.
_FAR = 10**9

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
    orientation
        EXIF's, 1 to 8, by which the pixels were turned upright; 1 where there was none, and where
        they were turned or tilted since.
    cut_out
        `mask` is the alpha of the picture, and what is transparent shows neutral grey.

    Raises
    ------
    ReliefError
        The arrays have another shape or type; `open_photo` takes any picture.
    """

    pixels: Pixels
    mask: FloatArray | Literal[False] | None = None
    name: str = "photo"
    orientation: int = 1
    cut_out: bool = False

    def __post_init__(self) -> None:
        pixels = self.pixels
        hint = "Use open_photo, which takes any picture."
        arguments.instance("pixels", pixels, np.ndarray, hint=hint)
        arguments.text("name", self.name)
        if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype not in (np.uint8, np.float32):
            raise ReliefError(
                f"A photo's pixels are not {pixels.dtype} {pixels.shape}.", "Use open_photo."
            )
        check_size(pixels.shape[1], pixels.shape[0], "The photo")
        if pixels.dtype == np.float32 and not (pixels.min() >= 0 and pixels.max() <= 1):
            raise ReliefError("A photo's pixels are not all from 0 to 1.", hint)
        if self.mask is not None and self.mask is not False:
            hint = "Use photo.with_mask(mask), which takes any picture."
            arguments.instance("mask", self.mask, np.ndarray, hint=hint)
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
        """Return the mask as float32 (rows, cols) in [0, 1]; None where there is none.

        Raises
        ------
        ReliefError
            The shape is no pair of whole numbers.
        """
        shape = arguments.pair("shape", shape, 1, MAX_PIXELS)
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
            return dataclasses.replace(self, mask=mask, cut_out=False)
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
        mask = _resampled(values, (self.height, self.width))
        return dataclasses.replace(self, mask=mask, cut_out=False)

    def on_ground(self, ground: Ground) -> Photo:
        """Return a cut-out photo on another ground, others as they are; the mask stays.

        Parameters
        ----------
        ground
            ``"white"``, ``"grey"`` or ``"black"``: what shows where the photo is transparent.

        Raises
        ------
        ReliefError
            There is no such ground.
        """
        arguments.choice("ground", ground, GROUNDS)
        if not self.cut_out or not isinstance(self.mask, np.ndarray):
            return self
        white = 255 if self.pixels.dtype == np.uint8 else 1
        lift = np.float32((GROUNDS[ground] - GREY_GROUND) * white / 255)
        laid = np.empty_like(self.pixels)
        # In strips: a giant photo would take its floats in memory twice.
        step = max(1, (1 << 20) // self.width)
        for top in range(0, self.height, step):
            rows = slice(top, top + step)
            values = self.pixels[rows] + lift * (1 - self.mask[rows, :, None])
            values = np.clip(values, 0, white)
            laid[rows] = np.rint(values) if white == 255 else values
        laid.setflags(write=False)
        return dataclasses.replace(self, pixels=laid)

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
        left, top, right, bottom = (
            arguments.whole(name, value, -_FAR, _FAR)
            for name, value in zip(
                ("left", "top", "right", "bottom"), (left, top, right, bottom), strict=True
            )
        )
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
        """Return the photo turned anticlockwise by so many times 90°; negative: clockwise.

        Raises
        ------
        ReliefError
            That is no whole number.
        """
        quarter_turns = arguments.whole("quarter_turns", quarter_turns, -_FAR, _FAR)
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
        hint = f"Use {-MAX_TILT} to {MAX_TILT}°, and turn it by quarters for more."
        what = "What a photo is straightened by in degrees"
        degrees = arguments.number(what, degrees, -MAX_TILT, MAX_TILT, hint=hint)
        return self._mapped(lambda values: _tilted(values, degrees)) if degrees else self

    def _mapped(self, change: Callable[[Array], Array]) -> Photo:
        mask = self.mask
        if mask is not None and mask is not False:
            mask = frozen(change(mask))
        return dataclasses.replace(
            self, pixels=frozen(change(self.pixels)), mask=mask, orientation=1
        )


def tilted_size(size: tuple[int, int], degrees: float) -> tuple[int, int]:
    """Return width and height of a picture of some size after `Photo.straightened`."""
    cols, rows = size
    angle = math.radians(degrees)
    # The part's own corners lie on the edges of the picture.
    scale = 1 / (math.cos(angle) + abs(math.sin(angle)) * max(rows / cols, cols / rows))
    return max(1, round(cols * scale)), max(1, round(rows * scale))


def _tilted(values: Array, degrees: float) -> Array:
    """Return a picture tilted clockwise about its middle, nothing of the corners left in it."""
    rows, cols = values.shape[:2]
    angle = np.deg2rad(degrees)
    sin, cos = np.sin(angle), np.cos(angle)
    width, height = tilted_size((cols, rows), degrees)
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
    photo = Photo(pixels, alpha, picture.name, picture.orientation, alpha is not None)
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
    picture = read_picture(mask, managed=True, what="mask")
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
