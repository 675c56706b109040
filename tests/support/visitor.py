"""A visitor of a served studio without a browser: cookies, the page, its kernel, its socket."""

from __future__ import annotations

import http.client
import json
import re
import secrets
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from websocket import WebSocket, create_connection

V1 = "v1.kernel.websocket.jupyter.org"


class Answer:
    """What the server answered."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.text = response.read().decode("utf-8", "replace")

    @property
    def kernel(self) -> str | None:
        """The kernel of the page; None where it has none."""
        found = re.search(r'"kernelId": "([0-9a-f-]{36})"', self.text)
        return found[1] if found else None


class Visitor:
    """Somebody with a browser of their own, as far as cookies tell."""

    def __init__(self, url: str) -> None:
        self.address = urlsplit(url).netloc
        self.cookies: dict[str, str] = {}

    def ask(self, path: str = "/", method: str = "GET", **headers: str) -> Answer:
        """Return an answer; the cookies in it are kept. `_` in a header's name is `-`."""
        connection = http.client.HTTPConnection(self.address, timeout=60)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.putrequest(method, path, skip_host="Host" in sent)
        for name, value in ({"Cookie": self.cookie} | sent).items():
            connection.putheader(name, value)
        connection.endheaders()
        response = connection.getresponse()
        for line in response.headers.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        answer = Answer(response)
        connection.close()
        return answer

    @property
    def cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def socket(
        self, kernel: str, *, protocol: str | None = V1, origin: str | None = None, **more: str
    ) -> WebSocket:
        """Return a socket to a kernel."""
        return create_connection(
            f"ws://{self.address}/api/kernels/{kernel}/channels?session_id={secrets.token_hex(8)}",
            subprotocols=[protocol] if protocol else None,
            cookie=self.cookie,
            origin=origin or f"http://{self.address}",
            suppress_origin=origin == "",
            timeout=60,
            header=[f"{name}: {value}" for name, value in more.items()],
        )


def message(kind: str, channel: str = "shell", **content: Any) -> bytes:
    """Return a message as the protocol of `V1` has it."""
    header = {
        "msg_id": secrets.token_hex(8),
        "msg_type": kind,
        "session": "x",
        "username": "",
        "date": "2026-11-28T00:00:00Z",
        "version": "5.4",
    }
    return frame(channel, *(json.dumps(part).encode() for part in (header, {}, {}, content)))


def frame(channel: str, *parts: bytes) -> bytes:
    """Return parts as a frame of `V1`."""
    pieces = [channel.encode(), *parts]
    count = len(pieces) + 1
    offsets = [8 * (count + 1)]
    for piece in pieces:
        offsets.append(offsets[-1] + len(piece))
    return b"".join(number.to_bytes(8, "little") for number in (count, *offsets)) + b"".join(pieces)


def replies(socket: WebSocket, kind: str) -> bool:
    """Return whether a kernel still answers: wait for a message of a kind, for a minute at most."""
    while True:
        said = socket.recv()
        data = said if isinstance(said, bytes) else said.encode()
        if not data:
            return False
        if kind.encode() in data:
            return True
