"""The built-in depth estimator: a small network, offline, and the photo's detail engraved on it.

A shape estimate, not a measurement: good at one clear subject, fair at a scene.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from PIL import Image

from relief_widget import arguments
from relief_widget.arrays import FloatArray
from relief_widget.depth.builtin.engraving import detail_of, engraved
from relief_widget.depth.builtin.form import shaped
from relief_widget.depth.builtin.network import is_seen, prepare, see
from relief_widget.depth.builtin.painting import painted
from relief_widget.depth.builtin.subject import EVEN, Subject, find, is_even
from relief_widget.depth.depth_map import DepthMap, Style, check_style
from relief_widget.depth.quality import QualityReport, measure
from relief_widget.errors import DepthError
from relief_widget.filters import level
from relief_widget.image.colour import fit, resize
from relief_widget.image.photo import Photo, open_photo

__all__ = ["MAX_SIDE", "BuiltIn", "Glance", "prepare"]

MAX_SIDE = 2048


@dataclass(frozen=True)
class BuiltIn:
    """Provider: the built-in shape estimate.

    Parameters
    ----------
    max_side
        Pixels of the depth map along the longer side, at most; 2 to 2048. A smaller one is for a
        look at it: what the network sees is the same.

    Raises
    ------
    DepthError
        The side is out of its range.
    """

    max_side: int = MAX_SIDE

    def __post_init__(self) -> None:
        side = arguments.whole("max_side", self.max_side, 2, MAX_SIDE, error=DepthError)
        object.__setattr__(self, "max_side", side)

    def __call__(self, photo: Photo, style: Style = "detailed") -> DepthMap:
        """Estimate the depth of a photo.

        Parameters
        ----------
        photo
            Its mask None: the subject is found; False: there is none; an array: it is the subject.
        style
            ``"detailed"`` or ``"organic"``.

        Returns
        -------
        DepthMap
            Depth of at most `max_side` pixels on the longer side, uncompressed, with the mask that
            was used (None where no subject was found), the confidence in it, and a report.

        Raises
        ------
        DepthError
            The style is unknown, or onnxruntime is missing.
        """
        return Glance(open_photo(photo), self.max_side).depth_map(style)


class Glance:
    """A photo as the estimator sees it, from which depth maps of any size and style are made.

    Parameters
    ----------
    photo
        The photo, with its mask; see `BuiltIn`.
    max_side
        Pixels of the largest depth map along the longer side, at most.
    """

    def __init__(self, photo: Photo, max_side: int = MAX_SIDE) -> None:
        self._photo, self._max_side = photo, max_side

    @cached_property
    def _srgb(self) -> FloatArray:
        return self._photo.srgb(self._max_side)

    def depth_map(self, style: Style, max_side: int = MAX_SIDE) -> DepthMap:
        """Return a depth map, as `BuiltIn` does.

        Parameters
        ----------
        style
            ``"detailed"`` or ``"organic"``.
        max_side
            Pixels along the longer side, at most: a small one is made in a fraction of the time,
            and its form is that of the large one.

        Raises
        ------
        DepthError
            The style is unknown, or onnxruntime is missing.
        """
        check_style(style)
        photo = self._photo
        srgb = self._srgb if max_side >= self._max_side else self._small(max_side)
        rows, cols = srgb.shape[:2]
        given = photo.subject_mask((rows, cols))
        if given is None and is_even(srgb):
            nothing = Subject(None, 0.0, (EVEN,))
            return _depth_map(np.zeros((rows, cols), np.float32), nothing, photo, style)
        # Beside the network, most of whose time is spent outside of Python.
        with ThreadPoolExecutor(1) as beside:
            detail = beside.submit(detail_of, srgb, style)
            sight = see(photo, self._seen)
            subject = find(sight, srgb, False if photo.mask is False else given)
            depth, removed = sight.depth, None
            if given is not None and subject.mask is not None:
                depth = painted(sight, subject.mask)
                seen = resize(sight.subject, (cols, rows), Image.Resampling.BILINEAR)
                removed = seen * (1 - subject.mask)
            form = shaped(depth, subject.mask, (rows, cols))
            values = level(engraved(form, detail.result(), subject.mask, style, removed))
        return _depth_map(values, subject, photo, style)

    def _seen(self) -> FloatArray:
        """Return what the network looks at: the same whatever the size of the depth map."""
        return self._srgb if self._max_side == MAX_SIDE else self._photo.srgb(MAX_SIDE)

    def _small(self, max_side: int) -> FloatArray:
        """Return a small picture: of the large one, where that is needed anyway."""
        if is_seen(self._photo):
            return self._photo.srgb(max_side)
        rows, cols = self._srgb.shape[:2]
        size = fit((cols, rows), max_side)
        return np.clip(resize(self._srgb, size, Image.Resampling.LANCZOS), 0.0, 1.0)


def _depth_map(values: FloatArray, subject: Subject, photo: Photo, style: Style) -> DepthMap:
    levels = measure(values)
    return DepthMap(
        values,
        mask=subject.mask,
        style=style,
        size=photo.size,
        confidence=subject.confidence,
        report=QualityReport(levels, levels, warnings=subject.warnings),
    )
