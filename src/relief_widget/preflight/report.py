"""The report: checks with a status, a value, a limit, and what to change; as text and as HTML."""

from __future__ import annotations

import base64
import html
import math
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from relief_widget.image import encoding
from relief_widget.settings import controls

Status: TypeAlias = Literal["ok", "warn", "fail"]
Amount: TypeAlias = float | int | tuple[float, ...] | None
Places: TypeAlias = npt.NDArray[np.bool_] | npt.NDArray[np.float32]

# Never colour alone: each status has a sign and a word.
SIGNS: dict[Status, str] = {"ok": "✓", "warn": "!", "fail": "✗"}
WORDS: dict[Status, str] = {"ok": "OK", "warn": "Warning", "fail": "Problem"}
COLOURS: dict[Status, str] = {"ok": "green", "warn": "amber", "fail": "red"}

_WIDTH = 92
# What several parts have together.
_SUMMED = ("volume", "mass", "triangles")
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


@dataclass(frozen=True, eq=False, kw_only=True)
class Check:
    """One thing that was looked at.

    Attributes
    ----------
    name, label
        The key, and its text for people.
    status
        ``"ok"``, ``"warn"`` (can be made, but look) or ``"fail"`` (will not come out as it is).
    text
        What was found, in a sentence.
    value, limit
        In `unit`; None where there is none.
    between
        What stands between the numbers of a value or limit that has several.
    least
        Whether the limit is the least value that is good; else it is the greatest.
    advice
        What to change, or nothing.
    changes
        Settings that `advice` names, for `Relief.replace`.
    places
        (rows, cols) on the part's grid, seen as the part lies: where the fault is, True or, as
        float32 in mm, how much. None where it has no place.
    advisory
        Whether it is about how the relief comes out, or about settings, which no check of the file
        can tell: it advises, and leaves the status of the report as it is.
    """

    name: str
    label: str
    status: Status
    text: str
    value: Amount = None
    limit: Amount = None
    unit: str = ""
    between: str = " × "
    least: bool = False
    advice: str = ""
    changes: Mapping[str, Any] = field(default_factory=dict)
    places: Places | None = None
    advisory: bool = False

    @property
    def shown_value(self) -> str:
        """The value with its unit, or nothing."""
        return amount(self.value, self.unit, self.between)

    @property
    def shown_limit(self) -> str:
        """The limit with its unit and direction, or nothing."""
        # "At most 0 open edges" tells nobody more than the value does.
        text = amount(self.limit or None, self.unit, self.between)
        if not text or isinstance(self.limit, tuple):
            return text
        return f"{'≥' if self.least else '≤'} {text}"

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON can hold; of the places their share of the grid."""
        places = None if self.places is None else round(float((self.places > 0).mean()), 6)
        return {
            "name": self.name,
            "label": self.label,
            "status": self.status,
            "value": _plain(self.value),
            "limit": _plain(self.limit),
            "unit": self.unit,
            "text": self.text,
            "advice": self.advice,
            "changes": dict(self.changes),
            "places_share": places,
            "advisory": self.advisory,
        }


@dataclass(frozen=True, eq=False, repr=False)
class Report:
    """What a slicer or CAM program would say of a part. Nothing in it stops an export.

    Attributes
    ----------
    checks
        In the order in which they matter.
    target
        What the part was looked at for, as a text.
    title
        What the part is.
    """

    checks: tuple[Check, ...]
    target: str
    title: str = "Part"

    @property
    def status(self) -> Status:
        """The worst status of all checks but those that only advise.

        So it is that of a check of the file, too.
        """
        found = {check.status for check in self.checks if not check.advisory}
        return "fail" if "fail" in found else "warn" if "warn" in found else "ok"

    @property
    def summary(self) -> str:
        """One sentence."""
        counts = {
            word: sum(c.status == s and not c.advisory for c in self.checks)
            for s, word in WORDS.items()
        }
        found = [
            f"{number} {word.lower()}{'s' if number > 1 else ''}"
            for word, number in counts.items()
            if number and word != "OK"
        ]
        verdict = " and ".join(reversed(found)) or "nothing to change"
        hints = sum(c.status != "ok" and c.advisory for c in self.checks)
        if hints:
            verdict += f", {hints} piece{'s' if hints > 1 else ''} of advice"
        return f"{self.title} for {self.target}: {verdict}, {len(self.checks)} checks."

    def __getitem__(self, name: str) -> Check:
        for check in self.checks:
            if check.name == name:
                return check
        raise KeyError(f"{name}: the checks are {', '.join(check.name for check in self.checks)}")

    def __contains__(self, name: str) -> bool:
        return any(check.name == name for check in self.checks)

    def __iter__(self) -> Iterator[Check]:
        return iter(self.checks)

    def __len__(self) -> int:
        return len(self.checks)

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        return {
            "title": self.title,
            "target": self.target,
            "status": self.status,
            "checks": [check.to_dict() for check in self.checks],
        }

    def __str__(self) -> str:
        """Return lines of at most 92 characters, aligned, each status a sign and a word."""
        lines = textwrap.wrap(f"{SIGNS[self.status]} {self.summary}", _WIDTH)
        label = max((len(check.label) for check in self), default=0)
        values = max((len(check.shown_value) for check in self), default=0)
        for check in self:
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

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        """Return a table that follows the page's theme; all texts are escaped."""
        # On narrow pages the rows are laid out as grids, which are tables to screen readers no more
        # unless they say so.
        rows = "".join(_row(check) for check in self)
        heads = "".join(
            f'<th role="columnheader" scope="col">{head}</th>'
            for head in ("Status", "Check", "Value and limit")
        )
        caption = f"{_sign(self.status)}{html.escape(self.summary)}"
        return (
            f'<section class="relief-preflight" aria-label="Preflight"><style>{_STYLE}</style>'
            f'<table role="table"><caption>{caption}</caption>'
            f'<thead role="rowgroup"><tr role="row">{heads}</tr></thead>'
            f'<tbody role="rowgroup">{rows}</tbody></table></section>'
        )


