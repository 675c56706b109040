"""Meshes of a height field, as ``trimesh.Trimesh`` in millimetres."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relief_widget.heights import HeightField
from relief_widget.mesh.grid import part
from relief_widget.mesh.triangles import to_trimesh
from relief_widget.settings import ReliefSettings

if TYPE_CHECKING:
    import trimesh


def solid(field: HeightField, settings: ReliefSettings) -> trimesh.Trimesh:
    """Return the closed mesh: the surface, walls and a back plate, whatever ``mode`` says.

    Parameters
    ----------
    field
        At least 2 × 2.
    settings
        Its body settings are read.

    Returns
    -------
    Watertight mesh with outward faces, in mm, z up; vertices and faces as `Part` describes them.
    """
    return to_trimesh(part(field, settings.replace(mode="solid")))


def planar(field: HeightField, settings: ReliefSettings) -> trimesh.Trimesh:
    """Return the surface alone, without what lies below ``depth_cutoff``, whatever ``mode`` says.

    Parameters
    ----------
    field
        At least 2 × 2.
    settings
        Its body settings are read.

    Returns
    -------
    Open mesh facing +z, in mm.

    Raises
    ------
    ReliefError
        The cutoff leaves nothing.
    """
    return to_trimesh(part(field, settings.replace(mode="planar")))
