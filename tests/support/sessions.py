"""The studio's session beside a running event loop, and a depth provider that waits."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import numpy as np
from PIL import Image

from relief_widget.app.session import Session
from relief_widget.depth.depth_map import DepthMap, DepthProvider, Style
from relief_widget.image.photo import Photo

TIMEOUT = 60


def small_photo() -> Image.Image:
    """Return a bright disc on dark ground, with the grain that tells a photo from a drawing."""
    y, x = np.mgrid[:90, :120]
    grey = np.where(np.hypot(x - 60, y - 45) < 30, 190.0, 60.0)
    grey += np.random.default_rng(0).normal(0, 8, grey.shape)
    return Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8)).convert("RGB")


class Held:
    """A depth provider that answers when it is told to."""

    def __init__(self) -> None:
        self.begun, self.go = threading.Event(), threading.Event()

    def __call__(self, photo: Photo, style: Style) -> DepthMap:
        """Wait, then take the brightness for the depth."""
        self.begun.set()
        assert self.go.wait(TIMEOUT)
        return DepthMap(photo.luminance(), style=style, origin={"label": "Held"})

    def provide(self, *_: object, **__: object) -> DepthProvider:
        """Return itself, as `Session.generate` asks for it."""
        return self


def play(story: Coroutine[Any, Any, None]) -> None:
    """Run `story` on an event loop, within `TIMEOUT`."""
    asyncio.run(asyncio.wait_for(story, TIMEOUT))


async def until(true: Callable[[], bool]) -> None:
    """Wait until something is true; `play` limits for how long."""
    while not true():
        await asyncio.sleep(0.005)


async def opened(photo: Image.Image) -> Session:
    """Return a session with the relief of a photo."""
    session = Session()
    session.open(photo)
    await until(lambda: not session.busy)
    assert session.problem is None
    return session


async def asked(session: Session) -> Held:
    """Ask for a depth map; return its provider once it is at work."""
    held = Held()
    session.generate(held.provide, source="onnx")
    await until(held.begun.is_set)
    return held
