"""Preflight of reliefs on their grid: known fields, and that the advice helps."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from relief_widget import Relief, example_photos, presets
from relief_widget.errors import ReliefError
from relief_widget.mesh.triangles import Triangles
from relief_widget.preflight import TARGETS, Report, preflight
from relief_widget.preflight.carving_checks import machined
from relief_widget.preflight.relief_checks import part_slopes
from relief_widget.settings import ReliefSettings, controls
from tests.support.bounds import MICRON, UNIT

SMOOTH = np.sin(np.linspace(0, np.pi, 61))[None] * np.sin(np.linspace(0, np.pi, 41))[:, None]


def relief(values: npt.ArrayLike = SMOOTH, **options: Any) -> Relief:
    return Relief.from_heights(values, **options)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    "values",
    [np.eye(2), np.zeros((2, 2)), np.ones((3, 7)), np.eye(9), np.tile([0.0, 1.0], (2, 5)), SMOOTH],
)
@pytest.mark.parametrize("options", [{}, {"mode": "planar"}, {"invert": True}, {"size_mm": 1}])
def test_no_odd_relief_breaks_it(target: str, values: Any, options: dict[str, Any]) -> None:
    report = relief(values, **options).preflight(target, bed="Prusa MK4")
    assert len(report) >= 7
    json.dumps(report.to_dict(), allow_nan=False)
    assert str(report)
    assert "<table" in report._repr_html_()
    for check in report:
        assert check.advice or check.status == "ok", check.name
        assert check.places is None or check.places.shape == np.shape(values)


def test_a_good_relief_is_green() -> None:
    report = relief().preflight("fdm", bed="Prusa MK4")
    assert report.status == "ok"
    mesh = relief().mesh
    assert report["volume"].value == pytest.approx(mesh.volume / 1000, rel=1e-3)
    assert report["size"].value == pytest.approx(mesh.extents, abs=1e-3)
    assert report["triangles"].value == relief().weigh(".stl").triangles <= len(mesh.faces)
    assert "one piece, Euler number 2" in report["closed"].text


def test_planar_mode_is_amber_for_printers_and_says_what_to_change() -> None:
    open_one = relief(mode="planar")
    closed = open_one.preflight()["closed"]
    assert closed.status == "warn"
    assert "without a back" in closed.text
    assert "Mode" in closed.advice
    assert open_one.replace(**closed.changes).preflight()["closed"].status == "ok"
    assert open_one.preflight("cnc")["closed"].status == "ok"
    assert open_one.preflight("cnc").status != "fail"


def test_cut_out_pieces_are_counted() -> None:
    values = np.zeros((9, 20))
    values[2:7, 2:7] = values[2:7, 12:17] = 1
    cut = relief(values, mode="planar", depth_cutoff=0.5)
    assert "2 pieces" in cut.preflight("laser")["closed"].text


def _advised(made: Relief, name: str, target: str = "fdm", **options: Any) -> tuple[str, str, Any]:
    """Return the status of a check before and after its advice is followed."""
    before = made.preflight(target, **options)[name]
    for setting in before.changes:
        assert controls()[setting].label in before.advice
    after = made.replace(**before.changes).preflight(target, **options)[name]
    return before.status, after.status, before.changes


@pytest.mark.parametrize("size", [20.0, 60.0, 237.0])
def test_a_thin_plate_is_told_and_the_advice_mends_it(size: float) -> None:
    thin = relief(size_mm=size, base_thickness=0.01, depth_intensity=0.1)
    if 0.01 * size >= 1.2:
        assert thin.preflight()["wall"].status == "ok"
        return
    before, after, changes = _advised(thin, "wall")
    assert before == ("fail" if 0.01 * size < 0.4 else "warn")
    assert after == "ok"
    assert set(changes) == {"base_thickness"}


def test_a_tiny_part_is_told_to_be_larger() -> None:
    before, after, changes = _advised(relief(size_mm=2.0), "wall")
    assert (before, after) == ("fail", "ok")
    assert "size_mm" in changes


def test_thin_places_are_where_they_are() -> None:
    values = np.ones((20, 30))
    values[5:9, 10:16] = 0
    wall = relief(values, base_thickness=0.01, depth_intensity=0.2).preflight()["wall"]
    assert wall.value == pytest.approx(1.0, abs=MICRON)
    assert wall.places is not None
    np.testing.assert_array_equal(wall.places, values == 0)


@pytest.mark.parametrize("degrees", [10.0, 45.0, 74.0, 85.0])
@pytest.mark.parametrize("turned", [False, True])
def test_a_ramp_has_the_slope_that_it_was_given(degrees: float, turned: bool) -> None:
    # Along the grid, and across it: 40 columns at 1 mm.
    rise = np.tan(np.radians(degrees)) * 39
    base = np.tile(np.linspace(0, 1, 40), (40, 1))
    part = relief(base.T if turned else base, size_mm=39).part
    ramp = type(part)(part.heights, 0.0, rise, part.x, part.y, solid=True, mirrored=False)
    np.testing.assert_allclose(part_slopes(ramp, upright=False), degrees, rtol=1e-4)
    report = preflight(ramp, "fdm")
    assert report["slope"].status == ("warn" if degrees > 70 else "ok")
    if degrees > 70:
        assert report["slope"].value == pytest.approx(100)


def test_slopes_are_those_of_the_faces_of_the_mesh() -> None:
    made = relief(np.random.default_rng(3).random((13, 17)), mode="planar")
    across = made.mesh.face_normals[:, 2].reshape(-1, 2).T
    np.testing.assert_allclose(
        np.cos(np.radians(part_slopes(made.part, upright=False))), across, atol=UNIT
    )


def test_steep_reliefs_are_told_and_the_advice_mends_them() -> None:
    noise = np.random.default_rng(0).random((60, 60))
    before, after, changes = _advised(relief(noise, depth_intensity=0.2), "slope")
    assert (before, after) == ("warn", "ok")
    assert "depth_intensity" in changes


def test_a_standing_part_hangs_over_only_where_it_thickens_upwards() -> None:
    # 60 × 40 mm, thicker towards its top edge by 9 mm in 4 mm: leans out by 66°.
    ledge = np.zeros((40, 60))
    ledge[:10] = 1
    ledge[10:15] = np.linspace(1, 0, 5)[:, None]
    upwards = relief(ledge, size_mm=59, depth_intensity=0.15).preflight("lithophane")["slope"]
    assert upwards.status == "warn"
    assert upwards.places is not None
    assert upwards.places[10:15].all()
    assert not upwards.places[:9].any()
    downwards = relief(ledge[::-1], size_mm=59, depth_intensity=0.15).preflight("lithophane")
    assert downwards["slope"].status == "ok"
    # Lying flat, neither matters.
    flat = relief(ledge, size_mm=59, depth_intensity=0.15).preflight("fdm")
    assert flat["slope"].status == "ok"


def test_moulds_are_looked_at_for_draft() -> None:
    walls = np.zeros((400, 400))
    walls[100:300, 100:300] = 1
    mould = relief(walls, invert=True, depth_intensity=0.3)
    draft = mould.preflight()["draft"]
    assert draft.status == "warn"
    assert draft.places is not None
    before, after, _ = _advised(mould, "draft")
    assert (before, after) == ("warn", "ok")
    assert "draft" not in relief(walls).preflight()


def test_too_large_for_the_bed_says_which_size_fits() -> None:
    before, after, changes = _advised(relief(size_mm=300), "bed", bed="Prusa MINI+")
    assert (before, after) == ("fail", "ok")
    assert changes == {"size_mm": 180.0}
    turned = relief(np.rot90(SMOOTH), size_mm=240).preflight(bed="250x210x220")["bed"]
    assert turned.status == "ok"
    assert "90°" in turned.text


def test_a_lithophane_stands_on_the_bed() -> None:
    litho = Relief.lithophane(example_photos()["cat"], size_mm=170, mesh_quality=128)
    report = litho.preflight(bed="180x20x180")
    assert report["bed"].status == "ok"
    assert litho.preflight("fdm", bed="180x20x180")["bed"].status == "fail"
    large = litho.replace(size_mm=400)
    before, after, _ = _advised(large, "bed", "lithophane", bed="180x20x180")
    assert (before, after) == ("fail", "ok")


def test_lithophanes_of_usual_thickness_are_good_and_others_are_told() -> None:
    cat = example_photos()["cat"]
    good = Relief.lithophane(cat, mesh_quality=128).preflight()
    assert good.target.startswith("a lithophane")
    assert good["thickness"].status == "ok"
    assert isinstance(good["thickness"].value, tuple)
    assert good["thickness"].value[1] == pytest.approx(3.0, abs=0.02)
    wedge = Relief.step_wedge(0.8, 3.2, 3).preflight()
    assert wedge["thickness"].value == pytest.approx((0.8, 3.2))
    assert wedge["layers"].value == 20  # 2.4 mm of 0.12 mm
    thin = Relief.step_wedge(0.3, 3.0, 3).preflight()
    assert thin["wall"].status == "fail"
    dark = Relief.lithophane(cat, 0.8, 6.0, mesh_quality=128).preflight()["thickness"]
    assert dark.status == "warn"
    assert "max_mm=4" in dark.advice
    pale = Relief.lithophane(cat, 0.8, 1.0, mesh_quality=128).preflight()["thickness"]
    assert "contrast" in pale.text
    depth = relief().preflight("lithophane")["thickness"]
    assert "Relief.lithophane" in depth.advice


def test_layers_are_counted_and_few_ones_told() -> None:
    assert relief(depth_intensity=0.1).preflight()["layers"].value == 50  # 10 mm of 0.2 mm
    before, after, _ = _advised(relief(depth_intensity=0.01), "layers")
    assert (before, after) == ("warn", "ok")
    assert relief(depth_intensity=0.01).preflight("resin")["layers"].status == "ok"


def closing_by_scipy(z: npt.NDArray[Any], step: float, radius: float) -> npt.NDArray[Any]:
    reach = int(radius / step + 1e-9)
    off = np.arange(-reach, reach + 1) * step
    left = radius**2 - off[:, None] ** 2 - off[None] ** 2
    ball = left >= -1e-9
    lift = np.where(ball, np.sqrt(np.maximum(left, 0)) - radius, 0)
    wide = np.pad(z, 2 * reach, constant_values=-1e6)
    tips = ndimage.grey_dilation(wide, footprint=ball, structure=lift)
    whole = ndimage.grey_erosion(tips, footprint=ball, structure=lift)
    return np.asarray(whole[2 * reach :, 2 * reach :][: z.shape[0], : z.shape[1]])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000), st.integers(2, 30), st.integers(2, 30), st.floats(0.5, 6.0))
def test_the_tool_agrees_with_scipy(seed: int, rows: int, cols: int, radius: float) -> None:
    z = np.random.default_rng(seed).random((rows, cols)) * 5
    made = machined(z, (0.5, 0.5), 2 * radius)
    np.testing.assert_allclose(made, closing_by_scipy(z, 0.5, radius), atol=1e-4)
    assert (made >= z - MICRON).all()


@pytest.mark.parametrize("half_angle", [30.0, 45.0, 60.0])
@pytest.mark.parametrize("radius", [1.0, 2.5])
def test_a_v_groove_keeps_what_a_ball_must_leave(half_angle: float, radius: float) -> None:
    # A ball in a V touches both flanks; its tip stays r (1 / sin(half angle) - 1) above the bottom.
    step = 0.02
    x = np.arange(-400, 401) * step
    groove = np.tile(np.abs(x) / np.tan(np.radians(half_angle)), (3, 1))
    left = machined(groove, (5.0, step), 2 * radius)[1] - groove[1]
    wanted = radius * (1 / np.sin(np.radians(half_angle)) - 1)
    assert left.max() == pytest.approx(wanted, rel=0.02)
    assert np.abs(x[left.argmax()]) <= step
    # And it touches the flanks from r cos(half angle) outwards.
    touched = radius * np.cos(np.radians(half_angle))
    assert left[np.abs(x) > touched + 3 * step].max() < 0.01 * radius
    assert left[np.abs(x) < touched / 2].min() > 0.03 * radius


@pytest.mark.parametrize("stride", [1, 3])
def test_a_step_keeps_a_fillet_of_the_balls_radius(stride: int) -> None:
    # At distance d from a wall higher than r a ball leaves r - √(r² - (r - d)²). The wall is
    # somewhere between two vertices of the grid that the tool is led along.
    radius, step = 3.0, 3.0 / 24 / (stride - 0.01)
    x = np.arange(0, 12, step)
    wall = np.tile(np.where(x < 4, 10.0, 0.0), (3, 1))
    left = machined(wall, (5.0, step), 2 * radius)[1] - wall[1]

    def fillet(d: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return radius - np.sqrt(radius**2 - np.clip(radius - d, 0, radius) ** 2)

    d = x[x >= 4] - 4
    slack = stride * step
    assert (left[x >= 4] <= fillet(d - slack) + 1e-3).all()
    assert (left[x >= 4] >= fillet(d + slack) - 1e-3).all()
    assert left[x > 4 + radius + slack].max() == pytest.approx(0, abs=MICRON)


def test_the_largest_good_tool_is_recommended() -> None:
    # Round grooves of radius 1.5 mm: 3 mm and thinner tools reach their bottom.
    x = np.linspace(0, 50, 501)
    apart = (x % 10) - 5
    groove = np.where(np.abs(apart) < 1.5, -np.sqrt(np.maximum(1.5**2 - apart**2, 0)), 0.0)
    values = np.tile((groove + 1.5) / 1.5, (101, 1))
    made = relief(values, size_mm=50, depth_intensity=0.03)
    tool = made.preflight("cnc", tools_mm=(6.0, 4.0, 2.0, 1.0))["tool"]
    assert tool.status == "ok"
    assert tool.value == 2.0
    only = made.preflight("cnc", tools_mm=(6.0,))["tool"]
    assert only.status == "warn"
    assert only.value is None
    assert only.places is not None
    assert only.places.dtype == np.float32
    stays = only.places > 0.05
    np.testing.assert_array_equal(stays.any(axis=1), True)
    assert not stays[:, np.abs(apart) > 1.6].any()


def test_levels_of_8_and_16_bits() -> None:
    ramp = np.tile(np.linspace(0, 1, 4096), (16, 1))
    fine = relief(ramp).preflight("laser")["levels"]
    assert fine.status == "ok"
    assert fine.value == 4096
    coarse = relief(np.floor(ramp * 87.999) / 87).preflight("laser")["levels"]
    assert (coarse.status, coarse.value) == ("warn", 88)
    assert "88 take something away" in coarse.text
    eight = relief(np.rint(ramp * 255) / 255).preflight("laser")["levels"]
    assert eight.value == 256
    assert eight.status == "warn"  # enough for the passes, but terraces
    assert relief(np.rint(ramp * 255) / 255).preflight("laser", passes=300)["levels"].limit == 300
    assert relief(np.zeros((4, 4))).preflight("laser")["levels"].status == "fail"
    low = relief(ramp / 2).preflight("laser")["levels"]
    assert "50 % of the range" in low.text


def test_a_fine_mesh_is_told_and_the_advice_mends_it() -> None:
    # Nothing but grain: fewer triangles could not keep it.
    grain = np.random.default_rng(3).random((900, 1000), dtype=np.float32)
    rough = Relief.from_depth_map(grain, compression=0, mesh_quality=1024, depth_intensity=0.3)
    before, after, changes = _advised(rough, "triangles")
    assert (before, after) == ("warn", "ok")
    assert "mesh_quality" in changes


def test_heights_that_are_given_are_not_told_to_be_filtered() -> None:
    terraces = np.tile(np.repeat(np.linspace(0, 1, 16), 20), (50, 1))
    assert relief(terraces).preflight("laser")["levels"].changes == {}
    grey = (np.repeat(np.linspace(0, 1, 64), 5)[None] * np.ones((50, 1))).astype(np.float32)
    filtered = Relief.from_depth_map(grey, compression=0, surface_smoothing=0, mesh_quality=320)
    assert set(filtered.preflight("laser")["levels"].changes) == {"smoothing"}
    assert _advised(filtered, "levels", "laser")[:2] == ("warn", "ok")


def test_the_mesh_that_is_written_is_the_one_that_is_looked_at() -> None:
    part = relief().part
    mesh = Triangles(
        part.vertices, part.faces[1:], part.uv, np.ones(part.triangles - 1, dtype=bool), True
    )
    report = preflight(part, mesh=mesh)
    assert report["closed"].status == "fail"
    assert report["closed"].value == 3
    assert "layers" in report
    assert preflight(mesh)["closed"].status == "fail"


def test_every_preset_is_looked_at_without_a_red_check() -> None:
    field = np.asarray(SMOOTH, dtype=np.float32)
    for name, preset in presets.items():
        if preset.source == "lithophane":
            made = Relief.from_photo(field, preset=name, mesh_quality=128)
        else:
            made = Relief.from_depth_map(field, preset=name, mesh_quality=128)
        report = made.preflight(preset.target)
        assert report.status in ("ok", "warn"), f"{name}: {report}"


def test_options_that_do_not_exist_are_refused_with_the_nearest() -> None:
    with pytest.raises(ReliefError, match="Did you mean 'resin'"):
        relief().preflight("resn")
    with pytest.raises(ReliefError, match="Did you mean 'nozzle_mm'"):
        relief().preflight(nozle_mm=0.6)
    with pytest.raises(ReliefError, match="Shapeoko 4 XXL"):
        relief().preflight("cnc", bed="Shapeoko 4 XL")


def test_the_report_reads_well() -> None:
    report = relief(base_thickness=0.01, size_mm=300).preflight(bed="Prusa MINI+")
    assert report.status == "fail"
    assert "bed" in report
    with pytest.raises(KeyError, match="closed"):
        report["nothing"]
    text = str(report)
    assert "✗ Problem" in text
    assert "✓ OK" in text
    assert max(map(len, text.splitlines())) <= 100
    heads = [line for line in text.splitlines() if line[:1] in "✓!✗" and line[1:2] == " "][1:]
    places = {line.index(check.label) for line, check in zip(heads, report, strict=True)}
    assert len(places) == 1
    data = json.loads(json.dumps(report.to_dict()))
    assert data["status"] == "fail"
    assert data["checks"][2]["changes"] == {"size_mm": 180.0}


def test_html_is_escaped_and_says_more_than_colours() -> None:
    made = preflight(relief().part, title="<b>cat</b> & dog", bed="20x20x20")
    html = made._repr_html_()
    assert "<b>cat" not in html
    assert "&lt;b&gt;cat&lt;/b&gt; &amp; dog" in html
    assert "Problem" in html
    assert "OK" in html
    assert html.count('scope="row"') == len(made)


def test_a_report_does_not_load_trimesh() -> None:
    import subprocess
    import sys

    code = (
        "import sys, numpy as np; from relief_widget import Relief; "
        "str(Relief.from_heights(np.eye(9)).preflight('cnc')); print('trimesh' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


def test_settings_without_a_photo_are_enough_for_a_bare_part() -> None:
    thin = relief(base_thickness=0.01, size_mm=30).part
    assert preflight(thin)["wall"].changes == {}
    assert preflight(thin)["wall"].advice
    known = ReliefSettings(base_thickness=0.01, size_mm=30)
    assert preflight(thin, settings=known)["wall"].changes
    assert isinstance(preflight(thin), Report)
