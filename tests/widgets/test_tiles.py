"""The tiles as the browser speaks with them."""

from __future__ import annotations

import pytest

from relief_widget.widgets.tiles import Tile, Tiles
from tests.support.comm import Comm, tell


@pytest.fixture
def tiles() -> Tiles:
    return Tiles(
        tiles=[Tile(name=name, label=name, reason="", picture="") for name in ("coin", "stamp")]
    )


def test_a_choice_is_told_also_of_what_is_chosen(tiles: Tiles) -> None:
    told: list[str] = []
    tiles.on_choice(told.append)
    browser = Comm(tiles)
    browser.update({"chosen": "stamp"})
    tell(tiles, {"kind": "make", "name": "stamp"})
    tell(tiles, {"kind": "make", "name": "stamp"})
    assert tiles.chosen == "stamp"
    assert told == ["stamp", "stamp"]


@pytest.mark.parametrize("name", ["", "house", 3, None, ["coin"]])
def test_nothing_else_can_be_chosen_or_set(tiles: Tiles, name: object) -> None:
    told: list[str] = []
    tiles.on_choice(told.append)
    tiles.chosen = "coin"
    browser = Comm(tiles)
    browser.update({"chosen": name, "headline": "Mine", "tiles": []})
    tell(tiles, {"kind": "make", "name": name})
    tell(tiles, {"kind": "other", "name": "coin"})
    assert told == []
    assert tiles.chosen == "coin"
    assert tiles.headline == "What are you making?"
    assert len(tiles.tiles) == 2
