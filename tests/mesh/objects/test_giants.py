"""Sizes and beds with which an object would take minutes and gigabytes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from relief_widget import Relief, ReliefError


def relief() -> Relief:
    y, x = np.mgrid[:60, :80] / 80
    bump = np.exp(-8 * ((x - 0.5) ** 2 + (y - 0.4) ** 2))
    return Relief.from_depth_map(bump, mesh_quality=128)


@pytest.mark.parametrize(
    "beds",
    [
        {"bed_x_mm": 20, "bed_y_mm": 20},
        {"bed_x_mm": 1e-9},
        {"bed_x_mm": 1e-320, "bed_y_mm": 1},
        {"bed_y_mm": 18.7, "outline": "circle"},
    ],
)
def test_too_many_tiles_are_counted_first(beds: dict[str, Any]) -> None:
    with pytest.raises(ReliefError, match="tiles") as caught:
        relief().replace(size_mm=10000, **beds).body()
    assert "larger bed" in caught.value.hint


@pytest.mark.parametrize(
    "shape", [{"bend": "arc", "outline": "circle", "keyring_mm": 4}, {"bend": "tube"}]
)
def test_a_bent_part_of_metres_has_no_more_triangles_than_a_small_one(
    shape: dict[str, Any],
) -> None:
    thin = {"depth_intensity": 0.01, "base_thickness": 0.01}
    made = relief().replace(size_mm=10000, **thin, **shape).body(max_error_mm=None)
    small = relief().replace(size_mm=400, **thin, **shape).body(max_error_mm=None)
    assert made.triangles < 2.5 * small.triangles
