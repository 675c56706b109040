"""Whether a depth map that was given belongs to its photo: turned by a quarter, near for far."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from relief_widget.arrays import FloatArray
from relief_widget.depth.builtin import BuiltIn
from relief_widget.depth.depth_map import DepthMap
from relief_widget.depth.quality.framing import agreement, edges, within
from relief_widget.depth.quality.tone import inverted
from relief_widget.errors import DepthError
from relief_widget.filters import resample
from relief_widget.image.decoding import upright
from relief_widget.image.photo import Photo, open_photo

_ROUGH_SIDE = 320
_SIDE = 256
_SAME_ASPECT = 0.03
# A turn must raise the agreement of the edges by so much, absolutely and by this factor, where
# nothing but the edges speaks for it.
_GAIN, _FACTOR = 0.08, 1.4
# And of two turns, one must agree, and the other less.
_RELATED, _APART = 0.2, 0.08

NEAR_MAY_BE_DARK = (
    "Near may be dark in this depth map. If the relief is hollow, choose “Near is dark”."
)


def rough_depth(photo: Photo) -> FloatArray | None:
    """Return a quick estimate of the depth, good enough to tell near from far.

    None where the built-in network cannot run.
    """
    small = open_photo(photo.image(_ROUGH_SIDE))
    try:
        return BuiltIn()(small).values
    except DepthError:
        return None


def doubt_of_near(depth_map: DepthMap, photo: Photo | None) -> DepthMap:
    """Return a depth map whose report says so where near seems to be dark in it."""
    report = depth_map.report
    if report is None or depth_map.values.min() == depth_map.values.max():
        return depth_map
    reference = None
    if photo is not None:
        # Only where the map itself gives reason is the photo looked at: that takes a while.
        reference = rough_depth(photo) if _may_be_turned(depth_map.values) else depth_map.values
    certain, doubtful = inverted(depth_map.values, reference)
    if not (certain or doubtful):
        return depth_map
    warnings = (*report.warnings, NEAR_MAY_BE_DARK)
    return dataclasses.replace(depth_map, report=dataclasses.replace(report, warnings=warnings))


def _may_be_turned(values: FloatArray) -> bool:
    """Whether the middle of a map is darker than its border."""
    rows, cols = values.shape
    middle = values[rows // 4 : rows - rows // 4, cols // 4 : cols - cols // 4]
    return bool(middle.mean() < values.mean())


def fitted(depth_map: DepthMap, photo: Photo, orientation: int) -> DepthMap:
    """Return a depth map turned by a quarter where only so it covers its photo, and say so.

    Programs that estimate depth often leave out the rotation that a camera writes into its photos.

    Parameters
    ----------
    depth_map
        As it was loaded.
    photo
        Upright.
    orientation
        EXIF's, of the depth map's own file: it is turned already.
    """
    wanted = photo.width / photo.height
    values = depth_map.values
    fits = _covers(values.shape, wanted)
    exif = photo.orientation
    if orientation == 1 and exif != 1:
        candidate = np.ascontiguousarray(upright(values, exif))
        if _covers(candidate.shape, wanted):
            if not fits or _better(candidate, values, photo):
                return _turned(depth_map, candidate)
            return depth_map
    if fits or not _covers(values.shape[::-1], wanted):
        return depth_map
    left, right = (np.ascontiguousarray(np.rot90(values, turns)) for turns in (1, -1))
    one, other = (_agrees(values, photo) for values in (left, right))
    if max(one, other) < _RELATED or abs(one - other) < _APART:
        # Which way, nothing tells.
        return depth_map
    return _turned(depth_map, left if one > other else right)


def _turned(depth_map: DepthMap, values: FloatArray) -> DepthMap:
    text = "The depth map lay in another way than its photo, and was turned as the photo is."
    if values.shape != depth_map.values.shape:
        text = "The depth map lay on its side, and was turned by a quarter, as its photo is."
    report = depth_map.report
    if report is not None:
        report = dataclasses.replace(report, warnings=(*report.warnings, text))
    size = values.shape[1], values.shape[0]
    return dataclasses.replace(depth_map, values=values, mask=None, size=size, report=report)


def _covers(shape: tuple[int, ...], wanted: float) -> bool:
    rows, cols = shape
    return abs(math.log(cols / rows / wanted)) <= _SAME_ASPECT + 1 / min(rows, cols)


def _agrees(values: FloatArray, photo: Photo) -> float:
    shape = within((photo.height, photo.width), _SIDE, 16)
    return agreement(edges(resample(photo.luminance(_SIDE), shape)), edges(resample(values, shape)))


def _better(candidate: FloatArray, values: FloatArray, photo: Photo) -> bool:
    before, after = _agrees(values, photo), _agrees(candidate, photo)
    return after > before + _GAIN and after > before * _FACTOR
