"""Terminals that know few letters, streams that are closed or full, folders that are gone."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest

if os.name != "posix":
    pytest.skip("the faults are POSIX's", allow_module_level=True)

from tests.support.faulty import Faults, command, is_sentence, run

WEDGE = ("wedge", "a.stl", "--steps", 2)


def every_text() -> int:
    for line in ("wedge a.stl --steps 2", "lithophane --help", "check a.stl", "make --help"):
        # The parser ends it after --help.
        with contextlib.suppress(SystemExit):
            assert command(*line.split()) == 0
    return 0


def is_whole(path: Path) -> bool:
    written = path.read_bytes()
    return len(written) == 84 + 50 * int.from_bytes(written[80:84], "little")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "here"
    made.mkdir()
    return made


@pytest.mark.parametrize("encoding", ["ascii", "cp437", "cp932", "latin1"])
def test_a_terminal_that_lacks_letters_gets_others(folder: Path, encoding: str) -> None:
    code, out, err = run(folder, every_text, faults=Faults(encoding=encoding))
    assert (code, err) == (0, "")
    assert is_whole(folder / "a.stl")
    sign = "x" if encoding in ("ascii", "cp437") else "×"
    assert f"24.00 {sign} 22.20 {sign} 4.00 mm" in out


@pytest.mark.parametrize("closed", [(0, 1, 2), (1,), (2,)])
def test_closed_streams_stop_nothing_and_nothing_gets_into_the_file(
    folder: Path, closed: tuple[int, ...]
) -> None:
    code, _, err = run(folder, command, *WEDGE, faults=Faults(closed=closed))
    assert (code, err) == (0, "")
    assert is_whole(folder / "a.stl")


def test_errors_are_no_output_where_nobody_hears_them(folder: Path) -> None:
    wrong = ("wedge", "a.stl", "--steps", 99)
    assert run(folder, command, *wrong, faults=Faults(closed=(2,))) == (2, "", "")


def test_nobody_reads_and_the_work_is_done(folder: Path) -> None:
    assert run(folder, command, *WEDGE, faults=Faults(out="|")) == (0, "", "")
    assert is_whole(folder / "a.stl")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is Linux's full disk")
@pytest.mark.parametrize("line", [WEDGE, ("make", "--help")])
def test_no_room_for_what_is_printed_is_a_sentence(folder: Path, line: tuple[object, ...]) -> None:
    code, _, err = run(folder, command, *line, faults=Faults(out="/dev/full"))
    if line is WEDGE:
        assert code == 2
        assert is_whole(folder / "a.stl")
    assert is_sentence(err)


def test_a_folder_that_is_gone_is_a_sentence(folder: Path) -> None:
    code, _, err = run(folder, command, *WEDGE, faults=Faults(gone=True))
    assert code == 2
    assert is_sentence(err)


@pytest.mark.parametrize("home", ["none", "read-only"])
def test_no_home_is_no_reason_to_fail(folder: Path, home: str) -> None:
    kept = folder.parent / "home"
    kept.mkdir(mode=0o500)
    names = {"XDG_CACHE_HOME": None, "RELIEF_WIDGET_CACHE": None}
    faults = Faults(environment=names | {"HOME": None if home == "none" else str(kept)})
    for line in (WEDGE, ("cache",), ("cache", "--clear")):
        code, _, err = run(folder, command, *line, faults=faults)
        assert (code, err) == (0, "")
    assert [path.name for path in folder.iterdir()] == ["a.stl"]


def test_a_home_of_nobody_is_a_sentence(folder: Path) -> None:
    faults = Faults(environment={"RELIEF_WIDGET_CACHE": "~nosuch/x"})
    code, _, err = run(folder, command, "cache", faults=faults)
    assert code == 2
    assert is_sentence(err)
