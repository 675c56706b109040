"""From a depth map to the height field: the filters in order, each stage cached."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np
import numpy.typing as npt

from relief_widget import filters
from relief_widget.arrays import FloatArray, check_finite
from relief_widget.depth.depth_map import DepthMap
from relief_widget.filters.compression import compress
from relief_widget.recent import Recent
from relief_widget.settings import ReliefSettings, Stage, controls

# Lengths in pixels are meant for a map of this many pixels.
REFERENCE_SIDE = 1024
# The filters work at the resolution of the grid, but no lower, so that a coarse grid shows the same
# relief as a fine one.
_LEAST_SIDE = 512
# Two settings are gone back and forth between, such as a slider's before and after.
_SLOTS = 2
# Results live as long as their depth map, and apart from it: a depth map is a value.
_KEPT: weakref.WeakKeyDictionary[DepthMap, dict[str, Recent[FloatArray]]]
_KEPT = weakref.WeakKeyDictionary()
_LOCK = threading.Lock()
# How far the subject and its ground go over into each other, as a share of the longer side.
_FEATHER = 0.006
# Neighbours of a stepped map that differ by more stand on two sides of a wall.
_WALL = 0.03


@dataclass(frozen=True, eq=False)
class HeightField:
    """Heights over a rectangular grid.

    Attributes
    ----------
    values
        float32 (rows, cols) in [0, 1], row 0 = top of the photo, read-only.
    aspect
        Width of the part divided by its height.

    Raises
    ------
    ReliefError
        They are not all numbers.
    """

    values: FloatArray
    aspect: float

    def __post_init__(self) -> None:
        check_finite("The heights", self.values, self.aspect)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        rows, cols = self.values.shape
        return rows, cols


def levels(values: npt.ArrayLike) -> npt.NDArray[np.uint16]:
    """Return heights of 0 to 1 as the 16-bit integers that the browser is sent.

    Halves are rounded up, as JavaScript does; NumPy's rint would round them to even.
    """
    scaled = np.asarray(values, dtype=np.float64) * 65535
    return np.floor(scaled + 0.5).astype(np.uint16)


def grid_shape(size: tuple[int, int], quality: int) -> tuple[int, int]:
    """Return rows and columns of the grid for a photo of `size` (width, height).

    The longer side gets `quality` vertices, the shorter one its share of them, and at least 2: so
    a map that is as long as the grid is has the grid's shape, and is not resampled.
    """
    width, height = size
    long, short = max(width, height), min(width, height)
    other = max(2, round(quality * short / long))
    return (other, quality) if width >= height else (quality, other)


def heights(depth_map: DepthMap, settings: ReliefSettings) -> HeightField:
    """Turn a depth map into a height field.

    Compression, noise reduction, smoothing, detail enhancement, resampling to the grid, surface
    smoothing, the subject against its ground, and last the stretch to exactly 0 … 1, so that no
    other setting changes the part's height. Each stage keeps its last results as long as the depth
    map lives, by those settings that it and earlier stages read.

    The levels of a stepped map are neither compressed nor enhanced, are brought to the grid at
    once, and are smoothed on each side of a wall for itself.

    Parameters
    ----------
    depth_map
        The depth.
    settings
        Its height settings are read.

    Returns
    -------
    HeightField
        The height field; constant depth gives heights of 0.
    """
    values = _run(depth_map, settings, get_args(Stage))
    width, height = depth_map.size
    return HeightField(values, width / height)


def compressed(depth_map: DepthMap, settings: ReliefSettings) -> FloatArray:
    """Return a depth map after the first stage of `heights`: at its resolution, not in [0, 1]."""
    return _run(depth_map, settings, ("compress",))


def _run(depth_map: DepthMap, settings: ReliefSettings, wanted: Sequence[str]) -> FloatArray:
    values = depth_map.values
    work = values.shape
    key: tuple[object, ...] = ()
    resample = resampler(depth_map)
    # Two steps to the grid would widen a wall twice.
    least = 2 if depth_map.stepped else _LEAST_SIDE
    limit = max(settings.mesh_quality, least)
    if max(work) > limit:
        work = grid_shape((work[1], work[0]), limit)
        key = (work,)
        rows, cols = work
        values = _kept(depth_map, "shrink", key, lambda v: resample(v, (rows, cols)), values)
    scale = max(work) / REFERENCE_SIDE
    for stage, function in _stages(depth_map, settings, scale):
        if stage not in wanted:
            break
        read = (name for name, control in controls().items() if control.stage == stage)
        key = (*key, *(getattr(settings, name) for name in read))
        values = _kept(depth_map, stage, key, function, values)
    return values


def resampler(depth_map: DepthMap) -> Callable[[FloatArray, tuple[int, int]], FloatArray]:
    """Return the function that brings the values of a depth map to another shape."""
    return filters.resample_steps if depth_map.stepped else filters.resample


def _stages(
    depth_map: DepthMap, settings: ReliefSettings, scale: float
) -> Iterator[tuple[Stage, Callable[[FloatArray], FloatArray]]]:
    """Yield the stages in order, as functions of the heights before."""

    def squeeze(values: FloatArray) -> FloatArray:
        if settings.compression <= 0 or depth_map.stepped:
            return values
        mask = depth_map.mask
        if mask is not None and mask.shape != values.shape:
            mask = filters.resample(mask, (values.shape[0], values.shape[1]))
        return compress(values, mask, depth_map.style, settings.compression)

    functions: dict[Stage, Callable[[FloatArray], FloatArray]] = {
        "compress": squeeze,
        "denoise": lambda v: filters.denoise(v, settings.noise_reduction, scale),
        "smooth": lambda v: filters.gaussian(v, settings.smoothing * scale),
        "enhance": lambda v: filters.enhance(v, settings.enhance_details, scale),
        "resample": lambda v: resampler(depth_map)(
            v, grid_shape(depth_map.size, settings.mesh_quality)
        ),
        "smooth_surface": lambda v: filters.laplacian(v, settings.surface_smoothing),
        "balance": lambda v: _balanced(v, depth_map, settings),
        "level": filters.level,
    }
    if depth_map.stepped:
        functions["enhance"] = lambda v: v
        functions["smooth_surface"] = lambda v: filters.laplacian_between(
            v, settings.surface_smoothing, _WALL
        )
    for stage in get_args(Stage):
        yield stage, functions[stage]


def _balanced(values: FloatArray, depth_map: DepthMap, settings: ReliefSettings) -> FloatArray:
    """Return the subject and its ground each at its share of their heights."""
    subject, ground = settings.subject_height, settings.ground_height
    if depth_map.mask is None or subject == ground:
        # Both alike would be stretched back.
        return values
    rows, cols = values.shape
    mask = np.clip(resampler(depth_map)(depth_map.mask, (rows, cols)), 0.0, 1.0)
    if not depth_map.stepped:
        mask = filters.gaussian(mask, _FEATHER * max(rows, cols))
    share = np.float32(ground) + mask * np.float32(subject - ground)
    return filters.level(values) * share


def forget(depth_map: DepthMap) -> None:
    """Drop what the stages kept of a depth map; it can be done again."""
    with _LOCK:
        _KEPT.pop(depth_map, None)


def _kept(
    depth_map: DepthMap,
    name: str,
    key: tuple[object, ...],
    function: Callable[[FloatArray], FloatArray],
    before: FloatArray,
) -> FloatArray:
    """Return the result of a stage if it is kept, else compute and keep it."""

    def compute() -> FloatArray:
        values = np.ascontiguousarray(function(before), dtype=np.float32)
        values.setflags(write=False)
        return values

    with _LOCK:
        stages = _KEPT.setdefault(depth_map, {})
        kept = stages.setdefault(name, Recent(_SLOTS))
    return kept.get(key, compute)
