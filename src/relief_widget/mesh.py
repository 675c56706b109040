"""Meshes of a height field, as ``trimesh.Trimesh`` in millimetres."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from relief_widget.heights import HeightField
from relief_widget.part import Part, part
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
    return _mesh(part(field, settings.replace(mode="solid")))


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
    return _mesh(part(field, settings.replace(mode="planar")))


def _mesh(made: Part) -> trimesh.Trimesh:
    import trimesh

    return trimesh.Trimesh(
        vertices=made.vertices.astype(np.float64),
        faces=made.faces.astype(np.int64),
        visual=trimesh.visual.TextureVisuals(uv=made.uv),  # type: ignore[no-untyped-call]  # trimesh's own
        process=False,
    )
