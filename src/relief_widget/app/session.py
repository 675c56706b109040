"""The one state of the studio, and all that can be done with it."""

from __future__ import annotations

import dataclasses
import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, Literal, NoReturn, TypeAlias, get_args

import numpy as np

from relief_widget.app.doubts import brief, doubts_of, slender
from relief_widget.app.history import History
from relief_widget.app.holding import arrays_of, fitting
from relief_widget.app.inputs import (
    Inputs,
    SourceName,
    Version,
    changed,
    controlled,
    inputs_of,
    recut,
    refitted,
)
from relief_widget.app.making import (
    PLAIN,
    THINGS,
    fit_of,
    made_of,
    refitted_settings,
    same_heights,
    sourced,
    toned,
)
from relief_widget.app.permission import Permission
from relief_widget.app.steps import Steps, dump_steps, load_steps, past_of
from relief_widget.app.turns import turn
from relief_widget.depth.builtin import BuiltIn
from relief_widget.depth.depth_map import DepthProvider, Near, Style
from relief_widget.depth.gemini import StoppedError
from relief_widget.depth.registry import entry_of
from relief_widget.errors import ReliefError
from relief_widget.examples import LOOKS, example_photos
from relief_widget.export.progress import Progress
from relief_widget.heights import IDENTITY, Edits, HeightField, Stroke, forget
from relief_widget.heights.edits import Curve
from relief_widget.heights.sources import Depth, MaskSource
from relief_widget.image.photo import Photo, PhotoSource
from relief_widget.image.texture import texture
from relief_widget.project import Past, PastFile, dump, load_past, load_settings
from relief_widget.relief import Relief
from relief_widget.settings import ReliefSettings, Stage, controls
from relief_widget.settings.lengths import LENGTHS, SHARES, resized, written
from relief_widget.settings.presets import presets
from relief_widget.widgets.background import Newest, on_loop, running_loop

# What a change reaches, the farthest first: other heights; settings by the kind of their controls,
# and among them what is done by hand, which a view shows already; what was asked for came to
# nothing, so that the inputs still are what they were; what is said.
# A draft is a first look at a relief that is being made, or there is none any more.
Kind: TypeAlias = Literal[
    "relief", "height", "edits", "object", "body", "display", "inputs", "draft", "message"
]
# Takes a draft, from a thread.
Ahead: TypeAlias = Callable[[Relief], object]
Act: TypeAlias = Literal["photo", "source", "mask", "search", "crop", "preset"]

_LOG = logging.getLogger(__name__)
_PROJECTS = (".relief", ".3mf")
_DRAWING = "It is a drawing, so each colour became a level; Source has the other ways"
_MOST_VERSIONS = 12
_VERSIONS_BYTES = 128_000_000
# Of a length that became a share and a length again.
_ROUNDING = 1e-9
# Of the beds of routers for whole boards, 2 m × 3 m.
_LARGEST_MM = 3000


@dataclass(frozen=True, eq=False)
class State:
    """One state of the studio, as undo remembers it.

    Attributes
    ----------
    inputs
        What the relief is made of.
    made
        The relief; before the first one, the settings that wait for it.
    making
        Name of the preset that it is made by; empty for a plain relief.
    """

    inputs: Inputs
    made: Relief | ReliefSettings
    making: str = PLAIN.name

    @property
    def relief(self) -> Relief | None:
        """The relief, if there is one."""
        return self.made if isinstance(self.made, Relief) else None

    @property
    def settings(self) -> ReliefSettings:
        """The settings of the relief, or those that wait for it."""
        return self.made.settings if isinstance(self.made, Relief) else self.made

    @property
    def is_lithophane(self) -> bool:
        """Whether the relief is one."""
        return self.relief is not None and self.relief.is_lithophane

    @property
    def holds(self) -> dict[int, int]:
        """What it keeps in memory, as `arrays_of` returns it."""
        relief = self.relief
        return arrays_of(self.inputs, None if relief is None else (relief.source, relief.edits))

    def replace(self, **settings: Any) -> State:
        """Return the state with other settings.

        Raises
        ------
        ReliefError
            A value is out of its range.
        """
        return dataclasses.replace(self, made=self.made.replace(**settings))

    def with_edits(self, edits: Edits) -> State:
        """Return the state with other edits by hand, where there is a relief."""
        if not isinstance(self.made, Relief):
            return self
        return dataclasses.replace(self, made=dataclasses.replace(self.made, edits=edits))


