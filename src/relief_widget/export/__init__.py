"""One writer per file format; the suffix of the path chooses it."""

from relief_widget.export.save import MESHES, SUFFIXES, check_target, suffix_of, write

__all__ = ["MESHES", "SUFFIXES", "check_target", "suffix_of", "write"]
