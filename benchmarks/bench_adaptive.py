"""Weigh meshes of few triangles: ours, pydelatin's own top, and fast-simplification, in one run.

``python benchmarks/bench_adaptive.py`` prints tables for five fields of 1024² heights, and the
memory of a relief of 8192² (``--no-giant`` leaves that out: it writes 6.7 GB).
"""

from __future__ import annotations

import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import ndimage

from relief_widget import example_photos
from relief_widget.export.stl import write_stl
from relief_widget.heights import HeightField
from relief_widget.mesh.grid import Part, part
from relief_widget.mesh.simplify import fit
from relief_widget.mesh.simplify.checking import max_error_of_mesh
from relief_widget.mesh.simplify.triangulation import triangulate
from relief_widget.mesh.triangles import Triangles, to_trimesh
from relief_widget.settings import ReliefSettings

SIDE = 1024
RUNS = 5
SHARES = (0.005, 0.001)
# What hmm, the program that pydelatin wraps, publishes for its example of 1187² heights (README of
# github.com/fogleman/hmm, a laptop of 2018): share of the height, seconds, triangles.
HMM = ((0.01, 0.168, 27_275), (0.001, 1.021, 629_352), (0.0001, 3.709, 2_347_713))

Array = npt.NDArray[np.float32]


def levelled(values: npt.ArrayLike) -> Array:
    """Return heights from 0 to 1."""
    array = np.asarray(values, dtype=np.float64)
    spread: Array = ((array - array.min()) / np.ptp(array)).astype(np.float32)
    return spread


def synthetic() -> Array:
    """Return blobs, a silhouette and fine waves."""
    y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    radius = np.hypot(x, y)
    head = np.sqrt(np.clip(0.49 - radius**2, 0, None))
    waves = 0.01 * np.sin(60 * x + 9 * np.sin(5 * y)) * (radius < 0.7)
    blobs = ndimage.gaussian_filter(np.random.default_rng(0).random((SIDE, SIDE)), 40)
    return levelled(head + waves + 0.3 * levelled(blobs))


def photo(name: str, blur: float) -> Array:
    """Return the brightness of an example photo, blurred."""
    picture = Image.open(example_photos()[name]).convert("L")
    side = min(picture.size)
    square = picture.crop((0, 0, side, side)).convert("F")
    resized = square.resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    return levelled(ndimage.gaussian_filter(np.asarray(resized), blur))


def terrain() -> Array:
    """Return the elevation model that comes with Matplotlib (SRTM, public domain), enlarged."""
    from matplotlib.cbook import get_sample_data

    data: Any = get_sample_data("jacksboro_fault_dem.npz")
    elevation = data["elevation"].astype(np.float64)
    rows, cols = elevation.shape
    return levelled(ndimage.zoom(elevation, (SIDE / rows, SIDE / cols), order=3))


def textured() -> Array:
    """Return forms with cloth all over them."""
    y, x = np.mgrid[0:SIDE:1.0, 0:SIDE:1.0]
    forms = levelled(ndimage.gaussian_filter(np.random.default_rng(1).random((SIDE, SIDE)), 60))
    return levelled(forms + 0.02 * np.sin(x / 3) * np.sin(y / 3))


FIELDS: dict[str, Callable[[], Array]] = {
    "synthetic": synthetic,
    "portrait": lambda: photo("astronaut", 3),
    "coins": lambda: photo("coins", 3),
    "terrain": terrain,
    "textured": textured,
}


