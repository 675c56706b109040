"""What every command has: a name, a description and what it runs."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any


def add_command(commands: Any, name: str, run: Callable[..., int | None], **texts: str) -> Any:
    """Add a command; `texts` are its help, description and epilog."""
    command = commands.add_parser(
        name,
        description=texts.get("description", texts["help"]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        **{key: text for key, text in texts.items() if key != "description"},
    )
    command.set_defaults(run=run)
    return command
