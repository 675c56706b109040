"""What the app holds: a photo, how it becomes a relief, and the relief itself."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias, get_args

import numpy as np
import numpy.typing as npt
from PIL import Image

from relief_widget.depth.depth_map import STYLES, DepthMap, DepthProvider, Style
from relief_widget.depth.flat_art import is_flat_art
from relief_widget.depth.registry import NO_PROVIDER, PROVIDERS, ProviderEntry, entry_of
from relief_widget.errors import ReliefError
from relief_widget.filters import resample
from relief_widget.heights import HeightField, grid_shape, heights, resampler
from relief_widget.heights.sources import Brightness, Depth, MaskSource
from relief_widget.image.encoding import png
from relief_widget.image.photo import Photo, open_photo
from relief_widget.relief import Relief
from relief_widget.settings import ReliefSettings, Stage

# A provider's name, but the built-in one's styles; or what is no provider.
SourceName: TypeAlias = str
_NO_PROVIDERS = {"lithophane": "Lithophane", "depth_map": "Own depth map"}
# A preview while a slider moves: of this many vertices, from a map of this many pixels.
_COARSE_QUALITY = 256
_COARSE_SIDE = 384
_PICTURE_SIDE = 480
# Two edges of a crop are the same within this share of the picture.
_ROUNDING = 2e-3


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
    min_mm, max_mm, attenuation_per_mm, table
        Of a lithophane, see `Tones`.
    style
        Of a provider that asks first.
    options
        The options that were chosen, of each provider that asks first.
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
    table: tuple[tuple[float, float], ...] | None = None
    style: Style = "detailed"
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def begin(cls, photo: Photo | None) -> Project:
        """Return a project of a photo that may bring a mask of its own, which can be changed."""
        if photo is None or photo.mask is None:
            return cls(photo)
        return cls(photo.with_mask(None), mask=photo.mask)

    def replace(self, **changes: Any) -> Project:
        """Return a copy with `changes`; another attenuation takes the place of a measured table."""
        if changes.get("attenuation_per_mm", self.attenuation_per_mm) != self.attenuation_per_mm:
            changes = {"table": None, **changes}
        return dataclasses.replace(self, **changes)

    @property
    def entry(self) -> ProviderEntry:
        """The provider; one without a name where the source has none."""
        return PROVIDERS.get("builtin" if self.source in STYLES else self.source, NO_PROVIDER)

    @property
    def label(self) -> str:
        """The source, for people."""
        return source_labels()[self.source]

    def opened(self, name: str, data: bytes, source: SourceName | None = None) -> Project:
        """Return a project of another photo, with the same tones, and the same source if it can be.

        Unless a source is asked for, flat art comes in levels where a photo's shape would be
        estimated, and a photo is not left in the levels of the drawing before it.

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
        if source is None:
            # A new photo is never sent anywhere by itself.
            leaves = self.entry.asks_first or self.source in ("depth_map", "layers")
            source = suited(photo, "detailed" if leaves else self.source)
        return self.replace(
            original=photo.named(name),
            turns=0,
            crop=(0.0, 0.0, 1.0, 1.0),
            source=source,
            mask=None,
            depth_map=None,
        )

    def turned(self) -> Photo | None:
        """Return the photo turned, before the crop."""
        if self.original is None or self.turns % 4 == 0:
            return self.original
        return self.original.rotate(self.turns)

    def photo(self) -> Photo | None:
        """Return the photo turned and cropped.

        Raises
        ------
        ReliefError
            The crop leaves less than 2 × 2 pixels.
        """
        return self._photo

    @cached_property
    def _photo(self) -> Photo | None:
        turned = self.turned()
        if turned is None or self.crop == (0.0, 0.0, 1.0, 1.0):
            return turned
        left, top, right, bottom = self.crop
        width, height = turned.size
        return turned.crop(
            round(left * width), round(top * height), round(right * width), round(bottom * height)
        )

    def relief(self, settings: ReliefSettings, provider: DepthProvider | None = None) -> Relief:
        """Make the relief: estimate the depth, or whatever the source asks for.

        Parameters
        ----------
        settings
            All of them.
        provider
            Of a source that asks first.

        Raises
        ------
        ReliefError
            Something that the source needs is missing or cannot be used.
        """
        photo = self.photo()
        values = {
            field.name: getattr(settings, field.name) for field in dataclasses.fields(settings)
        }
        if self.source == "depth_map":
            if self.depth_map is None:
                raise ReliefError("There is no depth map yet.", "Choose one: near is bright.")
            return Relief.from_depth_map(self.depth_map, texture=photo, mask=self.mask, **values)
        if photo is None:
            raise ReliefError("There is no photo yet.", "Choose one, drop it here or paste it.")
        if self.source == "lithophane":
            return Relief.lithophane(
                photo,
                self.min_mm,
                self.max_mm,
                self.attenuation_per_mm,
                table=self.table,
                **values,
            )
        mask = self.mask
        if mask is None and photo.mask is not None:
            mask = photo.mask
        if provider is None:
            if self.entry.asks_first:
                raise ReliefError("This depth map is not made by itself.", "Press Generate.")
            provider = self.entry.make()
        style: Style = "organic" if self.source == "organic" else "detailed"
        if self.entry.asks_first:
            style = self.style
        return Relief.from_photo(photo, provider=provider, style=style, mask=mask, **values)


