"""Many visitors at once, each with a photo of 3 MB: what they wait for, and what they take.

The visitors are no browsers, which would take more of the machine than the server does: each asks
for the page, opens the page's socket and says what a browser would, so that all that is measured is
the server's. *page*: from the request to the end of the page. *first view*: from the first part of
the photo to the heights of its relief. *STL*: from the request for the file to its last part.
*slider*: from a change of Smoothing to the first heights that follow it, while all others go on.
*memory*: of a visitor's kernel at rest after the export, proportional set size (shared pages in
parts), on Linux. *kernels left*: three minutes after the last page closed; one waits for the next
visitor. ``python benchmarks/bench_load.py --visitors 20``
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from http.cookies import SimpleCookie
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import psutil
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from bench_studio import photo
from bench_viewer import answering, free_port

PART = 4 << 20
PATIENCE_S = 600.0
V1 = "v1.kernel.websocket.jupyter.org"
MOVES = 8


class Guest:
    """A visitor: the widgets of their page, by what is known of their state."""

    def __init__(self, address: str, picture: bytes) -> None:
        self.address, self.picture = address, picture
        self.times: dict[str, list[float]] = {}
        self.states: dict[str, dict[str, Any]] = {}
        self.kernel = ""
        self._socket: WebSocketClientConnection | None = None
        self._heard: asyncio.Queue[tuple[str, dict[str, Any], list[bytes]]] = asyncio.Queue()
        self._session = secrets.token_hex(8)

    async def visit(self, ready: Callable[[], Any]) -> None:
        """Do all that a visitor does; `ready` is awaited before the page is closed."""
        started = time.perf_counter()
        cookie = await self._open_page()
        self._note("page", started)
        await self._connect(cookie)
        await self._upload()
        await self._slide()
        await self._export()
        await ready()
        assert self._socket is not None
        self._socket.close()
        await AsyncHTTPClient(force_instance=True).fetch(
            HTTPRequest(
                f"{self.address}/voila/api/shutdown/{self.kernel}",
                "POST",
                headers={"Cookie": cookie, "X-XSRFToken": self._xsrf},
                body=b"",
            ),
            raise_error=False,
        )

    def _note(self, name: str, started: float) -> None:
        self.times.setdefault(name, []).append(time.perf_counter() - started)

    async def _open_page(self) -> str:
        while True:
            answer = await AsyncHTTPClient(force_instance=True).fetch(
                HTTPRequest(self.address + "/", request_timeout=PATIENCE_S), raise_error=False
            )
            if answer.code == 200:
                break
            # There is no room yet.
            assert answer.code == 503, answer.code
            await asyncio.sleep(float(answer.headers.get("Retry-After", "5")))
        cookies = SimpleCookie()
        for line in answer.headers.get_list("Set-Cookie"):
            cookies.load(line)
        found = re.search(r'"kernelId": "([0-9a-f-]{36})"', answer.body.decode())
        assert found is not None
        self.kernel = found[1]
        self._xsrf = cookies["_xsrf"].value
        return "; ".join(f"{name}={morsel.coded_value}" for name, morsel in cookies.items())

    async def _connect(self, cookie: str) -> None:
        address = self.address.replace("http", "ws", 1)
        self._socket = await websocket_connect(
            HTTPRequest(
                f"{address}/api/kernels/{self.kernel}/channels?session_id={self._session}",
                headers={"Cookie": cookie, "Origin": self.address},
            ),
            subprotocols=[V1],
            max_message_size=1 << 28,
            on_message_callback=self._hear,
        )
        control = secrets.token_hex(16)
        self._send("comm_open", comm_id=control, target_name="jupyter.widget.control", data={})
        self._send("comm_msg", comm_id=control, data={"method": "request_states"})
        await self._until(lambda _, data, __: data.get("method") == "update_states")

    def _send(self, kind: str, buffers: tuple[bytes, ...] = (), **content: Any) -> None:
        header = {"msg_id": secrets.token_hex(16), "msg_type": kind, "session": self._session}
        header |= {"username": "", "date": "2026-11-28T00:00:00Z", "version": "5.4"}
        versions = {"version": "1.0.0"}
        parts = [json.dumps(part).encode() for part in (header, {}, versions, content)]
        pieces = [b"shell", *parts, *buffers]
        offsets = [8 * (len(pieces) + 2)]
        for piece in pieces:
            offsets.append(offsets[-1] + len(piece))
        head = b"".join(n.to_bytes(8, "little") for n in (len(pieces) + 1, *offsets))
        assert self._socket is not None
        self._socket.write_message(head + b"".join(pieces), binary=True)

    def _hear(self, frame: str | bytes | None) -> None:
        if not isinstance(frame, bytes):
            return
        count = int.from_bytes(frame[:8], "little")
        at = [int.from_bytes(frame[8 * i : 8 * i + 8], "little") for i in range(1, count + 1)]
        pieces = [frame[start:end] for start, end in pairwise(at)]
        if json.loads(pieces[1]).get("msg_type") != "comm_msg":
            return
        content = json.loads(pieces[4])
        self._heard.put_nowait((content["comm_id"], content["data"], pieces[5:]))

    async def _until(
        self, wanted: Callable[[str, dict[str, Any], list[bytes]], bool]
    ) -> tuple[dict[str, Any], list[bytes]]:
        """Return the next message that is wanted; states are kept, heights acknowledged."""
        while True:
            comm, data, buffers = await asyncio.wait_for(self._heard.get(), PATIENCE_S)
            if data.get("method") == "update_states":
                self.states = {name: state["state"] for name, state in data["states"].items()}
            elif data.get("method") == "update":
                state = self.states.setdefault(comm, {})
                state.update(data["state"])
                if "frame" in data["state"]:
                    update = {"method": "update", "state": {"shown": state["frame"]}}
                    self._send("comm_msg", comm_id=comm, data=update | {"buffer_paths": []})
            if wanted(comm, data, buffers):
                return data, buffers

    def _model(self, fits: Callable[[dict[str, Any]], bool]) -> str:
        return next(name for name, state in self.states.items() if fits(state))

    @property
    def _viewer(self) -> str:
        return self._model(lambda state: "coarse" in state and "shown" in state)

    def _is_heights(self, *, full: bool) -> Callable[[str, dict[str, Any], list[bytes]], bool]:
        viewer = self._viewer

        def wanted(comm: str, data: dict[str, Any], _: list[bytes]) -> bool:
            if comm != viewer or "frame" not in data.get("state", {}):
                return False
            return not full or not self.states[viewer]["coarse"]

        return wanted

    async def _upload(self) -> None:
        upload = self._model(lambda state: state.get("remember") is True)
        started = time.perf_counter()
        begin = {"kind": "begin", "id": "a", "name": "photo.jpg", "size": len(self.picture)}
        self._custom(upload, begin | {"type": "image/jpeg", "shrunk": False})
        for index in range(-(-len(self.picture) // PART)):
            part = self.picture[index * PART : (index + 1) * PART]
            self._custom(upload, {"kind": "part", "id": "a", "index": index}, part)
        await self._until(self._is_heights(full=True))
        self._note("first view", started)

    def _custom(self, model: str, content: dict[str, Any], *buffers: bytes) -> None:
        self._send(
            "comm_msg", buffers, comm_id=model, data={"method": "custom", "content": content}
        )

    async def _slide(self) -> None:
        slider = self._model(lambda state: state.get("description") == "Smoothing")
        for move in range(MOVES):
            started = time.perf_counter()
            update = {"method": "update", "state": {"value": float(move % 4 + 1)}}
            self._send("comm_msg", comm_id=slider, data=update | {"buffer_paths": []})
            await self._until(self._is_heights(full=False))
            self._note("slider", started)
            await asyncio.sleep(0.5)

    async def _export(self) -> None:
        viewer, started = self._viewer, time.perf_counter()
        self._custom(viewer, {"kind": "export", "id": "b", "suffix": ".stl"})

        def wanted(comm: str, data: dict[str, Any], _: list[bytes]) -> bool:
            return comm == viewer and data.get("content", {}).get("kind") in ("file", "failed")

        while True:
            data, _ = await self._until(wanted)
            said = data["content"]
            assert said["kind"] == "file", said
            self._custom(viewer, {"kind": "ack", "id": "b", "part": said["part"]})
            if said["part"] == said["parts"] - 1:
                break
        self._note("STL", started)


def kernels(server: psutil.Process) -> list[psutil.Process]:
    """Return the kernels that the server runs, however they were started."""
    return [
        process
        for process in server.children(recursive=True)
        if process.status() != psutil.STATUS_ZOMBIE and "ipykernel" in " ".join(process.cmdline())
    ]


def memory_mb(process: psutil.Process) -> float:
    """Return the proportional set size in MB."""
    return float(process.memory_full_info().pss) / 1e6


async def load(address: str, server: psutil.Process, many: int, picture: bytes) -> dict[str, Any]:
    """Let `many` visitors come at once; return their times, and the memory of their kernels."""
    at_rest = asyncio.Event()
    waiting = 0
    memory: list[float] = []

    async def ready() -> None:
        nonlocal waiting
        waiting += 1
        if waiting == many:
            # What is looked for at rest, such as the weight of the part, has been found by then.
            await asyncio.sleep(16)
            ours = {guest.kernel for guest in guests}
            memory.extend(
                memory_mb(process)
                for process in kernels(server)
                if any(kernel in " ".join(process.cmdline()) for kernel in ours)
            )
            at_rest.set()
        await at_rest.wait()

    guests = [Guest(address, picture) for _ in range(many)]
    results = await asyncio.gather(
        *(guest.visit(ready) for guest in guests), return_exceptions=True
    )
    failed = [result for result in results if isinstance(result, BaseException)]
    for failure in failed[:3]:
        print(f"failed: {failure!r}", file=sys.stderr)
    times: dict[str, list[float]] = {}
    for guest in guests:
        for name, taken in guest.times.items():
            times.setdefault(name, []).extend(taken)
    return {"times": times, "memory": memory, "failed": len(failed)}


def table(many: int, found: dict[str, Any], left: int | None) -> str:
    """Return what was found as a table."""

    def middle(name: str) -> str:
        return f"{median(found['times'].get(name) or [float('nan')]):.1f}"

    slider = sorted(found["times"].get("slider") or [float("nan")])
    p95 = slider[min(len(slider) - 1, int(len(slider) * 0.95))]
    memory = found["memory"] or [float("nan")]
    rows = [
        ("failures", str(found["failed"])),
        (
            "page / first view / STL, median",
            f"{middle('page')} / {middle('first view')} / {middle('STL')} s",
        ),
        ("slider, median / 95th percentile", f"{middle('slider')} / {p95:.1f} s"),
        (
            "memory per visitor (proportional) / total",
            f"{median(memory):.0f} MB / {sum(memory) / 1e3:.1f} GB",
        ),
        ("kernels 3 minutes after closing", "not looked at" if left is None else str(left)),
    ]
    width = max(len(name) for name, _ in rows)
    head = f"{'':{width}} | {many} visitors"
    return "\n".join([head, *(f"{name:{width}} | {value}" for name, value in rows)])


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visitors", type=int, default=20)
    parser.add_argument("--linger", type=float, default=180.0, help="seconds; 0 looks at none left")
    options = parser.parse_args()
    # So that the server ends with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    port = free_port()
    command = [sys.executable, "-m", "relief_widget", "app", "--no-browser", f"--port={port}"]
    command += [f"--max-visitors={options.visitors}"]
    with tempfile.TemporaryDirectory() as name:
        picture = photo(Path(name), 0).read_bytes()
        log = (Path(name) / "log").open("w")
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        server = psutil.Process(process.pid)
        try:
            address = f"http://127.0.0.1:{port}"
            answering(address, process)
            # The next visitor's kernel waits.
            time.sleep(5)
            size = f"{len(picture) / 1e6:.1f} MB"
            print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, photos of {size}")
            found = asyncio.run(load(address, server, options.visitors, picture))
            left = None
            if options.linger:
                time.sleep(options.linger)
                left = len(kernels(server))
            print(table(options.visitors, found, left))
        finally:
            os.killpg(process.pid, signal.SIGINT)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
            log.close()


if __name__ == "__main__":
    main()
