"""Write what goes between Python and the browser as TypeScript: `js/src/generated/wire.ts`.

    python scripts/generate_wire.py            # write it
    python scripts/generate_wire.py --check    # say whether it is out of date

The traits and messages of all widgets, what travels in them, and the names and numbers that both
sides need. Python is where they are declared; nothing of it is written by hand on the other side.
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import json
import math
import pkgutil
import re
import sys
import textwrap
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, Union

import numpy as np
import traitlets

import relief_widget.widgets
from relief_widget.export import FORMATS, page
from relief_widget.heights import brushes, edits, levels
from relief_widget.settings import default
from relief_widget.settings.materials import Pattern
from relief_widget.widgets import display, mask_editor, messages, upload, viewer
from relief_widget.widgets.base import Widget

WIRE = Path(__file__).parents[1] / "js" / "src" / "generated" / "wire.ts"

_HEAD = """\
// Written by scripts/generate_wire.py from the Python side: change it there, and run that again.

/** No bytes. */
const EMPTY = /* @__PURE__ */ new DataView(/* @__PURE__ */ new ArrayBuffer(0));
"""
_PLAIN: dict[Any, str] = {
    str: "string",
    int: "number",
    float: "number",
    bool: "boolean",
    bytes: "DataView",
    type(None): "null",
    Any: "unknown",
}
_TRAITS: dict[type[Any], str] = {
    traitlets.Unicode: "string",
    traitlets.Int: "number",
    traitlets.Float: "number",
    traitlets.Bool: "boolean",
    traitlets.Bytes: "DataView",
}


class Contract:
    """Collects the types that are met on the way, so that each is written once."""

    def __init__(self) -> None:
        self.shapes: dict[str, str] = {}

    def hint(self, hint: Any) -> str:
        """Return a Python type as a TypeScript one."""
        if hint in _PLAIN:
            return _PLAIN[hint]
        if typing.is_typeddict(hint) or dataclasses.is_dataclass(hint):
            return self._shape(hint)
        origin, of = typing.get_origin(hint), typing.get_args(hint)
        if origin is Literal:
            return " | ".join(map(_value, of))
        if origin in (Union, types.UnionType):
            return " | ".join(map(self.hint, of))
        if origin is tuple and of[-1] is ...:
            return f"{self.hint(of[0])}[]"
        if origin is tuple:
            return f"[{', '.join(map(self.hint, of))}]"
        if origin is list:
            return f"{self.hint(of[0])}[]"
        raise TypeError(f"{hint} has no counterpart on the wire.")

    def _shape(self, shape: Any) -> str:
        name = str(shape.__name__)
        if name not in self.shapes:
            self.shapes[name] = ""
            hints = typing.get_type_hints(shape)
            fields = {field: self.hint(hint) for field, hint in hints.items()}
            self.shapes[name] = _interface(name, fields, shape.__doc__ or "")
        return name

    def trait(self, trait: Any) -> str:
        """Return the type of what a trait holds."""
        holds = trait.metadata.get("holds")
        if isinstance(trait, traitlets.Enum):
            found = " | ".join(map(_value, trait.values or ()))
        elif isinstance(trait, traitlets.Tuple):
            found = self.hint(holds)
        elif isinstance(trait, traitlets.List):
            found = f"{self.hint(holds)}[]"
        elif isinstance(trait, traitlets.Dict):
            found = f"Record<string, {self.hint(holds)}>"
        else:
            found = next(of for kind, of in _TRAITS.items() if isinstance(trait, kind))
        return f"{found} | null" if trait.allow_none else found

    def widget(self, widget: type[Widget]) -> Iterator[str]:
        """Yield what a widget says and hears: its traits, their defaults and ranges, messages."""
        name, traits = widget.__name__, widget.class_own_traits(sync=True)
        fields = {trait: self.trait(traits[trait]) for trait in traits}
        yield _interface(f"{name}Traits", fields, widget.__doc__ or "")
        fixed = [trait for trait in traits if traits[trait].read_only]
        kind = " | ".join(map(_value, fixed))
        of = f"Omit<{name}Traits, {kind}>" if fixed else f"{name}Traits"
        defaults = {trait: traits[trait].default() for trait in traits if trait not in fixed}
        constant = re.sub(r"(?<!^)(?=[A-Z])", "_", name).upper()
        yield _record(f"{constant}_DEFAULTS: {of}", defaults)
        ranges = {trait: found for trait in traits if (found := _range(traits[trait]))}
        if ranges:
            yield _record(f"{constant}_RANGES", ranges, " as const")
        said = {"sends": widget.sends, "receives": widget.receives}
        messages = {way: self.hint(of) if of else "never" for way, of in said.items()}
        yield _interface(f"{name}Wire", {"traits": f"{name}Traits", **messages})


def _key(name: str) -> str:
    return name if name.isidentifier() else json.dumps(name)


def _value(value: Any) -> str:
    if isinstance(value, bytes):
        if value:
            raise TypeError("Only empty bytes are a default.")
        return "EMPTY"
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(key)}: {_value(item)}" for key, item in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    whole = isinstance(value, float) and value.is_integer()
    return json.dumps(int(value) if whole else value, ensure_ascii=False)


def _range(trait: Any) -> dict[str, float]:
    ends = {end: getattr(trait, end, None) for end in ("min", "max")}
    return {end: at for end, at in ends.items() if at is not None and math.isfinite(at)}


def _constant(name: str, value: Any, doc: str) -> str:
    return f"/** {doc} */\nexport const {name} = {_value(value)} as const;\n"


def _record(name: str, values: Mapping[str, Any], end: str = "") -> str:
    lines = "".join(f"  {key}: {_value(value)},\n" for key, value in values.items())
    return f"export const {name} = {{\n{lines}}}{end};\n"


def _interface(name: str, fields: Mapping[str, str], doc: str = "") -> str:
    notes = _notes(doc)
    lines = []
    for field, kind in fields.items():
        if field in notes:
            lines += _comment(notes[field], "  ")
        lines.append(f"  {field}: {kind};")
    head = [*_comment(doc.strip().partition("\n")[0], "")] if doc else []
    return "\n".join([*head, f"export interface {name} {{", *lines, "}", ""])


def _notes(doc: str) -> dict[str, str]:
    """Return what a docstring says of each attribute; of several together, with the first."""
    lines = textwrap.dedent("    " + doc).splitlines()
    notes: dict[str, str] = {}
    if "Attributes" not in lines:
        return notes
    name = ""
    for line in lines[lines.index("Attributes") + 2 :]:
        if line and not line.startswith(" "):
            name = line.partition(",")[0]
        elif not line:
            break
        else:
            notes[name] = f"{notes.get(name, '')} {line.strip()}".strip()
    return notes


def _comment(text: str, indent: str) -> list[str]:
    if len(indent + text) <= 92:
        return [f"{indent}/** {text} */"]
    lines = textwrap.wrap(text, 96 - len(indent), break_on_hyphens=False)
    return [f"{indent}/**", *(f"{indent} * {line}" for line in lines), f"{indent} */"]


def _constants() -> Iterator[str]:
    full = int(levels(np.ones((1, 1), np.float32))[0, 0])
    yield _constant("PART_BYTES", messages.PART_BYTES, "Of a part of a file on its way.")
    yield _constant("HEIGHT_FULL", full, "What stands for a height of 1.")
    yield _constant("MASK_SUBJECT", mask_editor.SUBJECT, "What stands for the subject in a mask.")
    labels = {suffix: known.label for suffix, known in FORMATS.items() if known.offered}
    yield _constant("FORMATS", labels, "Files that Python can make, in the order of the menu.")
    yield "export type Suffix = keyof typeof FORMATS;\n"
    yield _constant("PHOTO_SUFFIXES", upload.PHOTO_SUFFIXES, "Of pictures.")
    yield _constant("PROJECT_SUFFIXES", upload.PROJECT_SUFFIXES, "Of projects, to open again.")
    yield _constant("PATTERNS", typing.get_args(Pattern), "Of materials; the shader has places.")
    choices = {name: viewer.SETTINGS[name].choices for name in viewer.CHOICES}
    yield _constant("CHOICES", choices, "The values of the choices; a trait has their place.")
    shape = {
        "raise": brushes.RAISE,
        "blur": brushes.BLUR,
        "gap": edits.LEAST_GAP,
        "points": edits.MOST_CURVE_POINTS,
        "stroke": edits.MOST_POINTS,
    }
    yield _constant("SHAPE", shape, "Of brushes and of the depth curve.")
    ids = {"place": page.PLACE_ID, "data": page.DATA_ID, "bytes": page.BYTES_FIELD}
    yield _constant("PAGE", ids, "Of a page without a kernel: ids, and what stands for bytes.")
    arrays = {name: dataclasses.asdict(array) for name, array in display.OBJECT_ARRAYS.items()}
    yield _constant("OBJECT_ARRAYS", arrays, "Of a finished object, after its two counts.")


def _body() -> Iterator[str]:
    body = [name for name, control in viewer.SETTINGS.items() if control.kind == "body"]
    kinds = {
        name: f"(typeof CHOICES.{name})[number]"
        if name in viewer.CHOICES
        else _PLAIN[type(default(name))]
        for name in body
    }
    yield _interface("BodySettings", kinds, "What shapes the part beside its heights.")
    traits = [f"{name}_index" if name in viewer.CHOICES else name for name in body]
    yield _constant("BODY_TRAITS", traits, "Where the body settings are on the wire.")


def _widgets() -> list[type[Widget]]:
    folder = relief_widget.widgets
    for module in pkgutil.iter_modules(folder.__path__, f"{folder.__name__}."):
        importlib.import_module(module.name)
    return sorted(Widget.__subclasses__(), key=lambda widget: widget.__name__)


def text() -> str:
    """Return the whole of the file."""
    contract = Contract()
    widgets = [part for widget in _widgets() for part in contract.widget(widget)]
    parts: Iterable[str] = [*_constants(), *_body(), *contract.shapes.values(), *widgets]
    return "\n".join([_HEAD, *parts])


def main() -> None:
    """Write the file, or check it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="only say whether it is up to date")
    if not parser.parse_args().check:
        WIRE.parent.mkdir(exist_ok=True)
        WIRE.write_text(text(), encoding="utf-8")
    elif not WIRE.exists() or WIRE.read_text(encoding="utf-8") != text():
        sys.exit(f"{WIRE.name} is out of date: run python scripts/{Path(__file__).name}")


if __name__ == "__main__":
    main()
