"""The steps of undo as text, for a browser to keep beside the project that they belong to."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Collection, Iterable, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from relief_widget.app.history import History
from relief_widget.app.inputs import controlled
from relief_widget.errors import ReliefError
from relief_widget.heights import Edits
from relief_widget.heights.edits import read_edits
from relief_widget.settings import controls

if TYPE_CHECKING:
    from relief_widget.app.session import State

# More than these would be no text of ours.
_MOST_STEPS = 200
# What was done by hand, among the settings of a step.
_EDITS = "edits"


def dump_steps(history: History[State], present: State) -> str:
    """Return the steps around the present state, as far as only settings and strokes differ.

    What another depth map or photo lies behind is not kept: it would have to be made anew.
    """
    return json.dumps(
        {
            "past": _differences(reversed(history.past), present)[::-1],
            "future": _differences(reversed(history.future), present)[::-1],
        },
        separators=(",", ":"),
    )


def load_steps(text: str, present: State) -> tuple[list[State], list[State]]:
    """Return past and future of a text as `dump_steps` returned it; empty where it is none."""
    try:
        read = json.loads(text) if text else {}
        return _states(read.get("past", ()), present), _states(read.get("future", ()), present)
    except (ReliefError, AttributeError, KeyError, TypeError, ValueError, RecursionError):
        return [], []


def _differences(states: Iterable[State], present: State) -> list[dict[str, Any]]:
    """Return how states differ in their settings, the nearest first, to the first that is other."""
    here = controlled(present.settings)

    def difference(state: State) -> dict[str, Any]:
        there = controlled(state.settings)
        found = {name: value for name, value in there.items() if value != here[name]}
        edits, own = _edits_of(state), _edits_of(present)
        return found if edits == own else found | {_EDITS: _told(edits, own)}

    near = takewhile(lambda state: _same_but_settings(state, present), states)
    return [difference(state) for state in near]


def _same_but_settings(one: State, other: State) -> bool:
    if one.relief is None or other.relief is None:
        return False
    return all(
        getattr(one, field.name) == getattr(other, field.name)
        for field in dataclasses.fields(one)
        if field.name != "made"
    ) and all(
        getattr(one.relief, field.name) is getattr(other.relief, field.name)
        for field in dataclasses.fields(one.relief)
        if field.init and field.name not in ("settings", "edits")
    )


def _states(differences: Sequence[dict[str, Any]], present: State) -> list[State]:
    known = controls().keys()
    if len(differences) > _MOST_STEPS:
        raise ValueError
    return [_state(one, present, known) for one in differences]


def _state(difference: dict[str, Any], present: State, known: Collection[str]) -> State:
    settings = {name: value for name, value in difference.items() if name != _EDITS}
    if not set(settings) <= set(known):
        raise ValueError
    state = present.replace(**settings)
    if _EDITS not in difference:
        return state
    told = difference[_EDITS]
    more = read_edits(told)
    shared = _edits_of(present).strokes[: int(told["shared"])]
    return state.with_edits(Edits(more.curve, shared + more.strokes))


def _edits_of(state: State) -> Edits:
    return Edits() if state.relief is None else state.relief.edits


def _told(edits: Edits, own: Edits) -> dict[str, Any]:
    """Return edits by how many strokes they share with those of the present, and the rest."""
    pairs = zip(edits.strokes, own.strokes, strict=False)
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    return Edits(edits.curve, edits.strokes[shared:]).to_dict() | {"shared": shared}
