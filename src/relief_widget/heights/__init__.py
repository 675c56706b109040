"""From a depth map, a photo's brightness or an array to the height field of a relief."""

from relief_widget.heights.editing import edited
from relief_widget.heights.edits import IDENTITY, Edits, Stroke
from relief_widget.heights.stages import (
    REFERENCE_SIDE,
    HeightField,
    compressed,
    forget,
    grid_shape,
    heights,
    levels,
    resampler,
)

__all__ = [
    "IDENTITY",
    "REFERENCE_SIDE",
    "Edits",
    "HeightField",
    "Stroke",
    "compressed",
    "edited",
    "forget",
    "grid_shape",
    "heights",
    "levels",
    "resampler",
]
