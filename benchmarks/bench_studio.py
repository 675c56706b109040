"""Time what a visitor of the studio waits for, in a real browser under Voilà, against its limits.

*upload*: a photo of 3 MB, from the choice of its file to the relief's first frame. *style*: from a
press on one of the small reliefs to the first frame of that relief. *slider, first* and *at rest*:
from a key on the handle of a height setting at 512 vertices to the first frame that follows it, and
to the last one. Each is the best of its runs, with the median beside it: other work on the machine
makes a run longer and never shorter. The limits are meant for two cores; the load is printed with
the figures: ``python benchmarks/bench_studio.py``, with Chromium installed.
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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import numpy as np
from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from bench_viewer import HERE, answering, free_port
from relief_widget import example_photos

# Milliseconds.
LIMITS = {"upload": 1500, "style": 1000, "slider, first": 120, "slider, at rest": 600}
PHOTO_BYTES = 3_000_000
SLIDERS = ("Compression", "Smoothing", "Enhance details")
PATIENCE_MS = 120_000

# When the visitor did what is measured.
ACTS = """
for (const kind of ["change", "click", "keydown"]) {
  const note = () => { window.acted = performance.timeOrigin + performance.now(); };
  addEventListener(kind, note, true);
}
"""
FIRST = (
    "() => window.bench.frames.find((frame) => frame.submit > window.acted)?.done - window.acted"
)
LAST = "() => window.bench.frames.at(-1).done - window.acted"


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


def first_frame(page: Page) -> float:
    """Return the milliseconds from the last act to the first frame after it."""
    page.wait_for_function(f"({FIRST})() > 0", timeout=PATIENCE_MS)
    return float(page.evaluate(FIRST))


def uploaded(page: Page, path: Path) -> float:
    """Upload a photo; return the milliseconds to the relief."""
    page.locator("input[type=file]").first.set_input_files(path)
    view = page.get_by_role("img", name=re.compile(f"^Relief.*{path.stem}"))
    expect(view).to_be_visible(timeout=PATIENCE_MS)
    arrived = float(page.evaluate("performance.timeOrigin + performance.now() - window.acted"))
    return max(arrived, first_frame(page))


def measured(page: Page, folder: Path, runs: int) -> dict[str, list[float]]:
    """Return the times of all runs, by what was waited for."""
    times: dict[str, list[float]] = {name: [] for name in LIMITS}
    for run in range(runs):
        times["upload"].append(uploaded(page, photo(folder, run)))
        rest(page)
        page.get_by_role("button", name="Organic", exact=True).click()
        times["style"].append(first_frame(page))
        rest(page)
        for label in SLIDERS:
            handle = page.get_by_role("slider", name=label, exact=True)
            handle.focus()
            handle.press("ArrowLeft" if label == "Compression" else "ArrowRight")
            times["slider, first"].append(first_frame(page))
            expect(page.get_by_role("status")).to_have_text(re.compile("ready$"))
            page.evaluate("window.bench.quiet(1000)")
            times["slider, at rest"].append(float(page.evaluate(LAST)))
            rest(page)
    return times


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
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
        context.add_init_script(ACTS)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(address)
        page.locator("input[type=file]").first.wait_for(state="attached")
        # The first photo also loads what is loaded when it is first used.
        uploaded(page, photo(Path(name), 1000))
        rest(page)
        times = measured(page, Path(name), options.runs)
        browser.close()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
    print("| what | best, ms | median, ms | limit, ms | |\n|---|---|---|---|---|")
    for what, limit in LIMITS.items():
        best = min(times[what])
        verdict = "within" if best <= limit else "OVER"
        print(f"| {what} | {best:.0f} | {median(times[what]):.0f} | {limit} | {verdict} |")


if __name__ == "__main__":
    main()
