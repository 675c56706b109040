"""Small caches that threads may share: of what was made last, and of what is made of arrays."""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

import numpy.typing as npt

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


class OfArray(Generic[V]):
    """Keeps what was made of arrays that nobody writes to, as long as they live.

    Two threads that ask for the same value at once may both make it.
    """

    def __init__(self) -> None:
        self._kept: dict[int, V] = {}

    def get(self, array: npt.NDArray[Any], make: Callable[[npt.NDArray[Any]], V]) -> V:
        """Return what `make` makes of an array, made where it is not kept."""
        place = id(array)
        try:
            return self._kept[place]
        except KeyError:
            value = self._kept[place] = make(array)
        # Another array may get its place.
        gone: Any = weakref.finalize(array, self._kept.pop, place, None)
        gone.atexit = False
        return value
