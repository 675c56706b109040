"""Every example photo with every preset is a part that can be made."""

from __future__ import annotations

import itertools
from functools import cache
from typing import Any, get_args

import numpy as np
import pytest

from relief_widget import Relief, example_photos, presets
from relief_widget.depth import Style

PHOTOS = example_photos()


@cache
def estimated(name: str, style: Style) -> Relief:
    return Relief.from_photo(PHOTOS[name], style=style)


def cases() -> list[Any]:
    """Return all pairs; each photo and each preset is in one that is always tested."""
    names, kinds = tuple(PHOTOS), tuple(presets)
    turns = range(max(len(names), len(kinds)))
    usual = {(names[turn % len(names)], kinds[turn % len(kinds)]) for turn in turns}
    return [
        pytest.param(*case, marks=() if case in usual else pytest.mark.full)
        for case in itertools.product(names, kinds)
    ]


@pytest.mark.parametrize(("name", "preset"), cases())
def test_sample(name: str, preset: str) -> None:
    # A coarser grid than the preset's keeps the suite short; the full one is tested elsewhere.
    relief = estimated(name, presets[preset].style).replace(**presets[preset])
    relief = relief.replace(mesh_quality=min(relief.settings.mesh_quality, 256))
    mesh = relief.mesh
    settings = relief.settings
    assert relief.photo is not None
    width, height = relief.photo.size
    long = max(width, height)
    depth = settings.depth_intensity + (settings.mode == "solid") * settings.base_thickness
    wanted = np.array([width / long, height / long, depth]) * settings.size_mm
    np.testing.assert_allclose(mesh.extents, wanted, atol=0.01)
    assert mesh.is_winding_consistent
    if settings.mode == "solid":
        assert mesh.is_watertight
        assert mesh.volume > 0
        assert mesh.euler_number == 2
    else:
        assert (mesh.face_normals[:, 2] > 0).all()


def test_there_are_examples_of_what_people_carve() -> None:
    assert len(PHOTOS) >= 6
    assert set(get_args(Style)) == {preset.style for preset in presets.values()}
