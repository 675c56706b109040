"""``relief-widget lithophane``: brightness becomes thickness."""

from __future__ import annotations

import argparse
from typing import Any

from relief_widget.cli.files import OUTPUTS, check_outputs, write_all
from relief_widget.cli.settings import (
    add_command,
    add_detail,
    add_files,
    add_lengths,
    add_quiet,
    add_settings,
    add_thickness,
    given_settings,
    with_lengths,
)

_EXAMPLES = f"""\
A lithophane shows the photo when it is lit from behind: brightness becomes
thickness. Print it upright, in white. For true tones measure your filament once
with the part of 'relief-widget wedge' and pass the measurements with --table.

examples:
  relief-widget lithophane cat.jpg cat.stl cat.png --size-mm 120
  relief-widget lithophane cat.jpg cat.stl --table my_filament.csv

{OUTPUTS}
"""


def add(commands: Any) -> None:
    """Add the command."""
    command = add_command(
        commands,
        "lithophane",
        _run,
        help="Turn a photo into a lithophane.",
        epilog=_EXAMPLES,
    )
    add_files(command)
    tones = command.add_argument_group("tones")
    add_thickness(tones, 0.8, 3.0)
    tones.add_argument(
        "--attenuation-per-mm",
        type=float,
        default=0.9,
        metavar="µ",
        help="how fast the material darkens, T = exp(-µ t); default 0.9",
    )
    tones.add_argument("--table", metavar="CSV", help="measured thickness in mm and light instead")
    tones.add_argument(
        "--transparent",
        choices=("white", "grey", "black"),
        default="white",
        help="what stands where the picture is transparent; default: white, the thinnest",
    )
    add_settings(command, ["size_mm", "mirror", "mesh_quality"])
    add_lengths(command, ("width", "height"))
    add_detail(command)
    add_quiet(command)


def _run(arguments: argparse.Namespace) -> None:
    from relief_widget.heights.lithophane import read_table
    from relief_widget.relief import Relief

    check_outputs(arguments.outputs, arguments.photo, arguments.table)
    relief = Relief.lithophane(
        arguments.photo,
        arguments.min_mm,
        arguments.max_mm,
        arguments.attenuation_per_mm,
        table=None if arguments.table is None else read_table(arguments.table),
        transparent=arguments.transparent,
        **given_settings(arguments),
    )
    write_all(with_lengths(relief, arguments), arguments)
