"""What every request goes through: who asks, from where, and what a browser may do with it."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import logging
import re
import secrets
from typing import Any

from jupyter_core.utils import ensure_async
from tornado.web import HTTPError, RequestHandler, authenticated
from tornado.websocket import WebSocketHandler
from voila.static_file_handler import TemplateStaticFileHandler
from voila.tornado.handler import TornadoVoilaHandler

from relief_widget.serve.access import Access
from relief_widget.serve.visits import Visit, Visits

# A page runs no script but its own: those that are marked with this page's number, what they load
# from here, and the widgets' modules, which come as blobs. Styles are written into elements.
_POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}' blob: 'wasm-unsafe-eval'{more}; "
    "style-src 'self' 'unsafe-inline' data:; img-src 'self' data: blob:; font-src 'self' data:; "
    "media-src 'self' data: blob: mediastream:; connect-src 'self' data: blob:; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'self'"
)
_LOG = logging.getLogger("tornado.access")
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), microphone=(), camera=(self)",
}
_ABOUT_KERNEL = re.compile(r"/(?:api/kernels|voila/api/shutdown)/?([^/]*)")
_KERNEL = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_SESSION = re.compile(r"[\w-]{1,80}", re.ASCII)
# When a page that waits for a place asks again, in seconds.
_AGAIN_S = 20


def _policy(nonce: str, *, may_evaluate: bool = False) -> str:
    return _POLICY.format(nonce=nonce, more=" 'unsafe-eval'" if may_evaluate else "")


class Guarded(RequestHandler):
    """Comes before a handler: names, kernels and headers are looked at here, once for all."""

    def set_default_headers(self) -> None:
        """Say what the answer may do in a browser."""
        super().set_default_headers()
        if isinstance(self, WebSocketHandler):
            return
        for name, value in _HEADERS.items():
            self.set_header(name, value)
        # That of a page is set with the page.
        self.set_header("Content-Security-Policy", _policy(secrets.token_urlsafe(16)))

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Say in the log what went wrong, without the query, which may have the token."""
        if isinstance(value, HTTPError):
            _LOG.warning("%s %s: %s", self.request.method, self.request.path, value)
        else:
            asked = self.request.method, self.request.path
            _LOG.error("Uncaught exception: %s %s", *asked, exc_info=(typ, value, tb))

    async def prepare(self) -> None:
        """Refuse what is not let in."""
        access: Access = self.settings["access"]
        headers = self.request.headers
        if not access.answers_to(self.request.host):
            notice(
                self,
                421,
                "This is not the address of the studio",
                "The studio does not answer to this name.",
                "Whoever runs it can allow the name: relief-widget app --allow-host NAME.",
            )
            return
        if access.is_forwarded(headers):
            notice(
                self,
                403,
                "The studio does not know its proxy",
                "It was started for one person on one machine, and is now served to others.",
                "Whoever runs it can allow that: relief-widget app --allow-host NAME.",
            )
            return
        kernel = self._kernel()
        if kernel is not None:
            visits: Visits = self.settings["visits"]
            session = self.get_query_argument("session_id", "x")
            if not _SESSION.fullmatch(session) or not visits.may(self, kernel):
                # Somebody else's is as if there were none.
                self.set_status(404)
                self.finish()
                return
        waiting = super().prepare()
        if inspect.isawaitable(waiting):
            await waiting

    def _kernel(self) -> str | None:
        """Return the kernel that a request is about; None where it is about none."""
        about = _ABOUT_KERNEL.search(self.request.path)
        if about is None:
            return None
        found = _KERNEL.fullmatch(about[1])
        return found[0] if found else ""


def log_request(handler: RequestHandler) -> None:
    """Note an answer in the log, without the query, which may have the token."""
    status, request = handler.get_status(), handler.request
    level = logging.INFO if status < 400 else logging.WARNING
    milliseconds = 1000 * request.request_time()
    asked = request.method, request.path, request.remote_ip
    _LOG.log(level, "%d %s %s (%s) %.0f ms", status, *asked, milliseconds)


def guarded(handler: type[Any]) -> type[Any]:
    """Return a handler that lets in only what `Guarded` does."""
    return type(f"Guarded{handler.__name__}", (Guarded, handler), {"__doc__": handler.__doc__})


