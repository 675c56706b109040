"""Time what a visitor of the studio waits for, in a real browser under Voilà, against its limits.

*upload*: a photo of 3 MB, from the choice of its file to the relief's first frame, which shows a
draft of it, and to the one with the whole depth map. *style*: from a press on one of the small
reliefs to the first frame of that relief. *tile*: from a press on what is to be made to the first
frame of the finished object. *slider, first* and *at rest*: from a key on the handle of a height
setting at 512 vertices to the first frame that follows it, and to the last one. Each is the best of
its runs, with the median beside it: other work on the machine makes a run longer and never shorter.

A second table says where an upload's time goes. The page's part is read off its connection and its
frames; the kernel's is measured in this process, which does what a kernel does: ``processor`` is
the time of both cores together.

The limits are meant for two cores; the load is printed with the figures:
``python benchmarks/bench_studio.py``, with Chromium installed, takes less than three minutes.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TypeVar

import numpy as np
from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from bench_viewer import HERE, answering, free_port
from relief_widget import ReliefSettings, example_photos
from relief_widget.app.inputs import DRAFT_SIDE
from relief_widget.depth import BuiltIn, is_flat_art
from relief_widget.depth.builtin import MAX_SIDE, Glance
from relief_widget.heights import heights
from relief_widget.image.photo import open_photo

T = TypeVar("T")

# Milliseconds.
LIMITS = {
    "upload": 1500,
    "upload, whole": None,
    "style": 1000,
    "tile Coin": 1000,
    "tile Stamp": 1000,
    "tile Logo sign": 1000,
    "slider, first": 120,
    "slider, at rest": 600,
}
TILES = ("Coin", "Stamp", "Logo sign")
PLAIN = "Plain relief"
PHOTO_BYTES = 3_000_000
STEPS = ("read the file", "send it", "kernel", "first frame")
SLIDERS = ("Compression", "Smoothing", "Enhance details")
PATIENCE_MS = 120_000

# When the visitor did what is measured, when new heights came to the graphics processor, what the
# view is called since when, and what goes over the connection.
HOOKS = """
window.heights = []; window.called = []; window.wire = [];
const clock = () => performance.timeOrigin + performance.now();
for (const kind of ["change", "click", "keydown"]) {
  addEventListener(kind, () => {
    window.acted = clock();
    window.heights = []; window.called = []; window.wire = [];
  }, true);
}
for (const name of ["texImage2D", "texSubImage2D"]) {
  const upload = WebGL2RenderingContext.prototype[name];
  WebGL2RenderingContext.prototype[name] = function (...args) {
    if (args.some((item) => item instanceof Uint16Array && item.length > 10_000)) {
      window.heights.push(clock());
    }
    return upload.apply(this, args);
  };
}
new MutationObserver((changes) => {
  for (const { target } of changes) {
    const label = target.getAttribute("aria-label") ?? "";
    if (label.startsWith("Relief")) window.called.push({ at: clock(), label });
  }
}).observe(document, { subtree: true, attributes: true, attributeFilter: ["aria-label"] });
const size = (data) => data.byteLength ?? data.length ?? 0;
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (data) {
  if (!this.watched) {
    this.watched = true;
    this.addEventListener("message", ({ data }) => {
      window.wire.push({ at: clock(), sent: false, bytes: size(data) });
    });
  }
  window.wire.push({ at: clock(), sent: true, bytes: size(data) });
  return send.call(this, data);
};
window.frameAfter = (time) =>
  time && window.bench.frames.find((frame) => frame.submit >= time)?.done - window.acted;
