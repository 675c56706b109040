"""Preflight: what a slicer or CAM program would say, before the part is made.

>>> from relief_widget import Relief
>>> report = Relief.from_heights([[0, 1], [0, 1]]).preflight("fdm", bed="Prusa MK4")
>>> report["closed"].status
'ok'
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from relief_widget.preflight.files import check_file
    from relief_widget.preflight.machines import MACHINES, Machine, find_machine
    from relief_widget.preflight.of_mesh import mesh_checks
    from relief_widget.preflight.report import Check, Report
    from relief_widget.preflight.run import preflight
    from relief_widget.preflight.targets import DENSITIES, TARGETS, Target

__all__ = [
    "DENSITIES",
    "MACHINES",
    "TARGETS",
    "Check",
    "Machine",
    "Report",
    "Target",
    "check_file",
    "find_machine",
    "mesh_checks",
    "preflight",
]

# Loaded on first use: the help of the command line needs none of it.
_HOMES = {
    "DENSITIES": "targets",
    "MACHINES": "machines",
    "TARGETS": "targets",
    "Check": "report",
    "Machine": "machines",
    "Report": "report",
    "Target": "targets",
    "check_file": "files",
    "find_machine": "machines",
    "mesh_checks": "of_mesh",
    "preflight": "run",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
