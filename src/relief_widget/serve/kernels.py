"""Kernels of visitors: ended when nobody uses them, but not before their page has arrived."""

from __future__ import annotations

import os
import time
from typing import Any

import traitlets
from jupyter_core.utils import ensure_async
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager

from relief_widget.app.permission import VARIABLE, Permission
from relief_widget.scratch import sweep


class VisitorKernelManager(AsyncMappingKernelManager):
    """Ends idle kernels as its base does, with time for a new page to connect to its kernel.

    A kernel that waited in Voilà's pool has been idle for as long as it waited: by the base's rule
    it could be ended in the seconds between the page's answer and its first message.

    Attributes
    ----------
    arrival_s
        How long a page may take to connect, in seconds. Once it has, the base's rule holds.
    """

    arrival_s = traitlets.Float(120.0, config=True)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._handed_out: dict[str, float] = {}
        self._arrived: set[str] = set()

    async def start_kernel(self, **options: Any) -> str:  # type: ignore[override]
        """Start a kernel, with nothing in its environment that its visitor may not use."""
        environment = options.get("env") or dict(os.environ)
        told = VARIABLE in environment
        permission = Permission.here(environment) if told else Permission(owner=False)
        options["env"] = permission.kernel_environment(environment)
        return str(await super().start_kernel(**options))

    async def shutdown_kernel(  # type: ignore[override]
        self, kernel_id: str, *args: Any, **options: Any
    ) -> None:
        """End a kernel, and take away what it had no time to."""
        await ensure_async(super().shutdown_kernel(kernel_id, *args, **options))
        sweep()

    def notify_connect(self, kernel_id: str) -> None:
        """Take note that the page has arrived."""
        super().notify_connect(kernel_id)
        self._arrived.add(kernel_id)

    async def cull_kernel_if_idle(self, kernel_id: str) -> None:
        """End a kernel that is idle, unless it has only just been handed to a visitor.

        Voilà does not ask for those that wait in its pool, so the first call is the handing out.
        """
        running = set(self.list_kernel_ids())
        self._arrived &= running
        self._handed_out = {name: at for name, at in self._handed_out.items() if name in running}
        since = self._handed_out.setdefault(kernel_id, time.monotonic())
        if kernel_id in self._arrived or time.monotonic() - since >= self.arrival_s:
            await super().cull_kernel_if_idle(kernel_id)