def timed(function: Callable[[], Any]) -> float:
    """Return the seconds that a call takes."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def alone(made: Part, share: float) -> Any:
    """Let pydelatin make the top by itself."""
    from pydelatin import Delatin

    mesh = Delatin(made.heights, max_error=share)
    return mesh.vertices, mesh.triangles


def simplified(made: Part, triangles: int) -> tuple[float, float, bool]:
    """Let fast-simplification go down to as many triangles: seconds, error in mm, watertight."""
    import fast_simplification

    vertices, faces = made.vertices, made.faces
    reduction = 1 - triangles / len(faces)
    start = time.perf_counter()
    points, kept = fast_simplification.simplify(vertices, faces, reduction)
    seconds = time.perf_counter() - start
    first, second = (points[kept[:, i]] - points[kept[:, 0]] for i in (1, 2))
    up = (first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]) > 0
    none = np.zeros((len(points), 2), np.float32)
    mesh = Triangles(points.astype(np.float32), kept.astype(np.int32), none, up, solid=True)
    return seconds, max_error_of_mesh(made, mesh), bool(to_trimesh(mesh).is_watertight)


def compare(share: float, folder: Path) -> None:
    """Print a table for one error bound."""
    print(f"\nWithin {share:.1%} of the height of the relief, {SIDE}² heights, closed solid\n")
    print(
        "| field | triangles | fewer than the grid | true error / bound | MB | watertight | "
        "top: s | times pydelatin | with check: times | mesh and STL: s | "
        "fast-simplification: s | its error / bound | watertight |"
    )
    print("|" + "---|" * 13)
    fewer, slower, checked = [], [], []
    for name, make in FIELDS.items():
        made = part(HeightField(make(), 1.0), ReliefSettings())
        bound = share * made.relief
        found = fit(made, bound)
        body = found.mesh
        assert isinstance(body, Triangles)
        times: dict[str, list[float]] = {"alone": [], "top": [], "mesh": [], "file": []}
        for _ in range(RUNS):
            times["alone"].append(timed(lambda: alone(made, share)))  # noqa: B023  # called at once
            times["top"].append(timed(lambda: triangulate(made.heights, share)))  # noqa: B023
            times["mesh"].append(timed(lambda: fit(made, bound)))  # noqa: B023
            times["file"].append(timed(lambda: write_stl(body, folder / "a.stl")))  # noqa: B023
        ratio = [float(np.median(np.divide(times[key], times["alone"]))) for key in ("top", "mesh")]
        fewer.append(made.triangles / body.triangles)
        slower.append(ratio[0])
        checked.append(ratio[1])
        peer = simplified(made, body.triangles)
        closed = to_trimesh(body)
        assert closed.is_watertight
        assert closed.is_winding_consistent
        assert closed.euler_number == 2
        print(
            f"| {name} | {body.triangles:,} | {fewer[-1]:.1f} | {found.error_mm / bound:.4f} | "
            f"{(84 + 50 * body.triangles) / 1e6:.2f} | yes | {np.median(times['top']):.2f} | "
            f"{ratio[0]:.2f} | {ratio[1]:.2f} | "
            f"{np.median(np.add(times['mesh'], times['file'])):.2f} | {peer[0]:.2f} | "
            f"{peer[1] / bound:.1f} | {'yes' if peer[2] else 'no'} |"
        )

    def mean(values: list[float]) -> float:
        return float(np.exp(np.mean(np.log(values))))

    print(
        f"\nGeometric means: {mean(fewer):.1f} times fewer triangles; the top takes "
        f"{mean(slower):.2f}, with check and walls {mean(checked):.2f} times what pydelatin takes."
    )


GIANT = """
import re, sys, time
from pathlib import Path
import numpy as np
from relief_widget import Relief

x = np.linspace(0, 20, 8192, dtype=np.float32)
heights = np.sin(x)[:, None] * np.cos(0.7 * x)
heights *= 0.5
heights += 0.5
relief = Relief.from_heights(heights)
start = time.perf_counter()
path = relief.save(sys.argv[1], max_error_mm=eval(sys.argv[2]))
seconds = time.perf_counter() - start
status = Path("/proc/self/status").read_text()
peak = int(re.search("VmHWM:\\s+(\\d+)", status)[1]) * 1024 / 1e6
print(f"{path.stat().st_size / 1e6:.0f} MB in {seconds:.0f} s, peak {peak:.0f} MB")
assert peak < 1500
"""


def giant(folder: Path) -> None:
    """Print what a relief of 8192² takes, in a process of its own."""
    print("\nA relief of 8192² heights from an array to an STL (the array itself has 268 MB)\n")
    for name, bound in (("the full grid", "None"), ("the default", "'auto'")):
        run = subprocess.run(
            [sys.executable, "-c", GIANT, str(folder / "giant.stl"), bound],
            capture_output=True,
            text=True,
            check=True,
        )
        print(f"{name}: {run.stdout.strip()}")


def main() -> None:
    """Print everything."""
    warnings.simplefilter("ignore")
    with TemporaryDirectory() as name:
        for share in SHARES:
            compare(share, Path(name))
        print("\nhmm by its own account, 1187² heights, the top:")
        for share, seconds, triangles in HMM:
            print(f"within {share:.2%}: {triangles:,} triangles in {seconds} s")
        if "--no-giant" not in sys.argv:
            giant(Path(name))


if __name__ == "__main__":
    main()
