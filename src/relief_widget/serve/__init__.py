"""The app as a page of its own, served by Voilà."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from relief_widget.errors import ReliefError
from relief_widget.serve.address import check_address

_FOLDER = Path(__file__).parent / "voila"
TOKEN_VARIABLE = "RELIEF_WIDGET_TOKEN"  # noqa: S105 - the name of a variable
"""Environment variable with the token, for who does not want it in a list of processes."""


def serve(
    *,
    port: int = 8866,
    ip: str = "127.0.0.1",
    browser: bool = True,
    token: str | None = None,
    hosts: Sequence[str] = (),
    max_visitors: int | None = None,
    models: Sequence[str] = (),
    share_key: float = 0.0,
    options: Sequence[str] = (),
) -> None:
    """Serve the app until it is interrupted.

    Every visitor gets a kernel of their own; one that nobody uses ends after two minutes. On the
    loopback address all is free to the one in front of the page; to others the machine lends
    nothing but its processor, unless it is said here.

    Parameters
    ----------
    port
        Port; the next free one where it is taken.
    ip
        Address to listen at.
    browser
        Whether a browser is opened.
    token
        What visitors must show; empty: one is made up and printed; None: nothing, or what
        `TOKEN_VARIABLE` says.
    hosts
        Names that the server answers to, beside this machine's own.
    max_visitors
        How many pages may be open at once; None: as many as the memory has room for.
    models
        Local models that all visitors may use: files, or names on the hub.
    share_key
        US dollars that all visitors together may spend with the key in the environment.
    options
        Further options of Voilà's own command line.

    Raises
    ------
    ReliefError
        Voilà is not installed, there is no such port or address, or a value cannot be used.
    """
    _server(
        port=port,
        ip=ip,
        browser=browser,
        token=token,
        hosts=hosts,
        max_visitors=max_visitors,
        models=models,
        share_key=share_key,
        options=options,
    ).start()


def open_to(**given: Any) -> list[str]:
    """Return what would be open if `serve` were called so, in sentences.

    What needs attention begins with an exclamation mark.

    Raises
    ------
    ReliefError
        As `serve` does.
    """
    lines: list[str] = _server(**given).access.lines()
    return lines


def _server(
    *,
    port: int,
    ip: str,
    browser: bool,
    token: str | None,
    hosts: Sequence[str],
    max_visitors: int | None,
    models: Sequence[str],
    share_key: float,
    options: Sequence[str],
) -> Any:
    check_address(ip, port)
    try:
        from relief_widget.serve.server import StudioServer
    except ImportError:
        raise ReliefError(
            "Voilà is not installed, so there is nothing to serve the app with.",
            "Install it with: pip install 'relief_widget[app]'",
        ) from None
    if max_visitors is not None and max_visitors < 1:
        raise ReliefError(f"max_visitors is {max_visitors}.", "Give a number of 1 or more.")
    if not 0 <= share_key < float("inf"):
        raise ReliefError(f"share_key is {share_key}.", "Give US dollars, such as 5.")
    if token is None:
        token = os.environ.get(TOKEN_VARIABLE)
    # Voilà looks for templates in Jupyter's folders: ours becomes one of them.
    paths = [str(_FOLDER.parent), *filter(None, [os.environ.get("JUPYTER_PATH")])]
    os.environ["JUPYTER_PATH"] = os.pathsep.join(paths)
    server = StudioServer.instance()
    server.initialize(
        [
            str(_FOLDER / "app.ipynb"),
            f"--Voila.config_file_paths={_FOLDER}",
            f"--Voila.ip={ip}",
            f"--port={port}",
            # The next visitor's kernel is started in advance. Not in voila.json, which is also read
            # beside a notebook server, where Voilà cannot do so.
            "--VoilaConfiguration.preheat_kernel=True",
            "--VoilaConfiguration.default_pool_size=1",
            *([] if browser else ["--no-browser"]),
            *(["--token"] if token == "" else [f"--Voila.token={token}"] if token else []),
            *(f"--StudioServer.hosts={host}" for host in hosts),
            *([] if max_visitors is None else [f"--StudioServer.max_visitors={max_visitors}"]),
            *(f"--StudioServer.models={model}" for model in models),
            f"--StudioServer.share_key={share_key}",
            *options,
        ]
    )
    # What cannot be used is said before anything is started.
    server.access  # noqa: B018
    return server
