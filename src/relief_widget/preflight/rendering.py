"""A report as text for terminals, and as HTML for notebooks."""

from __future__ import annotations

import base64
import html
import textwrap

import numpy as np

from relief_widget.image import encoding
from relief_widget.preflight.report import COLOURS, SIGNS, WORDS, Check, Places, Report, Status

_WIDTH = 92
_PICTURE_SIDE = 132

# White signs on these have a contrast of at least 4.5 : 1, and they stand out of light and dark
# pages alike (WCAG 2.2, 1.4.3 and 1.4.11).
_STYLE = """
.relief-preflight {
  --line: 1px solid var(--jp-border-color2, color-mix(in srgb, currentColor 25%, transparent));
  --ok: #1a7f37; --warn: #9a6700; --fail: #cf222e;
  color: var(--jp-ui-font-color1, var(--vscode-foreground, CanvasText));
  font: 13px/1.45 var(--jp-ui-font-family, system-ui, sans-serif); max-width: 62rem;
  container-type: inline-size; }
.relief-preflight table { border-collapse: collapse; width: 100%; margin: 0; font-size: inherit;
  color: inherit; }
.relief-preflight caption { text-align: left; caption-side: top; padding: 4px 0 8px;
  font-weight: 600; font-size: 14px; color: inherit; }
.relief-preflight tr, .relief-preflight tbody tr:nth-child(odd) { background: transparent; }
.relief-preflight th, .relief-preflight td { text-align: left; vertical-align: top; color: inherit;
  padding: 6px 12px 6px 0; white-space: normal; max-width: none;
  border: 0; border-top: var(--line); }
.relief-preflight thead th { border-top: 0; padding-top: 0; font-weight: 400; opacity: .8; }
.relief-preflight tbody th { font-weight: 600; }
.relief-preflight .state { white-space: nowrap; }
.relief-preflight .sign { display: inline-block; width: 1.5em; height: 1.5em; line-height: 1.5em;
  margin-right: .5em; border-radius: 50%; text-align: center; font-weight: 700; color: #fff;
  forced-color-adjust: none; }
.relief-preflight .ok .sign { background: var(--ok); }
.relief-preflight .warn .sign { background: var(--warn); }
.relief-preflight .fail .sign { background: var(--fail); }
.relief-preflight .value { font-variant-numeric: tabular-nums; white-space: nowrap; }
.relief-preflight .limit { display: block; opacity: .8; }
.relief-preflight .advice { display: block; margin-top: 2px; font-weight: 600; }
.relief-preflight img { display: block; margin-top: 6px; image-rendering: pixelated;
  outline: 1px solid var(--jp-border-color1, color-mix(in srgb, currentColor 40%, transparent)); }
@container (max-width: 44rem) {
  .relief-preflight thead { position: absolute; width: 1px; height: 1px; overflow: hidden;
    clip-path: inset(50%); }
  .relief-preflight tbody tr { display: grid; grid-template-columns: 7.5rem 1fr;
    border-top: var(--line); }
  .relief-preflight tbody th, .relief-preflight tbody td { border-top: 0; padding-bottom: 2px; }
  .relief-preflight tbody .state { grid-row: 1 / span 2; }
  .relief-preflight tbody td:last-child { padding-top: 0; padding-bottom: 8px; }
}
"""


def as_text(report: Report) -> str:
    """Return a report as lines of at most 92 characters, aligned, each status a sign and a word."""
    lines = textwrap.wrap(f"{SIGNS[report.status]} {report.summary}", _WIDTH)
    label = max((len(check.label) for check in report), default=0)
    values = max((len(check.shown_value) for check in report), default=0)
    for check in report:
        lines.append("")
        head = f"{SIGNS[check.status]} {WORDS[check.status]:<8} {check.label:<{label}}  "
        limit = f"  limit {check.shown_limit}" if check.shown_limit else ""
        lines.append(f"{head}{check.shown_value:<{values}}{limit}".rstrip())
        lines += textwrap.wrap(
            check.text, _WIDTH, initial_indent=" " * 4, subsequent_indent=" " * 4
        )
        if check.advice:
            lines += textwrap.wrap(
                check.advice, _WIDTH, initial_indent=" " * 4 + "→ ", subsequent_indent=" " * 6
            )
    return "\n".join(lines)


def as_html(report: Report) -> str:
    """Return a report as a table that follows the page's theme; all texts are escaped."""
    # On narrow pages the rows are laid out as grids, which are tables to screen readers no more
    # unless they say so.
    rows = "".join(_row(check) for check in report)
    heads = "".join(
        f'<th role="columnheader" scope="col">{head}</th>'
        for head in ("Status", "Check", "Value and limit")
    )
    caption = f"{_sign(report.status)}{html.escape(report.summary)}"
    return (
        f'<section class="relief-preflight" aria-label="Preflight"><style>{_STYLE}</style>'
        f'<table role="table"><caption>{caption}</caption>'
        f'<thead role="rowgroup"><tr role="row">{heads}</tr></thead>'
        f'<tbody role="rowgroup">{rows}</tbody></table></section>'
    )


def _row(check: Check) -> str:
    advice = f'<span class="advice">→ {html.escape(check.advice)}</span>' if check.advice else ""
    picture = "" if check.places is None or check.status == "ok" else _picture(check)
    limit = (
        f'<span class="limit">limit {html.escape(check.shown_limit)}</span>'
        if check.shown_limit
        else ""
    )
    return (
        f'<tr role="row"><td role="cell" class="state">{_sign(check.status)}'
        f"{WORDS[check.status]}</td>"
        f'<th role="rowheader" scope="row">{html.escape(check.label)}'
        f'<div style="font-weight: 400">{html.escape(check.text)}{advice}{picture}</div></th>'
        f'<td role="cell" class="value">{html.escape(check.shown_value)}{limit}</td></tr>'
    )


def _sign(status: Status) -> str:
    sign = f'<span class="sign" aria-hidden="true">{SIGNS[status]}</span>'
    return f'<span class="{status}" title="{COLOURS[status]}">{sign}</span>'


def _picture(check: Check) -> str:
    assert check.places is not None
    data = base64.b64encode(_png(check.places)).decode("ascii")
    share = 100 * float((check.places > 0).mean())
    what = html.escape(f"Where: {check.label}, {share:.1f} % of the grid, dark", quote=True)
    return f'<img alt="{what}" title="{what}" src="data:image/png;base64,{data}">'


def _png(places: Places) -> bytes:
    """Return the places as a small grey picture, faults dark, small ones kept in sight."""
    from PIL import Image

    found = np.asarray(places, dtype=np.float32)
    found = found / max(float(found.max(initial=0)), 1e-9)
    step = max(1, -(-max(found.shape) // _PICTURE_SIDE))
    rows, cols = (-(-side // step) for side in found.shape)
    wide = np.zeros((rows * step, cols * step), dtype=np.float32)
    wide[: found.shape[0], : found.shape[1]] = found
    blocks = wide.reshape(rows, step, cols, step).max(axis=(1, 3))
    image = Image.fromarray(np.rint(245 - 215 * blocks).astype(np.uint8))
    grow = max(1, _PICTURE_SIDE // max(image.size))
    size = image.width * grow, image.height * grow
    return encoding.png(image.resize(size, Image.Resampling.NEAREST), small=True)
