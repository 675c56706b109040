"""Reliefs in a pythreejs scene of one's own."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from relief_widget.arrays import FloatArray
from relief_widget.errors import ReliefError
from relief_widget.image.photo import Photo
from relief_widget.mesh.grid import Part
from relief_widget.mesh.triangles import check_numbers
from relief_widget.settings import ReliefSettings
from relief_widget.settings.materials import material

# A scene without surroundings has nothing that a metal could reflect: pure metal would be black.
_MOST_METAL = 0.55
_TEXTURE_SIDE = 1024


def to_pythreejs(part: Part, settings: ReliefSettings, photo: Photo | None) -> Any:
    """Return a ``pythreejs.Mesh`` of the part, in mm and standing as in ``relief.mesh``.

    Its material has the colour, roughness, metalness and clear coat of the relief's `Material`, or
    the photo where ``show_texture`` is set. Patterns need the shaders of `Viewer` and are left out.

    Raises
    ------
    ReliefError
        pythreejs is not installed.
    """
    try:
        import pythreejs
    except ImportError:
        raise ReliefError(
            "pythreejs is not installed.", "Install it with: pip install pythreejs"
        ) from None
    check_numbers(part)
    position, normal, uv, faces = surface(part)
    arrays = (position, normal, uv, faces.ravel())
    geometry = pythreejs.BufferGeometry(
        attributes={
            name: pythreejs.BufferAttribute(values, normalized=False)
            for name, values in zip(("position", "normal", "uv", "index"), arrays, strict=True)
        }
    )
    return pythreejs.Mesh(geometry=geometry, material=_material(pythreejs, part, settings, photo))


def _material(pythreejs: Any, part: Part, settings: ReliefSettings, photo: Photo | None) -> Any:
    look = material(settings.material)
    options: dict[str, Any] = {
        "color": look.colour,
        "roughness": look.roughness,
        "metalness": min(look.metalness, _MOST_METAL),
        "clearCoat": look.clearcoat,
        "clearCoatRoughness": look.clearcoat_roughness,
        "side": "FrontSide" if part.solid else "DoubleSide",
    }
    if settings.show_texture and photo is not None:
        pixels = np.asarray(photo.image(_TEXTURE_SIDE).convert("RGBA"))
        # A texture's first row is its bottom.
        texture = pythreejs.DataTexture(
            data=np.ascontiguousarray(pixels[::-1]), format="RGBAFormat", type="UnsignedByteType"
        )
        options |= {"map": texture, "color": "white", "metalness": 0.0}
    return pythreejs.MeshPhysicalMaterial(**options)


def surface(
    part: Part,
) -> tuple[FloatArray, FloatArray, FloatArray, npt.NDArray[np.uint32]]:
    """Return a part with a normal at every vertex, its edges kept sharp.

    Returns
    -------
    tuple[FloatArray, FloatArray, FloatArray, npt.NDArray[np.uint32]]
        float32 positions (n, 3), normals (n, 3) and texture coordinates (n, 2), and uint32 faces
        (m, 3). The vertices of the top come first; walls and bottom have their own.
    """
    rows, cols = part.shape
    position = np.empty((rows, cols, 3), np.float32)
    position[..., 0], position[..., 1], position[..., 2] = part.x, part.y[:, None], part.z
    uv = np.empty((rows, cols, 2), np.float32)
    uv[..., 0], uv[..., 1] = part.u, part.v[:, None]
    down, across = np.gradient(part.z, part.y, part.x)
    normal = np.dstack([-across, -down, np.ones_like(part.z)]).astype(np.float32)
    normal /= np.linalg.norm(normal, axis=2, keepdims=True)
    blocks = [(position.reshape(-1, 3), normal.reshape(-1, 3), uv.reshape(-1, 2))]
    faces = [part.top_faces(0, rows - 1)]
    if part.solid:
        rim = len(part.ring)
        points, photo, low = part.vertices, part.uv, slice(rows * cols, None)
        # Every wall has its corners for itself, so that its neighbours leave it flat.
        corners, bottom = part.shell_faces[: 2 * rim].ravel(), part.shell_faces[2 * rim :]
        below = np.tile(np.array([0, 0, -1], np.float32), (rim, 1))
        blocks += [
            (points[corners], _outward(rows, cols), photo[corners]),
            (points[low], below, photo[low]),
        ]
        walls = np.arange(6 * rim, dtype=np.int32).reshape(-1, 3)
        faces += [rows * cols + walls, bottom + 6 * rim]
    position, normal, uv = (
        np.concatenate([block[i] for block in blocks]).astype(np.float32) for i in range(3)
    )
    return position, normal, uv, np.concatenate(faces).astype(np.uint32)


def _outward(rows: int, cols: int) -> FloatArray:
    """Return the normal of every corner of the walls' faces, clockwise from the top left."""
    sides = ([0, 1, 0], [1, 0, 0], [0, -1, 0], [-1, 0, 0])
    along = np.array([cols, rows, cols, rows]) - 1
    return np.repeat(np.array(sides, np.float32), 6 * along, axis=0)
