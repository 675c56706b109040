"""What the heights of a relief come from: a depth map, a photo's brightness, or an array."""

from __future__ import annotations

import dataclasses
import inspect
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from relief_widget import arguments
from relief_widget.depth.depth_map import (
    DepthMap,
    DepthProvider,
    Near,
    Style,
    check_near,
    check_style,
)
from relief_widget.depth.files import load_depth_map, load_with_turn
from relief_widget.depth.registry import entry_of
from relief_widget.errors import DepthError, ReliefError
from relief_widget.filters import resample
from relief_widget.heights.lithophane import Tones, thickness
from relief_widget.heights.stages import HeightField, grid_shape, heights
from relief_widget.image.kinds import check_bytes, check_size
from relief_widget.image.photo import Photo, PhotoSource, open_photo
from relief_widget.settings import ReliefSettings

MaskSource: TypeAlias = PhotoSource | Literal[False] | None

# Two pictures are taken for the same one while their proportions differ by less than this share.
_SAME_ASPECT = 0.03


class Source(Protocol):
    """Where the heights of a relief come from."""

    @property
    def photo(self) -> Photo | None:
        """The photo, which is also the texture."""
        ...

    @property
    def depth_map(self) -> DepthMap | None:
        """The depth map, where there is one."""
        ...

    @property
    def thickness_mm(self) -> tuple[float, float] | None:
        """Thickness in mm where heights are 0 and 1, which no setting scales; None: shares."""
        ...

    def field(self, settings: ReliefSettings) -> HeightField:
        """Return the height field."""
        ...

    def replace_mask(self, mask: MaskSource) -> Source:
        """Return the source with another subject mask.

        Raises
        ------
        ReliefError
            The source has no subject mask, or the mask does not fit.
        """
        ...


@dataclass(frozen=True, eq=False)
class Depth:
    """A depth map, and the photo and the provider that it is from, where there are any."""

    depth_map: DepthMap
    photo: Photo | None = None
    provider: DepthProvider | None = None
    thickness_mm: None = None

    def field(self, settings: ReliefSettings) -> HeightField:
        """Return the filtered heights; every stage is kept with the depth map."""
        return heights(self.depth_map, settings)

    def turned(self) -> Depth:
        """Return the source with near and far exchanged; nothing is mirrored."""
        return dataclasses.replace(self, depth_map=self.depth_map.turned())

    def replace_mask(self, mask: MaskSource) -> Depth:
        """Run the built-in estimator or the layers again; keep the depth of any other provider."""
        provider = self.provider
        if self.photo is not None and provider is not None and entry_of(provider).redoes_mask:
            return estimate(self.photo.with_mask(mask), provider, self.depth_map.style)
        rows, cols = self.depth_map.values.shape
        # Without a photo a blank one of the map's size brings the mask through the same checks.
        ground = self.photo or open_photo(np.zeros((rows, cols, 3), np.uint8))
        ground = ground.with_mask(mask)
        depth_map = dataclasses.replace(self.depth_map, mask=ground.subject_mask((rows, cols)))
        return Depth(depth_map, None if self.photo is None else ground, self.provider)


class _Maskless:
    def replace_mask(self, mask: MaskSource) -> Source:
        """Refuse: no filter reads a mask here."""
        del mask
        raise ReliefError(
            "This relief is not made from a depth map, so it has no subject mask.",
            "Use Relief.from_photo or Relief.from_depth_map.",
        )


@dataclass(frozen=True, eq=False)
class Brightness(_Maskless):
    """The brightness of a photo, for a lithophane."""

    photo: Photo
    tones: Tones
    depth_map: None = None

    @property
    def thickness_mm(self) -> tuple[float, float]:
        """Thickness of white and of black in mm."""
        return self.tones.thickness_mm

    def field(self, settings: ReliefSettings) -> HeightField:
        """Return the thickness as a share of the way from the thinnest to the thickest place."""
        low, high = self.thickness_mm
        quality = settings.mesh_quality
        # Four samples a vertex lose nothing that the grid could show, and spare a giant photo.
        luminance = resample(
            self.photo.luminance(4 * quality), grid_shape(self.photo.size, quality)
        )
        mm = thickness(np.clip(luminance, 0.0, 1.0), self.tones)
        shares = np.clip((mm.astype(np.float64) - low) / (high - low), 0.0, 1.0)
        return HeightField(_read_only(shares), self.photo.size[0] / self.photo.size[1])


@dataclass(frozen=True, eq=False)
class Given(_Maskless):
    """Heights as they are."""

    values: npt.NDArray[np.float32]
    photo: Photo | None = None
    depth_map: None = None
    thickness_mm: tuple[float, float] | None = None

    def field(self, settings: ReliefSettings) -> HeightField:
        """Return the heights untouched."""
        del settings
        rows, cols = self.values.shape
        return HeightField(self.values, cols / rows)


