"""Every attack that is known, played against one real server: each fails, or a test does."""

from __future__ import annotations

import json
import os
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from websocket import WebSocketBadStatusException

from tests.support.servers import Server, free_port, running
from tests.support.visitor import Answer, Visitor, frame, message, replies

KEY = "AIzaTestOnlyOfTheOperator"
PLACES = 3


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The studio as it is served to others: a proxy's name is allowed."""
    folder = tmp_path_factory.mktemp("served")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "relief_widget", "app", "--no-browser", f"--port={port}"]
    command += ["--allow-host", "relief.example", "--max-visitors", str(PLACES)]
    before = os.environ.get("GEMINI_API_KEY")
    os.environ["GEMINI_API_KEY"] = KEY
    try:
        with running(command, f"{url}/voila/static/x", url, folder) as started:
            yield started
    finally:
        del os.environ["GEMINI_API_KEY"]
        if before is not None:
            os.environ["GEMINI_API_KEY"] = before


class Guest(Visitor):
    """A visitor with an open page."""

    def __init__(self, server: Server) -> None:
        super().__init__(server.url)
        self.page = self.ask()
        assert self.page.status == 200, self.page.text
        assert self.page.kernel is not None
        self.kernel = self.page.kernel


@pytest.fixture(scope="module")
def guest(server: Server) -> Guest:
    return Guest(server)


def refused(visitor: Visitor, kernel: str, **options: str) -> int:
    """Return the status with which a socket is refused; 0 where it opens."""
    try:
        visitor.socket(kernel, **options).close()
    except WebSocketBadStatusException as error:
        return int(error.status_code)
    return 0


def test_frames_that_are_no_messages_are_dropped_and_the_kernel_lives(guest: Guest) -> None:
    good = message("kernel_info_request")
    header = json.dumps({"msg_id": "1", "msg_type": "comm_msg"}).encode()
    nest = b"[" * 100_000
    bad = [
        b"\xff" * 8,  # counts to 2^64
        b"\xff" * 64,
        b"",
        b"\x07",
        (2**40).to_bytes(8, "little") + good[8:],
        (0).to_bytes(8, "little") + good[8:],
        (6).to_bytes(8, "little") + (2**63).to_bytes(8, "little") * 6,
        good[:-40],
        good[:60],
        frame("shell"),
        frame("shell", header),
        frame("shell", header, b"{}", b"{}", nest),
        frame("shell", nest, b"{}", b"{}", b"{}"),
        frame("shell", b"[]", b"{}", b"{}", b"{}"),
        frame("shell", b"{}", b"{}", b"{}", b"{}"),
        frame("shell", b'{"msg_type": 3, "msg_id": []}', b"{}", b"{}", b"{}"),
        frame("nowhere", header, b"{}", b"{}", b"{}"),
        frame("shell", header, b"\xff\xfe", b"{}", b"{}"),
    ]
    socket = guest.socket(guest.kernel)
    for data in bad:
        socket.send_binary(data)
    socket.send("text, where there is none")
    socket.send_binary(good)
    assert replies(socket, "kernel_info_reply")
    socket.close()

    older = guest.socket(guest.kernel, protocol=None)
    for data in (b"\xff" * 8, b"", struct.pack("!II", 2**30, 0), struct.pack("!II", 1, 99)):
        older.send_binary(data)
    for text in ("", "[]", "{}", "[" * 100_000, '{"channel": "shell", "header": 3}', '"x"'):
        older.send(text)
    older.send(
        json.dumps(
            {
                "channel": "shell",
                "header": {"msg_id": "2", "msg_type": "kernel_info_request"},
                "parent_header": {},
                "metadata": {},
                "content": {},
            }
        )
    )
    assert replies(older, "kernel_info_reply")
    older.close()


