from __future__ import annotations

import asyncio
import os
import tempfile
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from relief_widget import Relief, ReliefError
from relief_widget.export.progress import Progress
from relief_widget.widgets.downloads import SUFFIXES, Downloads
from relief_widget.widgets.messages import PART_BYTES
from tests.support.pictures import scene

TIMEOUT = 10


class Browser:
    """The other end: it asks, and keeps what it is told."""

    def __init__(self, make: Callable[..., Path], name: str = "cat") -> None:
        self.exports: list[str] = []
        self.name = name
        self.told: list[dict[str, Any]] = []
        self.parts: list[bytes] = []
        self._ask: Callable[..., None] = lambda *_: None
        self._heard = asyncio.Event()
        Downloads(self, lambda: Maker(make))

    def on_msg(self, callback: Callable[..., None]) -> None:
        self._ask = callback

    def send(self, content: dict[str, Any], buffers: list[bytes] | None = None) -> None:
        self.told.append(content)
        self.parts += buffers or []
        self._heard.set()

    def ask(self, content: object) -> None:
        self._ask(None, content, [])

    def export(self, suffix: object = ".obj.zip", request: str = "1") -> None:
        self.ask({"kind": "export", "id": request, "suffix": suffix})

    async def hear(self, kind: str) -> dict[str, Any]:
        """Wait for the latest message to be of a kind."""
        while not self.told or self.told[-1]["kind"] != kind:
            self._heard.clear()
            await self._heard.wait()
        return self.told[-1]


class Maker:
    """What saves a file as the test says."""

    def __init__(self, make: Callable[..., Path]) -> None:
        self._make = make

    def save(self, path: str | Path, *, progress: Progress | None = None) -> Path:
        return self._make(Path(path), progress)


def holding(data: bytes) -> Callable[..., Path]:
    def make(path: Path, progress: Progress) -> Path:
        del progress
        path.write_bytes(data)
        return path

    return make


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the package a temporary folder of its own, and see that it leaves it empty."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def play(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(story, TIMEOUT))


def test_a_file_comes_in_parts_each_after_the_one_before_was_taken(temporary: Path) -> None:
    data = os.urandom(2 * PART_BYTES + 5)

    async def story() -> None:
        browser = Browser(holding(data))
        assert set(browser.exports) == set(SUFFIXES)
        browser.export()
        for part in range(3):
            message = await browser.hear("file")
            assert message == {
                "kind": "file",
                "id": "1",
                "name": "cat.obj.zip",
                "part": part,
                "parts": 3,
            }
            assert len(browser.parts) == part + 1
            browser.ask({"kind": "ack", "id": "1", "part": part})
        assert b"".join(browser.parts) == data
        assert max(map(len, browser.parts)) <= 4 * 2**20
        # It is given once; nothing of it is kept.
        told = len(browser.told)
        browser.ask({"kind": "ack", "id": "1", "part": 0})
        assert len(browser.told) == told

    play(story())
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("size", [0, 1, PART_BYTES, PART_BYTES + 1])
def test_every_size_arrives_whole(size: int) -> None:
    data = os.urandom(size)

    async def story() -> None:
        browser = Browser(holding(data))
        browser.export()
        while True:
            message = await browser.hear("file")
            browser.ask({"kind": "ack", "id": "1", "part": message["part"]})
            if message["part"] == message["parts"] - 1:
                break
        assert b"".join(browser.parts) == data

    play(story())


def test_progress_is_told_now_and_then() -> None:
    def make(path: Path, progress: Progress) -> Path:
        for done in range(10_001):
            progress(done, 10_000)
        path.write_bytes(b"x")
        return path

    async def story() -> None:
        browser = Browser(make)
        browser.export()
        await browser.hear("file")
        shares = [message["share"] for message in browser.told if message["kind"] == "progress"]
        assert shares == sorted(shares)
        assert 10 < len(shares) < 100
        # The first says at once that somebody is at work.
        assert shares[0] == 0 < shares[1] <= shares[-1] <= 1

    play(story())


