"""Presets as values: complete, so that they never stack, and found by old names too."""

from __future__ import annotations

import pytest

from relief_widget import ReliefError, ReliefSettings, presets
from relief_widget.export import FORMATS
from relief_widget.preflight.targets import TARGETS
from relief_widget.settings import controls
from relief_widget.settings.presets import least_base

NAMES = [
    *("plaque", "portrait", "pet", "coin", "medal", "keyring", "magnet"),
    *("lithophane", "litho_arc", "litho_tube", "night_light"),
    *("stamp", "mould", "cnc_panel", "laser", "logo_sign", "large_print"),
]


def test_the_things_that_people_make_are_there_and_say_what_comes_out() -> None:
    assert list(presets) == NAMES
    assert len({preset.label for preset in presets.values()}) == len(NAMES)
    for name, preset in presets.items():
        assert preset.name == name
        assert preset.reason.endswith(".")
        assert "_" not in preset.label + preset.reason
        assert preset.target in TARGETS
        assert {preset.format, *preset.also} <= set(FORMATS)
        assert bool(preset.tones) == (preset.source == "lithophane")


@pytest.mark.parametrize(
    ("old", "new"), [("wall_art", "plaque"), ("logo_text", "logo_sign"), ("cnc", "cnc_panel")]
)
def test_old_names_go_on_working_and_are_not_listed(old: str, new: str) -> None:
    assert presets[old] is presets[new]
    assert old in presets
    assert old not in list(presets)


def test_a_preset_leaves_nothing_of_an_earlier_one_behind() -> None:
    kinds = {name: control.kind for name, control in controls().items()}
    shaping = {name for name, kind in kinds.items() if kind in ("height", "body")}
    for preset in presets.values():
        assert set(preset) == shaping
        assert set(preset.object) == {name for name, kind in kinds.items() if kind == "object"}
    for first in presets.values():
        for second in presets.values():
            after = ReliefSettings().replace(**first.made()).replace(**second.made())
            assert after == ReliefSettings().replace(**second.made())


def test_a_preset_as_a_mapping_leaves_what_is_made_of_the_relief() -> None:
    mine = ReliefSettings(outline="circle", back_text="To Ada", hanging_hole_mm=4)
    for preset in presets.values():
        after = mine.replace(**preset)
        assert (after.outline, after.back_text, after.hanging_hole_mm) == ("circle", "To Ada", 4)


def test_without_a_subject_something_else_is_made_and_said() -> None:
    for name in ("keyring", "magnet"):
        preset = presets[name]
        assert preset.made(has_subject=True)["outline"] == "subject"
        assert preset.made(has_subject=False)["outline"] == "rounded"
        assert preset.label.lower() in preset.note(has_subject=False)
        assert preset.note(has_subject=True) == ""
    assert presets["coin"].note(has_subject=False) == ""


def test_long_photos_get_room_for_what_is_made_of_them() -> None:
    preset = presets["plaque"]
    assert preset.made(aspect=1.5)["size_mm"] == 150
    assert preset.made(aspect=10)["size_mm"] == preset.made(aspect=0.1)["size_mm"] == 300
    # The way around is the width, which a panorama has enough of.
    assert presets["litho_tube"].made(aspect=10)["size_mm"] == 180
    assert presets["litho_tube"].made(aspect=0.5)["size_mm"] == 240
    assert presets["coin"].made(aspect=20)["size_mm"] == 40


def test_the_base_is_thick_enough_for_what_is_cut_into_the_back() -> None:
    small = presets["magnet"].made(size_mm=20.0)
    assert small["base_thickness"] * 20 == pytest.approx(2.2 + 0.6)
    assert presets["magnet"].made(size_mm=20.0, base_thickness=0.05)["base_thickness"] == 0.05
    assert least_base(vars(ReliefSettings())) == 0


def test_an_unknown_preset_is_met_with_the_list() -> None:
    with pytest.raises(ReliefError, match="portrait"):
        presets["potrait"]
    assert "potrait" not in presets
