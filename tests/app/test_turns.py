"""Taking turns with other processes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from relief_widget.app.turns import turn

pytest.importorskip("fcntl")

# Says that it has begun, works for as long as it may, and says when it ended.
WORKER = """
import sys, time
from relief_widget.app.turns import turn
with turn(sys.argv[1]):
    started = time.monotonic()
    time.sleep(0.3)
    print(started, time.monotonic())
"""


def test_no_more_are_at_work_than_there_are_cores(tmp_path: Path) -> None:
    cores = os.cpu_count() or 1
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(cores + 2)
    ]
    spans = [tuple(map(float, worker.communicate()[0].split())) for worker in workers]
    for began, _ in spans:
        assert sum(start <= began < end for start, end in spans) <= cores


def test_who_is_killed_gives_the_place_back(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys\n"
        "from relief_widget.app.turns import turn\n"
        "with turn(sys.argv[1]):\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    for _ in range((os.cpu_count() or 1) + 1):
        subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
    started = time.monotonic()
    with turn(str(tmp_path)):
        assert time.monotonic() - started < 5


def test_alone_nobody_waits(tmp_path: Path) -> None:
    with turn(""), turn(str(tmp_path / "none")):
        assert not list(tmp_path.iterdir())
