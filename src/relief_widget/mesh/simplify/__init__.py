"""Meshes with few triangles, within a stated vertical error of the full grid."""

from relief_widget.mesh.simplify.detail import Detail, MaxError
from relief_widget.mesh.simplify.fitting import Fit, adaptive, fit, within_budget
from relief_widget.mesh.simplify.machines import MACHINE_ERROR_MM, auto_error_mm
from relief_widget.mesh.simplify.triangulation import lacking

__all__ = [
    "MACHINE_ERROR_MM",
    "Detail",
    "Fit",
    "MaxError",
    "adaptive",
    "auto_error_mm",
    "fit",
    "lacking",
    "within_budget",
]
