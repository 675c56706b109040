from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from relief_widget.errors import ReliefError
from relief_widget.settings import Control, ReliefSettings, controls, default

NUMBERS = [name for name, control in controls().items() if control.low is not None]


@pytest.mark.parametrize("name", NUMBERS)
def test_both_ends_of_every_range_are_accepted(name: str) -> None:
    control = controls()[name]
    for value in (control.low, control.high):
        assert getattr(ReliefSettings().replace(**{name: value}), name) == value


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("beyond", ["low", "high", "nan", "text", "true"])
def test_a_value_out_of_range_is_refused_with_the_range(name: str, beyond: str) -> None:
    control = controls()[name]
    assert control.low is not None
    assert control.high is not None
    value: Any = {
        "low": control.low - 1,
        "high": control.high + 1,
        "nan": float("nan"),
        "text": "much",
        "true": True,
    }[beyond]
    with pytest.raises(ReliefError) as caught:
        ReliefSettings().replace(**{name: value})
    assert name in caught.value.message
    assert f"{control.low:g} to {control.high:g}" in caught.value.hint


def test_a_base_may_be_as_thin_as_can_be_built() -> None:
    assert ReliefSettings(base_thickness=0.008).base_thickness == 0.008
    for wrong in (0.0, -0.01, 1e-5):
        with pytest.raises(ReliefError, match=r"0\.01 to 0\.5; down to 0\.0001 can be built"):
            ReliefSettings(base_thickness=wrong)
    with pytest.raises(ReliefError):
        ReliefSettings(depth_intensity=0.301)


def test_choices_have_a_label_each_in_a_makers_words() -> None:
    for name, control in controls().items():
        assert len(control.labels) == len(set(control.labels)) == len(control.choices), name
        text = " ".join((control.label, control.help, *control.labels)).lower()
        assert "planar" not in text


def test_numpy_scalars_become_plain_values() -> None:
    settings = ReliefSettings(
        mesh_quality=np.int64(256),  # type: ignore[arg-type]  # what scripts pass in practice
        smoothing=np.float32(2.5),  # type: ignore[arg-type]
        invert=np.bool_(True),  # type: ignore[arg-type]
    )
    assert (settings.mesh_quality, settings.smoothing, settings.invert) == (256, 2.5, True)
    assert [type(v) for v in (settings.mesh_quality, settings.smoothing, settings.invert)] == [
        int,
        float,
        bool,
    ]


def test_a_misspelt_name_is_met_with_the_right_one() -> None:
    with pytest.raises(ReliefError, match="Did you mean 'smoothing'"):
        ReliefSettings().replace(smoohting=3)


@pytest.mark.parametrize("value", ["both", 1, None])
def test_a_wrong_choice_is_refused_with_the_choices(value: object) -> None:
    with pytest.raises(ReliefError, match="'auto', True, False"):
        ReliefSettings().replace(mirror=value)


def test_mirror_follows_invert_only_when_automatic() -> None:
    assert not ReliefSettings().mirrored
    assert ReliefSettings(invert=True).mirrored
    assert not ReliefSettings(invert=True, mirror=False).mirrored
    assert ReliefSettings(mirror=True).mirrored


def test_every_field_has_a_control_and_a_default_within_its_range() -> None:
    fields = {field.name for field in dataclasses.fields(ReliefSettings)}
    assert set(controls()) == fields
    for name, control in controls().items():
        assert control.label
        assert control.help.endswith(".")
        assert (control.stage is not None) == (control.kind == "height"), name
        if control.low is not None and control.high is not None:
            assert control.low <= default(name) <= control.high
            assert control.step


def test_a_control_applies_only_where_it_has_an_effect() -> None:
    def applies(name: str, *, lithophane: bool = False, **settings: Any) -> bool:
        control: Control = controls()[name]
        return control.applies(ReliefSettings().replace(**settings), lithophane=lithophane)

    assert applies("base_thickness")
    assert not applies("base_thickness", mode="planar")
    assert not applies("depth_cutoff")
    assert applies("depth_cutoff", mode="planar")
    assert not applies("depth_intensity", lithophane=True)


def test_settings_are_frozen_and_hash_by_value() -> None:
    assert hash(ReliefSettings(smoothing=3)) == hash(ReliefSettings(smoothing=3.0))
    with pytest.raises(dataclasses.FrozenInstanceError):
        ReliefSettings().smoothing = 3  # type: ignore[misc]  # that is what is tested
