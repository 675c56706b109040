"""Filters: float32 arrays in, float32 arrays out.

Every filter takes any shape of at least 2 × 2 and goes on beyond the border with the mirrored
picture (each border sample repeated once), so that nothing darkens, rings or wraps.
"""

from relief_widget.filters.blur import box_mean, gaussian
from relief_widget.filters.denoising import denoise, grain
from relief_widget.filters.filling import nearest_known
from relief_widget.filters.guided_filter import guided, guided_bands, guided_by_colour
from relief_widget.filters.resampling import resample, resample_steps
from relief_widget.filters.surface import enhance, laplacian, laplacian_between, level

__all__ = [
    "box_mean",
    "denoise",
    "enhance",
    "gaussian",
    "grain",
    "guided",
    "guided_bands",
    "guided_by_colour",
    "laplacian",
    "laplacian_between",
    "level",
    "nearest_known",
    "resample",
    "resample_steps",
]
