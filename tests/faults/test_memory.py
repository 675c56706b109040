"""Too little memory is a sentence, and leaves nothing behind."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

if not sys.platform.startswith("linux") or os.name != "posix":
    pytest.skip("only Linux limits the memory of a process", allow_module_level=True)

from relief_widget import Relief, ReliefError, example_photos
from tests.support.faulty import Faults, command, is_sentence, run

MEGABYTE = 1 << 20


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "here"
    made.mkdir()
    y, x = np.mgrid[:768, :1024] / 1024
    bump = np.exp(-9 * ((x - 0.5) ** 2 + (y - 0.4) ** 2))
    Image.fromarray(np.rint(65535 * bump).astype(np.uint16)).save(made / "d.png")
    return made


def of_depth_map() -> int:
    strong = ("--noise-reduction", 10, "--smoothing", 3, "--enhance-details", 0.5)
    quality = ("--depth-map", "d.png", "--mesh-quality", 1024)
    return command("make", "d.png", "a.stl", *quality, *strong, "-q")


def of_photo() -> int:
    return command("make", example_photos()["hopper"], "a.stl", "-q", "--style", "organic")


def in_a_program() -> int:
    try:
        depth = np.eye(600)
    except MemoryError:
        return 2
    try:
        made = Relief.from_depth_map(depth, mesh_quality=1024)
        made.save("a.3mf", max_error_mm=None)
    except ReliefError as error:
        return 2 if "memory" in error.message else 3
    return 0


def check(folder: Path, megabytes: int, makes: object) -> None:
    assert callable(makes)
    code, _, err = run(folder, makes, faults=Faults(memory=megabytes * MEGABYTE))
    assert code in (0, 2)
    if code == 2 and makes is not in_a_program:
        assert is_sentence(err)
        assert "memory" in err, err
    files = {path.name for path in folder.iterdir()}
    assert files == {"d.png"} if code else len(files) == 2


@pytest.mark.parametrize("megabytes", [8, 60])
@pytest.mark.parametrize("makes", [of_depth_map, in_a_program])
def test_too_little_memory_is_a_sentence(folder: Path, megabytes: int, makes: object) -> None:
    check(folder, megabytes, makes)


@pytest.mark.full
@pytest.mark.parametrize("megabytes", [1, 2, 4, 16, 32, 48, 80, 100, 130, 200, 300, 400, 500])
@pytest.mark.parametrize("makes", [of_depth_map, in_a_program, of_photo])
def test_any_amount_that_is_too_little(folder: Path, megabytes: int, makes: object) -> None:
    check(folder, megabytes, makes)
