"""Choose the writer by the suffix of the path."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from PIL import Image

from relief_widget.atomic import atomic_path
from relief_widget.depth.depth_map import DepthMap
from relief_widget.depth.files import save_depth_map
from relief_widget.errors import ReliefError
from relief_widget.export.glb import write_glb
from relief_widget.export.height_map import scale_of, write_height_png, write_height_tiff
from relief_widget.export.obj import write_obj, write_obj_zip
from relief_widget.export.ply import write_ply
from relief_widget.export.progress import Progress, ignore
from relief_widget.export.stl import write_stl
from relief_widget.export.threemf import write_3mf
from relief_widget.materials import material
from relief_widget.part import Part
from relief_widget.photo import Photo
from relief_widget.settings import ReliefSettings

_MOST_PROJECT = 50_000_000


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


def _picture(relief: Exportable, path: Path, progress: Progress) -> None:
    del progress
    with atomic_path(path) as temporary:
        relief.picture().save(temporary, "PNG")


def _obj_zip(relief: Exportable, path: Path, progress: Progress) -> None:
    texture = None if relief.photo is None else relief.photo.image()
    write_obj_zip(relief.part, path, texture, progress)


def _depth_map(relief: Exportable, path: Path, progress: Progress) -> None:
    del progress
    if relief.depth_map is None:
        raise ReliefError(
            f"There is no depth map to write to {path.name}.",
            "Lithophanes and given heights have none; save a height map instead.",
        )
    save_depth_map(relief.depth_map, path)


def _height_tiff(relief: Exportable, path: Path, progress: Progress) -> None:
    del progress
    write_height_tiff(relief.part.heights, path, scale=scale_of(relief.part))


def _height_png(relief: Exportable, path: Path, progress: Progress) -> None:
    del progress
    write_height_png(relief.part.heights, path, scale=scale_of(relief.part))


def _threemf(relief: Exportable, path: Path, progress: Progress) -> None:
    # What a slicer is to open stays small: a project of a giant photo is left out.
    project = relief.project()
    write_3mf(
        relief.part,
        path,
        name=path.stem,
        texture=_texture(relief) if relief.settings.show_texture else None,
        thumbnail=relief.picture(),
        settings=asdict(relief.settings),
        project=project if len(project) <= _MOST_PROJECT else None,
        progress=progress,
    )


def _glb(relief: Exportable, path: Path, progress: Progress) -> None:
    look = material(relief.settings.material)
    texture = _texture(relief)
    write_glb(relief.part, path, name=path.stem, texture=texture, look=look, progress=progress)


def _ply(relief: Exportable, path: Path, progress: Progress) -> None:
    write_ply(relief.part, path, texture=_texture(relief), progress=progress)


def _texture(relief: Exportable) -> Image.Image | None:
    return None if relief.photo is None else relief.photo.image()


def _project(relief: Exportable, path: Path, progress: Progress) -> None:
    data = relief.project()
    with atomic_path(path) as temporary:
        temporary.write_bytes(data)
    progress(len(data), len(data))


# Longer suffixes first: ".height.png" is also a ".png".
SUFFIXES: Mapping[str, Callable[[Exportable, Path, Progress], None]] = MappingProxyType(
    {
        ".height.tiff": _height_tiff,
        ".height.png": _height_png,
        ".height.tif": _height_tiff,
        ".depth.tiff": _depth_map,
        ".depth.png": _depth_map,
        ".depth.tif": _depth_map,
        ".obj.zip": _obj_zip,
        ".relief": _project,
        ".tiff": _height_tiff,
        ".stl": lambda relief, path, progress: write_stl(relief.part, path, progress),
        ".obj": lambda relief, path, progress: write_obj(relief.part, path, progress),
        ".3mf": _threemf,
        ".glb": _glb,
        ".ply": _ply,
        ".png": _picture,
        ".tif": _height_tiff,
    }
)


def write(relief: Exportable, path: Path, progress: Progress | None = None) -> None:
    """Write `relief` to `path` in the format of its suffix.

    Raises
    ------
    ReliefError
        The suffix is unknown, or the file cannot be written; nothing is left under its name.
    """
    SUFFIXES[suffix_of(path)](relief, path, progress or ignore)


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