def check_provider(provider: DepthProvider) -> None:
    """Refuse what cannot be called with a photo and a style.

    Raises
    ------
    DepthError
        It is no function, or takes other arguments.
    """
    hint = "Give one such as Layers(), or a function of a photo and a style."
    if isinstance(provider, type) or not callable(provider):
        told = f"provider is {arguments.shown(provider)}, which estimates no depth."
        raise DepthError(told, hint)
    try:
        signature = inspect.signature(provider)
    except (TypeError, ValueError):
        # Not every function of a library tells what it takes.
        return
    try:
        signature.bind(None, "detailed")
    except TypeError:
        told = f"provider is {arguments.shown(provider)}, which takes other arguments."
        raise DepthError(told, hint) from None


def estimate(photo: Photo, provider: DepthProvider, style: Style) -> Depth:
    """Run a depth provider on a photo.

    Raises
    ------
    DepthError
        The style is unknown, or the provider failed or returned no depth map.
    """
    check_style(style)
    check_provider(provider)
    answer = provider(photo, style)
    if isinstance(answer, DepthMap):
        return Depth(answer, photo, provider)
    depth_map = load_depth_map(answer, style=style)
    _check_same_picture(photo, depth_map)
    mask = photo.subject_mask(depth_map.values.shape)
    return Depth(dataclasses.replace(depth_map, mask=mask, size=photo.size), photo, provider)


def given_depth(
    source: PhotoSource | DepthMap,
    texture: PhotoSource | None,
    mask: MaskSource,
    style: Style,
    near: Near = "bright",
) -> Depth:
    """Load a depth map, with the photo that it belongs to.

    Raises
    ------
    ReliefError
        The depth map, the texture or the mask cannot be used.
    """
    # Heavy, as what examines depth maps is.
    from relief_widget.depth.fitting import doubt_of_near, fitted

    check_style(style)
    check_near(near)
    given = isinstance(source, DepthMap)
    if isinstance(source, DepthMap):
        depth_map = source.turned() if near == "dark" else source
        turn = 1
    else:
        depth_map, turn = load_with_turn(source, style=style, near=near)
    photo = None if texture is None else open_photo(texture, mask=mask)
    if photo is not None:
        depth_map = fitted(depth_map, photo, turn)
        _check_same_picture(photo, depth_map)
    if not given and near == "bright":
        # Of a map that was made here it is known.
        depth_map = doubt_of_near(depth_map, photo)
    if photo is None:
        plain = Depth(depth_map)
        return plain if mask is None or mask is False else plain.replace_mask(mask)
    subject = photo.subject_mask(depth_map.values.shape)
    if subject is None:
        subject = depth_map.mask
    return Depth(dataclasses.replace(depth_map, mask=subject, size=photo.size), photo)


def given_heights(values: npt.ArrayLike, texture: PhotoSource | None = None) -> Given:
    """Check heights that are to stay as they are.

    Raises
    ------
    ReliefError
        They are not a finite 2-D array within [0, 1].
    """
    try:
        shape = np.shape(values)
        if len(shape) == 2:
            check_size(shape[1], shape[0], "An array of heights")
        given = np.asarray(values)
        # Text would be read as numbers, and of complex ones a part be dropped.
        numbers = given.dtype.kind in "buif"
        # Copies of what is repeated without memory of its own need that.
        check_bytes(given.size * 8 if numbers else 0, "The array of heights")
        with np.errstate(over="ignore"):
            array = np.asarray(given, np.float32) if numbers else np.empty(0, np.float32)
    except ReliefError:
        raise
    except Exception:  # whatever an object's __array__ raises
        array = np.empty(0, np.float32)
    if array.ndim != 2 or min(array.shape) < 2:
        raise ReliefError(
            "Heights are a 2-D array of at least 2 × 2 numbers.",
            "For a picture file use Relief.from_depth_map.",
        )
    if not np.isfinite(array).all():
        raise ReliefError(
            "The heights have values that are not numbers (NaN or infinity).",
            "Replace them first, for example with numpy.nan_to_num.",
        )
    if array.min() < 0 or array.max() > 1:
        raise ReliefError(
            f"The heights run from {array.min():g} to {array.max():g}, not within 0 and 1.",
            "Scale them, for example (h - h.min()) / (h.max() - h.min()).",
        )
    return Given(_read_only(array), None if texture is None else open_photo(texture))


def _read_only(values: npt.ArrayLike) -> npt.NDArray[np.float32]:
    array = np.array(values, dtype=np.float32)
    array.setflags(write=False)
    return array


def _check_same_picture(photo: Photo, depth_map: DepthMap) -> None:
    (width, height), (rows, cols) = photo.size, depth_map.values.shape
    # One pixel more or less is rounding, also in a picture of a few pixels.
    slack = _SAME_ASPECT + 1 / min(rows, cols, width, height)
    if abs(np.log(width * rows / (height * cols))) > slack:
        lies = abs(np.log(width * cols / (height * rows))) <= slack
        raise DepthError(
            f"The photo is {width} × {height} pixels, the depth map {cols} × {rows}: they are "
            "not the same picture.",
            "One of them lies on its side: turn it by a quarter, to the left or to the right."
            if lies
            else "Crop one of them, so that both show the same.",
        )
