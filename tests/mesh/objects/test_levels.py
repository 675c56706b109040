"""Flat levels get upright walls, and strokes get shoulders."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import trimesh

from relief_widget import Relief
from relief_widget.depth import Layers
from relief_widget.mesh.triangles import to_trimesh
from tests.support.photos import letter, photo
from tests.support.rays import crossings

FLAT: dict[str, Any] = {"surface_smoothing": 0, "mesh_quality": 256, "size_mm": 80}


def sign(**settings: Any) -> Relief:
    picture = letter("white", "black", "#d02030")
    return Relief.from_photo(picture, provider=Layers(), **(FLAT | settings))


def leaning(part: trimesh.Trimesh) -> float:
    """Return the share of the surface that is neither level nor within 5° of upright."""
    up = np.abs(part.face_normals[:, 2])
    return float(part.area_faces[(up > np.sin(np.radians(5))) & (up < 0.999)].sum() / part.area)


def test_walls_are_upright_and_outlines_are_those_of_the_picture() -> None:
    plain, crisp = (to_trimesh(sign(crisp_walls=on).body()) for on in (False, True))
    assert leaning(plain) > 0.02
    assert leaning(crisp) < 1e-6
    assert crisp.is_watertight
    assert crisp.body_count == 1
    assert crisp.euler_number == 2
    np.testing.assert_allclose(crisp.extents, plain.extents, atol=1e-3)
    assert crisp.volume == pytest.approx(plain.volume, rel=0.01)
    # The upright stroke of the letter is 50 of 400 pixels wide, the picture 80 mm high.
    start = (-1, 80 * (1 - 300 / 400), crisp.extents[2] - 0.1)
    left, right = crossings(crisp, start, (1, 0, 0))[:2] - 1
    assert left == pytest.approx(60 / 400 * 80, abs=0.3)
    assert right - left == pytest.approx(50 / 400 * 80, abs=0.3)


def test_inverted_and_mirrored_levels_stay_where_they_were() -> None:
    for settings in ({"invert": True}, {"mirror": True}):
        plain, crisp = (to_trimesh(sign(crisp_walls=on, **settings).body()) for on in (False, True))
        assert crisp.is_watertight
        assert crisp.volume == pytest.approx(plain.volume, rel=0.01)
        np.testing.assert_allclose(crisp.center_mass, plain.center_mass, atol=0.3)


def test_frames_holes_and_budgets_go_with_crisp_walls() -> None:
    made = sign(crisp_walls=True, outline="rounded", frame_mm=3, hanging_hole_mm=4)
    part = to_trimesh(made.body())
    assert part.is_watertight
    assert part.euler_number == 0
    assert made.body(max_triangles=1500).triangles <= 1500


def test_shoulders_widen_strokes_downwards_only() -> None:
    plain, held = (
        to_trimesh(sign(crisp_walls=True, shoulder_degrees=angle).body()) for angle in (0, 30)
    )
    assert held.is_watertight
    assert held.volume > plain.volume * 1.005
    assert held.extents[2] == pytest.approx(plain.extents[2], abs=1e-3)
    tops = [
        part.area_faces[part.triangles[..., 2].min(axis=1) > part.extents[2] - 1e-3].sum()
        for part in (plain, held)
    ]
    assert tops[1] == pytest.approx(tops[0], rel=0.01)


def test_a_relief_without_levels_says_that_there_are_none() -> None:
    made = Relief.from_photo(photo("portrait"), crisp_walls=True, mesh_quality=128)
    assert any("flat levels" in note for note in made.weigh().notes)
    assert to_trimesh(made.body()).is_watertight
