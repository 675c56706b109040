"""One HTML file with a live relief in it: no kernel, no server, no network."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from relief_widget.atomic import atomic_path

_STATIC = Path(__file__).parents[1] / "static"

# What the script looks for in the page: the place of the view, its traits, and in them the field
# that stands for bytes.
PLACE_ID = "relief-page"
DATA_ID = "relief-page-data"
BYTES_FIELD = "base64"

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>
body {{ margin: 0 auto; max-width: 1100px; padding: 24px 20px 40px;
  background: Canvas; color: CanvasText; font: 15px/1.5 system-ui, sans-serif; }}
h1 {{ margin: 0 0 14px; font-size: 1.35rem; font-weight: 600; }}
{style}
</style>
</head>
<body>
<h1>{title}</h1>
<main id="{place_id}" style="--relief-height: min(62vh, 640px)"></main>
<script type="application/json" id="{data_id}">{data}</script>
<script type="module">{script}</script>
</body>
</html>
"""


def write_page(state: Mapping[str, Any], title: str, path: Path) -> None:
    """Write the page.

    Parameters
    ----------
    state
        The traits of a `Viewer` by name.
    title
        Title and heading.
    path
        An ``.html`` file.

    Raises
    ------
    ReliefError
        The file cannot be written; nothing is left under its name.
    """
    data = json.dumps(state, default=_plain, separators=(",", ":"), allow_nan=False)
    page = _PAGE.format(
        title=html.escape(title),
        place_id=PLACE_ID,
        data_id=DATA_ID,
        style=_in_element((_STATIC / "viewer.css").read_text(encoding="utf-8"), "style"),
        data=data.replace("<", "\\u003c"),
        script=_in_element((_STATIC / "viewer.js").read_text(encoding="utf-8"), "script"),
    )
    with atomic_path(path) as temporary:
        temporary.write_text(page, encoding="utf-8")


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return {BYTES_FIELD: base64.b64encode(value).decode("ascii")}
    raise TypeError(f"{type(value).__name__} has no place in a page")


def _in_element(text: str, tag: str) -> str:
    # Within strings and regular expressions the backslash changes nothing.
    return text.replace(f"</{tag}", f"<\\/{tag}")