def test_code_is_not_run(guest: Guest, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    socket = guest.socket(guest.kernel)
    for channel in ("shell", "control", "stdin"):
        for kind in ("execute_request", "inspect_request", "debug_request", "input_reply"):
            code = f"open({str(mark)!r}, 'w')"
            socket.send_binary(message(kind, channel, code=code, value=code, silent=False))
    socket.send_binary(message("kernel_info_request"))
    assert replies(socket, "kernel_info_reply")
    socket.close()
    assert not mark.exists()


def test_a_kernel_answers_only_the_browser_that_its_page_was_made_for(
    server: Server, guest: Guest
) -> None:
    stranger = Visitor(server.url)
    for path in (f"/api/kernels/{guest.kernel}", f"/voila/api/shutdown/{guest.kernel}"):
        assert stranger.ask(path).status in (404, 405)
    # A pair against forged requests that one has made up oneself.
    stranger.cookies["_xsrf"] = "made-up"
    for path, method in (
        (f"/api/kernels/{guest.kernel}", "DELETE"),
        (f"/voila/api/shutdown/{guest.kernel}", "POST"),
        (f"/voila/api/shutdown/x/../{guest.kernel}", "POST"),
        (f"/voila/api/shutdown/%{ord(guest.kernel[0]):x}{guest.kernel[1:]}", "POST"),
    ):
        answer = stranger.ask(path, method, X_XSRFToken="made-up", Content_Length="0")
        assert answer.status in (403, 404, 405), path
    for name, value in guest.cookies.items():
        if name.startswith("relief-visitor"):
            stranger.cookies[name] = value[:-1] + ("A" if value[-1] != "A" else "B")
    assert refused(stranger, guest.kernel) == 404
    assert refused(stranger, guest.kernel, origin="") == 404
    assert refused(Visitor(server.url), guest.kernel, origin="") == 404
    assert server.has(guest.kernel)
    assert guest.ask(f"/api/kernels/{guest.kernel}").status == 200


def test_pages_elsewhere_get_nothing(server: Server, guest: Guest) -> None:
    before = len(server.kernels())
    visitor = Visitor(server.url)
    for site in ("cross-site", "same-site"):
        answer = visitor.ask(Sec_Fetch_Site=site, Sec_Fetch_Mode="no-cors")
        assert (answer.status, answer.kernel) == (403, None)
        # A person who followed a link is one click away.
        assert "Open the studio" in answer.text
    assert visitor.ask(Sec_Purpose="prefetch;prerender").kernel is None
    assert not any(name.startswith("relief-visitor") for name in visitor.cookies)
    assert len(server.kernels()) == before
    port = server.url.rpartition(":")[2]
    for host in (
        *(
            "evil.example",
            f"evil.example:{port}",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
        ),
        *("relief.example.evil.example", "192.0.2.7", "x@127.0.0.1", "[::1", "127.0.0.1:99:99"),
    ):
        for path in ("/", "/voila/static/voila.js", f"/api/kernels/{guest.kernel}"):
            answer = guest.ask(path, Host=host)
            assert answer.status in (400, 421), (host, path)
            assert answer.kernel is None
    assert refused(guest, guest.kernel, origin="http://evil.example") == 403
    assert refused(guest, guest.kernel, origin="null") == 403
    assert len(server.kernels()) == before


def test_what_needs_no_login_elsewhere_is_closed(guest: Guest) -> None:
    for path in (
        f"/voila/query/{guest.kernel}",
        *("/api/kernels", "/api/contents", "/api/sessions", "/api/terminals", "/api/status"),
        *(
            "/voila/tree",
            "/voila/render/app.ipynb",
            "/voila/api/contents",
            "/voila/files/app.ipynb",
        ),
        *("/voila/execution/x", "/files/app.ipynb", "/metrics", "/nothing"),
        *("/voila/static/../voila.json", "/voila/static/%2e%2e/%2e%2e/voila/app.py"),
        "/voila/templates/relief/static/../index.html.j2",
        "/voila/labextensions/..%2f..%2f..%2fetc/passwd",
        "//evil.example/",
    ):
        answer = guest.ask(path)
        assert answer.status in (400, 403, 404, 405), path
        assert answer.kernel is None
        assert tells_nothing(answer), path


def tells_nothing(answer: Answer) -> bool:
    """Return whether an answer is free of tracebacks, of paths of the server, and of its key."""
    home = str(Path.home())
    bad = ["Traceback", "site-packages", sys.prefix, str(Path(__file__).parents[2]), KEY]
    return not any(word in answer.text for word in (*bad, *([home] if len(home) > 1 else [])))


def test_answers_say_what_they_may_do(server: Server, guest: Guest) -> None:
    assert tells_nothing(guest.page)
    script = guest.ask("/voila/static/voila.js")
    missing = guest.ask("/nothing")
    for answer in (guest.page, script, missing):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        policy = answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'self'" in policy
        assert "object-src 'none'" in policy
        scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
        assert "'unsafe-inline'" not in scripts
        assert "'unsafe-eval'" not in scripts
    cookie = next(
        line
        for line in Visitor(server.url).ask(Sec_Fetch_Site="none").headers.get_all("Set-Cookie", [])
        if line.startswith("relief-visitor")
    )
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie


def test_the_templates_are_the_operators_choice(guest: Guest) -> None:
    other = Visitor(f"http://{guest.address}")
    page = other.ask("/?template=classic&theme=dark&x=<script>alert(1)</script>")
    assert "relief-brand" in page.text
    assert "alert(1)" not in page.text
    assert page.kernel is not None


def test_there_are_as_many_places_as_were_said(server: Server) -> None:
    # The tests before this one took all of them.
    late = Visitor(server.url)
    answers = [late.ask() for _ in range(PLACES + 1)]
    assert answers[-1].status == 503
    assert "full" in answers[-1].text
    assert int(answers[-1].headers["Retry-After"]) > 0
    # One more than there are visitors waits for the next.
    assert len(server.kernels()) <= PLACES + 1


def test_the_operators_key_is_not_in_a_visitors_kernel(server: Server, guest: Guest) -> None:
    environment = Path(f"/proc/{server.pid_of(guest.kernel)}/environ")
    if not environment.exists():
        pytest.skip("this system does not show the environment of a process")
    told = environment.read_bytes().decode("utf-8", "replace")
    assert KEY not in told
    assert '"owner": false' in told


def test_what_is_written_is_private(server: Server) -> None:
    """Nobody else on the machine can look at what the server and its kernels write."""
    for path in server.scratch.rglob("*"):
        shared = path.stat().st_mode & 0o077
        inside = any(
            parent.stat().st_mode & 0o077 == 0
            for parent in path.parents
            if server.scratch in parent.parents
        )
        own = path.name.startswith(("relief_widget_", "voila_")) or inside
        assert not shared or not own or inside, path


@pytest.mark.full
def test_without_the_token_nothing_is_shown(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "relief_widget", "app", "--no-browser", f"--port={port}"]
    with running([*command, "--token", "s3cret"], f"{url}/voila/static/x", url, tmp_path) as served:
        stranger = Visitor(url)
        for path in ("/", "/?token=wrong", "/login?next=//evil.example"):
            assert stranger.ask(path).kernel is None
        assert not stranger.ask("/?token=wrong", Sec_Fetch_Site="cross-site").kernel
        # A link with the token, from a mail or a chat, is meant.
        friend = Visitor(url)
        page = friend.ask("/?token=s3cret", Sec_Fetch_Site="cross-site")
        assert page.kernel is not None
        assert "s3cret" not in page.text
        assert refused(friend, page.kernel) == 0
        assert refused(stranger, page.kernel) in (403, 404)
        # The cookie that came with it is enough from now on.
        assert friend.ask(f"/api/kernels/{page.kernel}").status == 200
        assert served.has(page.kernel)
        # One person's own server answers no proxy that it was not told of.
        assert friend.ask("/?token=s3cret", X_Forwarded_For="192.0.2.7").status == 403
        assert "s3cret" not in (served.folder / "server.log").read_text()
