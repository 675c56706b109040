"""Heights that follow the sliders: newest wins, coarse while one moves, full when it rests."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from relief_widget.app.session import Coarse, pictures
from relief_widget.heights import HeightField
from relief_widget.relief import Relief
from relief_widget.widgets.background import Newest, running_loop

# A full height field that takes longer than this is preceded by coarse ones while a slider moves.
_SLOW_S = 0.12
# A slider that rests for this long was let go.
_REST_S = 0.25

Shown = tuple[HeightField, dict[str, bytes] | None]


class LiveHeights:
    """Computes height fields beside the event loop.

    Parameters
    ----------
    show
        Called with a relief, its height field, and pictures of it; without them it is a coarse one.
    failed
        Called with what went wrong.
    changed
        Called when `busy` may have changed.
    """

    def __init__(
        self,
        show: Callable[[Relief, HeightField, dict[str, bytes] | None], None],
        failed: Callable[[Exception], None],
        changed: Callable[[], None],
    ) -> None:
        self._show, self._failed, self._changed = show, failed, changed
        self._work = Newest()
        self._coarse = Coarse()
        self._full_s = 0.0
        self._later: asyncio.TimerHandle | None = None

    @property
    def busy(self) -> bool:
        """Whether heights are being computed, or about to be."""
        return self._work.busy or self._later is not None

    def follow(self, relief: Relief) -> None:
        """Show the heights of a relief whose settings change, and may go on changing."""
        loop = running_loop()
        if loop is None or self._full_s < _SLOW_S:
            self.compute(relief)
            return
        self._start(relief, coarse=True)
        if self._later is not None:
            self._later.cancel()
        self._later = loop.call_later(_REST_S, self.compute, relief)

    def compute(self, relief: Relief) -> None:
        """Show the full heights of a relief."""
        if self._later is not None:
            self._later.cancel()
            self._later = None
        self._start(relief, coarse=False)

    def _start(self, relief: Relief, *, coarse: bool) -> None:
        def work() -> Shown:
            preview = self._coarse.field(relief) if coarse else None
            if preview is not None:
                return preview, None
            started = time.perf_counter()
            field = relief.height_field
            self._full_s = time.perf_counter() - started
            return field, pictures(relief)

        def done(shown: Shown) -> None:
            self._show(relief, *shown)
            self._changed()

        self._work.run(work, done, self._failed)
        self._changed()
