from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import trimesh
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from relief_widget.errors import ReliefError
from relief_widget.heights import HeightField
from relief_widget.mesh.grid import part
from relief_widget.mesh.triangles import to_trimesh
from relief_widget.settings import ReliefSettings

SHAPES = [(2, 2), (2, 3), (3, 2), (2, 9), (9, 2), (3, 3), (4, 7), (40, 33)]


def field(values: npt.ArrayLike) -> HeightField:
    array = np.asarray(values, dtype=np.float32)
    return HeightField(array, array.shape[1] / array.shape[0])


def noise(shape: tuple[int, int], seed: int = 0) -> HeightField:
    return field(np.random.default_rng(seed).random(shape, dtype=np.float32))


fields = st.tuples(st.integers(2, 12), st.integers(2, 12)).flatmap(
    lambda shape: arrays(np.float32, shape, elements=st.floats(0, 1, width=32))
)
bodies = st.fixed_dictionaries(
    {
        "size_mm": st.floats(1, 10000),
        "depth_intensity": st.floats(0, 0.3),
        "base_thickness": st.floats(0.01, 0.5),
        "invert": st.booleans(),
        "mirror": st.sampled_from(["auto", True, False]),
    }
)


def mesh_of(height_field: HeightField, settings: ReliefSettings) -> trimesh.Trimesh:
    return to_trimesh(part(height_field, settings))


def volume_under(made: Any) -> float:
    """Integrate the tops by prisms, independently of the mesh: mean height of each triangle."""
    z = made.z.astype(np.float64)
    a, b, d, e = z[:-1, :-1], z[:-1, 1:], z[1:, :-1], z[1:, 1:]
    means = ((a + d + e) / 3 + (a + e + b) / 3) / 2
    areas = np.diff(made.x.astype(np.float64))[None] * -np.diff(made.y.astype(np.float64))[:, None]
    return float((means * areas).sum())


@pytest.mark.parametrize("shape", SHAPES)
def test_a_solid_is_closed_wound_outwards_and_simple(shape: tuple[int, int]) -> None:
    mesh = mesh_of(noise(shape), ReliefSettings())
    assert mesh.is_watertight
    assert mesh.is_winding_consistent
    assert mesh.volume > 0
    assert mesh.euler_number == 2
    assert (mesh.area_faces > 0).all()
    assert len(np.unique(mesh.vertices, axis=0)) == len(mesh.vertices)


@given(fields, bodies)
def test_any_heights_with_any_body_make_a_volume(
    values: npt.NDArray[np.float32], body: dict[str, Any]
) -> None:
    settings = ReliefSettings(**body)
    made = part(field(values), settings)
    mesh = mesh_of(field(values), settings)
    assert mesh.is_watertight
    assert mesh.is_winding_consistent
    assert mesh.euler_number == 2
    assert mesh.volume == pytest.approx(volume_under(made), rel=1e-5)
    rows, cols = values.shape
    g = 1 - values.astype(float) if settings.invert else values.astype(float)
    high = settings.size_mm * (settings.base_thickness + settings.depth_intensity * g.max())
    wanted = [
        settings.size_mm * cols / max(rows, cols),
        settings.size_mm * rows / max(rows, cols),
        high,
    ]
    np.testing.assert_allclose(mesh.extents, wanted, atol=0.01)
    np.testing.assert_allclose(made.extents, wanted, atol=0.01)
    assert made.triangles == len(mesh.faces)


def test_walls_and_base_are_a_hundredth_of_the_triangles() -> None:
    made = part(noise((1024, 1024)), ReliefSettings())
    assert len(made.shell_faces) < 0.01 * made.triangles


def test_no_vertex_lies_on_another_edge() -> None:
    mesh = mesh_of(noise((6, 9)), ReliefSettings())
    ends = mesh.vertices[mesh.edges_unique]
    along = ends[:, 1] - ends[:, 0]
    for index, point in enumerate(mesh.vertices):
        apart = point - ends[:, 0]
        share = (apart * along).sum(axis=1) / (along * along).sum(axis=1)
        distance = np.linalg.norm(apart - share[:, None] * along, axis=1)
        own = (mesh.edges_unique == index).any(axis=1)
        inside = (share > 1e-9) & (share < 1 - 1e-9) & (distance < 1e-9)
        assert not (inside & ~own).any()


