"""Damaged photos, depth maps and projects: something finite, or one sentence, within bounds.

``RELIEF_WIDGET_FUZZ_SECONDS`` asks for so many seconds for each kind; ``make fuzz`` does.
"""

from __future__ import annotations

import os
import resource
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from relief_widget import Relief, ReliefError, open_photo
from relief_widget.depth.files import load_depth_map
from tests.fuzz.picture_seeds import HILL, KINDS, damaged, odd_array

SECONDS = float(os.environ.get("RELIEF_WIDGET_FUZZ_SECONDS", "0"))
# The first numbers are the same in every run, so that what fails once fails again.
FEW = 40
MOST_S, MOST_BYTES = 20.0, 1.5e9


def peak() -> float:
    """Return the most memory that this process has had, in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


@contextmanager
def bounded() -> Iterator[None]:
    started, before = time.process_time(), peak()
    refused: ReliefError | None = None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            yield
        except ReliefError as error:
            refused = error
    if refused is not None:
        assert refused.message.endswith(".")
        assert refused.hint
        assert len(str(refused)) < 500
        assert len(str(refused).splitlines()) == 1
    assert time.process_time() - started < MOST_S
    assert peak() - before < MOST_BYTES


def sound(relief: Relief) -> None:
    heights = relief.heights
    assert np.isfinite(heights).all()
    assert heights.min() >= 0
    assert heights.max() <= 1
    assert np.isfinite(relief.part.extents).all()


def as_photo(data: Any) -> None:
    photo = open_photo(data)
    assert np.isfinite(photo.srgb(64)).all()
    assert np.isfinite(photo.luminance(64)).all()
    assert photo.mask is None or np.isfinite(photo.mask).all()
    sound(Relief.lithophane(photo, mesh_quality=128))


def as_depth_map(data: Any) -> None:
    for near in ("bright", "dark"):
        depth_map = load_depth_map(data, near=near)
        assert np.isfinite(depth_map.values).all()
        assert depth_map.report is not None
        assert all(isinstance(text, str) for row in depth_map.report.lines() for text in row)
    sound(Relief.from_depth_map(depth_map, mesh_quality=128))


def as_project(data: Any) -> None:
    relief = Relief.open(data)
    if relief.settings.mesh_quality <= 512:
        sound(relief)


def as_heights(data: Any) -> None:
    sound(Relief.from_heights(data))


def as_mask(data: Any) -> None:
    sound(Relief.from_depth_map(HILL, mesh_quality=128).replace_mask(data))


OPENERS: dict[str, Callable[[Any], None]] = {
    "photo": as_photo,
    "depth map": as_depth_map,
    "numbers": as_depth_map,
    "project": as_project,
}


def numbers() -> Iterator[int]:
    until = time.monotonic() + SECONDS
    number = 0
    while number < FEW or time.monotonic() < until:
        yield number
        number += 1


@pytest.mark.parametrize("kind", KINDS)
def test_damaged_files_are_something_or_a_sentence(kind: str) -> None:
    for number in numbers():
        try:
            with bounded():
                OPENERS[kind](damaged(kind, number))
        except BaseException as error:
            error.add_note(f"damaged({kind!r}, {number})")
            raise


def test_odd_arrays_are_something_or_a_sentence() -> None:
    for number in numbers():
        for use in (as_photo, as_depth_map, as_heights, as_mask):
            try:
                with bounded():
                    use(odd_array(number))
            except BaseException as error:
                error.add_note(f"{use.__name__}(odd_array({number}))")
                raise
