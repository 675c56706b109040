"""The relief that users hold: a photo, its depth map and the settings."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from relief_widget import arguments, project
from relief_widget.depth.builtin import BuiltIn
from relief_widget.depth.depth_map import DepthMap, DepthProvider, Near, Style, check_style
from relief_widget.depth.layers import Layers, is_flat_art
from relief_widget.errors import ReliefError, enough_memory
from relief_widget.export import FORMATS, Content, Format, format_of, write
from relief_widget.export.height_map import DepthProof, Polarity
from relief_widget.export.hillshade import picture
from relief_widget.export.progress import Progress
from relief_widget.export.weight import Weight
from relief_widget.heights import Edits, HeightField, Stroke, edited
from relief_widget.heights.edits import checked_curve, checked_strokes
from relief_widget.heights.lithophane import (
    STEP_MM,
    Tones,
    backlit,
    checked_thickness,
    step_wedge,
    transmitted,
)
from relief_widget.heights.sources import (
    Brightness,
    Depth,
    MaskSource,
    Source,
    check_provider,
    estimate,
    given_depth,
    given_heights,
)
from relief_widget.image.encoding import png
from relief_widget.image.photo import GROUNDS, Ground, Photo, PhotoSource, open_photo
from relief_widget.mesh.grid import Part, part
from relief_widget.mesh.making import Made, make
from relief_widget.mesh.objects import is_object
from relief_widget.mesh.simplify import Detail, MaxError
from relief_widget.mesh.triangles import Mesh, to_trimesh
from relief_widget.recent import Recent
from relief_widget.settings import ReliefSettings
from relief_widget.settings.lengths import sized
from relief_widget.settings.presets import Preset, preset_of

if TYPE_CHECKING:
    import trimesh

    from relief_widget.preflight import Report, Target
    from relief_widget.widgets.viewer import Viewer

_log = logging.getLogger("relief_widget")

# Meshes are large: what was weighed and what is on the screen are kept.
_KEPT_MESHES = 2
_LONGEST_PICTURE = 100_000


@dataclass(frozen=True, eq=False, repr=False)
class Relief:
    """A relief: a frozen value; `replace` gives another one that shares the depth map.

    Made by `from_photo`, `from_depth_map`, `from_heights`, `lithophane`, `step_wedge` and `open`.
    What follows from source and settings, such as `heights` and `mesh`, is computed when asked for.

    Attributes
    ----------
    source
        Where the heights come from.
    settings
        All settings.
    edits
        What is done to the heights by hand, after every filter.
    """

    source: Source
    settings: ReliefSettings
    edits: Edits = Edits()

    def __post_init__(self) -> None:
        if not callable(getattr(self.source, "field", None)) or isinstance(self.source, type):
            raise ReliefError(
                f"The source of a relief is {arguments.shown(self.source)}.",
                "Use Relief.from_photo, Relief.from_depth_map, Relief.from_heights or Relief.open.",
            )
        hint = "Leave it out, and use relief.replace(…) or relief.edited(…)."
        arguments.instance("settings", self.settings, ReliefSettings, hint=hint)
        arguments.instance("edits", self.edits, Edits, hint=hint)

    @classmethod
    @enough_memory()
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
            Depth provider; by default what the preset takes, else the built-in estimator, which
            works offline. For logos, drawings and lettering give ``Layers()``: without a preset
            nothing chooses it by itself here, as studio and command line do.
        style
            ``"detailed"`` or ``"organic"``; by default that of the preset, else ``"detailed"``.
        preset
            What to make: name of a preset, or a `Preset`. Its source, settings and object are
            taken; `settings` override them. Where it is cut out around the subject and none is
            found, a warning is logged and the whole picture is taken.
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
        chosen = None if preset is None else preset_of(preset)
        check_style("detailed" if style is None else style)
        if provider is not None:
            check_provider(provider)
        wanted = ReliefSettings().replace(**settings)
        if chosen is None:
            opened = open_photo(photo, mask=mask)
            provider = BuiltIn() if provider is None else provider
            return cls(estimate(opened, provider, style or "detailed"), wanted)
        if chosen.source == "lithophane":
            if provider is not None or style is not None:
                raise ReliefError(
                    f"A {chosen.label.lower()} is made from the photo's brightness, not its depth.",
                    "Leave out provider and style, or choose another preset.",
                )
            opened = open_photo(photo).on_ground("white").with_mask(False)
            plain = cls(Brightness(opened, Tones(**chosen.tones)), wanted)
        else:
            opened = open_photo(photo, mask=mask)
            if provider is None:
                provider = _provider(chosen, opened, style)
            plain = cls(estimate(opened, provider, style or chosen.style), wanted)
        return plain.like(chosen, **settings)

    @classmethod
    @enough_memory()
    def from_depth_map(
        cls,
        depth_map: PhotoSource | DepthMap,
        *,
        texture: PhotoSource | None = None,
        mask: MaskSource = None,
        style: Style | None = None,
        near: Near = "bright",
        preset: str | Preset | None = None,
        **settings: Any,
    ) -> Relief:
        """Make a relief of a depth map; what had to be assumed is in ``depth_map.report.lines()``.

        Parameters
        ----------
        depth_map
            Path of a picture or of numbers (PGM, PFM, NPY, NPZ, OpenEXR), bytes, PIL image, 2-D
            array or `DepthMap`. Pictures of 8 bits are de-banded, gaps are closed, and elevation in
            colours (terrain-RGB) is decoded, see `relief_widget.depth.load_depth_map`.
        texture
            The photo that the depth map belongs to; it gives the part its proportions. A map that
            lies on its side, made without the rotation that a camera wrote into the photo, is
            turned.
        mask
            The subject, for the compression of the background: array or picture, or None.
        style
            Selects the constants of the compression; by default those of the preset, else of
            ``"detailed"``.
        near
            What is near in the depth map: ``"bright"``, or ``"dark"`` as in maps of distances. Such
            a map is turned before anything else, and not mirrored, as ``invert`` would.
        preset
            What to make, see `from_photo`.
        **settings
            Any field of `ReliefSettings`.

        Raises
        ------
        ReliefError
            The depth map or the texture cannot be used, or a setting is wrong.
        """
        chosen = None if preset is None else preset_of(preset)
        check_style("detailed" if style is None else style)
        wanted = ReliefSettings().replace(**settings)
        if chosen is None:
            return cls(given_depth(depth_map, texture, mask, style or "detailed", near), wanted)
        source = given_depth(depth_map, texture, mask, style or chosen.style, near)
        return cls(source, wanted).like(chosen, **settings)

    @classmethod
    @enough_memory()
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
    @enough_memory()
    def lithophane(
        cls,
        photo: PhotoSource,
        min_mm: float = 0.8,
        max_mm: float = 3.0,
        attenuation_per_mm: float = 0.9,
        *,
        table: Sequence[tuple[float, float]] | npt.ArrayLike | None = None,
        transparent: Ground = "white",
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
        transparent
            What stands where the photo is transparent: ``"white"``, the thinnest, ``"grey"`` or
            ``"black"``.
        **settings
            Any field of `ReliefSettings`; of the height settings only `mesh_quality` applies.

        Raises
        ------
        ReliefError
            The photo, a thickness, the attenuation or the table cannot be used.
        """
        wanted = ReliefSettings().replace(**settings)
        tones = Tones(min_mm, max_mm, attenuation_per_mm, table)  # type: ignore[arg-type]  # checked
        arguments.choice("transparent", transparent, GROUNDS)
        opened = open_photo(photo).on_ground(transparent).with_mask(False)
        return cls(Brightness(opened, tones), wanted)

    @classmethod
    @enough_memory()
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
        low, high = checked_thickness(min_mm, max_mm)
        wanted = ReliefSettings().replace(**settings)
        shares = (step_wedge(low, high, steps) - low) / (high - low)
        if "size_mm" not in settings:
            wanted = wanted.replace(size_mm=STEP_MM * steps)
        given = given_heights(np.clip(shares, 0.0, 1.0))
        return cls(dataclasses.replace(given, thickness_mm=(low, high)), wanted)

    @classmethod
    @enough_memory()
    def open(cls, source: str | Path | bytes) -> Relief:
        """Open a relief that was saved as ``.relief``, or as ``.3mf`` with its project in it.

        Parameters
        ----------
        source
            Path, or the file's bytes.

        Returns
        -------
        Relief
            The relief as it was saved; nothing is estimated again. Its depth map is the same bit
            for bit, and so are its heights on the same kind of processor; on another one they are
            within 1e-5 of the relief's height, less than a level of 16 bits.

        Raises
        ------
        ReliefError
            The file is no project, damaged, or was saved by a newer version.
        """
        return cls(*project.load(source))

    @property
    def photo(self) -> Photo | None:
        """The photo, which is also the texture; None where there is none."""
        return self.source.photo

    @property
    def depth_map(self) -> DepthMap | None:
        """What the heights are made from; None for a lithophane and for given heights."""
        return self.source.depth_map

    @property
    def provider(self) -> DepthProvider | None:
        """What estimated the depth; None where the depth was given."""
        return self.source.provider if isinstance(self.source, Depth) else None

    @property
    def is_lithophane(self) -> bool:
        """Whether its thickness in mm belongs to the source, as a lithophane's does."""
        return self.source.thickness_mm is not None

    @cached_property
    @enough_memory()
    def unedited(self) -> HeightField:
        """The height field before what is done by hand."""
        return self.source.field(self.settings)

    @cached_property
    @enough_memory()
    def height_field(self) -> HeightField:
        """The height field: heights in [0, 1] on the grid, and the proportions."""
        return edited(self.unedited, self.edits)

    @property
    def heights(self) -> npt.NDArray[np.float32]:
        """float32 (rows, cols) in [0, 1], row 0 = top of the photo, read-only."""
        return self.height_field.values

    @cached_property
    @enough_memory()
    def part(self) -> Part:
        """The part on the full grid, in mm."""
        return part(self.height_field, self.settings, self.source.thickness_mm)

    def release(self) -> None:
        """Give back the memory of heights and meshes; what is needed again is computed again."""
        for name in ("unedited", "height_field", "part", "_meshes"):
            vars(self).pop(name, None)

    @property
    def mesh(self) -> trimesh.Trimesh:
        """A new ``trimesh.Trimesh`` of the part on the full grid: mm, z up, photo upright."""
        return to_trimesh(self.part)

    @enough_memory()
    def transmitted(self) -> npt.NDArray[np.float64]:
        """Return the light that comes through a lithophane, 1 = its thinnest place; (rows, cols).

        Raises
        ------
        ReliefError
            The relief is not a lithophane.
        """
        if not isinstance(self.source, Brightness):
            raise ReliefError("This relief is no lithophane.", "Use Relief.lithophane.")
        low, high = self.source.thickness_mm
        shares = self.part.heights.astype(np.float64)
        return transmitted(low + (high - low) * shares, self.source.tones)

    @enough_memory()
    def picture(self, max_side: int | None = 1024) -> Image.Image:
        """Return a picture: a hillshade, or for a lithophane what a lamp behind it shows.

        Parameters
        ----------
        max_side
            Pixels of its longer side, at most; None: one for each vertex.

        Raises
        ------
        ReliefError
            That is no number of pixels.
        """
        if max_side is not None:
            max_side = arguments.whole("max_side", max_side, 1, _LONGEST_PICTURE)
        if not isinstance(self.source, Brightness):
            return picture(
                self.part.z, self.part.spacing, visible=self.part.visible, max_side=max_side
            )
        image = backlit(self.transmitted())
        if max_side is not None:
            image.thumbnail((max_side, max_side), Image.Resampling.LANCZOS)
        return image

    def body(
        self,
        suffix: str = ".stl",
        *,
        max_error_mm: MaxError = "auto",
        max_triangles: int | None = None,
        max_megabytes: float | None = None,
    ) -> Mesh:
        """Return the mesh that `save` writes: of few triangles, or the part on the full grid.

        Parameters
        ----------
        suffix
            What file it is for; that matters to `max_megabytes` alone.
        max_error_mm
            Greatest distance along z from the mesh of any vertex of the full grid, in mm.
            ``"auto"``: an error that no usual machine can show, and the full grid where that is
            hardly larger. None: the full grid.
        max_triangles
            Greatest number of triangles, instead of an error: the finest mesh that has no more.
        max_megabytes
            Greatest size of the file, instead of an error, in 1,000,000 bytes.

        Raises
        ------
        ReliefError
            A bound is wrong or cannot be met, or more than one is given.
        """
        detail = Detail(max_error_mm, max_triangles, max_megabytes)
        return self._made(detail, _mesh_format(suffix)).mesh

    @property
    def is_object(self) -> bool:
        """Whether the settings make more of the part than a plain rectangle."""
        return is_object(self.settings)

    def pieces(self, *, max_error_mm: MaxError = "auto") -> tuple[Mesh, ...]:
        """Return the tiles of a finished object, or the one mesh that it is.

        Raises
        ------
        ReliefError
            Settings do not go together, or something does not fit.
        """
        return self._made(Detail(max_error_mm), FORMATS[".stl"]).pieces

    def weigh(
        self,
        suffix: str = ".stl",
        *,
        max_error_mm: MaxError = "auto",
        max_triangles: int | None = None,
        max_megabytes: float | None = None,
    ) -> Weight:
        """Return how large a mesh file will be before it is saved.

        The mesh is kept for a `save` with the same bound.

        Parameters
        ----------
        suffix
            ``.stl``, ``.obj`` or ``.obj.zip``.
        max_error_mm, max_triangles, max_megabytes
            How fine the mesh is, see `body`.

        Raises
        ------
        ReliefError
            The suffix is not that of a mesh file, or a bound is wrong or cannot be met.
        """
        known = _mesh_format(suffix)
        assert known.size is not None
        found = self._made(Detail(max_error_mm, max_triangles, max_megabytes), known)
        return Weight(
            triangles=found.mesh.triangles,
            bytes=known.size(found.mesh, self._content(known)),
            exact=known.exact,
            error_mm=found.error_mm,
            notes=found.notes,
        )

    @cached_property
    def _meshes(self) -> Recent[Made]:
        return Recent(_KEPT_MESHES)

    @enough_memory()
    def _made(self, detail: Detail, known: Format) -> Made:
        """Return the mesh for a file; the last ones are kept."""
        size = known.size
        assert size is not None
        content = cache(lambda: self._content(known))
        return self._meshes.get(
            (detail, known.suffix if detail.max_megabytes is not None else ""),
            lambda: make(
                self.part,
                self.settings,
                detail,
                lambda mesh: size(mesh, content()),
                self._subject,
            ),
        )

    def _content(self, known: Format, made: Made | None = None) -> Content:
        """Return what a file of a format is made of, and nothing that it does not need."""
        needs = known.needs
        # Nobody weighs the picture that a mesh file has in it.
        pictured = "picture" in needs and (made is not None or known.size is None)
        return Content(
            part=self.part,
            settings=self.settings,
            mesh=None if made is None else made.mesh,
            pieces=() if made is None else made.pieces,
            photo=self.photo,
            depth_map=self.depth_map,
            picture=self.picture() if pictured else None,
            project=self.project() if "project" in needs else b"",
        )

    @property
    def _aspect(self) -> float:
        """Width of the part divided by its height, without computing the heights."""
        known = self.depth_map if self.depth_map is not None else self.photo
        if known is None:
            return self.height_field.aspect
        width, height = known.size
        return width / height

    @property
    def _subject(self) -> npt.NDArray[np.float32] | None:
        """The subject mask, for outlines."""
        if self.depth_map is not None:
            return self.depth_map.mask
        rows, cols = self.heights.shape
        return self.photo.subject_mask((rows, cols)) if self.photo is not None else None

    @enough_memory()
    def save(
        self,
        path: str | Path,
        *,
        max_error_mm: MaxError = "auto",
        max_triangles: int | None = None,
        max_megabytes: float | None = None,
        progress: Progress | None = None,
    ) -> Path:
        """Write the relief to a file; the suffix says what.

        Parameters
        ----------
        path
            ``.stl``, ``.obj``, ``.obj.zip`` (with texture), ``.3mf`` (with the project; with
            texture if ``show_texture`` is on), ``.glb`` (with texture), ``.ply`` (with the photo's
            colours), ``.png`` (picture), ``.height.png`` (16-bit height map), ``.tiff`` (32-bit
            height map), ``.depth.png``, ``.depth.tiff`` (the depth map), ``.relief`` (the project,
            for `open`), ``.stl.zip`` (an STL for each tile).
        max_error_mm, max_triangles, max_megabytes
            How fine a mesh is, see `body`.
        progress
            Called with steps done and steps in all; an exception that it raises stops the export.

        Returns
        -------
        Path
            The path.

        Raises
        ------
        ReliefError
            The suffix is unknown, a bound is wrong or cannot be met, or the file cannot be written;
            nothing is left under its name.
        """
        target = arguments.path("path", path)
        if progress is not None and not callable(progress):
            raise ReliefError(
                f"progress is {arguments.shown(progress)}, which cannot be called.",
                "Give a function of two numbers, done and total.",
            )
        detail = Detail(max_error_mm, max_triangles, max_megabytes)
        known = format_of(target)
        if progress is not None:
            # Triangulating cannot be stopped in its middle, so ask once before it.
            progress(0, 1)
        made = None
        if known.kind in ("mesh", "tiles"):
            made = self._made(detail, known if known.size else FORMATS[".stl"])
            for note in made.notes:
                _log.warning(note)
        write(target, self._content(known, made), progress)
        return target

    @enough_memory()
    def save_height_map(self, path: str | Path, polarity: Polarity = "bright_high") -> DepthProof:
        """Write a height map, and return the proof of its depth.

        Parameters
        ----------
        path
            ``.height.png`` (16-bit) or ``.tiff`` (32-bit float).
        polarity
            ``"bright_high"``, as engraving programs take it: dark is deep; or ``"dark_high"``.

        Returns
        -------
        DepthProof
            Distinct levels, the range that is used, and the share without slope; in the file, too.

        Raises
        ------
        ReliefError
            The suffix or the polarity is another one, or the file cannot be written.
        """
        target = arguments.path("path", path)
        known = format_of(target)
        content = dataclasses.replace(self._content(known), polarity=polarity)
        proof = write(target, content) if known.kind == "height map" else None
        if proof is None:
            suffixes = (name for name, known in FORMATS.items() if known.kind == "height map")
            raise ReliefError(
                f"{target.name} is no height map.", f"Those are {', '.join(suffixes)}."
            )
        return proof

    @enough_memory()
    def project(self) -> bytes:
        """Return the relief as the bytes of a ``.relief`` file, for `open`."""
        return project.dump(self.source, self.settings, self.edits)

    def replace(self, **settings: Any) -> Relief:
        """Return the relief with other settings; the depth map is reused.

        Raises
        ------
        ReliefError
            A name is not a setting, or a value is out of its range.
        """
        return dataclasses.replace(self, settings=self.settings.replace(**settings))

    def like(self, preset: str | Preset, **settings: Any) -> Relief:
        """Return the relief as a preset makes it: its settings and its object, of these heights.

        Unlike ``replace(**presets[…])``, which shapes the relief alone. Where the preset is cut out
        around the subject and there is none, a warning is logged and the whole picture is taken.

        Parameters
        ----------
        preset
            Name of a preset, or a `Preset`.
        **settings
            Settings that are wanted otherwise.

        Raises
        ------
        ReliefError
            There is no such preset, it is a lithophane and the relief is none or the other way
            round, or a setting is wrong.
        """
        chosen = preset_of(preset)
        label, is_lithophane = chosen.label.lower(), isinstance(self.source, Brightness)
        if is_lithophane != (chosen.source == "lithophane"):
            ways = ("brightness", "depth") if is_lithophane else ("depth", "brightness")
            raise ReliefError(
                f"These heights are the photo's {ways[0]}, and a {label} is made from its "
                f"{ways[1]}.",
                "Begin with the photo, or choose another preset.",
            )
        found = not chosen.without_subject or self._subject is not None
        wanted = chosen.made(found, self._aspect, **settings)
        note = chosen.note(found)
        if note and not set(settings) & set(chosen.without_subject):
            _log.warning(note)
        return self.replace(**wanted)

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
        return self.replace(**sized(self._aspect, self.settings.size_mm, **wanted))

    @enough_memory()
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

    def edited(self, strokes: Stroke | Iterable[Stroke]) -> Relief:
        """Return the relief with more strokes by hand, on top of those that it has.

        They come after every filter and after the stretch to 0 … 1: where settings change, they are
        made again on the new heights. What they leave is not stretched again.

        Parameters
        ----------
        strokes
            One, or several in their order.

        Raises
        ------
        ReliefError
            There are too many strokes.

        Examples
        --------
        >>> from relief_widget.heights import Stroke
        >>> nose = Stroke(brush="raise", points=[(0.5, 0.4)], size=0.1, strength=0.4)
        >>> relief = relief.edited(nose)  # doctest: +SKIP
        """
        return self.replace_edits(strokes=self.edits.strokes + checked_strokes(strokes))

    def replace_edits(
        self,
        *,
        curve: Iterable[Iterable[float]] | None = None,
        strokes: Iterable[Stroke] | None = None,
    ) -> Relief:
        """Return the relief with other edits by hand; ``strokes=()`` takes all strokes away.

        Parameters
        ----------
        curve
            Points of height before and height after, in 0 to 1, both ascending; None leaves the
            curve as it is, and `relief_widget.heights.IDENTITY` changes nothing.
        strokes
            All strokes; None leaves them as they are.

        Raises
        ------
        ReliefError
            The curve is none, or there are too many strokes.
        """
        edits = Edits(
            self.edits.curve if curve is None else checked_curve(curve),
            self.edits.strokes if strokes is None else checked_strokes(strokes),
        )
        made = dataclasses.replace(self, edits=edits)
        if "unedited" in vars(self):
            # The same heights underneath: of a lithophane no stage keeps them.
            vars(made)["unedited"] = self.unedited
        return made

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

    @enough_memory()
    def preflight(
        self,
        target: str | Target | None = None,
        *,
        max_error_mm: MaxError = "auto",
        max_triangles: int | None = None,
        max_megabytes: float | None = None,
        **options: Any,
    ) -> Report:
        """Say what a slicer or CAM program would say, before the part is made.

        `relief_widget.preflight.check_file` gives the same status to every file of the same detail.

        Parameters
        ----------
        target
            ``"fdm"``, ``"resin"``, ``"cnc"``, ``"laser"`` or ``"lithophane"``; by default what a
            lithophane is for, else ``"fdm"``.
        max_error_mm, max_triangles, max_megabytes
            How fine the mesh is, see `body`; a limit in bytes is that of an STL.
        **options
            As for `relief_widget.preflight.preflight`: ``bed="Prusa MK4"``, ``material="PETG"``, …

        Raises
        ------
        ReliefError
            The target, or an option, is unknown.
        """
        from relief_widget.preflight import preflight

        usual = "lithophane" if self.is_lithophane else "fdm"
        given: dict[str, Any] = {
            "filtered": self.depth_map is not None,
            "settings": self.settings,
            "title": (self.photo and self.photo.name) or "Relief",
        }
        detail = Detail(max_error_mm, max_triangles, max_megabytes)
        # What does not fit together is said when it is saved; the plain part can be checked.
        with contextlib.suppress(ReliefError):
            made = self._made(detail, FORMATS[".stl"])
            given |= {"mesh": made.mesh, "notes": made.notes}
        return preflight(self.part, usual if target is None else target, **(given | options))

    @enough_memory()
    def to_html(self, path: str | Path, **settings: Any) -> Path:
        """Write one HTML file that shows the relief live, without a kernel or the network.

        Body and display settings stay live in it, and it saves STL files. Of a finished object only
        the display settings do: Python alone can make it anew.

        Parameters
        ----------
        path
            An ``.html`` file.
        **settings
            As for `show`.

        Returns
        -------
        Path
            The path.

        Raises
        ------
        ReliefError
            The file cannot be written; nothing is left under its name.
        """
        from relief_widget.widgets.display import save_page

        return save_page(self, arguments.path("path", path), **settings)

    @enough_memory()
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

        shown = self.replace(**settings) if settings else self
        return to_pythreejs(shown.part, shown.settings, shown.photo)

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


def _provider(preset: Preset, photo: Photo, style: Style | None) -> DepthProvider:
    """Return what estimates the depth for a preset: flat art goes by its colours."""
    if preset.source == "layers":
        return Layers(**preset.options)
    # Whoever names a style wants the estimate that it is a style of.
    return Layers() if style is None and is_flat_art(photo) else BuiltIn()


def _mesh_format(suffix: str) -> Format:
    known = FORMATS.get(suffix) if isinstance(suffix, str) else None
    if known is None or known.size is None:
        suffixes = (name for name, known in FORMATS.items() if known.size is not None)
        raise ReliefError(
            f"{arguments.shown(suffix)} is the ending of no mesh file.",
            f"Those are {', '.join(suffixes)}.",
        )
    return known
