"""Time the height pipeline against the same filters from scipy.ndimage, in one run.

Prints medians in milliseconds and the ratio run by run: ``python benchmarks/bench_heights.py``.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from relief_widget.depth import DepthMap
from relief_widget.heights import heights
from relief_widget.settings import ReliefSettings

RUNS = 9
ALL = {
    "compression": 0,
    "noise_reduction": 25,
    "smoothing": 4,
    "enhance_details": 0.5,
    "surface_smoothing": 5,
}

Array = npt.NDArray[np.float32]


def field(size: int) -> Array:
    """Return heights with forms and grain."""
    noise = np.random.default_rng(0).random((size, size))
    forms = ndimage.gaussian_filter(noise, size / 40)
    forms = (forms - forms.min()) / np.ptp(forms) + 0.02 * noise
    return np.asarray((forms - forms.min()) / np.ptp(forms), dtype=np.float32)


def ours(values: Array, **settings: float) -> Array:
    """Run the pipeline with nothing kept from before."""
    quality = max(values.shape)
    return heights(DepthMap(values), ReliefSettings(mesh_quality=quality, **settings)).values  # type: ignore[arg-type]  # numbers by name


def plain(values: Array) -> Array:
    """Run the same steps as a first draft would have them: a filter of scipy.ndimage each."""
    scale = max(values.shape) / 1024
    z = ndimage.median_filter(values, 3)
    radius = max(1, round(4.5 * scale))
    mean = ndimage.uniform_filter(z, 2 * radius + 1)
    variance = ndimage.uniform_filter(z * z, 2 * radius + 1) - mean * mean
    slope = variance / (variance + 0.03**2)
    z = ndimage.uniform_filter(slope, 2 * radius + 1) * z
    z += ndimage.uniform_filter(mean - slope * mean, 2 * radius + 1)
    z = ndimage.gaussian_filter(z, 4 * scale)
    for sigma in (1.6, 6.0):
        z = z + np.tanh(z - ndimage.gaussian_filter(z, sigma * scale))
    kernel = np.array([[0, 1, 0], [1, 4, 1], [0, 1, 0]], np.float32) / 8
    for _ in range(5):
        z = ndimage.correlate(z, kernel, mode="nearest")
    return np.asarray((z - z.min()) / np.ptp(z), dtype=np.float32)


def medians(*functions: Callable[[], object]) -> list[list[float]]:
    """Return the times of each function in seconds, run in turn."""
    times: list[list[float]] = [[] for _ in functions]
    for _ in range(RUNS + 1):
        for function, taken in zip(functions, times, strict=True):
            start = time.perf_counter()
            function()
            taken.append(time.perf_counter() - start)
    return [taken[1:] for taken in times]


def main() -> None:
    """Print the table."""
    print(
        "| grid | all filters but compression, ms | compression, ms | scipy.ndimage, ms | ratio |"
    )
    print("|---|---|---|---|---|")
    for size in (512, 1024):
        values = field(size)
        filters, squeeze, peer = medians(
            lambda v=values: ours(v, **ALL),  # type: ignore[misc]  # mypy cannot infer the default
            lambda v=values: ours(v, compression=0.7, surface_smoothing=0),  # type: ignore[misc]
            lambda v=values: plain(v),  # type: ignore[misc]
        )
        ratio = np.median(np.array(peer) / np.array(filters))
        row = [1000 * float(np.median(t)) for t in (filters, squeeze, peer)]
        print(f"| {size}² | {row[0]:.0f} | {row[1]:.0f} | {row[2]:.0f} | {ratio:.1f} |")


if __name__ == "__main__":
    main()