@dataclass(frozen=True)
class Outcome:
    """What a job comes back with: a relief, and all that is to be shown of it.

    Attributes
    ----------
    state
        The relief, and what it is made of.
    field
        Its heights.
    said
        What is to be said of it, if anything.
    """

    state: State
    field: HeightField
    said: str = ""

    @classmethod
    def of(cls, inputs: Inputs, relief: Relief, said: str = "") -> Outcome:
        """Return the outcome for a relief, its heights and its texture computed."""
        texture(relief.photo)
        return cls(State(inputs, relief), relief.height_field, said)


@dataclass(frozen=True)
class Kept:
    """What a browser keeps: a relief, and what it was made of before.

    Attributes
    ----------
    relief
        As it is.
    past
        What is before and after it in the history.
    """

    relief: Relief
    past: Past

    def save(self, path: str | Path, *, progress: Progress | None = None) -> Path:
        """Write a project with its past; of another suffix the relief alone."""
        target = Path(path)
        if not target.name.endswith(_PROJECTS[0]):
            return self.relief.save(target, progress=progress)
        relief = self.relief
        target.write_bytes(dump(relief.source, relief.settings, relief.edits, self.past))
        return target


@dataclass(frozen=True, eq=False)
class Draft:
    """A first look at a relief that is being made: of its form, from a small depth map.

    Attributes
    ----------
    inputs
        What it is made of.
    relief
        The draft.
    settings
        Those of what is being made; of the draft they may differ in fineness.
    field
        Its heights.
    """

    inputs: Inputs
    relief: Relief
    settings: ReliefSettings
    field: HeightField


