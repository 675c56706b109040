"""``relief-widget cache``: answers of depth providers that were paid for."""

from __future__ import annotations

import argparse
import os
from typing import Any

from relief_widget.cli.settings import add_command


def add(commands: Any) -> None:
    """Add the command."""
    text = "Show or empty the folder of answers that were paid for."
    command = add_command(commands, "cache", _run, help=text)
    command.add_argument("--clear", action="store_true", help="remove all answers")


def _run(arguments: argparse.Namespace) -> None:
    """Show where answers are kept and how many, or remove them."""
    from relief_widget.depth.gemini import AnswerCache, default_folder

    store = AnswerCache(default_folder())
    if arguments.clear:
        print(f"Removed: {_answers(store.clear())}.")
        return
    count, size = store.size
    print(f"{_answers(count)}, {size / 1e6:.1f} MB, in {os.fspath(store.folder)}")


def _answers(count: int) -> str:
    return "1 answer" if count == 1 else f"{count} answers"
