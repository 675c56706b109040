"""What CONTRIBUTING.md tells a newcomer to write, written into a copy of the package and used."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import relief_widget

ROOT = Path(__file__).parents[2]
PACKAGE = Path(relief_widget.__file__).parent
_BLOCK = re.compile(
    r"```python\n# (src/\S+?\.py)(?:, (above|below|instead of): ([^\n]+))?\n(.*?)```", re.S
)

Run = Callable[..., str]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return what runs Python with a copy of the package in which all the examples were done."""
    copy = tmp_path_factory.mktemp("copy")
    shutil.copytree(PACKAGE, copy / "relief_widget")
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    blocks = _BLOCK.findall(text)
    assert len(blocks) == text.count("```python\n")
    for name, place, anchor, code in blocks:
        file = copy / name.removeprefix("src/")
        if not place:
            assert not file.exists()
            file.write_text(code, encoding="utf-8")
            continue
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        (at,) = (number for number, line in enumerate(lines) if line.strip() == anchor)
        start, stop = {"above": (at, at), "below": (at + 1, at + 1), "instead of": (at, at + 1)}[
            place
        ]
        lines[start:stop] = [code]
        file.write_text("".join(lines), encoding="utf-8")

    def python(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=copy,
            env={"PYTHONPATH": str(copy), "PYTHONUTF8": "1", "COLUMNS": "200"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return python


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("photo") / "ramp.png"
    ramp = np.linspace(0, 255, 64).astype(np.uint8)
    Image.fromarray(np.tile(ramp, (48, 1))).save(path)
    return path


def test_a_format_can_be_written_and_stands_in_the_help(
    run: Run, photo: Path, tmp_path: Path
) -> None:
    out = tmp_path / "ramp.pgm"
    said = run("-m", "relief_widget", "make", str(photo), str(out), "--provider", "luminance")
    assert "16-bit" in said
    with Image.open(out) as image:
        seen = np.asarray(image).astype(int)
    assert seen.min() == 0
    assert seen.max() == 65535
    assert (seen[:, -1] > seen[:, 0]).all()
    assert "  .pgm " in run("-m", "relief_widget", "make", "--help")


def test_a_setting_is_a_flag_and_changes_the_heights(run: Run, photo: Path, tmp_path: Path) -> None:
    means = []
    for gamma in ("1", "3"):
        out = tmp_path / f"{gamma}.height.png"
        run("-m", "relief_widget", "make", str(photo), str(out), "-q", "--gamma", gamma)
        with Image.open(out) as image:
            means.append(float(np.asarray(image).mean()))
    assert means[1] < 0.8 * means[0]
    controls = "from relief_widget.settings import controls; print(controls()['gamma'].label)"
    assert run("-c", controls).strip() == "Gamma"


def test_a_provider_is_in_the_command_line_and_in_the_studio(
    run: Run, photo: Path, tmp_path: Path
) -> None:
    out = tmp_path / "ramp.depth.png"
    run("-m", "relief_widget", "make", str(photo), str(out), "-q", "--provider", "sketch")
    with Image.open(out) as image:
        seen = np.asarray(image).astype(int)
    assert (seen[:, 0] > seen[:, -1]).all()
    menu = "from relief_widget import ReliefApp; print(ReliefApp().source.source.options)"
    assert "Pencil drawing" in run("-c", menu)
