from __future__ import annotations

from typing import Any

import pytest

from relief_widget.heights import Stroke
from relief_widget.widgets.shaper import Shaper
from tests.support.comm import Comm, tell

ENTRY: dict[str, Any] = {
    "brush": "set",
    "points": [[0.2, 0.3, 1], [0.4, 0.5, 0.25]],
    "size": 0.2,
    "strength": 1,
    "softness": 0,
    "height": 0.75,
    "symmetry": "both",
}


def made(number: int, **changes: Any) -> dict[str, Any]:
    return {"kind": "stroke", "number": number, "stroke": {**ENTRY, **changes}}


@pytest.fixture
def heard() -> list[tuple[int, Stroke]]:
    return []


@pytest.fixture
def shaper(heard: list[tuple[int, Stroke]]) -> Shaper:
    shaper = Shaper()
    shaper.on_stroke(lambda stroke, number: heard.append((number, stroke)))
    return shaper


def test_a_stroke_comes_as_data(shaper: Shaper, heard: list[tuple[int, Stroke]]) -> None:
    tell(shaper, made(1))
    assert heard == [
        (
            1,
            Stroke(
                brush="set",
                points=[(0.2, 0.3), (0.4, 0.5, 0.25)],
                size=0.2,
                strength=1,
                softness=0,
                height=0.75,
                symmetry="both",
            ),
        )
    ]
    assert shaper.taken == 1


def test_each_stroke_is_taken_once_whichever_way_it_comes(
    shaper: Shaper, heard: list[tuple[int, Stroke]]
) -> None:
    browser = Comm(shaper)
    tell(shaper, made(1))
    browser.update({"pending": [made(1), made(2), made(3)]})
    tell(shaper, made(3))
    tell(shaper, made(4))
    assert [number for number, _ in heard] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "message",
    [
        made(1, brush="carve"),
        made(1, points=[]),
        made(1, sparkle=3),
        {"kind": "stroke", "number": 1},
        {"kind": "stroke", "number": 1, "stroke": 5},
        {"kind": "stroke"},
        {"kind": "stroke", "number": "one", "stroke": ENTRY},
        {"kind": "other"},
    ],
)
def test_what_is_no_stroke_is_left_alone(
    shaper: Shaper, heard: list[tuple[int, Stroke]], message: dict[str, Any]
) -> None:
    browser = Comm(shaper)
    tell(shaper, message)
    browser.update({"pending": [5]})
    tell(shaper, made(2))
    assert [number for number, _ in heard] == [2]


def test_the_curve_of_a_hand_is_told_and_that_of_python_is_not() -> None:
    shaper, told = Shaper(), list[object]()
    shaper.on_curve(told.append)
    browser = Comm(shaper)
    browser.update({"curve": [[0, 0], [0.5, 0.75], [1, 1]]})
    browser.update({"curve": [[0, 0.5], [1, 0.25]]})
    browser.update({"curve": "straight"})
    shaper.show_curve(((0.0, 0.0), (1.0, 0.5)))
    assert told == [((0.0, 0.0), (0.5, 0.75), (1.0, 1.0))]
    assert shaper.curve == [[0.0, 0.0], [1.0, 0.5]]


def test_undo_and_clear_are_asked_for() -> None:
    shaper, asked = Shaper(), []
    shaper.on_undo(lambda: asked.append("undo"))
    shaper.on_clear(lambda: asked.append("clear"))
    tell(shaper, {"kind": "undo"})
    tell(shaper, {"kind": "clear"})
    assert asked == ["undo", "clear"]


def test_what_is_pythons_is_not_for_the_browser_to_change() -> None:
    shaper = Shaper()
    Comm(shaper).update({"taken": 7, "can_undo": True, "size": 0.3})
    assert (shaper.taken, shaper.can_undo, shaper.size) == (0, False, 0.3)
