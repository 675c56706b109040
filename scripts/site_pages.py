"""Write what the documentation shows of the package itself: tables, live pages, notebooks.

Sphinx calls this before it reads the pages; the files are ignored by git.
"""

from __future__ import annotations

import html
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from relief_widget import Relief, ReliefSettings, example_photos, presets
from relief_widget.depth import Gemini, Layers
from relief_widget.depth.gemini import MODELS, PRICES_AS_OF
from relief_widget.export import FORMATS
from relief_widget.settings import Control, controls

ROOT = Path(__file__).parents[1]
ACTS = {
    "height": "Python computes the heights anew",
    "body": "in the browser alone",
    "display": "in the browser alone; files do not change",
    "object": "Python cuts the mesh anew",
}


@dataclass(frozen=True)
class Live:
    """A part that the site shows live: an example photo and what is made of it."""

    name: str
    title: str
    photo: str
    preset: str
    material: str
    options: dict[str, Any] = field(default_factory=dict)

    def relief(self) -> Relief:
        """Make it."""
        photo = example_photos()[self.photo]
        if self.preset == "lithophane":
            return Relief.lithophane(photo, **self.options)
        return Relief.from_photo(photo, preset=self.preset, **self.options)


LIVE = (
    Live("flower", "A flower, cast in bronze", "flower", "portrait", "metallic_bronze"),
    Live("portrait", "A portrait, to print", "hopper", "portrait", "matte_white_pla"),
    Live("medal", "A medal, to print in resin", "astronaut", "coin", "silk_gold_pla"),
    Live("panel", "A panel, to carve", "pagoda", "plaque", "carved_walnut"),
    Live("sign", "A logo in levels", "logo", "logo_sign", "terracotta", {"provider": Layers(2)}),
    Live("lithophane", "A lithophane, lit", "astronaut", "lithophane", "translucent_resin"),
)


def write(docs: Path) -> None:
    """Write all of it into the folder of the documentation."""
    made = docs / "generated"
    live = made / "extra" / "live"
    live.mkdir(parents=True, exist_ok=True)
    (made / "settings.md").write_text("\n".join(settings_tables()), encoding="utf-8")
    (made / "presets.md").write_text("\n".join(presets_table()), encoding="utf-8")
    (made / "models.md").write_text("\n".join(models_table()), encoding="utf-8")
    (made / "start.md").write_text(raw(frame(LIVE[0])), encoding="utf-8")
    (made / "live.md").write_text(raw(*live_parts(live), frame(LIVE[0])), encoding="utf-8")
    (made / "files.md").write_text("\n".join(files_table()), encoding="utf-8")
    notebooks = docs / "notebooks"
    notebooks.mkdir(exist_ok=True)
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        shutil.copy2(path, notebooks)


def settings_tables() -> Iterator[str]:
    """Yield a table of settings for each group that they stand under."""
    found = controls()
    for group in dict.fromkeys(control.group for control in found.values()):
        yield f"## {group}\n\n```{{table}}\n:class: settings\n"
        yield "| setting | values | default | what it does | acts |\n|---|---|---|---|---|"
        for name, control in found.items():
            if control.group == group:
                default = getattr(ReliefSettings(), name)
                yield (
                    f"| `{name}` | {_values(control, default)} | {_value(default)} "
                    f"| **{control.label}.** {control.help}{_condition(control)} "
                    f"| {ACTS[control.kind]} |"
                )
        yield "```\n"


def presets_table() -> Iterator[str]:
    """Yield a table of the presets."""
    yield "| preset | what it is | checked for, files | differs from the defaults in |"
    yield "|---|---|---|---|"
    plain = ReliefSettings()
    for preset in presets.values():
        every = preset.made()
        differs = {name: value for name, value in every.items() if value != getattr(plain, name)}
        if preset.style != "detailed":
            differs["style"] = preset.style
        texts = ", ".join(f"`{name}` {_value(value)}" for name, value in differs.items())
        files = ", ".join(f"`{suffix}`" for suffix in (preset.format, *preset.also))
        yield f"| `{preset.name}` | {preset.reason} | {preset.target}, {files} | {texts} |"


def models_table() -> Iterator[str]:
    """Yield a table of Google's image models and their prices."""
    yield f"| short name | model | about, each (prices of {PRICES_AS_OF}) |\n|---|---|---|"
    for name, model in MODELS.items():
        costs = {size: Gemini(name, size=size).estimate() for size in model.sizes}
        texts = ", ".join(f"{size}: ${cost.dollars:.2f}" for size, cost in costs.items() if cost)
        yield f"| `{name}` | {model.label} | {texts} |"


def files_table() -> Iterator[str]:
    """Yield a table of the files that can be written."""
    yield "| file | in the studio | what it is |\n|---|---|---|"
    for suffix, known in FORMATS.items():
        yield f"| `{suffix}` | {known.label if known.offered else ''} | {known.help} |"


def raw(*lines: str) -> str:
    """Return lines of HTML as a part of a page."""
    return "\n".join(("```{raw} html", *lines, "```"))


def frame(part: Live) -> str:
    """Return the frame in which live parts are shown, with one of them in it."""
    return (
        f'<iframe class="live" name="live" title="A live relief" src="live/{part.name}.html">'
        "</iframe>"
    )


def live_parts(folder: Path) -> Iterator[str]:
    """Make the live pages and their pictures, and yield what links them."""
    yield '<div class="live-parts">'
    for part in LIVE:
        relief = part.relief()
        relief.to_html(folder / f"{part.name}.html", material=part.material)
        relief.picture(360).convert("RGB").save(folder / f"{part.name}.jpg", quality=85)
        yield (
            f'<a href="live/{part.name}.html" target="live">'
            f'<img src="live/{part.name}.jpg" alt="" loading="lazy">'
            f"<span>{html.escape(part.title)}</span></a>"
        )
    yield "</div>"


def _values(control: Control, default: object) -> str:
    if isinstance(default, bool):
        return "`True`, `False`"
    if control.choices:
        return ", ".join(_value(choice) for choice in control.choices)
    if control.low is None:
        return f"up to {control.longest} characters"
    unit = f" {control.unit}" if control.unit else ""
    return f"{control.low:g} to {control.high:g}{unit}"


def _value(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else f"`{value!r}`".replace("'", '"')


def _condition(control: Control) -> str:
    if control.needs is not None:
        name, values = control.needs
        if values is None:
            return f" Only with `{name}`."
        return f" Only with `{name}` {' or '.join(map(_value, values))}."
    return f' Only with `mode` `"{control.mode}"`.' if control.mode else ""
