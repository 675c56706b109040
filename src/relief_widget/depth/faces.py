"""Find frontal faces, only to tell the subject mask where a person may be.

The cascade is the one that OpenCV and scikit-image ship, of local binary patterns over blocks (Liao
et al. 2007, "Learning multi-scale block local binary patterns for face recognition");
``frontal_face.xml`` holds it. It misses profiles and sees a face in a motorcycle now and then, so a
hit is a hint, never more.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from xml.etree import ElementTree as ET

import numpy as np
import numpy.typing as npt

from relief_widget.filters import resample

Array = npt.NDArray[np.float32]
Integral = npt.NDArray[np.float64]

_WINDOW = 24
_ZOOM = 1.15
# So many neighbouring windows must agree.
_LEAST_HITS = 4


@dataclass(frozen=True)
class Face:
    """A square of a face: centre and side as shares of the picture's width and height in pixels.

    Attributes
    ----------
    x, y, side
        Centre and side of the square in pixels.
    hits
        How many windows agreed.
    """

    x: float
    y: float
    side: float
    hits: int


@dataclass(frozen=True)
class _Stage:
    features: npt.NDArray[np.int64]
    subsets: npt.NDArray[np.bool_]
    leaves: npt.NDArray[np.float64]
    threshold: float


def person_prior(grey: Array, side: int) -> Array:
    """Return where the people are whose faces are seen: head, hair and shoulders.

    Parameters
    ----------
    grey
        float32 (rows, cols) in [0, 1].
    side
        Length in pixels to which the picture is shrunk; faces of 24 pixels and more are found.

    Returns
    -------
    float32 (rows, cols) in [0, 1]; all 0 where no face is found.
    """
    rows, cols = grey.shape
    y = np.arange(rows, dtype=np.float32)[:, None]
    x = np.arange(cols, dtype=np.float32)
    prior = np.zeros((rows, cols), dtype=np.float32)
    for face in find_faces(grey, side):
        across, down = (x - face.x) / face.side, (y - face.y) / face.side
        head = (across / 0.62) ** 2 + ((down + 0.12) / 0.82) ** 2
        # Shoulders are about three heads wide and begin below the chin.
        reach = np.clip((down - 0.45) / 0.8, 0, 1) * 1.1 + 0.35
        torso = np.maximum(np.abs(across) / reach, 1 + (0.6 - down) * 2)
        for form, height in ((head, 1.0), (torso, 0.8)):
            soft = 1 / (1 + np.exp(np.minimum(10 * (form - 1), 50)))
            np.maximum(prior, np.float32(height) * soft, out=prior)
    return prior


def find_faces(grey: Array, side: int) -> list[Face]:
    """Return the faces of a picture, those with most agreement first.

    Parameters
    ----------
    grey
        float32 (rows, cols).
    side
        Length in pixels to which the picture is shrunk.
    """
    rows, cols = grey.shape
    factor = min(1.0, side / max(rows, cols))
    hits: list[tuple[float, float, float]] = []
    while min(rows, cols) * factor >= _WINDOW + 1:
        shape = round(rows * factor), round(cols * factor)
        for y, x in _windows(resample(grey, shape)):
            half = _WINDOW / 2
            hits.append(((x + half) / factor, (y + half) / factor, _WINDOW / factor))
        factor /= _ZOOM
    return _grouped(np.array(hits).reshape(-1, 3))


def _windows(grey: Array) -> npt.NDArray[np.int64]:
    """Return the top left corners (n, 2) of the windows that pass all stages."""
    rows, cols = grey.shape
    integral = np.zeros((rows + 1, cols + 1))
    np.cumsum(np.cumsum(grey, axis=0, dtype=np.float64), axis=1, out=integral[1:, 1:])
    y, x = np.mgrid[0 : rows - _WINDOW + 1, 0 : cols - _WINDOW + 1]
    places = np.stack([y.ravel(), x.ravel()], axis=1)
    for stage in _cascade():
        score = np.zeros(len(places))
        for rectangle, subset, leaf in zip(
            stage.features, stage.subsets, stage.leaves, strict=True
        ):
            score += np.where(subset[_patterns(integral, places, rectangle)], *leaf)
        places = places[score >= stage.threshold]
        if not len(places):
            break
    return places


def _patterns(
    integral: Integral, places: npt.NDArray[np.int64], rectangle: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Return the local binary pattern of 3 × 3 blocks at each place, 0 to 255."""
    left, top, width, height = rectangle
    stride = integral.shape[1]
    start = (places[:, 0] + top) * stride + places[:, 1] + left
    flat = integral.ravel()
    corner = [
        [flat[start + down * height * stride + right * width] for right in range(4)]
        for down in range(4)
    ]
    block = [
        [
            corner[i + 1][j + 1] - corner[i][j + 1] - corner[i + 1][j] + corner[i][j]
            for j in range(3)
        ]
        for i in range(3)
    ]
    pattern = np.zeros(len(places), dtype=np.int64)
    ring = ((0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0))
    for bit, (i, j) in enumerate(ring):
        pattern |= (block[i][j] >= block[1][1]).astype(np.int64) << (7 - bit)
    return pattern


@cache
def _cascade() -> tuple[_Stage, ...]:
    text = files("relief_widget.depth").joinpath("frontal_face.xml").read_text(encoding="utf-8")
    # The file is part of the package, not anyone's input.
    root = ET.fromstring(text)  # noqa: S314
    rectangles = np.array(
        [rect.text.split() for rect in root.iter("rect") if rect.text], dtype=np.int64
    )
    stages = root.find(".//stages")
    assert stages is not None
    return tuple(_stage(node, rectangles) for node in stages)


def _stage(node: ET.Element, rectangles: npt.NDArray[np.int64]) -> _Stage:
    nodes = np.array(
        [(item.text or "").split() for item in node.iter("internalNodes")], dtype=np.int64
    )
    leaves = np.array([(item.text or "").split() for item in node.iter("leafValues")], np.float64)
    words = nodes[:, 3:].astype(np.int32).view(np.uint32)
    bits = (words[:, :, None] >> np.arange(32, dtype=np.uint32)) & 1
    threshold = node.findtext("stageThreshold")
    assert threshold is not None
    return _Stage(
        rectangles[nodes[:, 2]],
        bits.reshape(len(nodes), 256).astype(bool),
        leaves,
        float(threshold),
    )


def _grouped(hits: npt.NDArray[np.float64]) -> list[Face]:
    """Merge windows that overlap, and drop groups that are too small."""
    faces = []
    rest = hits
    while len(rest):
        distance = np.hypot(*(rest[:, None, :2] - rest[None, :, :2]).transpose(2, 0, 1))
        ratio = np.abs(np.log(rest[:, None, 2] / rest[None, :, 2]))
        near = (distance < 0.3 * np.minimum(rest[:, None, 2], rest[None, :, 2])) & (ratio < 0.35)
        best = near[near.sum(axis=1).argmax()]
        if best.sum() < _LEAST_HITS:
            break
        x, y, side = rest[best].mean(axis=0)
        faces.append(Face(float(x), float(y), float(side), int(best.sum())))
        rest = rest[~best]
    return faces
