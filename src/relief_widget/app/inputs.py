"""What a relief is made of in the studio: a photo, and what is to be done with it."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np

from relief_widget.depth.builtin import Glance
from relief_widget.depth.depth_map import STYLES, DepthProvider, Near, Style
from relief_widget.depth.flat_art import is_flat_art
from relief_widget.depth.registry import NO_PROVIDER, PROVIDERS, ProviderEntry, entry_of
from relief_widget.errors import ReliefError
from relief_widget.heights import Edits
from relief_widget.heights.sources import Brightness, Depth, MaskSource
from relief_widget.image.photo import Ground, Photo, PhotoSource, open_photo, tilted_size
from relief_widget.relief import Relief
from relief_widget.settings import ReliefSettings, controls

# A provider's name, but the built-in one's styles; or what is no provider.
SourceName: TypeAlias = str
_NO_PROVIDERS = {"lithophane": "Lithophane", "depth_map": "Own depth map"}
# Pixels of the depth map of a draft, along the longer side, and its vertices; what is not much
# larger needs none.
DRAFT_SIDE, _DRAFT_QUALITY, _LARGE = 640, 512, 1024
# Two edges of a crop are the same within this share of the picture.
_ROUNDING = 2e-3


@dataclass(frozen=True, eq=False)
class Inputs:
    """A photo and what is to be done with it: a frozen value, of which a relief is made.

    Attributes
    ----------
    original
        The photo as it was opened; None where there is only a depth map.
    turns
        Quarter turns anticlockwise.
    tilt
        Degrees clockwise by which the turned photo is straightened.
    crop
        Left, top, right and bottom of what is kept, as shares of the turned, straightened photo.
    source
        What the heights come from.
    mask
        The subject: None finds it, False says that there is none, an array is used as it is.
    depth_map
        The user's own depth map: a file's bytes, or an array.
    near
        What is near in a depth map that was given, or asked for.
    min_mm, max_mm, attenuation_per_mm, table
        Of a lithophane, see `Tones`.
    transparent
        What a lithophane shows where the photo is transparent.
    style
        Of a provider that asks first.
    options
        The options that were chosen, of each provider that has any.
    """

    original: Photo | None = None
    turns: int = 0
    tilt: float = 0.0
    crop: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)
    source: SourceName = "detailed"
    mask: MaskSource = None
    depth_map: PhotoSource | None = None
    near: Near = "bright"
    min_mm: float = 0.8
    max_mm: float = 3.0
    attenuation_per_mm: float = 0.9
    table: tuple[tuple[float, float], ...] | None = None
    transparent: Ground = "white"
    style: Style = "detailed"
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def replace(self, **changes: Any) -> Inputs:
        """Return a copy with `changes`; another attenuation takes the place of a measured table."""
        if changes.get("attenuation_per_mm", self.attenuation_per_mm) != self.attenuation_per_mm:
            changes = {"table": None, **changes}
        return dataclasses.replace(self, **changes)

    def opened(self, name: str, photo: PhotoSource, source: SourceName | None = None) -> Inputs:
        """Return the inputs for another photo: the same tones, and the same source if it can be.

        Unless a source is asked for, flat art comes in levels where a photo's shape would be
        estimated, and a photo is left neither in the levels of the drawing before it nor in the
        style that suited the photo before it.

        Parameters
        ----------
        name
            The photo's; empty leaves it its own.
        photo
            Path, bytes, PIL image, array or `Photo`.
        source
            What the heights are to come from.

        Raises
        ------
        ReliefError
            It is no photo.
        """
        try:
            opened = open_photo(photo)
        except ReliefError as error:
            # Bytes have no name of their own.
            message = error.message.replace("The data", name or "The data", 1)
            raise ReliefError(message, error.hint) from None
        if source is None:
            # A new photo is never sent anywhere by itself.
            leaves = self.entry.asks_first or self.source in ("depth_map", "layers")
            leaves |= self.original is not None and self.source in STYLES
            source = suited(opened, "detailed" if leaves else self.source)
        named = opened.named(name) if name else opened
        # That a photo has no subject can be taken back here; its cut-out stays its own.
        off = opened.mask is False
        return self.replace(
            original=named.with_mask(None) if off else named,
            turns=0,
            tilt=0.0,
            crop=(0.0, 0.0, 1.0, 1.0),
            source=source,
            mask=False if off else None,
            depth_map=None,
            near="bright",
        )

    @property
    def entry(self) -> ProviderEntry:
        """The provider; one without a name where the source has none."""
        return PROVIDERS.get("builtin" if self.source in STYLES else self.source, NO_PROVIDER)

    @property
    def label(self) -> str:
        """The source, for people."""
        return source_labels()[self.source]

    def same_picture(self, other: Inputs) -> bool:
        """Whether both show the same part of the same photo."""
        return (self.original, self.turns % 4, self.tilt, self.crop) == (
            other.original,
            other.turns % 4,
            other.tilt,
            other.crop,
        )

    def turned(self) -> Photo | None:
        """Return the photo turned by quarters, before it is straightened and cropped."""
        if self.original is None or self.turns % 4 == 0:
            return self.original
        return self.original.rotate(self.turns)

    @cached_property
    def photo(self) -> Photo | None:
        """The photo turned, straightened and cropped.

        Raises
        ------
        ReliefError
            The crop leaves less than 2 × 2 pixels.
        """
        turned = self.turned()
        if turned is not None:
            turned = turned.straightened(self.tilt)
        if turned is None or self.crop == (0.0, 0.0, 1.0, 1.0):
            return turned
        left, top, right, bottom = self.crop
        width, height = turned.size
        return turned.crop(
            round(left * width), round(top * height), round(right * width), round(bottom * height)
        )

    def relief(
        self,
        settings: ReliefSettings,
        provider: DepthProvider | None = None,
        ahead: Callable[[Relief], object] | None = None,
    ) -> Relief:
        """Make the relief: estimate the depth, or whatever the source asks for.

        Parameters
        ----------
        settings
            All of them.
        provider
            Of a source that asks first.
        ahead
            Called with a draft of the relief, of the same form but from a small depth map, where
            the relief itself takes much longer.

        Raises
        ------
        ReliefError
            Something that the source needs is missing or cannot be used.
        """
        photo, values = self.photo, controlled(settings)
        if self.source == "depth_map":
            if self.depth_map is None:
                raise ReliefError("There is no depth map yet.", "Choose one.")
            return Relief.from_depth_map(
                self.depth_map, texture=photo, mask=self.mask, near=self.near, **values
            )
        if photo is None:
            raise ReliefError("There is no photo yet.", "Choose one, drop it here or paste it.")
        if self.source == "lithophane":
            return Relief.lithophane(
                photo,
                self.min_mm,
                self.max_mm,
                self.attenuation_per_mm,
                table=self.table,
                transparent=self.transparent,
                **values,
            )
        mask = photo.mask if self.mask is None else self.mask
        if provider is None:
            if self.entry.asks_first:
                raise ReliefError("This depth map is not made by itself.", "Press Generate.")
            provider = self.entry.make(**self.options.get(self.source, {}))
        style: Style = "organic" if self.source == "organic" else "detailed"
        if self.entry.asks_first:
            style = self.style
        if ahead is not None and self.source in STYLES and max(photo.size) > _LARGE:
            seen = photo.with_mask(mask)
            glance, plain = Glance(seen), ReliefSettings().replace(**values)
            quick = plain.replace(mesh_quality=min(plain.mesh_quality, _DRAFT_QUALITY))
            ahead(Relief(Depth(glance.depth_map(style, DRAFT_SIDE), seen, provider), quick))
            return Relief(Depth(glance.depth_map(style), seen, provider), plain)
        return Relief.from_photo(photo, provider=provider, style=style, mask=mask, **values)


def source_labels() -> dict[SourceName, str]:
    """Return what heights can come from, with the labels of the menu."""
    labels = {entry.name: entry.label for entry in PROVIDERS.values()}
    estimate = labels.pop("builtin")
    return {style: f"{estimate}, {style}" for style in STYLES} | labels | _NO_PROVIDERS


def suited(photo: Photo, source: SourceName) -> SourceName:
    """Return the source that suits a photo: levels for flat art instead of an estimate."""
    return "layers" if source in ("detailed", "organic") and is_flat_art(photo) else source


def inputs_of(relief: Relief) -> Inputs:
    """Return the inputs that a relief from a file was made of."""
    photo, mask = relief.photo, None if relief.photo is None else relief.photo.mask
    if photo is None or mask is None or photo.cut_out:
        # A picture's own cut-out is no choice of its maker.
        made = Inputs(photo)
    else:
        made = Inputs(photo.with_mask(None), mask=mask)
    if isinstance(relief.source, Brightness):
        return made.replace(source="lithophane", **dataclasses.asdict(relief.source.tones))
    depth_map = relief.depth_map
    if depth_map is None:
        return made.replace(source="depth_map", depth_map=relief.heights)
    entry = entry_of(relief.provider, depth_map.origin.get("provider", ""))
    if entry.name == "builtin":
        return made.replace(source=depth_map.style)
    if entry.name and relief.photo is not None:
        style = depth_map.style if entry.asks_first else made.style
        return made.replace(source=entry.name, style=style)
    return made.replace(source="depth_map", depth_map=depth_map.values)


def refitted(relief: Relief, before: Inputs, after: Inputs) -> Relief:
    """Return a relief of another crop or turn of the same photo, its depth map cut to fit.

    Raises
    ------
    ReliefError
        The depth map does not reach as far as the new crop, or there is none.
    """
    depth_map, photo = relief.depth_map, after.photo
    if depth_map is None or photo is None or not isinstance(relief.source, Depth):
        raise ReliefError("There is no depth map to crop.", "Make one first.")
    if after.tilt != before.tilt:
        raise ReliefError(
            "The depth map cannot be straightened with the photo.",
            "Generate another one for it, or set Straighten as it was.",
        )
    quarters, shares = _cut(before, after)
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
    return Relief(Depth(cut, photo, relief.source.provider), relief.settings, relief.edits)


def recut(edits: Edits, before: Inputs, after: Inputs) -> Edits:
    """Return what was made by hand for another crop or turn of the same photo."""
    if not edits.strokes or before.photo is None:
        return edits
    if before.tilt != after.tilt:
        return _tilted(edits, before, after)
    quarters, shares = _cut(before, after)
    width, height = before.photo.size
    return edits.refitted(quarters, shares, width / height)


def _tilted(edits: Edits, before: Inputs, after: Inputs) -> Edits:
    """Return what was made by hand for a picture that is straightened in another way."""
    assert before.original is not None
    size = before.original.size
    old, new = _Straight.of(size, before), _Straight.of(size, after)

    def place(u: float, v: float) -> tuple[float, float]:
        x, y = old.untilted(u, v)
        for _ in range((after.turns - before.turns) % 4):
            x, y = y, -x
        return new.tilted(x, y)

    return edits.moved(place, old.longer / new.longer)


@dataclass(frozen=True)
class _Straight:
    """A cut of a straightened photo, by its place in pixels about the middle of the photo."""

    degrees: float
    size: tuple[int, int]
    crop: tuple[float, float, float, float]

    @classmethod
    def of(cls, size: tuple[int, int], inputs: Inputs) -> _Straight:
        turned = size[::-1] if inputs.turns % 2 else size
        return cls(inputs.tilt, tilted_size((turned[0], turned[1]), inputs.tilt), inputs.crop)

    @property
    def longer(self) -> float:
        left, top, right, bottom = self.crop
        return max(self.size[0] * (right - left), self.size[1] * (bottom - top))

    def untilted(self, u: float, v: float) -> tuple[float, float]:
        left, top, right, bottom = self.crop
        x = (left + u * (right - left) - 0.5) * self.size[0]
        y = (top + v * (bottom - top) - 0.5) * self.size[1]
        return _rotated(x, y, -self.degrees)

    def tilted(self, x: float, y: float) -> tuple[float, float]:
        left, top, right, bottom = self.crop
        x, y = _rotated(x, y, self.degrees)
        across, down = x / self.size[0] + 0.5, y / self.size[1] + 0.5
        return (across - left) / (right - left), (down - top) / (bottom - top)


def _rotated(x: float, y: float, degrees: float) -> tuple[float, float]:
    """Return a place, its y pointing down, turned clockwise about the middle."""
    angle = math.radians(degrees)
    sin, cos = math.sin(angle), math.cos(angle)
    return cos * x - sin * y, sin * x + cos * y


def _cut(before: Inputs, after: Inputs) -> tuple[int, tuple[float, float, float, float]]:
    """Return how a picture is turned, and then what part of it is kept, in shares of it."""
    quarters = (after.turns - before.turns) % 4
    left, top, right, bottom = before.crop
    for _ in range(quarters):
        left, top, right, bottom = top, 1 - right, bottom, 1 - left
    width, height = right - left, bottom - top
    new_left, new_top, new_right, new_bottom = after.crop
    return quarters, (
        (new_left - left) / width,
        (new_top - top) / height,
        (new_right - left) / width,
        (new_bottom - top) / height,
    )


@dataclass(frozen=True, eq=False)
class Version:
    """A depth map of a photo.

    Attributes
    ----------
    inputs
        What it was made of.
    source
        The depth map, with photo and provider.
    """

    inputs: Inputs
    source: Depth

    @property
    def label(self) -> str:
        """What it is called, for people."""
        origin = self.source.depth_map.origin
        label = origin.get("label") or self.inputs.label
        if self.inputs.entry.asks_first:
            label = f"{label}, {self.inputs.style}"
        return f"{label} · {origin['cost']}" if "cost" in origin else label

    def replaces(self, other: Version) -> bool:
        """Whether `other` need not be kept: it is of another picture, or can be made again."""
        repeats = not self.inputs.entry.asks_first and self.inputs.source == other.inputs.source
        return repeats or not self.inputs.same_picture(other.inputs)


def changed(before: ReliefSettings, after: ReliefSettings) -> dict[str, Any]:
    """Return what of the settings that have a control is different, as it is afterwards."""
    old = controlled(before)
    return {name: value for name, value in controlled(after).items() if value != old[name]}


def controlled(settings: ReliefSettings) -> dict[str, Any]:
    """Return the settings that have a control, by name."""
    return {name: getattr(settings, name) for name in controls()}
