"""Write what strokes and curves make of small height fields: `js/src/generated/strokes.json`.

    python scripts/stroke_vectors.py            # write it
    python scripts/stroke_vectors.py --check    # say whether it is out of date

The tests of the browser side come to the same numbers, bit for bit.
"""

from __future__ import annotations

import argparse
import base64
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import numpy as np

from relief_widget.heights import IDENTITY, Edits, HeightField, Stroke, edited
from relief_widget.heights.edits import Brush

VECTORS = Path(__file__).parents[1] / "js" / "src" / "generated" / "strokes.json"
_CURVE = ((0.0, 0.1), (0.25, 0.12), (0.4, 0.6), (0.9, 0.6), (1.0, 0.97))
_PATH = ((0.2, 0.3, 1.0), (0.43, 0.36, 0.4), (0.7, 0.81, 0.9), (0.3, 0.2, 0.25))


def _field(rows: int, cols: int, aspect: float) -> HeightField:
    """Return a field as the browser is sent it: waves, in 16 bits."""
    y, x = np.mgrid[0:rows, 0:cols]
    waves = 0.5 + 0.3 * np.sin(0.9 * x + 0.2 * y) * np.cos(0.7 * y) + 0.2 * np.sin(x * y / 9.0)
    levels = np.floor(np.clip(waves, 0, 1) * 65535 + 0.5).astype(np.uint16)
    return HeightField((levels / 65535).astype(np.float32), aspect)


def _cases() -> Iterator[tuple[str, HeightField, Edits]]:
    wide, tall, odd = _field(23, 31, 31 / 23), _field(29, 17, 0.55), _field(2, 5, 3.0)
    yield "curve", wide, Edits(_CURVE)
    yield "curve of cut ends", tall, Edits(((0.2, 0.0), (0.8, 1.0)))
    yield "curve of three points", tall, Edits(((0.0, 0.3), (0.5, 0.35), (1.0, 0.9)))
    for brush in get_args(Brush):
        given: dict[str, Any] = {"brush": brush, "points": _PATH, "height": 0.81}
        yield brush, wide, Edits(IDENTITY, (Stroke(**given, size=0.23, strength=0.7),))
        both = Stroke(**given, size=0.4, strength=1.0, softness=0.0, symmetry="both")
        yield f"{brush} mirrored", tall, Edits(IDENTITY, (both,))
        dab = {**given, "points": ((0.97, 0.05, 0.6),)}
        aside = Stroke(**dab, size=0.31, strength=0.9, softness=1.0, symmetry="left_right")
        yield f"{brush} at the corner", wide, Edits(IDENTITY, (aside,))
        yield f"{brush} on hardly a grid", odd, Edits(IDENTITY, (Stroke(**given, size=0.5),))
    outside = Stroke(brush="flatten", points=((1.4, 0.5), (0.8, 0.5)), size=0.2, strength=1)
    yield "flatten from outside", wide, Edits(IDENTITY, (outside,))
    many = tuple(
        Stroke(
            brush=brush,
            points=tuple((v, u, p) for u, v, p in _PATH),
            size=0.1 + 0.06 * i,
            strength=1 - 0.15 * i,
            softness=0.2 * i,
            symmetry="top_bottom",
        )
        for i, brush in enumerate(get_args(Brush))
    )
    yield "everything", wide, Edits(_CURVE, many)


def text() -> str:
    """Return the whole of the file."""
    cases = [
        {
            "name": name,
            "rows": field.shape[0],
            "cols": field.shape[1],
            "aspect": field.aspect,
            **edits.to_dict(),
            "before": _base64(field.values),
            "after": _base64(edited(field, edits).values),
        }
        for name, field, edits in _cases()
    ]
    return json.dumps(cases, indent=1) + "\n"


def _base64(values: Any) -> str:
    return base64.b64encode(np.ascontiguousarray(values, "<f4").tobytes()).decode()


def main() -> None:
    """Write the file, or check it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="only say whether it is up to date")
    if not parser.parse_args().check:
        VECTORS.parent.mkdir(exist_ok=True)
        VECTORS.write_text(text(), encoding="utf-8")
    elif not VECTORS.exists() or VECTORS.read_text(encoding="utf-8") != text():
        sys.exit(f"{VECTORS.name} is out of date: run python scripts/{Path(__file__).name}")


if __name__ == "__main__":
    main()
