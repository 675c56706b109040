"""The relief that users hold: a photo, its depth map and the settings."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from relief_widget.depth.builtin import BuiltIn
from relief_widget.depth.depth_map import DepthMap, DepthProvider, Style, check_style
from relief_widget.errors import ReliefError
from relief_widget.heights import lithophane as litho
from relief_widget.heights.sources import (
    Brightness,
    MaskSource,
    estimate,
    given_depth,
    given_heights,
)
from relief_widget.image.encoding import png
from relief_widget.image.photo import PhotoSource, open_photo
from relief_widget.relief_body import ReliefBody
from relief_widget.settings import ReliefSettings
from relief_widget.settings.lengths import sized
from relief_widget.settings.presets import Preset, presets

if TYPE_CHECKING:
    from relief_widget.preflight import Report, Target
    from relief_widget.widgets.viewer import Viewer


@dataclass(frozen=True, eq=False, repr=False)
class Relief(ReliefBody):
    """A relief: a frozen value; `replace` gives another one that shares the depth map.

    Made by `from_photo`, `from_depth_map`, `from_heights`, `lithophane`, `step_wedge` and `open`.
    What follows from source and settings, such as `heights`, `mesh` and `save`, is in `ReliefBody`.

    Attributes
    ----------
    source
        Where the heights come from.
    settings
        All settings.
    """

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
            Depth provider; the built-in estimator by default, which works offline. For logos,
            drawings and lettering give ``Layers()``: here nothing chooses it by itself, as studio
            and command line do.
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
        check_style(style)
        wanted = ReliefSettings().replace(**(dict(chosen or {}) | settings))
        opened = open_photo(photo, mask=mask)
        return cls(estimate(opened, provider or BuiltIn(), style), wanted)

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
            The subject, for the compression of the background: array or picture, or None.
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
        return cls(given_depth(depth_map, texture, mask, style), wanted)

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
        return cls(given_heights(values, texture), wanted)

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
        wanted = ReliefSettings().replace(**(settings | {"thickness_mm": (min_mm, max_mm)}))
        stock = (
            litho.uniform_stock(attenuation_per_mm, min_mm, max_mm)
            if table is None
            else litho.measured_stock(table, min_mm, max_mm)
        )
        return cls(Brightness(open_photo(photo, mask=False), stock), wanted)

    @classmethod
    def step_wedge(
        cls, min_mm: float = 0.4, max_mm: float = 4.0, steps: int = 10, **settings: Any
    ) -> Relief:
        """Make the calibration part for lithophanes: steps of known thickness, 12 mm wide each.

        Parameters
        ----------
        min_mm, max_mm
            Thickness of the first and of the last step in mm.
        steps
            2 to 20.
        **settings
            Any field of `ReliefSettings`.

        Raises
        ------
        ReliefError
            A thickness, the number of steps or a setting is wrong.
        """
        wanted = ReliefSettings().replace(**(settings | {"thickness_mm": (min_mm, max_mm)}))
        shares = (litho.step_wedge(min_mm, max_mm, steps) - min_mm) / (max_mm - min_mm)
        if "size_mm" not in settings:
            wanted = wanted.replace(size_mm=litho.STEP_MM * steps)
        return cls(given_heights(np.clip(shares, 0.0, 1.0)), wanted)

    @classmethod
    def open(cls, source: str | Path | bytes) -> Relief:
        """Open a relief that was saved as ``.relief``, or as ``.3mf`` with its project in it.

        Parameters
        ----------
        source
            Path, or the file's bytes.

        Returns
        -------
        The relief as it was saved, bit for bit; nothing is estimated again.

        Raises
        ------
        ReliefError
            The file is no project, damaged, or was saved by a newer version.
        """
        from relief_widget.project import load_project

        return load_project(source)

    def replace(self, **settings: Any) -> Relief:
        """Return the relief with other settings; the depth map is reused.

        Raises
        ------
        ReliefError
            A name is not a setting, or a value is out of its range.
        """
        changed = self.settings.replace(**settings)
        if changed.thickness_mm != self.settings.thickness_mm:
            raise ReliefError(
                "The thickness of a lithophane is part of its tones.",
                "Call Relief.lithophane with the new thicknesses.",
            )
        return dataclasses.replace(self, settings=changed)

    def sized(
        self,
        *,
        width_mm: float | None = None,
        height_mm: float | None = None,
        relief_mm: float | None = None,
        base_mm: float | None = None,
    ) -> Relief:
        """Return the relief in given lengths instead of shares of its longer side.

        Parameters
        ----------
        width_mm, height_mm
            Of the part; one of them.
        relief_mm
            Height of the relief above the base.
        base_mm
            Thickness of the base.

        Raises
        ------
        ReliefError
            Width and height are both given, or a length is out of the range of its setting.
        """
        wanted = {"width_mm": width_mm, "height_mm": height_mm}
        wanted |= {"relief_mm": relief_mm, "base_mm": base_mm}
        aspect = self.height_field.aspect
        return self.replace(**sized(aspect, self.settings.size_mm, **wanted))

    def replace_mask(self, mask: MaskSource) -> Relief:
        """Return the relief with another subject mask.

        The built-in estimator runs again; the depth of any other provider is kept, and the mask
        only steers the compression.

        Parameters
        ----------
        mask
            None: find it; False: there is no subject; array or picture, bright = subject.

        Raises
        ------
        ReliefError
            The relief has no depth map, or the mask does not fit the photo.
        """
        return dataclasses.replace(self, source=self.source.replace_mask(mask))

    def show(self, **settings: Any) -> Viewer:
        """Return a live view of the relief, a widget for a notebook cell.

        Parameters
        ----------
        **settings
            Body and display settings, such as ``material="metallic_bronze"``, and other traits of
            `Viewer`.

        Raises
        ------
        ReliefError
            A setting is out of its range.
        """
        from relief_widget.widgets.display import view

        return view(self, **settings)

    def preflight(self, target: str | Target | None = None, **options: Any) -> Report:
        """Say what a slicer or CAM program would say, before the part is made.

        Parameters
        ----------
        target
            ``"fdm"``, ``"resin"``, ``"cnc"``, ``"laser"`` or ``"lithophane"``; by default what a
            lithophane is for, else ``"fdm"``.
        **options
            As for `relief_widget.preflight.preflight`: ``bed="Prusa MK4"``, ``material="PETG"``, …

        Raises
        ------
        ReliefError
            The target, or an option, is unknown.
        """
        from relief_widget.preflight import preflight

        usual = "fdm" if self.settings.thickness_mm is None else "lithophane"
        given: dict[str, Any] = {
            "filtered": self.depth_map is not None,
            "settings": self.settings,
            "title": (self.photo and self.photo.name) or "Relief",
        }
        # What does not fit together is said when it is saved; the plain part can be checked.
        with contextlib.suppress(ReliefError):
            given["mesh"] = self.body()
        return preflight(self.part, target or usual, **(given | options))

    def to_html(self, path: str | Path, **settings: Any) -> Path:
        """Write one HTML file that shows the relief live, without a kernel or the network.

        Body and display settings stay live in it, and it saves STL files.

        Parameters
        ----------
        path
            An ``.html`` file.
        **settings
            As for `show`.

        Returns
        -------
        The path.

        Raises
        ------
        ReliefError
            The file cannot be written; nothing is left under its name.
        """
        from relief_widget.widgets.display import save_page

        return save_page(self, Path(path), **settings)

    def to_pythreejs(self, **settings: Any) -> Any:
        """Return a ``pythreejs.Mesh`` of the part in mm, for a scene of one's own.

        Parameters
        ----------
        **settings
            Settings to replace first, such as ``material="carved_walnut"``.

        Raises
        ------
        ReliefError
            pythreejs is not installed, or a setting is out of its range.
        """
        from relief_widget.export.pythreejs import to_pythreejs

        return to_pythreejs(self.replace(**settings) if settings else self)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        data, metadata = self.show()._repr_mimebundle_(**options)
        return {**data, "text/plain": repr(self)}, metadata

    def _repr_png_(self) -> bytes:
        return png(self.picture(768))

    def __repr__(self) -> str:
        name = f"{self.photo.name!r}, " if self.photo is not None else ""
        width, depth, height = self.part.extents
        rows, cols = self.height_field.shape
        return (
            f"Relief({name}{self.settings.mode}, {width:.1f} × {depth:.1f} × {height:.1f} mm, "
            f"{cols} × {rows} vertices)"
        )
