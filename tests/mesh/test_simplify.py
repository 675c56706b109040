"""Meshes with few triangles: closed, within their bound, and no larger than asked for."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import trimesh
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage

from relief_widget import Relief, ReliefError, example_photos
from relief_widget.export.stl import write_stl
from relief_widget.mesh.grid import Part, part
from relief_widget.mesh.simplify import auto_error_mm, fit, within_budget
from relief_widget.mesh.triangles import Mesh, Triangles, to_trimesh
from relief_widget.settings import ReliefSettings
from tests.mesh.test_mesh import bodies, field, noise
from tests.support.bounds import MICRON, SHARE, UNIT
from tests.support.programs import program

Array = npt.NDArray[np.float64]


def smooth(shape: tuple[int, int], seed: int = 0, blur: float = 6.0) -> npt.NDArray[np.float32]:
    values = ndimage.gaussian_filter(np.random.default_rng(seed).random(shape), blur)
    return np.asarray((values - values.min()) / np.ptp(values), dtype=np.float32)


def true_error(made: Part, mesh: Mesh) -> float:
    """Return the greatest vertical error at a visible vertex, triangle by triangle.

    Independent of the code: each triangle's plane is solved for, and every grid vertex is tested
    against every triangle whose box it lies in.
    """
    assert isinstance(mesh, Triangles)
    corners = mesh.vertices[mesh.faces[mesh.relief]].astype(np.float64)
    x, y, z = made.x.astype(np.float64), made.y.astype(np.float64), made.z.astype(np.float64)
    seen = np.zeros(made.shape, dtype=bool)
    worst = 0.0
    slack = 1e-4
    for a, b, c in corners:
        cols = np.flatnonzero((x >= min(a[0], b[0], c[0])) & (x <= max(a[0], b[0], c[0])))
        rows = np.flatnonzero((y >= min(a[1], b[1], c[1])) & (y <= max(a[1], b[1], c[1])))
        if not len(cols) or not len(rows):
            continue
        points = np.stack(np.meshgrid(x[cols], y[rows]), axis=-1) - a[:2]
        shares = points @ np.linalg.inv(np.stack([b[:2] - a[:2], c[:2] - a[:2]]))
        inside = (shares >= -slack).all(axis=-1) & (shares.sum(axis=-1) <= 1 + slack)
        off = np.abs(a[2] + shares @ (np.stack([b[2] - a[2], c[2] - a[2]])) - z[np.ix_(rows, cols)])
        block = np.ix_(rows, cols)
        visible = inside if made.visible is None else inside & made.visible[block]
        seen[block] |= visible
        worst = max(worst, float(off[visible].max(initial=0.0)))
    assert seen.all() if made.visible is None else (seen == made.visible).all()
    return worst


def assert_closed(mesh: trimesh.Trimesh) -> None:
    assert mesh.is_watertight
    assert mesh.is_winding_consistent
    assert mesh.euler_number == 2
    assert mesh.volume > 0
    assert (mesh.area_faces > 0).all()
    assert len(np.unique(mesh.vertices, axis=0)) == len(mesh.vertices)
    assert set(mesh.faces.ravel()) == set(range(len(mesh.vertices)))


def rows_of(vertices: npt.NDArray[np.float32]) -> set[bytes]:
    return {vertex.tobytes() for vertex in np.ascontiguousarray(vertices)}


smooth_or_rough = st.builds(
    smooth,
    st.tuples(st.integers(2, 24), st.integers(2, 24)),
    st.integers(0, 1000),
    st.sampled_from([0.5, 1.0, 2.0, 4.0]),
)


@given(smooth_or_rough, bodies, st.floats(0.001, 0.3))
def test_any_solid_is_closed_and_within_its_bound(
    values: npt.NDArray[np.float32], body: dict[str, Any], share: float
) -> None:
    made = part(field(values), ReliefSettings(**body))
    assume(made.relief > 1e-3 * body["size_mm"])
    bound = share * made.relief
    mesh = fit(made, bound).mesh
    assert mesh.triangles <= made.triangles
    assume(isinstance(mesh, Triangles))
    solid = to_trimesh(mesh)
    assert_closed(solid)
    assert true_error(made, mesh) <= 1.001 * bound
    assert fit(made, bound).error_mm == pytest.approx(true_error(made, mesh), rel=1e-3)
    np.testing.assert_array_equal(mesh.extents[:2], made.extents[:2])
    assert abs(mesh.extents[2] - made.extents[2]) <= 1.001 * bound


def test_vertices_and_texture_are_those_of_the_full_grid() -> None:
    made = part(field(smooth((50, 70))), ReliefSettings(mirror=True))
    mesh = fit(made, 0.05).mesh
    assert isinstance(mesh, Triangles)
    centre = 1
    grid = rows_of(np.hstack([made.vertices, made.uv]))
    assert rows_of(np.hstack([mesh.vertices, mesh.uv])[:-centre]) <= grid
    np.testing.assert_allclose(mesh.vertices[-1], [50, made.y[0] / 2, 0], atol=MICRON)
    assert mesh.relief.sum() > 0
    assert (mesh.vertices[mesh.faces[~mesh.relief]][..., 2].min(axis=1) == 0).all()


@pytest.mark.parametrize("shape", [(2, 2), (2, 3), (3, 2), (2, 60), (60, 2), (3, 3)])
@pytest.mark.parametrize("mode", ["solid", "planar"])
def test_thin_grids(shape: tuple[int, int], mode: str) -> None:
    made = part(noise(shape), ReliefSettings(mode=mode))  # type: ignore[arg-type]  # a parameter
    mesh = within_budget(made, made.triangles - 1).mesh if shape != (2, 2) else fit(made, 99).mesh
    if mode == "solid":
        assert_closed(to_trimesh(mesh))
    else:
        assert to_trimesh(mesh).area > 0


@pytest.mark.parametrize("intensity", [0.0, 0.1])
def test_a_flat_relief_is_a_box(intensity: float) -> None:
    relief = Relief.from_heights(np.full((30, 50), 0.5), depth_intensity=intensity)
    body = relief.body()
    assert body.triangles == 12
    assert_closed(to_trimesh(body))
    assert body.extents == pytest.approx((100, 60, 5 + 50 * intensity), abs=MICRON)


def test_a_planar_part_stays_open_and_keeps_its_border() -> None:
    made = part(field(smooth((60, 40))), ReliefSettings(mode="planar"))
    mesh = fit(made, 0.1).mesh
    assert isinstance(mesh, Triangles)
    assert not mesh.solid
    assert mesh.triangles < made.triangles / 5
    assert true_error(made, mesh) <= 0.1 * 1.001
    surface = to_trimesh(mesh)
    assert (surface.face_normals[:, 2] > 0).all()
    assert surface.is_winding_consistent
    assert surface.outline().length > 2 * (made.extents[0] + made.extents[1])


@given(
    arrays(np.float32, (12, 15), elements=st.floats(0, 1, width=32)),
    st.integers(12, 700),
    st.sampled_from(["solid", "planar"]),
)
def test_a_budget_of_triangles_is_kept(
    values: npt.NDArray[np.float32], budget: int, mode: str
) -> None:
    made = part(field(values), ReliefSettings(mode=mode))  # type: ignore[arg-type]  # a parameter
    found = within_budget(made, budget)
    assert found.mesh.triangles <= budget
    if isinstance(found.mesh, Triangles):
        assert found.error_mm == pytest.approx(true_error(made, found.mesh), rel=1e-3, abs=MICRON)
        if mode == "solid":
            assert_closed(to_trimesh(found.mesh))


def test_a_larger_budget_is_used_and_gives_a_smaller_error() -> None:
    made = part(field(smooth((300, 400), blur=3)), ReliefSettings())
    errors = []
    for budget in (500, 2000, 8000, 32000):
        found = within_budget(made, budget)
        assert 0.97 * budget <= found.mesh.triangles <= budget
        errors.append(found.error_mm)
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 0.2 * errors[0]
    assert within_budget(made, made.triangles).mesh is made


@pytest.mark.parametrize("suffix", [".stl", ".obj", ".obj.zip"])
def test_a_file_is_no_larger_than_asked_for(suffix: str, tmp_path: Path) -> None:
    values = smooth((200, 300), blur=4)
    relief = Relief.from_heights(values, texture=np.full((200, 300, 3), 90, np.uint8))
    for megabytes in (0.05, 0.4):
        path = relief.save(tmp_path / f"a{suffix}", max_megabytes=megabytes)
        size = path.stat().st_size
        assert size <= megabytes * 1e6
        assert size > megabytes * 1e6 * 0.5
        weight = relief.weigh(suffix, max_megabytes=megabytes)
        assert size <= weight.bytes <= megabytes * 1e6
        if suffix == ".stl":
            assert size == weight.bytes == 84 + 50 * weight.triangles


@pytest.mark.parametrize("bound", [{"max_error_mm": None}, {"max_error_mm": 0.02}, {}])
@pytest.mark.parametrize("suffix", [".stl", ".obj", ".obj.zip"])
def test_the_weight_is_told_beforehand(suffix: str, bound: dict[str, Any], tmp_path: Path) -> None:
    relief = Relief.from_photo(example_photos()["cat"], preset="portrait", mesh_quality=256)
    weight = relief.weigh(suffix, **bound)
    path = relief.save(tmp_path / f"a{suffix}", **bound)
    size = path.stat().st_size
    assert weight.bytes / 1.7 <= size <= weight.bytes
    assert weight.exact == (suffix == ".stl")
    if suffix != ".obj.zip":
        assert len(trimesh.load_mesh(path, process=False).faces) == weight.triangles
    if bound == {"max_error_mm": None}:
        assert weight.triangles == relief.part.triangles
        assert "full grid" in str(weight)
    else:
        assert weight.triangles < relief.part.triangles / 2
        assert 0 < weight.error_mm <= 1.001 * bound.get("max_error_mm", auto_error_mm(relief.part))
        assert f"{weight.triangles:,} triangles" in str(weight)


def test_weighing_and_saving_triangulate_once(tmp_path: Path) -> None:
    relief = Relief.from_heights(smooth((80, 80)))
    relief.weigh(max_error_mm=0.05)
    body = relief.body(max_error_mm=0.05)
    assert relief.body(".obj", max_error_mm=0.05) is body
    relief.save(tmp_path / "a.obj", max_error_mm=0.05)
    assert relief.body(max_error_mm=0.05) is body
    assert relief.replace(size_mm=50).body(max_error_mm=0.05) is not body


@pytest.mark.parametrize(
    ("bound", "sentence"),
    [
        ({"max_error_mm": 0}, "max_error_mm is 0"),
        ({"max_error_mm": -0.1}, "max_error_mm is -0.1"),
        ({"max_error_mm": float("nan")}, "max_error_mm is nan"),
        ({"max_error_mm": float("inf")}, "max_error_mm is inf"),
        ({"max_error_mm": "fine"}, "'fine', which is not a number"),
        ({"max_error_mm": True}, "True, which is not a number"),
        ({"max_triangles": 0}, "max_triangles is 0"),
        ({"max_triangles": 99.5}, "max_triangles is 99.5"),
        ({"max_triangles": 11}, "simplest one has 12"),
        ({"max_megabytes": -1}, "max_megabytes is -1"),
        ({"max_megabytes": 1e-4}, "too few"),
        ({"max_megabytes": 1, "max_triangles": 100}, "only keep to one"),
        ({"max_error_mm": 0.1, "max_triangles": 100}, "only keep to one"),
        ({"max_error_mm": None, "max_megabytes": 100}, "only keep to one"),
    ],
)
def test_a_wrong_bound_is_a_sentence_and_writes_nothing(
    bound: dict[str, Any], sentence: str, tmp_path: Path
) -> None:
    relief = Relief.from_heights(smooth((60, 60)))
    with pytest.raises(ReliefError, match=re.escape(sentence)):
        relief.save(tmp_path / "a.stl", **bound)
    with pytest.raises(ReliefError, match=re.escape(sentence)):
        relief.weigh(**bound)
    assert list(tmp_path.iterdir()) == []


def test_only_meshes_have_a_weight() -> None:
    with pytest.raises(ReliefError, match="no mesh file"):
        Relief.from_heights(smooth((9, 9))).weigh(".png")


def test_a_very_small_bound_gives_the_full_grid() -> None:
    made = part(noise((40, 40)), ReliefSettings())
    assert fit(made, 1e-9).mesh is made


def test_noise_is_saved_as_the_full_grid_by_default() -> None:
    for shape in ((90, 90), (600, 700)):
        relief = Relief.from_heights(noise(shape).values)
        assert relief.body() is relief.part


def test_the_default_is_what_no_machine_shows() -> None:
    relief = Relief.from_heights(smooth((200, 200), blur=20))
    body = relief.body()
    assert body.triangles < relief.part.triangles / 4
    assert true_error(relief.part, body) <= 1.001 * 0.0125
    coin = relief.replace(size_mm=20, depth_intensity=0.05).part
    assert auto_error_mm(coin) == pytest.approx(0.002)
    assert auto_error_mm(coin.__class__(**{**vars_of(coin), "relief": 50.0})) == 0.01


def vars_of(made: Part) -> dict[str, Any]:
    return {name: getattr(made, name) for name in Part.__dataclass_fields__}


@pytest.mark.parametrize(
    ("missing", "settings"),
    [("pydelatin", {}), ("manifold3d", {"mode": "planar", "depth_cutoff": 0.4})],
)
def test_without_a_library_the_full_grid_is_saved_with_one_sentence(
    missing: str, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    # What Python itself keeps for a module that cannot be imported.
    monkeypatch.setitem(sys.modules, missing, None)
    relief = Relief.from_heights(smooth((40, 40)), **settings)
    assert relief.body() is relief.part
    (note,) = relief.weigh().notes
    assert note.startswith(f"{missing} is not installed")
    assert note in [check.text for check in relief.preflight().checks]
    with pytest.raises(ReliefError, match="pydelatin"):
        relief.body(max_triangles=500)


def test_admesh_finds_nothing_to_fix(tmp_path: Path) -> None:
    relief = Relief.from_photo(example_photos()["cat"], mesh_quality=256)
    path = relief.save(tmp_path / "part.stl", max_triangles=20000)
    said = subprocess.run(
        [program("admesh"), str(path)], capture_output=True, text=True, check=True, timeout=120
    ).stdout
    faults = dict(
        re.findall(
            r"^(Total disconnected facets|Degenerate facets|Edges fixed|Facets removed|"
            r"Facets added|Facets reversed|Backwards edges|Normals fixed)\s*:\s*(\d+)",
            said,
            flags=re.M,
        )
    )
    assert len(faults) == 8
    assert set(faults.values()) == {"0"}, said


def test_stl_of_a_mesh_has_its_corners_and_unit_normals(tmp_path: Path) -> None:
    mesh = fit(part(field(smooth((120, 90))), ReliefSettings()), 0.01).mesh
    write_stl(mesh, tmp_path / "a.stl")
    read = trimesh.load_mesh(tmp_path / "a.stl", process=False)
    corners = mesh.vertices[mesh.faces]
    np.testing.assert_array_equal(read.vertices[read.faces].astype(np.float32), corners)
    np.testing.assert_allclose(read.face_normals, to_trimesh(mesh).face_normals, atol=UNIT)


@pytest.mark.parametrize("shift", [0.0, -20.0])
def test_obj_of_a_mesh_has_its_vertices_faces_and_texture(shift: float, tmp_path: Path) -> None:
    relief = Relief.from_heights(smooth((120, 90)))
    mesh = relief.body(max_error_mm=0.01)
    assert isinstance(mesh, Triangles)
    moved = Triangles(
        mesh.vertices + np.float32(shift), mesh.faces, mesh.uv, mesh.relief, mesh.solid
    )
    from relief_widget.export.obj import write_obj

    write_obj(moved, tmp_path / "a.obj")
    read = trimesh.load_mesh(tmp_path / "a.obj", process=False)
    np.testing.assert_array_equal(read.faces, mesh.faces)
    np.testing.assert_allclose(read.vertices, moved.vertices, atol=MICRON / 10)
    assert isinstance(read.visual, trimesh.visual.TextureVisuals)
    assert read.visual.uv is not None
    np.testing.assert_allclose(read.visual.uv, mesh.uv, atol=UNIT)


def outline_length(made: Part) -> float:
    """Return the length of the outline of the kept cells, side by side."""
    assert made.cells is not None
    inside = np.pad(made.cells, 1).astype(int)
    across = np.abs(np.diff(inside, axis=0))[:, 1:-1] @ np.diff(made.x.astype(float))
    down = -np.diff(made.y.astype(float)) @ np.abs(np.diff(inside, axis=1))[1:-1]
    return float(across.sum() + down.sum())


def boundary(mesh: Triangles) -> Array:
    """Return the sides that one triangle alone has, (n, 2, 3) in mm."""
    edges = np.concatenate([mesh.faces[:, [0, 1]], mesh.faces[:, [1, 2]], mesh.faces[:, [2, 0]]])
    assert len(np.unique(edges, axis=0)) == len(edges), "a side has two triangles on one side"
    size = len(mesh.vertices)
    forth, back = edges @ (size, 1), edges @ (1, size)
    sides: Array = mesh.vertices[edges[~np.isin(forth, back)]].astype(np.float64)
    return sides


def assert_cut_out(made: Part, mesh: Triangles) -> None:
    """The surface covers the kept cells, and nothing else, and has no gap inside."""
    assert made.cells is not None
    corners = mesh.vertices[mesh.faces].astype(np.float64)[..., :2]
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    areas = (first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]) / 2
    assert (areas > 0).all()
    cell = -np.diff(made.y.astype(float))[:, None] * np.diff(made.x.astype(float))
    assert areas.sum() == pytest.approx(float((cell * made.cells).sum()), rel=SHARE)
    sides = boundary(mesh)
    along = np.abs(sides[:, 1] - sides[:, 0])[:, :2]
    assert along.min(axis=1).max() < 1e-4 * made.spacing
    assert along.sum() == pytest.approx(outline_length(made), rel=SHARE)
    shown = made.z[made.visible]
    assert mesh.vertices[:, 2].min() >= shown.min()
    assert mesh.vertices[:, 2].max() <= shown.max()
    assert mesh.extents[:2] == pytest.approx(made.extents[:2], rel=SHARE)
    assert set(mesh.faces.ravel()) == set(range(len(mesh.vertices)))


@given(smooth_or_rough, st.floats(0.02, 0.9), st.floats(0.01, 0.3), st.booleans())
def test_any_cut_out_has_the_outline_of_its_cells_and_keeps_its_bound(
    values: npt.NDArray[np.float32], cutoff: float, share: float, invert: bool
) -> None:
    settings = ReliefSettings(mode="planar", depth_cutoff=cutoff, invert=invert)
    try:
        made = part(field(values), settings)
    except ReliefError:
        assume(False)
    assume(made.cells is not None)
    mesh = fit(made, share * made.relief).mesh
    assert mesh.triangles <= made.triangles
    assume(isinstance(mesh, Triangles))
    assert isinstance(mesh, Triangles)
    assert_cut_out(made, mesh)
    assert true_error(made, mesh) <= 1.001 * share * made.relief


def test_a_cut_out_has_few_triangles_and_the_photo_on_it(tmp_path: Path) -> None:
    y, x = np.mgrid[-1:1:200j, -1:1:300j]
    heights = np.clip(1 - x**2 - y**2, 0, 1)
    relief = Relief.from_heights(heights, mode="planar", depth_cutoff=0.3)
    mesh = relief.body(max_error_mm=0.05)
    assert isinstance(mesh, Triangles)
    assert_cut_out(relief.part, mesh)
    assert mesh.triangles < relief.part.triangles / 20
    u, v = mesh.vertices[:, 0] / 100, mesh.vertices[:, 1] / relief.part.y[0]
    np.testing.assert_allclose(mesh.uv, np.stack([u, v], axis=1), atol=UNIT)
    weight = relief.weigh(max_error_mm=0.05)
    assert relief.save(tmp_path / "a.stl", max_error_mm=0.05).stat().st_size == weight.bytes
    for budget in (1500, 6000):
        found = within_budget(relief.part, budget)
        assert 0.9 * budget < found.mesh.triangles <= budget
        assert isinstance(found.mesh, Triangles)
        assert_cut_out(relief.part, found.mesh)
    with pytest.raises(ReliefError, match="outline"):
        relief.body(max_triangles=30)


def test_cells_that_touch_at_a_corner_and_cells_with_a_hole() -> None:
    values = np.ones((9, 12), np.float32)
    values[0:4, 5:] = 0  # leaves cells that meet others at a corner
    values[5:, 0:4] = 0
    values[6, 8] = 0  # a hole
    made = part(field(values), ReliefSettings(mode="planar", depth_cutoff=0.5))
    mesh = within_budget(made, made.triangles - 1).mesh
    assert isinstance(mesh, Triangles)
    assert_cut_out(made, mesh)
    assert mesh.triangles < made.triangles / 2
