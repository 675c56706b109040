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
    others = command.add_argument_group(
        "for others",
        "Served beyond this machine, the studio lends visitors nothing but its processor.",
    )
    others.add_argument(
        "--token",
        nargs="?",
        const="",
        metavar="TOKEN",
        help="what visitors must show; without one, it is made up and printed. The environment "
        "variable RELIEF_WIDGET_TOKEN does the same",
    )
    others.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a name that the server answers to, such as the one of a proxy in front of it",
    )
    others.add_argument(
        "--max-visitors",
        type=int,
        metavar="N",
        help="how many are served at once; default: as many as the memory has room for",
    )
    others.add_argument(
        "--models",
        nargs="+",
        default=[],
        metavar="MODEL",
        help="local models that visitors may use: .onnx files, or names on the hub; default none",
    )
    others.add_argument(
        "--share-key",
        type=float,
        default=0.0,
        metavar="DOLLARS",
        help="what all visitors together may spend with the Gemini key of this machine; default 0",
    )
    others.add_argument(
        "--check", action="store_true", help="print what would be open, and serve nothing"
    )
    command.add_argument("options", nargs="*", metavar="-- OPTION", help="options for Voilà")


def _run(arguments: argparse.Namespace) -> None:
    from relief_widget.serve import open_to, serve

    given = {
        "port": arguments.port,
        "ip": arguments.ip,
        "browser": not arguments.no_browser,
        "token": arguments.token,
        "hosts": arguments.allow_host,
        "max_visitors": arguments.max_visitors,
        "models": arguments.models,
        "share_key": arguments.share_key,
        "options": arguments.options,
    }
    if arguments.check:
        print("\n".join(open_to(**given)))
        return
    serve(**given)
