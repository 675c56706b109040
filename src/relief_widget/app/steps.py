"""The steps of undo as text, for a browser to keep beside the project that they belong to.

The text has what is small; photos and depth maps are in the project, and the text names them.
"""

from __future__ import annotations

import dataclasses
import json
import secrets
import weakref
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from itertools import chain, takewhile, zip_longest
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

from relief_widget.app.history import History
from relief_widget.app.inputs import Inputs, controlled, source_labels
from relief_widget.app.making import THINGS
from relief_widget.depth.depth_map import STYLES, DepthMap, Near
from relief_widget.depth.registry import PROVIDERS
from relief_widget.errors import ReliefError
from relief_widget.heights import Edits
from relief_widget.heights.edits import read_edits
from relief_widget.heights.sources import Given, Source
from relief_widget.image.photo import Ground, Photo
from relief_widget.project import Past, PastFile
from relief_widget.relief import Relief
from relief_widget.settings import controls

if TYPE_CHECKING:
    from relief_widget.app.session import State

# More than these would be no text of ours.
_MOST_STEPS = 200
# What else differs, among the settings of a step: what was done by hand, what the relief is made
# of, what it is being made, and where its heights came from.
_EDITS, _INPUTS, _MAKING, _SOURCE = "edits", "inputs", "making", "source"
# Of inputs: what is no plain value, or is not told as it is.
_NOT_PLAIN = {"original", "crop", "mask", "depth_map", "table", "options"}
# What a step cannot be read for is one of these.
_UNREADABLE = (
    *(ReliefError, AssertionError, AttributeError, IndexError, KeyError, TypeError),
    *(ValueError, RecursionError),
)

_names: weakref.WeakKeyDictionary[Photo | Source, str] = weakref.WeakKeyDictionary()


class Steps(NamedTuple):
    """A project as it was left: its state, and those to go back to and to return to."""

    present: State
    past: list[State]
    future: list[State]


def past_of(history: History[State], present: State) -> Past:
    """Return the photos and the sources that `dump_steps` names, the nearest first."""
    nearest = zip_longest(reversed(history.past), reversed(history.future))
    states = [state for state in chain([present], *nearest) if state and state.relief]
    own = None if present.relief is None else present.relief.source
    found: dict[str, Photo | Source] = {}
    for state in states:
        relief, photo = state.relief, state.inputs.original
        if photo is not None:
            found.setdefault(_name(photo), photo)
        if relief is not None and relief.source is not own:
            found.setdefault(_name(relief.source), relief.source)
    return found


def dump_steps(history: History[State], present: State) -> str:
    """Return the steps around the present state."""
    kinds = _Kinds(present)
    return json.dumps(
        {
            "past": _differences(reversed(history.past), present, kinds)[::-1],
            "future": _differences(reversed(history.future), present, kinds)[::-1],
            _INPUTS: kinds.entries,
            _MAKING: present.making,
        },
        separators=(",", ":"),
    )


def load_steps(text: str, present: State, past: PastFile | None) -> Steps:
    """Return the steps of a text as `dump_steps` returned it, as far as they can be read.

    Parameters
    ----------
    text
        What was kept; anything else brings no steps.
    present
        The project as its file alone has it.
    past
        What is kept in the project of `past_of`.
    """
    try:
        read = json.loads(text) if text else {}
        wanted = {name: list(read.get(name, ())) for name in ("past", "future", _INPUTS)}
        making = read.get(_MAKING, present.making)
    except _UNREADABLE:
        return Steps(present, [], [])
    if making in THINGS:
        present = dataclasses.replace(present, making=making)
    reader = _Reader(present, wanted[_INPUTS], past)
    return Steps(reader.present, reader.states(wanted["past"]), reader.states(wanted["future"]))


def _name(thing: Photo | Source) -> str:
    return _names.setdefault(thing, secrets.token_hex(4))


class _Kinds:
    """The inputs of states, each told once; those of the present come first."""

    def __init__(self, present: State) -> None:
        self.entries: list[dict[str, Any]] = []
        self._places: dict[Inputs, int] = {}
        self.place(present.inputs)

    def place(self, inputs: Inputs) -> int:
        if inputs not in self._places:
            self._places[inputs] = len(self.entries)
            self.entries.append(_inputs_entry(inputs))
        return self._places[inputs]


def _inputs_entry(inputs: Inputs) -> dict[str, Any]:
    mask = {None: "find", False: "none"}
    return {
        "photo": None if inputs.original is None else _name(inputs.original),
        "crop": inputs.crop,
        "table": inputs.table,
        "mask": mask[inputs.mask] if inputs.mask is None or inputs.mask is False else "own",
        # Of one that asks first they may name what is nobody's business.
        "options": {
            name: dict(options)
            for name, options in inputs.options.items()
            if name in PROVIDERS and not PROVIDERS[name].asks_first
        },
        **{name: getattr(inputs, name) for name in _plain()},
    }


def _plain() -> dict[str, type]:
    """Return the fields of inputs that are plain values, with their types."""
    return {f.name: type(f.default) for f in fields(Inputs) if f.name not in _NOT_PLAIN}


