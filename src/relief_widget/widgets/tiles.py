"""What to make, to choose by its picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypedDict

import traitlets
from ipywidgets import CallbackDispatcher

from relief_widget.widgets.base import Widget, listen
from relief_widget.widgets.messages import Make

__all__ = ["Tiles"]


class Tile(TypedDict):
    """Something to make; `picture` is a data: URL of a picture, or empty."""

    name: str
    label: str
    reason: str
    picture: str


class Tiles(Widget, bundle="tiles", sends=Make):
    """What to make, each with a picture: a grid of its own, or behind a button.

    Attributes
    ----------
    headline
        The question.
    tiles
        What there is, each a `Tile`.
    chosen
        The name of the one that is made.
    compact
        False: the grid. True: a button that names what is chosen and opens the grid.

    Examples
    --------
    >>> tiles = Tiles(tiles=[{"name": "coin", "label": "Coin", "reason": "Round.", "picture": ""}])
    >>> tiles.on_choice(lambda name: print(name))
    """

    headline = traitlets.Unicode("What are you making?").tag(sync=True)
    tiles = traitlets.List(traitlets.Dict()).tag(sync=True, holds=Tile)
    chosen = traitlets.Unicode("").tag(sync=True)
    compact = traitlets.Bool(False).tag(sync=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        # ipywidgets' own dispatcher: it reports an exception in a callback and goes on.
        self._choice_callbacks = CallbackDispatcher()
        listen(self, self._on_message)

    def on_choice(self, callback: Callable[[str], object]) -> None:
        """Call `callback(name)` when one is chosen, also when it is the one that is chosen."""
        self._choice_callbacks.register_callback(callback)

    def set_state(self, sync_data: Mapping[str, Any]) -> None:
        """Take from the browser what it shows as chosen, if there is such a thing."""
        chosen = sync_data.get("chosen")
        super().set_state({"chosen": chosen} if self._knows(chosen) else {})

    def _knows(self, name: object) -> bool:
        return any(tile["name"] == name for tile in self.tiles)

    def _on_message(self, message: Make, buffers: Sequence[Any]) -> None:
        del buffers
        name = message.get("name")
        if message["kind"] == "make" and self._knows(name):
            self._choice_callbacks(name)
