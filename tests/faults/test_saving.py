"""Processes that are killed while they save, disks that are full, clocks that jump."""

from __future__ import annotations

import os
import signal
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest

if os.name != "posix":
    pytest.skip("the faults are POSIX's", allow_module_level=True)

from relief_widget import Relief, ReliefError
from relief_widget.export import FORMATS
from tests.support.faulty import Faults, Moments, command, is_sentence, run, small, started

OLD = b"an old file"
SUFFIXES = [name for name, known in FORMATS.items() if known.kind != "depth map"]
FEW = [".stl", ".3mf", ".relief", ".height.png"]
DAY = 86_400


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "here"
    made.mkdir()
    return made


def save(name: str, at: int = 0, number: int = signal.SIGKILL) -> None:
    made = small()
    moments = Moments(at, number)
    made.save(name, progress=moments.tick)
    Path("count").write_text(str(moments.count))


def make(name: str, at: int, number: int) -> int:
    Moments(at, number)
    return command("make", "project.relief", name, "-q")


def moments_of(folder: Path, name: str) -> int:
    """Return how many moments a save has; the last one is the file that says so."""
    assert run(folder, save, name)[0] == 0
    count = int((folder / "count").read_text())
    (folder / "count").unlink()
    return count


def some(count: int, most: int) -> list[int]:
    return sorted({round(at) for at in np.linspace(1, count, min(most, count))})


def hidden(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name.startswith(".")]


def check_killed(folder: Path, suffix: str, most: int) -> None:
    name = f"a{suffix}"
    count = moments_of(folder, name)
    whole = (folder / name).read_bytes()
    for at in some(count, most):
        (folder / name).write_bytes(OLD)
        assert run(folder, save, name, at)[0] == -signal.SIGKILL
        assert (folder / name).read_bytes() in (OLD, whole), f"half a file at moment {at}"
    visible = [path.name for path in folder.iterdir() if not path.name.startswith(".")]
    assert visible == [name]
    left = hidden(folder)
    # What was left is young, and stays; a day later it goes, and nothing else does.
    (folder / ".mine.stl").touch()
    assert run(folder, save, name)[0] == 0
    assert set(left) <= set(hidden(folder))
    for path in hidden(folder):
        os.utime(path, (time.time() - DAY,) * 2)
    assert run(folder, save, name)[0] == 0
    assert hidden(folder) == [folder / ".mine.stl"]


@pytest.mark.parametrize("suffix", FEW)
def test_killed_at_any_moment_there_is_no_half_file(folder: Path, suffix: str) -> None:
    check_killed(folder, suffix, 3)


@pytest.mark.full
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_killed_at_twenty_moments_there_is_no_half_file(folder: Path, suffix: str) -> None:
    check_killed(folder, suffix, 20)


def check_stopped(folder: Path, suffix: str, number: int, most: int) -> None:
    (folder / "project.relief").write_bytes(small().project())
    name = f"a{suffix}"
    count = moments_of(folder, name)
    for at in some(count, most):
        (folder / name).write_bytes(OLD)
        code, out, err = run(folder, make, name, at, number)
        assert out == ""
        if code != 0:
            assert code == 128 + number
            assert is_sentence(err)
            assert (folder / name).read_bytes() == OLD or at == count
        assert hidden(folder) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_asked_to_stop_it_leaves_nothing(folder: Path, number: int) -> None:
    check_stopped(folder, ".stl", number, 3)


@pytest.mark.full
@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_asked_to_stop_at_twenty_moments(folder: Path, suffix: str, number: int) -> None:
    check_stopped(folder, suffix, number, 20)


def test_who_was_told_to_ignore_a_hangup_goes_on(folder: Path) -> None:
    (folder / "project.relief").write_bytes(small().project())
    assert run(folder, under_nohup, "a.stl")[0] == 0
    assert (folder / "a.stl").is_file()


def under_nohup(name: str) -> int:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    return make(name, 3, signal.SIGHUP)


def test_what_is_being_written_is_no_rubbish_whatever_the_clock_says(folder: Path) -> None:
    """A clock that is set forward makes a file old that another process writes just now."""
    writer = started(folder, wait_in_the_middle)
    deadline = time.monotonic() + 60
    while not (found := hidden(folder)):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.utime(found[0], (time.time() - DAY,) * 2)
    (folder / "there").touch()
    assert run(folder, save, "b.stl")[0] == 0
    assert found == hidden(folder)
    (folder / "go").touch()
    writer.join(60)
    assert writer.exitcode == 0
    assert (folder / "a.stl").stat().st_size > 84
    # One from the future, after the clock was set back, is left alone until it is old.
    future = folder / f"{found[0].name}"
    future.touch()
    os.utime(future, (time.time() + DAY,) * 2)
    assert run(folder, save, "b.stl")[0] == 0
    assert hidden(folder) == [future]


def wait_in_the_middle() -> None:
    def progress(done: int, total: int) -> None:
        if done and done < total:
            deadline = time.monotonic() + 60
            while not Path("go").exists():
                assert time.monotonic() < deadline
                time.sleep(0.01)

    small().save("a.stl", max_error_mm=None, progress=progress)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_full_disk_is_a_sentence_and_leaves_nothing(folder: Path, suffix: str) -> None:
    (folder / f"a{suffix}").write_bytes(OLD)
    code, out, err = run(folder, full_disk, f"a{suffix}", faults=Faults(largest_file=300))
    assert (code, err) == (0, "")
    assert "not enough room on the disk" in out
    assert (folder / f"a{suffix}").read_bytes() == OLD
    assert hidden(folder) == []


def full_disk(name: str) -> None:
    try:
        small().save(name)
    except ReliefError as error:
        sys.stdout.write(str(error))


def test_two_processes_save_under_one_name(folder: Path) -> None:
    sizes = {}
    for side in (40, 80):
        run(folder, save_sized, "a.stl", side)
        sizes[side] = (folder / "a.stl").read_bytes()
    for _ in range(3):
        both = [started(folder, save_sized, "a.stl", side) for side in sizes]
        for process in both:
            process.join(60)
            assert process.exitcode == 0
        assert (folder / "a.stl").read_bytes() in sizes.values()
    assert [path.name for path in folder.iterdir()] == ["a.stl"]


def save_sized(name: str, side: int) -> None:
    small().replace(size_mm=side).save(name)


@pytest.mark.parametrize("year", [1970, 1979, 2107, 2200])
def test_files_are_the_same_whatever_the_clock_says(
    folder: Path, year: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The archives' own dates begin in 1980 and end in 2107."""
    made = small()
    before = {suffix: made.save(folder / f"a{suffix}").read_bytes() for suffix in (".stl", ".glb")}
    now = (year - 1970) * 365.25 * DAY + DAY
    monkeypatch.setattr(time, "time", lambda: now)
    monkeypatch.setattr(time, "localtime", lambda _=None: time.gmtime(now))
    for suffix, written in before.items():
        assert made.save(folder / f"a{suffix}").read_bytes() == written
    project = made.save(folder / "a.relief")
    assert zipfile.is_zipfile(project)
    np.testing.assert_array_equal(Relief.open(project).heights, made.heights)
