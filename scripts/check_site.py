"""Check the built site: links that lead nowhere, and pages that ask for something elsewhere.

    python scripts/check_site.py FOLDER

Links to other sites are only for the reader to follow; what a page loads by itself must be its own.
"""

from __future__ import annotations

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

# What a browser fetches without being asked.
LOADS = {("img", "src"), ("script", "src"), ("iframe", "src"), ("source", "src"), ("video", "src")}
LOADED_LINKS = {"stylesheet", "icon", "preload", "modulepreload", "shortcut icon"}


class Page(HTMLParser):
    """What a page links to and loads, and the places in it that can be linked to."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.places: set[str] = set()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag names, links to or loads."""
        given = {name: value or "" for name, value in attrs}
        self.places.update(given[name] for name in ("id", "name") if name in given)
        for name, value in given.items():
            if (tag, name) in LOADS:
                self.loads.append(value)
        if "href" in given:
            loaded = tag == "link" and given.get("rel", "").lower() in LOADED_LINKS
            (self.loads if loaded else self.links).append(given["href"])


def check(folder: Path) -> list[str]:
    """Return a sentence for each thing that is wrong with the site."""
    found = sorted(folder.rglob("*.html"))
    # The theme leaves its templates among what it brings.
    pages = {path.resolve(): Page(path) for path in found if "_static" not in path.parts}
    wrong = []
    for path, page in pages.items():
        name = path.relative_to(folder.resolve())
        for address in page.loads:
            if urlsplit(address).netloc:
                wrong.append(f"{name} loads {address}")
        for address in (*page.links, *page.loads):
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            target = target / "index.html" if target.is_dir() else target
            if not target.is_file():
                wrong.append(f"{name} links to {address}, which is not there")
            elif target in pages and not _has(pages[target], parts.fragment):
                wrong.append(f"{name} links to {address}, which has no such place")
    return wrong


def _has(page: Page, fragment: str) -> bool:
    return fragment in ("", "top") or unquote(fragment) in page.places


if __name__ == "__main__":
    site = Path(sys.argv[1])
    found = check(site)
    print(*found, sep="\n")
    if found or not (site / "index.html").is_file():
        raise SystemExit("The site is not whole.")
