"""A ZIP of STL files: one for each tile of an object."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path

from relief_widget.atomic import atomic_path
from relief_widget.export.progress import Progress, ignore
from relief_widget.export.stl import facets, header
from relief_widget.mesh.triangles import Mesh


def write_stl_zip(
    pieces: Sequence[Mesh], names: Sequence[str], path: Path, progress: Progress | None = None
) -> None:
    """Write pieces as binary STL files into one archive.

    Parameters
    ----------
    pieces
        What to write.
    names
        Of each, such as ``"row 1 column 2"``; may be empty.
    path
        Where to; its name without ``.stl.zip`` begins the names inside.
    progress
        Called with facets written and facets in all; may raise to stop.

    Raises
    ------
    ReliefError
        The file cannot be written.
    """
    tell = progress or ignore
    stem = path.name[: -len(".stl.zip")] or "relief"
    total = sum(piece.triangles for piece in pieces)
    done = 0
    with (
        atomic_path(path) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
    ):
        for piece, name in zip(pieces, names, strict=True):
            inside = f"{stem} {name}".strip().replace(" ", "_")
            with archive.open(f"{inside}.stl", "w", force_zip64=True) as file:
                file.write(header(piece.triangles))
                for chunk in facets(piece):
                    file.write(chunk.tobytes())
                    done += len(chunk) // 50
                    tell(done, total)
