"""What a relief comes to: its heights, the part, its meshes and files."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PIL import Image

from relief_widget.depth.depth_map import DepthMap, DepthProvider
from relief_widget.errors import ReliefError
from relief_widget.export import (
    HEIGHT_MAPS,
    MESHES,
    TILES,
    suffix_of,
    write,
    write_height_map,
)
from relief_widget.export.height_map import DepthProof, Polarity
from relief_widget.export.hillshade import picture
from relief_widget.export.progress import Progress
from relief_widget.export.stl_zip import write_stl_zip
from relief_widget.export.weight import Weight
from relief_widget.heights import HeightField
from relief_widget.heights import lithophane as litho
from relief_widget.heights.sources import (
    Brightness,
    Depth,
    Source,
)
from relief_widget.image.photo import Photo
from relief_widget.mesh.grid import Part, part
from relief_widget.mesh.making import Made, make
from relief_widget.mesh.objects import is_object
from relief_widget.mesh.simplify import Detail, MaxError
from relief_widget.mesh.triangles import Body, to_trimesh
from relief_widget.settings import ReliefSettings

if TYPE_CHECKING:
    import trimesh


@dataclass(frozen=True, eq=False, repr=False)
class ReliefBody:
    """What follows from a source of heights and the settings; each is computed when asked for.

    Attributes
    ----------
    source
        Where the heights come from.
    settings
        All settings.
    """

    source: Source
    settings: ReliefSettings

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

    @cached_property
    def height_field(self) -> HeightField:
        """The height field: heights in [0, 1] on the grid, and the proportions."""
        return self.source.field(self.settings)

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
        return to_trimesh(self.part)

    def transmitted(self) -> npt.NDArray[np.float64]:
        """Return the light that comes through a lithophane, 1 = its thinnest place; (rows, cols).

        Raises
        ------
        ReliefError
            The relief is not a lithophane.
        """
        if not isinstance(self.source, Brightness) or self.settings.thickness_mm is None:
            raise ReliefError("This relief is no lithophane.", "Use Relief.lithophane.")
        low, high = self.settings.thickness_mm
        shares = self.part.heights.astype(np.float64)
        return litho.transmitted(low + (high - low) * shares, self.source.stock, low)

    def picture(self, max_side: int | None = 1024) -> Image.Image:
        """Return a picture: a hillshade, or for a lithophane what a lamp behind it shows."""
        if not isinstance(self.source, Brightness):
            return picture(
                self.part.z, self.part.spacing, visible=self.part.visible, max_side=max_side
            )
        image = litho.backlit(self.transmitted())
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
    ) -> Body:
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
        return self._fit(Detail(max_error_mm, max_triangles, max_megabytes), suffix).body

    @property
    def is_object(self) -> bool:
        """Whether the settings make more of the part than a plain rectangle."""
        return is_object(self.settings)

    def pieces(self, *, max_error_mm: MaxError = "auto") -> tuple[Body, ...]:
        """Return the tiles of a finished object, or the one mesh that it is.

        Raises
        ------
        ReliefError
            Settings do not go together, or something does not fit.
        """
        return self._fit(Detail(max_error_mm), ".stl").pieces

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
        if suffix not in MESHES:
            raise ReliefError(f"{suffix} is no mesh file.", f"Those are {', '.join(MESHES)}.")
        found = self._fit(Detail(max_error_mm, max_triangles, max_megabytes), suffix)
        return Weight(
            triangles=found.body.triangles,
            bytes=MESHES[suffix].size(found.body, self),
            exact=MESHES[suffix].exact,
            error_mm=found.error_mm,
        )

    @cached_property
    def _fits(self) -> dict[tuple[Detail, str], Made]:
        return {}

    def _fit(self, detail: Detail, suffix: str) -> Made:
        """Return the mesh for a file; the last one is kept."""
        key = detail, suffix if detail.max_megabytes is not None else ""
        if key not in self._fits:
            found = make(
                self.part,
                self.settings,
                detail,
                lambda body: MESHES[suffix].size(body, self),
                self._subject,
            )
            self._fits.clear()
            self._fits[key] = found
        return self._fits[key]

    @property
    def _subject(self) -> npt.NDArray[np.float32] | None:
        """The subject mask, for outlines."""
        if self.depth_map is not None:
            return self.depth_map.mask
        rows, cols = self.heights.shape
        return self.photo.subject_mask((rows, cols)) if self.photo is not None else None

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
        The path.

        Raises
        ------
        ReliefError
            The suffix is unknown, a bound is wrong or cannot be met, or the file cannot be written;
            nothing is left under its name.
        """
        target = Path(path)
        detail = Detail(max_error_mm, max_triangles, max_megabytes)
        suffix = suffix_of(target)
        if progress is not None:
            # Triangulating cannot be stopped in its middle, so ask once before it.
            progress(0, 1)
        if suffix == TILES:
            pieces = self._fit(detail, ".stl").pieces
            write_stl_zip(pieces, [getattr(p, "name", "") for p in pieces], target, progress)
            return target
        write(self, target, progress, self._fit(detail, suffix).body if suffix in MESHES else None)
        return target

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
        Distinct levels, the range that is used, and the share without slope; in the file, too.

        Raises
        ------
        ReliefError
            The suffix or the polarity is another one, or the file cannot be written.
        """
        target = Path(path)
        if suffix_of(target) not in HEIGHT_MAPS:
            raise ReliefError(
                f"{target.name} is no height map.", f"Those are {', '.join(HEIGHT_MAPS)}."
            )
        return write_height_map(self, target, polarity)

    def project(self) -> bytes:
        """Return the relief as the bytes of a ``.relief`` file, for `open`."""
        from relief_widget.project import project_bytes

        return project_bytes(self)
