"""A small cache that threads may share: what was made last is kept."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class Recent(Generic[V]):
    """Keeps the values that were asked for last.

    Two threads that ask for the same value at once may both make it; one of the two is kept.

    Parameters
    ----------
    slots
        How many values are kept.
    """

    def __init__(self, slots: int) -> None:
        self._slots = slots
        self._kept: OrderedDict[Hashable, V] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], V]) -> V:
        """Return the value of a key, made where it is not kept."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        value = make()
        with self._lock:
            value = self._kept.setdefault(key, value)
            self._kept.move_to_end(key)
            while len(self._kept) > self._slots:
                self._kept.popitem(last=False)
        return value
