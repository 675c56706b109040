"""The finished object in the view: cut anew beside the event loop when its settings rest."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from relief_widget.errors import ReliefError
from relief_widget.mesh.triangles import Triangles
from relief_widget.relief import Relief
from relief_widget.widgets.background import Newest, running_loop
from relief_widget.widgets.display import show_object
from relief_widget.widgets.viewer import Viewer

# A setting that rests for this long was let go.
_REST_S = 0.25
_LONG_REST_S = 1.2
# As exact as a screen shows: of the relief's height.
_SHARE, _LEAST_MM = 0.004, 0.02


class LiveObject:
    """Shows what the object settings make of a relief, and the plain grid where they are all off.

    Parameters
    ----------
    viewer
        Where it is shown.
    relief
        Returns the relief as it is now.
    failed
        Called with what went wrong; None when it goes right again.
    changed
        Called when `busy` may have changed.
    """

    def __init__(
        self,
        viewer: Viewer,
        relief: Callable[[], Relief | None],
        failed: Callable[[Exception], None],
        changed: Callable[[], None],
    ) -> None:
        self._viewer, self._relief = viewer, relief
        self._failed, self._changed = failed, changed
        self._work = Newest()
        self._later: asyncio.TimerHandle | None = None

    @property
    def busy(self) -> bool:
        """Whether an object is being cut, or about to be."""
        return self._work.busy or self._later is not None

    def follow(self) -> None:
        """Cut the object of the relief as it is now, once it rests."""
        if self._later is not None:
            self._later.cancel()
            self._later = None
        relief = self._relief()
        if relief is None or not relief.is_object:
            self._clear()
            return
        loop = running_loop()
        if loop is None:
            self._make()
        else:
            self._later = loop.call_later(_REST_S, self._make)

    def _make(self) -> None:
        self._later = None
        relief = self._relief()
        if relief is None or not relief.is_object:
            self._clear()
            return

        def work() -> Triangles:
            height = float(relief.part.extents[2])
            body = relief.body(max_error_mm=max(_SHARE * height, _LEAST_MM))
            if not isinstance(body, Triangles):
                raise ReliefError("The object is a plain part.", "Choose an outline or a frame.")
            return body

        def done(mesh: Triangles) -> None:
            if self._relief() is relief:
                show_object(self._viewer, mesh, bent=relief.settings.bend != "flat")
            self._changed()

        def failed(error: Exception) -> None:
            if self._relief() is relief:
                self._clear()
                self._failed(error)
            self._changed()

        self._work.run(work, done, failed)
        self._changed()

    def _clear(self) -> None:
        if self._viewer.object:
            show_object(self._viewer, None)


class LiveWeight:
    """Says what the saved file will weigh, once the settings rest.

    Parameters
    ----------
    viewer
        Where it is said.
    relief
        Returns the relief as it is now.
    """

    def __init__(self, viewer: Viewer, relief: Callable[[], Relief | None]) -> None:
        self._viewer, self._relief = viewer, relief
        self._work = Newest()
        self._later: asyncio.TimerHandle | None = None

    def follow(self) -> None:
        """Forget what was said, and find it out anew once the settings rest."""
        self._viewer.weight = ""
        if self._later is not None:
            self._later.cancel()
            self._later = None
        loop = running_loop()
        # Triangulating is too much for every step of a slider.
        if loop is not None:
            self._later = loop.call_later(_LONG_REST_S, self._weigh)

    def _weigh(self) -> None:
        self._later = None
        relief = self._relief()
        if relief is None:
            return

        def done(weight: str) -> None:
            if self._relief() is relief:
                self._viewer.weight = weight

        # What cannot be made is said where it is asked for.
        self._work.run(lambda: str(relief.weigh(".stl")), done, lambda _: None)