def notice(handler: Any, status: int, title: str, *sentences: str, link: str = "") -> None:
    """Answer with a page of a few sentences.

    Parameters
    ----------
    handler
        Of the request.
    status
        Of the answer.
    title, sentences
        Plain text.
    link
        What leads on, to the page that was asked for; empty: nothing does.
    """
    handler.set_status(status)
    handler.set_header("Content-Type", "text/html; charset=UTF-8")
    handler.set_header("Cache-Control", "no-store")
    template = handler.settings["voila_jinja2_env"].get_template("notice.html")
    again = _AGAIN_S if status == 503 else 0
    if again:
        handler.set_header("Retry-After", str(again))
    handler.finish(
        template.render(
            title=title,
            sentences=sentences,
            link=link,
            again=again,
            base=handler.settings["base_url"],
        )
    )


class NotHereHandler(Guarded):
    """Answers what nobody else does."""

    async def prepare(self) -> None:
        """Say that there is nothing."""
        await super().prepare()
        if not self._finished:
            notice(self, 404, "The studio is not here", "There is nothing at this address.")


class TemplateFileHandler(TemplateStaticFileHandler):
    """A template's own file; whatever else is asked for is not there."""

    async def get(self, path: str, include_body: bool = True) -> None:
        """Answer with the file."""
        _, folder, *rest = [*path.split("/"), ""]
        if folder != "static" or not rest or ".." in rest:
            raise HTTPError(404)
        await super().get(path, include_body)


class PageHandler(TornadoVoilaHandler):
    """The studio's page, with a kernel for the browser that asks for it."""

    visit: Visit | None = None

    @authenticated
    async def get(self, path: str | None = None) -> None:
        """Answer with the page, unless it was not a person who asked, or there is no room."""
        if path:
            notice(self, 404, "The studio is not here", "There is nothing at this address.")
            return
        if self._unasked():
            notice(
                self,
                403,
                "The studio is one click away",
                "Another page led here. The studio starts when you say so.",
                link="Open the studio",
            )
            return
        visits: Visits = self.settings["visits"]
        self.visit = visit = visits.begin(self)
        if visit is None:
            notice(
                self,
                503,
                "The studio is full at the moment",
                "Everybody in it has a workshop of their own, and all are taken.",
                "This page looks again by itself, and opens the studio as soon as there is room.",
            )
            return
        # Nothing of the address reaches the kernel, or chooses a template.
        self.request.arguments.clear()
        self.request.query_arguments.clear()
        self.request.query = ""
        self.request.uri = self.request.path
        nonce = secrets.token_urlsafe(16)
        # Where nobody else comes in, a browser that is driven may evaluate text in the page.
        alone = not self.settings["access"].to_others
        self.set_header("Content-Security-Policy", _policy(nonce, may_evaluate=alone))
        try:
            async with self.settings["turns"]:
                async for part in self.get_generator(path=path):
                    self.write(part.replace("<script", f'<script nonce="{nonce}"'))
                    self.flush()
        finally:
            visit.over = True
            if visit.kernel is not None and self.request.connection.stream.closed():
                # Nobody waits for it any more.
                with contextlib.suppress(HTTPError, KeyError, RuntimeError):
                    await ensure_async(super().kernel_manager.shutdown_kernel(visit.kernel))

    def _unasked(self) -> bool:
        """Return whether a page elsewhere asks, or a browser that wants to be ready."""
        headers = self.request.headers
        if "prefetch" in headers.get("Sec-Purpose", headers.get("Purpose", "")):
            return True
        # Who knows the token was sent by whoever started the server.
        knows = self.identity_provider.token and self.get_query_argument("token", "")
        return headers.get("Sec-Fetch-Site") in ("cross-site", "same-site") and not knows

    @property
    def kernel_manager(self) -> Any:
        """The manager of kernels, as this visit sees it: it takes note of what it is given."""
        return _HandingOut(super().kernel_manager, self.visit)


class _HandingOut:
    """A manager of kernels that notes which kernel a visit gets."""

    def __init__(self, manager: Any, visit: Visit | None) -> None:
        self._manager, self._visit = manager, visit

    def __getattr__(self, name: str) -> Any:
        return getattr(self._manager, name)

    async def start_kernel(self, **options: Any) -> str:
        kernel = str(await ensure_async(self._manager.start_kernel(**options)))
        return self._note(kernel)

    async def get_rendered_notebook(self, *args: Any, **options: Any) -> tuple[Any, Any, str]:
        task, cache, kernel = await self._manager.get_rendered_notebook(*args, **options)
        return task, cache, self._note(kernel)

    def _note(self, kernel: str) -> str:
        if self._visit is not None:
            self._visit.kernel = kernel
        return kernel


def turns(most: int) -> asyncio.Semaphore:
    """Return what lets so many pages be made at once: all at once would all be late."""
    return asyncio.Semaphore(most)
