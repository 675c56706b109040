"""Voilà as the studio needs it: who is let in is decided here, before anything else is."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import threading
import webbrowser
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import traitlets
from voila.app import Voila
from voila.request_info_handler import RequestInfoSocketHandler
from voila.static_file_handler import TemplateStaticFileHandler
from voila.tornado.handler import TornadoVoilaHandler

from relief_widget.app.permission import VARIABLE
from relief_widget.scratch import sweep
from relief_widget.serve.access import (
    Access,
    checked_hosts,
    checked_models,
    default_visitors,
)
from relief_widget.serve.handlers import (
    NotHereHandler,
    PageHandler,
    TemplateFileHandler,
    guarded,
    log_request,
    turns,
)
from relief_widget.serve.visits import Visits

# A second server on this machine has cookies of its own.
_COOKIE = "relief-visitor-{port}"


class StudioServer(Voila):
    """Serves the studio, and answers only those whom `Access` lets in.

    Attributes
    ----------
    hosts
        Names that it answers to, beside this machine's own.
    max_visitors
        How many may be served at once; 0: as many as the memory has room for.
    models
        Local models that all visitors may use.
    share_key
        US dollars that visitors may spend in all with the key in the environment.
    """

    hosts: traitlets.List[str] = traitlets.List(traitlets.Unicode(), config=True)
    max_visitors = traitlets.Int(0, min=0, config=True)
    models: traitlets.List[str] = traitlets.List(traitlets.Unicode(), config=True)
    share_key = traitlets.Float(0.0, min=0.0, config=True)

    @property
    def access(self) -> Access:
        """Who is let in, by all that was asked for."""
        return Access(
            ip=str(self.ip),
            hosts=checked_hosts(self.hosts),
            has_token=bool(self.token) or bool(self.auto_token),
            max_visitors=self.max_visitors or default_visitors(),
            models=checked_models(self.models),
            dollars=float(self.share_key),
        )

    def start(self) -> None:
        """Serve until it is interrupted."""
        sweep()
        access = self.access
        folder = Path(tempfile.mkdtemp(prefix=f"relief_widget_{os.getpid()}_"))
        # Kernels inherit it.
        os.environ[VARIABLE] = access.permission(folder).text
        for line in access.lines():
            self.log.log(logging.WARNING if line.startswith("!") else logging.INFO, line)
        try:
            super().start()
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def init_settings(self) -> dict[str, Any]:
        """Return the settings of the web application."""
        settings: dict[str, Any] = super().init_settings()
        access = self.access
        name = _COOKIE.format(port=self.port)
        return settings | {
            "access": access,
            "visits": Visits(self.kernel_manager, access.max_visitors, name),
            "turns": turns(max(2, os.cpu_count() or 2)),
            "default_handler_class": NotHereHandler,
            "log_function": log_request,
        }

    def init_handlers(self) -> list[Any]:
        """Return Voilà's handlers, each behind the guard, without the one that needs no login."""
        own = {
            TornadoVoilaHandler: PageHandler,
            TemplateStaticFileHandler: TemplateFileHandler,
        }
        return [
            (pattern, guarded(own.get(handler, handler)), *options)
            for pattern, handler, *options in super().init_handlers()
            if handler is not RequestInfoSocketHandler
        ]

    def launch_browser(self) -> None:
        """Open the page, as by a person who types its address."""
        try:
            browser = webbrowser.get(self.browser or None)
        except webbrowser.Error as error:
            self.log.warning("No web browser found: %s.", error)
            return
        token = self.identity_provider.token
        url = self.connection_url + (f"?{urlencode({'token': token})}" if token else "")
        threading.Thread(target=lambda: browser.open(url, new=self.webbrowser_open_new)).start()
