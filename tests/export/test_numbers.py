"""Nothing that is no number gets into a file, whoever writes it."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest

from relief_widget import Relief, ReliefError
from relief_widget.export import FORMATS, Content, write
from relief_widget.heights import HeightField

BUMP = np.hypot(*np.mgrid[-1:1:20j, -1:1:24j]) / 2  # type: ignore[misc]
MESHES = [name for name, known in FORMATS.items() if known.kind in ("mesh", "tiles")]
MAPS = [name for name, known in FORMATS.items() if known.kind == "height map"]


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("suffix", [*MESHES, *MAPS])
def test_no_writer_takes_what_is_no_number(tmp_path: Path, suffix: str, wrong: float) -> None:
    relief = Relief.from_heights(BUMP)
    heights, body = relief.part.heights.copy(), relief.body(max_triangles=200)
    vertices = body.vertices.copy()
    heights[3, 4] = vertices[5, 2] = wrong
    part = dataclasses.replace(relief.part, heights=heights)
    content = Content(part, relief.settings, picture=relief.picture(64))
    contents = [dataclasses.replace(content, mesh=part, pieces=(part,))]
    if suffix in MESHES:
        cut = dataclasses.replace(body, vertices=vertices)  # type: ignore[type-var]
        contents.append(dataclasses.replace(content, mesh=cut, pieces=(cut,)))
    for one in contents:
        with pytest.raises(ReliefError, match="not all numbers"):
            write(tmp_path / f"a{suffix}", one)
    assert list(tmp_path.iterdir()) == []


def test_no_height_field_is_made_of_what_is_no_number() -> None:
    with pytest.raises(ReliefError, match="not all numbers"):
        HeightField(np.array([[0, math.nan], [0, 1]], np.float32), 1.0)


@pytest.mark.parametrize("name", ["compression", "enhance_details", "noise_reduction", "smoothing"])
@pytest.mark.parametrize("amount", [1e-300, 1e-100, 1e-30, 1e-10, 1e-9, 1e-7, 1e-4])
def test_hardly_any_of_a_filter_leaves_numbers(name: str, amount: float) -> None:
    relief = Relief.from_depth_map(BUMP, mesh_quality=128, compression=0)
    heights = relief.replace(**{name: amount}).heights
    assert np.isfinite(heights).all()
    assert (heights.min(), heights.max()) == (0, 1)
