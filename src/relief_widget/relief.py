"""The relief that users hold: a photo, its depth map and the settings."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
from PIL import Image

from relief_widget import lithophane as litho
from relief_widget.depth.builtin import BuiltIn
from relief_widget.depth.depth_map import STYLES, DepthMap, DepthProvider, Style
from relief_widget.depth.files import load_depth_map
from relief_widget.errors import DepthError, ReliefError
from relief_widget.filters import resample
from relief_widget.heights import HeightField, grid_shape, heights
from relief_widget.mesh import Part, part, planar, solid
from relief_widget.named_presets import Preset, presets
from relief_widget.photo import Photo, PhotoSource, open_photo
from relief_widget.settings import ReliefSettings

if TYPE_CHECKING:
    import trimesh

Progress = Callable[[int, int], None]
MaskSource = PhotoSource | Literal[False] | None


@dataclass(frozen=True, eq=False)
class Relief:
    """A relief: a frozen value; `replace` gives another one that shares the depth map.

    Made by `from_photo`, `from_depth_map`, `from_heights`, `lithophane` and `step_wedge`.

    Attributes
    ----------
    settings
        All settings.
    photo
        The photo, which is also the texture; None where there is none.
    depth_map
        What the heights are made from; None for a lithophane and for given heights.
    provider
        What estimated the depth; None where the depth was given.
    stock
        The material of a lithophane, or None.
    """

    settings: ReliefSettings
    photo: Photo | None = None
    depth_map: DepthMap | None = None
    provider: DepthProvider | None = None
    stock: litho.Stock | None = None
    _given: npt.NDArray[np.float32] | None = None

    @classmethod
    def from_photo(
        cls,
        photo: PhotoSource,
        *,
        provider: DepthProvider | None = None,
        style: Style | None = None,
        preset: str | Preset | None = None,
        mask: MaskSource = None,
        **settings: Any,
    ) -> Relief:
        """Estimate the depth of a photo and make a relief of it.

        Parameters
        ----------
        photo
            Path, bytes, PIL image, array or `Photo`.
        provider
            Depth provider; the built-in estimator by default, which works offline.
        style
            ``"detailed"`` or ``"organic"``; by default that of the preset, else ``"detailed"``.
        preset
            Name of a preset, or a `Preset`; `settings` override it.
        mask
            The subject: None finds it (or takes the photo's alpha), False says that there is none,
            an array or picture (bright = subject) is used as it is.
        **settings
            Any field of `ReliefSettings`.

        Raises
        ------
        ReliefError
            The photo cannot be used, a setting is wrong, or (`DepthError`) the provider failed.
        """
        chosen = presets[preset] if isinstance(preset, str) else preset
        style = style or (chosen.style if chosen is not None else "detailed")
        wanted = ReliefSettings().replace(**(dict(chosen or {}) | settings))
        opened = open_photo(photo, mask=mask)
        provider = provider or BuiltIn()
        return cls(wanted, opened, _estimate(provider, opened, style), provider)

    @classmethod
    def from_depth_map(
        cls,
        depth_map: PhotoSource | DepthMap,
        *,
        texture: PhotoSource | None = None,
        mask: MaskSource = None,
        style: Style = "detailed",
        **settings: Any,
    ) -> Relief:
        """Make a relief of a depth map, near = bright.

        Parameters
        ----------
        depth_map
            Path, bytes, PIL image, 2-D array or `DepthMap`. Pictures of 8 bits are de-banded.
        texture
            The photo that the depth map belongs to; it gives the part its proportions.
        mask
            The subject, for the compression of the background: array or picture; None or False:
            none.
        style
            Selects the constants of the compression.
        **settings
            Any field of `ReliefSettings`.

        Raises
        ------
        ReliefError
            The depth map or the texture cannot be used, or a setting is wrong.
        """
        wanted = ReliefSettings().replace(**settings)
        _check_style(style)
        loaded = (
            depth_map if isinstance(depth_map, DepthMap) else load_depth_map(depth_map, style=style)
        )
        photo = None
        if texture is not None:
            photo = open_photo(texture, mask=mask)
            _check_same_picture(photo, loaded)
            loaded = dataclasses.replace(loaded, size=photo.size, stages={})
        elif mask is not None and mask is not False:
            # A stand-in photo of the map's size brings the mask through the same checks.
            blank = np.zeros((*loaded.values.shape, 3), np.uint8)
            photo = open_photo(blank, mask=mask)
        if photo is not None:
            subject = photo.subject_mask(loaded.values.shape)
            if subject is not None:
                loaded = dataclasses.replace(loaded, mask=subject, stages={})
        return cls(wanted, photo if texture is not None else None, loaded)

    @classmethod
    def from_heights(
        cls, values: npt.ArrayLike, *, texture: PhotoSource | None = None, **settings: Any
    ) -> Relief:
        """Make a relief of heights as they are: no filter touches them, so height settings rest.

        Parameters
        ----------
        values
            (rows, cols) of at least 2 × 2 in [0, 1], row 0 = top.
        texture
            A photo to lay over the surface.
        **settings
            Any field of `ReliefSettings`.

        Raises
        ------
        ReliefError
            The values are not such an array, or a setting is wrong.
        """
        wanted = ReliefSettings().replace(**settings)
        photo = None if texture is None else open_photo(texture)
        return cls(wanted, photo, _given=_checked_heights(values))

    @classmethod
    def lithophane(
        cls,
        photo: PhotoSource,
        min_mm: float = 0.8,
        max_mm: float = 3.0,
        attenuation_per_mm: float = 0.9,
        *,
        table: Sequence[tuple[float, float]] | npt.ArrayLike | None = None,
        **settings: Any,
    ) -> Relief:
        """Make a lithophane: brightness becomes thickness, not depth.

        Parameters
        ----------
        photo
            Path, bytes, PIL image, array or `Photo`.
        min_mm, max_mm
            Thickness of white and of black in mm.
        attenuation_per_mm
            µ of T = exp(-µ t); white filament is about 0.5 to 1.2.
        table
            (n, 2) measured thickness in mm and transmitted light, instead of `attenuation_per_mm`;
            see `step_wedge`.
        **settings
            Any field of `ReliefSettings`; of the height settings only `mesh_quality` applies.

        Raises
        ------
        ReliefError
            The photo, a thickness, the attenuation or the table cannot be used.
        """
        wanted = ReliefSettings().replace(thickness_mm=(min_mm, max_mm), **settings)
        stock = (
            litho.uniform_stock(attenuation_per_mm, min_mm, max_mm)
            if table is None
            else litho.measured_stock(table, min_mm, max_mm)
        )
        return cls(wanted, open_photo(photo, mask=False), stock=stock)

    @classmethod
    def step_wedge(
        cls, min_mm: float = 0.4, max_mm: float = 4.0, steps: int = 10, **settings: Any
    ) -> Relief:
        """Make the calibration part for lithophanes: steps of known thickness, 12 mm wide each.

        Raises
        ------
        ReliefError
            A thickness, the number of steps or a setting is wrong.
        """
        size = {"size_mm": 12.0 * steps} if isinstance(steps, int) and 2 <= steps <= 20 else {}
        wanted = ReliefSettings().replace(**(size | settings | {"thickness_mm": (min_mm, max_mm)}))
        tops = litho.step_wedge(min_mm, max_mm, steps)
        shares = np.clip((tops - min_mm) / (max_mm - min_mm), 0.0, 1.0)
        return cls(wanted, _given=_checked_heights(shares))

    def replace(self, **settings: Any) -> Relief:
        """Return the relief with other settings; the depth map is reused.

        Raises
        ------
        ReliefError
            A name is not a setting, or a value is out of its range.
        """
        changed = self.settings.replace(**settings)
        if self.stock is not None and changed.thickness_mm != self.settings.thickness_mm:
            raise ReliefError(
                "The thickness of a lithophane is part of its tones.",
                "Call Relief.lithophane again with the new thicknesses.",
            )
        return dataclasses.replace(self, settings=changed)

    def replace_mask(self, mask: MaskSource) -> Relief:
        """Return the relief with another subject mask.

        The built-in estimator runs again; the depth of any other provider is kept, and the mask
        only steers the compression.

        Raises
        ------
        ReliefError
            The relief has no depth map, or the mask does not fit the photo.
        """
        if self.depth_map is None:
            raise ReliefError(
                "This relief is not made from a depth map, so it has no subject mask.",
                "Use Relief.from_photo or Relief.from_depth_map.",
            )
        if self.photo is None:
            return Relief.from_depth_map(
                dataclasses.replace(self.depth_map, mask=None, stages={}), mask=mask
            ).replace(**dataclasses.asdict(self.settings))
        photo = self.photo.with_mask(mask)
        if isinstance(self.provider, BuiltIn):
            depth_map = _estimate(self.provider, photo, self.depth_map.style)
        else:
            subject = photo.subject_mask(self.depth_map.values.shape)
            depth_map = dataclasses.replace(self.depth_map, mask=subject, stages={})
        return dataclasses.replace(self, photo=photo, depth_map=depth_map)

    @cached_property
    def height_field(self) -> HeightField:
        """The height field: heights in [0, 1] on the grid, and the proportions."""
        if self._given is not None:
            rows, cols = self._given.shape
            return HeightField(self._given, cols / rows)
        if self.depth_map is not None:
            return heights(self.depth_map, self.settings)
        return self._lithophane_field()

    @property
    def heights(self) -> npt.NDArray[np.float32]:
        """float32 (rows, cols) in [0, 1], row 0 = top of the photo, read-only."""
        return self.height_field.values

    @cached_property
    def part(self) -> Part:
        """The part on the full grid, in mm."""
        return part(self.height_field, self.settings)

    @property
    def mesh(self) -> trimesh.Trimesh:
        """A new ``trimesh.Trimesh`` of the part on the full grid: mm, z up, photo upright."""
        make = solid if self.settings.mode == "solid" else planar
        return make(self.height_field, self.settings)

    def picture(self, max_side: int | None = 1024) -> Image.Image:
        """Return a picture: a hillshade, or for a lithophane what a lamp behind it shows."""
        from relief_widget.hillshade import picture

        if self.stock is not None and self.settings.thickness_mm is not None:
            image = litho.backlit(self.transmitted())
            if max_side is not None:
                image.thumbnail((max_side, max_side), Image.Resampling.LANCZOS)
            return image
        return picture(self.part.z, self.part.spacing, visible=self.part.visible, max_side=max_side)

    def transmitted(self) -> npt.NDArray[np.float64]:
        """Return the light that comes through a lithophane, 1 = its thinnest place; (rows, cols).

        Raises
        ------
        ReliefError
            The relief is not a lithophane.
        """
        if self.stock is None or self.settings.thickness_mm is None:
            raise ReliefError("This relief is no lithophane.", "Use Relief.lithophane.")
        low, high = self.settings.thickness_mm
        shares = self.part.z.astype(np.float64)
        if self.settings.mode == "planar":
            shares = shares + low
        return litho.transmitted(np.clip(shares, low, high), self.stock, low)

    def save(
        self,
        path: str | Path,
        *,
        max_error_mm: float | Literal["auto"] | None = "auto",
        progress: Progress | None = None,
    ) -> Path:
        """Write the relief to a file; the suffix says what.

        Parameters
        ----------
        path
            ``.stl``, ``.obj``, ``.obj.zip`` (with texture), ``.png`` (picture), ``.height.png``
            (16-bit height map), ``.tiff`` (32-bit height map).
        max_error_mm
            ``"auto"`` or None: the full grid.
        progress
            Called with steps done and steps in all; an exception that it raises stops the export.

        Returns
        -------
        The path.

        Raises
        ------
        ReliefError
            The suffix is unknown or the file cannot be written; nothing is left under its name.
        """
        from relief_widget.export import write

        if not (max_error_mm is None or max_error_mm == "auto"):
            raise ReliefError(
                "Meshes with a bounded error are not available yet.",
                "Leave max_error_mm out: the full grid is saved.",
            )
        target = Path(path)
        write(self, target, progress)
        return target

    def _lithophane_field(self) -> HeightField:
        photo, limits = self.photo, self.settings.thickness_mm
        assert photo is not None
        assert self.stock is not None
        assert limits is not None
        quality = self.settings.mesh_quality
        luminance = resample(photo.luminance(4 * quality), grid_shape(photo.size, quality))
        low, high = limits
        mm = litho.thickness(np.clip(luminance, 0.0, 1.0), self.stock, low, high)
        shares = np.clip((mm.astype(np.float64) - low) / (high - low), 0.0, 1.0)
        return HeightField(_read_only(shares), photo.size[0] / photo.size[1])

    def _repr_png_(self) -> bytes:
        import io

        buffer = io.BytesIO()
        self.picture(768).save(buffer, "PNG")
        return buffer.getvalue()

    def __repr__(self) -> str:
        name = f"{self.photo.name!r}, " if self.photo is not None else ""
        width, depth, height = self.part.extents
        rows, cols = self.height_field.shape
        return (
            f"Relief({name}{self.settings.mode}, {width:.1f} × {depth:.1f} × {height:.1f} mm, "
            f"{cols} × {rows} vertices)"
        )


def _read_only(values: npt.ArrayLike) -> npt.NDArray[np.float32]:
    array = np.array(values, dtype=np.float32)
    array.setflags(write=False)
    return array


def _checked_heights(values: npt.ArrayLike) -> npt.NDArray[np.float32]:
    try:
        array = np.asarray(values, dtype=np.float32)
    except (TypeError, ValueError):
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
    return _read_only(array)


def _check_style(style: str) -> None:
    if style not in STYLES:
        raise DepthError(f"There is no style named {style!r}.", f"Styles are {', '.join(STYLES)}.")


def _check_same_picture(photo: Photo, depth_map: DepthMap) -> None:
    (width, height), (rows, cols) = photo.size, depth_map.values.shape
    if abs(np.log(width * rows / (height * cols))) > 0.03:
        raise ReliefError(
            f"The texture is {width} × {height} pixels, the depth map {cols} × {rows}: they are "
            "not the same picture.",
            "Crop one of them, so that both show the same.",
        )


def _estimate(provider: DepthProvider, photo: Photo, style: Style) -> DepthMap:
    _check_style(style)
    estimate = provider(photo, style)
    if isinstance(estimate, DepthMap):
        return estimate
    given = load_depth_map(estimate, style=style)
    _check_same_picture(photo, given)
    mask = photo.subject_mask(given.values.shape)
    return dataclasses.replace(given, mask=mask, size=photo.size, stages={})
