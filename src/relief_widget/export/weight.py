"""What a file will weigh, before it is written."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Weight:
    """The size of a mesh and of its file.

    Attributes
    ----------
    triangles
        How many triangles the mesh has.
    bytes
        The size of the file.
    exact
        Whether it is exact; if not, the file is rather smaller.
    error_mm
        The greatest distance along z of a vertex of the full grid from the mesh, measured; 0 for
        the full grid itself.
    notes
        What its user should know of the mesh, in sentences.
    """

    triangles: int
    bytes: int
    exact: bool
    error_mm: float
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        size = megabytes(self.bytes)
        within = f"within {self.error_mm:.2g} mm" if self.error_mm else "the full grid"
        return f"{'' if self.exact else 'about '}{size}, {self.triangles:,} triangles, {within}"


def megabytes(size: int) -> str:
    """Return a number of bytes for people."""
    return f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{size / 1e3:.1f} kB"
