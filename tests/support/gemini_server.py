"""A server on loopback that plays the Gemini API, good and bad."""

from __future__ import annotations

import base64
import io
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
from PIL import Image

Play = Callable[["Handler"], None]


@dataclass
class Seen:
    """A request as it arrived."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def parts(self) -> list[dict[str, Any]]:
        parts: list[dict[str, Any]] = self.body["contents"][0]["parts"]
        return parts

    def pictures(self) -> list[Image.Image]:
        return [
            Image.open(io.BytesIO(base64.urlsafe_b64decode(part["inlineData"]["data"])))
            for part in self.parts
            if "inlineData" in part
        ]

    @property
    def words(self) -> str:
        return "".join(part.get("text", "") for part in self.parts)


@dataclass
class Service:
    """What the server will play, one entry a request, the last one for ever; what it has seen."""

    url: str
    plays: list[Play] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    gone: threading.Event = field(default_factory=threading.Event)

    def play(self, *plays: Play) -> None:
        self.plays[:] = plays


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    service: Service

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        body = json.loads(self.rfile.read(length) or b"{}")
        service = self.service
        headers = {key.lower(): value for key, value in self.headers.items()}
        service.seen.append(Seen(self.path, headers, body))
        play = service.plays.pop(0) if len(service.plays) > 1 else service.plays[0]
        play(self)

    def log_message(self, *args: Any) -> None:
        del args

    def reply(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        headers = {"Content-Type": "application/json", **headers}
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def gemini_server() -> Iterator[Service]:
    """A server, and what it plays."""
    service = Service("")
    kind = type("Bound", (Handler,), {"service": service})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    server.daemon_threads = True
    service.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield service
    finally:
        service.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()


# Pictures


def encoded(values: np.ndarray[Any, Any] | Image.Image, kind: str = "JPEG") -> bytes:
    image = values if isinstance(values, Image.Image) else Image.fromarray(values)
    buffer = io.BytesIO()
    image.save(buffer, kind, **({"quality": 95} if kind == "JPEG" else {}))
    return buffer.getvalue()


def blob(data: bytes, mime: str = "image/jpeg", *, urlsafe: bool = False, **more: Any) -> Any:
    text = (base64.urlsafe_b64encode if urlsafe else base64.b64encode)(data).decode()
    return {"inlineData": {"mimeType": mime, "data": text}, **more}


def answer(*parts: Any, usage: Any = None, **candidate: Any) -> dict[str, Any]:
    candidate = {
        "content": {"role": "model", "parts": list(parts)},
        "finishReason": "STOP",
    } | candidate
    return {"candidates": [candidate], "unknownField": {"x": 1}} | (
        {"usageMetadata": usage} if usage is not None else {}
    )


# Plays


def says(body: Any, status: int = 200, **headers: str) -> Play:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return lambda handler: handler.reply(status, data, **headers)


def error(
    code: int, status: str = "", message: str = "", details: Any = (), **headers: str
) -> Play:
    body = {"error": {"code": code, "status": status, "message": message, "details": list(details)}}
    return says(body, code, **headers)


def stalls(handler: Handler) -> None:
    """Send a head and half a body, then nothing until the other side goes."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"candidates": [')
    handler.wfile.flush()
    waits(handler)


def waits(handler: Handler) -> None:
    """Say nothing until the other side goes, or the test ends."""
    handler.connection.settimeout(0.05)
    while not handler.service.ended.is_set():
        try:
            if not handler.connection.recv(1):
                handler.service.gone.set()
                break
        except TimeoutError:
            continue
        except OSError:
            handler.service.gone.set()
            break
    handler.close_connection = True


def trickles(handler: Handler) -> None:
    """Send a byte now and then, for ever: no single wait is long."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    while not handler.service.ended.wait(0.05):
        try:
            handler.wfile.write(b" ")
            handler.wfile.flush()
        except OSError:
            handler.service.gone.set()
            break
    handler.close_connection = True


def truncates(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"candidates": [')
    handler.close_connection = True


def resets(handler: Handler) -> None:
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True


def closes(handler: Handler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True