def together(reports: Sequence[Report], title: str) -> Report:
    """Return one report of several parts: of each check the worst, with the part that it is of."""
    first = reports[0]
    if len(reports) == 1:
        return first
    names = list(dict.fromkeys(check.name for report in reports for check in report))
    checks = []
    for name in names:
        found = [
            (check, report.title) for report in reports for check in report if check.name == name
        ]
        worst, where = max(found, key=lambda entry: list(SIGNS).index(entry[0].status))
        same = {check.text for check, _ in found} == {worst.text}
        text = worst.text if same else f"{where}: {worst.text}"
        value = worst.value
        if name in _SUMMED and all(isinstance(check.value, float | int) for check, _ in found):
            value = sum(check.value for check, _ in found)  # type: ignore[misc]
            text = f"In all {len(found)} files together."
        checks.append(replace(worst, text=text, value=value))
    return Report(tuple(checks), first.target, title)


def amount(value: Amount, unit: str, between: str = " × ") -> str:
    """Return a value with its unit as a text; nothing for None."""
    if value is None:
        return ""
    values = value if isinstance(value, tuple) else (value,)
    text = between.join(number(item) for item in values)
    return f"{text}{'' if unit in ('', '°') else ' '}{unit}"


def number(value: float) -> str:
    """Return a number with as many digits as a maker can use."""
    if isinstance(value, int):
        return f"{value:,}"
    if not math.isfinite(value):
        return "–"
    size = abs(value)
    digits = 0 if size >= 1000 else 1 if size >= 100 else 2 if size >= 0.095 else 3
    text = f"{value:,.{digits}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def change(name: str, value: Any) -> tuple[str, dict[str, Any]]:
    """Return a sentence that says to which value to set a setting, and the change itself."""
    control = controls()[name]
    if control.choices:
        label = control.labels[control.choices.index(value)]
        return f"Set {control.label} to “{label}”.", {name: value}
    unit = control.unit if control.unit in ("mm", "px") else ""
    return f"Set {control.label} to {number(value)}{' ' + unit if unit else ''}.", {name: value}


def up(name: str, value: float) -> float | None:
    """Round a value up to the setting's steps; None where it is beyond its range."""
    low, high, step = _range(name)
    rounded = round(math.ceil(value / step - 1e-9) * step, 6)
    return max(rounded, low) if rounded <= high else None


def down(name: str, value: float) -> float | None:
    """Round a value down to the setting's steps; None where it is beyond its range."""
    low, high, step = _range(name)
    rounded = round(math.floor(value / step + 1e-9) * step, 6)
    return min(rounded, high) if rounded >= low else None


def _range(name: str) -> tuple[float, float, float]:
    control = controls()[name]
    assert control.low is not None
    assert control.high is not None
    assert control.step is not None
    return control.low, control.high, control.step


def _plain(value: Amount) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


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
