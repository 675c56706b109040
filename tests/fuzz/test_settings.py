"""Any settings together, on a small relief: a part as it is asked for, or a sentence."""

from __future__ import annotations

import math
import os
import time
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from relief_widget import Relief, ReliefError, presets
from relief_widget.depth import DepthMap
from relief_widget.export import FORMATS
from relief_widget.mesh.triangles import to_trimesh
from relief_widget.preflight import TARGETS
from relief_widget.settings import Control, controls, default

SECONDS = float(os.environ.get("RELIEF_WIDGET_FUZZ_SECONDS", "3"))
SUFFIXES = sorted(name for name, known in FORMATS.items() if known.kind != "project")
# Wide and high, seen by a mouse; no more than a second for one.
SHAPES = ((12, 40), (30, 30), (48, 36))


@cache
def plain(shape: tuple[int, int], kind: str, has_mask: bool) -> Relief:
    rows, cols = shape
    y, x = np.mgrid[:rows, :cols] / max(shape)
    bump = np.exp(-9 * ((x - x.mean()) ** 2 + (y - y.mean()) ** 2))
    if kind == "light":
        return Relief.lithophane(np.rint(255 * bump).astype(np.uint8), mesh_quality=128)
    values = {"form": bump, "even": np.zeros(shape), "steps": np.rint(3 * bump) / 3}[kind]
    mask = (bump > 0.5).astype(np.float32) if has_mask else None
    depth = DepthMap(values.astype(np.float32), mask=mask, stepped=kind == "steps")
    return Relief.from_depth_map(depth, mesh_quality=128)


def value_of(name: str, control: Control) -> some.SearchStrategy[Any]:
    if control.choices:
        return some.sampled_from(control.choices)
    usual = default(name)
    if isinstance(usual, bool):
        return some.booleans()
    if isinstance(usual, str):
        return some.text(max_size=12)
    least, most = control.buildable
    if isinstance(usual, int):
        # The grid's size is what a test takes its time for.
        return some.integers(int(least), 192 if name == "mesh_quality" else int(most))
    near = some.floats(least, min(most, max(4 * usual, least + 20 * (control.step or 1))))
    return some.one_of(near, some.floats(least, most), some.sampled_from([least, most, usual]))


CHANGES = some.lists(
    some.sampled_from(sorted(controls())).flatmap(
        lambda name: some.tuples(some.just(name), value_of(name, controls()[name]))
    ),
    max_size=7,
).map(dict)
RELIEFS = some.builds(
    plain,
    some.sampled_from(SHAPES),
    some.sampled_from(["form", "form", "even", "steps", "light"]),
    some.booleans(),
)


def check_sentence(error: ReliefError) -> None:
    assert "\n" not in error.message
    assert error.message.endswith((".", "?")), error.message
    assert len(error.message) < 300


def check_part(made: Relief) -> None:
    """Check what is promised of every part: finite, closed where solid, of the stated size."""
    assert np.isfinite(made.heights).all()
    body = made.body()
    assert np.isfinite(body.vertices).all()
    assert all(math.isfinite(length) and length >= 0 for length in body.extents)
    low = body.vertices.min(axis=0)
    assert np.abs(low).max() < 1e-3 or made.settings.mode == "planar"
    if made.settings.mode == "solid":
        assert to_trimesh(body).is_watertight
    flat = made.settings.bend == "flat" or made.settings.mode == "planar"
    beyond = made.settings.keyring_mm or made.settings.mould_box
    tiled = made.settings.bed_x_mm or made.settings.bed_y_mm
    if flat and not (beyond or tiled):
        longer = max(body.extents[:2])
        assert longer <= made.settings.size_mm * (1 + 1e-5)
        if made.settings.mode == "solid":
            assert longer >= made.settings.size_mm * (1 - 1e-2)


STARTED: dict[str, float] = {}


def is_late(name: str) -> bool:
    """Tell whether a fuzzer has had its seconds: what comes after is passed over."""
    return time.monotonic() - STARTED.setdefault(name, time.monotonic()) > SECONDS


def never_late(name: str) -> None:
    """Let what failed be tried again, as long as it takes to make it small."""
    STARTED[name] = math.inf


FUZZ = settings(
    max_examples=max(30, int(40 * SECONDS)),
    derandomize=SECONDS <= 3,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@FUZZ
@given(relief=RELIEFS, changes=CHANGES)
def test_any_settings_make_a_part_or_a_sentence(relief: Relief, changes: dict[str, Any]) -> None:
    if is_late("part"):
        return
    try:
        check_part(relief.replace(**changes))
    except ReliefError as error:
        check_sentence(error)
    except BaseException:
        never_late("part")
        raise


@FUZZ
@given(
    relief=RELIEFS,
    changes=CHANGES,
    suffix=some.sampled_from(SUFFIXES),
    preset=some.sampled_from([None, *presets]),
    target=some.sampled_from(sorted(TARGETS)),
)
def test_any_settings_are_saved_and_checked_or_a_sentence(
    relief: Relief, changes: dict[str, Any], suffix: str, preset: str | None, target: str
) -> None:
    if is_late("file"):
        return
    with TemporaryDirectory() as name:
        folder = Path(name)
        try:
            made = relief.replace(**changes)
            made = made if preset is None else made.like(preset, mesh_quality=128)
            path = made.save(folder / f"a{suffix}")
            assert path.stat().st_size > 0
            report = made.preflight(target)
            assert report.status in ("ok", "warn", "fail")
        except ReliefError as error:
            check_sentence(error)
            assert [path.name for path in folder.iterdir()] in ([], [f"a{suffix}"])
        except BaseException:
            never_late("file")
            raise


@pytest.mark.full
@pytest.mark.parametrize("name", sorted(controls()))
def test_the_ends_of_every_range_make_a_part_or_a_sentence(name: str) -> None:
    control = controls()[name]
    ends = control.buildable if control.is_number else control.choices
    for end in ends:
        if name != "mesh_quality":
            try:
                check_part(plain(SHAPES[1], "form", True).replace(**{name: end}))
            except ReliefError as error:
                check_sentence(error)
