"""Strokes and the depth curve: what they make of heights."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.interpolate import PchipInterpolator

from relief_widget.errors import ReliefError
from relief_widget.heights import IDENTITY, Edits, HeightField, Stroke, edited
from relief_widget.heights.brushes import RAISE
from relief_widget.heights.curve import bent
from relief_widget.heights.edits import LEAST_SIZE, Brush, Symmetry, read_edits

ROOT = Path(__file__).parents[2]
SIDE = 65
BRUSHES = get_args(Brush)


def bumpy(rows: int = SIDE, cols: int = SIDE) -> HeightField:
    values = 0.3 + 0.4 * np.random.default_rng(3).random((rows, cols))
    return HeightField(values.astype(np.float32), cols / rows)


def level(value: float = 0.5) -> HeightField:
    return HeightField(np.full((SIDE, SIDE), value, np.float32), 1.0)


def after(field: HeightField, *strokes: Stroke) -> npt.NDArray[np.float32]:
    return edited(field, Edits(strokes=strokes)).values


def dab(brush: str, **more: Any) -> Stroke:
    given: dict[str, Any] = {"points": [(0.5, 0.5)], "size": 0.5, "strength": 1.0, **more}
    return Stroke(brush=brush, **given)  # type: ignore[arg-type]  # a name of a brush


def away(u: float = 0.5, v: float = 0.5) -> npt.NDArray[np.float64]:
    """Distance of each vertex from a place, as a share of the side."""
    y, x = np.mgrid[0 : 1 : SIDE * 1j, 0 : 1 : SIDE * 1j]
    distance: npt.NDArray[np.float64] = np.hypot(x - u, y - v)
    return distance


@pytest.mark.parametrize(("brush", "sign"), [("raise", 1), ("lower", -1)])
@pytest.mark.parametrize("strength", [0.2, 1.0])
@pytest.mark.parametrize("pressure", [1.0, 0.5])
def test_the_middle_of_a_stroke_moves_by_what_its_strength_says(
    brush: str, sign: int, strength: float, pressure: float
) -> None:
    made = after(level(), dab(brush, strength=strength, points=[(0.5, 0.5, pressure)]))
    middle = SIDE // 2
    assert made[middle, middle] == pytest.approx(0.5 + sign * strength * pressure * RAISE, abs=1e-6)
    assert (np.sign(made - 0.5)[away() < 0.24] == sign).all()


@pytest.mark.parametrize(("brush", "limit"), [("raise", 1.0), ("lower", 0.0)])
def test_near_the_limit_nothing_is_cut_off(brush: str, limit: float) -> None:
    """A nose at the top of the relief keeps its form."""
    y, x = np.mgrid[0 : 1 : SIDE * 1j, 0 : 1 : SIDE * 1j]
    slope = (limit + (1 - 2 * limit) * (0.05 + 0.2 * x + 0.1 * y)).astype(np.float32)
    made = after(HeightField(slope, 1.0), dab(brush, softness=0.2))
    core = away() < 0.18
    assert (np.abs(made - limit)[core] < np.abs(slope - limit)[core]).all()
    assert len(np.unique(made[core])) == len(np.unique(slope[core]))
    order = np.argsort(slope[core])
    assert (np.diff(made[core][order]) >= 0).all()


@pytest.mark.parametrize("brush", BRUSHES)
def test_nothing_outside_the_brush_changes(brush: str) -> None:
    field = bumpy()
    made = after(field, dab(brush, points=[(0.3, 0.4), (0.6, 0.4)], size=0.2))
    y, x = np.mgrid[0 : 1 : SIDE * 1j, 0 : 1 : SIDE * 1j]
    outside = np.hypot(x - np.clip(x, 0.3, 0.6), y - 0.4) >= 0.1
    assert made[outside].tobytes() == field.values[outside].tobytes()
    assert np.abs(made - field.values)[~outside].max() > 0.01


def test_smoothing_calms_the_surface() -> None:
    def unrest(values: npt.NDArray[np.float32]) -> float:
        inner = values[20:45, 20:45].astype(np.float64)
        bend = 4 * inner[1:-1, 1:-1] - inner[:-2, 1:-1] - inner[2:, 1:-1]
        return float(np.abs(bend - inner[1:-1, :-2] - inner[1:-1, 2:]).mean())

    field = bumpy()
    once = after(field, dab("smooth", size=0.8))
    assert unrest(once) < 0.1 * unrest(field.values)
    assert once.mean() == pytest.approx(field.values.mean(), abs=0.01)
    half = after(field, dab("smooth", size=0.8, strength=0.5))
    assert unrest(once) < unrest(half) < unrest(field.values)


def test_flattening_makes_a_plane_and_leaves_one() -> None:
    y, x = np.mgrid[0 : 1 : SIDE * 1j, 0 : 1 : SIDE * 1j]
    plane = (0.2 + 0.3 * x + 0.2 * y).astype(np.float32)
    rough = plane + 0.05 * np.random.default_rng(1).standard_normal(plane.shape).astype(np.float32)
    made = after(HeightField(rough, 1.0), dab("flatten", softness=0.3))
    core = away() < 0.15
    fit = np.linalg.lstsq(
        np.column_stack([x[core], y[core], np.ones(core.sum())]), made[core], rcond=None
    )
    assert np.abs(made[core] - plane[core]).max() < 0.03
    assert fit[1][0] < 1e-10
    assert np.abs(after(HeightField(plane, 1.0), dab("flatten")) - plane).max() < 1e-6


@pytest.mark.parametrize("height", [0.0, 0.31, 1.0])
def test_set_to_a_height_is_exact(height: float) -> None:
    made = after(bumpy(), dab("set", height=height, softness=0.4))
    assert (made[away() < 0.14] == np.float32(height)).all()


@pytest.mark.parametrize("brush", ["raise", "lower", "set"])
@pytest.mark.parametrize(
    ("symmetry", "axes"), [("left_right", (1,)), ("top_bottom", (0,)), ("both", (0, 1))]
)
def test_symmetry_mirrors_a_stroke(brush: str, symmetry: Symmetry, axes: tuple[int, ...]) -> None:
    path = [(0.1, 0.2), (0.48, 0.33), (0.4, 0.47)]
    made = after(level(), dab(brush, points=path, size=0.2, symmetry=symmetry, height=0.9))
    for axis in axes:
        np.testing.assert_allclose(made, np.flip(made, axis), atol=1e-6)
    # Where a stroke meets its image, it is one stroke.
    assert np.abs(made - 0.5).max() <= max(RAISE, 0.4) + 1e-6


def test_going_over_a_place_twice_in_one_stroke_does_it_once() -> None:
    once = after(level(), dab("raise", points=[(0.2, 0.5), (0.8, 0.5)]))
    back = after(level(), dab("raise", points=[(0.2, 0.5), (0.8, 0.5), (0.2, 0.5)]))
    np.testing.assert_allclose(back, once, atol=1e-6)
    low = level(0.2)
    once = after(low, dab("raise", points=[(0.2, 0.5), (0.8, 0.5)]))
    two = after(low, *[dab("raise", points=[(0.2, 0.5), (0.8, 0.5)], strength=0.5)] * 2)
    np.testing.assert_allclose(two, once, atol=1e-6)


def test_a_brush_is_round_on_the_part() -> None:
    wide = HeightField(np.full((51, 101), 0.5, np.float32), 2.0)
    raised = after(wide, dab("raise", size=0.3, softness=0.0)) > 0.5
    rows, cols = np.flatnonzero(raised.any(axis=1)), np.flatnonzero(raised.any(axis=0))
    assert len(rows) == pytest.approx(len(cols), abs=2)
    assert len(cols) == pytest.approx(30, abs=2)


def test_no_edits_are_the_very_same_heights() -> None:
    field = bumpy()
    assert edited(field, Edits()) is field
    assert edited(field, Edits(((0.0, 0.0), (0.3, 0.3), (1.0, 1.0)))) is field
    assert not Edits()


CURVE = ((0.0, 0.05), (0.2, 0.1), (0.35, 0.6), (0.8, 0.6), (1.0, 0.9))


def test_the_curve_goes_through_its_points_and_is_that_of_fritsch_and_butland() -> None:
    xs, ys = np.array(CURVE).T
    np.testing.assert_allclose(bent(xs.astype(np.float32), CURVE), ys, atol=1e-6)
    x = np.linspace(0, 1, 1001, dtype=np.float32)
    np.testing.assert_allclose(bent(x, CURVE), PchipInterpolator(xs, ys)(x), atol=1e-6)


shares = st.floats(0, 1)


@st.composite
def curves(draw: st.DrawFn) -> tuple[tuple[float, float], ...]:
    xs = draw(st.lists(st.integers(0, 400), min_size=2, max_size=8, unique=True))
    ys = draw(st.lists(shares, min_size=len(xs), max_size=len(xs)))
    return tuple(zip([x / 400 for x in sorted(xs)], sorted(ys), strict=True))


@given(curves())
def test_any_curve_rises_and_never_overshoots(curve: tuple[tuple[float, float], ...]) -> None:
    made = bent(np.linspace(0, 1, 3001, dtype=np.float32), Edits(curve).curve)
    assert (np.diff(made.astype(np.float64)) >= -1e-7).all()
    assert made.min() >= np.float32(curve[0][1])
    assert made.max() <= np.float32(curve[-1][1])


@given(
    st.builds(
        Stroke,
        brush=st.sampled_from(BRUSHES),
        points=st.lists(
            st.tuples(st.floats(-1, 2), st.floats(-1, 2), shares), min_size=1, max_size=4
        ),
        size=st.floats(LEAST_SIZE, 1),
        strength=shares,
        softness=shares,
        height=shares,
        symmetry=st.sampled_from(get_args(Symmetry)),
    ),
    st.sampled_from([(2, 2), (7, 3), (3, 40), (20, 21)]),
    curves(),
)
def test_any_stroke_leaves_heights(
    stroke: Stroke, shape: tuple[int, int], curve: tuple[tuple[float, float], ...]
) -> None:
    field = bumpy(*shape)
    made = edited(field, Edits(curve, (stroke, stroke)))
    assert made.values.dtype == np.float32
    assert made.shape == shape
    assert np.isfinite(made.values).all()
    assert made.values.min() >= 0
    assert made.values.max() <= 1
    assert not made.values.flags.writeable


def test_going_on_from_what_was_made_is_the_same_as_making_it_anew() -> None:
    strokes = tuple(
        dab(brush, points=[(0.2 + 0.1 * i, 0.4), (0.7, 0.2 + 0.1 * i)], size=0.3)
        for i, brush in enumerate(BRUSHES)
    )
    field = bumpy()
    for count in range(1, len(strokes) + 1):
        step = edited(field, Edits(CURVE, strokes[:count]))
    fresh = edited(HeightField(field.values.copy(), field.aspect), Edits(CURVE, strokes))
    assert step.values.tobytes() == fresh.values.tobytes()
    # Another field of the same shape is none of it.
    assert (edited(bumpy(), Edits(CURVE, strokes)).values == fresh.values).all()
    assert (edited(level(), Edits(CURVE, strokes)).values != fresh.values).any()


def test_edits_come_back_from_what_a_file_has_of_them() -> None:
    edits = Edits(CURVE, (dab("set", height=0.1), dab("raise", symmetry="both")))
    assert read_edits(edits.to_dict()) == edits
    wrongs: tuple[Any, ...] = (None, {}, {"curve": [], "strokes": []}, {"curve": [[0, 0], [1, 1]]})
    for wrong in wrongs:
        with pytest.raises(ReliefError):
            read_edits(wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"brush": "carve"},
        {"points": []},
        {"points": [(0.5,)]},
        {"points": [(float("nan"), 0.5)]},
        {"points": [(0.5, 0.5, 1.5)]},
        {"points": 5},
        {"size": 0.0},
        {"size": float("inf")},
        {"strength": 1.1},
        {"softness": "soft"},
        {"height": -0.1},
        {"symmetry": "round"},
        {"brush": ["raise"]},
    ],
)
def test_a_stroke_that_is_none_is_a_sentence(wrong: dict[str, Any]) -> None:
    with pytest.raises(ReliefError) as caught:
        Stroke(**{"brush": "raise", "points": [(0.5, 0.5)], **wrong})
    assert caught.value.hint


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        [(0, 0)],
        [(0, 0), (0, 1)],
        [(0, 0.5), (1, 0.4)],
        [(1, 0), (0, 1)],
        [(0, 0), (1, 1.2)],
        [(0, float("nan")), (1, 1)],
        [(i / 50, i / 50) for i in range(50)],
        5,
    ],
)
def test_a_curve_that_is_none_is_a_sentence(wrong: Any) -> None:
    with pytest.raises(ReliefError) as caught:
        Edits(wrong)
    assert caught.value.hint


def test_strokes_stay_where_they_were_made_when_the_picture_is_turned_or_cut() -> None:
    rows, cols = 60, 90
    field = HeightField(np.full((rows, cols), 0.5, np.float32), cols / rows)
    stroke = Stroke(brush="raise", points=[(0.3, 0.4), (0.6, 0.7)], size=0.2, softness=1.0)
    whole = after(field, stroke)
    edits = Edits(strokes=(stroke,))
    turned = edits.refitted(1, (0.0, 0.0, 1.0, 1.0), cols / rows)
    upright = HeightField(np.full((cols, rows), 0.5, np.float32), rows / cols)
    np.testing.assert_allclose(edited(upright, turned).values, np.rot90(whole), atol=1e-5)
    # The right two thirds: vertices 30 to 89 of 0 to 89.
    cut = edits.refitted(0, (30 / 89, 0.0, 1.0, 1.0), 89 / 59)
    narrow = HeightField(np.full((rows, 60), 0.5, np.float32), 59 / 59)
    exact = after(HeightField(field.values, 89 / 59), stroke)
    np.testing.assert_allclose(edited(narrow, cut).values, exact[:, 30:], atol=1e-5)
    mirrored = Edits(strokes=(dab("raise", symmetry="left_right", points=[(0.2, 0.5)]),))
    assert len(mirrored.refitted(0, (0.5, 0.0, 1.0, 1.0), 1.0).strokes) == 2
    assert mirrored.refitted(1, (0.0, 0.0, 1.0, 1.0), 1.0).strokes[0].symmetry == "top_bottom"


def test_the_browser_is_tested_on_what_python_makes() -> None:
    script = ROOT / "scripts/stroke_vectors.py"
    done = subprocess.run(
        [sys.executable, str(script), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_identity_is_what_it_says() -> None:
    assert Edits().curve == IDENTITY
    assert not Edits().bends
