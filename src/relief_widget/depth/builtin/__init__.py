"""The built-in depth estimator: a small network, offline, and the photo's detail engraved on it.

A shape estimate, not a measurement: good at one clear subject, fair at a scene.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relief_widget.depth.builtin.engraving import engraved
from relief_widget.depth.builtin.form import painted_form, seen_form
from relief_widget.depth.builtin.network import see
from relief_widget.depth.builtin.subject import find
from relief_widget.depth.depth_map import DepthMap, Style, check_style
from relief_widget.depth.quality import QualityReport, measure
from relief_widget.filters import level
from relief_widget.photo import Photo

__all__ = ["MAX_SIDE", "BuiltIn"]

MAX_SIDE = 2048


@dataclass(frozen=True)
class BuiltIn:
    """Provider: the built-in shape estimate."""

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
        Depth of at most 2048 pixels on the longer side, uncompressed, with the mask that was used
        (None where no subject was found), the confidence in it, and a report.

        Raises
        ------
        DepthError
            The style is unknown, or onnxruntime is missing.
        """
        check_style(style)
        srgb = photo.srgb(MAX_SIDE)
        rows, cols = srgb.shape[:2]
        sight = see(photo)
        given = photo.subject_mask((rows, cols))
        subject = find(sight, srgb, False if photo.mask is False else given)
        if given is None or subject.mask is None:
            form = seen_form(sight.depth, subject.mask, (rows, cols))
        else:
            form = painted_form(sight, subject.mask, (rows, cols))
        values = level(engraved(form, srgb, subject.mask, style))
        levels = measure(values)
        return DepthMap(
            values,
            mask=subject.mask,
            style=style,
            size=photo.size,
            confidence=subject.confidence,
            report=QualityReport(levels, levels, warnings=subject.warnings),
        )
