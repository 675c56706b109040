"""What an import costs, and the public names."""

from __future__ import annotations

import subprocess
import sys

import relief_widget


def _loaded_by(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return set(run.stdout.split())


def test_importing_the_package_loads_nothing_heavy() -> None:
    loaded = _loaded_by("import relief_widget")
    assert not loaded & {"numpy", "scipy", "PIL", "trimesh", "tqdm", "argparse"}


def test_help_loads_nothing_heavy() -> None:
    loaded = _loaded_by("import relief_widget.cli as c; c.parser().format_help()")
    assert not loaded & {"numpy", "scipy", "PIL", "trimesh", "tqdm"}


def test_making_a_relief_does_not_load_trimesh() -> None:
    loaded = _loaded_by(
        "import numpy as np; from relief_widget import Relief; "
        "r = Relief.from_heights(np.eye(3)); r.part.z"
    )
    assert "trimesh" not in loaded


def test_public_names_are_complete_sorted_and_there() -> None:
    assert relief_widget.__all__ == sorted(relief_widget.__all__)
    for name in relief_widget.__all__:
        assert getattr(relief_widget, name) is not None
