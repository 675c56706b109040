"""Edits on a height field; what was made last is gone on from, not made again."""

from __future__ import annotations

import threading
import weakref
from dataclasses import dataclass

import numpy as np

from relief_widget.arrays import FloatArray
from relief_widget.heights.brushes import painted
from relief_widget.heights.curve import bent
from relief_widget.heights.edits import Edits
from relief_widget.heights.stages import HeightField

# The present heights, those before the last stroke, for undo, and coarse ones.
_SLOTS = 4
_LOCK = threading.Lock()


@dataclass(frozen=True, eq=False)
class _Made:
    of: weakref.ref[FloatArray]
    aspect: float
    edits: Edits
    values: FloatArray


_kept: list[_Made] = []


def edited(field: HeightField, edits: Edits) -> HeightField:
    """Return a height field after its edits: the curve, then the strokes in their order.

    Parameters
    ----------
    field
        Heights after every filter.
    edits
        What is done to them by hand; none of it returns `field` itself.

    Returns
    -------
    HeightField
        Heights in [0, 1]; they are not stretched again, so that a height that was set stays.
    """
    if not edits:
        return field
    values, done = _nearest(field, edits)
    if done < 0:
        values, done = (bent(values, edits.curve) if edits.bends else values), 0
    for stroke in edits.strokes[done:]:
        values = painted(values, field.aspect, stroke)
    values = np.ascontiguousarray(values)
    if values is not field.values:
        values.setflags(write=False)
        _keep(_Made(weakref.ref(field.values), field.aspect, edits, values))
    return HeightField(values, field.aspect)


def _nearest(field: HeightField, edits: Edits) -> tuple[FloatArray, int]:
    """Return the heights to go on from, and how many strokes they have; -1 before the curve."""
    found, done = field.values, -1
    with _LOCK:
        for made in _kept:
            count = len(made.edits.strokes)
            if (
                made.of() is field.values
                and made.aspect == field.aspect
                and made.edits.curve == edits.curve
                and done < count <= len(edits.strokes)
                and made.edits.strokes == edits.strokes[:count]
            ):
                found, done = made.values, count
    return found, done


def _keep(made: _Made) -> None:
    with _LOCK:
        _kept[:] = [
            one
            for one in _kept
            if one.of() is not None and not (one.of() is made.of() and one.edits == made.edits)
        ][1 - _SLOTS :]
        _kept.append(made)
