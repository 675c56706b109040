"""One writer per file format; the suffix of the path chooses it."""

from relief_widget.export.save import SUFFIXES, check_target, write

__all__ = ["SUFFIXES", "check_target", "write"]
