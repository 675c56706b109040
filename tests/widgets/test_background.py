from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any

import pytest

from relief_widget.widgets.background import Debounced, Newest, on_loop, run

TIMEOUT = 10


def play(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(story, TIMEOUT))


def never(outcome: object) -> None:
    raise AssertionError(outcome)


def test_without_an_event_loop_all_is_done_on_return() -> None:
    told: list[object] = []
    run(lambda: 6 * 7, told.append, never)
    run(lambda: 1 // 0, never, told.append)
    assert told[0] == 42
    assert isinstance(told[1], ZeroDivisionError)


def test_work_is_in_a_thread_and_its_outcome_on_the_loop() -> None:
    async def story() -> None:
        here = threading.get_ident()
        done: asyncio.Future[tuple[int, int]] = asyncio.Future()
        failed: asyncio.Future[tuple[int, Exception]] = asyncio.Future()
        run(
            threading.get_ident,
            lambda there: done.set_result((there, threading.get_ident())),
            never,
        )
        run(
            lambda: 1 // 0,
            never,
            lambda error: failed.set_result((threading.get_ident(), error)),
        )
        there, told = await done
        assert there != here
        assert told == here
        told, error = await failed
        assert told == here
        assert isinstance(error, ZeroDivisionError)

    play(story())


def test_the_loop_goes_on_during_the_work() -> None:
    async def story() -> None:
        release = threading.Event()
        done: asyncio.Future[bool] = asyncio.Future()
        run(lambda: release.wait(TIMEOUT), done.set_result, never)
        await asyncio.sleep(0)
        release.set()
        assert await done

    play(story())


def test_a_thread_may_call_back_on_the_loop() -> None:
    async def story() -> None:
        told: asyncio.Future[tuple[str, int]] = asyncio.Future()
        tell = on_loop(lambda text: told.set_result((text, threading.get_ident())))
        threading.Thread(target=tell, args=("half",)).start()
        assert await told == ("half", threading.get_ident())

    play(story())


def test_who_calls_back_after_the_loop_has_ended_is_not_heard_and_does_not_fail() -> None:
    async def story() -> Any:
        return on_loop(never)

    asyncio.run(story())(1)


def test_in_a_plain_script_the_call_is_direct() -> None:
    told: list[int] = []
    on_loop(told.append)(3)
    assert told == [3]


def test_of_those_that_wait_only_the_newest_is_done() -> None:
    async def story() -> None:
        newest = Newest()
        release = threading.Event()
        began: list[int] = []
        told: list[int] = []
        end: asyncio.Future[None] = asyncio.Future()

        def work(number: int) -> int:
            began.append(number)
            release.wait(TIMEOUT)
            return number

        def done(number: int) -> None:
            told.append(number)
            if number == 4:
                end.set_result(None)

        for number in range(5):
            newest.run(lambda number=number: work(number), done, never)  # type: ignore[misc]  # mypy cannot infer the default
            assert newest.busy
        release.set()
        await end
        assert told == began == [0, 4]
        assert not newest.busy

    play(story())


def test_a_failure_does_not_stop_what_waits() -> None:
    async def story() -> None:
        newest = Newest()
        told: list[object] = []
        end: asyncio.Future[int] = asyncio.Future()
        newest.run(lambda: 1 // 0, never, told.append)
        newest.run(lambda: 5, end.set_result, never)
        assert await end == 5
        assert isinstance(told[0], ZeroDivisionError)

    play(story())


def test_it_is_busy_until_what_waits_is_done_too() -> None:
    async def story() -> None:
        newest = Newest()
        release = threading.Event()
        busy: list[bool] = []
        end: asyncio.Future[None] = asyncio.Future()
        newest.run(lambda: release.wait(TIMEOUT), lambda _: busy.append(newest.busy), never)
        newest.run(lambda: None, end.set_result, never)
        release.set()
        await end
        assert busy == [True]
        assert not newest.busy

    play(story())


def test_a_plain_script_gets_every_outcome() -> None:
    newest = Newest()
    told: list[int] = []
    for number in range(3):
        newest.run(lambda number=number: number, told.append, never)  # type: ignore[misc]  # mypy cannot infer the default
    assert told == [0, 1, 2]
    assert not newest.busy


def test_a_broken_listener_does_not_block_what_comes_after() -> None:
    newest = Newest()
    with pytest.raises(AssertionError):
        newest.run(lambda: 1, never, never)
    told: list[int] = []
    newest.run(lambda: 2, told.append, never)
    assert told == [2]


def test_what_is_started_again_is_called_once_after_the_last() -> None:
    async def story() -> None:
        loop = asyncio.get_running_loop()
        called: list[float] = []
        rested = asyncio.Event()

        def call() -> None:
            called.append(loop.time())
            rested.set()

        later = Debounced(call, 0.05)
        assert not later.waiting
        for _ in range(3):
            later.start()
            await asyncio.sleep(0.01)
        started = loop.time()
        later.start()
        assert later.waiting
        await rested.wait()
        assert not later.waiting
        assert len(called) == 1
        assert called[0] - started > 0.04

    play(story())


def test_what_is_cancelled_is_not_called() -> None:
    async def story() -> None:
        rested: asyncio.Future[None] = asyncio.Future()
        later = Debounced(lambda: never("called"), 0.01)
        later.start()
        later.cancel()
        assert not later.waiting
        Debounced(lambda: rested.set_result(None), 0.02).start()
        await rested

    play(story())


def test_in_a_plain_script_a_rest_is_not_waited_for() -> None:
    told: list[str] = []
    Debounced(lambda: told.append("at once"), 60).start()
    Debounced(lambda: told.append("never"), 60, in_script=False).start()
    assert told == ["at once"]
