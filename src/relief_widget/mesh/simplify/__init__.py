"""Meshes with few triangles, within a stated vertical error of the full grid."""

from relief_widget.mesh.simplify.detail import Detail, MaxError, auto_error_mm
from relief_widget.mesh.simplify.fitting import Fit, fit, within_budget

__all__ = ["Detail", "Fit", "MaxError", "auto_error_mm", "fit", "within_budget"]
