"""What the app holds: a photo, how it becomes a relief, and the relief itself."""

from __future__ import annotations

import dataclasses
import io
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt
from PIL import Image

from relief_widget.depth.builtin import BuiltIn
from relief_widget.depth.depth_map import DepthMap, DepthProvider, Style
from relief_widget.depth.layers import Layers, is_flat_art
from relief_widget.depth.luminance import Luminance
from relief_widget.errors import ReliefError
from relief_widget.filters import resample
from relief_widget.heights import HeightField, grid_shape, heights, resampler
from relief_widget.heights.sources import Brightness, Depth, MaskSource
from relief_widget.image.encoding import png
from relief_widget.image.photo import Photo, open_photo
from relief_widget.relief import Relief
from relief_widget.settings import ReliefSettings, Stage

SourceName: TypeAlias = Literal[
    "detailed", "organic", "gemini", "onnx", "layers", "luminance", "lithophane", "depth_map"
]

SOURCE_LABELS: dict[SourceName, str] = {
    "detailed": "Shape estimate, detailed",
    "organic": "Shape estimate, organic",
    "gemini": "AI depth: Gemini",
    "onnx": "AI depth: local model",
    "layers": "Logo or drawing, in levels",
    "luminance": "Brightness as height",
    "lithophane": "Lithophane",
    "depth_map": "Own depth map",
}
# Sources that are slow or cost money: they begin when they are told to, not when they are chosen.
ASKED: tuple[SourceName, ...] = ("gemini", "onnx")
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
    style, model, size, subject, words
        Of a hosted model, `style` also of a local one; see `Gemini`.
    local_model, local_kind, local_variant, local_side
        File or hub name of a local model, empty for the default; its kind where the file does not
        tell; see `OnnxModel`.
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
    model: str = "nano-banana-2"
    size: str | None = "2K"
    subject: str = ""
    words: str = ""
    local_model: str = ""
    local_kind: str | None = None
    local_variant: str | None = None
    local_side: int | None = None

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
            source = "detailed" if self.source in ("depth_map", "layers", *ASKED) else self.source
            source = suited(photo, source)
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
            Of a source that is in `ASKED`.

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
        if self.source in ASKED:
            if provider is None:
                raise ReliefError("This depth map is not made by itself.", "Press Generate.")
            return Relief.from_photo(
                photo, provider=provider, style=self.style, mask=mask, **values
            )
        offline: dict[str, DepthProvider] = {"luminance": Luminance(), "layers": Layers()}
        provider = offline.get(self.source, BuiltIn())
        style: Style = "organic" if self.source == "organic" else "detailed"
        return Relief.from_photo(photo, provider=provider, style=style, mask=mask, **values)


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
    if isinstance(relief.provider, BuiltIn):
        return made.replace(source=depth_map.style)
    if isinstance(relief.provider, Luminance):
        return made.replace(source="luminance")
    if isinstance(relief.provider, Layers):
        return made.replace(source="layers")
    asked: dict[str, SourceName] = {"gemini": "gemini", "OnnxModel": "onnx"}
    name = asked.get(depth_map.origin.get("provider", ""))
    if name is not None and relief.photo is not None:
        return made.replace(source=name, style=depth_map.style)
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
