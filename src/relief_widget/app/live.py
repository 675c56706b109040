"""What follows the relief while its settings change: heights, the finished object, its weight."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

import numpy as np

from relief_widget.app.pictures import Pictures
from relief_widget.app.session import Session
from relief_widget.arrays import FloatArray
from relief_widget.depth.depth_map import DepthMap
from relief_widget.errors import ReliefError
from relief_widget.export.weight import Weight
from relief_widget.filters import resample
from relief_widget.heights import (
    IDENTITY,
    HeightField,
    compressed,
    edited,
    grid_shape,
    heights,
    resampler,
)
from relief_widget.mesh.triangles import Triangles
from relief_widget.relief import Relief
from relief_widget.settings import ReliefSettings
from relief_widget.widgets.background import Debounced, Newest, running_loop
from relief_widget.widgets.display import preview_mesh, show_object
from relief_widget.widgets.viewer import Viewer

T = TypeVar("T")
Shown = tuple[HeightField, bool]

# A preview while a slider moves: of this many vertices, from a map of this many pixels.
_COARSE_QUALITY = 256
_COARSE_SIDE = 384
# A full height field that takes longer than this is preceded by coarse ones while a slider moves.
_SLOW_S = 0.12
# A slider that rests for this long is worth full heights; for longer, it was let go: an object is
# cut. Triangulating is too much for every rest.
_STILL_S = 0.12
_REST_S = 0.25
_LONG_REST_S = 1.2


class LiveHeights:
    """Computes the height field beside the event loop: coarse while a slider moves, full at rest.

    Parameters
    ----------
    session
        Whose relief it is.
    show
        Called with a height field, and whether it is a coarse one.
    changed
        Called when `busy` may have changed.

    Attributes
    ----------
    painted
        As `Session.painted` was for the heights that were shown last.
    curve
        The depth curve that those were made with.
    """

    def __init__(
        self,
        session: Session,
        show: Callable[[HeightField, bool], None],
        changed: Callable[[], None],
    ) -> None:
        self._session, self._show, self._changed = session, show, changed
        self._work = Newest(urgent=True)
        self._coarse = Coarse()
        self._ahead = Newest()
        # What the last full heights were compressed of and how, and how long full ones took after
        # that: another compression has no preview.
        self._compressed: tuple[object, ...] = ()
        self._full_s = 0.0
        self._later = Debounced(self._compute, _STILL_S)
        self.painted, self.curve = 0, IDENTITY
        session.subscribe(self._take, "relief")
        session.subscribe(self._follow, "height")
        # The view shows strokes and curve already: coarse heights would blur them.
        session.subscribe(self._compute, "edits")

    @property
    def busy(self) -> bool:
        """Whether heights are being computed, or about to be."""
        return self._work.busy or self._later.waiting

    def _take(self) -> None:
        fresh = self._session.fresh
        if fresh is None:
            self._compute()
        else:
            self._later.cancel()
            self.painted, self.curve = self._session.painted, self._session.edits.curve
            self._compressed = _compression(fresh.state.relief)
            self._show(fresh.field, False)
            if fresh.state.relief is not None and running_loop() is not None:
                # Before a slider moves for the first time.
                prepare = partial(self._coarse.follow, fresh.state.relief, fresh.field)
                self._ahead.run(prepare, lambda _: None, lambda _: None)

    def _follow(self) -> None:
        known = _compression(self._session.relief) == self._compressed
        if running_loop() is None or not known or self._full_s < _SLOW_S:
            self._compute()
        else:
            self._start(coarse=True)
            self._later.start()

    def _compute(self) -> None:
        self._later.cancel()
        self._start(coarse=False)

    def _start(self, *, coarse: bool) -> None:
        relief, painted = self._session.relief, self._session.painted
        if relief is None:
            return

        def work() -> Shown:
            preview = self._coarse.field(relief) if coarse else None
            if preview is not None:
                return preview, True
            compressed, started = _compression(relief), time.perf_counter()
            field = relief.height_field
            if compressed == self._compressed:
                self._full_s = time.perf_counter() - started
            self._compressed = compressed
            self._coarse.follow(relief, field)
            return field, False

        def done(shown: Shown) -> None:
            present = self._session.relief
            # Another photo, mask or source may have taken its place meanwhile, or is seen already.
            is_seen = self._session.draft is None
            if is_seen and present is not None and present.source is relief.source:
                self.painted, self.curve = painted, relief.edits.curve
                self._show(*shown)
            self._changed()

        self._work.run(work, done, self._session.fail)
        self._changed()


def _compression(relief: Relief | None) -> tuple[object, ...]:
    """Return what tells one compression from another."""
    if relief is None:
        return ()
    settings = relief.settings
    return relief.source, settings.compression, settings.mesh_quality


class Coarse:
    """Quick previews of a relief: the later stages on a small twin of its compressed depth map.

    What the twin lacks is taken from the last full height field: a preview goes on from that, and
    the next full one goes on from the preview. Another compression cannot be previewed: on a small
    map it comes to another shape.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of: DepthMap | None = None
        self._compression = 0.0
        self._twin: DepthMap | None = None
        # What the twin lacks of the last full heights.
        self._lack: FloatArray | None = None

    def follow(self, relief: Relief, field: HeightField) -> None:
        """Go on from the full heights of a relief."""
        depth_map, compression = relief.depth_map, relief.settings.compression
        with self._lock:
            if depth_map is None:
                self._of = self._twin = self._lack = None
                return
            if depth_map is not self._of or compression != self._compression:
                self._twin = _twin(depth_map, relief.settings)
                self._of, self._compression = depth_map, compression
            before = self._plain(relief)
            self._lack = resample(field.values, before.shape) - before.values

    def field(self, relief: Relief) -> HeightField | None:
        """Return a coarse height field, or None where only a full one shows the shape."""
        with self._lock:
            same = relief.depth_map is self._of
            same = same and relief.settings.compression == self._compression
            if self._twin is None or self._lack is None or not same:
                return None
            field, lack = self._plain(relief), self._lack
            if lack.shape != field.shape:
                lack = resample(lack, field.shape)
            return HeightField(np.clip(field.values + lack, 0.0, 1.0), field.aspect)

    def _plain(self, relief: Relief) -> HeightField:
        assert self._twin is not None
        quality = min(_COARSE_QUALITY, relief.settings.mesh_quality)
        settings = relief.settings.replace(mesh_quality=quality, compression=0.0)
        return edited(heights(self._twin, settings), relief.edits)