"""
FIRST = "() => window.frameAfter(window.heights[0])"
FINISHED = (
    "() => window.frameAfter(window.called.find(({ label }) => label.includes('finished'))?.at)"
)
LAST = "() => window.bench.frames.at(-1).done - window.acted"
# Of an upload: until the file was read, until it was sent, until the heights came.
PARTS = """
() => {
  const { wire, acted, heights } = window;
  const part = wire.find(({ sent, bytes }) => sent && bytes > 1e6);
  const answer = wire.find(({ sent, at }) => !sent && at > part.at);
  const came = wire.filter(({ sent, at }) => !sent && at <= heights[0]).at(-1);
  return [part.at - acted, answer.at - part.at, came.at - answer.at];
}
"""


def photo(folder: Path, number: int) -> Path:
    """Return a JPEG of about 3 MB that nobody has seen: a photo with the grain of a camera."""
    image = Image.open(example_photos()["astronaut"]).convert("RGB").resize((3000, 3000))
    grain = np.random.default_rng(number).normal(0, 5, (3000, 3000, 1))
    pixels = np.clip(np.asarray(image) + grain, 0, 255).astype(np.uint8)
    for quality in range(70, 100, 3):
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "JPEG", quality=quality)
        if len(buffer.getvalue()) >= PHOTO_BYTES:
            break
    path = folder / f"photo_{number}.jpg"
    path.write_bytes(buffer.getvalue())
    return path


@contextmanager
def studio(folder: Path) -> Iterator[str]:
    """Serve the studio; yield its address."""
    port = free_port()
    command = [sys.executable, "-m", "relief_widget", "app", "--no-browser", "--port", str(port)]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    try:
        address = f"http://127.0.0.1:{port}"
        answering(address, server)
        yield address
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(20)


def rest(page: Page) -> None:
    """Wait until nothing is running, and nothing is drawn."""
    expect(page.get_by_role("status")).to_have_text(re.compile("ready$"), timeout=PATIENCE_MS)
    page.evaluate("window.bench.quiet(1500)")
    page.evaluate("window.bench.frames = []")


def first_frame(page: Page, which: str = FIRST) -> float:
    """Return the milliseconds from the last act to the first frame of what came of it."""
    page.wait_for_function(f"({which})() > 0", timeout=PATIENCE_MS)
    return float(page.evaluate(which))


def settled(page: Page) -> float:
    """Return the milliseconds from the last act to the last frame that came of it."""
    expect(page.get_by_role("status")).to_have_text(re.compile("ready$"), timeout=PATIENCE_MS)
    page.evaluate("window.bench.quiet(1000)")
    return float(page.evaluate(LAST))


def uploaded(page: Page, path: Path) -> tuple[float, float, list[float]]:
    """Upload a photo; return the milliseconds to the first frame, the last, and the parts."""
    page.locator("input[type=file]").first.set_input_files(path)
    first = first_frame(page)
    parts = [float(part) for part in page.evaluate(PARTS)]
    return first, settled(page), [*parts, first - sum(parts)]


def make(page: Page, tile: str) -> None:
    """Press one of the tiles."""
    page.get_by_role("button", name=re.compile("^Making:")).click()
    page.get_by_role("radio", name=tile, exact=True).click()


def kernel(path: Path) -> Iterator[tuple[str, float, float]]:
    """Do what a kernel does with a photo; yield each step with wall and processor time in ms."""

    def timed(step: str, run: Callable[[], T]) -> T:
        wall, processor = time.perf_counter(), time.process_time()
        result = run()
        taken = time.perf_counter() - wall, time.process_time() - processor
        rows.append((step, 1000 * taken[0], 1000 * taken[1]))
        return result

    rows: list[tuple[str, float, float]] = []
    # Loaded once in the life of a kernel.
    BuiltIn()(open_photo(example_photos()["cat"]))
    image = timed("decode", lambda: open_photo(path.read_bytes()))
    timed("drawing or photo", lambda: is_flat_art(image))
    glance = Glance(image)
    timed("shrink", lambda: image.srgb(MAX_SIDE))
    small = timed("shrink, network, draft", lambda: glance.depth_map("detailed", DRAFT_SIDE))
    timed("heights of the draft", lambda: heights(small, ReliefSettings()))
    whole = timed("whole depth map, after the draft", lambda: glance.depth_map("detailed"))
    timed("heights", lambda: heights(whole, ReliefSettings()))
    yield from rows


def measured(page: Page, folder: Path, runs: int) -> dict[str, list[float]]:
    """Return the times of all runs, by what was waited for."""
    times: dict[str, list[float]] = {name: [] for name in [*LIMITS, *STEPS]}
    for run in range(runs):
        print(f"run {run + 1} of {runs}", file=sys.stderr, flush=True)
        first, whole, parts = uploaded(page, photo(folder, run))
        times["upload"].append(first)
        times["upload, whole"].append(whole)
        for step, part in zip(STEPS, parts, strict=True):
            times[step].append(part)
        rest(page)
        page.get_by_role("button", name="Organic", exact=True).click()
        times["style"].append(first_frame(page))
        rest(page)
        for label in SLIDERS:
            handle = page.get_by_role("slider", name=label, exact=True)
            handle.focus()
            handle.press("ArrowLeft" if label == "Compression" else "ArrowRight")
            times["slider, first"].append(first_frame(page))
            times["slider, at rest"].append(settled(page))
            rest(page)
        for tile in TILES:
            make(page, tile)
            times[f"tile {tile}"].append(first_frame(page, FINISHED))
            rest(page)
            # The next is told from it by not being finished.
            make(page, PLAIN)
            rest(page)
    return times


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=2)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    names = ("chromium", "chromium-browser", "google-chrome")
    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    flags = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
    with (
        tempfile.TemporaryDirectory() as name,
        sync_playwright() as playwright,
        studio(Path(name)) as address,
    ):
        browser = playwright.chromium.launch(executable_path=program, args=flags)
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.add_init_script(path=HERE / "viewer_hooks.js")
        context.add_init_script(HOOKS)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(address)
        page.locator("input[type=file]").first.wait_for(state="attached")
        # The first photo also loads what is loaded when it is first used.
        uploaded(page, photo(Path(name), 1000))
        rest(page)
        times = measured(page, Path(name), options.runs)
        browser.close()
        steps = list(kernel(photo(Path(name), 1001)))
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
    print("| what | best, ms | median, ms | limit, ms | |\n|---|---|---|---|---|")
    for what, limit in LIMITS.items():
        best = min(times[what])
        told = "" if limit is None else "within" if best <= limit else "OVER"
        print(f"| {what} | {best:.0f} | {median(times[what]):.0f} | {limit or ''} | {told} |")
    print("\n| step of an upload | best, ms | processor, ms |\n|---|---|---|")
    for step in STEPS:
        print(
            f"| browser: {step} | {min(times[step]):.0f} | |".replace("browser: kernel", "kernel")
        )
    for step, wall, processor in steps:
        print(f"| kernel: {step} | {wall:.0f} | {processor:.0f} |")


if __name__ == "__main__":
    main()
