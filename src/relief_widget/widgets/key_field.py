"""A field for an API key, which never becomes part of the widget's state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import traitlets

from relief_widget.errors import ReliefError
from relief_widget.widgets.base import Widget, listen
from relief_widget.widgets.messages import KeyFieldSends

_MAX_KEY = 1024


class KeyField(Widget, bundle="key_field", sends=KeyFieldSends):
    """A password field whose text is sent to Python once and kept nowhere else.

    What a widget synchronises is saved in notebooks and pages; so the key travels as a message, and
    the field is emptied as soon as it is sent.

    Attributes
    ----------
    label
        Of the field.
    present
        Where the key that is in use comes from, for people; empty where there is none.
    own
        Whether that key came from this field, and can be forgotten.
    problem
        What is wrong with the key that was sent last.
    """

    label = traitlets.Unicode("API key").tag(sync=True)
    present = traitlets.Unicode("").tag(sync=True)
    own = traitlets.Bool(False).tag(sync=True)
    problem = traitlets.Unicode("").tag(sync=True)

    def __init__(self, take: Callable[[str], None], forget: Callable[[], None], **traits: Any):
        super().__init__(**traits)
        self._take, self._forget = take, forget
        listen(self, self._received)

    def _received(self, message: KeyFieldSends, buffers: object) -> None:
        del buffers
        if message["kind"] == "forget":
            self.problem = ""
            self._forget()
        elif message["kind"] == "key":
            key: object = message.get("key")
            try:
                if not isinstance(key, str) or not key.strip() or len(key) > _MAX_KEY:
                    raise ReliefError("This is no API key.", "Paste the key alone.")
                self._take(key)
            except ReliefError as error:
                self.problem = str(error)
            else:
                self.problem = ""
