from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import ipywidgets as widgets
import pytest
from ipywidgets.widgets.widget import _instances
from ipywidgets.widgets.widget_link import Link

from relief_widget.app.controls import Controls, texts
from relief_widget.app.making import THINGS
from relief_widget.app.panels import TONES
from relief_widget.app.size_panel import texts as size_texts
from relief_widget.errors import ReliefError
from relief_widget.settings import ReliefSettings, controls, default
from relief_widget.widgets.viewer import Viewer
from tests.support.comm import tell


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def made(told: list[str]) -> Controls:
    return Controls(Viewer(), told.append)


def other(name: str) -> object:
    """Return a value of the setting that is not its default."""
    control = controls()[name]
    if control.choices:
        return control.choices[-1]
    value = default(name)
    if isinstance(value, bool):
        return not value
    if isinstance(value, str):
        return "other"
    assert control.high is not None
    return type(value)(control.high)


def test_every_setting_has_one_control_with_its_label_and_range(made: Controls) -> None:
    assert set(made.widgets) == set(controls())
    for name, control in controls().items():
        widget = made.widgets[name]
        assert widget.description == control.label
        assert widget.value == default(name)
        if control.low is not None:
            assert (widget.min, widget.max, widget.step) == (
                control.low,
                control.high,
                control.step,
            )


def test_every_control_stands_under_its_heading(made: Controls) -> None:
    assert list(made.groups) == ["Part", "Depth", "Clean-up", "Quality", "Object", "Display"]

    def rows(box: Any) -> Iterator[Any]:
        for child in box.children:
            if isinstance(child, widgets.HBox):
                yield child
            elif hasattr(child, "children"):
                yield from rows(child)

    placed = [row.children[0].description for box in made.groups.values() for row in rows(box)]
    # The size has a panel of its own, with what follows from it.
    wanted = [control.label for control in controls().values() if control.group != "Size"]
    assert sorted(placed) == sorted(wanted)


@pytest.mark.parametrize("name", controls())
def test_a_change_by_hand_is_told_and_can_be_reset(
    made: Controls, told: list[str], name: str
) -> None:
    reset = made.resets[name]
    made.widgets[name].value = other(name)
    assert told == [name]
    assert not reset.disabled
    reset.click()
    assert made.widgets[name].value == default(name)
    assert reset.disabled


# Relief and base keep their height when the size changes: that goes through Python.
IN_BROWSER = [n for n, c in controls().items() if c.in_browser and n != "size_mm"]


@pytest.mark.parametrize("name", IN_BROWSER)
def test_the_viewer_ends_with_the_same_value(made: Controls, name: str) -> None:
    made.widgets[name].value = other(name)
    assert getattr(made.viewer, name) == other(name)
    assert type(getattr(made.viewer, name)) is type(other(name))


def test_body_and_display_controls_are_linked_in_the_browser(made: Controls) -> None:
    viewer = made.viewer
    links = {
        (link.source[0], link.target[1])
        for link in _instances.values()
        if isinstance(link, Link) and link.target[0] is viewer
    }
    for name in IN_BROWSER:
        trait = f"{name}_index" if controls()[name].choices else name
        assert (made.widgets[name], trait) in links


def test_setting_values_tells_nobody(made: Controls, told: list[str]) -> None:
    made.set_values({name: other(name) for name in controls()})
    assert told == []
    assert made.values() == {name: other(name) for name in controls()}
    assert made.viewer.material == other("material")


@pytest.mark.parametrize(
    ("settings", "stages", "off"),
    [
        (ReliefSettings(), "all", {"depth_cutoff"}),
        (ReliefSettings(mode="planar"), "all", {"base_thickness"}),
        (
            ReliefSettings(),
            ("resample",),
            {"depth_cutoff", "depth_intensity", "base_thickness", "compression", "smoothing"}
            | {"noise_reduction", "enhance_details", "surface_smoothing"}
            | {"subject_height", "ground_height"},
        ),
    ],
)
def test_controls_are_enabled_where_they_apply(
    made: Controls, settings: ReliefSettings, stages: object, off: set[str]
) -> None:
    every = {control.stage for control in controls().values() if control.stage}
    lithophane = stages != "all"
    shown = ("resample",) if lithophane else every
    made.enable(settings, shown, lithophane=lithophane)
    plain = {name for name, control in controls().items() if control.kind != "object"}
    assert {name for name in plain if made.widgets[name].disabled} == off