def _differences(states: Iterable[State], present: State, kinds: _Kinds) -> list[dict[str, Any]]:
    """Return how states differ from the present one, the nearest first."""
    here, own = controlled(present.settings), _edits_of(present)

    def difference(state: State) -> dict[str, Any]:
        there, edits = controlled(state.settings), _edits_of(state)
        found: dict[str, Any] = {n: value for n, value in there.items() if value != here[n]}
        if edits != own:
            found[_EDITS] = _told(edits, own)
        if state.inputs is not present.inputs:
            found[_INPUTS] = kinds.place(state.inputs)
        if state.making != present.making:
            found[_MAKING] = state.making
        source, other = (None if s.relief is None else s.relief.source for s in (state, present))
        if source is not None and source is not other:
            found[_SOURCE] = _name(source)
        return found

    return [difference(state) for state in takewhile(lambda state: state.relief, states)]


class _Reader:
    """Makes states of what is told of them.

    Parameters
    ----------
    present
        The state that they differ from, as the project alone has it.
    inputs
        What is told of inputs, those of the present first.
    past
        What the text names.
    """

    def __init__(self, present: State, inputs: list[Any], past: PastFile | None) -> None:
        self._told, self._past = inputs, past
        self._made: dict[tuple[int, str], tuple[Inputs, Source]] = {}
        self.present = present
        try:
            if present.relief is not None and inputs and past is not None:
                made, _ = self._inputs(0, "", present.relief.source)
                self.present = dataclasses.replace(present, inputs=made)
        except _UNREADABLE:
            # As the file alone has them.
            self._past = None

    def states(self, differences: Sequence[Any]) -> list[State]:
        """Return the states, as far as the nearest ones, which come last, can be read."""
        found: list[State] = []
        for one in reversed(differences[-_MOST_STEPS:]):
            try:
                found.append(self._state(one))
            except _UNREADABLE:
                break
        return found[::-1]

    def _state(self, told: Mapping[str, Any]) -> State:
        present, relief = self.present, self.present.relief
        settings = {n: v for n, v in told.items() if n not in (_EDITS, _INPUTS, _MAKING, _SOURCE)}
        making = told.get(_MAKING, present.making)
        if not settings.keys() <= controls().keys() or making not in THINGS or relief is None:
            raise ValueError(told)
        inputs, source = present.inputs, relief.source
        if _INPUTS in told or _SOURCE in told:
            inputs, source = self._inputs(told.get(_INPUTS, 0), told.get(_SOURCE, ""), source)
        made = Relief(source, relief.settings.replace(**settings), self._edits(told))
        return dataclasses.replace(present, inputs=inputs, made=made, making=making)

    def _edits(self, told: Mapping[str, Any]) -> Edits:
        own = _edits_of(self.present)
        if _EDITS not in told:
            return own
        more = read_edits(told[_EDITS])
        return Edits(more.curve, own.strokes[: int(told[_EDITS]["shared"])] + more.strokes)

    def _inputs(self, place: int, name: str, present: Source) -> tuple[Inputs, Source]:
        """Return inputs and the source that was made of them; without a name it is the present."""
        if (place, name) in self._made:
            return self._made[place, name]
        if self._past is None:
            raise ReliefError("What was before is not kept.")
        entry = self._told[place]
        inputs = _read_inputs(entry, self._past)
        source = self._past.source(name, inputs.photo) if name else present
        if entry["mask"] == "own":
            inputs = inputs.replace(mask=None if source.photo is None else source.photo.mask)
        if inputs.source == "depth_map":
            # As it was understood: there near is bright.
            own = source.values if isinstance(source, Given) else source.depth_map
            values = own.values if isinstance(own, DepthMap) else own
            inputs = inputs.replace(depth_map=values, near="bright")
        self._made[place, name] = inputs, source
        return inputs, source


def _read_inputs(entry: Mapping[str, Any], past: PastFile) -> Inputs:
    choices: Mapping[str, Collection[str]] = {
        "source": source_labels(),
        "style": STYLES,
        "near": get_args(Near),
        "transparent": get_args(Ground),
    }
    left, top, right, bottom = map(float, entry["crop"])
    table = entry["table"]
    return Inputs(
        original=None if entry["photo"] is None else past.photo(entry["photo"]),
        crop=(left, top, right, bottom),
        table=None if table is None else tuple((float(mm), float(share)) for mm, share in table),
        mask=False if entry["mask"] == "none" else None,
        options={str(name): dict(options) for name, options in entry["options"].items()},
        **{
            name: _checked(entry[name], kind, choices.get(name, ()))
            for name, kind in _plain().items()
        },
    )


def _checked(value: Any, kind: type, choices: Collection[str]) -> Any:
    """Return a plain value of a type; of a text, one of those that there are."""
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind or (kind is str and value not in choices):
        raise ValueError(value)
    return value


def _edits_of(state: State) -> Edits:
    return Edits() if state.relief is None else state.relief.edits


def _told(edits: Edits, own: Edits) -> dict[str, Any]:
    """Return edits by how many strokes they share with those of the present, and the rest."""
    pairs = zip(edits.strokes, own.strokes, strict=False)
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    return Edits(edits.curve, edits.strokes[shared:]).to_dict() | {"shared": shared}
