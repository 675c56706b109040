"""``relief-widget check``: what a slicer would say of a mesh file."""

from __future__ import annotations

import argparse
import json
from typing import Any

from relief_widget.cli.settings import add_command

_EXAMPLES = """\
exit code: 0 when nothing is red (warnings are no reason to stop), 1 when a check
is red, 2 when the file cannot be read or an option is wrong

examples:
  relief-widget check part.stl
  relief-widget check part.stl --target resin --bed "Elegoo Mars 4 Ultra"
  relief-widget check part.3mf --bed 220x220x250 --material PETG --json
  relief-widget check sign.stl --target cnc --bed "Shapeoko 4" --units inch
  relief-widget check tiles.stl.zip --bed "Prusa MINI+"
"""


def add(commands: Any) -> None:
    """Add the command."""
    text = "Look at a mesh file as a slicer would: closed, size, bed, walls, mass."
    command = add_command(commands, "check", _run, help=text, epilog=_EXAMPLES)
    command.add_argument("file", metavar="FILE", help="STL, OBJ, 3MF, PLY or GLB, or a ZIP of them")
    command.add_argument(
        "--target",
        default="fdm",
        metavar="TARGET",
        help="fdm (default), resin, cnc, laser or lithophane",
    )
    command.add_argument(
        "--bed",
        metavar="MACHINE|SIZE",
        help="a machine such as 'Prusa MK4', or a size in mm such as 220x220x250; "
        "by default all known ones are asked",
    )
    command.add_argument("--material", help="for the mass, such as PETG, walnut or brass")
    command.add_argument(
        "--units",
        choices=("micron", "mm", "cm", "m", "inch", "ft"),
        help="default: what a 3MF or GLB says, else mm",
    )
    command.add_argument(
        "--nozzle-mm", type=float, metavar="MM", help="bore of the nozzle; walls follow it"
    )
    command.add_argument("--json", action="store_true", help="print the report as JSON")


def _run(arguments: argparse.Namespace) -> int:
    """Check the file and print the report; return the exit code."""
    from relief_widget.errors import ReliefError
    from relief_widget.preflight.files import check_file

    limits: dict[str, Any] = {}
    if arguments.nozzle_mm is not None:
        if not 0.05 <= arguments.nozzle_mm <= 5:
            raise ReliefError(
                f"A nozzle of {arguments.nozzle_mm:g} mm does not exist.", "Give 0.05 to 5 mm."
            )
        limits["nozzle_mm"] = arguments.nozzle_mm
    report = check_file(
        arguments.file,
        arguments.target,
        bed=arguments.bed,
        material=arguments.material,
        units=arguments.units,
        **limits,
    )
    if arguments.json:
        text = json.dumps(report.to_dict(), indent=2, ensure_ascii=False)
    else:
        text = str(report)
    print(text)
    return 1 if report.status == "fail" else 0
