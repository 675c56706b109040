"""A few pictures side by side, one of which is chosen by eye."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypedDict

import traitlets

from relief_widget.widgets.base import Widget, listen
from relief_widget.widgets.messages import ChooseLook


class Look(TypedDict):
    """One of the pictures; `picture` is a data: URL, empty while it is being made."""

    name: str
    label: str
    picture: str


class Strip(Widget, bundle="strip", sends=ChooseLook):
    """Pictures as buttons, each as large before it is there as afterwards.

    Parameters
    ----------
    choose
        Called with the name of what was chosen.

    Attributes
    ----------
    label
        Of all of them together.
    looks
        The pictures, each a `Look`.
    chosen
        The name of the present one; empty where it is none of them.
    """

    label = traitlets.Unicode("Choose by eye").tag(sync=True)
    looks = traitlets.List(traitlets.Dict()).tag(sync=True, holds=Look)
    chosen = traitlets.Unicode("").tag(sync=True)

    def __init__(self, choose: Callable[[str], None], **traits: object) -> None:
        super().__init__(**traits)
        self._choose = choose
        listen(self, self._received)

    def _received(self, message: ChooseLook, buffers: object) -> None:
        del buffers
        name: object = message.get("name")
        known = isinstance(name, str) and any(look["name"] == name for look in self.looks)
        if message["kind"] == "choose" and known:
            self._choose(str(name))
