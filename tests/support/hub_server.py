"""A server on loopback that plays the Hugging Face hub, good and bad."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Hub:
    """What the server has, what it does wrong, and what it was asked."""

    url: str
    files: dict[str, bytes] = field(default_factory=dict)
    # Bytes after which an answer breaks off, one entry a download, then none.
    breaks: list[int] = field(default_factory=list)
    # Statuses to answer downloads with, one entry a download, then 200.
    statuses: list[int] = field(default_factory=list)
    # As if the files were on another storage, with its own client.
    xet: bool = False
    # The commits that it knows, the newest first: all have the same files.
    commits: list[str] = field(default_factory=lambda: [COMMIT])
    # What is really sent of a file, though its name and checksum are those of `files`.
    forged: dict[str, bytes] = field(default_factory=dict)
    # Small files are kept in git, and named by its own checksum.
    git: bool = False
    # It names contents in a way that tells nothing of them.
    silent: bool = False
    # The size that it says that each file has, where that is not the size.
    claimed: int | None = None
    # The error of the hub to every question, by its header.
    error: tuple[int, str] | None = None
    seen: list[tuple[str, str]] = field(default_factory=list)

    def downloads(self) -> list[str]:
        return [path for method, path in self.seen if method == "GET" and "/resolve/" in path]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer(send=False)

    def do_GET(self) -> None:
        self._answer(send=True)

    def _answer(self, *, send: bool) -> None:
        hub = self.hub
        hub.seen.append((self.command, self.path))
        listed = re.fullmatch(r"/api/models/([^/]+/[^/]+)/commits/main.*", self.path)
        if listed is not None and hub.error is None:
            return self._commits(hub.commits)
        match = re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", self.path)
        if hub.error is not None:
            return self._end(hub.error[0], {"X-Error-Code": hub.error[1]} if hub.error[1] else {})
        if match is None or match[1] not in {"/".join(n.split("/")[:2]) for n in hub.files}:
            return self._end(404, {"X-Error-Code": "RepoNotFound"})
        if match[2] not in ("main", *hub.commits):
            return self._end(404, {"X-Error-Code": "RevisionNotFound"})
        content = hub.files.get(f"{match[1]}/{match[3]}")
        headers = {"X-Repo-Commit": hub.commits[0] if match[2] == "main" else match[2]}
        if content is None:
            return self._end(404, headers | {"X-Error-Code": "EntryNotFound"})
        blob = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False)
        headers["ETag"] = f'"{(blob if hub.git else hashlib.sha256(content)).hexdigest()}"'
        if hub.silent:
            headers["ETag"] = f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'
        headers["X-Linked-Size"] = str(hub.claimed or len(content))
        content = hub.forged.get(f"{match[1]}/{match[3]}", content)
        if hub.xet:
            headers["X-Xet-Hash"] = hashlib.sha256(content + b"x").hexdigest()
            headers["X-Xet-Refresh-Route"] = f"{hub.url}/api/xet-read-token"
        status = hub.statuses.pop(0) if send and hub.statuses else 200
        if status != 200:
            return self._end(status, {})
        span = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if span is not None:
            start = int(span[1])
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
            content, status = content[start:], 206
        headers["Content-Length"] = str(len(content))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if not send:
            return None
        if hub.breaks:
            self.wfile.write(content[: hub.breaks.pop(0)])
            self.close_connection = True
            return None
        try:
            self.wfile.write(content)
        except OSError:
            self.close_connection = True
        return None

    def _commits(self, names: list[str]) -> None:
        date = "2026-01-01T00:00:00.000Z"
        listed = [
            {"id": name, "authors": [], "date": date, "title": "", "message": ""} for name in names
        ]
        content = json.dumps(listed).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _end(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()


@contextmanager
def hub_server() -> Iterator[Hub]:
    """Yield a hub on loopback."""

    class Handler(_Handler):
        pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Handler.hub = hub = Hub(f"http://127.0.0.1:{server.server_port}")
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield hub
        finally:
            server.shutdown()
            thread.join()
