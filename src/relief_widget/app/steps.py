"""The steps of undo as text, for a browser to keep beside the project that they belong to."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from relief_widget.app.history import History
from relief_widget.app.inputs import controlled
from relief_widget.errors import ReliefError
from relief_widget.settings import controls

if TYPE_CHECKING:
    from relief_widget.app.session import State

# More than these would be no text of ours.
_MOST_STEPS = 200


def dump_steps(history: History[State], present: State) -> str:
    """Return the steps around the present state, as far as only settings differ.

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
    except (ReliefError, AttributeError, TypeError, ValueError, RecursionError):
        return [], []


def _differences(states: Iterable[State], present: State) -> list[dict[str, Any]]:
    """Return how states differ in their settings, the nearest first, to the first that is other."""
    here = controlled(present.settings)

    def difference(state: State) -> dict[str, Any]:
        there = controlled(state.settings)
        return {name: value for name, value in there.items() if value != here[name]}

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
        if field.init and field.name != "settings"
    )


def _states(differences: Sequence[dict[str, Any]], present: State) -> list[State]:
    known = controls().keys()
    if len(differences) > _MOST_STEPS or any(not known >= set(one) for one in differences):
        raise ValueError
    return [present.replace(**one) for one in differences]