def test_every_control_has_help() -> None:
    assert all(text["help"].endswith(".") for text in texts().values())
    assert texts()["Size"]["unit"] == "mm"


JARGON = re.compile(
    r"planar|\btrait|laplacian|gaussian|vert(ex|ices)|\bmesh\b|kernel|uint|float|exp\(|estimator|_mm\b",
    re.IGNORECASE,
)


def test_what_a_maker_reads_is_in_a_makers_words() -> None:
    shown = [text for label, more in texts().items() for text in (label, *more.values())]
    shown += [label for control in controls().values() for label in control.labels]
    shown += [control.group for control in controls().values()]
    shown += [text for tone in TONES.values() for text in (tone.label, tone.help, tone.unit)]
    shown += [text for thing in THINGS.values() for text in (thing.label, thing.reason)]
    shown += [text for label, more in size_texts().items() for text in (label, more["help"])]
    # A name that many know.
    wrong = [text for text in shown if JARGON.search(text) and text != "Mesh quality"]
    assert not wrong


@pytest.mark.parametrize("value", [0.033, 0.0123456789, 1 / 3 * 0.1])
def test_a_value_is_kept_to_the_last_digit(made: Controls, told: list[str], value: float) -> None:
    made.set_values({"base_thickness": value})
    assert made.widgets["base_thickness"].value == value
    made.widgets["depth_intensity"].value = value
    assert told == ["depth_intensity"]
    assert made.values()["base_thickness"] == made.values()["depth_intensity"] == value
    assert made.viewer.depth_intensity == value


@pytest.mark.parametrize(
    ("name", "value", "span"),
    [
        ("depth_intensity", 0.5, "0 to 0.3"),
        ("base_thickness", 0.0, "0.0001 to 0.5"),
        ("smoothing", -1, "0 px to 20 px"),
        ("size_mm", -5, "1 mm to 10000 mm"),
        ("frame_mm", 201, "0 mm to 200 mm"),
    ],
)
def test_what_cannot_be_built_is_refused_with_the_range(
    told: list[str], name: str, value: float, span: str
) -> None:
    wrong: list[ReliefError] = []
    made = Controls(Viewer(), told.append, wrong.append)
    made.widgets[name].value = value
    assert made.widgets[name].value == default(name)
    assert told == []
    (error,) = wrong
    assert controls()[name].label in error.message
    assert span in error.hint
    assert name not in str(error)


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [("4 mm", 1.0, 4.0), ("1/8 in", 1.0, 3.175), ("1/8", 25.4, 3.175), ("0.4cm", 25.4, 4.0)],
)
def test_a_length_can_be_typed_with_its_unit(
    made: Controls, told: list[str], text: str, unit: float, expected: float
) -> None:
    made.set_unit(unit)
    tell(made.widgets["frame_mm"], {"kind": "typed", "text": text})
    assert told == ["frame_mm"]
    assert made.values()["frame_mm"] == pytest.approx(expected, abs=1e-12)


def test_another_unit_shows_other_numbers_and_changes_nothing(
    made: Controls, told: list[str]
) -> None:
    before = made.values()
    made.set_unit(25.4)
    assert made.widgets["size_mm"].value == 3.937
    assert made.widgets["size_mm"].unit == "in"
    assert made.values() == before
    assert told == []
    made.widgets["size_mm"].value = 4.0
    assert made.values()["size_mm"] == 101.6
    made.resets["size_mm"].click()
    assert made.values()["size_mm"] == 100
