"""The command line: ``relief-widget make PHOTO OUT…`` and its siblings, one module a command."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from relief_widget.cli import app, cache, check, lithophane, make, wedge
from relief_widget.cli.streams import Stopped, spoken, stoppable
from relief_widget.errors import ReliefError, enough_memory

_LOST = "What was to be printed could not be written: there is no room where it goes."


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code: 0, 2 for bad input, 130 when interrupted.

    ``check`` returns 1 when one of its checks is red. A signal that asks it to end gives 128 and
    the signal's number, as in a shell.
    """
    with spoken() as out:
        try:
            code = _run(argv)
        except SystemExit as stop:
            # The parser's: after --help, or for a wrong flag.
            out.flush()
            if out.is_lost and not stop.code:
                raise SystemExit(_told(_LOST)) from None
            raise
        out.flush()
        return _told(_LOST) if out.is_lost and code == 0 else code


def _run(argv: Sequence[str] | None) -> int:
    arguments = parser().parse_args(argv)
    try:
        with stoppable(), enough_memory():
            _check_folder()
            return arguments.run(arguments) or 0
    except ReliefError as error:
        return _told(str(error))
    except OSError as error:
        # What others do to files meanwhile: reading and writing say it better themselves.
        of = f" for {Path(os.fsdecode(error.filename)).name!r}" if _is_path(error.filename) else ""
        return _told(f"The system says{of}: {error.strerror or type(error).__name__}.")
    except KeyboardInterrupt:
        print("\nrelief-widget: stopped; unfinished files were removed.", file=sys.stderr)
        return 130
    except Stopped as stopped:
        print("relief-widget: stopped; unfinished files were removed.", file=sys.stderr)
        return 128 + stopped.number


def _told(sentence: str) -> int:
    print(f"relief-widget: {sentence}", file=sys.stderr)
    return 2


def _is_path(name: object) -> bool:
    return isinstance(name, str | bytes)


def _check_folder() -> None:
    try:
        Path.cwd()
    except OSError:
        raise ReliefError(
            "The folder that this was started in is gone.", "Change to another one first: cd ~"
        ) from None


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
