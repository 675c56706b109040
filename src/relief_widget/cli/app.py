"""``relief-widget app``: the studio in a browser."""

from __future__ import annotations

import argparse
from typing import Any

from relief_widget.cli.settings import add_command


def add(commands: Any) -> None:
    """Add the command."""
    command = add_command(
        commands, "app", _run, help="Open the studio in a browser, served on this machine by Voilà."
    )
    command.add_argument("--port", type=int, default=8866, help="default 8866, or the next free")
    command.add_argument("--ip", default="127.0.0.1", help="address to listen at; default loopback")
    command.add_argument("--no-browser", action="store_true", help="open no browser")
    command.add_argument("options", nargs="*", metavar="-- OPTION", help="options for Voilà")


def _run(arguments: argparse.Namespace) -> None:
    from relief_widget.serve import serve

    serve(
        port=arguments.port,
        ip=arguments.ip,
        browser=not arguments.no_browser,
        options=arguments.options,
    )
