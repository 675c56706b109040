"""The same relief on other processors: what NumPy and OpenBLAS do where they are told to.

Both choose their loops by the processor, and round differently in each.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from relief_widget import Relief
from tests.support.bounds import LEVEL

if platform.machine() not in ("x86_64", "AMD64"):
    pytest.skip("the names are those of one kind of processor", allow_module_level=True)

KERNELS = ["Haswell", "Prescott", "Zen"]
OPENED = """
import sys
import numpy as np
from relief_widget import Relief
np.save(sys.argv[2], Relief.open(sys.argv[1]).heights)
"""


def vector_units() -> str:
    """Return the names of those that can be switched off, and are there."""
    told = np.show_config(mode="dicts")
    assert told is not None
    return " ".join(told["SIMD Extensions"].get("found", []))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    y, x = np.mgrid[:300, :400] / 400
    bump = np.exp(-9 * ((x - 0.5) ** 2 + (y - 0.4) ** 2)) + 0.05 * np.sin(40 * x) * np.sin(30 * y)
    relief = Relief.from_depth_map(
        bump, noise_reduction=10, smoothing=2, enhance_details=0.5, surface_smoothing=3
    )
    return relief.save(tmp_path_factory.mktemp("project") / "a.relief")


@pytest.mark.parametrize(
    ("kernel", "plain"),
    [
        ("Prescott", True),
        *(pytest.param(name, False, marks=pytest.mark.full) for name in KERNELS),
        pytest.param("", True, marks=pytest.mark.full),
    ],
)
def test_a_project_opened_elsewhere_is_within_a_level(
    project: Path, tmp_path: Path, kernel: str, plain: bool
) -> None:
    here = Relief.open(project).heights
    environment = {**os.environ}
    if kernel:
        environment["OPENBLAS_CORETYPE"] = kernel
    if plain:
        environment["NPY_DISABLE_CPU_FEATURES"] = vector_units()
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", OPENED, project, tmp_path / "there.npy"],
        env=environment,
        check=True,
        timeout=120,
    )
    np.testing.assert_allclose(np.load(tmp_path / "there.npy"), here, rtol=0, atol=LEVEL * 2 / 3)


def test_a_project_opened_here_is_the_same_bit_for_bit(project: Path) -> None:
    first, second = (Relief.open(project) for _ in range(2))
    np.testing.assert_array_equal(first.heights, second.heights)
