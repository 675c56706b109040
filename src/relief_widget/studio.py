"""What the app holds: a photo, how it becomes a relief, and the relief itself."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from PIL import Image

from relief_widget.depth.builtin import BuiltIn
from relief_widget.depth.depth_map import DepthMap, DepthProvider, Style
from relief_widget.depth.luminance import Luminance
from relief_widget.errors import ReliefError
from relief_widget.filters import resample
from relief_widget.heights import HeightField, grid_shape, heights
from relief_widget.image_files.encoding import png
from relief_widget.photo import Photo, open_photo
from relief_widget.relief import Relief
from relief_widget.settings import ReliefSettings, Stage
from relief_widget.sources import MaskSource

SourceName: TypeAlias = Literal["detailed", "organic", "luminance", "lithophane", "depth_map"]

SOURCE_LABELS: dict[SourceName, str] = {
    "detailed": "Shape estimate, detailed",
    "organic": "Shape estimate, organic",
    "luminance": "Brightness as height",
    "lithophane": "Lithophane",
    "depth_map": "Own depth map",
}
# A preview while a slider moves: of this many vertices, from a map of this many pixels.
_COARSE_QUALITY = 256
_COARSE_SIDE = 384
_PICTURE_SIDE = 480


@dataclass(frozen=True, eq=False)
class Project:
    """A photo and what is to be done with it: a frozen value.

    Attributes
    ----------
    original
        The photo as it was opened; None where there is only a depth map.
    turns
        Quarter turns anticlockwise.
    crop
        Left, top, right and bottom of what is kept, as shares of the turned photo.
    source
        What the heights come from.
    mask
        The subject: None finds it, False says that there is none, an array is used as it is.
    depth_map
        Bytes of the user's own depth map.
    min_mm, max_mm, attenuation_per_mm
        Of a lithophane.
    """

    original: Photo | None = None
    turns: int = 0
    crop: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)
    source: SourceName = "detailed"
    mask: MaskSource = None
    depth_map: bytes | None = None
    min_mm: float = 0.8
    max_mm: float = 3.0
    attenuation_per_mm: float = 0.9

    def replace(self, **changes: Any) -> Project:
        """Return a copy with `changes`."""
        return dataclasses.replace(self, **changes)

    def opened(self, name: str, data: bytes, source: SourceName | None = None) -> Project:
        """Return a project of another photo, with the same tones, and the same source if it can be.

        Raises
        ------
        ReliefError
            The data are no photo.
        """
        try:
            photo = open_photo(data)
        except ReliefError as error:
            # Bytes have no name of their own.
            raise ReliefError(error.message.replace("The data", name, 1), error.hint) from None
        source = source or self.source
        return Project(
            photo.named(name),
            source="detailed" if source == "depth_map" else source,
            min_mm=self.min_mm,
            max_mm=self.max_mm,
            attenuation_per_mm=self.attenuation_per_mm,
        )

    def turned(self) -> Photo | None:
        """Return the photo turned, before the crop."""
        return self.original.rotate(self.turns) if self.original is not None else None

    def photo(self) -> Photo | None:
        """Return the photo turned and cropped.

        Raises
        ------
        ReliefError
            The crop leaves less than 2 × 2 pixels.
        """
        turned = self.turned()
        if turned is None or self.crop == (0.0, 0.0, 1.0, 1.0):
            return turned
        left, top, right, bottom = self.crop
        width, height = turned.size
        return turned.crop(
            round(left * width), round(top * height), round(right * width), round(bottom * height)
        )

    def relief(self, settings: ReliefSettings) -> Relief:
        """Make the relief: estimate the depth, or whatever the source asks for.

        Raises
        ------
        ReliefError
            Something that the source needs is missing or cannot be used.
        """
        photo = self.photo()
        values = {
            field.name: getattr(settings, field.name)
            for field in dataclasses.fields(settings)
            if field.name != "thickness_mm"
        }
        if self.source == "depth_map":
            if self.depth_map is None:
                raise ReliefError("There is no depth map yet.", "Choose one: near is bright.")
            return Relief.from_depth_map(self.depth_map, texture=photo, mask=self.mask, **values)
        if photo is None:
            raise ReliefError("There is no photo yet.", "Choose one, drop it here or paste it.")
        if self.source == "lithophane":
            return Relief.lithophane(
                photo, self.min_mm, self.max_mm, self.attenuation_per_mm, **values
            )
        provider: DepthProvider = Luminance() if self.source == "luminance" else BuiltIn()
        style: Style = "organic" if self.source == "organic" else "detailed"
        mask = self.mask
        if mask is None and photo.mask is not None:
            mask = photo.mask
        return Relief.from_photo(photo, provider=provider, style=style, mask=mask, **values)


@dataclass(frozen=True, eq=False)
class State:
    """One state of the app, as undo remembers it."""

    project: Project
    relief: Relief


def stages_of(relief: Relief) -> tuple[str, ...]:
    """Return the stages of the height pipeline that a relief goes through."""
    if relief.depth_map is not None:
        return get_args(Stage)
    return ("resample",) if relief.settings.thickness_mm is not None else ()


class Coarse:
    """Quick previews of a relief: the same pipeline on a small twin of its depth map."""

    def __init__(self) -> None:
        self._of: DepthMap | None = None
        self._twin: DepthMap | None = None

    def field(self, relief: Relief) -> HeightField | None:
        """Return a coarse height field, or None where the relief has no depth map."""
        depth_map = relief.depth_map
        if depth_map is None:
            return None
        if depth_map is not self._of or self._twin is None:
            rows, cols = depth_map.values.shape
            shape = grid_shape((cols, rows), min(_COARSE_SIDE, max(rows, cols)))
            mask = depth_map.mask
            self._twin = dataclasses.replace(
                depth_map,
                values=np.clip(resample(depth_map.values, shape), 0.0, 1.0),
                mask=None if mask is None else np.clip(resample(mask, shape), 0.0, 1.0),
                stages={},
            )
            self._of = depth_map
        quality = min(_COARSE_QUALITY, relief.settings.mesh_quality)
        return heights(self._twin, relief.settings.replace(mesh_quality=quality))


def pictures(relief: Relief) -> dict[str, bytes]:
    """Return pictures of the photo, the depth map and the relief, as PNG; those that there are."""
    images = {"relief": relief.picture(_PICTURE_SIDE)}
    if relief.photo is not None:
        images["photo"] = relief.photo.image(_PICTURE_SIDE)
    if relief.depth_map is not None:
        grey = Image.fromarray(np.rint(relief.depth_map.values * 255).astype(np.uint8))
        grey.thumbnail((_PICTURE_SIDE, _PICTURE_SIDE))
        images["depth_map"] = grey
    return {name: png(image) for name, image in images.items()}
