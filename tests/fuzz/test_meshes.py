"""Damaged mesh files: a report, or one sentence, in bounded time.

``RELIEF_WIDGET_FUZZ_SECONDS`` asks for so many seconds for each kind; ``make fuzz`` does.
"""

from __future__ import annotations

import json
import os
import time
import warnings
from pathlib import Path

import pytest

from relief_widget.errors import ReliefError
from relief_widget.preflight import check_file
from tests.fuzz.mesh_seeds import KINDS, damaged

SECONDS = float(os.environ.get("RELIEF_WIDGET_FUZZ_SECONDS", "0"))
# The first numbers are the same in every run, so that what fails once fails again.
FEW = 40
# Far more than these small files need, on the slowest machine that runs them.
MOST_S = 20.0


def attempt(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    started = time.process_time()
    told: ReliefError | None = None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            report = check_file(path)
            json.dumps(report.to_dict(), allow_nan=False)
            assert str(report)
            assert report._repr_html_()
    except ReliefError as error:
        told = error
    if told is not None:
        assert told.message.endswith(".")
        assert told.hint
        assert len(str(told)) < 400
        assert len(str(told).splitlines()) == 1
    assert time.process_time() - started < MOST_S


@pytest.mark.parametrize("kind", KINDS)
def test_damaged_files_get_a_report_or_a_sentence(kind: str, tmp_path: Path) -> None:
    until = time.monotonic() + SECONDS
    number = 0
    while number < FEW or time.monotonic() < until:
        name, data = damaged(kind, number)
        try:
            attempt(tmp_path / name, data)
        except BaseException as error:
            error.add_note(f"damaged({kind!r}, {number})")
            raise
        number += 1
