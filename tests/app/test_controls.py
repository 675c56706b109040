from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ipywidgets as widgets
import pytest
from ipywidgets.widgets.widget import _instances
from ipywidgets.widgets.widget_link import Link

from relief_widget.app.controls import Controls, texts
from relief_widget.settings import ReliefSettings, controls, default
from relief_widget.widgets.viewer import Viewer


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
    assert list(made.groups) == ["Mesh", "Depth", "Clean-up", "Quality", "Object", "Display"]

    def rows(box: Any) -> Iterator[Any]:
        for child in box.children:
            if isinstance(child, widgets.HBox):
                yield child
            elif hasattr(child, "children"):
                yield from rows(child)

    placed = [row.children[0].description for box in made.groups.values() for row in rows(box)]
    assert sorted(placed) == sorted(control.label for control in controls().values())


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


@pytest.mark.parametrize("name", [n for n, c in controls().items() if c.in_browser])
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
    for name, control in controls().items():
        if control.in_browser:
            trait = f"{name}_index" if control.choices else name
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


def test_what_the_browsers_slider_rounds_is_no_change(made: Controls, told: list[str]) -> None:
    made.set_values({"base_thickness": 0.04})
    made.widgets["base_thickness"].value = 0.04000000000000001
    assert told == []
    assert made.values()["base_thickness"] == 0.04
