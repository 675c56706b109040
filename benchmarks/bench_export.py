"""Time the export of 1024² heights as a closed binary STL, ours against others, in one run.

``python benchmarks/bench_export.py`` prints tables of seconds and ratios. The bare write of as many
bytes to a fresh file is the limit that no exporter can beat.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import trimesh
from scipy import ndimage

from relief_widget.export.obj import write_obj
from relief_widget.export.stl import write_stl
from relief_widget.heights import HeightField
from relief_widget.mesh.grid import Part, part
from relief_widget.settings import ReliefSettings

RUNS = 7


def sample(size: int) -> Part:
    """Return a solid part of `size`² heights."""
    noise = ndimage.gaussian_filter(np.random.default_rng(0).random((size, size)), size / 100)
    values = ((noise - noise.min()) / np.ptp(noise)).astype(np.float32)
    return part(HeightField(values, 1.0), ReliefSettings())


def with_numpy_stl(made: Part, path: Path) -> None:
    """Export with numpy-stl, vectorised."""
    from stl import mesh as stl_mesh

    data = np.zeros(made.triangles, dtype=stl_mesh.Mesh.dtype)
    data["vectors"] = made.vertices[made.faces]
    stl_mesh.Mesh(data).save(str(path))


def with_trimesh(made: Part, path: Path) -> None:
    """Export with trimesh."""
    trimesh.Trimesh(made.vertices, made.faces, process=False).export(path)


def with_lithophane(made: Part, path: Path) -> None:
    """Export with the package lithophane: its own mesh of the same heights, and its save."""
    from lithophane import make_mesh

    x, y = np.meshgrid(made.x, made.y)
    model = make_mesh(x, y, made.z)
    model.save(str(path))


def timed(function: Callable[[], object], path: Path) -> float:
    """Return the seconds that `function` takes to write a fresh file."""
    path.unlink(missing_ok=True)
    # What others left to be written back would slow down whoever comes next.
    os.sync()
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def compare(
    title: str, ours: Callable[[Path], object], peers: dict[str, Callable[[Path], object]]
) -> None:
    """Print ours against the peers, run in turn."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "part.stl"
        ours(path)
        data = np.fromfile(path, dtype=np.uint8)
        runs: dict[str, list[float]] = {
            "bare write": [],
            "relief_widget": [],
            **{name: [] for name in peers},
        }
        for index in range(RUNS):
            runs["bare write"].append(timed(lambda: data.tofile(path), path))
            runs["relief_widget"].append(timed(lambda: ours(path), path))
            for name, peer in peers.items():
                if name != "lithophane" or index == 0:
                    runs[name].append(timed(lambda p=peer: p(path), path))  # type: ignore[misc]  # mypy cannot infer the default
    print(f"\n{title}, {len(data) / 1e6:.0f} MB\n")
    print("| exporter | seconds | times relief_widget |")
    print("|---|---|---|")
    own = runs["relief_widget"]
    for name, times in runs.items():
        ratios = [a / b for a, b in zip(times, own, strict=False)]
        print(f"| {name} | {np.median(times):.3f} | {np.median(ratios):.2f} |")


def memory() -> None:
    """Print the peak memory of an export in a process of its own, as Linux counts it."""
    code = (
        "import numpy as np, re, sys; from pathlib import Path; from relief_widget import Relief\n"
        "def peak():\n"
        "    status = Path('/proc/self/status').read_text()\n"
        "    return int(re.search(r'VmHWM:\\s+(\\d+)', status)[1]) // 1024\n"
        "x = np.linspace(0, 9, 1024, dtype=np.float32)\n"
        "relief = Relief.from_heights(np.sin(x[:, None] * x) ** 2)\n"
        "relief.part.ring\n"
        "before = peak()\n"
        "relief.save(sys.argv[1])\n"
        "print(before, peak())\n"
    )
    with TemporaryDirectory() as folder:
        run = subprocess.run(
            [sys.executable, "-c", code, str(Path(folder) / "a.stl")],
            capture_output=True,
            text=True,
            check=True,
        )
    before, after = run.stdout.split()
    print(f"\nPeak memory of a 1024² STL export: {after} MB in all, {before} MB before it.")


def main() -> None:
    """Print everything."""
    made = sample(1024)
    peers: dict[str, Callable[[Path], object]] = {
        "trimesh": lambda path: with_trimesh(made, path),
        "numpy-stl": lambda path: with_numpy_stl(made, path),
        "lithophane": lambda path: with_lithophane(made, path),
    }
    compare("1024² closed binary STL", lambda path: write_stl(made, path), peers)
    small = sample(512)
    mesh = trimesh.Trimesh(small.vertices, small.faces, process=False)

    def obj_with_trimesh(path: Path) -> None:
        mesh.export(path, file_type="obj")

    compare("512² OBJ", lambda path: write_obj(small, path), {"trimesh": obj_with_trimesh})
    memory()


if __name__ == "__main__":
    main()
