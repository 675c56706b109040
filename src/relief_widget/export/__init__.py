"""One writer per file format; the suffix of the path chooses it."""

from relief_widget.export.save import (
    HEIGHT_MAPS,
    MESHES,
    SUFFIXES,
    TILES,
    check_target,
    suffix_of,
    write,
    write_height_map,
)

__all__ = [
    "HEIGHT_MAPS",
    "MESHES",
    "SUFFIXES",
    "TILES",
    "check_target",
    "suffix_of",
    "write",
    "write_height_map",
]
