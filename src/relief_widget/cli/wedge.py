"""``relief-widget wedge``: the part that calibrates lithophanes."""

from __future__ import annotations

import argparse
from typing import Any

from relief_widget.cli.files import check_outputs, write_all
from relief_widget.cli.settings import add_command, add_detail, add_quiet, add_thickness


def add(commands: Any) -> None:
    """Add the command."""
    command = add_command(
        commands,
        "wedge",
        _run,
        help="Make the step wedge that calibrates lithophanes.",
        description="Make the step wedge that calibrates lithophanes: print it, light it from "
        "behind,\nmeasure the light through each step, and write 'thickness, light' lines as CSV.",
    )
    command.add_argument("outputs", nargs="+", metavar="OUT", help="files to write")
    steps = command.add_argument_group("steps")
    add_thickness(steps, 0.4, 4.0)
    steps.add_argument("--steps", type=int, default=10, help="2 to 20; default 10")
    add_detail(command)
    add_quiet(command)


def _run(arguments: argparse.Namespace) -> None:
    from relief_widget.relief import Relief

    check_outputs(arguments.outputs)
    write_all(Relief.step_wedge(arguments.min_mm, arguments.max_mm, arguments.steps), arguments)
