"""What can be written: one table of formats, which `Relief.save`, command line and studio share.

The table itself loads nothing: a writer is imported when it writes.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias

from relief_widget import arguments
from relief_widget.errors import ReliefError

if TYPE_CHECKING:
    from PIL import Image

    from relief_widget.depth.depth_map import DepthMap
    from relief_widget.export.height_map import DepthProof, Polarity
    from relief_widget.export.progress import Progress
    from relief_widget.image.photo import Photo
    from relief_widget.mesh.grid import Part
    from relief_widget.mesh.triangles import Mesh
    from relief_widget.settings import ReliefSettings

Kind: TypeAlias = Literal["mesh", "tiles", "height map", "depth map", "picture", "project"]

# What a slicer is to open stays small: a project of a giant photo is left out of a 3MF.
_MOST_PROJECT = 50_000_000


@dataclass(frozen=True, eq=False)
class Content:
    """What files are made of.

    Attributes
    ----------
    part
        The part on the full grid.
    settings
        All settings.
    mesh
        What a mesh file holds; the full grid by default.
    pieces
        The tiles of an object, or the one mesh that it is.
    photo
        The texture.
    depth_map
        What a file of the depth map holds.
    picture
        A picture of the part.
    project
        The bytes of the project file.
    polarity
        Of height maps.
    """

    part: Part
    settings: ReliefSettings
    mesh: Mesh | None = None
    pieces: tuple[Mesh, ...] = ()
    photo: Photo | None = None
    depth_map: DepthMap | None = None
    picture: Image.Image | None = None
    project: bytes = b""
    polarity: Polarity = "bright_high"

    @property
    def texture(self) -> Image.Image | None:
        """The photo as a picture."""
        return None if self.photo is None else self.photo.image()

    @property
    def kept_project(self) -> bytes | None:
        """The project, if it is small enough to go into a file that is not its own."""
        return self.project if len(self.project) <= _MOST_PROJECT else None


@dataclass(frozen=True)
class Format:
    """A kind of file.

    Attributes
    ----------
    suffix
        What the file's name ends in.
    kind
        What the file holds.
    label
        Its name in a menu.
    help
        What it is, in a line.
    write
        Writes it: content, path, progress; of a height map it returns how finely it is graded.
    size
        Of a mesh: bytes that a file of a mesh will have, exact or rather more than it will be.
    exact
        Whether `size` is exact.
    needs
        Which of a content's dear values the writer reads: ``"picture"``, ``"project"``. No other
        is made for it.
    opens
        Whether `Relief.open` reads it.
    offered
        Whether the studio offers it; spellings and what others hold as well are not.
    """

    suffix: str
    kind: Kind
    label: str
    help: str
    write: Callable[[Content, Path, Progress], DepthProof | None]
    size: Callable[[Mesh, Content], int] | None = None
    exact: bool = False
    needs: frozenset[str] = frozenset()
    opens: bool = False
    offered: bool = True


def _mesh(content: Content) -> Mesh:
    return content.part if content.mesh is None else content.mesh


def _stl(content: Content, path: Path, progress: Progress) -> None:
    from relief_widget.export.stl import write_stl

    write_stl(_mesh(content), path, progress)


def _stl_zip(content: Content, path: Path, progress: Progress) -> None:
    from relief_widget.export.stl import write_stl_zip

    names = [getattr(piece, "name", "") for piece in content.pieces]
    write_stl_zip(content.pieces, names, path, progress)


def _obj(content: Content, path: Path, progress: Progress) -> None:
    from relief_widget.export.obj import write_obj

    write_obj(_mesh(content), path, progress)


def _obj_zip(content: Content, path: Path, progress: Progress) -> None:
    from relief_widget.export.obj import write_obj_zip

    write_obj_zip(_mesh(content), path, content.texture, progress)


def _threemf(content: Content, path: Path, progress: Progress) -> None:
    from relief_widget.export.threemf import write_3mf

    assert content.picture is not None
    write_3mf(
        _mesh(content),
        path,
        name=path.stem,
        texture=content.texture if content.settings.show_texture else None,
        thumbnail=content.picture,
        settings=asdict(content.settings),
        project=content.kept_project,
        progress=progress,
    )


def _glb(content: Content, path: Path, progress: Progress) -> None:
    from relief_widget.export.glb import write_glb
    from relief_widget.settings.materials import material

    look = material(content.settings.material)
    write_glb(
        _mesh(content), path, name=path.stem, texture=content.texture, look=look, progress=progress
    )


def _ply(content: Content, path: Path, progress: Progress) -> None:
    from relief_widget.export.ply import write_ply

    write_ply(_mesh(content), path, texture=content.texture, progress=progress)


def _picture(content: Content, path: Path, progress: Progress) -> None:
    from relief_widget.atomic import atomic_path

    del progress
    assert content.picture is not None
    with atomic_path(path) as temporary:
        content.picture.save(temporary, "PNG")


def _height_map(content: Content, path: Path, progress: Progress) -> DepthProof:
    from relief_widget.export.height_map import scale_of, write_height_map

    del progress
    part = content.part
    return write_height_map(part.heights, path, scale=scale_of(part), polarity=content.polarity)


def _depth_map(content: Content, path: Path, progress: Progress) -> None:
    from relief_widget.depth.files import save_depth_map

    del progress
    if content.depth_map is None:
        raise ReliefError(
            f"There is no depth map to write to {path.name}.",
            "Lithophanes and given heights have none; save a height map instead.",
        )
    save_depth_map(content.depth_map, path)


def _project(content: Content, path: Path, progress: Progress) -> None:
    from relief_widget.atomic import atomic_path

    del progress
    with atomic_path(path) as temporary:
        temporary.write_bytes(content.project)


# Bytes a triangle, with its share of the vertices: measured on full grids and on adaptive meshes,
# and rounded up.
def _threemf_size(mesh: Mesh, content: Content) -> int:
    return 30 * mesh.triangles + len(content.kept_project or b"")


def _obj_size(mesh: Mesh, content: Content) -> int:
    from relief_widget.export.obj import obj_size

    del content
    return obj_size(mesh)


def _obj_zip_size(mesh: Mesh, content: Content) -> int:
    from relief_widget.export.obj import zipped_size

    return zipped_size(mesh, content.texture)


def _glb_size(mesh: Mesh, content: Content) -> int:
    from relief_widget.export.obj import zipped_size

    texture = zipped_size(mesh, content.texture) - zipped_size(mesh, None)
    return 44 * mesh.triangles + texture


_DEEP = "16 bits, bright = high"
_FLOAT = "32-bit float, bright = high"

# In the order of menus and help texts.
_ALL = (
    Format(
        ".stl",
        "mesh",
        "STL",
        "mesh for slicers (binary, millimetres)",
        _stl,
        lambda mesh, _: 84 + 50 * mesh.triangles,
        exact=True,
    ),
    Format(
        ".stl.zip", "tiles", "ZIP, a file for each tile", "the same, a file for each tile", _stl_zip
    ),
    Format(
        ".3mf",
        "mesh",
        "3MF",
        "mesh that names its unit, with thumbnail, settings and project",
        _threemf,
        _threemf_size,
        needs=frozenset({"picture", "project"}),
        opens=True,
    ),
    Format(".obj", "mesh", "OBJ", "mesh with texture coordinates", _obj, _obj_size, offered=False),
    Format(
        ".obj.zip",
        "mesh",
        "OBJ + texture",
        "mesh, material and the photo as its texture",
        _obj_zip,
        _obj_zip_size,
    ),
    Format(
        ".glb",
        "mesh",
        "GLB, mesh with photo",
        "mesh with the photo as texture and a material",
        _glb,
        _glb_size,
    ),
    Format(
        ".ply",
        "mesh",
        "PLY, mesh with colours",
        "mesh with the photo's colours",
        _ply,
        lambda mesh, _: 24 * mesh.triangles,
    ),
    Format(
        ".relief",
        "project",
        "Project, to open again",
        "the project: photo, depth map and settings; opens again",
        _project,
        needs=frozenset({"project"}),
        opens=True,
    ),
    Format(
        ".png",
        "picture",
        "Picture",
        "picture of the relief (of a lithophane: lit from behind)",
        _picture,
        needs=frozenset({"picture"}),
        offered=False,
    ),
    Format(
        ".height.png", "height map", "Height map, 16-bit PNG", f"height map, {_DEEP}", _height_map
    ),
    Format(
        ".height.tiff",
        "height map",
        "Height map, 32-bit TIFF",
        f"height map, {_FLOAT}",
        _height_map,
    ),
    *(
        Format(suffix, "height map", "Height map", "height map", _height_map, offered=False)
        for suffix in (".tiff", ".height.tif", ".tif")
    ),
    Format(
        ".depth.png",
        "depth map",
        "Depth map, 16-bit PNG",
        "the depth map itself, 16 bits, to use again with --depth-map",
        _depth_map,
    ),
    Format(
        ".depth.tiff", "depth map", "Depth map, 32-bit TIFF", "the same, 32-bit float", _depth_map
    ),
    Format(".depth.tif", "depth map", "Depth map", "the same", _depth_map, offered=False),
)

FORMATS: Mapping[str, Format] = MappingProxyType({found.suffix: found for found in _ALL})
"""All formats by suffix, in the order of menus."""


def format_of(path: Path) -> Format:
    """Return the format that a file name ends in, whatever the case of its letters.

    Raises
    ------
    ReliefError
        There is none; the message names those that there are.
    """
    path = arguments.path("path", path)
    name = path.name.lower()
    # ".height.png" is also a ".png".
    for suffix in sorted(FORMATS, key=len, reverse=True):
        if name.endswith(suffix) and name != suffix:
            return FORMATS[suffix]
    known = ", ".join(sorted(FORMATS))
    near = difflib.get_close_matches(path.suffix.lower(), FORMATS, n=1)
    question = f"Did you mean {near[0]}? " if near else ""
    raise ReliefError(
        f"{path.name or path} has no suffix that says what to write.",
        f"{question}Known are {known}.",
    )


def write(path: Path, content: Content, progress: Progress | None = None) -> DepthProof | None:
    """Write content to a file in the format of its suffix.

    Parameters
    ----------
    path
        Where to.
    content
        What the file is made of: what the format ``needs``.
    progress
        Called with steps done and steps in all; may raise to stop.

    Returns
    -------
    DepthProof | None
        Of a height map how finely it is graded, else None.

    Raises
    ------
    ReliefError
        The suffix is unknown, or the file cannot be written; nothing is left under its name.
    """
    from relief_widget.export.progress import ignore

    return format_of(path).write(content, path, progress or ignore)


def check_target(path: Path) -> None:
    """Refuse a file name that cannot be written to, before long work is done for it.

    Raises
    ------
    ReliefError
        The suffix is unknown, the folder does not exist, or the path is a folder.
    """
    format_of(path)
    path = Path(path)
    if not path.parent.is_dir():
        raise ReliefError(
            f"The folder {path.parent.name!r} for {path.name} does not exist.",
            "Create it first, or save elsewhere.",
        )
    if path.is_dir():
        raise ReliefError(f"{path.name!r} is a folder, not a file.", "Give a file name in it.")
