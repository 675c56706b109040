from __future__ import annotations

import re

import pytest
from PIL import ImageColor

from relief_widget import ReliefError
from relief_widget.settings import controls
from relief_widget.settings.materials import material, materials


def test_there_are_twelve_in_the_order_of_the_interface() -> None:
    assert tuple(materials) == controls()["material"].choices
    assert len(materials) == 12


def test_no_two_look_alike_or_have_the_same_name() -> None:
    looks = [tuple(v for k, v in m.as_dict().items() if k != "label") for m in materials.values()]
    assert len(set(looks)) == 12
    assert len({m.label for m in materials.values()}) == 12
    colours = [ImageColor.getrgb(m.colour) for m in materials.values()]
    for i, one in enumerate(colours):
        for other in colours[:i]:
            assert sum(abs(a - b) for a, b in zip(one, other, strict=True)) > 8


@pytest.mark.parametrize("name", materials)
def test_values_are_those_that_shading_knows(name: str) -> None:
    look = material(name)
    for colour in (look.colour, look.second_colour):
        assert re.fullmatch("#[0-9a-f]{6}", colour)
    for value in (
        look.roughness,
        look.metalness,
        look.clearcoat,
        look.clearcoat_roughness,
        look.pattern_strength,
    ):
        assert 0 <= value <= 1
    assert (look.pattern == "plain") == (look.pattern_strength == 0)


def test_an_unknown_one_is_named_with_those_that_there_are() -> None:
    with pytest.raises(ReliefError, match=r"'gold'.*silk_gold_pla"):
        material("gold")


def test_nobody_can_change_them_for_the_others() -> None:
    with pytest.raises(TypeError):
        materials["gold"] = materials["ceramic"]  # type: ignore[index]  # what is to be refused
    materials["ceramic"].as_dict()["roughness"] = 9
    assert materials["ceramic"].roughness <= 1
