"""When a visitor's kernel ends: asked of the real manager, with a real kernel."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from relief_widget.serve.kernels import VisitorKernelManager

IDLE_S = 60
LONG = timedelta(days=1)
LONG_S = int(LONG.total_seconds())


class Visit:
    """A manager with one kernel, as Voilà hands it to a page."""

    def __init__(self, manager: Any, kernel_id: str) -> None:
        self.manager = manager
        self.kernel_id = kernel_id

    async def lasts(self, *, arrival_s: float, busy: bool = False) -> bool:
        """Return whether the kernel, when it has done nothing for long, outlives the next look.

        `arrival_s` places the look within the time for arriving, or at its end.
        """
        kernel = self.manager.get_kernel(self.kernel_id)
        kernel.execution_state = "busy" if busy else "idle"
        kernel.last_activity -= LONG
        self.manager.arrival_s = arrival_s
        await self.manager.cull_kernels()
        return self.kernel_id in self.manager.list_kernel_ids()


def visit(folder: Path, story: Callable[[Visit], Awaitable[None]]) -> None:
    async def told() -> None:
        manager = VisitorKernelManager(
            root_dir=str(folder),
            connection_dir=str(folder),
            cull_idle_timeout=IDLE_S,
            cull_interval=LONG_S,  # the story says when
        )
        try:
            await story(Visit(manager, await manager.start_kernel()))
        finally:
            await manager.shutdown_all(now=True)

    asyncio.run(told())


def test_a_kernel_whose_page_is_on_its_way_lasts_and_ends_when_none_came(tmp_path: Path) -> None:
    async def story(visit: Visit) -> None:
        assert await visit.lasts(arrival_s=LONG_S)
        assert await visit.lasts(arrival_s=LONG_S)
        assert not await visit.lasts(arrival_s=0)

    visit(tmp_path, story)


def test_a_kernel_lasts_as_long_as_its_page_and_ends_soon_after(tmp_path: Path) -> None:
    async def story(visit: Visit) -> None:
        visit.manager.notify_connect(visit.kernel_id)
        assert await visit.lasts(arrival_s=0)
        visit.manager.notify_disconnect(visit.kernel_id)
        # Who has been here gets no more time to arrive.
        assert not await visit.lasts(arrival_s=LONG_S)

    visit(tmp_path, story)


def test_a_kernel_at_work_lasts_without_a_page(tmp_path: Path) -> None:
    async def story(visit: Visit) -> None:
        assert await visit.lasts(arrival_s=0, busy=True)
        assert not await visit.lasts(arrival_s=0)

    visit(tmp_path, story)


def test_each_kernel_has_its_own_time_to_arrive(tmp_path: Path) -> None:
    async def story(visit: Visit) -> None:
        other = Visit(visit.manager, await visit.manager.start_kernel())
        visit.manager.notify_connect(visit.kernel_id)
        visit.manager.notify_disconnect(visit.kernel_id)
        assert await other.lasts(arrival_s=LONG_S)
        assert not await visit.lasts(arrival_s=LONG_S)
        assert await other.lasts(arrival_s=LONG_S)

    visit(tmp_path, story)
