"""Files for a moment: private, and gone even when their process was killed."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from relief_widget.scratch import scratch_folder, sweep


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)


def test_a_folder_is_private_and_goes(tmp_path: Path) -> None:
    with scratch_folder() as folder:
        assert folder.parent == tmp_path
        assert folder.stat().st_mode & 0o077 == 0
        (folder / "photo").write_bytes(b"x")
        assert sweep() == 0
        assert folder.exists()
    assert not folder.exists()


def test_what_a_killed_process_left_is_swept(tmp_path: Path) -> None:
    script = (
        "import os, signal\n"
        "from relief_widget.scratch import scratch_folder\n"
        "with scratch_folder() as folder:\n"
        "    (folder / 'photo').write_bytes(b'x')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=False)
    mine = tmp_path / "relief_widget_mine"
    mine.mkdir()
    assert len(list(tmp_path.iterdir())) == 2
    assert sweep() == 1
    assert list(tmp_path.iterdir()) == [mine]
