"""Real servers for the browser tests: Voilà with the app, JupyterLab with notebooks."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

START_S = 60.0


@dataclass(frozen=True)
class Server:
    """A running server."""

    url: str
    folder: Path
    # What it and its kernels write where others could look for it.
    scratch: Path

    def pid_of(self, kernel: str) -> int:
        """Return the process id of a kernel."""
        return next(pid for pid, args in self._processes() if kernel in args)

    def has(self, kernel: str) -> bool:
        """Whether a kernel is running."""
        return any(kernel in args for _, args in self._processes())

    def kernels(self) -> list[str]:
        """Return the process ids of the kernels that it started."""
        return [str(pid) for pid, _ in self._processes()]

    def _processes(self) -> list[tuple[int, str]]:
        listing = subprocess.run(
            ["ps", "-eww", "-o", "pid,args"], capture_output=True, text=True, check=True
        ).stdout
        lines = (line.split(None, 1) for line in listing.splitlines()[1:])
        return [
            (int(pid), args)
            for pid, args in lines
            if "ipykernel_launcher" in args and str(self.scratch) in args
        ]


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    command: list[str], probe: str, url: str, folder: Path, *, cwd: Path | None = None
) -> Iterator[Server]:
    """Yield a server started by `command`, once it answers at `probe`; stop it at the end."""
    scratch = folder / "scratch"
    scratch.mkdir()
    environment = os.environ | {
        "JUPYTER_RUNTIME_DIR": str(scratch / "runtime"),
        "JUPYTER_CONFIG_DIR": str(scratch / "config"),
        "JUPYTER_DATA_DIR": str(scratch / "data"),
        "IPYTHONDIR": str(scratch / "ipython"),
        "TMPDIR": str(scratch),
        # A busy machine must not cut the time that a kernel has to answer.
        "JUPYTER_PLATFORM_DIRS": "1",
    }
    log = folder / "server.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            command,
            cwd=cwd or folder,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + START_S
        while not _answers(probe):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        yield Server(url, folder, scratch)
    finally:
        os.killpg(process.pid, signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=2)  # noqa: S310 - loopback
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


@contextmanager
def voila(folder: Path, *options: str, port: int | None = None) -> Iterator[Server]:
    """Yield the app as ``relief-widget app`` serves it, at any port unless one is given."""
    port = port or free_port()
    command = [sys.executable, "-m", "relief_widget", "app", "--no-browser", f"--port={port}"]
    url = f"http://127.0.0.1:{port}"
    # Any answer will do, but a notebook would start a kernel.
    with running([*command, "--", *options], f"{url}/voila/static/x", url, folder) as server:
        yield server


@contextmanager
def lab(folder: Path, notebooks: dict[str, list[str]]) -> Iterator[Server]:
    """Yield JupyterLab on a folder of notebooks, by name, given as the sources of their cells."""
    port = free_port()
    for name, cells in notebooks.items():
        (folder / name).write_text(json.dumps(notebook(cells)), encoding="utf-8")
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1"),
        *(f"--port={port}", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={folder}"),
        *("--IdentityProvider.token=", "--ServerApp.disable_check_xsrf=True"),
        "--LabApp.expose_app_in_browser=True",
    ]
    url = f"http://127.0.0.1:{port}"
    with running(command, f"{url}/api", url, folder) as server:
        yield server


def notebook(cells: list[str]) -> dict[str, object]:
    """Return a notebook of code cells."""
    return {
        "cells": [
            {
                "cell_type": "code",
                "execution_count": None,
                "id": f"cell-{number}",
                "metadata": {},
                "outputs": [],
                "source": source,
            }
            for number, source in enumerate(cells)
        ],
        "metadata": {"kernelspec": {"display_name": "", "language": "python", "name": "python3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def remove(folder: Path) -> None:
    """Remove a folder that a dying kernel may still write to."""
    shutil.rmtree(folder, ignore_errors=True)