def _twin(depth_map: DepthMap, settings: ReliefSettings) -> DepthMap:
    """Return a small depth map that looks like another one after its compression."""
    values, mask = compressed(depth_map, settings), depth_map.mask
    rows, cols = values.shape
    shape = grid_shape((cols, rows), min(_COARSE_SIDE, max(rows, cols)))
    return dataclasses.replace(
        depth_map,
        values=np.clip(resampler(depth_map)(values, shape), 0.0, 1.0),
        mask=None if mask is None else np.clip(resample(mask, shape), 0.0, 1.0),
    )


def show_pictures(
    session: Session, show: Callable[[dict[str, bytes]], None]
) -> AtRest[dict[str, bytes]]:
    """Return what shows pictures of a relief, as `Pictures` has them, a rest after its start."""
    made = Pictures()
    # Without pictures a relief is still a relief.
    return AtRest(session, _REST_S, partial(partial, made.of), show, lambda _: None)


class AtRest(Generic[T]):
    """Finds something out about the relief beside the event loop, once its settings rest.

    Parameters
    ----------
    session
        Whose relief it is.
    rest_s
        How long nothing must have changed, in seconds.
    find
        Called with the relief when it is time; returns what finds it, in a thread.
    done, failed
        Called with it, or with what went wrong, unless the relief is another one by then.
    changed
        Called when `busy` may have changed.
    in_script
        Whether it is found at once in a plain script; else not at all.
    """

    def __init__(
        self,
        session: Session,
        rest_s: float,
        find: Callable[[Relief], Callable[[], T]],
        done: Callable[[T], None],
        failed: Callable[[Exception], None],
        *,
        changed: Callable[[], None] = lambda: None,
        in_script: bool = True,
    ) -> None:
        self._session, self._find = session, find
        self._done, self._failed, self._changed = done, failed, changed
        self._work = Newest()
        self._later = Debounced(self.now, rest_s, in_script=in_script)
        self.start, self.cancel = self._later.start, self._later.cancel

    @property
    def busy(self) -> bool:
        """Whether it is being found out, or about to be."""
        return self._work.busy or self._later.waiting

    def now(self) -> None:
        """Find it out now."""
        self.cancel()
        relief = self._session.relief
        if relief is None:
            return

        def tell(call: Callable[[Any], None], outcome: Any) -> None:
            if self._session.relief is relief:
                call(outcome)
            self._changed()

        work = self._find(relief)
        self._work.run(work, partial(tell, self._done), partial(tell, self._failed))
        self._changed()