class Session:
    """The one state of the studio, and all that can be done with it. It knows no widgets.

    What takes long is done beside the event loop, and the relief that there is stays until then;
    without a running loop, as in a plain script, everything is done on return. What fails becomes a
    sentence. Every change is told to those who subscribe.

    Parameters
    ----------
    settings
        Those of the first relief.

    Attributes
    ----------
    state
        Inputs, relief and settings as they are now.
    fresh
        What the job that brought the present relief brought with it; None once settings changed.
    draft
        A first look at the relief that is being made, where there is one.
    history
        The states to go back to.
    doing
        What is being made, while something is.
    done
        What was done last.
    problem
        What went wrong last; None when that is over.
    painted
        The number of the last stroke of a view that was taken, undone since or not.

    Examples
    --------
    >>> session = Session()
    >>> session.open("cat.jpg")
    >>> session.replace(depth_intensity=0.2)
    >>> session.relief.save("cat.stl")
    """

    def __init__(self, settings: ReliefSettings | None = None) -> None:
        self._first = settings or ReliefSettings()
        self._folder = Permission.here().folder
        # What the present photo came with.
        self._brought = self._first
        self.state = State(Inputs(), self._first)
        self.fresh: Outcome | None = None
        self.draft: Draft | None = None
        self.doing = self.done = ""
        self.problem: Exception | None = None
        self._versions: list[Version] = []
        self.history: History[State] = History(held=lambda state: state.holds)
        self._jobs = Newest(urgent=True)
        # Jobs of an earlier turn are not wanted any more.
        self._turn = 0
        # What the newest job is to make, until it comes back.
        self._wanted: str | None = None
        self._stopping = threading.Event()
        self._front_material = self.settings.material
        self.painted = 0
        self._subscribers: list[tuple[Callable[[], None], frozenset[Kind]]] = []

    @property
    def relief(self) -> Relief | None:
        """The relief as it is now; None until there is one."""
        return self.state.relief

    @property
    def settings(self) -> ReliefSettings:
        """The settings of the relief, or those that wait for the first one."""
        return self.state.settings

    @property
    def inputs(self) -> Inputs:
        """What the relief is made of, or will be."""
        return self.state.inputs

    @property
    def making(self) -> str:
        """What is being made: the name of a preset; empty for a plain relief."""
        return self.state.making if self._wanted is None else self._wanted

    @property
    def versions(self) -> list[Version]:
        """The depth maps that were made of the present picture, oldest first."""
        return [made for made in self._versions if made.inputs.same_picture(self.inputs)]

    @property
    def busy(self) -> bool:
        """Whether a relief is being made."""
        return self._jobs.busy

    @property
    def error(self) -> str:
        """What went wrong, in a sentence; empty when nothing did."""
        if self.problem is None or isinstance(self.problem, ReliefError):
            return str(self.problem or "")
        return "Something went wrong. The last relief is still here: try again, or undo."

    def exported(self) -> Relief:
        """Return the relief.

        Raises
        ------
        ReliefError
            There is none yet.
        """
        if self.relief is None:
            raise ReliefError("There is no relief yet.", "Choose a photo first.")
        return self.relief

    # What is told

    def subscribe(self, call: Callable[[], None], *kinds: Kind) -> None:
        """Call back after every change of one of `kinds`; of any kind if none is named.

        Settings that change together are one change, of the kind that reaches farthest.
        """
        self._subscribers.append((call, frozenset(kinds or get_args(Kind))))

    def say(self, *sentences: str) -> None:
        """Say what was done, in sentences without a full stop, and take back what went wrong."""
        self.problem = None
        self.done = _line(sentences)
        self._changed("message")

    def fail(self, error: Exception) -> None:
        """Say what went wrong."""
        if not isinstance(error, ReliefError):
            _LOG.error("relief_widget failed", exc_info=error)
        self.problem, self.done = error, ""
        self._changed("message")

    def _changed(self, kind: Kind) -> None:
        for call, kinds in self._subscribers:
            if kind in kinds:
                call()

    # Photo and source

    def open(
        self,
        photo: PhotoSource,
        name: str = "",
        *,
        source: SourceName | None = None,
        settings: ReliefSettings | None = None,
        kept: str = "",
        steps: str = "",
    ) -> None:
        """Make a relief of another photo, or go on with a project as it was saved.

        Parameters
        ----------
        photo
            Path, bytes, PIL image, array or `Photo`; a project is a path or bytes.
        name
            Of the file, where `photo` does not tell; a project's ends in ``.relief`` or ``.3mf``.
        source
            What the heights come from; by default as before, where that suits the photo.
        settings
            For the photo; by default those that the session began with, so that nothing of the
            photo before is left but a look that was chosen. The first photo gets those that wait.
        kept
            A project's settings as `dump_settings` has them, newer than those in the file.
        steps
            A project's steps of undo, as `steps` had them.
        """
        if not name and isinstance(photo, str | Path):
            name = Path(photo).name
        if isinstance(photo, str | Path | bytes) and name.lower().endswith(_PROJECTS):
            found: list[Steps] = []

            def reopened() -> Outcome:
                outcome = _reopened(photo, name, kept)
                found.append(_steps_of(photo, outcome.state, steps))
                return dataclasses.replace(outcome, state=found[0].present)

            self._start(
                f"{name}: opening…", reopened, lambda outcome: self._reopened(found[0], outcome)
            )
            return
        present, making = self.inputs, self.making
        title = name or (photo.name if isinstance(photo, Photo) else "") or "photo"

        def opened() -> Inputs:
            inputs = present.opened(name, photo, source)
            return sourced(making, inputs) if making and source is None else inputs

        self._build("photo", opened, title, settings=settings)

    def example(self, name: str) -> None:
        """Open an example: as its picture shows it, unless something else is being made."""
        path = example_photos().get(name)
        if path is not None and self.making:
            self.open(path.read_bytes(), path.name)
        elif path is not None:
            source, look = LOOKS.get(name, ("detailed", {}))
            settings = ReliefSettings(**look)
            self.open(path.read_bytes(), path.name, source=source, settings=settings)

    def use(self, **changes: Any) -> None:
        """Make the relief of other inputs: another source, other tones, another depth map."""
        inputs = self.inputs.replace(**changes)
        if self.relief is None:
            # They wait for the first photo.
            self.state = dataclasses.replace(self.state, inputs=inputs)
        if inputs.source == "depth_map" and inputs.depth_map is None:
            self.say("Choose a depth map")
        elif inputs.entry.asks_first:
            self.say("Choose what to ask for, then press Generate")
        elif inputs.source == "depth_map" or inputs.original is not None:
            self._build("source", inputs, inputs.label)

    def generate(self, provide: Callable[..., DepthProvider], **changes: Any) -> None:
        """Ask for a depth map that is slow or costs money.

        Parameters
        ----------
        provide
            Returns the provider for `Inputs`, and gets `progress` by name: to be called with what
            is going on; what it raises is to end the work.
        **changes
            Of the inputs.
        """
        inputs = self.inputs.replace(**{"near": "bright", **changes})
        stopping = self._stopping = threading.Event()
        tell = on_loop(self._progressed)

        def progress(text: str) -> None:
            if stopping.is_set():
                raise StoppedError("The depth map was stopped.", "The last relief is still here.")
            tell(text)

        try:
            provider = provide(inputs, progress=progress)
        except ReliefError as error:
            self.fail(error)
            return
        self._build("source", inputs, inputs.label, provider=provider)

    def turn_depth(self, near: Near) -> None:
        """Say what is near in the depth map in use: one step of undo, nothing is made anew.

        Parameters
        ----------
        near
            ``"dark"`` exchanges near and far; ``"bright"`` takes that back.
        """
        relief = self.relief
        if near == self.inputs.near or relief is None or not isinstance(relief.source, Depth):
            return
        if self.inputs.source == "depth_map":
            self.use(near=near)
            return
        made = Version(self.inputs.replace(near=near), relief.source.turned())
        self._versions = [*self._versions, made][-_MOST_VERSIONS:]
        state = State(
            made.inputs, Relief(made.source, self.settings, self.edits), self.state.making
        )
        self._record()
        self._put_now(state, f"Near is {near}", brief(doubts_of(state.relief)))

    def stop(self) -> None:
        """Want no more of what is being made."""
        self._stopping.set()
        self._turn += 1

    def _progressed(self, text: str) -> None:
        if text != self.doing:
            self.doing = text
            self._changed("message")

    def choose(self, version: Version) -> None:
        """Go on with a depth map that was made before."""
        relief = Relief(version.source, self.settings, self.edits)
        state = self._lit(State(version.inputs, relief, self.state.making))
        self._record()
        self._put_now(state, version.label, brief(doubts_of(relief)))

    def paint(self, mask: MaskSource) -> None:
        """Take another subject; see `Inputs.mask`."""
        relief = self.relief
        if relief is None:
            return
        inputs = self.inputs.replace(mask=mask)
        # The depth is paid for, or took long: the mask steers its compression alone.
        made = (lambda _: relief.replace_mask(mask)) if inputs.entry.asks_first else None
        self._build("mask", inputs, "New mask", made=made)

    def find_subject(self) -> None:
        """Look for the subject, whatever the heights come from."""
        relief, present = self.relief, self.inputs
        if relief is None:
            return
        photo = present.photo
        if photo is None or entry_of(relief.provider).looks_for_subject:
            # It looks for the subject itself.
            self._build("search", present.replace(mask=None), "Search for the subject")
            return
        found = cache(lambda: _found_mask(photo))
        self._build(
            "search",
            lambda: present.replace(mask=found()),
            "Search for the subject",
            made=(lambda _: relief.replace_mask(found())) if present.entry.asks_first else None,
        )

    def crop(self, settings: ReliefSettings | None = None, **changes: Any) -> None:
        """Turn, straighten or crop the photo: `turns`, `tilt`, `crop`; see `Inputs`.

        Parameters
        ----------
        settings
            For what is left of it; by default as before.
        **changes
            Of the inputs.
        """
        relief, present = self.relief, self.inputs
        if relief is None:
            return
        # A mask belongs to the pixels that it was painted on.
        inputs = present.replace(**changes, mask=None)
        cut = (lambda _: refitted(relief, present, inputs)) if inputs.entry.asks_first else None
        edits = recut(relief.edits, present, inputs)
        self._build("crop", inputs, "New crop", settings=settings, made=cut, edits=edits)

    def _build(
        self,
        act: Act,
        inputs: Inputs | Callable[[], Inputs],
        name: str,
        *,
        settings: ReliefSettings | None = None,
        provider: DepthProvider | None = None,
        made: Callable[[Ahead | None], Relief] | None = None,
        edits: Edits | None = None,
        making: str | None = None,
    ) -> None:
        """Make the relief of `inputs`, or what returns them; `made` returns it by itself.

        What was made by hand stays with its picture; `edits` are those for another cut of it. What
        it is being made stays, too, unless `making` is given.
        """
        made_before, fit = self.state.making, fit_of(self.relief)
        is_fresh = act == "photo" and settings is None and self.relief is not None
        # What is made of the photo before is made of this one, too.
        is_fresh = is_fresh and not made_before
        # What a hand sets while this is being made counts.
        goes_on = settings is None or act != "photo"
        wanted = self._anew() if is_fresh else settings or self.settings
        # Another photo is another piece of work.
        edited = self.edits
        by_hand = Edits() if act == "photo" else edited if edits is None else edits
        started = time.monotonic()
        before = self.settings if is_fresh or settings is not None else wanted
        waits, now = self.busy, self._turn
        # In a plain script nobody looks at it before it is done.
        tell = None if running_loop() is None else on_loop(self._drafted)

        def work() -> Outcome:
            nonlocal before
            if (is_fresh or settings is not None) and waits:
                # As the photo before it in the queue left them.
                before = self.settings
            given = inputs() if callable(inputs) else inputs

            def ahead(relief: Relief) -> None:
                seen = dataclasses.replace(relief, edits=by_hand)
                if wanted.show_texture:
                    texture(seen.photo)
                assert tell is not None
                tell(now, Draft(given, seen, wanted, seen.height_field))

            early = None if tell is None else ahead
            relief = given.relief(wanted, provider, early) if made is None else made(early)
            relief = dataclasses.replace(relief.replace(**controlled(wanted)), edits=by_hand)
            return Outcome.of(given, relief)

        def done(outcome: Outcome) -> None:
            thing = self.state.making if making is None else making
            state = dataclasses.replace(outcome.state, making=thing)
            fresh: Outcome | None = outcome
            doubts = doubts_of(state.relief, sought=act == "search")
            drawn = state.inputs.source == "layers" and THINGS[thing].source == "builtin"
            if act in ("photo", "preset") and drawn:
                doubts = doubts or (_DRAWING,)
            moved = changed(before, self.settings) if goes_on else {}
            if moved:
                # Settings that were changed meanwhile count.
                state, fresh = state.replace(**moved), None
            if by_hand is edited and self.edits != edited:
                state, fresh = state.with_edits(self.edits), None
            if act == "photo":
                self._brought = settings or self._first
            if act in ("source", "photo", "preset"):
                state = self._lit(state)
            found = fit_of(state.relief)
            fitting = refitted_settings(thing, controlled(state.settings), fit, found)
            if fitting:
                state = state.replace(**fitting)
            if any(controls()[name].kind == "height" for name in fitting):
                fresh = None
            missing = THINGS[thing].note(found.has_subject or state.inputs.mask is False)
            taken = f"{name} in {time.monotonic() - started:.1f} s"
            self._record()
            said = brief([missing] if missing else doubts)
            self._put(state, fresh, taken, *slender(state.relief), said)
            if act == "photo" and thing != made_before:
                # It was chosen while the photo was on its way.
                self.make(thing)

        # A service elsewhere takes its time, but none of this machine's.
        self._start(f"{name}: working…", work, done, making, waits_elsewhere=provider is not None)

    def _anew(self) -> ReliefSettings:
        """Return the settings for another photo: none of the one before, but how it is looked at.

        That stays where it was chosen, and goes where an example brought it.
        """
        chosen = changed(self._brought, self.settings)
        return self._first.replace(
            **{name: chosen[name] for name in chosen if controls()[name].kind == "display"}
        )

    def _start(
        self,
        doing: str,
        work: Callable[[], Outcome],
        done: Callable[[Outcome], None],
        making: str | None = None,
        *,
        waits_elsewhere: bool = False,
    ) -> None:
        now = self._turn

        def in_turn() -> Outcome:
            with turn(self._folder):
                return work()

        def settle() -> None:
            if self._wanted == making:
                self._wanted = None

        def arrived(outcome: Outcome) -> None:
            settle()
            if now == self._turn:
                self._keep(outcome)
                done(outcome)
                return
            # It is not wanted any more; but it may have been paid for.
            if outcome.state.inputs.same_picture(self.inputs):
                self._keep(outcome)
            self._drop_draft()
            self._changed("inputs")

        def failed(error: Exception) -> None:
            settle()
            self.fail(error)
            self._drop_draft()
            self._changed("inputs")

        self.problem, self.doing, self.done, self._wanted = None, doing, "", making
        self._jobs.run(work if waits_elsewhere else in_turn, arrived, failed)
        self._changed("message")

    def _drafted(self, turn: int, draft: Draft) -> None:
        if turn == self._turn:
            self.draft = draft
            self._changed("draft")

    def _drop_draft(self) -> None:
        if self.draft is not None:
            self.draft = None
            self._changed("draft")

    def _reopened(self, steps: Steps, outcome: Outcome) -> None:
        self._record()
        self.history.recall(steps.past, steps.future)
        self._put(outcome.state, outcome, outcome.said)

    def _keep(self, outcome: Outcome) -> None:
        source = outcome.state.relief.source if outcome.state.relief is not None else None
        if isinstance(source, Depth):
            made = Version(outcome.state.inputs, source)
            kept = [version for version in self._versions if not made.replaces(version)]
            kept = [*kept, made][-_MOST_VERSIONS:]
            room = fitting(kept, _VERSIONS_BYTES, lambda version: arrays_of(version.source), ())
            self._versions = kept[len(kept) - max(room, 1) :]

    def _record(self, act: str = "") -> None:
        if self.relief is not None:
            # Meshes and heights of what is past can be computed again; one may still have been at
            # work when it became past.
            for state in (*self.history.past, self.state):
                if state.relief is not None:
                    state.relief.release()
            self.history.record(self.state, act)

    def _put(self, state: State, fresh: Outcome | None, *sentences: str) -> None:
        """Make `state` the present one."""
        old, new = (None if s.relief is None else s.relief.depth_map for s in (self.state, state))
        if old is not None and old is not new:
            # A depth map in the history can do its stages again.
            forget(old)
        self.state, self.fresh, self.done = state, fresh, _line(sentences)
        self.draft = None
        # Those of photos that nobody can go back to.
        states = (state, *self.history.past, *self.history.future)
        photos = {id(known.inputs.original) for known in states}
        self._versions = [v for v in self._versions if id(v.inputs.original) in photos]
        self._changed("relief")

    def _lit(self, state: State) -> State:
        """Light a lithophane from behind, and go back to the material before it."""
        material = state.settings.material
        is_lit = material == "translucent_resin"
        if state.is_lithophane:
            if is_lit:
                return state
            self._front_material = material
            return state.replace(material="translucent_resin")
        if self.state.is_lithophane and is_lit:
            return state.replace(material=self._front_material)
        return state

    # Settings

    def replace(self, **settings: Any) -> None:
        """Change settings; undo takes a drag, or fast changes of one setting, for one step."""
        try:
            state = self.state.replace(**settings)
        except ReliefError as error:
            self.fail(error)
            return
        self._take(state)

    def _take(self, state: State) -> None:
        """Go on with a state that differs in its settings, or in what is made, at most."""
        before, after = self.settings, state.settings
        names = list(changed(before, after))
        if not names and state.making == self.state.making:
            return
        one_drag = len(names) == 1 and state.making == self.state.making
        self._record(names[0] if one_drag else "")
        self.state, self.fresh = state, None
        kinds = {controls()[name].kind for name in names} or {"body"}
        if kinds != {"display"}:
            self.problem, self.done = None, ""
        self._changed(next(kind for kind in get_args(Kind) if kind in kinds))

    def resize(self, size_mm: float) -> None:
        """Make the part larger or smaller, and leave relief and base as high as they are, in mm.

        See `resized` for why. A height that cannot be kept at that size is said. What no common
        machine reaches is refused, unless it is made in tiles for the bed of one.
        """
        before = self.settings
        in_tiles = before.bed_x_mm > 0 or before.bed_y_mm > 0
        try:
            if size_mm > max(_LARGEST_MM, before.size_mm) and not in_tiles:
                _refuse_size(size_mm)
            wanted = resized(before, size_mm)
        except ReliefError as error:
            self.fail(error)
            return
        self.replace(**wanted)
        said = []
        for name, setting in SHARES.items():
            old = getattr(before, setting) * before.size_mm
            new = wanted[setting] * wanted["size_mm"]
            shows = controls()[setting].applies(before, lithophane=self.state.is_lithophane)
            if shows and abs(new - old) > _ROUNDING * old:
                end = "most" if new < old else "least"
                said.append(f"{LENGTHS[name]} is {written(new)} mm now, the {end} at this size")
        if said:
            self.say(*said)

    def make(self, name: str) -> None:
        """Make something of the photo, in one step that undoes wholly what was made before.

        Its source, tones, settings and object take the place of the present ones; where something
        follows the subject and there is none, the whole picture is used. Before the first photo it
        waits for that.

        Parameters
        ----------
        name
            Of a preset; empty makes a plain relief.
        """
        thing = THINGS.get(name) or presets[name]
        fit = fit_of(self.relief)
        settings = self.settings.replace(**thing.made(*fit))
        if self.relief is None:
            inputs = toned(thing.name, sourced(thing.name, self.inputs))
            self.state = State(inputs, settings, thing.name)
            self._changed("height")
            self._changed("inputs")
            return
        inputs = toned(thing.name, sourced(thing.name, self.inputs))
        if not self.busy and same_heights(inputs, self.inputs):
            relief = self.relief.replace(**controlled(settings))
            self._take(State(inputs, relief, thing.name))
            missing = thing.note(fit.has_subject or inputs.mask is False)
            self.say(thing.label, brief([missing]))
            return
        # Another photo may be on its way, and comes first.
        at_last = cache(lambda: toned(thing.name, sourced(thing.name, self.inputs)))
        self._build(
            "preset",
            at_last,
            thing.label,
            settings=settings,
            made=lambda ahead: self._remade(at_last(), settings, ahead),
            making=thing.name,
        )

    def _remade(
        self, inputs: Inputs, settings: ReliefSettings, ahead: Ahead | None = None
    ) -> Relief:
        """Return the relief of other inputs for the present picture, estimated only if it must."""
        if self.relief is not None and same_heights(inputs, self.inputs):
            return self.relief
        kept = next((v.source for v in self.versions if same_heights(inputs, v.inputs)), None)
        if kept is not None:
            return Relief(kept, settings)
        return inputs.relief(settings, ahead=ahead)

    def restyle(self, style: Style, label: str, **settings: Any) -> None:
        """Take a style of the shape estimate, and settings with it, in one step.

        Parameters
        ----------
        style
            Of the estimator; a depth map that was made in it before is taken again.
        label
            What the user chose.
        **settings
            What changes with it; all else stays.
        """
        present = self.inputs
        if self.relief is None or present.source == style:
            # By keys they follow each other fast, and are a step each all the same.
            self.history.press()
            self.history.release()
            self.replace(**settings)
            self.say(label)
            return
        inputs, wanted = present.replace(source=style), self.settings.replace(**settings)
        made = partial(self._remade, inputs, wanted)
        self._build("preset", inputs, label, settings=wanted, made=made)

    # By hand

    @property
    def edits(self) -> Edits:
        """What is done to the heights by hand."""
        return Edits() if self.relief is None else self.relief.edits

    def paint_heights(self, stroke: Stroke, number: int = 0) -> None:
        """Make a stroke on the heights: one step of undo.

        Parameters
        ----------
        stroke
            The stroke.
        number
            What the view that shows it already calls it; see `painted`.
        """
        self.painted = max(self.painted, number)
        self._edit("", strokes=(*self.edits.strokes, stroke))

    def bend(self, curve: Curve) -> None:
        """Take another depth curve; undo takes fast changes, as by a drag, for one step."""
        self._edit("curve", curve=curve)

    def clear_edits(self) -> None:
        """Take away all strokes and the curve: one step of undo."""
        self._edit("", strokes=(), curve=IDENTITY)

    def _edit(self, act: str, **changes: Any) -> None:
        relief = self.relief
        if relief is None:
            return
        try:
            made = relief.replace_edits(**changes)
        except ReliefError as error:
            self.fail(error)
            return
        if made.edits == relief.edits:
            return
        self._record(act)
        self.state, self.fresh = dataclasses.replace(self.state, made=made), None
        self.problem, self.done = None, ""
        self._changed("edits")

    def reset(self) -> None:
        """Set everything to its default: a plain relief."""
        plain = self.state.replace(**controlled(ReliefSettings()))
        self._take(dataclasses.replace(plain, making=PLAIN.name))

    @property
    def steps(self) -> str:
        """The steps of undo that a browser can keep; what they need beside is in `kept`."""
        return dump_steps(self.history, self.state)

    def kept(self) -> Kept:
        """Return the relief with what undo needs of the photos and depth maps before it.

        Raises
        ------
        ReliefError
            There is none yet.
        """
        return Kept(self.exported(), past_of(self.history, self.state))

    def undo(self) -> None:
        """Go back to the state before the last change."""
        if self.history.can_undo:
            self._put_now(self.history.undo(self.state))

    def redo(self) -> None:
        """Return to the state that was undone last."""
        if self.history.can_redo:
            self._put_now(self.history.redo(self.state))

    def _put_now(self, state: State, *sentences: str) -> None:
        """Put another state in the place of the present one, and of one that is being made."""
        if state.inputs is not self.inputs:
            self._turn += 1
        self.problem = self._wanted = None
        self._put(state, None, *sentences)


