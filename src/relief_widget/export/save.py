"""Choose the writer by the suffix of the path."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Protocol, get_args

from PIL import Image

from relief_widget.atomic import atomic_path
from relief_widget.depth.depth_map import DepthMap
from relief_widget.depth.files import save_depth_map
from relief_widget.errors import ReliefError
from relief_widget.export.glb import write_glb
from relief_widget.export.height_map import (
    DepthProof,
    Polarity,
    scale_of,
    write_height_png,
    write_height_tiff,
)
from relief_widget.export.obj import obj_size, write_obj, write_obj_zip, zipped_size
from relief_widget.export.ply import write_ply
from relief_widget.export.progress import Progress, ignore
from relief_widget.export.stl import stl_size, write_stl
from relief_widget.export.threemf import write_3mf
from relief_widget.image.photo import Photo
from relief_widget.mesh.grid import Part
from relief_widget.mesh.triangles import Body
from relief_widget.settings import ReliefSettings
from relief_widget.settings.materials import material

_MOST_PROJECT = 50_000_000
# Bytes a triangle, with its share of the vertices: measured on full grids and on adaptive meshes,
# and rounded up.
_PER_TRIANGLE = {".3mf": 30, ".glb": 44, ".ply": 24}


class Exportable(Protocol):
    """What a file can be made of: a `Relief`, seen from below."""

    @property
    def part(self) -> Part:
        """The part in mm."""
        ...

    @property
    def photo(self) -> Photo | None:
        """The texture."""
        ...

    @property
    def depth_map(self) -> DepthMap | None:
        """The depth map."""
        ...

    @property
    def settings(self) -> ReliefSettings:
        """The settings."""
        ...

    def picture(self) -> Image.Image:
        """Return a picture of the part."""
        ...

    def project(self) -> bytes:
        """Return the project file."""
        ...


@dataclass(frozen=True)
class MeshFormat:
    """A file format for meshes.

    Attributes
    ----------
    write
        Writes a body; the relief has the texture.
    size
        How many bytes the file will have: exact, or rather more than it will be.
    exact
        Whether `size` is exact.
    """

    write: Callable[[Body, Exportable, Path, Progress], None]
    size: Callable[[Body, Exportable], int]
    exact: bool = False


def _texture(relief: Exportable) -> Image.Image | None:
    return None if relief.photo is None else relief.photo.image()


def _stl(body: Body, relief: Exportable, path: Path, progress: Progress) -> None:
    del relief
    write_stl(body, path, progress)


def _obj(body: Body, relief: Exportable, path: Path, progress: Progress) -> None:
    del relief
    write_obj(body, path, progress)


def _obj_zip(body: Body, relief: Exportable, path: Path, progress: Progress) -> None:
    write_obj_zip(body, path, _texture(relief), progress)


def _threemf(body: Body, relief: Exportable, path: Path, progress: Progress) -> None:
    # What a slicer is to open stays small: a project of a giant photo is left out.
    project = relief.project()
    write_3mf(
        body,
        path,
        name=path.stem,
        texture=_texture(relief) if relief.settings.show_texture else None,
        thumbnail=relief.picture(),
        settings=asdict(relief.settings),
        project=project if len(project) <= _MOST_PROJECT else None,
        progress=progress,
    )


def _threemf_size(body: Body, relief: Exportable) -> int:
    project = len(relief.project())
    return _PER_TRIANGLE[".3mf"] * body.triangles + (project if project <= _MOST_PROJECT else 0)


def _glb(body: Body, relief: Exportable, path: Path, progress: Progress) -> None:
    look = material(relief.settings.material)
    texture = _texture(relief)
    write_glb(body, path, name=path.stem, texture=texture, look=look, progress=progress)


def _glb_size(body: Body, relief: Exportable) -> int:
    picture = zipped_size(body, _texture(relief)) - zipped_size(body, None)
    return _PER_TRIANGLE[".glb"] * body.triangles + picture


def _ply(body: Body, relief: Exportable, path: Path, progress: Progress) -> None:
    write_ply(body, path, texture=_texture(relief), progress=progress)


MESHES: Mapping[str, MeshFormat] = MappingProxyType(
    {
        ".3mf": MeshFormat(_threemf, _threemf_size),
        ".glb": MeshFormat(_glb, _glb_size),
        ".ply": MeshFormat(_ply, lambda body, _: _PER_TRIANGLE[".ply"] * body.triangles),
        ".obj.zip": MeshFormat(_obj_zip, lambda body, relief: zipped_size(body, _texture(relief))),
        ".stl": MeshFormat(_stl, lambda body, _: stl_size(body), exact=True),
        ".obj": MeshFormat(_obj, lambda body, _: obj_size(body)),
    }
)


def _picture(relief: Exportable, path: Path) -> None:
    with atomic_path(path) as temporary:
        relief.picture().save(temporary, "PNG")


def _depth_map(relief: Exportable, path: Path) -> None:
    if relief.depth_map is None:
        raise ReliefError(
            f"There is no depth map to write to {path.name}.",
            "Lithophanes and given heights have none; save a height map instead.",
        )
    save_depth_map(relief.depth_map, path)


def write_height_map(relief: Exportable, path: Path, polarity: Polarity) -> DepthProof:
    """Write a height map with its scale; return how finely it is graded.

    Raises
    ------
    ReliefError
        The polarity is unknown, or the file cannot be written.
    """
    if polarity not in get_args(Polarity):
        raise ReliefError(
            f"polarity is {polarity!r}.", f"Give one of {', '.join(get_args(Polarity))}."
        )
    writer = write_height_png if suffix_of(path) == ".height.png" else write_height_tiff
    return writer(relief.part.heights, path, scale=scale_of(relief.part), polarity=polarity)


def _height_map(relief: Exportable, path: Path) -> None:
    write_height_map(relief, path, "bright_high")


def _project(relief: Exportable, path: Path) -> None:
    data = relief.project()
    with atomic_path(path) as temporary:
        temporary.write_bytes(data)


_PICTURES: Mapping[str, Callable[[Exportable, Path], None]] = MappingProxyType(
    {
        ".height.tiff": _height_map,
        ".height.png": _height_map,
        ".height.tif": _height_map,
        ".depth.tiff": _depth_map,
        ".depth.png": _depth_map,
        ".depth.tif": _depth_map,
        ".relief": _project,
        ".tiff": _height_map,
        ".png": _picture,
        ".tif": _height_map,
    }
)

HEIGHT_MAPS = tuple(suffix for suffix, write in _PICTURES.items() if write is _height_map)
"""Suffixes of height maps."""

# Longer suffixes first: ".height.png" is also a ".png".
TILES = ".stl.zip"
"""An archive of STL files, one for each tile; written by `write_stl_zip`."""

SUFFIXES = tuple(sorted([*MESHES, *_PICTURES, TILES], key=len, reverse=True))


def write(
    relief: Exportable, path: Path, progress: Progress | None = None, body: Body | None = None
) -> None:
    """Write `relief` to `path` in the format of its suffix.

    Parameters
    ----------
    relief
        What the file is made of.
    path
        Where to.
    progress
        Called with steps done and steps in all; may raise to stop.
    body
        What a mesh file holds; the full grid by default. Pictures and maps do not need it.

    Raises
    ------
    ReliefError
        The suffix is unknown, or the file cannot be written; nothing is left under its name.
    """
    suffix = suffix_of(path)
    if suffix in MESHES:
        chosen = relief.part if body is None else body
        MESHES[suffix].write(chosen, relief, path, progress or ignore)
    else:
        _PICTURES[suffix](relief, path)


def suffix_of(path: Path) -> str:
    """Return the known suffix that a file name ends in, in lower case.

    Raises
    ------
    ReliefError
        There is none; the message names those that there are.
    """
    name = path.name.lower()
    for suffix in SUFFIXES:
        if name.endswith(suffix) and name != suffix:
            return suffix
    known = ", ".join(sorted(SUFFIXES))
    near = difflib.get_close_matches(path.suffix.lower(), SUFFIXES, n=1)
    question = f"Did you mean {near[0]}? " if near else ""
    raise ReliefError(
        f"{path.name or path} has no suffix that says what to write.",
        f"{question}Known are {known}.",
    )


def check_target(path: Path) -> None:
    """Refuse a file name that cannot be written to, before long work is done for it.

    Raises
    ------
    ReliefError
        The suffix is unknown, the folder does not exist, or the path is a folder.
    """
    suffix_of(path)
    if not path.parent.is_dir():
        raise ReliefError(
            f"The folder {path.parent.name!r} for {path.name} does not exist.",
            "Create it first, or save elsewhere.",
        )
    if path.is_dir():
        raise ReliefError(f"{path.name!r} is a folder, not a file.", "Give a file name in it.")