def test_cancelling_ends_the_work_and_sends_no_file(temporary: Path) -> None:
    began, ended = threading.Event(), threading.Event()

    def make(path: Path, progress: Progress) -> Path:
        path.write_bytes(b"half")
        began.set()
        try:
            for done in range(10**9):
                progress(done % 100, 100)
        finally:
            ended.set()
        return path

    async def story() -> None:
        browser = Browser(make)
        browser.export()
        await asyncio.to_thread(began.wait, TIMEOUT)
        browser.ask({"kind": "cancel", "id": "1"})
        assert await asyncio.to_thread(ended.wait, TIMEOUT)
        # The next one is not in the way of the first.
        browser.export(".nothing", "2")
        await browser.hear("failed")
        assert {message["kind"] for message in browser.told} <= {"progress", "failed"}
        assert [m["id"] for m in browser.told if m["kind"] == "failed"] == ["2"]
        # The thread cleans up after the work has ended.
        while list(temporary.iterdir()):
            await asyncio.sleep(0.01)

    play(story())


def test_cancelling_between_two_parts_forgets_the_file() -> None:
    async def story() -> None:
        browser = Browser(holding(bytes(PART_BYTES + 1)))
        browser.export()
        await browser.hear("file")
        browser.ask({"kind": "cancel", "id": "1"})
        browser.ask({"kind": "ack", "id": "1", "part": 0})
        assert len(browser.parts) == 1

    play(story())


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ReliefError("The disk is full.", "Make room."), "The disk is full. Make room."),
        (ValueError("odd"), "The file could not be made. Change a setting and try again."),
    ],
)
def test_a_failure_is_a_sentence(temporary: Path, error: Exception, sentence: str) -> None:
    def make(path: Path, progress: Progress) -> Path:
        del progress
        path.write_bytes(b"half")
        raise error

    async def story() -> None:
        browser = Browser(make)
        browser.export()
        assert (await browser.hear("failed"))["message"] == sentence

    play(story())
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("suffix", [".stl/../../x", ".exe", None, 7, [".obj.zip"], {}])
def test_another_suffix_is_refused(suffix: object) -> None:
    async def story() -> None:
        browser = Browser(holding(b"x"))
        browser.export(suffix)
        assert "no export named" in (await browser.hear("failed"))["message"]

    play(story())


@pytest.mark.parametrize(
    "message",
    [
        None,
        "export",
        7,
        [],
        {},
        {"kind": "export"},
        {"kind": "export", "id": 7, "suffix": ".obj.zip"},
        {"kind": "export", "id": ["1"], "suffix": ".obj.zip"},
        {"kind": "ack", "id": "nobody", "part": 0},
        {"kind": "cancel", "id": "nobody"},
        {"kind": ["export"], "id": "1"},
        {"kind": "__class__", "id": "1"},
        {"id": "1"},
    ],
)
def test_a_message_that_makes_no_sense_is_not_answered(message: object) -> None:
    async def story() -> None:
        browser = Browser(holding(b"x"))
        browser.ask(message)
        assert browser.told == []

    play(story())


@pytest.mark.parametrize("part", [-5, 10**9, "0", None, 0.0])
def test_an_acknowledgement_of_no_part_does_no_harm(part: object) -> None:
    async def story() -> None:
        browser = Browser(holding(bytes(PART_BYTES + 1)))
        browser.export()
        await browser.hear("file")
        browser.ask({"kind": "ack", "id": "1", "part": part})
        assert len(browser.parts) == 1

    play(story())


def test_asking_twice_under_one_name_gives_one_file() -> None:
    """A second request of the same id, also a wrong one, leaves the first as it is."""
    faults: list[dict[str, Any]] = []
    go = threading.Event()

    def make(path: Path, progress: Progress) -> Path:
        del progress
        go.wait(TIMEOUT)
        path.write_bytes(b"x")
        return path

    async def story() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: faults.append(context))
        browser = Browser(make)
        browser.export()
        browser.export()
        browser.export(".exe")
        go.set()
        await browser.hear("file")
        browser.export(request="2")
        await browser.hear("file")
        while browser.told[-1]["id"] != "2":
            await asyncio.sleep(0)
        assert [m["id"] for m in browser.told if m["kind"] == "file"] == ["1", "2"]

    play(story())
    assert faults == []


def test_a_relief_arrives_as_it_is_saved(tmp_path: Path) -> None:
    relief = Relief.from_heights(np.eye(20), texture=scene())
    (tmp_path / "own").mkdir()
    own = relief.save(tmp_path / "own/relief.obj.zip").read_bytes()

    async def story() -> None:
        browser = Browser(lambda path, progress: relief.save(path, progress=progress))
        browser.export()
        await browser.hear("file")
        assert browser.parts[0] == own

    play(story())
