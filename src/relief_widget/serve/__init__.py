"""The app as a page of its own, served by Voilà."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from relief_widget.errors import ReliefError
from relief_widget.serve.address import check_address

_FOLDER = Path(__file__).parent / "voila"


def serve(
    *, port: int = 8866, ip: str = "127.0.0.1", browser: bool = True, options: Sequence[str] = ()
) -> None:
    """Serve the app until it is interrupted.

    Every visitor gets a kernel of their own; one that nobody uses ends after two minutes.

    Parameters
    ----------
    port
        Port; the next free one where it is taken.
    ip
        Address to listen at.
    browser
        Whether a browser is opened.
    options
        Further options of Voilà's own command line.

    Raises
    ------
    ReliefError
        Voilà is not installed, or there is no such port or address.
    """
    check_address(ip, port)
    try:
        from voila.app import Voila
    except ImportError:
        raise ReliefError(
            "Voilà is not installed, so there is nothing to serve the app with.",
            "Install it with: pip install 'relief_widget[app]'",
        ) from None
    # Voilà looks for templates in Jupyter's folders: ours becomes one of them.
    paths = [str(_FOLDER.parent), *filter(None, [os.environ.get("JUPYTER_PATH")])]
    os.environ["JUPYTER_PATH"] = os.pathsep.join(paths)
    Voila.launch_instance(
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
            *options,
        ]
    )
