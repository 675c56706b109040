"""A cast from the inverted part reads the right way round."""

from __future__ import annotations

import numpy as np

from relief_widget.heights import HeightField
from relief_widget.mesh.grid import part
from relief_widget.mesh.triangles import to_trimesh
from relief_widget.settings import ReliefSettings


def letter() -> HeightField:
    """Return a smooth "F", which looks like nothing else when flipped or turned."""
    values = np.zeros((60, 40), dtype=np.float32)
    values[10:50, 10:16] = 1.0
    values[10:16, 10:32] = 0.8
    values[26:32, 10:26] = 0.6
    return HeightField(values, 40 / 60)


def test_a_cast_from_the_mould_is_the_positive() -> None:
    positive = part(letter(), ReliefSettings())
    mould = part(letter(), ReliefSettings(invert=True))
    # Plaster fills the cavity up to the mould's rim: it is as thick as the cavity is deep.
    depth = mould.z.max() - mould.z
    # The cast is taken out and turned over about the vertical axis: left and right change places,
    # and what lay on the cavity's ground now faces the viewer.
    cast = depth[:, ::-1]
    np.testing.assert_allclose(cast, positive.z - positive.z.min(), atol=1e-4)


def test_without_mirroring_the_cast_would_be_mirrored() -> None:
    positive = part(letter(), ReliefSettings())
    mould = part(letter(), ReliefSettings(invert=True, mirror=False))
    cast = (mould.z.max() - mould.z)[:, ::-1]
    wanted = positive.z - positive.z.min()
    assert np.abs(cast - wanted).max() > 5
    np.testing.assert_allclose(cast[:, ::-1], wanted, atol=1e-4)


def test_the_whole_cast_as_a_mesh_is_the_positive() -> None:
    import trimesh

    settings = ReliefSettings(base_thickness=0.05, depth_intensity=0.1)
    positive = to_trimesh(part(letter(), settings))
    mould = to_trimesh(part(letter(), settings.replace(invert=True)))
    surface = mould.vertices[: 60 * 40]
    # Turned over about the y axis by a real rotation, as a hand would do it.
    turned = trimesh.transform_points(
        surface,
        trimesh.transformations.rotation_matrix(np.pi, [0, 1, 0]),  # type: ignore[no-untyped-call]  # trimesh's own
    )
    turned -= turned.min(axis=0)
    order = np.lexsort((turned[:, 0].round(3), -turned[:, 1].round(3)))
    wanted = positive.vertices[: 60 * 40] - [0, 0, 5]
    np.testing.assert_allclose(turned[order], wanted, atol=1e-3)
