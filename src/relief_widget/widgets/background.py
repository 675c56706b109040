"""Work beside the kernel's event loop: in a thread, with the outcome back on the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from relief_widget.widgets.resting import give_back

T = TypeVar("T")

# Who has not done anything for this long is looking at something, or is gone.
_REST_S = 10.0
# NumPy lets other threads run, but the work of one person is done one thing after another; what is
# waited for does not queue behind pictures, weights and files.
_THREADS = ThreadPoolExecutor(2, thread_name_prefix="relief_widget")
_URGENT = ThreadPoolExecutor(2, thread_name_prefix="relief_widget_urgent")


def running_loop() -> asyncio.AbstractEventLoop | None:
    """Return the event loop that runs this code, or None in a plain script."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def run(
    work: Callable[[], T],
    done: Callable[[T], None],
    failed: Callable[[Exception], None],
    *,
    urgent: bool = False,
) -> None:
    """Run `work` in a thread, then `done` or `failed` on the event loop.

    What is `urgent` does not wait for what is not.

    Without a running event loop, as in a plain script, all of it happens before this returns.
    """
    loop = running_loop()
    if loop is None:
        try:
            result = work()
        except Exception as error:
            failed(error)
        else:
            done(result)
        return

    def finish(future: asyncio.Future[T]) -> None:
        _RESTING.start()
        error = future.exception()
        if error is None:
            done(future.result())
        elif isinstance(error, Exception):
            failed(error)

    threads = _URGENT if urgent else _THREADS
    asyncio.wrap_future(threads.submit(work), loop=loop).add_done_callback(finish)


def on_loop(call: Callable[..., None]) -> Callable[..., None]:
    """Return `call` such that it may be called from a thread: it runs on the present loop."""
    loop = running_loop()
    if loop is None:
        return call

    def later(*arguments: Any) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(call, *arguments)

    return later


class Newest:
    """One piece of work at a time; of those that wait only the newest is done.

    Parameters
    ----------
    urgent
        Whether somebody waits for it; see `run`.
    """

    def __init__(self, *, urgent: bool = False) -> None:
        self._urgent = urgent
        self._busy = False
        self._next: Callable[[], None] | None = None

    @property
    def busy(self) -> bool:
        """Whether work is being done or waits."""
        return self._busy or self._next is not None

    def run(
        self, work: Callable[[], T], done: Callable[[T], None], failed: Callable[[Exception], None]
    ) -> None:
        """Run `work` as `run` does, after what runs now and instead of what waits."""

        def start() -> None:
            self._busy = True
            run(
                work,
                lambda result: finish(done, result),
                lambda error: finish(failed, error),
                urgent=self._urgent,
            )

        def finish(tell: Callable[[Any], None], outcome: Any) -> None:
            self._busy = False
            # What nobody waits for any more is told all the same: it is the newest there is.
            try:
                tell(outcome)
            finally:
                following, self._next = self._next, None
                if following is not None:
                    following()

        # Also while an outcome is being told: what waits then is older than this.
        if self.busy:
            self._next = start
        else:
            start()


class Debounced:
    """A call that waits for a rest: each `start` takes the place of the one that waits.

    Parameters
    ----------
    call
        What is called, on the event loop.
    rest_s
        How long nothing must have started it, in seconds.
    in_script
        Whether it is made at once without a running event loop, as in a plain script, where
        nothing rests; else it is left out there.
    """

    def __init__(self, call: Callable[[], None], rest_s: float, *, in_script: bool = True) -> None:
        self._call, self._rest_s, self._in_script = call, rest_s, in_script
        self._timer: asyncio.TimerHandle | None = None

    @property
    def waiting(self) -> bool:
        """Whether the call is still to come."""
        return self._timer is not None

    def start(self) -> None:
        """Call after a rest from now on."""
        self.cancel()
        loop = running_loop()
        if loop is not None:
            self._timer = loop.call_later(self._rest_s, self._rested)
        elif self._in_script:
            self._call()

    def cancel(self) -> None:
        """Do not call, if it is still to come."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _rested(self) -> None:
        self._timer = None
        self._call()


def _rest() -> None:
    _THREADS.submit(give_back)


_RESTING = Debounced(_rest, _REST_S, in_script=False)