def test_the_photo_stands_upright_and_unmirrored() -> None:
    values = np.zeros((5, 9), dtype=np.float32)
    values[0, 0] = 1.0  # top left of the photo
    mesh = mesh_of(field(values), ReliefSettings())
    peak = mesh.vertices[mesh.vertices[:, 2].argmax()]
    low, high = mesh.bounds
    assert peak[0] == pytest.approx(low[0])
    assert peak[1] == pytest.approx(high[1])
    np.testing.assert_allclose(low, 0)


def test_invert_recesses_and_mirrors_and_mirror_false_does_not() -> None:
    values = np.zeros((5, 9), dtype=np.float32)
    values[0, 0] = 1.0
    for mirror, left in (("auto", False), (False, True), (True, False)):
        made = part(field(values), ReliefSettings(invert=True, mirror=mirror))  # type: ignore[arg-type]  # literals in a loop
        pit = np.unravel_index(made.z.argmin(), made.z.shape)
        assert tuple(map(int, pit)) == (0, 0 if left else 8)
        assert made.z.min() == pytest.approx(5)


def test_a_lithophane_has_its_thickness_in_millimetres() -> None:
    made = part(noise((9, 9)), ReliefSettings(thickness_mm=(0.8, 3.0), size_mm=200))
    assert 0.8 <= made.z.min() < 1
    assert 2.8 < made.z.max() <= 3.0


def test_uv_reaches_the_edges_of_the_photo_and_follows_the_mirror() -> None:
    made = part(noise((4, 6)), ReliefSettings())
    grid = made.uv[:24].reshape(4, 6, 2)
    np.testing.assert_allclose(grid[0, 0], [0, 1])
    np.testing.assert_allclose(grid[-1, -1], [1, 0])
    flipped = part(noise((4, 6)), ReliefSettings(mirror=True)).uv[:24].reshape(4, 6, 2)
    np.testing.assert_allclose(flipped[0, 0], [1, 1])


@given(fields, st.floats(0.01, 0.95))
def test_a_cut_out_has_just_the_cells_above_the_cutoff(
    values: npt.NDArray[np.float32], cutoff: float
) -> None:
    settings = ReliefSettings(mode="planar", depth_cutoff=cutoff, depth_intensity=0.2)
    above = np.floor(values.astype(float) * 65535 + 0.5) >= np.floor(cutoff * 65535 + 0.5)
    cells = above[:-1, :-1] & above[1:, :-1] & above[:-1, 1:] & above[1:, 1:]
    if not cells.any():
        with pytest.raises(ReliefError, match="depth_cutoff"):
            mesh_of(field(values), settings)
        return
    mesh = mesh_of(field(values), settings)
    assert len(mesh.faces) == 2 * cells.sum()
    assert set(mesh.faces.ravel()) == set(range(len(mesh.vertices)))
    assert (mesh.face_normals[:, 2] > 0).all()
    assert mesh.is_winding_consistent
    assert mesh.vertices[:, 2].min() >= settings.size_mm * 0.2 * (cutoff - 1e-4)
    made = part(field(values), settings)
    np.testing.assert_allclose(made.extents, mesh.extents, atol=1e-4)
    np.testing.assert_array_equal(
        made.visible.sum() if made.visible is not None else len(mesh.vertices), len(mesh.vertices)
    )


def test_the_cutoff_is_tested_before_invert() -> None:
    values = np.tile(np.linspace(0, 1, 11, dtype=np.float32), (3, 1))
    mesh = mesh_of(
        field(values), ReliefSettings(mode="planar", depth_cutoff=0.55, invert=True, mirror=False)
    )
    assert mesh.bounds[0][0] == pytest.approx(60)
    assert mesh.bounds[1][2] == pytest.approx(10 * 0.4, abs=1e-4)


def test_a_planar_part_without_cutoff_is_the_whole_surface() -> None:
    mesh = mesh_of(noise((5, 6)), ReliefSettings(mode="planar"))
    assert len(mesh.vertices) == 30
    assert len(mesh.faces) == 40
    assert not mesh.is_watertight


def test_a_flat_relief_is_a_plate() -> None:
    mesh = mesh_of(field(np.zeros((4, 4))), ReliefSettings())
    assert mesh.is_volume
    assert mesh.extents == pytest.approx([100, 100, 5])
