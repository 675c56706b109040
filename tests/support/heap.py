"""The memory of a page."""

from __future__ import annotations

from playwright.sync_api import Page


def heap(page: Page) -> float:
    """Return the bytes of the script's heap once there is nothing more to collect."""
    browser = page.context.new_cdp_session(page)
    used = [float("inf")]
    while True:
        browser.send("HeapProfiler.collectGarbage")
        used.append(browser.send("Runtime.getHeapUsage")["usedSize"])
        if used[-1] > 0.98 * used[-2]:
            browser.detach()
            return min(used)
        # What was abandoned is let go in later turns of the page's event loop.
        page.wait_for_timeout(300)