class LiveObject:
    """Shows what the object settings make of a relief, and the plain grid where they are all off.

    Parameters
    ----------
    session
        Whose relief it is.
    viewer
        Where it is shown.
    changed
        Called when `busy` may have changed.
    """

    def __init__(self, session: Session, viewer: Viewer, changed: Callable[[], None]) -> None:
        self._session, self._viewer = session, viewer
        # What is shown, and the relief that it is made of.
        self._cut_of: Cut | None = None
        self._cut = AtRest(
            session, _REST_S, partial(partial, _cut), self._show, self._failed, changed=changed
        )
        self._drafts = Newest()
        session.subscribe(self._take, "relief")
        session.subscribe(self._draft, "draft")
        session.subscribe(self._follow, "height", "edits", "object", "body")
        session.subscribe(lambda: self._follow() if self.busy else None, "display")

    @property
    def busy(self) -> bool:
        """Whether an object is being cut, or about to be."""
        return self._cut.busy

    def _take(self) -> None:
        self._follow()
        if self._cut.busy:
            # Nobody has a hand on it.
            self._cut.now()

    def _draft(self) -> None:
        """Show the object of a draft, too."""
        draft = self._session.draft
        if draft is None:
            return
        self._cut.cancel()
        if not draft.relief.is_object:
            self._clear()
            return

        def show(mesh: Triangles) -> None:
            if self._session.draft is draft:
                show_object(self._viewer, mesh, bent=draft.settings.bend != "flat")

        # What is wrong with it is said of the relief itself.
        self._drafts.run(partial(preview_mesh, draft.relief), show, lambda _: None)

    def exported(self) -> Relief:
        """Return the relief as far as it can be made: without lettering that cannot be cut.

        Raises
        ------
        ReliefError
            There is no relief yet.
        """
        relief, cut = self._session.exported(), self._cut_of
        return cut.made if cut is not None and cut.wanted is relief else relief

    def _follow(self) -> None:
        relief = self._session.relief
        if self._session.draft is not None:
            return
        if relief is not None and relief.is_object:
            self._cut.start()
        else:
            self._cut.cancel()
            self._clear()

    def _show(self, cut: Cut) -> None:
        self._cut_of = cut
        if cut.mesh is None:
            self._clear_view()
        else:
            show_object(self._viewer, cut.mesh, bent=self._session.settings.bend != "flat")
        if cut.problem is not None:
            self._session.fail(cut.problem)

    def _failed(self, error: Exception) -> None:
        shown, relief = self._cut_of, self._session.relief
        if shown is None or relief is None or shown.wanted.source is not relief.source:
            self._clear()
        # Else the last one that could be made is still what is looked at.
        self._session.fail(error)

    def _clear(self) -> None:
        self._cut_of = None
        self._clear_view()

    def _clear_view(self) -> None:
        if self._viewer.object:
            show_object(self._viewer, None)


@dataclass(frozen=True, eq=False)
class Cut:
    """An object that was cut out of a relief.

    Attributes
    ----------
    wanted
        The relief as it is set.
    made
        The relief that could be made.
    mesh
        What is shown of it; None where the plain grid is.
    problem
        What is missing in it, if anything.
    """

    wanted: Relief
    made: Relief
    mesh: Triangles | None
    problem: ReliefError | None = None


def _cut(relief: Relief) -> Cut:
    try:
        return Cut(relief, relief, preview_mesh(relief))
    except ReliefError as error:
        if not relief.settings.back_text.strip():
            raise
        plain = relief.replace(back_text="")
        mesh = preview_mesh(plain) if plain.is_object else None
        hint = f"{error.hint} Until then the part is made without the text."
        return Cut(relief, plain, mesh, ReliefError(error.message, hint))


def show_weight(session: Session, viewer: Viewer) -> None:
    """Let `viewer` say what the saved file will weigh, once the settings rest."""

    def say(weight: Weight) -> None:
        viewer.weight = str(weight)
        if weight.notes and session.problem is None:
            session.say(*(note.rstrip(".") for note in weight.notes))

    def find(relief: Relief) -> Callable[[], Weight]:
        return partial(relief.weigh, ".stl")

    def follow() -> None:
        viewer.weight = ""
        weigh.start()

    # What cannot be made is said where it is asked for.
    weigh = AtRest(session, _LONG_REST_S, find, say, lambda _: None, in_script=False)
    session.subscribe(follow, "relief", "height", "edits", "object", "body")
    session.subscribe(lambda: follow() if weigh.busy else None, "display")
