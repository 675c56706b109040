"""Reliefs of many million vertices are saved in little memory, with progress, and can be stopped.

The real one, 8192², is in ``benchmarks/bench_adaptive.py``; this is a quarter of its side, so a
sixteenth of its memory over what an interpreter with NumPy needs anyway.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from relief_widget import Relief

SIDE = 2048
# An array of float32 heights, in MB.
FIELD = SIDE * SIDE * 4 / 1e6

CODE = f"""
import re, sys
from pathlib import Path
import numpy as np
import scipy.ndimage, trimesh
from relief_widget import Relief

def peak():
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\\s+(\\d+)", status)[1]) * 1024 / 1e6

small = Relief.from_heights(np.eye(64, dtype=np.float32))
small.save("warm.stl")
before = peak()
x = np.linspace(0, 20, {SIDE}, dtype=np.float32)
heights = np.sin(x)[:, None] * np.cos(x)
heights *= 0.5
heights += 0.5
relief = Relief.from_heights(heights)
relief.save("giant.stl", max_error_mm=eval(sys.argv[1]))
print(peak() - before)
"""


# The caller's array, the relief's, and for a mesh two in the triangulator; a little for the rest.
@pytest.mark.parametrize(("bound", "copies"), [("None", 2), ("'auto'", 4)])
def test_a_giant_relief_takes_few_copies_of_its_heights(
    bound: str, copies: int, tmp_path: Path
) -> None:
    run = subprocess.run(
        [sys.executable, "-c", CODE, bound],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert float(run.stdout) < (copies + 0.8) * FIELD + 15
    size = (tmp_path / "giant.stl").stat().st_size
    full = 84 + 50 * (2 * (SIDE - 1) ** 2 + 3 * (4 * SIDE - 4) - 2)
    assert size == full if bound == "None" else 84 < size < full / 50


def test_a_giant_export_tells_and_stops(tmp_path: Path) -> None:
    relief = Relief.from_heights(np.zeros((SIDE, SIDE), np.float32))
    shares: list[float] = []

    def stop(done: int, total: int) -> None:
        shares.append(done / total)
        if shares[-1] > 0.3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        relief.save(tmp_path / "a.stl", max_error_mm=None, progress=stop)
    assert shares[-1] < 0.32
    assert len(shares) > 20
    assert list(tmp_path.iterdir()) == []