def stages_of(relief: Relief | None) -> tuple[str, ...]:
    """Return the stages of the height pipeline that a relief goes through."""
    if relief is None:
        return ()
    if relief.depth_map is not None:
        left_out = ("compress", "enhance") if relief.depth_map.stepped else ()
        if relief.depth_map.mask is None:
            left_out = (*left_out, "balance")
        return tuple(stage for stage in get_args(Stage) if stage not in left_out)
    return ("resample",) if relief.is_lithophane else ()


def _found_mask(photo: Photo) -> MaskSource:
    """Return the subject that the built-in estimator finds; a cut-out photo has its own."""
    if isinstance(photo.mask, np.ndarray):
        return photo.mask
    return BuiltIn()(photo.with_mask(None)).mask


def _reopened(project: str | Path | bytes, name: str, kept: str) -> Outcome:
    """Return the relief of a project file, with settings that were kept beside it, or none."""
    relief, said = Relief.open(project), f"{name} opened"
    if kept:
        try:
            settings, edits = load_settings(kept)
            relief = Relief(relief.source, settings, edits)
        except ReliefError as error:
            said = f"{said}. {error.message}"
    return Outcome.of(inputs_of(relief), relief, said)


def _steps_of(project: str | Path | bytes, opened: State, text: str) -> Steps:
    """Return a project as it was left, with the steps that were kept beside it."""
    relief = opened.relief
    making = PLAIN.name if relief is None else made_of(relief)
    state = dataclasses.replace(opened, making=making)
    past: PastFile | None = None
    if text and isinstance(project, bytes):
        try:
            past = load_past(project, None if relief is None else relief.photo)
        except ReliefError:
            _LOG.info("the past of a project cannot be read", exc_info=True)
    return load_steps(text, state, past)


def _refuse_size(size_mm: float) -> NoReturn:
    raise ReliefError(
        f"Size cannot be {written(size_mm)} mm: no common machine reaches that far.",
        f"Give at most {_LARGEST_MM} mm, or set a bed width under Object to make it in tiles.",
    )


def _line(sentences: Iterable[str]) -> str:
    return " · ".join(filter(None, sentences))
