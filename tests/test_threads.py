"""One relief that many threads ask at once, as a studio's live view and its downloads do."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from types import FrameType
from typing import Any, TypeVar

import numpy as np
import pytest

import relief_widget
from relief_widget import Relief
from relief_widget.mesh.triangles import Mesh
from tests.support.bounds import LEVEL

T = TypeVar("T")

THREADS = 4
SIDE = 40


@pytest.fixture(autouse=True)
def switching() -> Iterator[None]:
    """Let the threads take turns at each line of the package: what can go wrong does so soon."""
    package = str(Path(relief_widget.__file__).parent)

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        del argument
        if not frame.f_code.co_filename.startswith(package):
            return None
        if event == "line":
            time.sleep(0)
        return trace

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    threading.settrace(trace)
    yield
    threading.settrace(None)
    sys.setswitchinterval(before)


def relief() -> Relief:
    y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    depth = np.exp(-2 * (x**2 + y**2)) + 0.1 * np.sin(9 * x) * np.cos(7 * y)
    return Relief.from_depth_map(depth, mesh_quality=128, compression=0)


def at_once(asked: Sequence[Callable[[], T]], rounds: int) -> list[list[T]]:
    """Return what each call answers to each of all threads, round after round.

    Every thread begins at another call, so that in each round different ones meet.
    """
    start = Barrier(THREADS)

    def work(number: int) -> list[tuple[int, T]]:
        start.wait()
        turns = (turn % len(asked) for turn in range(number, number + rounds * len(asked)))
        return [(turn, asked[turn]()) for turn in turns]

    answers: list[list[T]] = [[] for _ in asked]
    with ThreadPoolExecutor(THREADS) as pool:
        for given in pool.map(work, range(THREADS)):
            for turn, answer in given:
                answers[turn].append(answer)
    return answers


def test_meshes_of_different_detail() -> None:
    shared = relief()
    details: list[dict[str, Any]] = [
        {"max_error_mm": None},
        {"max_error_mm": 2.0},
        {"max_triangles": 100},
        {"max_triangles": 60},
    ]

    def meshes(made: Relief) -> list[Callable[[], Mesh]]:
        return [lambda detail=detail: made.body(**detail) for detail in details]  # type: ignore[misc]

    alone = [ask() for ask in meshes(relief())]
    assert len({body.triangles for body in alone}) == len(details)
    for wanted, answers in zip(alone, at_once(meshes(shared), 8), strict=True):
        for answer in answers:
            np.testing.assert_array_equal(answer.vertices, wanted.vertices)
            np.testing.assert_array_equal(answer.faces, wanted.faces)


def test_heights_of_different_settings() -> None:
    """All share one depth map, and with it the stages that are kept."""
    shared = relief()
    settings: list[dict[str, Any]] = [
        {},
        {"smoothing": 9},
        {"smoothing": 9, "surface_smoothing": 4},
        {"noise_reduction": 20},
        {"mesh_quality": 200},
    ]

    def heights(made: Relief) -> list[Callable[[], Any]]:
        return [lambda change=change: made.replace(**change).heights for change in settings]  # type: ignore[misc]

    alone = [relief().replace(**change).heights for change in settings]
    for wanted, answers in zip(alone, at_once(heights(shared), 2), strict=True):
        for answer in answers:
            np.testing.assert_allclose(answer, wanted, atol=LEVEL)


def test_what_is_made_once_is_the_same_for_all() -> None:
    """Until it is made, all ask for it at the same time."""
    for _ in range(6):
        made = relief()
        start = Barrier(THREADS)

        def ask(_: int, made: Relief = made, start: Barrier = start) -> Any:
            start.wait()
            return made.heights, made.part.z, made.body(max_triangles=100).vertices

        with ThreadPoolExecutor(THREADS) as pool:
            first, *others = pool.map(ask, range(THREADS))
        for other in others:
            for one, two in zip(first, other, strict=True):
                np.testing.assert_array_equal(one, two)
