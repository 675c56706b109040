"""The command line: ``relief-widget make PHOTO OUT…`` and its siblings, one module a command."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from relief_widget.cli import app, cache, check, lithophane, make, wedge
from relief_widget.errors import ReliefError


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code: 0, 2 for bad input, 130 when interrupted.

    ``check`` returns 1 when one of its checks is red.
    """
    arguments = parser().parse_args(argv)
    try:
        return arguments.run(arguments) or 0
    except ReliefError as error:
        print(f"relief-widget: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nrelief-widget: stopped; unfinished files were removed.", file=sys.stderr)
        return 130


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    from relief_widget import __version__

    whole = argparse.ArgumentParser(
        prog="relief-widget",
        description="Turn a photo into a 3D relief, ready to print, mill or engrave.",
    )
    whole.add_argument("--version", action="version", version=f"relief-widget {__version__}")
    commands = whole.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in (make, lithophane, wedge, check, app, cache):
        command.add(commands)
    return whole
