"""The depth network that ships with the package: what it sees in a photo.

What it is, what it was trained on and how well it does: docs/relief_net.md.
"""

from __future__ import annotations

import hashlib
import math
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from relief_widget.arrays import FloatArray, Pixels
from relief_widget.filters import guided
from relief_widget.image.colour import luminance, resize
from relief_widget.image.photo import Photo
from relief_widget.recent import OfArray

# Sides at which the network is best; it looks at both, and at their mirror images.
_SIDES = (256, 384)
_MULTIPLE = 32
# Beyond this, a strip keeps its area instead of its longer side: it would become too thin to see.
_MOST_ASPECT = 2.5
# Answers that are kept: of the photo at hand, and of those before it that undo goes back to.
_KEPT = 6
# Of the tone, luminance to the power of 1 / 2.2, as photos mostly have it: what the mean lies
# between, the least span, and the middle that a photo of less is brought to.
_DARK, _BRIGHT = 0.25, 0.7
_NARROW, _MIDDLE = 0.45, 0.45
# The network enlarges its answer twofold in straight lines; radius and deviation of the guided
# filter that takes their creases out and leaves its steps.
_CREASES = 3, 0.05


@dataclass(frozen=True, eq=False)
class Sight:
    """What the network sees in a photo, at its own resolution.

    Attributes
    ----------
    depth
        float32 (h, w), near = large: inverse depth with median 0 and mean absolute deviation 1.
    subject
        float32 (h, w) in [0, 1]: how probably a pixel belongs to the subject.
    """

    depth: FloatArray
    subject: FloatArray


_lock = threading.Lock()
_runtime: Any = None
_sights: OrderedDict[bytes, Sight] = OrderedDict()
_keys: OfArray[bytes] = OfArray()


def see(photo: Photo, srgb: Callable[[], FloatArray]) -> Sight:
    """Look at a photo; one that was seen lately is not looked at again.

    Two sizes, each with its mirror image, averaged. The same photo gives the same answer, whatever
    its mask.

    Parameters
    ----------
    photo
        The photo, by whose pixels the answer is kept.
    srgb
        Returns the photo's pixels, float32 (H, W, 3) in [0, 1], at a size that has enough of them.

    Raises
    ------
    DepthError
        onnxruntime is missing.
    """
    key = _keys.get(photo.pixels, _key)
    # One photo at a time: the network uses all cores, and a second look would wait for them anyway.
    with _lock:
        sight = _sights.get(key)
        if sight is None:
            sight = _look(srgb())
            _sights[key] = sight
            while len(_sights) > _KEPT:
                _sights.popitem(last=False)
        _sights.move_to_end(key)
    return sight


def is_seen(photo: Photo) -> bool:
    """Tell whether a photo was seen lately, so that nothing has to be looked at again."""
    key = _keys.get(photo.pixels, _key)
    with _lock:
        return key in _sights


def _key(pixels: Pixels) -> bytes:
    """Return what tells pixels from others."""
    # Twice as fast as others where the processor knows it.
    digest = hashlib.sha256(repr((pixels.shape, pixels.dtype)).encode())
    digest.update(np.ascontiguousarray(pixels).data)
    return digest.digest()


def prepare() -> None:
    """Load the network, so that the first photo does not wait for it.

    Raises
    ------
    DepthError
        onnxruntime is missing.
    """
    with _lock:
        _load()


def rest() -> None:
    """Give back the memory that the network works with; it is loaded again when it is needed."""
    global _runtime
    if _lock.acquire(blocking=False):
        try:
            _runtime = None
        finally:
            _lock.release()


def _load() -> None:
    global _runtime
    from relief_widget.depth.onnx.runtime import open_runtime

    if _runtime is None:
        _runtime = open_runtime(Path(str(resources.files(__package__) / "relief_net.onnx")))


def _look(srgb: FloatArray) -> Sight:
    from relief_widget.depth.onnx.runtime import run

    _load()
    sizes = [_size((srgb.shape[1], srgb.shape[0]), side) for side in _SIDES]
    picture = levelled(np.clip(resize(srgb, sizes[-1], Image.Resampling.BICUBIC), 0.0, 1.0))
    looks: list[tuple[FloatArray, FloatArray]] = []
    for size in sizes:
        small = np.clip(resize(picture, size, Image.Resampling.BICUBIC), 0.0, 1.0)
        pair = np.ascontiguousarray(np.stack([small, small[:, ::-1]]).transpose(0, 3, 1, 2))
        answer = run(_runtime, ("depth", "subject"), {"image": pair})
        depths, subjects = (answer[name].astype(np.float32) for name in ("depth", "subject"))
        looks.append((depths[0], subjects[0]))
        looks.append((depths[1][:, ::-1], subjects[1][:, ::-1]))
    shape = looks[-1][0].shape[::-1]

    def mean(planes: list[FloatArray]) -> FloatArray:
        total = np.zeros(shape[::-1], np.float32)
        for plane in planes:
            total += resize(plane, shape, Image.Resampling.BICUBIC)
        return total / np.float32(len(planes))

    depth = _standard(mean([_standard(plane) for plane, _ in looks]))
    subject = np.clip(mean([plane for _, plane in looks]), 0.0, 1.0)
    radius, deviation = _CREASES
    return Sight(guided(depth, depth, radius, deviation**2), subject)


def _size(size: tuple[int, int], side: int) -> tuple[int, int]:
    """Return width and height of the network's picture."""
    long, short = max(size), min(size)
    scale = side / long * math.sqrt(max(1.0, long / (short * _MOST_ASPECT)))
    width, height = (max(1, round(length * scale / _MULTIPLE)) * _MULTIPLE for length in size)
    return width, height


def _standard(depth: FloatArray) -> FloatArray:
    """Give a depth the median 0 and the mean absolute deviation 1."""
    centred = np.asarray(depth - np.median(depth), dtype=np.float32)
    return centred / np.float32(max(float(np.abs(centred).mean()), 1e-6))


def levelled(srgb: FloatArray) -> FloatArray:
    """Bring a very dark, bright or flat photo nearer to the light that the network knows.

    A photo of ordinary light stays as it is.

    Parameters
    ----------
    srgb
        float32 (H, W, 3) in [0, 1].

    Returns
    -------
    FloatArray
        float32 (H, W, 3) in [0, 1].
    """
    tone = luminance(srgb) ** np.float32(1 / 2.2)
    low, high = (float(end) for end in np.percentile(tone, (0.5, 99.5)))
    span = high - low
    values = srgb
    if span < _NARROW and span > 1e-3:
        # To that span, about the middle; colours keep their distances from grey in proportion.
        gain = min(_NARROW / span, 8.0)
        values = (srgb - np.float32((low + high) / 2)) * np.float32(gain) + np.float32(_MIDDLE)
        values = np.clip(values, 0.0, 1.0)
        tone = luminance(values) ** np.float32(1 / 2.2)
    mean = float(tone.mean())
    if _DARK <= mean <= _BRIGHT or not 1e-3 < mean < 1 - 1e-3:
        return values
    # A gamma curve that brings the mean to the nearer end of what is usual.
    wanted = _DARK if mean < _DARK else _BRIGHT
    gamma = float(np.clip(math.log(wanted) / math.log(mean), 0.3, 3.0))
    return np.asarray(values ** np.float32(gamma), dtype=np.float32)