def source_labels() -> dict[SourceName, str]:
    """Return what heights can come from, with the labels of the menu."""
    labels = {entry.name: entry.label for entry in PROVIDERS.values()}
    estimate = labels.pop("builtin")
    return {style: f"{estimate}, {style}" for style in STYLES} | labels | _NO_PROVIDERS


def suited(photo: Photo, source: SourceName) -> SourceName:
    """Return the source that suits a photo: levels for flat art instead of an estimate."""
    return "layers" if source in ("detailed", "organic") and is_flat_art(photo) else source


def project_of(relief: Relief) -> Project:
    """Return the project of a relief that was opened from a file."""
    made = Project.begin(relief.photo)
    if isinstance(relief.source, Brightness):
        return made.replace(source="lithophane", **dataclasses.asdict(relief.source.tones))
    depth_map = relief.depth_map
    if depth_map is None:
        return made.replace(source="depth_map", depth_map=_as_tiff(relief.heights))
    entry = entry_of(relief.provider, depth_map.origin.get("provider", ""))
    if entry.name == "builtin":
        return made.replace(source=depth_map.style)
    if entry.name and relief.photo is not None:
        style = depth_map.style if entry.asks_first else made.style
        return made.replace(source=entry.name, style=style)
    return made.replace(source="depth_map", depth_map=_as_tiff(depth_map.values))


def _as_tiff(values: npt.NDArray[np.float32]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.asarray(values)).save(buffer, "TIFF")
    return buffer.getvalue()


@dataclass(frozen=True, eq=False)
class State:
    """One state of the app, as undo remembers it."""

    project: Project
    relief: Relief


def refitted(relief: Relief, before: Project, after: Project) -> Relief:
    """Return a relief of another crop or turn of the same photo, its depth map cut to fit.

    Raises
    ------
    ReliefError
        The depth map does not reach as far as the new crop, or there is none.
    """
    depth_map, photo = relief.depth_map, after.photo()
    if depth_map is None or photo is None or not isinstance(relief.source, Depth):
        raise ReliefError("There is no depth map to crop.", "Make one first.")
    quarters = (after.turns - before.turns) % 4
    left, top, right, bottom = before.crop
    for _ in range(quarters):
        left, top, right, bottom = top, 1 - right, bottom, 1 - left
    width, height = right - left, bottom - top
    new_left, new_top, new_right, new_bottom = after.crop
    shares = (
        (new_left - left) / width,
        (new_top - top) / height,
        (new_right - left) / width,
        (new_bottom - top) / height,
    )
    if min(shares) < -_ROUNDING or max(shares) > 1 + _ROUNDING:
        raise ReliefError(
            "The depth map does not reach as far as the new crop.",
            "Generate another one for it, or undo the crop that it was made for.",
        )
    values = np.rot90(depth_map.values, quarters)
    rows, cols = values.shape
    edges = np.clip(np.rint(np.array(shares) * (cols, rows, cols, rows)), 0, None).astype(int)
    values = values[edges[1] : edges[3], edges[0] : edges[2]]
    if min(values.shape) < 2:
        raise ReliefError("The crop leaves nothing of the depth map.", "Choose a larger part.")
    cut = dataclasses.replace(
        depth_map,
        values=values,
        mask=photo.subject_mask((values.shape[0], values.shape[1])),
        size=photo.size,
    )
    return Relief(Depth(cut, photo, relief.source.provider), relief.settings)


def stages_of(relief: Relief) -> tuple[str, ...]:
    """Return the stages of the height pipeline that a relief goes through."""
    if relief.depth_map is not None:
        left_out = ("compress", "enhance") if relief.depth_map.stepped else ()
        return tuple(stage for stage in get_args(Stage) if stage not in left_out)
    return ("resample",) if relief.is_lithophane else ()


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
                values=np.clip(resampler(depth_map)(depth_map.values, shape), 0.0, 1.0),
                mask=None if mask is None else np.clip(resample(mask, shape), 0.0, 1.0),
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
