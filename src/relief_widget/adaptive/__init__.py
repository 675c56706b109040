"""Meshes with few triangles, within a stated vertical error of the full grid."""

from relief_widget.adaptive.detail import Detail, MaxError
from relief_widget.adaptive.fitting import Fit, adaptive, fit, within_budget
from relief_widget.adaptive.machines import MACHINE_ERROR_MM, auto_error_mm
from relief_widget.adaptive.triangulation import available

__all__ = [
    "MACHINE_ERROR_MM",
    "Detail",
    "Fit",
    "MaxError",
    "adaptive",
    "auto_error_mm",
    "available",
    "fit",
    "within_budget",
]
