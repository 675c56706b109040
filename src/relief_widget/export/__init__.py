"""From mesh, heights or depth map to a file: one writer a format, one table of formats."""

from relief_widget.export.formats import (
    FORMATS,
    Content,
    Format,
    check_target,
    format_of,
    write,
)

__all__ = ["FORMATS", "Content", "Format", "check_target", "format_of", "write"]
