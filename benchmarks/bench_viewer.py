"""Time live views in JupyterLab and Voilà: relief_widget beside pythreejs and K3D, in one run.

The same surface is shown by each, at 512² and 1024². *submit* is from just before the trait is set
in Python to the first WebGL draw call in the page, *done* until the pixels of that frame can be
read, *settled* until those of the last one can. Medians in milliseconds, and how many times as long
the others take: ``python benchmarks/bench_viewer.py``, with Chromium installed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).parent
LIBRARIES = ("relief_widget", "pythreejs", "k3d")
SIZES = (512, 1024)
KINDS = {"heights": "new heights", "uniform": "depth intensity"}
# Until then a second frame of the same change may follow.
IDLE_MS = 1200
IDLE_SECONDS = 2.0

Times = dict[str, list[float]]


def notebook(library: str, size: int) -> str:
    """Return a notebook of one cell."""
    source = f"import viewer_scene\nviewer_scene.show({library!r}, {size})"
    cell = {"cell_type": "code", "id": "show", "metadata": {}, "outputs": [], "source": source}
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return json.dumps(
        {
            "cells": [{**cell, "execution_count": None}],
            "metadata": {"kernelspec": kernel},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    )


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


COMMANDS = {
    "Voilà": ["voila", "--no-browser", "--Voila.ip=127.0.0.1", "--Voila.port_retries=0"],
    "JupyterLab": [
        "jupyterlab",
        "--no-browser",
        "--allow-root",
        "--ServerApp.ip=127.0.0.1",
        "--ServerApp.port_retries=0",
        "--IdentityProvider.token=",
        "--LabApp.expose_app_in_browser=True",
        "--LabApp.news_url=",
        # pythreejs may send 12 MB back; by default that ends the connection.
        "--ServerApp.tornado_settings={'websocket_max_message_size': 209715200}",
    ],
}


@contextmanager
def served(host: str, folder: Path) -> Iterator[str]:
    """Serve the notebooks of a folder; yield the address."""
    port = free_port()
    paths = [str(HERE), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    home = folder / ".home"
    environment = os.environ | {
        "HOME": str(home),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
    }
    home.mkdir(exist_ok=True)
    command = [sys.executable, "-m", *COMMANDS[host], f"--port={port}", "."]
    if host == "JupyterLab":
        command.pop()
    with (folder / ".home/log").open("w") as log:
        server = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        address = f"http://127.0.0.1:{port}"
        answering(address, server)
        yield address
    finally:
        # Asked politely it ends its kernels, too.
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def answering(address: str, server: subprocess.Popen[bytes]) -> None:
    """Wait until a server answers."""
    for _ in range(600):
        if server.poll() is not None:
            raise SystemExit(f"The server ended with {server.returncode}.")
        try:
            urllib.request.urlopen(f"{address}/api/status", timeout=5).close()  # noqa: S310  # http
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("The server does not answer.")


def opened(browser: Browser, host: str, address: str, name: str) -> Page:
    """Open a notebook, and wait until its view has been drawn and rests."""
    context = browser.new_context(viewport={"width": 1100, "height": 900})
    context.add_init_script(path=HERE / "viewer_hooks.js")
    page = context.new_page()
    page.set_default_timeout(120_000)
    if host == "Voilà":
        page.goto(f"{address}/voila/render/{name}")
    else:
        page.goto(f"{address}/lab/tree/{name}?reset")
        page.wait_for_function(
            "window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel?.status"
            " === 'idle'"
        )
        page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    page.wait_for_function("window.control && window.bench.frames.length > 0")
    page.evaluate("window.bench.quiet(2500)")
    return page


def measured(page: Page, library: str, runs: int) -> dict[str, Times]:
    """Return the times of every kind of change, the first of each left out."""
    result: dict[str, Times] = {}

    def note(kind: str, run: int, times: dict[str, float]) -> None:
        for name, value in times.items() if run else ():
            result.setdefault(kind, {}).setdefault(name, []).append(value)

    for kind in KINDS:
        for run in range(runs + 1):
            arguments = [kind, run + 1, IDLE_MS]
            note(kind, run, page.evaluate("args => window.bench.measure(...args)", arguments))
    page.evaluate("window.bench.frames = []")
    page.wait_for_timeout(1000 * IDLE_SECONDS)
    result["idle"] = {"frames": [page.evaluate("window.bench.frames.length")]}
    if library == "relief_widget":
        page.evaluate("window.control.send({ kind: 'panel', turn: 0 })")
        page.locator(".relief-row").first.wait_for()
        page.evaluate("window.bench.quiet(600)")
        for run in range(runs + 1):
            value = 0.2 + 0.005 * run
            note("slider", run, page.evaluate("v => window.bench.slide(v, 600)", value))
    return result


def cell(times: Times, ours: Times) -> str:
    """Return the medians and their ratios to ours."""
    parts = []
    for name in ("submit", "done", "settled"):
        value, base = median(times[name]), median(ours[name])
        parts.append(f"{value:.0f}" + ("" if times is ours else f" ({value / base:.1f}×)"))
    return " | ".join(parts)


def table(host: str, results: dict[tuple[str, int], dict[str, Times]]) -> None:
    """Print what one host's measurements say."""
    print(f"\n## {host}\n\n| change | library | submit | done | settled |\n|---|---|---|---|---|")
    for kind, label in KINDS.items():
        for size in SIZES:
            for library in LIBRARIES:
                if (library, size) in results:
                    ours = results["relief_widget", size][kind]
                    row = cell(results[library, size][kind], ours)
                    print(f"| {label} {size}² | {library} | {row} |")
    for size in SIZES:
        if ("relief_widget", size) in results:
            own = results["relief_widget", size]["slider"]
            print(f"| its own slider {size}² | relief_widget | {cell(own, own)} |")
    idle = {f"{k[0]} {k[1]}²": v["idle"]["frames"][0] for k, v in results.items()}
    print(f"\nFrames drawn in {IDLE_SECONDS:g} s without a change: {idle}", flush=True)


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--hosts", nargs="*", default=list(COMMANDS), choices=list(COMMANDS))
    parser.add_argument("--libraries", nargs="*", default=list(LIBRARIES))
    parser.add_argument("--sizes", nargs="*", type=int, default=list(SIZES))
    options = parser.parse_args()
    # Also when it is asked to end it takes its servers with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    names = ("chromium", "chromium-browser", "google-chrome")
    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    flags = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        for library in options.libraries:
            for size in options.sizes:
                (folder / f"{library}_{size}.ipynb").write_text(notebook(library, size))
        for host in options.hosts:
            results: dict[tuple[str, int], dict[str, Any]] = {}
            # Anew for each host, so that none starts with the memory of the other.
            browser = playwright.chromium.launch(executable_path=program, args=flags)
            with served(host, folder) as address:
                for size in options.sizes:
                    for library in options.libraries:
                        page = opened(browser, host, address, f"{library}_{size}.ipynb")
                        results[library, size] = measured(page, library, options.runs)
                        page.context.close()
                        print(f"{host}: {library} {size}²", file=sys.stderr, flush=True)
            browser.close()
            table(host, results)


if __name__ == "__main__":
    main()
