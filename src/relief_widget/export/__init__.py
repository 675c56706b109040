"""One writer per file format; the suffix of the path chooses it."""

from relief_widget.export.save import MESHES, SUFFIXES, TILES, check_target, suffix_of, write

__all__ = ["MESHES", "SUFFIXES", "TILES", "check_target", "suffix_of", "write"]
